//! `http:`

use schemars::JsonSchema;
use serde::Deserialize;

use crate::vocabulary::Diagnostic;
use crate::yaml::{HttpUrl, written_as};

/// An HTTP request that must be answered
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct HttpGate {
    /// What is requested
    pub url: HttpUrl,
    /// The HTTP status of the answer; 200 when absent
    pub status: Option<HttpStatus>,
}

#[derive(Debug, Clone, Copy)]
pub struct HttpStatus(pub u16);

written_as!(HttpStatus = u16);

impl TryFrom<u16> for HttpStatus {
    type Error = Diagnostic;

    fn try_from(status: u16) -> Result<Self, Diagnostic> {
        match (100..600).contains(&status) {
            true => Ok(Self(status)),
            false => Err(Diagnostic::new(format!("{status} is not an HTTP status"))),
        }
    }
}
