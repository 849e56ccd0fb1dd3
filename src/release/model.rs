//! A release and its images, and what is known of one without being typed.

use serde::{Deserialize, Serialize};

/// One release of the application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    pub version: String,
    pub build: Option<String>,
    /// The source commit, as a full hexadecimal id, with `-dirty` behind it for files that are not in it.
    pub commit: Option<String>,
    /// URL of the source repository, without credentials.
    pub repository: Option<String>,
    /// The source branch or tag the release was built from.
    pub branch: Option<String>,
    /// In the order of the pipeline file.
    pub images: Vec<Image>,
    /// The source commit that the environment's variables are from, where they were changed for a release that
    /// was deployed already.
    pub configuration: Option<String>,
}

/// A logical image name and the reference that this release gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    pub name: String,
    pub repository: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// `sha256:…`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

impl Image {
    /// `repository[:tag][@digest]`
    pub fn reference(&self) -> String {
        let mut reference = self.repository.clone();
        if let Some(tag) = &self.tag {
            reference.push(':');
            reference.push_str(tag);
        }
        if let Some(digest) = &self.digest {
            reference.push('@');
            reference.push_str(digest);
        }
        reference
    }
}

impl Release {
    /// One of which only this is known.
    pub fn known_as(version: String, commit: Option<String>) -> Self {
        Self {
            version,
            build: None,
            commit,
            repository: None,
            branch: None,
            images: Vec::new(),
            configuration: None,
        }
    }

    /// The source commit that has everything it was rendered from in an environment.
    pub fn source(&self) -> Option<&String> {
        self.configuration.as_ref().or(self.commit.as_ref())
    }

    /// `1.4.0`, or `1.4.0 with the configuration of 4be1c3d2a0`
    pub fn describe(&self) -> String {
        match &self.configuration {
            Some(commit) => {
                let short: String = commit.chars().take(10).collect();
                format!("{} with the configuration of {short}", self.version)
            }
            None => self.version.clone(),
        }
    }

    /// What is typed for it: `--release 1.4.0 --image web=ghcr.io/acme/web:1.4.0`.
    pub fn arguments(&self) -> String {
        let images = self.images.iter().map(|image| format!(" --image {}={}", image.name, image.reference()));
        format!("--release {}{}", self.version, images.collect::<String>())
    }
}

/// What is known about the source without being typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Defaults {
    /// The tag that was pushed, in CI.
    pub tag: Option<String>,
    pub build: Option<String>,
    pub commit: Option<String>,
    pub repository: Option<String>,
    pub branch: Option<String>,
}
