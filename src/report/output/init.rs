//! `towline init`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::init::{LeftOut, Step, Written};

/// What was found, and the file that was written
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InitOutput {
    /// The pipeline file that was written
    pub file: String,
    pub application: String,
    pub templates: Vec<TemplateOutput>,
    /// The repository of each image, by the image's name
    #[schemars(with = "BTreeMap<String, String>")]
    pub images: serde_json::Map<String, serde_json::Value>,
    pub environments: Vec<String>,
    /// Why the step cannot be rendered, where none can
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<LeftOutOutput>,
    /// What was found and is not rendered
    pub left_out: Vec<LeftOutOutput>,
    /// The command to run next
    pub next: String,
}

/// A step of `templates` in the pipeline file
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplateOutput {
    pub path: String,
    pub engine: String,
}

/// Something that is not rendered, and why
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeftOutOutput {
    pub what: String,
    pub why: String,
    /// What to do about it
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl From<&Written> for InitOutput {
    fn from(written: &Written) -> Self {
        let plan = &written.plan;
        let images = plan.images.iter();
        Self {
            file: written.file.display().to_string(),
            application: plan.application.clone(),
            templates: plan.steps().map(TemplateOutput::from).collect(),
            images: images.map(|image| (image.name.clone(), image.repository.as_str().into())).collect(),
            environments: plan.environments(),
            failure: plan.failure.as_ref().map(LeftOutOutput::from),
            left_out: plan.left_out.iter().map(LeftOutOutput::from).collect(),
            next: written.next(),
        }
    }
}

impl From<&Step> for TemplateOutput {
    fn from(step: &Step) -> Self {
        Self { path: step.path.clone(), engine: step.engine_name().to_owned() }
    }
}

impl From<&LeftOut> for LeftOutOutput {
    fn from(left_out: &LeftOut) -> Self {
        let LeftOut { what, why, hint, .. } = left_out.clone();
        Self { what, why, hint }
    }
}
