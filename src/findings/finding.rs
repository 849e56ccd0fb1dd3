//! What a rule says of a manifest.

use super::document_path::DocumentPath;
use crate::render::{Resource, ResourceId};
use crate::vocabulary::{Diagnostic, FindingId, Place};

/// Something that is wrong with a manifest.
#[derive(Debug, Clone)]
pub struct Finding {
    pub id: FindingId,
    /// The file in the GitOps repository; none of what the pipeline file says.
    pub file: Option<String>,
    pub resource: Option<ResourceId>,
    /// Where in the document.
    pub path: DocumentPath,
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Where that is written: the template, or the pipeline file.
    pub place: Place,
}

impl Finding {
    /// A finding about a resource as a whole.
    pub fn new(id: FindingId, resource: &Resource, message: impl Into<String>) -> Self {
        Self {
            id,
            file: Some(resource.file.clone()),
            resource: Some(resource.id.clone()),
            path: DocumentPath::default(),
            message: message.into(),
            hint: None,
            place: resource.origin.clone(),
        }
    }

    pub fn at(mut self, path: DocumentPath) -> Self {
        self.path = path;
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// As it is shown: with its place and its hint.
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic { hint: self.hint.clone(), ..Diagnostic::new(&self.message).at(self.place.clone()) }
    }
}

/// `Deployment `web``
pub fn named(id: &ResourceId) -> String {
    format!("{} `{}`", id.kind, id.name)
}
