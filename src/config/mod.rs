//! The pipeline file: `towline.yaml`, read, checked and resolved.
//!
//! [`schema`] is the file as people write it, and the source of its JSON Schema. [`load()`] turns
//! it into the types below: every default filled in, every `{{ environment }}` in a path
//! expanded, environments sorted so that each stands behind what it needs. The rest of the crate
//! knows only these.

mod load;
mod lookup;
mod resolve;
pub mod schema;

use std::path::PathBuf;
use std::time::Duration;

pub use load::{load, parse};
pub use lookup::Step;
pub(crate) use lookup::below;
pub(crate) use resolve::expand_path;

use crate::vocabulary::{ForgeKind, MergeMethod, Place};
use crate::yaml;

/// A pipeline file, resolved.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// The file, as the user named it.
    pub file: PathBuf,
    /// The folder it stands in; relative paths start here.
    pub root: PathBuf,
    pub application: String,
    pub team: Option<String>,
    pub workspace: Option<String>,
    pub images: Vec<DeclaredImage>,
    pub templates: Vec<TemplateStep>,
    pub validate: Option<Validate>,
    pub freeze: Vec<Freeze>,
    /// Each behind the ones it needs; otherwise as written.
    pub environments: Vec<Environment>,
}

/// An entry of `images:`.
#[derive(Debug, Clone)]
pub struct DeclaredImage {
    pub name: String,
    /// Without tag or digest.
    pub repository: String,
    pub place: Place,
}

/// A step of `templates:`.
#[derive(Debug, Clone)]
pub struct TemplateStep {
    /// A folder or file, below [`Pipeline::root`].
    pub path: PathBuf,
    pub place: Place,
    /// `None`: found from the content.
    pub engine: Option<EngineKind>,
    /// What marks an expression, for `jinja`.
    pub delimiters: Delimiters,
    /// Hand the output of the steps before to this one, as this file in its folder.
    pub input: Option<String>,
    /// Variables that are expanded in the step's own files before its engine reads them.
    pub placeholders: Option<Placeholders>,
    /// How long a tool of the user may take.
    pub timeout: Duration,
    pub helm: HelmOptions,
    pub kustomize: KustomizeOptions,
    pub jsonnet: JsonnetOptions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineKind {
    Jinja,
    Plain,
    Helm,
    Kustomize,
    Jsonnet,
}

/// What marks an expression in a `jinja` template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Delimiters {
    /// `{{ x }}`, `{% if %}`, `{# … #}`
    #[default]
    Braces,
    /// `${{ x }}`, `${% if %}`, `${# … #}`
    DollarBraces,
    /// `#{ x }#`, `#% if %#`, `#* … *#`
    Hash,
    /// `<< x >>`, `<% if %>`, `<# … #>`
    Angle,
    /// `$X` and `${X}`, no blocks; `$$` is a dollar sign
    Shell,
}

/// `placeholders:`
#[derive(Debug, Clone)]
pub struct Placeholders {
    pub style: PlaceholderStyle,
    /// Globs over paths inside the step's folder; all files when empty.
    pub files: Vec<String>,
    /// Globs over files that are left as they are.
    pub ignore: Vec<String>,
}

/// What marks a placeholder in a file of another engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceholderStyle {
    /// `$NAME` and `${NAME}`
    Shell,
    /// `{{ name }}`
    Jinja,
    /// `#{NAME}#`
    Tokens,
}

/// The fields of a step that only `helm` reads. Texts may hold expressions.
#[derive(Debug, Clone, Default)]
pub struct HelmOptions {
    /// The application's name when absent.
    pub release: Option<String>,
    pub namespace: Option<String>,
    pub kube_version: Option<String>,
    pub api_versions: Vec<String>,
    pub values: Vec<HelmValues>,
    /// Leave out what stands in the chart's `crds/`.
    pub without_crds: bool,
    pub hooks: bool,
    pub tests: bool,
}

#[derive(Debug, Clone)]
pub enum HelmValues {
    File(String, Place),
    Inline(serde_json::Value, Place),
    /// All variables of the target.
    Variables,
}

/// The fields of a step that only `kustomize` reads.
#[derive(Debug, Clone, Default)]
pub struct KustomizeOptions {
    pub allow_remote: bool,
}

/// The fields of a step that only `jsonnet` reads.
#[derive(Debug, Clone, Default)]
pub struct JsonnetOptions {
    /// Folders below [`Pipeline::root`] that imports are looked for in, the first first.
    pub jpath: Vec<PathBuf>,
    pub variables: JsonnetVariables,
}

/// How a Jsonnet file gets at variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum JsonnetVariables {
    /// As the arguments of the function that the file is.
    #[default]
    Arguments,
    /// With `std.extVar`.
    External,
}

/// A source of variables. A later source wins over an earlier one.
#[derive(Debug, Clone)]
pub struct VariableSource {
    pub kind: SourceKind,
    pub place: Place,
    /// Its values must not reach a committed file.
    pub secret: bool,
}

#[derive(Debug, Clone)]
pub enum SourceKind {
    /// YAML, JSON or `.env`, below [`Pipeline::root`]; `{{ environment }}` and `{{ target }}` in
    /// it are filled in when it is read.
    File(PathBuf),
    /// Written in the pipeline file: a mapping.
    Values(yaml::Node),
    /// The process environment: names that begin with the prefix, without it.
    Process { prefix: String },
    /// `git`, `azureDevOps`, `keyVault`, `appConfiguration`: understood, not read yet.
    Later(&'static str),
}

#[derive(Debug, Clone)]
pub struct Validate {
    pub kubernetes: Option<String>,
    pub schemas: Vec<PathBuf>,
    pub strict: bool,
    pub place: Place,
}

#[derive(Debug, Clone)]
pub struct Freeze {
    pub from: jiff::Timestamp,
    pub to: jiff::Timestamp,
    /// Globs over environment names; empty means all.
    pub environments: Vec<String>,
    pub reason: Option<String>,
    pub place: Place,
}

/// One stage of the pipeline.
#[derive(Debug, Clone)]
pub struct Environment {
    pub name: String,
    pub place: Place,
    pub needs: Vec<String>,
    /// At least one.
    pub targets: Vec<Target>,
    /// The pipeline's sources, then the environment's own.
    pub variables: Vec<VariableSource>,
    pub gitops: Gitops,
    pub merge: MergePolicy,
    pub labels: Vec<String>,
    pub reviewers: Vec<String>,
    pub overlays: Vec<(PathBuf, Place)>,
    pub gates: Vec<Gate>,
    pub rollout: RolloutOptions,
    pub checks: Vec<Check>,
    pub on_failure: OnFailure,
    pub on_failure_place: Option<Place>,
    /// Whether `secrets: allow` lets secret values into committed files.
    pub secrets_allowed: bool,
}

/// One destination inside an environment.
#[derive(Debug, Clone)]
pub struct Target {
    pub name: String,
    /// `gitops.path`, expanded: relative, with `/`, without `.` or `..`.
    pub path: String,
    /// Added behind the environment's sources.
    pub variables: Vec<VariableSource>,
}

/// Where the manifests of one environment go.
#[derive(Debug, Clone)]
pub struct Gitops {
    /// A URL, or the path of a bare repository; a relative path starts at [`Pipeline::root`].
    pub repository: String,
    pub forge: ForgeKind,
    pub branch: String,
    pub merge_method: MergeMethod,
    /// The descriptor's path in the repository.
    pub descriptor: String,
    /// The folder for what Helm and Kustomize made the manifests from.
    pub high_level: Option<String>,
    /// Also write a `kustomization.yaml`.
    pub kustomization: bool,
    pub interop: Vec<String>,
    pub edits: Vec<FileEdit>,
    pub package: Option<ChartPackage>,
    pub place: Place,
}

/// A chart that is released into a chart repository.
#[derive(Debug, Clone)]
pub struct ChartPackage {
    /// The chart's folder, below [`Pipeline::root`].
    pub chart: PathBuf,
    /// The folder of the chart repository, from the GitOps repository's root.
    pub into: String,
    /// May have expressions. `None`: the release's version.
    pub app_version: Option<(String, Place)>,
    pub place: Place,
}

impl ChartPackage {
    /// The index of the chart repository.
    pub fn index(&self) -> String {
        format!("{}/index.yaml", self.into)
    }
}

impl Gitops {
    /// Whether there is something to release when no template gives a resource.
    pub fn has_more_than_manifests(&self) -> bool {
        !self.edits.is_empty() || self.package.is_some()
    }
}

/// Values to change in a file of the GitOps repository that Towline does not own.
#[derive(Debug, Clone)]
pub struct FileEdit {
    /// From the repository's root.
    pub file: String,
    pub set: Vec<ValueEdit>,
}

/// A new value for one place in a file.
#[derive(Debug, Clone)]
pub struct ValueEdit {
    pub path: yaml::edit::Path,
    /// A scalar. A text may have expressions.
    pub value: serde_json::Value,
    pub place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MergePolicy {
    Auto,
    #[default]
    Manual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnFailure {
    #[default]
    Stop,
    Rollback,
}

/// An entry of `gates:`. None of them is evaluated yet.
#[derive(Debug, Clone)]
pub struct Gate {
    /// The key in the file: `soak`, `window`, …
    pub kind: String,
    pub place: Place,
}

/// `await:`
#[derive(Debug, Clone)]
pub struct RolloutOptions {
    /// `None` when the file declares none; `Some(vec![])` is `reporters: none`, written out.
    pub reporters: Option<Vec<Reporter>>,
    /// How long people have to merge.
    pub merge: Duration,
    /// How long a reporter may stay unseen after the merge.
    pub appear: Duration,
    /// How long a rollout may take, from the merge.
    pub finish: Duration,
    /// How long a success must hold.
    pub settle: Duration,
    /// How long a failure may still turn into a success.
    pub grace: Duration,
    pub superseded: OnSuperseded,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnSuperseded {
    #[default]
    Fail,
    Follow,
}

/// Commit statuses that are expected: those whose context matches the glob, so many of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reporter {
    /// A glob over contexts; `*` does not match `/`.
    pub status: String,
    /// At least this many different contexts; at least 1.
    pub count: usize,
    /// The descriptions with which a success is one; any when there are none. The rest of a
    /// preset is in the glob.
    pub success: &'static [&'static str],
    /// How often the reporter looks at the repository, where that is known.
    pub repeat: Option<Duration>,
}

/// A command that is run after a deployment.
#[derive(Debug, Clone)]
pub struct Check {
    pub name: String,
    /// A command line for `sh -c`, in [`Pipeline::root`].
    pub run: String,
    pub timeout: Duration,
    /// How often it is tried again after a failure.
    pub retries: u32,
    /// A JUnit file that the command writes, relative to [`Pipeline::root`].
    pub junit: Option<PathBuf>,
    pub place: Place,
}
