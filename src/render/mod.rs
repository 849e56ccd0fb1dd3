//! Render: templates, variables and a release to manifests. A pure function of its inputs.
//!
//! No git and no forge here. The same inputs give the same bytes.

pub mod engine;

use serde_json::Value;

use crate::error::{Diagnostic, Place};
use crate::pipeline::{Environment, Pipeline};
use crate::release::Release;
use crate::variables::{Inputs, Variables};

/// What is to be rendered.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub pipeline: &'a Pipeline,
    pub environment: &'a Environment,
    pub release: &'a Release,
    pub inputs: &'a Inputs,
}

/// The manifests of one release for one environment, and the descriptor.
#[derive(Debug, Clone)]
pub struct Rendering {
    pub application: String,
    pub environment: String,
    pub release: Release,
    pub targets: Vec<RenderedTarget>,
    /// Everything that goes into the GitOps repository, sorted by path: the manifests, the
    /// descriptor, and optional extras. Paths start at the repository's root.
    pub files: Vec<File>,
    /// The descriptor's path, one of `files`.
    pub descriptor: String,
    pub warnings: Vec<Diagnostic>,
}

/// The resources of one target.
#[derive(Debug, Clone)]
pub struct RenderedTarget {
    pub name: String,
    /// The folder in the GitOps repository.
    pub path: String,
    /// Sorted by file name.
    pub resources: Vec<Resource>,
    pub variables: Variables,
}

/// One Kubernetes resource.
#[derive(Debug, Clone)]
pub struct Resource {
    pub id: ResourceId,
    pub manifest: Value,
    /// `kind-name[_namespace].yaml`, inside the target's folder.
    pub file: String,
    /// The file's bytes.
    pub text: String,
    /// The template it came from.
    pub origin: Place,
}

/// What makes two resources the same one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceId {
    pub api_version: String,
    pub kind: String,
    pub namespace: Option<String>,
    pub name: String,
}

/// A file of the GitOps repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub path: String,
    pub content: String,
}
