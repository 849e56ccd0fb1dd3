//! What a Towline commit says about itself, in git trailers. Pull requests repeat it, so that a
//! squash merge by the forge does not lose it.

use anyhow::Result;
use git2::Oid;
use serde::{Deserialize, Serialize};

use super::oid_text;
use crate::vocabulary::text::one_line;

/// The trailers of one commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trailers {
    /// `Towline-Application`
    pub application: String,
    /// `Towline-Environment`
    pub environment: String,
    /// `Towline-Release`: the version.
    pub release: String,
    /// `Towline-Source-Commit`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_commit: Option<String>,
    /// `Towline-Tree`: a tree with the rendering's files and nothing else.
    #[serde(with = "oid_text")]
    pub tree: Oid,
}

const APPLICATION: &str = "Towline-Application";
const ENVIRONMENT: &str = "Towline-Environment";
const RELEASE: &str = "Towline-Release";
const SOURCE_COMMIT: &str = "Towline-Source-Commit";
const TREE: &str = "Towline-Tree";
/// A gate that did not count for the release, and who said so.
const OVERRIDE: &str = "Towline-Override";
const MARKER: &str = "<!-- towline: ";

impl Trailers {
    /// The trailers of a commit message; nothing when it is not Towline's, or not whole.
    pub fn parse(message: &str) -> Option<Self> {
        let found = git2::message_trailers_strs(message).ok()?;
        // The last of several is the one that was added last.
        let get = |name| found.iter().rfind(|(key, _)| *key == name).map(|(_, value)| value.to_owned());
        Some(Self {
            application: get(APPLICATION)?,
            environment: get(ENVIRONMENT)?,
            release: get(RELEASE)?,
            source_commit: get(SOURCE_COMMIT),
            tree: Oid::from_str(&get(TREE)?).ok()?,
        })
    }

    /// Whether the application is taken out of the environment: then there is no file of it.
    pub fn is_removal(&self) -> bool {
        const NOTHING: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
        self.tree.to_string() == NOTHING
    }

    /// One trailer a line, each with its line end.
    pub fn format(&self) -> String {
        let tree = self.tree.to_string();
        let lines = [
            (APPLICATION, Some(&self.application)),
            (ENVIRONMENT, Some(&self.environment)),
            (RELEASE, Some(&self.release)),
            (SOURCE_COMMIT, self.source_commit.as_ref()),
            (TREE, Some(&tree)),
        ];
        let lines = lines.into_iter().filter_map(|(key, value)| Some((key, value?)));
        // A value with a line end in it would begin a trailer of its own.
        lines.map(|(key, value)| format!("{key}: {}\n", one_line(value))).collect()
    }

    /// `message` with the trailers as its last paragraph.
    pub fn append_to(&self, message: &str) -> String {
        format!("{}\n\n{}", message.trim_end(), self.format())
    }
}

/// A message that ends in trailers, with one more for each gate that did not count.
pub fn add_overrides(message: String, overrides: &[String]) -> String {
    overrides.iter().fold(message, |message, told| message + &format!("{OVERRIDE}: {}\n", one_line(told)))
}

/// The gates that did not count, as a message tells them.
pub fn overrides_in(message: &str) -> Vec<String> {
    let Ok(found) = git2::message_trailers_strs(message) else { return Vec::new() };
    found.iter().filter(|(key, _)| *key == OVERRIDE).map(|(_, value)| value.to_owned()).collect()
}

/// What the body of a pull request says of the commit that it is about, in a comment that no page
/// shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    #[serde(flatten)]
    pub trailers: Trailers,
    /// The proposed commit. Older versions of Towline did not write it.
    #[serde(default, with = "oid_text::option", skip_serializing_if = "Option::is_none")]
    pub commit: Option<Oid>,
    /// Whether it was pushed to a pull request that was open already, which may have approvals of an
    /// older commit.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pushed: bool,
    /// The pull request that this one was opened in place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Replaced>,
    /// Whether it is closed because another release gets a pull request of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replaced: bool,
    /// The gates that do not count for the release, and who said so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<String>,
}

/// A pull request that was closed in favour of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    pub number: u64,
    pub url: String,
}

impl Marker {
    /// An HTML comment, which Markdown does not show. No value can end it early.
    pub fn format(&self) -> Result<String> {
        let json = serde_json::to_string(self)?;
        let json = json.replace('<', "\\u003c").replace('>', "\\u003e").replace("--", "-\\u002d");
        Ok(format!("{MARKER}{json} -->"))
    }

    /// `body` with this marker in place of its last one.
    pub fn put_into(&self, body: &str) -> Result<String> {
        let (before, old) = body.rsplit_once(MARKER).unwrap_or((body, ""));
        let after = old.split_once("-->").map_or("", |(_, after)| after);
        Ok(format!("{before}{}{after}", self.format()?))
    }

    /// What stands before the last marker of a pull request's body.
    pub fn before(body: &str) -> Option<&str> {
        body.rsplit_once(MARKER).map(|(before, _)| before)
    }

    /// The last marker of a pull request's body.
    pub fn parse(body: &str) -> Option<Self> {
        let (_, marker) = body.rsplit_once(MARKER)?;
        serde_json::from_str(marker.split_once("-->")?.0).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trailers() -> Trailers {
        Trailers {
            application: "greeting".into(),
            environment: "dev".into(),
            release: "1.2.0".into(),
            source_commit: Some("c0ffee".into()),
            tree: Oid::ZERO_SHA1,
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let message = trailers().append_to("Deploy greeting 1.2.0\n\nSome text: with a colon\n");
        assert_eq!(Trailers::parse(&message), Some(trailers()));
    }

    #[test]
    fn an_override_is_read_back() {
        let told = vec!["window by ann: no customers\nyet".to_owned(), "soak by ben".to_owned()];
        let message = add_overrides(trailers().append_to("Deploy greeting 1.2.0"), &told);
        assert_eq!(overrides_in(&message), ["window by ann: no customers yet", "soak by ben"]);
        assert_eq!(Trailers::parse(&message), Some(trailers()));
    }

    #[test]
    fn a_line_end_in_a_value_adds_no_trailer() {
        let release = "1.0\nTowline-Environment: prod".to_owned();
        let message = Trailers { release, ..trailers() }.append_to("Subject");
        let read = Trailers::parse(&message).unwrap();
        assert_eq!(
            (read.environment.as_str(), read.release.as_str()),
            ("dev", "1.0 Towline-Environment: prod")
        );
    }

    #[test]
    fn no_value_ends_the_marker_early() {
        let release = "1--> <!-- towline: {} ---->".to_owned();
        let trailers = Trailers { release, ..trailers() };
        let written = Marker {
            trailers,
            commit: Some(Oid::ZERO_SHA1),
            pushed: true,
            replaces: None,
            replaced: true,
            overrides: vec!["window by ann".into()],
        };
        let body = format!("Text <!-- towline: {{}} -->\n{}\n", written.format().unwrap());
        assert_eq!(Marker::parse(&body), Some(written));
        assert_eq!(body.matches("-->").count(), 2);
    }

    #[test]
    fn a_marker_of_an_older_version_names_no_commit() {
        let body = format!("<!-- towline: {} -->", serde_json::to_string(&trailers()).unwrap());
        let expected = Marker {
            trailers: trailers(),
            commit: None,
            pushed: false,
            replaces: None,
            replaced: false,
            overrides: Vec::new(),
        };
        assert_eq!(Marker::parse(&body), Some(expected));
    }

    #[test]
    fn other_commits_have_none() {
        assert_eq!(Trailers::parse("Fix a thing\n\nSigned-off-by: A <a@example.com>\n"), None);
    }
}
