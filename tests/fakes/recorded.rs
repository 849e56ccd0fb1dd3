//! Answers of a real server, as the judge of a fake's: a field that only the fake sends, or one of
//! another JSON type, makes the test fail that saw it. Descriptions do not tell: they require
//! nothing, and name what is never sent.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::spec::{Operation, Spec};
use super::{Reply, Request};

/// The recorded answers, by the operations of the description.
pub struct Recorded(Vec<Answer>);

struct Answer {
    operation: Operation,
    status: u16,
    bodies: Vec<Value>,
}

/// A file in `tests/specs/<folder>`.
#[derive(Deserialize)]
struct File {
    /// `GET /repos/acme/gitops/pulls?state=all`: what was asked; several have answers of one kind.
    requests: Vec<String>,
    status: u16,
    /// What was answered, each in full but for the length of lists.
    bodies: Vec<Value>,
}

impl Recorded {
    pub fn load(folder: &str, spec: &Spec) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/specs").join(folder);
        let mut answers = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let File { requests, status, bodies } =
                serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            for request in requests {
                let (method, url) = request.split_once(' ').unwrap();
                let operation = spec.operation_of(method, url.split('?').next().unwrap());
                let operation = operation.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                answers.push(Answer { operation, status, bodies: bodies.clone() });
            }
        }
        Self(answers)
    }

    /// Whether a real server could have answered so. What was not recorded of an operation is not
    /// judged; refusals are alike, whatever is refused.
    pub fn check(&self, operation: &Operation, reply: &Reply) -> Result<(), String> {
        // A redirect has nothing to say.
        if (300..400).contains(&reply.status) {
            return Ok(());
        }
        let is_refusal = reply.status >= 400;
        let fits = |answer: &&Answer| match is_refusal {
            true => answer.status >= 400,
            false => answer.status < 400 && answer.operation == *operation,
        };
        let real: Vec<&Value> = self.0.iter().filter(fits).flat_map(|answer| &answer.bodies).collect();
        if real.is_empty() {
            return Ok(());
        }
        let mut different = Vec::new();
        compare(&reply.body, &real, "", &mut different);
        match different.is_empty() {
            true => Ok(()),
            false => Err(format!("no real server answers so: {}", different.join("; "))),
        }
    }

    /// Whether an answer to this operation was recorded.
    pub fn knows(&self, operation: &Operation) -> bool {
        self.0.iter().any(|answer| answer.operation == *operation)
    }
}

/// What is in `fake` that is in none of the real ones.
fn compare(fake: &Value, real: &[&Value], at: &str, different: &mut Vec<String>) {
    if !real.iter().any(|real| kind(real) == kind(fake)) {
        let kinds: Vec<&str> = real.iter().map(|real| kind(real)).collect();
        different.push(format!("{at} is {} where there is {}", kind(fake), kinds.join(" or ")));
        return;
    }
    match fake {
        Value::Object(fields) => {
            for (name, value) in fields {
                let at = format!("{at}/{name}");
                let real: Vec<&Value> = real.iter().filter_map(|real| real.get(name)).collect();
                match real.is_empty() {
                    true => different.push(format!("{at} is never sent")),
                    false => compare(value, &real, &at, different),
                }
            }
        }
        Value::Array(items) => {
            let real: Vec<&Value> = real.iter().filter_map(|real| real.as_array()).flatten().collect();
            if !real.is_empty() {
                items.iter().for_each(|item| compare(item, &real, &format!("{at}/*"), different));
            }
        }
        _ => {}
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

impl Request {
    /// A question, for what is looked up by method and path only.
    pub fn of(method: &str, path: &str) -> Self {
        let (method, path) = (method.to_owned(), path.to_owned());
        let (query, headers, form) = (Vec::new(), Vec::new(), Default::default());
        Self { method, path, query, headers, body: Value::Null, form }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn different(fake: &Value, real: &[Value]) -> Vec<String> {
        let mut different = Vec::new();
        compare(fake, &real.iter().collect::<Vec<_>>(), "", &mut different);
        different
    }

    #[test]
    fn an_answer_to_every_operation_of_gitea_was_recorded() {
        assert_eq!(Spec::load_with("forgejo", "/api/v1", "gitea-recorded").unrecorded(), [""; 0]);
    }

    #[test]
    fn only_what_a_real_server_sends_passes() {
        let real = [json!({"a": null, "list": [{"b": 1}]}), json!({"a": "text", "list": []})];
        assert_eq!(different(&json!({"a": "x", "list": [{"b": 2}, {}]}), &real), [""; 0]);
        assert_eq!(different(&json!({"a": null}), &real), [""; 0]);
        assert_eq!(
            different(&json!({"a": 1, "c": 1, "list": [{"b": "1"}]}), &real),
            [
                "/a is a number where there is null or a text",
                "/c is never sent",
                "/list/*/b is a text where there is a number"
            ]
        );
    }
}
