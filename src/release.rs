//! The release that CI passes in: a version, a build, a source commit, and a reference for every
//! image.
//!
//! [`resolve`] uses the arguments, then the CI system's variables ([`ci`]), then git ([`source`]).
//! [`order()`] decides which of two releases is newer.

mod ci;
mod images;
mod model;
mod order;
mod source;

use std::path::{Path, PathBuf};

use anyhow::Result;

use model::Defaults;
pub use model::{Image, Release};
pub use order::order;

use crate::config::Pipeline;
use crate::vocabulary::Diagnostic;

/// The release arguments, as typed, and the process environment that CI systems speak through.
#[derive(Debug, Clone, Default)]
pub struct Arguments {
    /// `--release`
    pub version: Option<String>,
    /// `--build`
    pub build: Option<String>,
    /// `--commit`: a full id, or anything that git resolves in the source repository.
    pub commit: Option<String>,
    /// `--image NAME=TAG|REFERENCE|@DIGEST`, in order; a later one wins.
    pub images: Vec<String>,
    /// `--images FILE|DIR`, in order; a later one wins, and `--image` wins over all.
    pub images_from: Vec<PathBuf>,
    pub environment: Vec<(String, String)>,
}

/// The release that the arguments, CI and git tell of.
pub fn resolve(arguments: &Arguments, pipeline: &Pipeline) -> Result<Release> {
    let source = source::Source::discover(&pipeline.root);
    let ci = ci::defaults(&arguments.environment);
    let git = source.defaults();
    let commit = match &arguments.commit {
        Some(commit) => Some(source.commit_id(commit)?),
        None => ci.commit.clone().filter(|commit| source::is_full_id(commit)).or(git.commit),
    };
    let version = match &arguments.version {
        Some(version) => version.clone(),
        None => default_version(&ci, &source, commit.as_deref())?,
    };
    let build = arguments.build.clone().or(ci.build);
    Ok(Release {
        version: one_line(version, "--release")?,
        build: build.map(|build| one_line(build, "--build")).transpose()?,
        commit,
        repository: ci.repository.or(git.repository).and_then(|url| source::public_url(&url)),
        branch: ci.branch.or(git.branch),
        images: images::resolve(&arguments.images, &arguments.images_from, &pipeline.images)?,
    })
}

/// The commit that is checked out where `folder` is, if that is in a repository.
pub fn source_commit(folder: &Path) -> Option<String> {
    source::Source::discover(folder).defaults().commit
}

/// The tag of the commit, else the beginning of its id.
fn default_version(ci: &Defaults, source: &source::Source, commit: Option<&str>) -> Result<String> {
    let is_ci_commit = commit.is_some() && commit == ci.commit.as_deref();
    if let Some(tag) = ci.tag.as_ref().filter(|_| is_ci_commit) {
        return Ok(tag.clone());
    }
    match commit {
        Some(commit) => Ok(source.tag_of(commit).unwrap_or_else(|| commit.chars().take(12).collect())),
        None => {
            let message = "the release has no version, and there is no git commit to name it after";
            Err(Diagnostic::new(message).hint("pass `--release VERSION`").into())
        }
    }
}

/// Versions and builds go into commit trailers and titles, which a line break would forge.
fn one_line(text: String, argument: &str) -> Result<String> {
    if text.trim().is_empty() {
        return Err(Diagnostic::new(format!("`{argument}` is empty")).into());
    }
    if text.chars().any(char::is_control) {
        let message = format!("`{argument}` has a line break or another control character: {text:?}");
        return Err(Diagnostic::new(message).into());
    }
    Ok(text)
}
