//! `http:`

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Asked, Decide, Decision};
use crate::http::{Probe, probe};
use crate::vocabulary::Diagnostic;
use crate::yaml::{At, HttpUrl, Line, written_as};

/// An HTTP request that must be answered
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct HttpGate {
    /// What is requested, with GET
    pub url: HttpUrl,
    /// The HTTP status of the answer; 200 when absent. Redirects are not followed
    pub status: Option<HttpStatus>,
    /// The variable of the process environment with a token, which is sent as `Authorization: Bearer`
    pub token: Option<At<Line>>,
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

impl Decide for HttpGate {
    fn decide(&self, asked: &Asked) -> Result<Decision> {
        let wanted = self.status.map_or(200, |HttpStatus(status)| status);
        let why = match probe(&self.url, token(self.token.as_ref(), asked)?.as_deref()) {
            Probe::Answered { status, .. } if status == wanted => return Ok(Decision::Open(None)),
            Probe::Answered { status, .. } => format!("{} answers {status}, not {wanted}", &*self.url),
            Probe::Lost(why) => format!("{} does not answer: {why}", &*self.url),
        };
        Ok(Decision::closed_for_now(why, asked.now))
    }
}

/// The token in the variable of this name.
pub(super) fn token(variable: Option<&At<Line>>, asked: &Asked) -> Result<Option<String>> {
    let Some(name) = variable else { return Ok(None) };
    match asked.evidence.variable(name).filter(|token| !token.is_empty()) {
        Some(token) => Ok(Some(token)),
        None => Err(name
            .error(format!("the variable {} of the process environment is not set", &***name))
            .hint("set it to the token that the server takes")
            .into()),
    }
}
