//! GraphQL, for what GitHub's REST API has not: auto-merge, merge queues, and much in one answer,
//! such as all that a pull request waits for, or the statuses of many commits.
//!
//! It answers 200 also when it refuses, with `errors` beside the data. A token that may not read
//! some of what is asked for gets the rest, which is used where it will do.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::client::GitHub;
use crate::forge::protocol::Api;
use crate::http::{Fault, Kind, Response, Result};

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
        match kind_of(&answer) {
            None => answer.json().map(|Whole { data }| data),
            Some(_) => Err(refusal(&answer)),
        }
    }

    fn answer(&self, query: &str, variables: Value) -> Result<Response> {
        let body = json!({"query": query, "variables": variables});
        let ask = || self.client().post(self.graphql).body(body.clone()).repeatable().send();
        match ask()? {
            // The client waits as long as the headers of that said before it asks again.
            limited if kind_of(&limited) == Some(Kind::RateLimited) => ask(),
            answer => Ok(answer),
        }
    }
}

fn refusal(answer: &Response) -> Fault {
    let Some(kind) = kind_of(answer) else {
        return answer.odd("the response has neither data nor an error");
    };
    let said: Vec<&str> = errors(answer).filter_map(|error| error["message"].as_str()).collect();
    answer.refused(kind, &said.join("; "))
}

/// What the first error is about, if there is one.
fn kind_of(answer: &Response) -> Option<Kind> {
    let error = errors(answer).next()?;
    Some(match error["type"].as_str().unwrap_or_default() {
        "NOT_FOUND" => Kind::NotFound,
        "FORBIDDEN" | "INSUFFICIENT_SCOPES" => Kind::Forbidden,
        "RATE_LIMITED" => Kind::RateLimited,
        _ => Kind::Refused,
    })
}

fn errors(answer: &Response) -> impl Iterator<Item = &Value> {
    answer.body()["errors"].as_array().into_iter().flatten()
}
