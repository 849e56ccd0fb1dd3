//! A release through GitHub with faults on the way: a run either ends right or with an error, and
//! the next run ends right. Never a second pull request, never a second merge.

use std::collections::BTreeMap;
use std::time::Duration;

use towline::forge::{
    Forge, MergeMethod, MergeRequest, MergeResult, NewPullRequest, NewStatus, PullState, StatusState,
};

use crate::Bench as _;
use crate::fakes::Fault;
use crate::fakes::faults::What;
use crate::fakes::github::TOKEN;
use crate::github::Bench;

/// Where a fault strikes.
const REQUESTS: [&str; 8] = [
    "GET /repos/acme/gitops/pulls?",
    "POST /repos/acme/gitops/pulls",
    "GET /repos/acme/gitops/pulls/",
    "PATCH /repos/acme/gitops/pulls/",
    "POST /repos/acme/gitops/issues/",
    "POST /repos/acme/gitops/pulls/",
    "PUT /repos/acme/gitops/pulls/",
    "POST /repos/acme/gitops/statuses/",
];

/// What `propose`, `merge` and `report` do, one after the other.
pub fn release(bench: &dyn crate::Bench, forge: &dyn Forge, head: &str) -> anyhow::Result<()> {
    let pull = match forge.find(head, "main")? {
        Some(pull) if pull.state == PullState::Merged => pull,
        _ => {
            let new = |title: &str| NewPullRequest {
                head: head.into(),
                head_commit: bench.tip(head),
                base: "main".into(),
                title: title.into(),
                body: "Body".into(),
                labels: vec!["deploy".into()],
                reviewers: vec!["ann".into()],
            };
            forge.open(&new("Deploy 1.2.0"))?;
            forge.open(&new("Deploy 1.3.0"))?
        }
    };
    let request = MergeRequest {
        expected_head: bench.tip(head),
        method: MergeMethod::Merge,
        message: format!("Merge {head}\n"),
        when_ready: false,
    };
    let MergeResult::Merged(commit) = forge.merge(pull.number, &request)? else {
        panic!("{head} is not merged")
    };
    let status = NewStatus {
        context: "flux/greeting".into(),
        state: StatusState::Success,
        description: "applied".into(),
        target_url: None,
    };
    forge.set_status(commit, &status)
}

/// Runs a release for each request that a fault can strike, and tells how the runs ended.
fn strike(what: impl Fn(&'static str) -> Fault) -> String {
    let bench = Bench::new();
    let mut ends: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (n, at) in REQUESTS.into_iter().enumerate() {
        let head = format!("towline/dev/app{n}");
        bench.push(&head, &[(&format!("dev/app{n}.yaml"), "a: 1\n")]);
        bench.server.fail(what(at));
        let forge = || bench.connect(TOKEN, Duration::from_secs(2));
        let end = match release(&bench, &*forge(), &head) {
            Ok(()) => "right at once".to_owned(),
            Err(error) => {
                release(&bench, &*forge(), &head).unwrap();
                let error = error.chain().skip(1).map(|cause| cause.to_string()).last().unwrap();
                format!("right again after: {error}")
            }
        };
        ends.entry(end).or_default().push(at.replace("/repos/acme/gitops/", ""));
    }
    let struck = bench.server.log().iter().filter(|line| line.ends_with('!')).count();
    assert_eq!(struck, REQUESTS.len());
    let pulls = bench.forge().list(None).unwrap();
    assert!(pulls.iter().all(|pull| pull.state == PullState::Merged && pull.title == "Deploy 1.3.0"));
    assert_eq!(pulls.len(), REQUESTS.len());
    assert_eq!(bench.files(bench.tip("main")).len(), 1 + REQUESTS.len());
    let merges = bench.gitops().git(&["rev-list", "--merges", "--count", "main"]);
    assert_eq!(merges, REQUESTS.len().to_string());
    ends.into_iter().map(|(end, at)| format!("{}: {end}\n", at.join(", "))).collect()
}

#[test]
fn the_connection_breaks_in_the_middle() {
    insta::assert_snapshot!(strike(|at| Fault::new(at, What::Reset)), @"GET pulls?, POST pulls, GET pulls/, PATCH pulls/, POST issues/, POST pulls/, PUT pulls/, POST statuses/: right at once");
}

#[test]
fn half_an_answer() {
    insta::assert_snapshot!(strike(|at| Fault::new(at, What::Truncated)), @"GET pulls?, POST pulls, GET pulls/, PATCH pulls/, POST issues/, POST pulls/, PUT pulls/, POST statuses/: right at once");
}

#[test]
fn a_page_instead_of_an_answer() {
    insta::assert_snapshot!(strike(|at| Fault::new(at, What::Type("text/html"))), @r#"
    GET pulls?, POST pulls, GET pulls/, PATCH pulls/, POST issues/, POST pulls/, POST statuses/: right again after: the server answered with a page instead of JSON
    PUT pulls/: right at once
    "#);
}

#[test]
fn no_answer() {
    insta::assert_snapshot!(strike(|at| Fault::new(at, What::Stall)), @"GET pulls?, POST pulls, GET pulls/, PATCH pulls/, POST issues/, POST pulls/, PUT pulls/, POST statuses/: right at once");
}

#[test]
fn the_server_breaks_down() {
    insta::assert_snapshot!(strike(|at| Fault::status(at, 500)), @"GET pulls?, POST pulls, GET pulls/, PATCH pulls/, POST issues/, POST pulls/, PUT pulls/, POST statuses/: right at once");
    insta::assert_snapshot!(strike(Fault::bad_gateway), @"GET pulls?, POST pulls, GET pulls/, PATCH pulls/, POST issues/, POST pulls/, PUT pulls/, POST statuses/: right at once");
}

#[test]
fn too_many_requests() {
    insta::assert_snapshot!(strike(|at| Fault::status(at, 429)), @"GET pulls?, POST pulls, GET pulls/, PATCH pulls/, POST issues/, POST pulls/, PUT pulls/, POST statuses/: right at once");
    insta::assert_snapshot!(strike(|at| Fault::status(at, 429).with_header("retry-after", "7")), @"GET pulls?, POST pulls, GET pulls/, PATCH pulls/, POST issues/, POST pulls/, PUT pulls/, POST statuses/: right at once");
}

#[test]
fn the_base_branch_moves_during_the_merge() {
    let moved = |_| {
        let body = r#"{"message":"Base branch was modified. Review and try the merge again."}"#;
        Fault::new("PUT /repos/acme/gitops/pulls/", What::Instead { status: 405, headers: vec![], body })
    };
    insta::assert_snapshot!(strike(moved), @"GET pulls?, POST pulls, GET pulls/, PATCH pulls/, POST issues/, POST pulls/, PUT pulls/, POST statuses/: right at once");
}

#[test]
fn a_token_that_has_ended() {
    let bench = Bench::new();
    let error = bench.connect("expired", Duration::from_secs(10)).find("x", "main").unwrap_err();
    let hint = error.chain().find_map(|cause| cause.downcast_ref::<towline::error::Diagnostic>()).unwrap();
    insta::assert_snapshot!(format!("{error:#}\n{}", hint.hint.clone().unwrap()).replace(bench.server.url(), "URL"), @r#"
    cannot look for a pull request from x into main: GET URL/repos/acme/gitops/pulls?state=all&head=acme%3Ax&base=main&sort=created&direction=desc&per_page=1 was answered with 401 Unauthorized: Bad credentials
    the token is missing, wrong or has ended (GITHUB_TOKEN)
    "#);
}
