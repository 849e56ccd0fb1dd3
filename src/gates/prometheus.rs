//! `prometheus:`

use schemars::JsonSchema;
use serde::Deserialize;

use crate::vocabulary::Diagnostic;
use crate::yaml::{HttpUrl, written_as};

/// A Prometheus query whose value must be as expected
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct PrometheusGate {
    /// Where Prometheus is
    pub url: HttpUrl,
    /// A query with one value as its result
    pub query: String,
    /// A comparison and a number: `"< 0.01"`
    pub expect: Expectation,
}

#[derive(Debug, Clone)]
pub struct Expectation {
    pub operator: &'static str,
    pub number: f64,
}

written_as!(Expectation = String);

impl TryFrom<String> for Expectation {
    type Error = Diagnostic;

    fn try_from(text: String) -> Result<Self, Diagnostic> {
        let parse = |operator: &'static str| {
            let number = text.trim().strip_prefix(operator)?.trim().parse().ok()?;
            f64::is_finite(number).then_some(Self { operator, number })
        };
        let operators = ["<=", ">=", "==", "!=", "<", ">"];
        operators.into_iter().find_map(parse).ok_or_else(|| {
            Diagnostic::new(format!("`{}` is not a comparison with a number", text.escape_debug()))
                .hint("write `\"< 0.01\"`: one of <, <=, >, >=, ==, != and a number")
        })
    }
}
