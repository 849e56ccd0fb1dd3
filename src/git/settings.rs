//! The user's git: who commits, and what is configured. libgit2 reads fewer sources than git does
//! (`GIT_CONFIG_GLOBAL`, `GIT_CONFIG_COUNT`, `GIT_AUTHOR_NAME`, …), so git itself is asked, once for
//! each repository.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use anyhow::Result;
use git2::{Signature, Time};
use jiff::Timestamp;

use super::process::git;
use super::repository::Repository;
use crate::process::run_attached;
use crate::vocabulary::Diagnostic;

/// What git says of itself in one repository.
#[derive(Debug)]
pub struct Settings {
    /// How git was asked, to ask it more.
    path: PathBuf,
    variables: Variables,
    author: OnceLock<Person>,
    committer: OnceLock<Person>,
    /// In the order of precedence, the last one wins. Without a value: a key alone, which means true.
    values: Vec<(String, Option<String>)>,
}

#[derive(Debug, Clone)]
struct Person {
    name: String,
    email: String,
}

/// Set for git, over the variables of this process.
type Variables = Vec<(String, String)>;

/// They do not change while a process runs, and forges open their repositories often.
static KNOWN: LazyLock<Mutex<HashMap<PathBuf, Arc<Settings>>>> = LazyLock::new(Mutex::default);

impl Repository {
    pub(super) fn settings(&self) -> Result<Arc<Settings>> {
        let variables = self.remote.as_ref().map(|remote| &remote.server.variables[..]);
        Settings::known(self.git.path(), variables.unwrap_or_default())
    }
}

impl Settings {
    /// Those for the repository at `path`.
    pub fn known(path: &Path, variables: &[(String, String)]) -> Result<Arc<Self>> {
        let path = path.components().as_path();
        let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(settings) = known().get(path).cloned() {
            return Ok(settings);
        }
        let settings = Arc::new(Self::ask(path, variables)?);
        known().insert(path.to_owned(), settings.clone());
        Ok(settings)
    }

    fn ask(path: &Path, variables: &[(String, String)]) -> Result<Self> {
        let listed = ask(path, variables, &["config", "--list", "-z"])?;
        let Some(listed) = listed else {
            return Err(Diagnostic::new("cannot read git's configuration")
                .hint("`git config --list` says what is wrong with it")
                .into());
        };
        let value = |entry: &str| match entry.split_once('\n') {
            Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
            None => (entry.to_owned(), None),
        };
        Ok(Self {
            path: path.to_owned(),
            variables: variables.to_vec(),
            author: OnceLock::new(),
            committer: OnceLock::new(),
            values: listed.split('\0').filter(|entry| !entry.is_empty()).map(value).collect(),
        })
    }

    /// The names of all settings: `section.name`, or `section.subsection.name`.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(|(key, _)| key.as_str())
    }

    pub fn text(&self, key: &str) -> Option<&str> {
        let (_, value) = self.values.iter().rev().find(|(known, _)| known == key)?;
        value.as_deref()
    }

    pub fn is_true(&self, key: &str) -> bool {
        let value = self.values.iter().rev().find(|(known, _)| known == key).map(|(_, value)| value);
        match value {
            None => false,
            Some(None) => true,
            Some(Some(text)) => {
                let text = text.to_lowercase();
                matches!(text.as_str(), "true" | "yes" | "on") || text.parse().is_ok_and(|it: i64| it != 0)
            }
        }
    }

    /// Whether files of a kind have to have reached the disk before they count (`core.fsync`). The default is
    /// git's: references have to, loose objects not.
    pub fn hardens(&self, kind: &str) -> bool {
        const REFERENCE: [&str; 4] = ["reference", "committed", "added", "all"];
        const LOOSE_OBJECT: [&str; 5] = ["loose-object", "objects", "committed", "added", "all"];
        let (names, by_default) = match kind {
            "reference" => (&REFERENCE[..], true),
            _ => (&LOOSE_OBJECT[..], self.is_true("core.fsyncobjectfiles")),
        };
        let Some(text) = self.text("core.fsync") else { return by_default };
        let words: Vec<&str> = text.split([',', ' ']).filter(|word| !word.is_empty()).collect();
        let has = |sign: &str| {
            words.iter().any(|word| word.strip_prefix(sign).is_some_and(|name| names.contains(&name)))
        };
        let is_kept = by_default && !words.contains(&"none") && !has("-");
        has("") || is_kept
    }

    pub fn author(&self, time: Timestamp) -> Result<Signature<'static>> {
        Ok(self.person(&self.author, "GIT_AUTHOR_IDENT")?.at(time)?)
    }

    pub fn committer(&self, time: Timestamp) -> Result<Signature<'static>> {
        Ok(self.person(&self.committer, "GIT_COMMITTER_IDENT")?.at(time)?)
    }

    /// Whoever git would name. Who only reads is spared the question.
    fn person<'s>(&self, known: &'s OnceLock<Person>, which: &str) -> Result<&'s Person> {
        if known.get().is_none() {
            // A name that git would make up from the machine's is not asked for.
            let question = ["-c", "user.useConfigOnly=true", "var", which];
            let told = ask(&self.path, &self.variables, &question)?;
            let person = told.as_deref().and_then(Person::parse).unwrap_or_else(Person::towline);
            known.set(person).ok();
        }
        Ok(known.get().expect("it was set above"))
    }
}

impl Person {
    /// `Ann Lee <ann@example.com> 1700000000 +0000`
    fn parse(ident: &str) -> Option<Self> {
        let (name, rest) = ident.trim().split_once(" <")?;
        let (email, _) = rest.rsplit_once("> ")?;
        Some(Self { name: name.to_owned(), email: email.to_owned() })
    }

    fn towline() -> Self {
        Self { name: "Towline".to_owned(), email: "towline@localhost".to_owned() }
    }

    fn at(&self, time: Timestamp) -> Result<Signature<'static>, git2::Error> {
        Signature::new(&self.name, &self.email, &Time::new(time.as_second(), 0))
    }
}

/// What git prints; nothing when it fails.
fn ask(path: &Path, variables: &[(String, String)], arguments: &[&str]) -> Result<Option<String>> {
    let mut command = git(path);
    command.args(arguments).envs(variables.iter().map(|(name, value)| (name, value)));
    let ended = run_attached(command, "").map_err(|error| {
        Diagnostic::new(format!("cannot run git to read its configuration: {error}"))
            .hint("install git 2.34 or later, and put it on PATH")
    })?;
    Ok(ended.is_success().then(|| String::from_utf8_lossy(&ended.stdout).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(values: &[(&str, Option<&str>)]) -> Settings {
        let value = |(key, value): &(&str, Option<&str>)| ((*key).to_owned(), value.map(str::to_owned));
        Settings {
            path: PathBuf::new(),
            variables: Variables::new(),
            author: OnceLock::new(),
            committer: OnceLock::new(),
            values: values.iter().map(value).collect(),
        }
    }

    #[test]
    fn the_last_value_wins_and_a_key_alone_is_true() {
        let signs = |values: &[(&str, Option<&str>)]| settings(values).is_true("commit.gpgsign");
        assert!(!signs(&[]));
        assert!(signs(&[("commit.gpgsign", None)]));
        assert!(signs(&[("commit.gpgsign", Some("false")), ("commit.gpgsign", Some("On"))]));
        assert!(!signs(&[("commit.gpgsign", Some("1")), ("commit.gpgsign", Some("0"))]));
    }

    #[test]
    fn what_reaches_the_disk_is_what_git_would_see_to() {
        let hardens = |text: &str| {
            let settings = settings(&[("core.fsync", Some(text))]);
            (settings.hardens("reference"), settings.hardens("loose-object"))
        };
        let by_default = settings(&[]);
        assert!(by_default.hardens("reference") && !by_default.hardens("loose-object"));
        assert_eq!(hardens("none"), (false, false));
        assert_eq!(hardens("all"), (true, true));
        assert_eq!(hardens("none,reference"), (true, false));
        assert_eq!(hardens("-reference"), (false, false));
        assert_eq!(hardens("objects, -reference"), (false, true));
        assert_eq!(hardens("committed,-loose-object"), (true, true));
        assert!(settings(&[("core.fsyncobjectfiles", Some("true"))]).hardens("loose-object"));
    }

    #[test]
    fn an_identity_is_taken_from_what_git_prints() {
        let Person { name, email } = Person::parse("Ann Lee <ann@example.com> 17 +0100\n").unwrap();
        assert_eq!((name.as_str(), email.as_str()), ("Ann Lee", "ann@example.com"));
        assert!(Person::parse("").is_none());
    }
}
