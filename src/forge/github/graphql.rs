//! GraphQL, for what GitHub's REST API has not: auto-merge, merge queues, and much in one answer,
//! such as all that a pull request waits for, or the statuses of many commits.
//!
//! It answers 200 also when it refuses, with `errors` beside the data. A token that may not read
//! some of what is asked for gets the rest, which is used where it will do. A limit and a fault of
//! the server come the same way; they are waited for and repeated as those of the REST API are.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::client::GitHub;
use crate::forge::protocol::Api;
use crate::http::{Fault, Kind, Response, Result};

/// GitHub's name for the budget of these requests, which is not that of the REST API.
const BUDGET: &str = "graphql";

impl GitHub {
    /// Asks, and returns the data of the answer. It has something at `needed`, a JSON pointer.
    ///
    /// Every query of ours changes nothing, and every mutation does the same twice as once.
    pub(super) fn graphql(&self, query: &str, variables: Value, needed: &str) -> Result<Value> {
        let answer = self.answer(query, variables)?;
        let data = &answer.body()["data"];
        match data.pointer(needed) {
            Some(found) if !found.is_null() => Ok(data.clone()),
            _ => Err(refusal(&answer)),
        }
    }

    /// Asks, and returns the data of the answer if nothing is missing in it.
    pub(super) fn graphql_whole<T: DeserializeOwned>(&self, query: &str, variables: Value) -> Result<T> {
        #[derive(Deserialize)]
        struct Whole<T> {
            data: T,
        }
        let answer = self.answer(query, variables)?;
        match errors(&answer).next() {
            None => answer.json().map(|Whole { data }| data),
            Some(_) => Err(refusal(&answer)),
        }
    }

    fn answer(&self, query: &str, variables: Value) -> Result<Response> {
        let request = self.client().post(self.graphql).body(json!({"query": query, "variables": variables}));
        request.repeatable().counted_as(BUDGET).judged_by(passing).send()
    }
}

fn refusal(answer: &Response) -> Fault {
    match errors(answer).next() {
        Some(error) => answer.refused(kind_of(error), &said(answer)),
        None => answer.odd("the response has neither data nor an error"),
    }
}

/// A refusal that is about a moment: a limit, or a fault of the server.
fn passing(answer: &Response) -> Option<(Kind, String)> {
    let kind = match () {
        () if is_limit(answer) => Kind::RateLimited,
        () if errors(answer).any(is_hiccup) => Kind::ServerError,
        () => return None,
    };
    Some((kind, said(answer)))
}

/// GitHub has several names for a limit, of which a secondary one has none: it says so, or when to
/// come back.
fn is_limit(answer: &Response) -> bool {
    let names =
        |error: &Value| ["type", "code"].map(|name| error[name].as_str().unwrap_or_default().to_owned());
    let is_named = |error: &Value| {
        names(error)
            .iter()
            .any(|name| matches!(name.as_str(), "RATE_LIMITED" | "RATE_LIMIT" | "graphql_rate_limit"))
    };
    let is_told = |error: &Value| {
        let words = error["message"].as_str().unwrap_or_default();
        words.contains("secondary rate limit") || words.contains("API rate limit")
    };
    let mut all = errors(answer).peekable();
    all.peek().is_some() && answer.header("retry-after").is_some()
        || all.any(|error| is_named(error) || is_told(error))
        || answer.body()["data"].is_null() && is_told(answer.body())
}

/// `Something went wrong while executing your query`: an error that is about nothing in the query has
/// no type, no code and no place.
fn is_hiccup(error: &Value) -> bool {
    match error["type"].as_str() {
        Some(kind) => matches!(kind, "SERVICE_UNAVAILABLE" | "INTERNAL" | "TIMEOUT"),
        None => {
            error["code"].is_null() && error["extensions"]["code"].is_null() && error["locations"].is_null()
        }
    }
}

fn kind_of(error: &Value) -> Kind {
    match error["type"].as_str().unwrap_or_default() {
        "NOT_FOUND" => Kind::NotFound,
        "FORBIDDEN" | "INSUFFICIENT_SCOPES" => Kind::Forbidden,
        _ => Kind::Refused,
    }
}

fn said(answer: &Response) -> String {
    let said: Vec<&str> = errors(answer).filter_map(|error| error["message"].as_str()).collect();
    match (said.as_slice(), answer.body()["message"].as_str()) {
        ([], Some(message)) => message.to_owned(),
        _ => said.join("; "),
    }
}

fn errors(answer: &Response) -> impl Iterator<Item = &Value> {
    answer.body()["errors"].as_array().into_iter().flatten()
}
