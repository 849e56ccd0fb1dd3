//! The descriptor: a record, in the GitOps repository, of what is deployed where.
//!
//! It also lists the files that Towline wrote, with the ids of their contents. Which of them Towline
//! may delete or overwrite, [`ownership`](super::ownership) decides.

use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::digest::Digest;
use super::edits::Edit;
use super::inputs::{InputDigests, ReleaseInputs};
use super::manifest::{Contents, File, RenderedTarget, join};
use super::package::Packaged;
use super::recorded_files::RecordedFiles;
use super::request::RenderRequest;
use super::ring::RingRecord;
use super::taken_out::{Rollback, TakenOut};
use crate::config::RolloutOptions;
use crate::release::{Image, Release};
use crate::vocabulary::paths::ROOT;
use crate::vocabulary::{Diagnostic, Place};
use crate::yaml;

pub const API_VERSION: &str = "towline.dev/v1";
pub const KIND: &str = "DeploymentDescriptor";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    pub api_version: String,
    pub kind: String,
    pub application: Application,
    pub environment: String,
    pub release: ReleaseRecord,
    /// Where this is a rollback: what it took out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<Rollback>,
    /// Releases that were taken out before, and are newer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<TakenOut>,
    #[serde(default)]
    pub images: Vec<Image>,
    pub targets: Vec<TargetRecord>,
    /// What Helm and Kustomize made the manifests from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high_level: Option<HighLevelRecord>,
    /// Values that are set in files of other owners.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<EditRecord>,
    /// The chart that is in the environment's chart repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<PackageRecord>,
    /// How far the release has come, until it is in all targets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ring: Option<RingRecord>,
    pub inputs: InputDigests,
    /// `towline <version>`
    pub tool: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseRecord {
    pub version: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The source commit of the environment's variables, where that is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditRecord {
    pub file: String,
    /// The new value of every path.
    pub set: serde_json::Map<String, serde_json::Value>,
}

/// A packaged chart. Its file is not one of [`Descriptor::files`], because a chart repository keeps
/// its versions: the next release must not delete it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageRecord {
    pub chart: String,
    pub version: String,
    /// From the repository's root.
    pub file: String,
    /// Of the file's bytes.
    pub digest: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetRecord {
    pub name: String,
    /// The folder in the GitOps repository.
    pub path: String,
    /// Inside the folder.
    pub files: RecordedFiles,
    /// Over the files' names and ids; in older descriptors, over their names and bytes.
    pub digest: String,
    /// Globs over the contexts with which its rollout is reported.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reporters: Vec<String>,
}

/// Files that nobody applies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HighLevelRecord {
    /// The folder in the GitOps repository.
    pub path: String,
    /// Inside the folder.
    pub files: RecordedFiles,
    /// Over the files' names and ids; in older descriptors, over their names and bytes.
    pub digest: String,
}

/// A folder of a descriptor.
#[derive(Debug, Clone, Copy)]
pub struct Folder<'a> {
    pub path: &'a str,
    pub files: &'a RecordedFiles,
    pub digest: &'a str,
}

impl Descriptor {
    /// The record of `targets`, each with its files and their bytes, sorted by name.
    pub fn new(
        request: &RenderRequest,
        (release_inputs, templates): (&ReleaseInputs, &str),
        targets: &[(&RenderedTarget, Contents)],
        high_level: &[File],
        edits: &[Edit],
        package: Option<&Packaged>,
    ) -> Result<Self> {
        let (pipeline, release) = (request.pipeline, request.release);
        let targets_rendered = targets.iter().map(|(target, _)| *target);
        let folder = common_folder(request.environment.high_level_folders());
        let rollout = &request.environment.rollout;
        let records = targets.iter().map(|(target, files)| TargetRecord::new(target, files, rollout));
        Ok(Self {
            api_version: API_VERSION.into(),
            kind: KIND.into(),
            application: Application {
                name: pipeline.application.clone(),
                team: pipeline.team.clone(),
                workspace: pipeline.workspace.clone(),
            },
            environment: request.environment.name.clone(),
            release: ReleaseRecord {
                version: release.version.clone(),
                build: release.build.clone(),
                commit: release.commit.clone(),
                repository: release.repository.clone(),
                branch: release.branch.clone(),
                configuration: release.configuration.clone(),
            },
            rollback: None,
            holds: Vec::new(),
            images: release.images.clone(),
            inputs: InputDigests {
                release: Some(release_inputs.digest.clone()),
                files: release_inputs.files.clone(),
                pipeline: release_inputs.pipeline.clone(),
                templates: templates.to_owned(),
                variables: variables_digest(targets_rendered),
            },
            targets: records.collect::<Result<_>>()?,
            high_level: HighLevelRecord::new(folder.as_deref(), high_level)?,
            edits: edits.iter().map(EditRecord::new).collect(),
            package: package.map(PackageRecord::new),
            ring: None,
            tool: tool(),
        })
    }

    /// Reads a descriptor. Its paths are checked: who can write to the GitOps repository could
    /// otherwise have files deleted outside of it. Whose it is, [`Descriptor::check_owner`] tells.
    pub fn parse(content: Vec<u8>, file: &Path) -> Result<Self> {
        let nodes = yaml::parse(&yaml::text(content, file)?, file)?;
        let [node] = nodes.as_slice() else {
            return Err(not_a_descriptor(file, "it does not have exactly one document"));
        };
        let descriptor: Self = serde_json::from_value(node.to_value())
            .map_err(|error| not_a_descriptor(file, &error.to_string()))?;
        if descriptor.kind != KIND || descriptor.api_version != API_VERSION {
            return Err(not_a_descriptor(
                file,
                &format!("it is a {} of {}", descriptor.kind, descriptor.api_version),
            ));
        }
        let package = descriptor.package.iter().map(|package| package.file.clone());
        let outside = descriptor.files().chain(package).find(|path| !is_inside(path));
        match outside {
            Some(path) => Err(not_a_descriptor(file, &format!("it lists {path}, outside the repository"))),
            None => Ok(descriptor),
        }
    }

    /// Refuses a descriptor of another application or environment. Two that share one would delete
    /// each other's files, and take each other's rollout for their own.
    pub fn check_owner(&self, file: &Path, application: &str, environment: &str) -> Result<()> {
        let (its_application, its_environment) = (&self.application.name, &self.environment);
        if its_application == application && its_environment == environment {
            return Ok(());
        }
        let message = format!(
            "{} describes {its_application} in {its_environment}, not {application} in {environment}",
            file.display()
        );
        Err(Diagnostic::refused(message)
            .hint("give each application and environment its own `gitops.descriptor`")
            .into())
    }

    pub fn write(&self) -> Result<String> {
        let value = serde_json::to_value(self).context("writing the descriptor")?;
        yaml::write(&value)
    }

    /// The release that it records.
    pub fn into_release(self) -> Release {
        let ReleaseRecord { version, build, commit, repository, branch, configuration } = self.release;
        Release { version, build, commit, repository, branch, images: self.images, configuration }
    }

    /// The releases that were taken out and are not deployed again by themselves, the last one first.
    pub fn held(&self) -> impl Iterator<Item = &TakenOut> {
        self.rollback.iter().map(|rollback| &rollback.from).chain(&self.holds)
    }

    /// The hold on a release.
    pub fn hold_on(&self, release: &Release) -> Option<&TakenOut> {
        self.held().find(|held| held.is(release))
    }

    /// The same, as this version of Towline writes it.
    pub fn written_now(self) -> Self {
        Self { tool: tool(), ..self }
    }

    /// The paths of all files it lists, from the root of the GitOps repository. The descriptor
    /// itself is not among them.
    pub fn files(&self) -> impl Iterator<Item = String> {
        let manifests =
            self.targets.iter().flat_map(|target| target.files.names().map(|file| join(&target.path, file)));
        manifests.chain(self.high_level_files())
    }

    /// The folders with their files, their digests, and the ids of the files' contents.
    pub fn folders(&self) -> impl Iterator<Item = Folder<'_>> {
        let of = |path, files, digest| Folder { path, files, digest };
        let targets = self.targets.iter().map(move |it| of(&it.path, &it.files, &it.digest));
        targets.chain(self.high_level.iter().map(move |it| of(&it.path, &it.files, &it.digest)))
    }

    /// Whether `content`, which this was read from, is not what this version writes. That another
    /// version wrote it differently is no edit.
    pub fn is_edited(&self, content: &[u8]) -> bool {
        let by_us = self.tool == tool() && self.write().is_ok_and(|text| text.as_bytes() != content);
        by_us || self.folders().any(|it| it.files.digest().is_some_and(|digest| digest != it.digest))
    }

    /// Those of the files that nobody applies.
    pub fn high_level_files(&self) -> impl Iterator<Item = String> {
        self.high_level.iter().flat_map(|it| it.files.names().map(|file| join(&it.path, file)))
    }
}

fn tool() -> String {
    format!("towline {}", env!("CARGO_PKG_VERSION"))
}

impl EditRecord {
    fn new(edit: &Edit) -> Self {
        let set = edit.set().iter().map(|(path, value)| (path.to_string(), value.clone()));
        Self { file: edit.file.clone(), set: set.collect() }
    }
}

impl HighLevelRecord {
    fn new<'a>(folder: Option<&str>, files: &'a [File]) -> Result<Option<Self>> {
        let Some(path) = folder.filter(|_| !files.is_empty()).map(str::to_owned) else { return Ok(None) };
        let name = |file: &'a File| file.path.strip_prefix(&format!("{path}/")).unwrap_or(&file.path);
        let contents: Vec<_> = files.iter().map(|file| (name(file), file.content.as_slice())).collect();
        let (files, digest) = record(&contents)?;
        Ok(Some(Self { path, files, digest }))
    }
}

impl PackageRecord {
    fn new(Packaged { path, package, .. }: &Packaged) -> Self {
        Self {
            chart: package.name.clone(),
            version: package.version.clone(),
            file: path.clone(),
            digest: format!("sha256:{}", package.digest()),
        }
    }
}

impl TargetRecord {
    /// A reporter that the pipeline file gives no target reports about each.
    fn new(target: &RenderedTarget, files: &Contents, rollout: &RolloutOptions) -> Result<Self> {
        let contents: Vec<_> = files.iter().map(|(name, content)| (*name, content.as_bytes())).collect();
        let (files, digest) = record(&contents)?;
        let reporters = rollout.reporters.iter().flatten();
        let its = reporters.filter(|it| it.target.as_ref().is_none_or(|name| *name == target.name));
        let reporters = its.map(|reporter| reporter.contexts.shown().to_owned()).collect();
        Ok(Self { name: target.name.clone(), path: target.path.clone(), files, digest, reporters })
    }
}

/// The folder that all folders are in.
fn common_folder<'a>(folders: impl Iterator<Item = &'a String>) -> Option<String> {
    let common = |one: String, other: String| {
        let parts = one.split('/').zip(other.split('/')).take_while(|(one, other)| one == other);
        match parts.map(|(part, _)| part).collect::<Vec<_>>().join("/") {
            nothing if nothing.is_empty() => ROOT.to_owned(),
            folder => folder,
        }
    };
    folders.cloned().reduce(common)
}

/// The record of a folder's files, and its digest.
fn record(contents: &[(&str, &[u8])]) -> Result<(RecordedFiles, String)> {
    let files = RecordedFiles::of(contents)?;
    let digest = files.digest().unwrap_or_default();
    Ok((files, digest))
}

fn is_inside(path: &str) -> bool {
    !path.contains('\\') && path.split('/').all(|part| !matches!(part, "" | "." | ".." | ".git"))
}

fn variables_digest<'a>(targets: impl Iterator<Item = &'a RenderedTarget>) -> String {
    let mut digest = Digest::default();
    for target in targets {
        let mut leaves: Vec<_> = target.variables.leaves.iter().filter(|leaf| !leaf.secret).collect();
        leaves.sort_by(|a, b| a.name.cmp(&b.name));
        let leaves = leaves.iter().map(|leaf| json!([leaf.name, leaf.value.as_written()]));
        let leaves: serde_json::Value = leaves.collect();
        digest.add(&target.name, leaves.to_string().as_bytes());
    }
    digest.finish()
}

fn not_a_descriptor(file: &Path, why: &str) -> anyhow::Error {
    Diagnostic::new(format!("not a descriptor that Towline wrote: {why}"))
        .at(Place::file(file))
        .hint("let `gitops.descriptor` name another file, or restore this one from git")
        .into()
}
