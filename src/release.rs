//! What CI hands over: a version, a build, a source commit, and a reference for every image.

mod reference;

use serde::{Deserialize, Serialize};

pub use reference::Reference;

/// One release of the application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    pub version: String,
    pub build: Option<String>,
    /// The source commit, as a full hexadecimal id.
    pub commit: Option<String>,
    /// URL of the source repository, without credentials.
    pub repository: Option<String>,
    /// The source branch or tag the release was built from.
    pub branch: Option<String>,
    /// In the order of the pipeline file.
    pub images: Vec<Image>,
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
