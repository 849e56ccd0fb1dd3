//! The pipeline file as people write it.
//!
//! These types are what `towline.yaml` may hold, no more: unknown keys are refused, and nothing
//! is filled in (that is [`super::resolve`]'s work). Their comments become the descriptions in
//! the JSON Schema that editors show, so they speak to the author of a pipeline file.

mod environment;
mod gates;
mod reporters;
mod sources;

use schemars::JsonSchema;
use serde::Deserialize;

pub use environment::*;
pub use gates::*;
pub use reporters::*;
pub use sources::*;

use crate::yaml::{At, Entries};

/// The JSON Schema of the pipeline file.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(PipelineFile).into()
}

/// Carries a release of one application through its environments
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Towline pipeline file")]
pub struct PipelineFile {
    /// The version of this file format: 1
    pub version: At<u32>,
    /// The workload that is deployed: a DNS label
    pub application: At<String>,
    /// The team that owns the application; goes into the descriptor
    pub team: Option<At<String>>,
    /// The workspace that the application belongs to; goes into the descriptor
    pub workspace: Option<At<String>>,
    /// A repository for every logical image name; the release supplies the tag or digest
    #[serde(default)]
    pub images: Entries<At<String>>,
    /// Steps that make manifests, run in order; their outputs are concatenated
    pub templates: At<Vec<At<TemplateStep>>>,
    /// Variables for every environment; a later source wins over an earlier one
    #[serde(default)]
    pub variables: Vec<At<VariableSource>>,
    /// Where the manifests go
    pub gitops: At<Gitops>,
    /// How manifests are checked against the schemas of Kubernetes
    pub validate: Option<At<Validate>>,
    /// Times in which nothing is promoted
    #[serde(default)]
    pub freeze: Vec<At<Freeze>>,
    /// In order; each needs the one before it, unless `needs` says otherwise
    pub environments: At<Vec<At<Environment>>>,
}

/// A step that makes manifests
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct TemplateStep {
    /// A folder or a file, relative to this file
    pub path: At<String>,
    /// What reads the templates; found from the content when absent
    pub engine: Option<At<Engine>>,
    /// What marks an expression in `jinja` templates; `{{ }}` when absent
    pub delimiters: Option<At<Delimiters>>,
    /// Hand the steps above to this one, as this file in its folder, instead of concatenating
    pub input: Option<At<String>>,
    /// `helm`: the name of the release
    pub release: Option<At<String>>,
    /// `helm`: the namespace of the release
    pub namespace: Option<At<String>>,
    /// `helm`: values, a later entry wins over an earlier one
    pub values: Option<Vec<At<HelmValues>>>,
    /// `helm`: the version of Kubernetes that the chart sees; the one helm was built for when absent
    pub kube_version: Option<At<String>>,
    /// `helm`: API versions that the chart sees beside those of Kubernetes
    pub api_versions: Option<At<Vec<String>>>,
    /// `helm`: whether the custom resource definitions in `crds/` are rendered; `true` when absent
    pub crds: Option<At<bool>>,
    /// `helm`: whether hooks are rendered, as ordinary resources
    pub hooks: Option<At<bool>>,
    /// `helm`: whether tests are rendered, as ordinary resources
    pub tests: Option<At<bool>>,
    /// `kustomize`: whether bases may come over the network
    pub allow_remote: Option<At<bool>>,
    /// `jsonnet`: folders that imports are looked for in, relative to this file, the first first
    pub jpath: Option<At<Vec<At<String>>>>,
    /// `jsonnet`: how the files get at variables; `tla` when absent
    pub variables: Option<At<JsonnetVariables>>,
    /// `helm`, `kustomize`, `jsonnet`: variables expanded as text in the step's own files, before its engine reads them
    pub placeholders: Option<At<Placeholders>>,
    /// `helm`, `kustomize`, `jsonnet`: how long it may take; `2m` when absent
    pub timeout: Option<At<String>>,
}

/// Variables expanded as text in files of another engine
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Placeholders {
    /// What marks a placeholder
    pub style: PlaceholderStyle,
    /// Globs over paths inside the step's folder; all files when absent
    #[serde(default)]
    pub files: Vec<At<String>>,
    /// Globs over files that are left as they are
    #[serde(default)]
    pub ignore: Vec<At<String>>,
}

/// What marks a placeholder
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PlaceholderStyle {
    /// `$NAME` and `${NAME}`
    Shell,
    /// `{{ name }}`
    Jinja,
    /// `#{NAME}#`
    Tokens,
}

/// How Jsonnet files get at variables
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum JsonnetVariables {
    /// As the arguments of the function that the file is
    Tla,
    /// With `std.extVar`
    ExtVar,
}

/// What reads templates
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    Jinja,
    /// YAML as it is
    Plain,
    Helm,
    Kustomize,
    Jsonnet,
}

/// What marks an expression in `jinja` templates
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
pub enum Delimiters {
    #[serde(rename = "{{ }}")]
    Braces,
    #[serde(rename = "${{ }}")]
    DollarBraces,
    #[serde(rename = "#{ }#")]
    Hash,
    #[serde(rename = "<< >>")]
    Angle,
    #[serde(rename = "$VAR")]
    Shell,
}

/// Values for a Helm chart: `file`, `inline`, or `variables`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct HelmValues {
    /// A file with values, relative to this file
    pub file: Option<At<String>>,
    /// Values, written here; a string that is nothing but `{{ expression }}` keeps its type
    pub inline: Option<Values>,
    /// `true`: all variables of the target, as they are
    pub variables: Option<bool>,
}

/// Where the manifests go
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Gitops {
    /// The URL of the GitOps repository; or a path or `file://` URL of a bare repository, which is
    /// its own forge
    pub repository: At<String>,
    /// Found from the URL when absent
    pub forge: Option<Forge>,
    /// The branch that operators apply; may use `{{ environment }}`; `main` when absent
    pub branch: Option<At<String>>,
    /// How Towline merges pull requests; `merge` when absent
    #[serde(default)]
    pub merge_method: MergeMethod,
    /// The folder of a target's manifests; may use `{{ environment }}`, `{{ target }}` and
    /// `{{ application }}`; `{{ environment }}/{{ application }}` when absent. Where an environment
    /// has several targets and `{{ target }}` is not used, `/{{ target }}` is added
    pub path: Option<At<String>>,
    /// The descriptor's file, outside the folders of the targets;
    /// `descriptors/{{ environment }}/{{ application }}.yaml` when absent
    pub descriptor: Option<At<String>>,
    /// A folder, outside those of the targets, that also keeps what Helm and Kustomize made the
    /// manifests from, for reviewers; may use `{{ environment }}` and `{{ application }}`. Where an
    /// environment has several targets, `/{{ target }}` is added
    pub high_level: Option<At<String>>,
    /// Also write a `kustomization.yaml` that lists the resources
    #[serde(default)]
    pub kustomization: bool,
    /// Extra files for other tools
    #[serde(default)]
    pub interop: Vec<Interop>,
    /// Values to change in YAML files that are there already, such as a `values.yaml` or an Argo CD
    /// `Application`; everything else in them stays
    #[serde(default)]
    pub edits: Vec<At<FileEdit>>,
    /// Also release a Helm chart into a chart repository, a folder of the GitOps repository
    pub package: Option<At<ChartPackage>>,
}

/// How a pull request is merged
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum MergeMethod {
    /// A merge commit
    #[default]
    Merge,
    /// One new commit
    Squash,
    /// The branch moves to the proposed commit
    FastForward,
}

/// A Helm chart, packaged at the release's version
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ChartPackage {
    /// The chart's folder, relative to this file
    pub chart: At<String>,
    /// The folder of the chart repository, with its `index.yaml`; may use `{{ environment }}` and
    /// `{{ application }}`
    pub into: At<String>,
    /// The chart's `appVersion`; may use what templates can use; the release's version when absent
    pub app_version: Option<At<String>>,
}

/// Values to change in a YAML file of the GitOps repository
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct FileEdit {
    /// The file; may use `{{ environment }}` and `{{ application }}`
    pub file: At<String>,
    /// A new value for every path, such as `image.tag`, `images[name=web].newTag` or
    /// `spec.sources[0].targetRevision`; may use what templates can use
    pub set: Values,
}

/// What holds the pull requests
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Forge {
    /// The bare repository itself
    Local,
    Github,
    AzureDevOps,
    Gitlab,
    /// Gitea or Forgejo
    Gitea,
}

/// Another tool whose files are written too
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Interop {
    /// Kalypso's `DeploymentDescriptor`
    Kalypso,
    /// `hydrator.metadata` and its git note
    Hydrator,
}

/// How manifests are checked against the schemas of Kubernetes
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Validate {
    /// The version of Kubernetes, in quotes: `"1.34"`
    pub kubernetes: Option<At<String>>,
    /// Folders or files with JSON Schemas or custom resource definitions, relative to this file
    #[serde(default)]
    pub schemas: Vec<At<String>>,
    /// Refuse resources that have no schema
    #[serde(default)]
    pub strict: bool,
}

/// A time in which nothing is promoted
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Freeze {
    /// `2026-12-20T00:00:00Z`
    pub from: At<String>,
    /// `2027-01-02T00:00:00Z`
    pub to: At<String>,
    /// Names of environments, `*` stands for any text; all of them when absent
    #[serde(default)]
    pub environments: Vec<At<String>>,
    /// Why; people see it when they are refused
    pub reason: Option<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    /// Every `properties` of the schema, wherever it stands.
    fn properties<'a>(value: &'a Value, found: &mut Vec<(&'a String, &'a Value)>) {
        if let Some(Value::Object(entries)) = value.get("properties") {
            found.extend(entries);
        }
        match value {
            Value::Object(map) => map.values().for_each(|value| properties(value, found)),
            Value::Array(items) => items.iter().for_each(|value| properties(value, found)),
            _ => {}
        }
    }

    #[test]
    fn the_schema_refuses_unknown_keys_and_describes_the_known_ones() {
        let schema = super::json_schema();
        assert_eq!(schema["additionalProperties"], Value::Bool(false));
        assert_eq!(schema["title"], "Towline pipeline file");
        let mut found = Vec::new();
        properties(&schema, &mut found);
        let described = |value: &Value| value.get("description").is_some();
        let bare: Vec<_> =
            found.iter().filter(|(_, value)| !described(value)).map(|(name, _)| name).collect();
        assert_eq!(bare, Vec::<&&String>::new());
    }
}
