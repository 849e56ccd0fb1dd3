//! As which commits pull requests were merged, where the REST API leaves that out: versions from
//! 2026-03-10 on have no `merge_commit_sha`.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use git2::Oid;
use serde::Deserialize;
use serde_json::json;

use super::client::GitHub;
use crate::http::Result;

/// How many pull requests one request asks for.
const AT_ONCE: usize = 100;

#[derive(Debug, Deserialize)]
struct Data {
    /// By alias.
    repository: BTreeMap<String, Option<Merged>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Merged {
    number: u64,
    merge_commit: Option<Commit>,
}

#[derive(Debug, Deserialize)]
struct Commit {
    oid: String,
}

impl GitHub {
    pub(super) fn queried_merge_commits(&self, numbers: &[u64]) -> Result<HashMap<u64, Oid>> {
        let mut found = HashMap::new();
        for numbers in numbers.chunks(AT_ONCE) {
            let mut variables = json!({"owner": self.owner, "name": self.repository_name});
            for (index, number) in numbers.iter().enumerate() {
                variables[format!("n{index}")] = json!(number);
            }
            let Data { repository } = self.graphql_whole(&query(numbers.len()), variables)?;
            let commits = repository.into_values().flatten().filter_map(|pull| {
                let commit = Oid::from_str(&pull.merge_commit?.oid).ok()?;
                Some((pull.number, commit))
            });
            found.extend(commits);
        }
        Ok(found)
    }
}

fn query(pulls: usize) -> String {
    let (mut variables, mut asked) = (String::new(), String::new());
    for n in 0..pulls {
        let _ = write!(variables, ", $n{n}: Int!");
        let _ = writeln!(asked, "p{n}: pullRequest(number: $n{n}) {{ number mergeCommit {{ oid }} }}");
    }
    format!(
        "query($owner: String!, $name: String!{variables}) {{ repository(owner: $owner, name: $name) {{\n{asked}}} }}"
    )
}
