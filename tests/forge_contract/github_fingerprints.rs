//! Which commits have new statuses, asked of GitHub all at once.

use std::time::Duration;

use git2::Oid;
use towline::forge::{Forge, NewStatus, StatusState};

use super::Bench as _;
use super::github::Bench;
use crate::fakes::Fault;
use crate::fakes::faults::What;
use crate::fakes::github::READING_TOKEN;

const TIME: Duration = Duration::from_secs(20);

fn commits(bench: &Bench, count: usize) -> Vec<Oid> {
    (0..count).map(|n| bench.push("main", &[("dev/other.yaml", &format!("n: {n}\n"))])).collect()
}

fn set(forge: &dyn Forge, commit: Oid, context: &str) {
    let (context, description) = (context.to_owned(), "as before".to_owned());
    let status = NewStatus { context, state: StatusState::Success, description, target_url: None };
    forge.set_commit_status(commit, &status).unwrap();
}

/// Which of the commits have another text than before.
fn changed(forge: &dyn Forge, commits: &[Oid], before: &mut Vec<String>) -> Vec<usize> {
    let now = forge.status_fingerprints(commits).unwrap().expect("GitHub gives fingerprints");
    let changed = (0..now.len()).filter(|index| before.get(*index) != Some(&now[*index])).collect();
    *before = now;
    changed
}

#[test]
fn each_step_of_a_check_run_changes_the_text_of_its_commit_only() {
    let bench = Bench::new();
    let commits = commits(&bench, 3);
    let forge = bench.forge();
    let mut texts = Vec::new();
    assert_eq!(changed(&*forge, &commits, &mut texts), [0, 1, 2]);
    assert_eq!(texts, ["", "", ""]);

    bench.fake.add_check_run(commits[1], "smoke", "queued", None);
    assert_eq!(changed(&*forge, &commits, &mut texts), [1]);
    bench.fake.change_check_run(commits[1], "smoke", "in_progress", None);
    assert_eq!(changed(&*forge, &commits, &mut texts), [1]);
    bench.fake.change_check_run(commits[1], "smoke", "completed", Some("failure"));
    assert_eq!(changed(&*forge, &commits, &mut texts), [1]);
    bench.fake.add_check_run(commits[1], "smoke", "completed", Some("failure"));
    assert_eq!(changed(&*forge, &commits, &mut texts), [1], "it was run again");
    assert!(changed(&*forge, &commits, &mut texts).is_empty());
}

#[test]
fn more_contexts_than_a_page_holds_are_all_seen() {
    let bench = Bench::new();
    let commits = commits(&bench, 2);
    let forge = bench.forge();
    set(&*forge, commits[0], "the oldest");
    for n in 0..200 {
        bench.fake.add_check_run(commits[0], &format!("check {n}"), "completed", Some("success"));
    }
    let mut texts = Vec::new();
    changed(&*forge, &commits, &mut texts);
    for n in [0, 99, 199] {
        bench.fake.change_check_run(commits[0], &format!("check {n}"), "completed", Some("failure"));
        assert_eq!(changed(&*forge, &commits, &mut texts), [0], "check {n}");
    }
}

#[test]
fn a_hundred_commits_take_one_request() {
    let bench = Bench::new();
    let commits = commits(&bench, 101);
    let asked = |count: usize| {
        let before = bench.server.log().len();
        let texts = bench.forge().status_fingerprints(&commits[..count]).unwrap().unwrap();
        assert_eq!(texts.len(), count);
        bench.server.log()[before..].join(", ")
    };
    assert_eq!(asked(100), "POST /graphql → 200");
    assert_eq!(asked(101), "POST /graphql → 200, POST /graphql → 200");
}

#[test]
fn a_commit_that_github_has_not_seen_is_none_without_statuses() {
    let bench = Bench::new();
    let unseen = Oid::from_str(&"5".repeat(40)).unwrap();
    let texts = bench.forge().status_fingerprints(&[bench.tip("main"), unseen]).unwrap().unwrap();
    assert_eq!(texts, ["", "not seen yet"]);
}

/// Asks twice. What was asked of the server.
fn refused(bench: &Bench, forge: &dyn Forge) -> Vec<String> {
    for _ in 0..2 {
        assert_eq!(forge.status_fingerprints(&[bench.tip("main")]).unwrap(), None);
    }
    bench.server.log()
}

#[test]
fn a_token_that_may_not_read_checks_does_without_and_asks_once() {
    let bench = Bench::new();
    let forge = bench.connect(READING_TOKEN, TIME);
    assert_eq!(refused(&bench, &*forge), ["POST /graphql → 200"]);
}

#[test]
fn a_server_without_such_fields_does_without_and_is_asked_once() {
    let body = r#"{"errors": [{
        "path": ["query", "repository", "c0", "... on Commit", "statusCheckRollup"],
        "extensions": {"code": "undefinedField", "typeName": "Commit", "fieldName": "statusCheckRollup"},
        "message": "Field 'statusCheckRollup' doesn't exist on type 'Commit'"
    }]}"#;
    let bench = Bench::new();
    bench.server.fail(Fault::new("POST /graphql", What::Instead { status: 200, headers: vec![], body }));
    assert_eq!(refused(&bench, &*bench.forge()), ["POST /graphql → 200!"]);
}

#[test]
fn a_wrong_token_is_an_error() {
    let bench = Bench::new();
    let error = bench.connect("ghp_wrong", TIME).status_fingerprints(&[bench.tip("main")]).unwrap_err();
    insta::assert_snapshot!(format!("{error:#}").replace(bench.server.url(), "URL"), @"cannot see which commits have new statuses: POST URL/graphql returned 401 Unauthorized: Bad credentials");
}
