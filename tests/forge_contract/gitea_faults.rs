//! A release through Gitea with faults on the way: the same promises as on GitHub.

use std::collections::BTreeMap;
use std::time::Duration;

use towline::forge::PullState;

use crate::Bench as _;
use crate::fakes::Fault;
use crate::fakes::faults::What;
use crate::fakes::gitea::TOKEN;
use crate::faults::release;
use crate::gitea::Bench;

const REPOSITORY: &str = "/api/v1/repos/acme/gitops/";

/// Where a fault strikes; `N` is the number of the pull request.
const REQUESTS: [&str; 10] = [
    "GET pulls/main/",
    "GET pulls?",
    "GET commits?",
    "POST pulls",
    "GET pulls/N",
    "PATCH pulls/N",
    "POST issues/N/labels",
    "POST pulls/N/requested_reviewers",
    "POST pulls/N/merge",
    "POST statuses/",
];

/// Runs a release for each request that a fault can strike, and tells how the runs ended.
fn strike(what: impl Fn(&str) -> Fault) -> String {
    let bench = Bench::new();
    let mut ends: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (n, place) in REQUESTS.into_iter().enumerate() {
        let head = format!("towline/dev/app{n}");
        bench.push(&head, &[(&format!("dev/app{n}.yaml"), "a: 1\n")]);
        let at = place.replace(' ', &format!(" {REPOSITORY}")).replace('N', &(n + 1).to_string());
        bench.server.fail(what(&at));
        let forge = || bench.connect(TOKEN, Duration::from_secs(2));
        let end = match release(&bench, &*forge(), &head) {
            Ok(()) => "right at once".to_owned(),
            Err(error) => {
                release(&bench, &*forge(), &head).unwrap();
                let error = error.chain().skip(1).map(|cause| cause.to_string()).last().unwrap();
                format!("right again after: {error}")
            }
        };
        ends.entry(end).or_default().push(place);
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
    insta::assert_snapshot!(strike(|at| Fault::new(at, What::Reset)), @"GET pulls/main/, GET pulls?, GET commits?, POST pulls, GET pulls/N, PATCH pulls/N, POST issues/N/labels, POST pulls/N/requested_reviewers, POST pulls/N/merge, POST statuses/: right at once");
}

#[test]
fn half_an_answer() {
    insta::assert_snapshot!(strike(|at| Fault::new(at, What::Truncated)), @"GET pulls/main/, GET pulls?, GET commits?, POST pulls, GET pulls/N, PATCH pulls/N, POST issues/N/labels, POST pulls/N/requested_reviewers, POST pulls/N/merge, POST statuses/: right at once");
}

#[test]
fn a_page_instead_of_an_answer() {
    insta::assert_snapshot!(strike(|at| Fault::new(at, What::Type("text/html"))), @r#"
    GET pulls?, GET commits?, POST pulls, GET pulls/N, PATCH pulls/N, POST issues/N/labels, POST pulls/N/requested_reviewers, POST statuses/: right again after: the server answered with a page instead of JSON
    GET pulls/main/, POST pulls/N/merge: right at once
    "#);
}

#[test]
fn no_answer() {
    insta::assert_snapshot!(strike(|at| Fault::new(at, What::Stall)), @"GET pulls/main/, GET pulls?, GET commits?, POST pulls, GET pulls/N, PATCH pulls/N, POST issues/N/labels, POST pulls/N/requested_reviewers, POST pulls/N/merge, POST statuses/: right at once");
}

#[test]
fn the_server_breaks_down() {
    insta::assert_snapshot!(strike(|at| Fault::status(at, 500)), @"GET pulls/main/, GET pulls?, GET commits?, POST pulls, GET pulls/N, PATCH pulls/N, POST issues/N/labels, POST pulls/N/requested_reviewers, POST pulls/N/merge, POST statuses/: right at once");
    insta::assert_snapshot!(strike(Fault::bad_gateway), @"GET pulls/main/, GET pulls?, GET commits?, POST pulls, GET pulls/N, PATCH pulls/N, POST issues/N/labels, POST pulls/N/requested_reviewers, POST pulls/N/merge, POST statuses/: right at once");
}

#[test]
fn too_many_requests() {
    insta::assert_snapshot!(strike(|at| Fault::status(at, 429)), @"GET pulls/main/, GET pulls?, GET commits?, POST pulls, GET pulls/N, PATCH pulls/N, POST issues/N/labels, POST pulls/N/requested_reviewers, POST pulls/N/merge, POST statuses/: right at once");
    insta::assert_snapshot!(strike(|at| Fault::status(at, 429).with_header("retry-after", "7")), @"GET pulls/main/, GET pulls?, GET commits?, POST pulls, GET pulls/N, PATCH pulls/N, POST issues/N/labels, POST pulls/N/requested_reviewers, POST pulls/N/merge, POST statuses/: right at once");
}

#[test]
fn the_base_branch_moves_during_the_merge() {
    insta::assert_snapshot!(strike(|at| Fault::status(at, if at.ends_with("/merge") { 409 } else { 503 })), @"GET pulls/main/, GET pulls?, GET commits?, POST pulls, GET pulls/N, PATCH pulls/N, POST issues/N/labels, POST pulls/N/requested_reviewers, POST pulls/N/merge, POST statuses/: right at once");
}

#[test]
fn a_token_that_has_ended() {
    let bench = Bench::new();
    let error = bench.connect("expired", Duration::from_secs(10)).find("x", "main").unwrap_err();
    let hint = error.chain().find_map(|cause| cause.downcast_ref::<towline::error::Diagnostic>()).unwrap();
    insta::assert_snapshot!(format!("{error:#}\n{}", hint.hint.clone().unwrap()).replace(bench.server.url(), "URL"), @r#"
    cannot look for a pull request from x into main: GET URL/api/v1/repos/acme/gitops/pulls/main/x was answered with 401 Unauthorized: token is required
    the token is missing, wrong or has ended (GITEA_TOKEN)
    "#);
}
