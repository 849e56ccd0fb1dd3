//! `images:`: names that templates can write, repositories that a registry could have.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};

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
        let (repository, unused) = match value {
            Written::Repository(value) => (At { value, place }, false),
            Written::Image(Section { repository, unused }) => (repository, unused),
        };
        let reference = ImageReference::parse(&repository).map_err(|why| {
            repository.error(format!("`{}` is not an image repository: {why}", repository.escape_debug()))
        })?;
        if reference.tag.is_some() || reference.digest.is_some() {
            let message = format!("`{}` has a tag or digest, which the release supplies", *repository);
            return Err(repository.error(message).hint(format!("write `{}`", reference.repository)));
        }
        let At { place, .. } = repository;
        Ok(DeclaredImage { name: name.value, repository: reference.repository, unused, place })
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
