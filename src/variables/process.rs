//! `process:`, variables of the process environment.

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;

use super::data::Data;
use super::merge::Tree;
use super::model::Origin;
use super::source::{Scope, Source};
use crate::vocabulary::{Diagnostic, Place};
use crate::yaml::written_as;

/// Variables of the process environment
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ProcessSource {
    /// Those whose names begin so; the rest of the name is the variable's name
    prefix: Prefix,
}

#[derive(Debug)]
struct Prefix(String);

written_as!(Prefix = String);

impl TryFrom<String> for Prefix {
    type Error = Diagnostic;

    fn try_from(prefix: String) -> Result<Self, Diagnostic> {
        let message = "an empty prefix would import the whole process environment";
        match prefix.is_empty() {
            true => Err(Diagnostic::new(message).hint("for example `APP_`")),
            false => Ok(Self(prefix)),
        }
    }
}

impl Source for ProcessSource {
    /// As text, sorted by name: the process has them in no order that would be the same tomorrow.
    fn read_variables(&self, scope: &Scope, _: &Place) -> Result<Vec<(String, Tree)>> {
        let entry = |(name, value): &(String, String)| {
            let short = name.strip_prefix(&self.prefix.0).filter(|short| !short.is_empty())?;
            let tree = Tree::leaf(Data::untyped(value), Origin::Process(name.clone()));
            Some((short.to_owned(), tree))
        };
        let mut entries: Vec<_> = scope.inputs.process.iter().filter_map(entry).collect();
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(entries)
    }
}
