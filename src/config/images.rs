//! `images:`: names that templates can write, repositories that a registry could have.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::vocabulary::{Diagnostic, ImageReference, Place};
use crate::yaml::{At, Entries, written_as};

/// An entry of `images:`.
#[derive(Debug, Clone)]
pub struct DeclaredImage {
    pub name: String,
    /// Without tag or digest.
    pub repository: String,
    /// Whether it may be in no manifest.
    pub unused: bool,
    /// Where manifests have it, besides the places that are known.
    pub fields: Vec<At<FieldPath>>,
    pub place: Place,
}

/// A repository, alone or with what else is said of the image
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub(super) enum Written {
    Repository(String),
    Image(Section),
}

/// An image of the release
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "Image")]
pub(super) struct Section {
    /// The repository, without tag or digest
    repository: At<String>,
    /// Whether it is no error when an environment has no manifest that uses the image
    #[serde(default)]
    unused: bool,
    /// Fields that hold the image, besides those of pod templates and well-known kinds: `spec.steps[].image`
    #[serde(default)]
    fields: Vec<At<FieldPath>>,
}

/// A field of a manifest: names with `.` between them, and `[]` behind a list for all of its items
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPath(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Field(String),
    Items,
}

written_as!(FieldPath = String);

impl TryFrom<String> for FieldPath {
    type Error = Diagnostic;

    fn try_from(text: String) -> Result<Self, Diagnostic> {
        Self::parse(&text).ok_or_else(|| {
            Diagnostic::new(format!("`{}` is not a field", text.escape_debug()))
                .hint("write it as in `spec.steps[].image`")
        })
    }
}

impl FieldPath {
    pub fn parse(text: &str) -> Option<Self> {
        let mut steps = Vec::new();
        for part in text.split('.') {
            let name = part.trim_end_matches("[]");
            if name.is_empty() || name.contains(['[', ']']) {
                return None;
            }
            steps.push(Step::Field(name.to_owned()));
            steps.extend((name.len()..part.len()).step_by(2).map(|_| Step::Items));
        }
        Some(Self(steps))
    }

    /// Calls `visit` with every value that the path leads to.
    pub fn each(&self, value: &mut Value, visit: &mut dyn FnMut(&mut Value)) {
        each(&self.0, value, visit);
    }
}

fn each(steps: &[Step], value: &mut Value, visit: &mut dyn FnMut(&mut Value)) {
    match steps {
        [] => visit(value),
        [Step::Field(name), rest @ ..] => {
            value.get_mut(name).into_iter().for_each(|value| each(rest, value, visit));
        }
        [Step::Items, rest @ ..] => {
            value.as_array_mut().into_iter().flatten().for_each(|item| each(rest, item, visit));
        }
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            match step {
                Step::Field(name) if index == 0 => f.write_str(name)?,
                Step::Field(name) => write!(f, ".{name}")?,
                Step::Items => f.write_str("[]")?,
            }
        }
        Ok(())
    }
}

#[derive(Debug, Default)]
pub(super) struct Images(pub Vec<DeclaredImage>);

written_as!(Images = Entries<At<Written>>);

impl TryFrom<Entries<At<Written>>> for Images {
    type Error = Diagnostic;

    fn try_from(entries: Entries<At<Written>>) -> Result<Self, Diagnostic> {
        entries.0.into_iter().map(DeclaredImage::try_from).collect::<Result<_, _>>().map(Self)
    }
}

impl TryFrom<(At<String>, At<Written>)> for DeclaredImage {
    type Error = Diagnostic;

    fn try_from((name, At { value, place }): (At<String>, At<Written>)) -> Result<Self, Diagnostic> {
        let good = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if name.is_empty() || !name.chars().all(good) {
            let message = format!("`{}` is not a name for an image", name.escape_debug());
            return Err(name.error(message).hint("letters, digits, `_` and `-`"));
        }
        let Section { repository, unused, fields } = match value {
            Written::Repository(value) => {
                Section { repository: At { value, place }, unused: false, fields: Vec::new() }
            }
            Written::Image(section) => section,
        };
        let reference = ImageReference::parse(&repository).map_err(|why| {
            repository.error(format!("`{}` is not an image repository: {why}", repository.escape_debug()))
        })?;
        if reference.tag.is_some() || reference.digest.is_some() {
            let message = format!("`{}` has a tag or digest, which the release supplies", *repository);
            return Err(repository.error(message).hint(format!("write `{}`", reference.repository)));
        }
        let At { place, .. } = repository;
        Ok(DeclaredImage { name: name.value, repository: reference.repository, unused, fields, place })
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(WrittenVisitor)
    }
}

struct WrittenVisitor;

impl<'de> Visitor<'de> for WrittenVisitor {
    type Value = Written;

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("an image repository, or a map with `repository`")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Written, E> {
        Ok(Written::Repository(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, from: A) -> Result<Written, A::Error> {
        Section::deserialize(MapAccessDeserializer::new(from)).map(Written::Image)
    }
}
