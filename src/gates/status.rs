//! `status:`

use schemars::JsonSchema;
use serde::Deserialize;

use crate::vocabulary::{Diagnostic, refuse_own_context};
use crate::yaml::{Glob, written_as};

/// A commit status that the source commit must have
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct StatusGate {
    /// A glob over contexts; `*` does not match `/`
    pub context: Reported,
}

/// The contexts of others. What Towline shows on the source commit itself is no reason to enter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported(pub Glob);

written_as!(Reported = String);

impl TryFrom<String> for Reported {
    type Error = Diagnostic;

    fn try_from(text: String) -> Result<Self, Diagnostic> {
        refuse_own_context(&text)?;
        Glob::try_from(text).map(Self)
    }
}
