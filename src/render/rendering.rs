//! What rendering an environment gives.

use std::collections::BTreeSet;

use super::edits::Edit;
use super::inputs::ReleaseInputs;
use super::manifest::{self, File, RenderedTarget};
use super::ring::RingRecord;
use super::taken_out::Rollback;
use crate::release::Release;
use crate::vocabulary::Warning;

/// The manifests of one release for one environment, and the descriptor.
#[derive(Debug, Clone)]
pub struct Rendering {
    pub application: String,
    pub environment: String,
    pub release: Release,
    /// Where it is one: its files are from git.
    pub rollback: Option<Rollback>,
    pub targets: Vec<RenderedTarget>,
    /// Everything that goes into the GitOps repository, sorted by path: the manifests, the
    /// descriptor, and optional extras. Paths start at the repository's root.
    pub files: Vec<File>,
    /// Those of `files` that are no manifests but what Helm and Kustomize made them from.
    pub high_level: BTreeSet<String>,
    /// The folders in which the environment may have files.
    pub folders: Vec<String>,
    /// Changes of files that have other owners too. Which bytes that gives, only the base knows.
    pub edits: Vec<Edit>,
    /// Where the chart of this release stands if the environments before this one have it. There
    /// it must be the same.
    pub earlier_packages: Vec<EarlierPackage>,
    /// The descriptor's path, one of `files`.
    pub descriptor: String,
    /// What the release is made from in any environment.
    pub inputs: ReleaseInputs,
    /// The ring that it is for, while targets of later ones keep what they have.
    pub ring: Option<RingRecord>,
    pub warnings: Vec<Warning>,
}

/// The package of the same release in an environment that this one needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierPackage {
    pub environment: String,
    pub branch: String,
    pub path: String,
}

impl Rendering {
    /// All manifests as one YAML stream, each behind a `# Source:` line with its path in the
    /// GitOps repository, as `helm template` prints them.
    pub fn stream(&self) -> String {
        let mut stream = String::new();
        for target in &self.targets {
            for resource in &target.resources {
                let path = manifest::join(&target.path, &resource.file);
                stream.push_str(&format!("---\n# Source: {path}\n{}", resource.text));
            }
        }
        stream
    }
}
