//! Message: what happened to a release, as plain data.

use git2::Oid;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::config::Occasion;
use crate::forge::PullRequest;
use crate::release::Release;
use crate::secrets;
use crate::vocabulary::text::one_line;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub occasion: Occasion,
    pub application: String,
    pub environment: String,
    /// `None`: the application is taken out.
    pub release: Option<String>,
    /// The source commit.
    pub commit: Option<String>,
    /// The commit on the base branch of the GitOps repository.
    pub deployed_commit: Option<Oid>,
    pub pull: Option<Pull>,
    /// One sentence for people, without a period and without secrets.
    pub text: String,
    pub time: Timestamp,
}

/// A pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    pub number: u64,
    pub url: String,
}

impl From<&PullRequest> for Pull {
    fn from(pull: &PullRequest) -> Self {
        Self { number: pull.number, url: pull.url.clone() }
    }
}

impl Message {
    pub fn new(
        occasion: Occasion,
        (application, environment): (&str, &str),
        text: &str,
        time: Timestamp,
    ) -> Self {
        Self {
            occasion,
            application: application.to_owned(),
            environment: environment.to_owned(),
            release: None,
            commit: None,
            deployed_commit: None,
            pull: None,
            text: secrets::redact(&one_line(text)).into_owned(),
            time,
        }
    }

    pub fn about(self, release: &Release) -> Self {
        Self { release: Some(release.version.clone()), commit: release.commit.clone(), ..self }
    }

    pub fn at(self, pull: Option<Pull>, deployed_commit: Option<Oid>) -> Self {
        Self { pull, deployed_commit, ..self }
    }

    /// The page to read more on, where there is one.
    pub fn url(&self) -> Option<&str> {
        self.pull.as_ref().map(|pull| pull.url.as_str()).filter(|url| url.starts_with("http"))
    }

    /// The same for the same event, whichever run sends it, and whenever.
    pub fn id(&self) -> String {
        let commit = self.deployed_commit.map(|commit| commit.to_string()).unwrap_or_default();
        let pull = self.pull.as_ref().map(|pull| pull.number.to_string()).unwrap_or_default();
        let release = self.release.as_deref().unwrap_or_default();
        let source = self.commit.as_deref().unwrap_or_default();
        let parts =
            [word(self.occasion), &self.application, &self.environment, release, source, &commit, &pull];
        let digest = parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part).chain_update([0]));
        format!("{:x}", digest.finalize())
    }
}

/// As it is written in the pipeline file.
pub fn word(occasion: Occasion) -> &'static str {
    match occasion {
        Occasion::Proposed => "proposed",
        Occasion::Waiting => "waiting",
        Occasion::Failed => "failed",
        Occasion::Verified => "verified",
        Occasion::RolledBack => "rolledBack",
    }
}
