//! Leaving a merge to GitHub's auto-merge, and what a pull request waits for meanwhile.

use std::time::Duration;

use git2::Oid;
use towline::forge::{Forge, MergeRequest, MergeResult, NewPullRequest, PullRequest, PullState, StatusState};
use towline::vocabulary::MergeMethod;

use super::Bench as _;
use super::bench::HEAD;
use super::github::Bench;
use crate::fakes::Fault;
use crate::fakes::faults::What;
use crate::fakes::github::TOKEN;
use crate::fakes::github::rules::Rules;
use crate::given;

/// A bench whose `main` wants an approval and a check, with a pull request.
fn protected() -> (Bench, PullRequest) {
    let bench = Bench::new();
    let rules = Rules {
        approvals: 1,
        checks: vec!["ci"],
        auto_merge_allowed: true,
        queue: false,
        ..Rules::default()
    };
    bench.fake.protect(rules);
    let pull = opened(&bench);
    (bench, pull)
}

pub fn opened(bench: &Bench) -> PullRequest {
    opened_from(bench, HEAD)
}

pub fn opened_from(bench: &Bench, head: &str) -> PullRequest {
    let head_commit = bench.push(head, &[("dev/greeting.yaml", "a: 1\n")]);
    bench.forge().open_pull(&given::pull(head, head_commit, "Deploy greeting 1.2.0")).unwrap()
}

pub fn when_ready(head: Oid) -> MergeRequest {
    let message = "Deploy greeting 1.2.0\n\nTowline-Release: 1.2.0\n".to_owned();
    MergeRequest { expected_head: head, method: MergeMethod::Squash, message, when_ready: true }
}

pub fn report(bench: &Bench, commit: Oid, context: &str, state: StatusState) {
    let status = given::status(context, state);
    bench.forge().set_commit_status(commit, &status).unwrap();
}

#[test]
fn github_merges_it_when_what_is_missing_is_there() {
    let (bench, pull) = protected();
    let waits =
        MergeResult::WhenReady("an approving review is required; required check `ci`: expected".into());
    assert_eq!(bench.forge().merge_pull(pull.number, &when_ready(pull.head_commit)).unwrap(), waits);
    assert_eq!(bench.forge().merge_pull(pull.number, &when_ready(pull.head_commit)).unwrap(), waits);
    assert!(bench.forge().merge_readiness(pull.number).unwrap().merges_itself);

    bench.fake.review(pull.number, "ann", "APPROVED");
    report(&bench, pull.head_commit, "ci", StatusState::Success);
    let merged = bench.forge().get_pull(pull.number).unwrap();
    assert_eq!((merged.state, merged.merge_commit), (PullState::Merged, Some(bench.tip("main"))));
    let commit = bench.tip("main");
    assert_eq!(bench.message(commit).trim_end(), "Deploy greeting 1.2.0\n\nTowline-Release: 1.2.0");
    assert_eq!(bench.parents(commit), 1);
    let again = bench.forge().merge_pull(pull.number, &when_ready(pull.head_commit)).unwrap();
    assert_eq!(again, MergeResult::Merged(commit));
}

#[test]
fn who_cannot_wait_is_told_what_is_missing() {
    let (bench, pull) = protected();
    let now = MergeRequest { when_ready: false, ..when_ready(pull.head_commit) };
    let MergeResult::NotMergeable(why) = bench.forge().merge_pull(pull.number, &now).unwrap() else {
        panic!()
    };
    insta::assert_snapshot!(why, @r#"At least 1 approving review is required by reviewers with write access. Required status check "ci" is expected."#);
    assert!(!bench.forge().merge_readiness(pull.number).unwrap().merges_itself);
}

#[test]
fn auto_merge_that_is_switched_off_is_said_with_what_to_turn_on() {
    let (bench, pull) = protected();
    bench.fake.protect(Rules { approvals: 1, ..Rules::default() });
    let result = bench.forge().merge_pull(pull.number, &when_ready(pull.head_commit)).unwrap();
    let MergeResult::NotMergeable(why) = result else { panic!("{result:?}") };
    insta::assert_snapshot!(why, @"At least 1 approving review is required by reviewers with write access; Pull request Auto merge is not allowed for this repository (turn on `Allow auto-merge` in the repository's settings)");
}

#[test]
fn what_came_in_this_moment_is_not_waited_for() {
    let bench = Bench::new();
    let pull = opened(&bench);
    let body = r#"{"message":"Required status check \"ci\" is expected."}"#;
    let late = What::Instead { status: 405, headers: vec![], body };
    bench.server.fail(Fault::new("PUT /repos/acme/gitops/pulls/", late));
    let result = bench.forge().merge_pull(pull.number, &when_ready(pull.head_commit)).unwrap();
    assert_eq!(result, MergeResult::Merged(bench.tip("main")));
}

#[test]
fn another_head_is_not_left_to_github() {
    let (bench, pull) = protected();
    let head = bench.push(HEAD, &[("dev/greeting.yaml", "a: 2\n")]);
    let result = bench.forge().merge_pull(pull.number, &when_ready(pull.head_commit)).unwrap();
    assert_eq!(result, MergeResult::HeadMoved(head));
    assert!(!bench.forge().merge_readiness(pull.number).unwrap().merges_itself);
}

#[test]
fn a_new_release_ends_what_was_left_to_github_for_the_last_one() {
    let (bench, pull) = protected();
    bench.forge().merge_pull(pull.number, &when_ready(pull.head_commit)).unwrap();
    // The same once more is no new release.
    bench.forge().open_pull(&bench.new_pull(&[], &[])).unwrap();
    assert!(bench.forge().merge_readiness(pull.number).unwrap().merges_itself);

    let head = bench.push(HEAD, &[("dev/greeting.yaml", "a: 2\n")]);
    let next = NewPullRequest { title: "Deploy greeting 1.3.0".into(), ..bench.new_pull(&[], &[]) };
    bench.forge().open_pull(&next).unwrap();
    bench.fake.review(pull.number, "ann", "APPROVED");
    report(&bench, head, "ci", StatusState::Success);
    let standing = bench.forge().merge_readiness(pull.number).unwrap();
    assert_eq!((standing.merges_itself, standing.missing), (false, vec![]));
    assert_eq!(bench.forge().get_pull(pull.number).unwrap().state, PullState::Open);
}

#[test]
fn reviews_and_checks_are_told_as_they_change() {
    let (bench, pull) = protected();
    let forge = bench.forge();
    let look = |what: &str| {
        let standing = forge.merge_readiness(pull.number).unwrap();
        format!(
            "{what}: approved by {:?}, rejected by {:?}, missing {:?}, broken {:?}\n",
            standing.approved_by, standing.rejected_by, standing.missing, standing.broken
        )
    };
    let mut seen = look("opened");
    bench.fake.review(pull.number, "ann", "APPROVED");
    bench.fake.review(pull.number, "ann", "COMMENTED");
    bench.fake.review(pull.number, "bob", "CHANGES_REQUESTED");
    bench.fake.add_check_run(pull.head_commit, "ci", "in_progress", None);
    seen += &look("bob says no");
    bench.fake.review(pull.number, "bob", "DISMISSED");
    bench.fake.add_check_run(pull.head_commit, "ci", "completed", Some("failure"));
    bench.fake.add_check_run(pull.head_commit, "lint", "completed", Some("failure"));
    seen += &look("bob's no was dismissed");
    bench.fake.add_check_run(pull.head_commit, "ci", "completed", Some("success"));
    seen += &look("all is well");
    insta::assert_snapshot!(seen, @r#"
    opened: approved by [], rejected by [], missing ["an approving review is required", "required check `ci`: expected"], broken []
    bob says no: approved by ["ann"], rejected by ["bob"], missing ["required check `ci`: in progress"], broken []
    bob's no was dismissed: approved by ["ann"], rejected by [], missing [], broken ["required check `ci`: failure"]
    all is well: approved by ["ann"], rejected by [], missing [], broken []
    "#);
}

#[test]
fn looking_is_one_request() {
    let (bench, pull) = protected();
    bench.forge().get_pull(pull.number).unwrap();
    let before = bench.server.log().len();
    bench.forge().merge_readiness(pull.number).unwrap();
    assert_eq!(bench.server.log()[before..], ["POST /graphql → 200"]);
}

#[test]
fn what_github_refuses_with_a_yes_is_an_error() {
    let (bench, pull) = protected();
    let body = r#"{"data":{"repository":null},"errors":[{"type":"FORBIDDEN","message":"Resource not accessible by integration"}]}"#;
    bench.server.fail(Fault::new("POST /graphql", What::Instead { status: 200, headers: vec![], body }));
    let error = bench.forge().merge_readiness(pull.number).unwrap_err();
    insta::assert_snapshot!(format!("{error:#}").replace(bench.server.url(), "URL"), @"cannot see what pull request #1 waits for: POST URL/graphql returned 200 OK: Resource not accessible by integration");
}

#[test]
fn a_limit_that_is_told_with_a_yes_is_waited_for() {
    let (bench, pull) = protected();
    let body = r#"{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded"}]}"#;
    let headers = vec![("retry-after", "70")];
    bench.server.fail(Fault::new("POST /graphql", What::Instead { status: 200, headers, body }));
    bench.forge().merge_readiness(pull.number).unwrap();
    assert_eq!(bench.told(), "waiting 70 s for GitHub");
}

/// A run either ends right or with an error, and the next one ends right.
#[test]
fn faults_leave_one_intention() {
    let (bench, _) = protected();
    // At the first look, at the mutation, at the look after it.
    let runs =
        (0..3).flat_map(|passed| faults().map(move |what| Fault::new("POST /graphql", what).after(passed)));
    for (n, fault) in runs.enumerate() {
        let pull = opened_from(&bench, &format!("towline/dev/app{n}"));
        bench.server.fail(fault);
        let forge = bench.connect(TOKEN, Duration::from_millis(500));
        let merge = |forge: &dyn Forge| forge.merge_pull(pull.number, &when_ready(pull.head_commit));
        let result = merge(&*forge).or_else(|_| merge(&*bench.forge())).unwrap();
        assert!(matches!(result, MergeResult::WhenReady(_)), "{result:?}");
        assert_eq!(bench.server.log().iter().filter(|line| line.ends_with('!')).count(), n + 1);
        assert!(bench.forge().merge_readiness(pull.number).unwrap().merges_itself);
    }
}

/// What can go wrong with an answer.
pub fn faults() -> [What; 7] {
    let status = |status| Fault::status("", status).what;
    let page = What::Type("text/html");
    [What::Reset, What::Truncated, page, What::Stall, status(500), status(502), status(429)]
}
