//! `process:`, variables of the process environment.

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;

use super::data::Data;
use super::merge::Tree;
use super::model::Origin;
use super::source::{Scope, Source};
use crate::secrets;
use crate::vocabulary::{Diagnostic, Place, Warning, WarningId};
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
        let refused = |message: &str| Err(Diagnostic::new(message).hint("for example `APP_`"));
        match prefix.as_str() {
            "" => refused("an empty prefix would import the whole process environment"),
            glob if glob.contains('*') => refused("a prefix is the beginning of names, not a glob"),
            _ => Ok(Self(prefix)),
        }
    }
}

impl ProcessSource {
    fn short<'n>(&self, name: &'n str) -> Option<&'n str> {
        name.strip_prefix(&self.prefix.0).filter(|short| !short.is_empty())
    }
}

impl Source for ProcessSource {
    fn warnings(&self, scope: &Scope, place: &Place) -> Vec<Warning> {
        let left_out = scope.inputs.process.iter().filter_map(|(name, value)| {
            let short = self.short(name).filter(|_| secrets::is_credential(name, value))?;
            let message =
                format!("{name} is a credential of Towline or of a proxy, so `{short}` is no variable");
            let hint = "name a prefix that only your own variables have";
            Some(Warning::new(
                WarningId::CredentialLeftOut,
                Diagnostic::new(message).at(place.clone()).hint(hint),
            ))
        });
        left_out.collect()
    }

    /// As text, sorted by name, without credentials: the process has them in no order that would be the same tomorrow.
    fn read_variables(&self, scope: &Scope, _: &Place) -> Result<Vec<(String, Tree)>> {
        let entry = |(name, value): &(String, String)| {
            let short = self.short(name).filter(|_| !secrets::is_credential(name, value))?;
            let tree = Tree::leaf(Data::untyped(value), Origin::Process(name.clone()));
            Some((short.to_owned(), tree))
        };
        let mut entries: Vec<_> = scope.inputs.process.iter().filter_map(entry).collect();
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(entries)
    }
}
