//! `validate:`

use schemars::JsonSchema;
use serde::Deserialize;

use crate::vocabulary::Diagnostic;
use crate::yaml::{RelativePath, written_as};

/// How manifests are checked against the schemas of Kubernetes
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Validate {
    /// The version of Kubernetes, in quotes: `"1.34"`
    pub kubernetes: Option<KubernetesVersion>,
    /// Folders or files with JSON Schemas or custom resource definitions, relative to this file
    #[serde(default)]
    pub schemas: Vec<RelativePath>,
    /// Refuse resources that have no schema
    #[serde(default)]
    pub strict: bool,
}

/// `1.34`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubernetesVersion(pub String);

written_as!(KubernetesVersion = String);

impl TryFrom<String> for KubernetesVersion {
    type Error = Diagnostic;

    fn try_from(text: String) -> Result<Self, Diagnostic> {
        let number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
        if text.split_once('.').is_some_and(|(major, minor)| number(major) && number(minor)) {
            return Ok(Self(text));
        }
        Err(Diagnostic::new(format!("`{}` is not a version of Kubernetes", text.escape_debug()))
            .hint("write major and minor, in quotes: `\"1.34\"`"))
    }
}
