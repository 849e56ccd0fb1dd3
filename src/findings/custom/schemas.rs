//! The schemas of custom resources, by what the resources are.

use std::collections::HashMap;

use anyhow::Result;
use serde_json::Value;

use super::files;
use crate::config::{Pipeline, Validate};
use crate::render::{Resource, ResourceId, group_version};

/// A schema, and how it is read.
#[derive(Debug, Clone)]
pub struct Schema {
    pub value: Value,
    /// Whether a field that it does not name is dropped by the cluster. A JSON Schema says so itself.
    pub is_structural: bool,
}

/// Schemas by group and kind, which catalogues write in lower case, and version.
#[derive(Debug, Default)]
pub struct Schemas(HashMap<(String, String), Versions>);

/// The versions of a kind that are served, each with its schema, if it has one.
type Versions = Vec<(String, Option<Schema>)>;

/// What is known of a custom resource.
pub enum Known<'a> {
    Schema(&'a Schema),
    /// Its kind is known in these versions only.
    OtherVersions(Vec<&'a str>),
}

impl Schemas {
    /// Those of `validate.schemas`.
    pub fn read(pipeline: &Pipeline, settings: &Validate) -> Result<Self> {
        let mut schemas = Self::default();
        for file in files::read(pipeline, &settings.schemas)? {
            match file.of {
                files::Of::Definition => schemas.add_definition(&file.value),
                files::Of::Kind { group, version, kind } => {
                    let schema = Schema { value: file.value, is_structural: false };
                    schemas.add(&group, &kind, &version, Some(schema));
                }
            }
        }
        Ok(schemas)
    }

    /// Those of the definitions among manifests.
    pub fn of_resources(resources: &[Resource]) -> Self {
        let mut schemas = Self::default();
        let definitions = resources.iter().filter(|it| it.id.kind == "CustomResourceDefinition");
        definitions.for_each(|it| schemas.add_definition(&it.manifest));
        schemas
    }

    fn add_definition(&mut self, definition: &Value) {
        let spec = &definition["spec"];
        let (Some(group), Some(kind)) = (spec["group"].as_str(), spec["names"]["kind"].as_str()) else {
            return;
        };
        for version in spec["versions"].as_array().into_iter().flatten() {
            let Some(name) = version["name"].as_str().filter(|_| version["served"] != false) else {
                continue;
            };
            let schema = &version["schema"]["openAPIV3Schema"];
            let schema = schema.is_object().then(|| Schema { value: schema.clone(), is_structural: true });
            self.add(group, kind, name, schema);
        }
    }

    fn add(&mut self, group: &str, kind: &str, version: &str, schema: Option<Schema>) {
        let versions = self.0.entry((group.to_owned(), kind.to_lowercase())).or_default();
        versions.push((version.to_owned(), schema));
    }

    pub fn find(&self, id: &ResourceId) -> Option<Known<'_>> {
        let (group, version) = group_version(&id.api_version);
        let versions = self.0.get(&(group.to_owned(), id.kind.to_lowercase()))?;
        match versions.iter().find(|(name, _)| name == version) {
            Some((_, schema)) => schema.as_ref().map(Known::Schema),
            None => Some(Known::OtherVersions(versions.iter().map(|(name, _)| name.as_str()).collect())),
        }
    }
}
