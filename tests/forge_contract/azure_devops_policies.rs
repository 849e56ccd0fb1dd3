//! Policies of Azure DevOps: what a pull request waits for, and what is left to auto-complete.

use std::time::Duration;

use towline::forge::{Forge, MergeRequest, MergeResult, NewPullRequest, PullState};
use towline::vocabulary::MergeMethod;

use super::Bench as _;
use super::azure_devops::Bench;
use super::bench::HEAD;
use crate::fakes::azure_devops::{Policy, TOKEN};

const REVIEWERS: Policy =
    Policy { kind: "Minimum number of reviewers", name: None, blocking: true, status: "queued" };
const BUILD: Policy = Policy { kind: "Build", name: Some("web"), blocking: true, status: "running" };
const LINKS: Policy = Policy { kind: "Work item linking", name: None, blocking: false, status: "rejected" };

const MET: &str = "approved";

/// A pull request that waits for a review and a build.
fn waiting() -> (Bench, u64) {
    let bench = Bench::pushed();
    bench.fake.policies(&[REVIEWERS, BUILD, LINKS]);
    let number = bench.opened(&[], &["ann", "bob"]);
    (bench, number)
}

fn when_ready(bench: &Bench) -> MergeRequest {
    MergeRequest {
        expected_head: bench.tip(HEAD),
        method: MergeMethod::Merge,
        message: "Deploy greeting 1.2.0\n\nTowline-Release: 1.2.0\n".into(),
        when_ready: true,
    }
}

fn text(result: MergeResult) -> String {
    match result {
        MergeResult::WhenReady(why) => format!("when ready: {why}"),
        MergeResult::NotMergeable(why) | MergeResult::Conflict(why) => format!("not mergeable: {why}"),
        other => format!("{other:?}"),
    }
}

fn writes(bench: &Bench) -> usize {
    bench.server.log().iter().filter(|line| line.starts_with("PATCH")).count()
}

/// The pull request, once Azure DevOps has done what it does in its own time.
fn merged_in_time(bench: &Bench, number: u64) -> towline::forge::PullRequest {
    let forge = bench.forge();
    let mut looks = (0..20).map(|_| forge.get_pull(number).unwrap());
    looks.find(|pull| pull.state == PullState::Merged).expect("it is merged soon")
}

#[test]
fn what_is_not_ready_is_left_to_auto_complete() {
    let (bench, number) = waiting();
    let request = when_ready(&bench);
    let merge = || text(bench.forge().merge_pull(number, &request).unwrap());
    insta::assert_snapshot!(merge(), @"when ready: Minimum number of reviewers, Build: web (running)");
    insta::assert_snapshot!(bench.fake.auto_complete(number).unwrap(), @r#"by shop Build Service (acme) {"mergeStrategy":"noFastForward","mergeCommitMessage":"Deploy greeting 1.2.0\n\nTowline-Release: 1.2.0\n","deleteSourceBranch":false,"autoCompleteIgnoreConfigIds":[3]}"#);
    assert!(bench.forge().merge_readiness(number).unwrap().merges_itself);

    let (before, first) = (writes(&bench), merge());
    assert_eq!((merge(), writes(&bench)), (first, before));

    bench.fake.policies(&[Policy { status: MET, ..REVIEWERS }, Policy { status: MET, ..BUILD }, LINKS]);
    let pull = merged_in_time(&bench, number);
    assert_eq!(bench.message(bench.tip("main")).trim_end(), request.message.trim_end());
    assert_eq!(pull.merge_commit, Some(bench.tip("main")));
    assert_eq!(bench.forge().merge_pull(number, &request).unwrap(), MergeResult::Merged(bench.tip("main")));
}

#[test]
fn what_is_ready_by_now_is_merged_now() {
    let (bench, number) = waiting();
    let merge = || bench.forge().merge_pull(number, &when_ready(&bench)).unwrap();
    assert!(matches!(merge(), MergeResult::WhenReady(_)));
    bench.fake.policies(&[Policy { status: MET, ..REVIEWERS }]);
    assert_eq!(merge(), MergeResult::Merged(bench.tip("main")));
}

#[test]
fn what_is_said_no_to_may_be_said_yes_to() {
    let (bench, number) = waiting();
    bench.fake.policies(&[Policy { status: "rejected", ..BUILD }]);
    insta::assert_snapshot!(text(bench.forge().merge_pull(number, &when_ready(&bench)).unwrap()), @"when ready: Build: web (rejected)");
    insta::assert_debug_snapshot!(bench.forge().merge_readiness(number).unwrap().broken, @r#"
    [
        "Build: web",
    ]
    "#);
    bench.fake.policies(&[Policy { status: MET, ..BUILD }]);
    merged_in_time(&bench, number);
}

#[test]
fn a_policy_that_shows_only_when_it_refuses() {
    let bench = Bench::pushed();
    let number = bench.opened(&[], &[]);
    bench.fake.refuse_completions();
    insta::assert_snapshot!(text(bench.forge().merge_pull(number, &when_ready(&bench)).unwrap()), @"when ready: a policy of main rejects it");
    assert!(bench.fake.auto_complete(number).is_some());
}

#[test]
fn a_push_takes_back_what_was_left_to_auto_complete() {
    let (bench, number) = waiting();
    let request = when_ready(&bench);
    bench.forge().merge_pull(number, &request).unwrap();
    let head = bench.push(HEAD, &[("dev/greeting.yaml", "a: 2\n")]);
    assert_eq!(bench.forge().merge_pull(number, &request).unwrap(), MergeResult::HeadMoved(head));
    assert_eq!(bench.fake.auto_complete(number), None);
    insta::assert_snapshot!(bench.told(), @"turned off auto-complete of pull request #1: its head moved");
    bench.fake.policies(&[]);
    assert_eq!(bench.forge().get_pull(number).unwrap().state, PullState::Open);
}

#[test]
fn a_push_in_the_moment_it_is_left_to_auto_complete() {
    let (bench, number) = waiting();
    let request = when_ready(&bench);
    let head = bench.push("side", &[("dev/greeting.yaml", "a: 2\n")]);
    bench.fake.push_when_auto_complete_is_turned_on(HEAD, head);
    assert_eq!(bench.forge().merge_pull(number, &request).unwrap(), MergeResult::HeadMoved(head));
    assert_eq!(bench.fake.auto_complete(number), None);
}

#[test]
fn it_is_closed_in_the_moment_it_is_left_to_auto_complete() {
    let (bench, number) = waiting();
    bench.fake.close_when_auto_complete_is_turned_on();
    insta::assert_snapshot!(text(bench.forge().merge_pull(number, &when_ready(&bench)).unwrap()), @"not mergeable: #1 is abandoned");
}

#[test]
fn it_is_left_to_auto_complete_only_when_the_push_is_seen() {
    let (bench, number) = waiting();
    bench.push(HEAD, &[("dev/greeting.yaml", "a: 2\n")]);
    bench.fake.lag(3);
    let result = bench.forge().merge_pull(number, &when_ready(&bench)).unwrap();
    assert!(matches!(result, MergeResult::WhenReady(_)), "{result:?}");
    let log = bench.server.log();
    let asked = log.iter().position(|line| line.contains("policy/evaluations")).unwrap();
    let looked = log[..asked].iter().filter(|line| line.contains("GET") && line.contains("/pullrequests/"));
    assert!(looked.count() > 3, "{log:#?}");
}

#[test]
fn a_newer_release_takes_back_what_was_left_for_the_older_one() {
    let (bench, number) = waiting();
    bench.forge().merge_pull(number, &when_ready(&bench)).unwrap();
    let head_commit = bench.push(HEAD, &[("dev/greeting.yaml", "a: 2\n")]);
    let newer = NewPullRequest {
        open: None,
        head: HEAD.into(),
        base: "main".into(),
        head_commit,
        title: "Deploy greeting 1.3.0".into(),
        body: "Body".into(),
        labels: vec![],
        reviewers: vec![],
    };
    bench.forge().open_pull(&newer).unwrap();
    assert_eq!(bench.fake.auto_complete(number), None);
    insta::assert_snapshot!(bench.told(), @"turned off auto-complete of pull request #1: it was set for an older release");
}

#[test]
fn what_people_left_to_auto_complete_stays() {
    let (bench, number) = waiting();
    bench.fake.auto_complete_by(number, "Ann Archer");
    bench.forge().update_pull(number, "Deploy greeting 1.3.0", "Body").unwrap();
    let request = when_ready(&bench);
    let head = bench.push(HEAD, &[("dev/greeting.yaml", "a: 2\n")]);
    assert_eq!(bench.forge().merge_pull(number, &request).unwrap(), MergeResult::HeadMoved(head));
    insta::assert_snapshot!(bench.fake.auto_complete(number).unwrap(), @r#"by Ann Archer {"mergeStrategy":"noFastForward","mergeCommitMessage":"Merged PR 1"}"#);
}

#[test]
fn what_cannot_be_left_to_auto_complete() {
    let (bench, number) = waiting();
    let fast = MergeRequest { method: MergeMethod::FastForward, ..when_ready(&bench) };
    insta::assert_snapshot!(text(bench.forge().merge_pull(number, &fast).unwrap()), @"not mergeable: Minimum number of reviewers, Build: web (running); and a fast-forward cannot wait, because Azure DevOps would rebase when main moves");
    bench.push("main", &[("dev/greeting.yaml", "a: other\n")]);
    let mergeable = (0..20).find_map(|_| bench.forge().get_pull(number).unwrap().mergeable);
    assert_eq!(mergeable, Some(false));
    insta::assert_snapshot!(text(bench.forge().merge_pull(number, &when_ready(&bench)).unwrap()), @"not mergeable: it conflicts with main");
    assert_eq!(bench.fake.auto_complete(number), None);
}

#[test]
fn without_waiting_it_is_not_mergeable() {
    let (bench, number) = waiting();
    let now = MergeRequest { when_ready: false, ..when_ready(&bench) };
    insta::assert_snapshot!(text(bench.forge().merge_pull(number, &now).unwrap()), @"not mergeable: TF402457: The pull request cannot be completed: a policy is not met.");
    assert_eq!(bench.fake.auto_complete(number), None);
}

#[test]
fn votes_and_policies_tell_what_it_waits_for() {
    let (bench, number) = waiting();
    bench.fake.policies(&[
        REVIEWERS,
        BUILD,
        LINKS,
        Policy { kind: "Status", name: Some("security/scan"), blocking: true, status: "rejected" },
        Policy { kind: "Comment requirements", name: None, blocking: true, status: "broken" },
        Policy { kind: "Require a merge strategy", name: None, blocking: true, status: MET },
    ]);
    bench.fake.vote(number, "Ann Archer", 5);
    bench.fake.vote(number, "Bob Baker", -5);
    bench.fake.vote(number, "Sam Smith", -10);
    bench.fake.require(number, "Sam Jones");
    insta::assert_debug_snapshot!(bench.forge().merge_readiness(number).unwrap(), @r#"
    MergeReadiness {
        approved_by: [
            "Ann Archer",
        ],
        outdated_approvals: [],
        rejected_by: [
            "Sam Smith",
        ],
        missing: [
            "Minimum number of reviewers",
            "Build: web (running)",
            "Bob Baker is waiting for the author",
            "Sam Jones must approve",
        ],
        broken: [
            "Status: security/scan",
            "Comment requirements (could not be evaluated)",
        ],
        behind: false,
        merges_itself: false,
        evicted: None,
        never: None,
        refused: None,
    }
    "#);
}

#[test]
fn policies_that_may_not_be_read_are_left_out() {
    let (bench, number) = waiting();
    bench.fake.hide_policies();
    bench.fake.vote(number, "Ann Archer", 10);
    let forge = bench.connect(TOKEN, Duration::from_secs(20));
    for _ in 0..3 {
        let standing = forge.merge_readiness(number).unwrap();
        assert_eq!((standing.approved_by, standing.missing), (vec!["Ann Archer".to_owned()], vec![]));
    }
    insta::assert_snapshot!(text(forge.merge_pull(number, &when_ready(&bench)).unwrap()), @"when ready: TF402457: The pull request cannot be completed: a policy is not met.");
    insta::assert_snapshot!(bench.told(), @"the token may not read the policies of main, so they are not shown: TF401027: You need the Git 'GenericRead' permission to perform this action.");
}

/// The pull request and its branch, the pull request again, and its policies: two pages of two here,
/// and one that says that there are no more.
#[test]
fn a_look_takes_few_requests() {
    let (bench, number) = waiting();
    let forge: Box<dyn Forge> = bench.forge();
    let before = bench.server.log().len();
    forge.get_pull(number).unwrap();
    forge.merge_readiness(number).unwrap();
    let asked: Vec<String> =
        bench.server.log()[before..].iter().map(|line| line.split('?').next().unwrap().into()).collect();
    insta::assert_snapshot!(asked.join("\n"), @r#"
    GET /acme/shop/_apis/git/repositories/gitops/pullrequests/1
    GET /acme/shop/_apis/git/repositories/gitops/refs
    GET /acme/shop/_apis/git/repositories/gitops/pullrequests/1
    GET /acme/shop/_apis/policy/evaluations
    GET /acme/shop/_apis/policy/evaluations
    GET /acme/shop/_apis/policy/evaluations
    "#);
}
