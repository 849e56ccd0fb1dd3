//! Errors and warnings, and the lines of `--log-format json`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::Problem;
use crate::vocabulary::{Place, Warning};

/// An error or a warning
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProblemOutput {
    /// Which warning or finding it is; left out for other errors
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<&'static str>,
    /// What was being done and why it failed, in one line
    pub message: String,
    /// Where; left out when it is not known
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceOutput>,
    /// What to do next; left out when there is nothing to say
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// A position in a file
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlaceOutput {
    pub file: String,
    /// Counts from 1; left out when it is not known
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Counts from 1; left out when it is not known
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
}

/// A line of `--log-format json`
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogLine<'a> {
    pub level: &'a str,
    #[serde(flatten)]
    pub problem: ProblemOutput,
}

impl<'a> LogLine<'a> {
    pub fn new(level: &'a str, problem: &Problem) -> Self {
        Self { level, problem: problem.into() }
    }

    /// Names in lines of the log that no command's output has.
    pub const OTHER_FIELDS: [&'static str; 2] = ["level", "subject"];
}

impl From<&Problem> for ProblemOutput {
    fn from(problem: &Problem) -> Self {
        Self {
            id: problem.id,
            message: problem.message(),
            place: problem.place().map(PlaceOutput::from),
            hint: problem.hint().map(str::to_owned),
        }
    }
}

impl From<&Warning> for ProblemOutput {
    fn from(warning: &Warning) -> Self {
        Self::from(&Problem::from(warning))
    }
}

impl From<&Place> for PlaceOutput {
    fn from(place: &Place) -> Self {
        let known = |number: usize| Some(number).filter(|number| *number > 0);
        Self {
            file: place.file.to_string_lossy().into_owned(),
            line: known(place.line),
            column: known(place.column),
        }
    }
}
