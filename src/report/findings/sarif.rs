//! SARIF 2.1.0: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.

use anyhow::Result;
use serde_json::{Value, json};

use super::problem::{NOT_RENDERED, Problem};
use crate::report::clean::Clean;
use crate::vocabulary::FindingId;

pub fn text(problems: &[Problem]) -> Result<Clean> {
    let known = FindingId::ALL.iter().map(|id| (id.as_str(), id.description()));
    let rules = known.chain([(NOT_RENDERED, "An environment cannot be rendered".to_owned())]);
    let rules: Vec<Value> =
        rules.map(|(id, says)| json!({"id": id, "shortDescription": {"text": says}})).collect();
    let results: Vec<Value> = problems.iter().map(result).collect();
    Clean::json(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "Towline", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "results": results,
        }],
    }))
}

fn result(problem: &Problem) -> Value {
    let (file, line) = problem.line();
    json!({
        "ruleId": problem.id,
        "level": if problem.is_error { "error" } else { "warning" },
        "message": {"text": problem.message},
        "locations": [{
            "physicalLocation": {"artifactLocation": {"uri": file}, "region": {"startLine": line}},
        }],
        "partialFingerprints": {"towline/v1": problem.fingerprint()},
    })
}
