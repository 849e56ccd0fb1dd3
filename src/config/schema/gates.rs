//! `gates:` in the pipeline file.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::yaml::At;

/// What must hold before a release enters: exactly one of the keys
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Gate {
    /// How long the release must have been verified in the environments before
    pub soak: Option<At<String>>,
    /// The hours in which releases enter
    pub window: Option<At<Window>>,
    /// A commit status that the source commit must have
    pub status: Option<At<StatusGate>>,
    /// The test results of an environment
    pub tests: Option<At<TestsGate>>,
    /// An HTTP request that must be answered
    pub http: Option<At<HttpGate>>,
    /// A Prometheus query whose value must be as expected
    pub prometheus: Option<At<PrometheusGate>>,
    /// A command that must succeed
    pub run: Option<At<String>>,
}

/// The hours in which releases enter
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Window {
    /// Every day when absent
    #[serde(default)]
    pub days: Vec<Day>,
    /// `"09:00-16:00"`, in quotes
    pub hours: Option<At<String>>,
    /// `Europe/Amsterdam`; UTC when absent
    pub timezone: Option<At<String>>,
}

/// A day of the week
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// A commit status that the source commit must have
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct StatusGate {
    /// A glob over contexts; `*` does not match `/`
    pub context: At<String>,
}

/// The test results of an environment
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct TestsGate {
    /// The environment whose checks count
    pub environment: At<String>,
    /// At least this many tests must have been run
    pub min_tests: Option<u64>,
    /// At most this many tests may have failed
    pub max_failures: Option<u64>,
}

/// An HTTP request that must be answered
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct HttpGate {
    /// What is requested
    pub url: At<String>,
    /// The HTTP status of the answer; 200 when absent
    pub status: Option<At<u16>>,
}

/// A Prometheus query whose value must be as expected
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct PrometheusGate {
    /// Where Prometheus is
    pub url: At<String>,
    /// A query with one value as its result
    pub query: String,
    /// A comparison and a number: `"< 0.01"`
    pub expect: At<String>,
}
