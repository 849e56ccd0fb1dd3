//! A release with a fault on the way, on any forge: a run either ends right or with an error, and
//! the next run ends right. Never a second pull request, never a second merge. What can be struck,
//! and how the runs end, is a table for each forge beside this file.

use std::collections::BTreeMap;

use towline::forge::{Forge, MergeRequest, MergeResult, NewPullRequest, PullState, StatusState};
use towline::vocabulary::MergeMethod;

use super::Bench;
use crate::fakes::{Fault, Server};
use crate::given;

/// A bench whose server can fail.
pub trait Breakable: Bench {
    fn server(&self) -> &Server;

    /// A client that does not wait long for an answer.
    fn hasty(&self) -> Box<dyn Forge>;
}

/// Runs a release for each request that a fault can strike, and tells how the runs ended. `at` is
/// the beginning of the request's line, for the pull request of this number.
pub fn strike(
    bench: &dyn Breakable,
    requests: &[&str],
    at: impl Fn(&str, usize) -> String,
    what: impl Fn(&str) -> Fault,
) -> String {
    let mut ends: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (n, request) in requests.iter().enumerate() {
        let head = format!("towline/dev/app{n}");
        bench.push(&head, &[(&format!("dev/app{n}.yaml"), "a: 1\n")]);
        bench.server().fail(what(&at(request, n + 1)));
        let end = match release(bench, &*bench.hasty(), &head) {
            Ok(()) => "right at once".to_owned(),
            Err(error) => {
                release(bench, &*bench.hasty(), &head).unwrap();
                let error = error.chain().skip(1).map(|cause| cause.to_string()).last().unwrap();
                format!("right again after: {error}")
            }
        };
        ends.entry(end).or_default().push(request);
    }
    let struck = bench.server().log().iter().filter(|line| line.ends_with('!')).count();
    assert_eq!(struck, requests.len());
    let pulls = bench.forge().list_pulls(None).unwrap();
    assert!(pulls.iter().all(|pull| pull.state == PullState::Merged && pull.title == "Deploy 1.3.0"));
    assert_eq!(pulls.len(), requests.len());
    assert_eq!(bench.files(bench.tip("main")).len(), 1 + requests.len());
    let merges = bench.gitops().git(&["rev-list", "--merges", "--count", "main"]);
    assert_eq!(merges, requests.len().to_string());
    ends.into_iter().map(|(end, at)| format!("{}: {end}\n", at.join(", "))).collect()
}

/// What `propose`, `merge` and `report` do, one after the other.
fn release(bench: &dyn Breakable, forge: &dyn Forge, head: &str) -> anyhow::Result<()> {
    let pull = match forge.find_pull(head, "main")? {
        Some(pull) if pull.state == PullState::Merged => pull,
        _ => {
            let new = |title: &str| NewPullRequest {
                open: None,
                head: head.into(),
                head_commit: bench.tip(head),
                base: "main".into(),
                title: title.into(),
                body: "Body".into(),
                labels: vec!["deploy".into()],
                reviewers: vec!["ann".into()],
            };
            forge.open_pull(&new("Deploy 1.2.0"))?;
            forge.open_pull(&new("Deploy 1.3.0"))?
        }
    };
    let request = MergeRequest {
        expected_head: bench.tip(head),
        method: MergeMethod::Merge,
        message: format!("Merge {head}\n"),
        when_ready: false,
    };
    let MergeResult::Merged(commit) = forge.merge_pull(pull.number, &request)? else {
        panic!("{head} is not merged")
    };
    let status = given::status("flux/greeting", StatusState::Success);
    forge.set_commit_status(commit, &status)
}
