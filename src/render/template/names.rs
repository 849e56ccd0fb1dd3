//! The names that a template can use: the application, the release, and every variable.

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use super::sentinel::Sentinel;
use crate::config::Target;
use crate::render::request::RenderRequest;
use crate::render::texts;
use crate::variables::Variables;
use crate::vocabulary::nearest;

/// The names of one target.
#[derive(Debug)]
pub struct Names {
    /// All but the images.
    pub values: Map<String, Value>,
    pub images: Vec<ImageName>,
    /// The variables alone.
    pub variables: Map<String, Value>,
}

/// `images.web`
#[derive(Debug)]
pub struct ImageName {
    pub name: String,
    pub reference: String,
    /// `repository`, and `tag` and `digest` where the release has them.
    pub parts: Value,
}

impl Names {
    pub fn new(request: &RenderRequest, target: &Target, variables: &Variables) -> Self {
        let (pipeline, release) = (request.pipeline, request.release);
        let mut values = variables.values.clone();
        values.insert("application".into(), json!(pipeline.application));
        values.insert("environment".into(), json!(request.environment.name));
        values.insert("target".into(), json!(*target.name));
        // Variables had these names before targets could be nested.
        values.entry("targetPath").or_insert_with(|| json!(target.nested()));
        values.entry("targetName").or_insert_with(|| json!(target.short_name()));
        let known = [
            ("version", Some(&release.version)),
            ("build", release.build.as_ref()),
            ("commit", release.commit.as_ref()),
        ];
        values.insert("release".into(), present(known));
        // What is not known is undefined, so that `default` applies.
        if let Some(team) = &pipeline.team {
            values.insert("team".into(), json!(team));
        }
        let images = release.images.iter().map(|image| ImageName {
            name: image.name.clone(),
            reference: image.reference(),
            parts: present([
                ("repository", Some(&image.repository)),
                ("tag", image.tag.as_ref()),
                ("digest", image.digest.as_ref()),
            ]),
        });
        Self { values, images: images.collect(), variables: variables.values.clone() }
    }

    /// All names as JSON, for engines that take their variables as such. An image is a map with its
    /// `reference` and its parts.
    pub fn to_json(&self) -> Map<String, Value> {
        let images = self.images.iter().map(|image| {
            let mut parts = Map::from_iter([("reference".to_owned(), json!(image.reference))]);
            parts.extend(image.parts.as_object().cloned().unwrap_or_default());
            (image.name.clone(), Value::Object(parts))
        });
        let mut names = self.values.clone();
        names.insert("images".into(), Value::Object(images.collect()));
        names
    }

    #[cfg(test)]
    pub fn of_values(values: Map<String, Value>) -> Self {
        Self { variables: values.clone(), values, images: Vec::new() }
    }

    /// The first of `candidates` that no value contains.
    pub fn sentinel(&self, candidates: &[Sentinel]) -> Result<Sentinel> {
        let values = self
            .values
            .iter()
            .flat_map(|(key, value)| std::iter::once(key.as_str()).chain(texts::keys_and_texts(value)));
        let images = self.images.iter().map(|image| image.reference.as_str());
        let texts: Vec<&str> = values.chain(images).collect();
        let free = |sentinel: &&Sentinel| !texts.iter().any(|text| sentinel.occurs_in(text));
        let free = candidates.iter().find(free).copied();
        free.context(
            "templates and variables use so many private-use characters that none is left to mark values",
        )
    }

    /// A value by its dotted name.
    pub fn lookup(&self, name: &str) -> Option<Value> {
        if let Some(image) = name.strip_prefix("images.") {
            let (image, part) = image.split_once('.').unwrap_or((image, ""));
            let image = self.images.iter().find(|candidate| candidate.name == image)?;
            return match part {
                "" => Some(image.reference.clone().into()),
                part => image.parts.get(part).cloned(),
            };
        }
        let mut parts = name.split('.');
        let first = self.values.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.get(part)).cloned()
    }

    /// The name that is nearest to an undefined one.
    pub fn nearest(&self, name: &str) -> Option<String> {
        let mut known = Vec::new();
        for (key, value) in &self.values {
            dotted(key, value, &mut known);
        }
        for image in &self.images {
            dotted(&format!("images.{}", image.name), &image.parts, &mut known);
        }
        nearest(name, known.iter().map(String::as_str)).map(str::to_owned)
    }
}

fn present<const N: usize>(entries: [(&str, Option<&String>); N]) -> Value {
    let entries = entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), json!(value?))));
    Value::Object(entries.collect())
}

/// `name` and all that is below it.
fn dotted(name: &str, value: &Value, into: &mut Vec<String>) {
    into.push(name.to_owned());
    for (key, value) in value.as_object().into_iter().flatten() {
        dotted(&format!("{name}.{key}"), value, into);
    }
}
