//! What a token may do at Gitea, found out without changing anything.

use std::time::Duration;

use super::Bench as _;
use super::gitea::Bench;
use crate::fakes::Fault;
use crate::fakes::gitea::{READING_TOKEN, TOKEN, TOKEN_WITHOUT_ISSUES};

/// A line for each ability. Nothing is changed by looking.
fn look(bench: &Bench, token: &str) -> String {
    let state = || (bench.fake.snapshot(), bench.gitops().git(&["for-each-ref"]));
    let before = state();
    let permissions = bench.connect(token, Duration::from_secs(20)).permissions().unwrap();
    assert_eq!(state(), before);
    let line = |permission: &towline::forge::Permission| {
        format!("{:?} {:?}: {}\n", permission.ability, permission.granted, permission.detail)
    };
    permissions.iter().map(line).collect()
}

#[test]
fn scopes_are_tried_in_vain() {
    let bench = Bench::pushed();
    bench.opened(&[], &[]);
    insta::assert_snapshot!(look(&bench, TOKEN), @r#"
    Read Some(true): the repository was read
    Push Some(true): probed with a pull request from a branch to itself
    PullRequests Some(true): probed with a pull request from a branch to itself, and with a comment that does not exist
    Merge Some(true): probed with a pull request from a branch to itself
    ReadStatuses Some(true): statuses were read
    WriteStatuses Some(true): probed with a pull request from a branch to itself
    "#);
    insta::assert_snapshot!(look(&bench, TOKEN_WITHOUT_ISSUES), @r#"
    Read Some(true): the repository was read
    Push Some(true): probed with a pull request from a branch to itself
    PullRequests Some(false): token does not have at least one of required scope(s): [write:issue]: grant the token the permission for this (GITEA_TOKEN)
    Merge Some(true): probed with a pull request from a branch to itself
    ReadStatuses Some(true): statuses were read
    WriteStatuses Some(true): probed with a pull request from a branch to itself
    "#);
    insta::assert_snapshot!(look(&bench, READING_TOKEN), @r#"
    Read Some(true): the repository was read
    Push Some(false): token does not have at least one of required scope(s): [write:repository]: grant the token the permission for this (GITEA_TOKEN)
    PullRequests Some(false): token does not have at least one of required scope(s): [write:repository]: grant the token the permission for this (GITEA_TOKEN)
    Merge Some(false): token does not have at least one of required scope(s): [write:repository]: grant the token the permission for this (GITEA_TOKEN)
    ReadStatuses Some(true): statuses were read
    WriteStatuses Some(false): token does not have at least one of required scope(s): [write:repository]: grant the token the permission for this (GITEA_TOKEN)
    "#);
}

#[test]
fn a_repository_that_cannot_be_seen_grants_nothing() {
    let bench = Bench::new();
    bench.server.fail(Fault::status("GET /api/v1/repos/acme/gitops", 404));
    insta::assert_snapshot!(look(&bench, TOKEN).lines().next().unwrap(), @"Read Some(false): fault: it does not exist, or the token may not see it (GITEA_TOKEN)");
    let error = bench.connect("expired", Duration::from_secs(20)).permissions().unwrap_err();
    insta::assert_snapshot!(format!("{error:#}").replace(bench.server.url(), "URL"), @"cannot check what the token may do: GET URL/api/v1/repos/acme/gitops returned 401 Unauthorized: token is required");
}
