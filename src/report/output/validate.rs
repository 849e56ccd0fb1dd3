//! `towline validate`.

use schemars::JsonSchema;
use serde::Serialize;

use super::problem::ProblemOutput;
use crate::render::Rendering;

/// Whether every environment renders
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValidateOutput {
    pub application: String,
    /// In the order of the pipeline file
    pub environments: Vec<ValidatedEnvironment>,
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

impl From<&Rendering> for ValidEnvironment {
    fn from(rendering: &Rendering) -> Self {
        Self {
            name: rendering.environment.clone(),
            resources: rendering.targets.iter().map(|target| target.resources.len()).sum(),
            warnings: rendering.warnings.iter().map(ProblemOutput::from).collect(),
        }
    }
}
