//! Fingerprints: which of many commits have new statuses, asked in one GraphQL request.
//!
//! GitHub keeps the newest status of each context and the newest run of each check at hand, with
//! everything that we read of them. Each status that is added is another one with an id of its own,
//! also when it says the same again; a check run has another id when it is run again, and other
//! times and states as it goes on. So a commit's fingerprint is simply all of that, in an order of
//! its own. Commits with more of them than a page holds are asked for their next pages together.
//!
//! This saves requests and is not needed: who may not ask it, or cannot, reads all commits.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::Ordering;

use anyhow::{Context, Result};
use git2::Oid;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::client::GitHub;
use super::readiness_query::PageInfo;
use crate::http::{self, Kind};

/// How many commits one request asks for. With a hundred contexts each, that is a fiftieth of the
/// nodes that GitHub allows it.
const AT_ONCE: usize = 100;

const PAGE: &str = "
fragment page on StatusCheckRollupContextConnection {
  pageInfo { hasNextPage endCursor }
  nodes {
    __typename
    ... on StatusContext { id context state description targetUrl createdAt }
    ... on CheckRun { id name status conclusion startedAt completedAt title detailsUrl }
  }
}";

#[derive(Debug, Deserialize)]
struct Data {
    /// By alias. Null where GitHub has not seen the commit yet.
    repository: BTreeMap<String, Option<Object>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Object {
    oid: String,
    /// Null where there is neither a status nor a check.
    status_check_rollup: Option<Rollup>,
}

#[derive(Debug, Deserialize)]
struct Rollup {
    contexts: Contexts,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Contexts {
    nodes: Vec<Map<String, Value>>,
    page_info: PageInfo,
}

/// A page to ask for: of which commit, and after which cursor.
type Page = (Oid, Option<String>);

impl GitHub {
    /// See [`crate::forge::Forge::status_fingerprints`].
    pub(super) fn all_fingerprints(&self, commits: &[Oid]) -> Result<Option<Vec<String>>> {
        if self.lacks_fingerprints.load(Ordering::Relaxed) {
            return Ok(None);
        }
        match self.contexts(commits) {
            Ok(contexts) => Ok(Some(contexts.into_iter().map(text).collect())),
            // REST has a budget of its own.
            Err(fault) if fault.kind == Kind::RateLimited => Ok(None),
            Err(fault) if can_do_without(fault.kind) => {
                self.lacks_fingerprints.store(true, Ordering::Relaxed);
                Ok(None)
            }
            Err(fault) => Err(fault).context("cannot see which commits have new statuses"),
        }
    }

    /// What each commit has, in any order. `None`: GitHub has not seen the commit yet.
    fn contexts(&self, commits: &[Oid]) -> http::Result<Vec<Option<Vec<String>>>> {
        let mut found = vec![None; commits.len()];
        let mut pages: Vec<Page> = commits.iter().map(|commit| (*commit, None)).collect();
        while !pages.is_empty() {
            let asked: Vec<Page> = pages.drain(..pages.len().min(AT_ONCE)).collect();
            for object in self.objects(&asked)? {
                let Some(index) = commits.iter().position(|commit| commit.to_string() == object.oid) else {
                    continue;
                };
                let known = found[index].get_or_insert_with(Vec::new);
                let Some(Rollup { contexts }) = object.status_check_rollup else { continue };
                known.extend(contexts.nodes.into_iter().map(|node| Value::Object(node).to_string()));
                if let PageInfo { has_next_page: true, end_cursor: Some(cursor) } = contexts.page_info {
                    pages.push((commits[index], Some(cursor)));
                }
            }
        }
        Ok(found)
    }

    fn objects(&self, pages: &[Page]) -> http::Result<Vec<Object>> {
        let mut variables = json!({"owner": self.owner, "name": self.repository_name});
        for (number, (commit, cursor)) in pages.iter().enumerate() {
            variables[format!("c{number}")] = json!(commit.to_string());
            variables[format!("a{number}")] = json!(cursor);
        }
        let Data { repository } = self.graphql_whole(&query(pages.len()), variables)?;
        Ok(repository.into_values().flatten().collect())
    }
}

fn query(pages: usize) -> String {
    let (mut variables, mut objects) = (String::new(), String::new());
    for n in 0..pages {
        let _ = write!(variables, ", $c{n}: GitObjectID!, $a{n}: String");
        let rollup = format!("statusCheckRollup {{ contexts(first: 100, after: $a{n}) {{ ...page }} }}");
        let _ = writeln!(objects, "c{n}: object(oid: $c{n}) {{ oid ... on Commit {{ {rollup} }} }}");
    }
    let repository = format!("repository(owner: $owner, name: $name) {{\n{objects}}}");
    format!("query($owner: String!, $name: String!{variables}) {{ {repository} }}{PAGE}")
}

fn text(contexts: Option<Vec<String>>) -> String {
    match contexts {
        Some(mut contexts) => {
            contexts.sort();
            contexts.join("\n")
        }
        None => "not seen yet".to_owned(),
    }
}

/// Whether reading commit by commit may succeed where this did not: a token that may not read
/// checks, a server without such fields, one that takes too long over it. It will not do better the
/// next time.
fn can_do_without(kind: Kind) -> bool {
    use Kind::{BadAnswer, Forbidden, NotFound, Refused, ServerError, TimedOut};
    matches!(kind, Forbidden | NotFound | Refused | ServerError | TimedOut | BadAnswer)
}
