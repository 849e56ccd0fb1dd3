//! `towline validate`.

use schemars::JsonSchema;
use serde::Serialize;

use super::problem::{PlaceOutput, ProblemOutput};
use crate::findings::Grouped;
use crate::render::{Rendering, ResourceId};

/// Whether every environment renders, and what is wrong with the manifests
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValidateOutput {
    pub application: String,
    /// In the order of the pipeline file
    pub environments: Vec<ValidatedEnvironment>,
    /// What is wrong with the manifests, each finding once
    pub findings: Vec<FindingOutput>,
}

/// Whether one environment renders
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum ValidatedEnvironment {
    Valid(ValidEnvironment),
    Invalid(InvalidEnvironment),
}

/// An environment that renders
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValidEnvironment {
    pub name: String,
    /// How many resources it has
    pub resources: usize,
    pub warnings: Vec<ProblemOutput>,
}

/// An environment that does not render
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvalidEnvironment {
    pub name: String,
    pub error: ProblemOutput,
}

/// Something that is wrong with a manifest, or with the section `validate` of the pipeline file
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FindingOutput {
    /// Which finding it is, as `validate.ignore` names it
    pub id: &'static str,
    /// `error` or `warning`
    pub level: &'static str,
    pub message: String,
    /// Where the template or the pipeline file has it
    pub place: PlaceOutput,
    /// What to do next; left out when there is nothing to say
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Left out for the pipeline file
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<FoundResource>,
    /// Where in the manifest, such as `spec.ports[0].port`; left out when it is about the whole of it
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The environments that have it, in the order of the pipeline file
    pub environments: Vec<String>,
    /// The files of the GitOps repository that would have it
    pub files: Vec<String>,
}

/// The resource that a finding is about
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FoundResource {
    pub api_version: String,
    pub kind: String,
    /// In the first of the environments; `null` when the manifest names none
    pub namespace: Option<String>,
    pub name: String,
}

impl FindingOutput {
    pub fn new(found: &Grouped, level: &'static str) -> Self {
        let finding = &found.finding;
        Self {
            id: finding.id.as_str(),
            level,
            message: finding.message.clone(),
            place: PlaceOutput::from(&finding.place),
            hint: finding.hint.clone(),
            resource: finding.resource.as_ref().map(FoundResource::from),
            path: Some(finding.path.to_string()).filter(|path| !path.is_empty()),
            environments: found.environments.clone(),
            files: found.files.clone(),
        }
    }
}

impl From<&ResourceId> for FoundResource {
    fn from(id: &ResourceId) -> Self {
        let ResourceId { api_version, kind, namespace, name } = id.clone();
        Self { api_version, kind, namespace, name }
    }
}

impl From<&Rendering> for ValidEnvironment {
    fn from(rendering: &Rendering) -> Self {
        Self {
            name: rendering.environment.clone(),
            resources: rendering.targets.iter().map(|target| target.resources.len()).sum(),
            warnings: rendering.warnings.iter().map(ProblemOutput::from).collect(),
        }
    }
}
