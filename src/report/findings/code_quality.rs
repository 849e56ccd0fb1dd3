//! GitLab's code quality: <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>.

use anyhow::Result;
use serde_json::{Value, json};

use super::problem::Problem;
use crate::report::clean::Clean;

pub fn text(problems: &[Problem]) -> Result<Clean> {
    let entry = |problem: &Problem| {
        let (path, line) = problem.line();
        json!({
            "description": problem.message,
            "check_name": problem.id,
            "fingerprint": problem.fingerprint(),
            "severity": if problem.is_error { "major" } else { "minor" },
            "location": {"path": path, "lines": {"begin": line}},
        })
    };
    Clean::json(&problems.iter().map(entry).collect::<Vec<Value>>())
}
