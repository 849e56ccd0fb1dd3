//! `gitops:`: where the manifests of one environment go, and which forge holds them.

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;

use super::edits::{self, FileEdit};
use super::package::{self, ChartPackage};
use super::trusted::{self, Trusted};
use super::{pattern, repository};
use crate::vocabulary::paths::{self, Names};
use crate::vocabulary::{ForgeKind, MergeMethod, Place};
use crate::yaml::At;

const PATH: &str = "{{ environment }}/{{ application }}";
/// Where a descriptor stands unless the file says otherwise.
pub const DESCRIPTOR: &str = "descriptors/{{ environment }}/{{ application }}.yaml";

/// The names of a target that a path may use: its own, where it stands among the targets, and the end of
/// that.
pub(super) const TARGET_NAMES: [&str; 3] = ["target", "targetPath", "targetName"];

/// Where the manifests of one environment go.
#[derive(Debug, Clone)]
pub struct Gitops {
    /// A URL, or the path of a bare repository; a relative path starts at [`super::Pipeline::root`].
    pub repository: String,
    pub forge: ForgeKind,
    pub branch: String,
    pub merge_method: MergeMethod,
    /// Whose verdicts count.
    pub trusted: Trusted,
    /// The descriptor's path in the repository.
    pub descriptor: String,
    /// The paths that descriptors of other applications have, with `*` for their names and their environments'.
    pub descriptors: String,
    /// The folder for what Helm and Kustomize made the manifests from, where it holds that of all targets.
    pub high_level: Option<String>,
    pub layout: Layout,
    /// Also write a `kustomization.yaml`.
    pub kustomization: bool,
    pub interop: Vec<Interop>,
    pub edits: Vec<FileEdit>,
    pub package: Option<At<ChartPackage>>,
    pub place: Place,
}

impl Gitops {
    /// Whether there is something to release when no template gives a resource.
    pub fn has_more_than_manifests(&self) -> bool {
        !self.edits.is_empty() || self.package.is_some()
    }
}

/// Where the manifests go
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "Gitops")]
pub(super) struct Section {
    /// The URL of the GitOps repository; or a path or `file://` URL of a bare repository, which is
    /// its own forge
    repository: At<String>,
    /// Found from the URL when absent
    forge: Option<ForgeKind>,
    /// The branch that operators apply; may use `{{ environment }}`; `main` when absent
    branch: Option<At<String>>,
    /// How Towline merges pull requests; `merge` when absent
    #[serde(default)]
    merge_method: MergeMethod,
    /// The accounts whose verdicts count, or `any`; when absent, the account that Towline runs as,
    /// where the forge tells which that is
    trusted: Option<At<trusted::Written>>,
    /// The folder of a target's manifests; may use `{{ environment }}`, `{{ target }}`, `{{ targetPath }}`,
    /// `{{ targetName }}` and `{{ application }}`; `{{ environment }}/{{ application }}` when absent. Where an
    /// environment has several targets and no name of the target is used, `/{{ target }}` is added. `.` is the
    /// root, for an environment with a branch of its own
    pub path: Option<At<String>>,
    /// The descriptor's file, outside the folders of the targets;
    /// `descriptors/{{ environment }}/{{ application }}.yaml` when absent
    pub descriptor: Option<At<String>>,
    /// A folder, outside those of the targets, that also keeps what Helm and Kustomize made the
    /// manifests from, for reviewers; may use the names that `path` may use. Where an environment has several
    /// targets and no name of the target is used, `/{{ target }}` is added
    pub high_level: Option<At<String>>,
    /// How the manifests are spread over files; `flat` when absent
    #[serde(default)]
    layout: Layout,
    /// Also write a `kustomization.yaml` that lists the resources
    #[serde(default)]
    kustomization: bool,
    /// Extra files for other tools
    #[serde(default)]
    interop: Vec<Interop>,
    /// Values to change in YAML files that are there already, such as a `values.yaml` or an Argo CD
    /// `Application`; everything else in them stays
    #[serde(default)]
    edits: Vec<FileEdit>,
    /// Also release a Helm chart into a chart repository, a folder of the GitOps repository
    package: Option<At<ChartPackage>>,
}

/// How the manifests of a target are spread over files
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// A file for each resource, in one folder: `deployment-web.yaml`
    #[default]
    Flat,
    /// The same files, in a folder for each kind: `deployment/deployment-web.yaml`
    Kind,
    /// The same files, in a folder for each value of the label `app.kubernetes.io/name`:
    /// `web/deployment-web.yaml`; resources without it are beside the folders
    App,
    /// One file with all resources: `manifests.yaml`
    Single,
}

/// Another tool whose files are written too
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Interop {
    /// Kalypso's `DeploymentDescriptor`
    Kalypso,
    /// `hydrator.metadata` and its git note
    Hydrator,
}

impl Section {
    /// Whether there is something to release without templates.
    pub fn has_more_than_manifests(&self) -> bool {
        !self.edits.is_empty() || self.package.is_some()
    }
}

impl At<Section> {
    /// The settings as they are for one environment.
    pub(super) fn resolve(&self, names: Names) -> Result<Gitops> {
        let (repository, forge) = repository::resolve(&self.repository, self.forge, "gitops")?;
        let edits = edits::expand(&self.edits, names)?;
        let package = self.package.as_ref().map(|package| package::expand(package, &edits, names));
        let descriptor = self.or_default(&self.descriptor, DESCRIPTOR);
        let shared_high_level = self.high_level.as_ref().filter(|it| !is_of_target(it));
        let anything: Vec<_> = names.iter().map(|&(name, _)| (name, "*")).collect();
        Ok(Gitops {
            repository,
            forge,
            branch: self
                .branch
                .as_ref()
                .map_or(Ok("main".to_owned()), |branch| branch_name(branch, names))?,
            merge_method: self.merge_method,
            trusted: trusted::Written::resolve(self.trusted.as_ref())?,
            descriptor: pattern::in_gitops(&descriptor, names)?,
            descriptors: pattern::expand(&descriptor, &anything)?,
            high_level: shared_high_level.map(|it| pattern::in_gitops(it, names)).transpose()?,
            layout: self.layout,
            kustomization: self.kustomization,
            interop: self.interop.clone(),
            package: package.transpose()?,
            edits,
            place: self.place.clone(),
        })
    }

    /// The folder of one target. Where there are several, each needs one of its own.
    pub(super) fn target_path(&self, names: Names, several: bool) -> Result<String> {
        pattern::folder_in_gitops(&apart(self.or_default(&self.path, PATH), several), names)
    }

    /// The folder for what the manifests of one target are made from, if that is kept.
    pub(super) fn high_level(&self, names: Names, several: bool) -> Result<Option<String>> {
        let Some(folder) = &self.high_level else { return Ok(None) };
        pattern::in_gitops(&apart(folder.clone(), several), names).map(Some)
    }

    /// The descriptors' path as it is written.
    pub(super) fn descriptor_pattern(&self) -> String {
        self.or_default(&self.descriptor, DESCRIPTOR).value
    }

    fn or_default(&self, written: &Option<At<String>>, default: &str) -> At<String> {
        let default = || At { value: default.to_owned(), place: self.place.clone() };
        written.clone().unwrap_or_else(default)
    }
}

/// Whether a path is another one for each target.
fn is_of_target(path: &str) -> bool {
    paths::placeholders(path).any(|name| TARGET_NAMES.contains(&name))
}

/// A folder that is a target's own also where there are several.
fn apart(mut path: At<String>, several: bool) -> At<String> {
    if several && !is_of_target(&path) {
        path.push_str("/{{ target }}");
    }
    path
}

fn branch_name(branch: &At<String>, names: Names) -> Result<String> {
    let name = pattern::expand(branch, names)?;
    if git2::Branch::name_is_valid(&name).unwrap_or(false) {
        return Ok(name);
    }
    let message = format!("`{}` is not a name for a branch", name.escape_debug());
    Err(branch.error(message).hint("without `refs/heads/`").into())
}
