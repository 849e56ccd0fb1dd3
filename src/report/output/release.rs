//! A release and its images.

use schemars::JsonSchema;
use serde::Serialize;

use crate::release::{Image, Release};

/// A release of the application
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseOutput {
    pub version: String,
    /// The build that made it
    pub build: Option<String>,
    /// The source commit; ends in `-dirty` when files were not committed
    pub commit: Option<String>,
    /// The URL of the source repository
    pub repository: Option<String>,
    /// The source branch or tag that it was built from
    pub branch: Option<String>,
    /// In the order of the pipeline file
    pub images: Vec<ImageOutput>,
    /// The source commit of the environment's variables, where they were changed after the release
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configuration: Option<String>,
}

/// An image of a release
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImageOutput {
    /// Its name in the pipeline file
    pub name: String,
    pub repository: String,
    pub tag: Option<String>,
    /// `sha256:…`
    pub digest: Option<String>,
    /// `repository[:tag][@digest]`
    pub reference: String,
}

impl From<&Release> for ReleaseOutput {
    fn from(release: &Release) -> Self {
        Self {
            version: release.version.clone(),
            build: release.build.clone(),
            commit: release.commit.clone(),
            repository: release.repository.clone(),
            branch: release.branch.clone(),
            images: release.images.iter().map(ImageOutput::from).collect(),
            configuration: release.configuration.clone(),
        }
    }
}

impl From<&Image> for ImageOutput {
    fn from(image: &Image) -> Self {
        Self {
            name: image.name.clone(),
            repository: image.repository.clone(),
            tag: image.tag.clone(),
            digest: image.digest.clone(),
            reference: image.reference(),
        }
    }
}
