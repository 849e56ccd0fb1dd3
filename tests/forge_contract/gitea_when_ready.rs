//! Leaving a merge to Gitea, and what a pull request waits for meanwhile.

use std::time::Duration;

use git2::Oid;
use towline::forge::{Forge, MergeRequest, MergeResult, NewPullRequest, PullState, StatusState};
use towline::vocabulary::MergeMethod;

use super::Bench as _;
use super::bench::HEAD;
use super::gitea::Bench;
use super::github_when_ready::faults;
use crate::fakes::Fault;
use crate::fakes::gitea::TOKEN;
use crate::fakes::gitea::rules::Rules;
use crate::given;

/// A bench whose `main` wants an approval and a status, with a pull request.
fn protected() -> (Bench, u64, Oid) {
    let bench = Bench::new();
    bench.fake.protect(Rules { approvals: 1, statuses: vec!["ci"], ..Rules::default() });
    let head = bench.push(HEAD, &[("dev/greeting.yaml", "a: 1\n")]);
    let number = bench.opened(&[], &[]);
    (bench, number, head)
}

fn when_ready(head: Oid) -> MergeRequest {
    let message = "Deploy greeting 1.2.0\n\nTowline-Release: 1.2.0\n".to_owned();
    MergeRequest { expected_head: head, method: MergeMethod::Merge, message, when_ready: true }
}

fn report(bench: &Bench, commit: Oid, state: StatusState) {
    let status = given::status("ci", state);
    bench.forge().set_commit_status(commit, &status).unwrap();
}

#[test]
fn the_server_merges_it_when_what_is_missing_is_there() {
    let (bench, number, head) = protected();
    let waits = "0 of 1 approvals given; required status `ci` is expected";
    for _ in 0..2 {
        let result = bench.forge().merge_pull(number, &when_ready(head)).unwrap();
        assert_eq!(result, MergeResult::WhenReady(waits.into()));
    }
    assert!(bench.forge().merge_readiness(number).unwrap().merges_itself);
    bench.fake.review(number, "ann", "APPROVED");
    report(&bench, head, StatusState::Success);
    let merged = bench.forge().get_pull(number).unwrap();
    assert_eq!((merged.state, merged.merge_commit), (PullState::Merged, Some(bench.tip("main"))));
    assert_eq!(
        bench.message(bench.tip("main")).trim_end(),
        "Deploy greeting 1.2.0\n\nTowline-Release: 1.2.0"
    );
}

#[test]
fn who_cannot_wait_is_told_what_is_missing() {
    let (bench, number, head) = protected();
    let now = MergeRequest { when_ready: false, ..when_ready(head) };
    let result = bench.forge().merge_pull(number, &now).unwrap();
    assert_eq!(result, MergeResult::NotMergeable("Not all required status checks successful".into()));
    assert!(!bench.forge().merge_readiness(number).unwrap().merges_itself);
}

#[test]
fn a_push_in_the_moment_of_scheduling_cancels_it() {
    let (bench, number, head) = protected();
    let other = bench.push("somebody", &[("dev/greeting.yaml", "a: 2\n")]);
    bench.fake.race(other);
    let result = bench.forge().merge_pull(number, &when_ready(head)).unwrap();
    assert_eq!(result, MergeResult::HeadMoved(other));
    bench.fake.review(number, "ann", "APPROVED");
    report(&bench, other, StatusState::Success);
    assert!(!bench.forge().merge_readiness(number).unwrap().merges_itself);
    assert_eq!(bench.forge().get_pull(number).unwrap().state, PullState::Open);
}

#[test]
fn a_new_release_ends_what_was_scheduled_for_the_last_one() {
    let (bench, number, head) = protected();
    bench.forge().merge_pull(number, &when_ready(head)).unwrap();
    // The same once more is no new release.
    bench.opened(&[], &[]);
    assert!(bench.forge().merge_readiness(number).unwrap().merges_itself);

    let head = bench.push(HEAD, &[("dev/greeting.yaml", "a: 2\n")]);
    let next = NewPullRequest { title: "Deploy greeting 1.3.0".into(), ..bench.new_pull(&[], &[]) };
    bench.forge().open_pull(&next).unwrap();
    bench.fake.review(number, "ann", "APPROVED");
    report(&bench, head, StatusState::Success);
    assert!(!bench.forge().merge_readiness(number).unwrap().merges_itself);
    assert_eq!(bench.forge().get_pull(number).unwrap().state, PullState::Open);
}

#[test]
fn reviews_and_statuses_are_told_as_they_change() {
    let (bench, number, head) = protected();
    let forge = bench.forge();
    let look = |what: &str| {
        let standing = forge.merge_readiness(number).unwrap();
        format!(
            "{what}: approved by {:?}, rejected by {:?}, missing {:?}, broken {:?}\n",
            standing.approved_by, standing.rejected_by, standing.missing, standing.broken
        )
    };
    let mut seen = look("opened");
    bench.fake.review(number, "ann", "APPROVED");
    bench.fake.review(number, "ann", "COMMENT");
    bench.fake.review(number, "bob", "REQUEST_CHANGES");
    report(&bench, head, StatusState::Pending);
    seen += &look("bob says no");
    bench.fake.dismiss(number, "bob");
    report(&bench, head, StatusState::Failure);
    seen += &look("bob's no was dismissed");
    report(&bench, head, StatusState::Success);
    seen += &look("all is well");
    insta::assert_snapshot!(seen, @r#"
    opened: approved by [], rejected by [], missing ["0 of 1 approvals given", "required status `ci` is expected"], broken []
    bob says no: approved by ["ann"], rejected by ["bob"], missing ["required status `ci` is pending"], broken []
    bob's no was dismissed: approved by ["ann"], rejected by [], missing [], broken ["required status `ci` failed"]
    all is well: approved by ["ann"], rejected by [], missing [], broken []
    "#);
}

/// A run either ends right or with an error, and the next one ends right.
#[test]
fn faults_leave_one_intention() {
    let (bench, ..) = protected();
    // At the merge, and at its scheduling.
    let runs = (0..2).flat_map(|passed| faults().map(move |what| (passed, what)));
    for (n, (passed, what)) in runs.enumerate() {
        let name = format!("towline/dev/app{n}");
        let head = bench.push(&name, &[("dev/greeting.yaml", "a: 1\n")]);
        let new = NewPullRequest { head: name, head_commit: head, ..bench.new_pull(&[], &[]) };
        let number = bench.forge().open_pull(&new).unwrap().number;
        let merge = format!("POST /api/v1/repos/acme/gitops/pulls/{number}/merge");
        bench.server.fail(Fault::new(&merge, what).after(passed));
        let forge = bench.connect(TOKEN, Duration::from_millis(500));
        let merge = |forge: &dyn Forge| forge.merge_pull(number, &when_ready(head));
        let result = merge(&*forge).or_else(|_| merge(&*bench.forge())).unwrap();
        assert!(matches!(result, MergeResult::WhenReady(_)), "{result:?}");
        assert_eq!(bench.server.log().iter().filter(|line| line.ends_with('!')).count(), n + 1);
        assert!(bench.forge().merge_readiness(number).unwrap().merges_itself);
    }
}

/// The server would take a schedule for all of these, and never merge.
#[test]
fn what_no_schedule_merges_is_told_at_once() {
    let bench = Bench::new();
    let head = bench.push(HEAD, &[("dev/greeting.yaml", "a: 1\n")]);
    let number = bench.opened(&[], &[]);
    bench.push("main", &[("other.yaml", "other: 1\n")]);
    let asked = || bench.forge().merge_pull(number, &when_ready(head)).unwrap();
    bench.fake.protect(Rules { up_to_date: true, ..Rules::default() });
    assert_eq!(asked(), MergeResult::Behind("The head branch is behind the base branch".into()));
    let rules = [
        (Rules { keeps_out: true, ..Rules::default() }, "User not allowed to merge PR"),
        (Rules { protects_files: true, ..Rules::default() }, "Changed protected files"),
        (Rules { signed: true, ..Rules::default() }, "wont sign: nokey"),
        (
            Rules { refused_style: Some("merge"), ..Rules::default() },
            "merge is not allowed an allowed merge style for this repository",
        ),
    ];
    for (rules, words) in rules {
        bench.fake.protect(rules);
        assert_eq!(asked(), MergeResult::Never(words.into()));
    }
    assert!(!bench.forge().merge_readiness(number).unwrap().merges_itself);
}

/// It was scheduled, and then the base went on: nothing is missing, and nothing happens.
#[test]
fn what_was_scheduled_and_is_outdated_needs_the_new_base() {
    let bench = Bench::new();
    bench.fake.protect(Rules { approvals: 1, up_to_date: true, ..Rules::default() });
    let head = bench.push(HEAD, &[("dev/greeting.yaml", "a: 1\n")]);
    let number = bench.opened(&[], &[]);
    bench.forge().merge_pull(number, &when_ready(head)).unwrap();
    bench.push("main", &[("other.yaml", "other: 1\n")]);
    assert!(!bench.forge().merge_readiness(number).unwrap().behind, "it waits for people first");
    bench.fake.review(number, "ann", "APPROVED");
    assert!(bench.forge().merge_readiness(number).unwrap().behind);
}

/// A person's mark stays with a new text, and holds the merge.
#[test]
fn a_draft_mark_of_people_stays() {
    let bench = Bench::new();
    let head = bench.push(HEAD, &[("dev/greeting.yaml", "a: 1\n")]);
    let number = bench.opened(&[], &[]);
    bench.forge().update_pull(number, "WIP: Deploy greeting 1.2.0", "Body").unwrap();
    let pull = bench.forge().open_pull(&given::pull(HEAD, head, "Deploy greeting 1.2.1")).unwrap();
    assert_eq!(pull.title, "WIP: Deploy greeting 1.2.1");
}
