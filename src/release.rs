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
mod source_forge;
mod source_tree;

use std::path::{Path, PathBuf};

use anyhow::Result;

use model::Defaults;
pub use model::{Image, Release};
pub use order::{MissingHistory, Order, compare, order};
pub use source::{Source, is_full_id};
pub use source_forge::{open_source_forge, source_forge};
pub use source_tree::{committed, ignored_files, is_dirty, refuse_uncommitted};

use crate::config::Pipeline;
use crate::secrets;
use crate::vocabulary::{Diagnostic, Warning, WarningId};

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

/// The release that the arguments, CI and git tell of. Its commit is the one that is checked out
/// where the pipeline file is: what CI was started for may be another one.
pub fn resolve(arguments: &Arguments, pipeline: &Pipeline) -> Result<Release> {
    let source = source::Source::discover(&pipeline.root);
    let ci = ci::defaults(&arguments.environment);
    let git = source.defaults();
    let commit = match (&arguments.commit, git.commit) {
        (Some(typed), head) => Some(source.checked_out(typed, head.as_deref())?),
        (None, Some(head)) => Some(head),
        (None, None) => ci.commit.clone().filter(|commit| source::is_full_id(commit)),
    };
    let is_ci_commit = commit.is_some() && commit == ci.commit;
    let version = match &arguments.version {
        Some(version) => version.clone(),
        None => default_version(ci.tag.filter(|_| is_ci_commit), &source, commit.as_deref())?,
    };
    let build = arguments.build.clone().or(ci.build);
    // Where CI was started for another commit, it may be one of another repository.
    let repository =
        if is_ci_commit { ci.repository.or(git.repository) } else { git.repository.or(ci.repository) };
    let version = one_line(version, "--release")?;
    secrets::open_word(&version);
    Ok(Release {
        version,
        build: build.map(|build| one_line(build, "--build")).transpose()?,
        commit,
        repository: repository.and_then(|url| source::public_url(&url)),
        branch: ci.branch.or(git.branch),
        images: images::resolve(&arguments.images, &arguments.images_from, &pipeline.images)?,
        configuration: None,
    })
}

/// A warning when CI was started for another commit than the one that the release is made from.
pub fn other_commit_in_ci(arguments: &Arguments, release: &Release) -> Option<Warning> {
    let started_for =
        ci::defaults(&arguments.environment).commit.filter(|commit| source::is_full_id(commit))?;
    let made_from = release.commit.as_ref().filter(|made_from| **made_from != started_for)?;
    let message = format!("the CI run is for commit {started_for}, but {made_from} is checked out");
    let hint = "the release is recorded as made from what is checked out";
    Some(Warning::new(WarningId::CiCommitDiffers, Diagnostic::new(message).hint(hint)))
}

/// The commit that is checked out where `folder` is, if that is in a repository.
pub fn source_commit(folder: &Path) -> Option<String> {
    source::Source::discover(folder).defaults().commit
}

/// Where a file is in the repository that it is in, from the root of that.
pub fn path_in_repository(file: &Path) -> Option<String> {
    source::Source::discover(file.parent()?).path_of(file)
}

/// Whether the repository that `folder` is in still has a file at `path`, from its root.
pub fn is_checked_out(folder: &Path, path: &str) -> bool {
    source::Source::discover(folder).has_file(path)
}

/// The URL of the repository that the pipeline file is in, else of the one that CI was started for.
pub fn source_repository(folder: &Path, environment: &[(String, String)]) -> Option<String> {
    let git = source::Source::discover(folder).defaults().repository;
    git.or(ci::defaults(environment).repository).and_then(|url| source::public_url(&url))
}

/// The tag of the commit, else the beginning of its id. `pushed` is the tag that CI was started for.
fn default_version(pushed: Option<String>, source: &source::Source, commit: Option<&str>) -> Result<String> {
    match (pushed, commit) {
        (Some(tag), _) => Ok(tag),
        (None, Some(commit)) => {
            Ok(source.tag_of(commit).unwrap_or_else(|| commit.chars().take(12).collect()))
        }
        (None, None) => {
            let message = "the release has no version, and there is no git commit to name it after";
            Err(Diagnostic::new(message).hint("pass `--release VERSION`").into())
        }
    }
}

/// Versions and builds go into commit trailers and titles, which a line break would forge.
fn one_line(text: String, argument: &str) -> Result<String> {
    let refused = |message: String| Err(Diagnostic::usage(message).into());
    if text.trim().is_empty() {
        return refused(format!("`{argument}` is empty"));
    }
    if text.chars().any(char::is_control) {
        return refused(format!("`{argument}` has a line break or another control character: {text:?}"));
    }
    if text.trim() != text {
        let message = format!("`{argument}` begins or ends with a blank: {text:?}");
        return Err(Diagnostic::usage(message).hint(format!("pass `{argument} {}`", text.trim())).into());
    }
    Ok(text)
}
