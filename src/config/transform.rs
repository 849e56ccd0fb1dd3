//! `transform:`: changes of every manifest, whatever engine made it.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::yaml::{At, Entries};

/// Changes of every manifest, after the overlays; texts may use what templates can use
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "Transform")]
pub struct Transform {
    /// The namespace of every resource that belongs to one, and of what refers to it
    pub namespace: Option<At<String>>,
    /// Labels that every resource gets; selectors and pod templates stay as they are
    pub labels: Option<Entries<At<String>>>,
    /// Annotations that every resource gets
    pub annotations: Option<Entries<At<String>>>,
    /// Put before every name; what refers to the resources follows
    pub name_prefix: Option<At<String>>,
    /// Put behind every name; what refers to the resources follows
    pub name_suffix: Option<At<String>>,
    /// Whether the ConfigMaps and Secrets that manifests refer to get a hash of their content behind their
    /// names, so that a change of one rolls out its users
    pub suffix_config: Option<bool>,
}

impl Transform {
    /// With what another one says on top.
    pub(super) fn with(self, over: Self) -> Self {
        Self {
            namespace: over.namespace.or(self.namespace),
            labels: merged(self.labels, over.labels),
            annotations: merged(self.annotations, over.annotations),
            name_prefix: over.name_prefix.or(self.name_prefix),
            name_suffix: over.name_suffix.or(self.name_suffix),
            suffix_config: over.suffix_config.or(self.suffix_config),
        }
    }

    /// Everything that may hold expressions.
    pub fn texts(&self) -> impl Iterator<Item = &At<String>> {
        let single = [&self.namespace, &self.name_prefix, &self.name_suffix].into_iter().flatten();
        let entries = [&self.labels, &self.annotations].into_iter().flatten().flat_map(|entries| &entries.0);
        single.chain(entries.map(|(_, text)| text))
    }
}

type Labels = Option<Entries<At<String>>>;

fn merged(base: Labels, over: Labels) -> Labels {
    match (base, over) {
        (Some(Entries(mut base)), Some(Entries(over))) => {
            base.retain(|(key, _)| over.iter().all(|(other, _)| **other != **key));
            base.extend(over);
            Some(Entries(base))
        }
        (base, over) => over.or(base),
    }
}
