//! A release through Gitea with faults on the way, see [`super::strike`].

use std::time::Duration;

use super::gitea::Bench;
use super::strike;
use crate::fakes::Fault;
use crate::fakes::faults::What;

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

fn strike(what: impl Fn(&str) -> Fault) -> String {
    let at = |request: &str, number: usize| {
        request.replace(' ', &format!(" {REPOSITORY}")).replace('N', &number.to_string())
    };
    strike::strike(&Bench::new(), &REQUESTS, at, what)
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
    GET pulls?, GET commits?, POST pulls, GET pulls/N, PATCH pulls/N, POST issues/N/labels, POST pulls/N/requested_reviewers, POST statuses/: right again after: the server returned a page instead of JSON
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
    let error = bench.connect("expired", Duration::from_secs(10)).find_pull("x", "main").unwrap_err();
    insta::assert_snapshot!(bench.shown(&error), @r#"
    cannot look for a pull request from x into main: GET URL/api/v1/repos/acme/gitops/pulls/main/x returned 401 Unauthorized: token is required
    the token is missing, wrong or expired (GITEA_TOKEN)
    "#);
}
