//! What git knows about the source: the commit, its tag, the branch, where it came from.
//!
//! A folder outside of any repository, one without a commit, one that cannot be read: all of
//! them just know less.

use std::path::Path;

use anyhow::Result;
use git2::{Oid, Repository};
use jiff::Timestamp;

use super::Defaults;
use super::order::compare_versions;
use crate::clock;
use crate::secrets::{self, Kind};
use crate::vocabulary::Diagnostic;
use crate::vocabulary::repository_url::RepositoryUrl;

/// The source repository, if there is one.
pub struct Source(Option<Repository>);

impl Source {
    /// The repository that `folder` stands in.
    pub fn discover(folder: &Path) -> Source {
        Source(Repository::discover(folder).ok())
    }

    pub fn defaults(&self) -> Defaults {
        let head = self.0.as_ref().and_then(|repository| repository.head().ok());
        let remote = self.0.as_ref().and_then(|repository| repository.find_remote("origin").ok());
        let url = remote.as_ref().and_then(|remote| remote.url().ok());
        // Jobs of CI systems check out with a token in the URL.
        url.iter().for_each(|url| secrets::remember_in_urls(Kind::Token, "the remote `origin`", url));
        let branch = head.as_ref().filter(|head| head.is_branch()).and_then(|head| head.shorthand().ok());
        let commit = head.as_ref().and_then(|head| head.peel_to_commit().ok());
        Defaults {
            commit: commit.map(|commit| commit.id().to_string()),
            repository: url.map(str::to_owned),
            branch: branch.map(str::to_owned),
            ..Defaults::default()
        }
    }

    /// When a commit was made; `None` where it is not here.
    pub fn commit_time(&self, commit: &str) -> Option<Timestamp> {
        let commit = self.0.as_ref()?.find_commit(Oid::from_str(commit).ok()?).ok()?;
        Some(clock::told(commit.time().seconds()))
    }

    /// Where a file is in the repository, with `/`.
    pub fn path_of(&self, file: &Path) -> Option<String> {
        let root = self.0.as_ref()?.workdir()?.canonicalize().ok()?;
        let file = file.canonicalize().ok()?;
        Some(file.strip_prefix(root).ok()?.to_str()?.to_owned())
    }

    /// Whether a file is checked out. Where nothing is, none is known to be gone.
    pub fn has_file(&self, path: &str) -> bool {
        let root = self.0.as_ref().and_then(|repository| repository.workdir());
        root.is_none_or(|root| root.join(path).exists())
    }

    /// The full id of a commit that was typed, which must be the one that is checked out: files of
    /// another one are not at hand. Where nothing is checked out, a full id is believed.
    pub fn checked_out(&self, typed: &str, head: Option<&str>) -> Result<String> {
        let commit = self.commit_id(typed)?;
        match head.filter(|head| *head != commit) {
            None => Ok(commit),
            Some(head) => {
                let message = format!("`--commit {typed}` is not what is checked out, which is {head}");
                let hint = format!("run `git checkout {commit}` first, or omit `--commit`");
                Err(Diagnostic::refused(message).hint(hint).into())
            }
        }
    }

    /// The full id of a commit that was typed: as it is when it is a full id (the repository may
    /// be a shallow clone that does not have it), else what git makes of it.
    fn commit_id(&self, text: &str) -> Result<String> {
        if is_full_id(text) {
            return Ok(text.to_ascii_lowercase());
        }
        let found = self.0.as_ref().and_then(|repository| repository.revparse_single(text).ok());
        match found.and_then(|object| object.peel_to_commit().ok()) {
            Some(commit) => Ok(commit.id().to_string()),
            None => {
                let message =
                    format!("`--commit {}` is not a commit in this repository", text.escape_debug());
                Err(Diagnostic::usage(message).hint("pass the full id of a commit").into())
            }
        }
    }

    /// The tag on a commit; of several, the newest version.
    pub fn tag_of(&self, commit: &str) -> Option<String> {
        let repository = self.0.as_ref()?;
        let commit = Oid::from_str(commit).ok()?;
        let references = repository.references_glob("refs/tags/*").ok()?.flatten();
        let mut tags: Vec<String> = references
            .filter(|tag| tag.peel_to_commit().is_ok_and(|tagged| tagged.id() == commit))
            .filter_map(|tag| tag.shorthand().ok().map(str::to_owned))
            .collect();
        tags.sort_by(|one, other| compare_versions(one, other).unwrap_or_else(|| one.cmp(other)));
        tags.pop()
    }
}

/// Whether a text is a whole commit id, of SHA-1 or SHA-256.
pub fn is_full_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.chars().all(|c| c.is_ascii_hexdigit())
}

/// The URL of a remote as everybody may see it: without user and password. A path on this machine
/// is none, and would be another one on the next machine.
pub fn public_url(url: &str) -> Option<String> {
    if url.contains(char::is_control) {
        return None;
    }
    RepositoryUrl::parse(url).map(|url| url.without_user())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_lose_credentials_and_paths_are_none() {
        let url = |url| public_url(url).unwrap_or_default();
        assert_eq!(url("https://me:secret@host:1/a@b"), "https://host:1/a@b");
        assert_eq!(url("https://token@host"), "https://host");
        assert_eq!(url("https://host/a"), "https://host/a");
        assert_eq!(url("git@github.com:acme/web"), "git@github.com:acme/web");
        for path in ["/srv/web.git", "../web.git", "file:///srv/web.git"] {
            assert_eq!(url(path), "");
        }
    }

    #[test]
    fn a_folder_without_repository_just_knows_less() {
        let folder = tempfile::tempdir().unwrap();
        let source = Source::discover(&folder.path().join("missing"));
        assert_eq!(source.defaults(), Defaults::default());
        assert_eq!(source.tag_of(&"0".repeat(40)), None);
        assert_eq!(source.commit_id(&"A".repeat(40)).unwrap(), "a".repeat(40));
        let message = source.commit_id("HEAD").unwrap_err().to_string();
        assert_eq!(message, "`--commit HEAD` is not a commit in this repository");
    }
}
