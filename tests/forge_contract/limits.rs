//! Limits of requests, in each form in which GitHub sends them, and hiccups of GraphQL.

use std::time::Duration;

use jiff::Timestamp;
use towline::clock::Clock;

use super::Bench as _;
use super::bench::HEAD;
use super::github::Bench;
use crate::fakes::Fault;
use crate::fakes::faults::What;
use crate::given;

const QUERY: &str = "POST /graphql";

fn yes(headers: &[(&'static str, &'static str)], body: &'static str) -> Fault {
    Fault::new(QUERY, What::Instead { status: 200, headers: headers.to_vec(), body })
}

/// What people are told when the first look at a pull request is answered like this, and how many
/// times GraphQL was asked.
fn told(fault: Fault) -> (String, usize) {
    let bench = Bench::pushed();
    let number = bench.opened(&[], &[]);
    // So that GitHub knows whether it can be merged.
    bench.forge().get_pull(number).unwrap();
    bench.server.fail(fault);
    bench.forge().merge_readiness(number).unwrap();
    let asked = bench.server.log().iter().filter(|line| line.starts_with(QUERY)).count();
    (bench.told(), asked)
}

#[test]
fn a_limit_is_recognised_by_each_of_its_names_and_waited_for() {
    let minute = ("waiting 60 s for GitHub".to_owned(), 2);
    let named = [
        r#"{"errors":[{"type":"RATE_LIMIT","code":"graphql_rate_limit","message":"API rate limit already exceeded for user ID 1."}]}"#,
        r#"{"errors":[{"code":"graphql_rate_limit","message":"later"}]}"#,
        r#"{"data":null,"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded for user ID 1."}]}"#,
        r#"{"errors":[{"message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}]}"#,
        r#"{"message":"You have exceeded a secondary rate limit.","documentation_url":"https://docs.github.com/graphql/overview/rate-limits-and-node-limits-for-the-graphql-api#secondary-rate-limits"}"#,
    ];
    for body in named {
        assert_eq!(told(yes(&[("x-ratelimit-remaining", "4000")], body)), minute, "{body}");
    }
    let secondary = r#"{"data":null,"errors":[{"message":"You were too fast"}]}"#;
    assert_eq!(told(yes(&[("retry-after", "70")], secondary)), ("waiting 70 s for GitHub".to_owned(), 2));
}

#[test]
fn a_hiccup_of_graphql_is_repeated() {
    let body = r#"{"data":null,"errors":[{"message":"Something went wrong while executing your query on 2026-03-01T12:00:00Z. Please include `ABCD:12` when reporting this issue."}]}"#;
    assert_eq!(told(yes(&[], body)), (String::new(), 2));
    // In the middle of an answer it leaves out what matters.
    let body = r#"{"data":{"repository":{"pullRequest":null}},"errors":[{"path":["repository","pullRequest"],"message":"timedout"}]}"#;
    assert_eq!(told(yes(&[], body)), (String::new(), 2));
}

#[test]
fn a_query_that_the_server_does_not_know_is_not_repeated() {
    let bench = Bench::pushed();
    let number = bench.opened(&[], &[]);
    let body = r#"{"errors":[{"path":["query","repository"],"extensions":{"code":"undefinedField"},"locations":[{"line":1,"column":1}],"message":"Field 'autoMergeAllowed' doesn't exist on type 'Repository'"}]}"#;
    bench.server.fail(yes(&[], body));
    bench.forge().merge_readiness(number).unwrap_err();
    assert_eq!(bench.server.log().iter().filter(|line| line.starts_with(QUERY)).count(), 1);
}

#[test]
fn a_budget_of_graphql_that_is_spent_does_not_stop_rest() {
    let bench = Bench::pushed();
    let number = bench.opened(&[], &[]);
    let forge = bench.forge();
    let commit = bench.tip(HEAD);
    let spent = vec![
        ("x-ratelimit-resource", "graphql"),
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", "1772369400"),
        ("date", "Sun, 01 Mar 2026 12:00:00 GMT"),
    ];
    let body = r#"{"data":{"repository":{"c0":null}}}"#;
    bench.server.fail(Fault::new(QUERY, What::Instead { status: 200, headers: spent, body }));
    forge.status_fingerprints(&[commit]).unwrap();
    let before: Timestamp = bench.clock.now();
    // REST goes on, and what GraphQL is only a shortcut for is done without it.
    forge.get_pull(number).unwrap();
    forge.set_commit_status(commit, &given::status("a", towline::forge::StatusState::Success)).unwrap();
    assert_eq!(forge.status_fingerprints(&[commit]).unwrap(), None);
    assert!(bench.clock.now().duration_since(before).as_secs() < 5);
    bench.advance(Duration::from_secs(3_001));
    assert!(forge.status_fingerprints(&[commit]).unwrap().is_some());
}

#[test]
fn a_secondary_limit_holds_for_all_requests() {
    let bench = Bench::pushed();
    let number = bench.opened(&[], &[]);
    let forge = bench.forge();
    let limit = Fault::status("GET /repos/acme/gitops/pulls/1", 429).with_header("retry-after", "3000");
    bench.server.fail(limit);
    forge.get_pull(number).unwrap_err();
    let before = bench.server.log().len();
    let error = forge.merge_readiness(number).unwrap_err();
    insta::assert_snapshot!(bench.shown(&error), @r"
    cannot see what pull request #1 waits for: POST URL/graphql failed: the server's limit is reached
    try again in 50 min, or use a token with its own rate limit
    ");
    assert_eq!(bench.server.log().len(), before);
}
