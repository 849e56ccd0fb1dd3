//! `plain`: YAML as it is.

use anyhow::Result;

use super::Document;
use super::files::{Role, SourceFile};
use super::source::Source;
use crate::vocabulary::Place;
use crate::yaml;

pub struct Engine {
    manifests: Vec<Source>,
}

impl Engine {
    pub fn new(files: Vec<SourceFile>) -> Self {
        let manifests = files.into_iter().filter(|file| file.role == Role::Manifest);
        Self { manifests: manifests.map(Source::from).collect() }
    }

    pub fn render(&self) -> Result<Vec<Document>> {
        let mut documents = Vec::new();
        for source in &self.manifests {
            for node in yaml::parse(&source.text, &source.path)? {
                let origin = Place::new(&source.path, node.line, 0);
                documents.push(Document { value: node.to_value(), origin });
            }
        }
        Ok(documents)
    }
}
