//! The pipeline file: `towline.yaml`, one file a section.
//!
//! What is parsed is what is used: the types of the sections are read from the file, and their
//! comments are the descriptions in the JSON Schema that editors show, so they speak to the author
//! of a pipeline file. A value that is wrong is refused by its type; a rule about several values
//! stands beside the section that it is about.
//!
//! Only what differs from one environment to the next is made from what is written: [`Environment`]
//! has its own [`Gitops`], [`Target`]s and reporters, with every `{{ environment }}` in a path
//! filled in, and environments are sorted so that each stands behind what it needs.

mod apart;
mod checks;
mod edits;
mod environment;
mod formerly;
mod gitops;
mod helm;
mod images;
mod load;
mod lookup;
mod merge;
mod names;
mod needs;
mod notify;
mod overlays;
mod package;
mod pattern;
mod remote;
mod repository;
mod rings;
mod rollout;
mod source;
mod steps;
mod targets;
mod templates;
mod transform;
mod trusted;
mod validate;

use std::path::{Path, PathBuf};

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;

pub use apart::is_manifest;
pub use checks::Check;
pub use edits::{FileEdit, ValueEdit};
pub use environment::{Environment, OnFailure};
pub use formerly::Former;
pub use gitops::{DESCRIPTOR, Gitops, Interop, Layout};
pub use helm::{HelmValues, HookEvent, Hooks, Keep};
pub use images::{DeclaredImage, FieldPath};
pub use load::{load, parse};
pub use merge::{FieldPattern, MergePolicy};
pub use notify::{Notification, NotificationFormat, Occasion, Webhook, webhook_url};
pub use overlays::{Overlay, PatchTarget};
pub use package::ChartPackage;
pub use remote::AllowRemote;
pub use rollout::{OnSuperseded, RolloutOptions};
pub use source::SourceReports;
pub use steps::NumberedStep;
pub use targets::Target;
pub use templates::{Delimiters, EngineKind, JsonnetVariables, PlaceholderStyle, Placeholders, TemplateStep};
pub use transform::Transform;
pub use trusted::Trusted;
pub use validate::{Ignore, Requirement, Validate};

use crate::gates::Freeze;
use crate::secrets;
use crate::variables::VariableSource;
use crate::yaml::{At, Line};

/// The JSON Schema of the pipeline file.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(PipelineFile).into()
}

/// A pipeline file, and what follows from it.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// The file, as the user named it.
    pub file: PathBuf,
    /// The folder it stands in; relative paths start here.
    pub root: PathBuf,
    pub application: String,
    /// The descriptors' path, with `{{ environment }}` and `{{ application }}` in it.
    pub descriptor_pattern: String,
    pub team: Option<String>,
    pub workspace: Option<String>,
    pub images: Vec<DeclaredImage>,
    pub templates: Vec<TemplateStep>,
    pub validate: Option<At<Validate>>,
    /// What developers see on the application's own commits.
    pub source: SourceReports,
    /// Webhooks that are told what happens to releases.
    pub notify: Vec<At<Notification>>,
    /// Whether warnings are errors.
    pub is_strict: bool,
    /// Each behind the ones it needs; otherwise as written.
    pub environments: Vec<Environment>,
}

/// Carries a release of one application through its environments
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Towline pipeline file")]
struct PipelineFile {
    /// The version of this file format: 1
    version: At<u32>,
    /// The workload that is deployed: a DNS label
    application: At<String>,
    /// What the application was called before: its files are moved
    formerly: Option<At<String>>,
    /// The team that owns the application; goes into the descriptor
    team: Option<Line>,
    /// The workspace that the application belongs to; goes into the descriptor
    workspace: Option<Line>,
    /// Treat warnings as errors
    #[serde(default)]
    strict: bool,
    /// A repository for every logical image name; the release supplies the tag or digest
    #[serde(default)]
    images: images::Images,
    /// Steps that make manifests, run in order; their outputs are concatenated
    templates: At<Vec<TemplateStep>>,
    /// Changes of every manifest
    #[serde(default)]
    transform: Transform,
    /// Variables for every environment; a later source wins over an earlier one
    #[serde(default)]
    variables: Vec<VariableSource>,
    /// Where the manifests go
    gitops: At<gitops::Section>,
    /// The application's own repository, where `sourceStatus` and `deployments` are shown
    source: Option<source::Section>,
    /// Also show on the commits that releases are made from what becomes of them in each environment
    source_status: Option<At<source::Switch<source::SourceStatus>>>,
    /// Also tell the forge of the application's own repository of deployments: GitHub and GitLab
    deployments: Option<At<source::Switch<source::Deployments>>>,
    /// Webhooks that are told what happens to releases
    #[serde(default)]
    notify: Vec<At<Notification>>,
    /// How manifests are checked against the schemas of Kubernetes
    validate: Option<At<Validate>>,
    /// Times in which nothing is promoted
    #[serde(default)]
    freeze: Vec<At<Freeze>>,
    /// In order; each needs the one before it, unless `needs` says otherwise
    environments: At<Vec<environment::Section>>,
}

impl PipelineFile {
    /// What follows from a file that was read from `path`.
    fn resolve(self, path: &Path) -> Result<Pipeline> {
        if *self.version != 1 {
            let message = format!("unknown version {} of the file format", *self.version);
            return Err(self
                .version
                .error(message)
                .hint("this version of Towline supports `version: 1`")
                .into());
        }
        names::check(&self.application, "an application")?;
        templates::check(&self.templates, self.gitops.has_more_than_manifests())?;
        let root = root(path);
        let shared = environment::Shared {
            application: &self.application,
            formerly: self.formerly.as_ref(),
            root: &root,
            gitops: &self.gitops,
            variables: &self.variables,
            transform: &self.transform,
            freeze: &self.freeze,
        };
        let environments = environment::resolve_all(self.environments, &shared)?;
        let names: Vec<&str> = environments.iter().map(|environment| environment.name.as_str()).collect();
        self.freeze.iter().try_for_each(|freeze| freeze.check(&names))?;
        apart::check(&environments, &self.gitops)?;
        let (repository, status, deployments) = (self.source, self.source_status, self.deployments);
        let source = source::resolve(repository, status, deployments, &self.application, &environments)?;
        let pipeline = Pipeline {
            file: path.to_owned(),
            descriptor_pattern: self.gitops.descriptor_pattern(),
            application: self.application.value,
            team: self.team.map(String::from),
            workspace: self.workspace.map(String::from),
            images: self.images.0,
            templates: self.templates.value,
            validate: self.validate,
            notify: self.notify,
            is_strict: self.strict,
            source,
            environments,
            root,
        };
        pipeline.check_steps()?;
        pipeline.names().for_each(secrets::open_word);
        Ok(pipeline)
    }
}

impl Pipeline {
    /// What its things are called, which everybody sees.
    fn names(&self) -> impl Iterator<Item = &str> {
        let targets = self.environments.iter().flat_map(|environment| &environment.targets);
        let environments = self.environments.iter().map(|environment| environment.name.as_str());
        environments.chain(targets.map(|target| target.name.as_str())).chain([self.application.as_str()])
    }
}

/// The folder that relative paths start at. Never empty, so that it can be a working directory.
fn root(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
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
