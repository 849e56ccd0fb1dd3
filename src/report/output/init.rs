//! `towline init`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::init::{Template, Written};

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

impl From<&Written> for InitOutput {
    fn from(written: &Written) -> Self {
        let found = &written.found;
        let images = found.images.iter();
        Self {
            file: written.file.display().to_string(),
            application: written.application.clone(),
            templates: found.templates.iter().map(TemplateOutput::from).collect(),
            images: images.map(|(name, repository)| (name.clone(), repository.as_str().into())).collect(),
            environments: found.environments.clone(),
            next: written.next(),
        }
    }
}

impl From<&Template> for TemplateOutput {
    fn from(template: &Template) -> Self {
        Self { path: template.path.clone(), engine: template.engine_name().to_owned() }
    }
}
