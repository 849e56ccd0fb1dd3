//! `merge:`, who merges a proposal.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::vocabulary::Diagnostic;
use crate::yaml::{Line, TextOr, written_as};

/// Who merges.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum MergePolicy {
    /// Towline.
    Auto,
    /// People.
    #[default]
    Manual,
    /// Towline, where a proposal changes nothing but these fields; people otherwise.
    Fields(Vec<FieldPattern>),
}

/// Fields of resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldPattern {
    /// The tags and digests of the release's images.
    Images,
    /// The number of pods: `spec.replicas`, `spec.minReplicas`, `spec.maxReplicas`.
    Replicas,
    /// A field and all below it, by its names from the resource down; `*` stands for any name.
    Path(Vec<String>),
}

/// Who merges: `auto`, `manual`, or both by what changes
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "Merge")]
pub struct Section {
    /// Towline merges what changes nothing but these fields: `images`, `replicas`, or paths such as
    /// `metadata.labels`, with `*` for any name
    auto: Vec<Line>,
    /// Who merges everything else; `manual` when absent
    #[serde(rename = "else")]
    otherwise: Option<Otherwise>,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Otherwise {
    /// People
    Manual,
}

written_as!(MergePolicy = TextOr<Section>);

impl TryFrom<TextOr<Section>> for MergePolicy {
    type Error = Diagnostic;

    fn try_from(written: TextOr<Section>) -> Result<Self, Diagnostic> {
        match written {
            TextOr::Text(word) if word == "auto" => Ok(Self::Auto),
            TextOr::Text(word) if word == "manual" => Ok(Self::Manual),
            TextOr::Text(word) => Err(Diagnostic::new(format!("unknown value `{}`", word.escape_debug()))
                .hint("expected one of: auto, manual, or `{auto: [images], else: manual}`")),
            TextOr::Section(Section { auto, otherwise: None | Some(Otherwise::Manual) })
                if auto.is_empty() =>
            {
                Err(Diagnostic::new("`auto` is an empty list: every proposal would wait for people")
                    .hint("list fields, or write `merge: manual`"))
            }
            TextOr::Section(Section { auto, .. }) => Ok(Self::Fields(
                auto.iter().map(|field| FieldPattern::parse(field)).collect::<Result<_, _>>()?,
            )),
        }
    }
}

impl MergePolicy {
    /// Whether Towline may merge at all.
    pub fn may_merge(&self) -> bool {
        *self != Self::Manual
    }
}

impl FieldPattern {
    fn parse(text: &str) -> Result<Self, Diagnostic> {
        match text {
            "images" => return Ok(Self::Images),
            "replicas" => return Ok(Self::Replicas),
            _ => {}
        }
        let names: Vec<String> = text.split('.').map(str::to_owned).collect();
        match names.iter().any(|name| name.is_empty() || name.contains(['[', ']'])) || names.len() < 2 {
            true => Err(Diagnostic::new(format!("`{}` is not a field", text.escape_debug())).hint(
                "write `images`, `replicas`, or names from the resource down, such as `spec.template.spec.containers.*.resources`",
            )),
            false => Ok(Self::Path(names)),
        }
    }
}
