//! Refusals: classified by status, reported in the server's words.

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::limits::{Limits, is_rate_limit};
use super::{Fault, Kind, Request};
use crate::secrets;
use crate::vocabulary::text::{one_line, shorten};

/// What is there already is found, and not done a second time.
pub const AGAIN: &str = "run this again to continue";

/// As much of a body as is worth reading in an error.
const SHOWN: usize = 400;

/// The fault of a status outside 2xx. Servers and proxies repeat what they were sent, so secrets are hidden: in
/// the values of JSON, which would be broken otherwise, and before anything is cut.
pub fn refused(request: &Request, status: u16, headers: &HeaderMap, text: &str, limits: &Limits) -> Fault {
    let mut body: Value = serde_json::from_str(text).unwrap_or_default();
    secrets::redact_json(&mut body, &secrets::Names { fields: &|_| true, documents: &[] });
    let text = &*secrets::redact(text);
    let kind = kind(status, limits, &body);
    let said = match said(&body) {
        Some(said) => said,
        None if is_page(headers) => title(text),
        None => text.to_owned(),
    };
    let said = match shorten(&one_line(&said), SHOWN) {
        said if said.is_empty() => "the server did not say why".to_owned(),
        said => said,
    };
    let fault = request.fault(kind, said).with_status(status).with_body(body);
    let origin = request.client.server.credentials.origin();
    match kind {
        Kind::SignIn => fault.with_hint(format!("the token is missing, wrong or expired ({origin})")),
        Kind::Forbidden => fault.with_hint(match accepted(headers) {
            Some(permissions) => format!("grant the token the permission {permissions} ({origin})"),
            None => format!("grant the token the permission for this ({origin})"),
        }),
        Kind::NotFound => {
            fault.with_hint(format!("it does not exist, or the token may not see it ({origin})"))
        }
        Kind::RateLimited | Kind::ServerError | Kind::TimedOut => with_usual_hint(fault),
        // GitLab sends questions on to the new place, and refuses everything else in these words.
        _ if status == 405 && said_moved(&fault) => {
            fault.with_hint("the project has moved: correct `gitops.repository`")
        }
        _ if status == 409 => fault.with_hint("somebody else changed it at the same time: run this again"),
        _ => fault,
    }
}

/// With the hint that is the same wherever the fault comes from.
pub fn with_usual_hint(fault: Fault) -> Fault {
    match fault.kind {
        Kind::RateLimited => fault.with_hint("try again later, or use a token with its own rate limit"),
        Kind::ServerError => fault.with_hint("run this again when the server is available"),
        Kind::TimedOut => fault.with_hint(AGAIN),
        _ => fault,
    }
}

fn said_moved(fault: &Fault) -> bool {
    fault.said().contains("moved projects")
}

/// The permissions that GitHub would have accepted: `statuses=write`.
fn accepted(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-accepted-github-permissions")?.to_str().ok().filter(|text| !text.is_empty())
}

/// The fault of a page for people where JSON was asked for.
pub fn page(request: &Request, status: u16) -> Fault {
    let origin = request.client.server.credentials.origin();
    request.fault(Kind::SignIn, "the server returned a page instead of JSON").with_status(status).with_hint(
        format!("servers do that to ask for a sign-in: the token is missing, wrong or expired ({origin})"),
    )
}

pub fn is_page(headers: &HeaderMap) -> bool {
    let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.trim_start().to_ascii_lowercase().starts_with("text/html")
}

fn kind(status: u16, limits: &Limits, body: &Value) -> Kind {
    match status {
        _ if is_rate_limit(status, limits, body) => Kind::RateLimited,
        401 | 407 => Kind::SignIn,
        403 => Kind::Forbidden,
        404 | 410 => Kind::NotFound,
        408 => Kind::TimedOut,
        500.. => Kind::ServerError,
        _ => Kind::Refused,
    }
}

/// The server's words: `message`, `error`, `error_description`, and what `errors` adds.
fn said(body: &Value) -> Option<String> {
    let mut words: Vec<String> = Vec::new();
    for field in ["message", "error", "error_description", "errors"] {
        collect(&body[field], &mut words);
    }
    words.dedup();
    (!words.is_empty()).then(|| words.join("; "))
}

/// Texts wherever forges put them: plain, in lists, or by the name of a field.
fn collect(value: &Value, words: &mut Vec<String>) {
    match value {
        Value::String(text) if !text.trim().is_empty() => words.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, words)),
        Value::Object(fields) => match fields.get("message") {
            Some(Value::String(message)) => words.push(message.clone()),
            _ => {
                let parts: Vec<String> =
                    fields.iter().filter_map(|(name, value)| field(name, value)).collect();
                words.push(parts.join(", "));
            }
        },
        _ => {}
    }
}

fn field(name: &str, value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(format!("{name}: {text}")),
        Value::Null => None,
        other => Some(format!("{name}: {other}")),
    }
}

/// The title of a page, which is all that it has to say.
fn title(page: &str) -> String {
    let from = page.find("<title>").map(|at| &page[at + "<title>".len()..]);
    let title = from.and_then(|rest| rest.split_once("</title>")).map(|(title, _)| title.trim());
    title.map_or_else(|| "a page instead of JSON".to_owned(), |title| format!("a page titled `{title}`"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn finds_what_each_forge_says() {
        let github = json!({
            "message": "Validation Failed",
            "errors": [{"resource": "PullRequest", "code": "custom", "message": "A pull request already exists"}],
        });
        assert_eq!(said(&github).unwrap(), "Validation Failed; A pull request already exists");
        let github =
            json!({"message": "Validation Failed", "errors": [{"field": "head", "code": "invalid"}]});
        assert_eq!(said(&github).unwrap(), "Validation Failed; field: head, code: invalid");
        let azure = json!({"$id": "1", "message": "TF401179: An active pull request exists", "errorCode": 0});
        assert_eq!(said(&azure).unwrap(), "TF401179: An active pull request exists");
        let gitlab = json!({"message": {"base": ["is too long"]}});
        assert_eq!(said(&gitlab).unwrap(), "base: [\"is too long\"]");
        assert_eq!(said(&json!({"error": "404 Not Found"})).unwrap(), "404 Not Found");
        assert_eq!(said(&json!([])), None);
    }

    #[test]
    fn pages_are_cut_to_their_title() {
        assert_eq!(title("<html><head><title>502 Bad Gateway</title>"), "a page titled `502 Bad Gateway`");
        assert_eq!(title("<html>"), "a page instead of JSON");
    }
}
