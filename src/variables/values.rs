//! `values:`, variables in the pipeline file itself.

use std::path::PathBuf;

use anyhow::Result;

use super::merge::Tree;
use super::source::{Scope, Source};
use crate::vocabulary::{Diagnostic, Place, RESERVED, reserved};
use crate::yaml::{At, Kind, Node, Values, written_as};

/// A mapping, with the file that it stands in.
#[derive(Debug, Clone)]
pub struct InlineSource(Node, PathBuf);

written_as!(InlineSource = At<Values>);

impl TryFrom<At<Values>> for InlineSource {
    type Error = Diagnostic;

    fn try_from(values: At<Values>) -> Result<Self, Diagnostic> {
        let Kind::Mapping(entries) = &values.0.kind else {
            return Err(values.error("`values` must be a map from names to values"));
        };
        let mut names = entries.iter().map(|(key, _)| (key.scalar_text(), key));
        if let Some((name, key)) = names.find(|(name, _)| RESERVED.contains(&name.as_str())) {
            return Err(reserved(&name, Some(key.place(&values.place.file))));
        }
        Ok(Self(values.value.0, values.place.file))
    }
}

impl Source for InlineSource {
    fn read_variables(&self, _: &Scope, _: &Place) -> Result<Vec<(String, Tree)>> {
        Ok(Tree::entries(self.0.clone(), &self.1))
    }

    fn has_expressions(&self) -> bool {
        true
    }
}
