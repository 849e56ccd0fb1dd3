//! `towline render`: manifests, variables (`--explain`) or changes (`--diff`).

use std::collections::BTreeMap;
use std::ops::Not;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::problem::PlaceOutput;
use super::release::ReleaseOutput;
use crate::chart::Package;
use crate::propose::Changes;
use crate::render::edits::Change;
use crate::render::ownership::Drift;
use crate::render::{Edit, RenderedTarget, Rendering, Resource};
use crate::variables::{Data, Leaf, Origin};

/// What was rendered
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RenderOutput {
    pub application: String,
    pub release: ReleaseOutput,
    /// The folder that was written; only with `--output-dir`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// In the order of the pipeline file
    pub environments: Vec<EnvironmentOutput>,
}

/// What was rendered for one environment
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum EnvironmentOutput {
    Manifests(RenderedEnvironment),
    Variables(ExplainedEnvironment),
    Changes(ChangedEnvironment),
}

/// The manifests of an environment
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RenderedEnvironment {
    pub name: String,
    /// The path of the descriptor, from the root of the GitOps repository
    pub descriptor: String,
    pub targets: Vec<TargetOutput>,
    /// Changes of files that have other owners
    pub edits: Vec<EditOutput>,
}

/// The manifests of one target
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TargetOutput {
    pub name: String,
    /// The folder, from the root of the GitOps repository
    pub path: String,
    /// Sorted by file name
    pub resources: Vec<ResourceOutput>,
}

/// A Kubernetes resource
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceOutput {
    pub api_version: String,
    pub kind: String,
    /// `null` when the manifest has none
    pub namespace: Option<String>,
    pub name: String,
    /// Inside the target's folder
    pub file: String,
    /// Where it comes from
    pub template: PlaceOutput,
    /// The whole resource; left out with `--output-dir`, which writes it into `file`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest: Option<Value>,
}

/// The change of a file that has other owners
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EditOutput {
    /// From the root of the GitOps repository
    pub file: String,
    /// The new values, by their paths; left out of the index of a chart repository
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<BTreeMap<String, Value>>")]
    pub set: Option<Map<String, Value>>,
    /// The chart that is added; only of the index of a chart repository
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<PackageOutput>,
}

/// A packaged chart
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PackageOutput {
    pub name: String,
    pub version: String,
    /// `sha256:…` of the file
    pub digest: String,
}

/// The variables of an environment (`--explain`)
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedEnvironment {
    pub name: String,
    /// The path of the descriptor, from the root of the GitOps repository
    pub descriptor: String,
    pub targets: Vec<ExplainedTarget>,
}

/// The variables of one target
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedTarget {
    pub name: String,
    /// The folder, from the root of the GitOps repository
    pub path: String,
    pub variables: Vec<VariableOutput>,
}

/// A variable, and where its value comes from
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VariableOutput {
    /// With dots between the levels: `db.host`
    pub name: String,
    /// `true` for a secret; left out otherwise
    #[serde(skip_serializing_if = "Not::not")]
    pub secret: bool,
    #[serde(flatten)]
    pub used: ValueOutput,
    /// The values that it overrode, the latest first
    pub overrode: Vec<ValueOutput>,
}

/// A value, and where it was written
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValueOutput {
    /// Left out of a secret
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// Where it was written
    pub origin: OriginOutput,
}

/// Where a value was written
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum OriginOutput {
    Place(PlaceOutput),
    Process {
        /// The name of the environment variable
        process: String,
    },
    CommandLine {
        /// `true` for `--set`
        command_line: bool,
    },
}

/// What changes in an environment (`--diff`)
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangedEnvironment {
    pub name: String,
    /// The commit that the rendering was compared with
    pub base: String,
    pub changes: Changes,
    /// Files that people changed by hand in the GitOps repository and that this would overwrite
    pub drift: Vec<Drift>,
}

impl RenderedEnvironment {
    pub fn new(rendering: &Rendering, with_manifests: bool) -> Self {
        let target = |target: &RenderedTarget| TargetOutput {
            name: target.name.clone(),
            path: target.path.clone(),
            resources: target.resources.iter().map(|it| ResourceOutput::new(it, with_manifests)).collect(),
        };
        Self {
            name: rendering.environment.clone(),
            descriptor: rendering.descriptor.clone(),
            targets: rendering.targets.iter().map(target).collect(),
            edits: rendering.edits.iter().map(EditOutput::from).collect(),
        }
    }
}

impl ResourceOutput {
    fn new(resource: &Resource, with_manifest: bool) -> Self {
        Self {
            api_version: resource.id.api_version.clone(),
            kind: resource.id.kind.clone(),
            namespace: resource.id.namespace.clone(),
            name: resource.id.name.clone(),
            file: resource.file.clone(),
            template: (&resource.origin).into(),
            manifest: with_manifest.then(|| resource.manifest.clone()),
        }
    }
}

impl From<&Edit> for EditOutput {
    fn from(edit: &Edit) -> Self {
        let file = edit.file.clone();
        match &edit.change {
            Change::Set(set) => {
                let set = set.iter().map(|(path, value)| (path.to_string(), value.clone()));
                Self { file, set: Some(set.collect()), package: None }
            }
            Change::AddPackage(package) => Self { file, set: None, package: Some(package.into()) },
        }
    }
}

impl From<&Package> for PackageOutput {
    fn from(package: &Package) -> Self {
        Self {
            name: package.name.clone(),
            version: package.version.clone(),
            digest: format!("sha256:{}", package.digest()),
        }
    }
}

impl From<&Rendering> for ExplainedEnvironment {
    fn from(rendering: &Rendering) -> Self {
        let target = |target: &RenderedTarget| ExplainedTarget {
            name: target.name.clone(),
            path: target.path.clone(),
            variables: target.variables.leaves.iter().map(VariableOutput::from).collect(),
        };
        Self {
            name: rendering.environment.clone(),
            descriptor: rendering.descriptor.clone(),
            targets: rendering.targets.iter().map(target).collect(),
        }
    }
}

impl From<&Leaf> for VariableOutput {
    fn from(leaf: &Leaf) -> Self {
        let shown = |data: &Data, origin: &Origin| ValueOutput {
            value: (!leaf.secret).then(|| data.to_value()),
            origin: origin.into(),
        };
        Self {
            name: leaf.name.clone(),
            secret: leaf.secret,
            used: shown(&leaf.value, &leaf.origin),
            overrode: leaf.overrode.iter().map(|(value, origin)| shown(value, origin)).collect(),
        }
    }
}

impl From<&Origin> for OriginOutput {
    fn from(origin: &Origin) -> Self {
        match origin {
            Origin::Place(place) => Self::Place(place.into()),
            Origin::Process(name) => Self::Process { process: name.clone() },
            Origin::CommandLine => Self::CommandLine { command_line: true },
        }
    }
}
