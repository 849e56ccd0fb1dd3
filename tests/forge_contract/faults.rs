//! A release through GitHub with faults on the way, see [`super::strike`].

use std::time::Duration;

use super::github::Bench;
use super::strike;
use crate::fakes::Fault;
use crate::fakes::faults::What;

/// Where a fault strikes.
const REQUESTS: [&str; 8] = [
    "GET pulls?",
    "POST pulls",
    "GET pulls/",
    "PATCH pulls/",
    "POST issues/",
    "POST pulls/",
    "PUT pulls/",
    "POST statuses/",
];

fn strike(what: impl Fn(&str) -> Fault) -> String {
    let at = |request: &str, _| request.replace(' ', " /repos/acme/gitops/");
    strike::strike(&Bench::new(), &REQUESTS, at, what)
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
    GET pulls?, POST pulls, GET pulls/, PATCH pulls/, POST issues/, POST pulls/, POST statuses/: right again after: the server returned a page instead of JSON
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
    let moved = |_: &str| {
        let body = r#"{"message":"Base branch was modified. Review and try the merge again."}"#;
        Fault::new("PUT /repos/acme/gitops/pulls/", What::Instead { status: 405, headers: vec![], body })
    };
    insta::assert_snapshot!(strike(moved), @"GET pulls?, POST pulls, GET pulls/, PATCH pulls/, POST issues/, POST pulls/, PUT pulls/, POST statuses/: right at once");
}

#[test]
fn a_token_that_has_ended() {
    let bench = Bench::new();
    let error = bench.connect("expired", Duration::from_secs(10)).find_pull("x", "main").unwrap_err();
    insta::assert_snapshot!(bench.shown(&error), @r#"
    cannot look for a pull request from x into main: GET URL/repos/acme/gitops/pulls?state=all&head=acme%3Ax&base=main&sort=created&direction=desc&per_page=1 returned 401 Unauthorized: Bad credentials
    the token is missing, wrong or expired (GITHUB_TOKEN)
    "#);
}
