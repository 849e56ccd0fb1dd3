//! What a token may do at GitHub, found out without changing anything.

use std::time::Duration;

use towline::forge::Forge;

use super::Bench as _;
use super::github::Bench;
use super::github_when_ready::opened;
use crate::fakes::Fault;
use crate::fakes::github::{FINE_TOKEN, READING_TOKEN, TOKEN, WORKFLOW_TOKEN, app};

/// A line for each ability. Nothing is changed by looking.
fn look(bench: &Bench, forge: &dyn Forge) -> String {
    let state = || (bench.fake.snapshot(), bench.gitops().git(&["for-each-ref"]));
    let before = state();
    let permissions = forge.permissions().unwrap();
    assert_eq!(state(), before);
    let line = |permission: &towline::forge::Permission| {
        format!("{:?} {:?}: {}\n", permission.ability, permission.granted, permission.detail)
    };
    permissions.iter().map(line).collect()
}

fn with_token(token: &str) -> String {
    let bench = Bench::new();
    opened(&bench);
    look(&bench, &*bench.connect(token, Duration::from_secs(20)))
}

#[test]
fn a_classic_token_tells_its_scopes() {
    insta::assert_snapshot!(with_token(TOKEN), @r#"
    Read Some(true): the repository and its pull requests were read
    Push Some(true): the token has the scopes repo, workflow
    PullRequests Some(true): the token has the scopes repo, workflow
    Merge Some(true): the token has the scopes repo, workflow
    ReadStatuses Some(true): commit statuses and check runs were read
    WriteStatuses Some(true): the token has the scopes repo, workflow
    "#);
}

#[test]
fn another_token_is_tried_in_vain() {
    insta::assert_snapshot!(with_token(FINE_TOKEN), @r#"
    Read Some(true): the repository and its pull requests were read
    Push Some(true): probed with a commit that does not exist
    PullRequests Some(true): probed with a merge of a branch into itself
    Merge Some(true): probed with a commit that does not exist
    ReadStatuses Some(true): commit statuses and check runs were read
    WriteStatuses Some(true): probed with a commit that does not exist
    "#);
    assert_eq!(with_token(WORKFLOW_TOKEN), with_token(FINE_TOKEN));
}

#[test]
fn what_is_not_allowed_is_said_with_what_to_grant() {
    insta::assert_snapshot!(with_token(READING_TOKEN), @r#"
    Read Some(true): the repository and its pull requests were read
    Push Some(false): Resource not accessible by personal access token: grant the token the permission contents=write (GITHUB_TOKEN)
    PullRequests Some(false): Resource not accessible by personal access token: grant the token the permission pull_requests=write (GITHUB_TOKEN)
    Merge Some(false): Resource not accessible by personal access token: grant the token the permission contents=write (GITHUB_TOKEN)
    ReadStatuses Some(true): commit statuses were read; of check runs: Resource not accessible by personal access token: grant the token the permission checks=read (GITHUB_TOKEN)
    WriteStatuses Some(false): Resource not accessible by personal access token: grant the token the permission statuses=write (GITHUB_TOKEN)
    "#);
}

#[test]
fn an_app_is_tried_as_well() {
    let bench = Bench::new();
    let variables = [("TOWLINE_GITHUB_APP_ID", app::ID), ("TOWLINE_GITHUB_APP_KEY", app::KEY)];
    let forge = bench.connect_with(&variables, Duration::from_secs(20));
    // The app's token is a change, and stands from here on.
    forge.list_pulls(None).unwrap();
    assert_eq!(look(&bench, &*forge), with_token(FINE_TOKEN));
}

#[test]
fn a_repository_that_cannot_be_seen_grants_nothing() {
    let bench = Bench::new();
    bench.server.fail(Fault::status("GET /repos/acme/gitops", 404));
    insta::assert_snapshot!(look(&bench, &*bench.forge()).lines().next().unwrap(), @"Read Some(false): fault: it does not exist, or the token may not see it (GITHUB_TOKEN)");
    let error = bench.connect("expired", Duration::from_secs(20)).permissions().unwrap_err();
    insta::assert_snapshot!(format!("{error:#}").replace(bench.server.url(), "URL"), @"cannot check what the token may do: GET URL/repos/acme/gitops returned 401 Unauthorized: Bad credentials");
}
