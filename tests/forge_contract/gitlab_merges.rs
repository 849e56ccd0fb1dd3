//! How GitLab merges, at once, by itself and on a merge train, and what a merge request waits for.

use towline::forge::{MergeResult, PullState};
use towline::vocabulary::MergeMethod;

use super::Bench as _;
use super::bench::HEAD;
use super::gitlab::{Bench, standing};

#[test]
fn the_projects_merge_method_decides() {
    let bench = Bench::pushed();
    let number = bench.opened(&[], &[]);
    let refused = bench.merge(number, MergeMethod::FastForward);
    insta::assert_snapshot!(format!("{refused:?}"), @r#"Never("the project creates a merge commit for every merge: its merge method is not fast-forward")"#);
    bench.fake.set(|project| project.squash_option = "never");
    let refused = bench.merge(number, MergeMethod::Squash);
    insta::assert_snapshot!(format!("{refused:?}"), @r#"Never("the project does not allow squashing")"#);
    bench.fake.set(|project| project.squash_option = "default_off");
    let MergeResult::Merged(commit) = bench.merge(number, MergeMethod::Squash) else { panic!("not merged") };
    assert_eq!((bench.parents(commit), bench.tip("main")), (2, commit));
    assert_eq!(bench.message(bench.gitops().repository().parents(commit).unwrap()[1]), bench.message(commit));
}

#[test]
fn where_nothing_but_fast_forward_is_allowed_a_merge_is_one() {
    let bench = Bench::pushed();
    bench.allow(MergeMethod::FastForward);
    let number = bench.opened(&[], &[]);
    assert_eq!(bench.merge(number, MergeMethod::Merge), MergeResult::Merged(bench.tip(HEAD)));
    assert_eq!(bench.forge().get_pull(number).unwrap().merge_commit, Some(bench.tip("main")));
}

#[test]
fn a_base_that_moved_on_is_a_conflict_to_a_fast_forward() {
    let bench = Bench::pushed();
    bench.allow(MergeMethod::FastForward);
    let number = bench.opened(&[], &[]);
    bench.push("main", &[("other", "b")]);
    bench.forge().get_pull(number).unwrap();
    assert_eq!(bench.forge().get_pull(number).unwrap().mergeable, Some(false));
    let refused = bench.merge_when_ready(number, MergeMethod::Merge);
    insta::assert_snapshot!(format!("{refused:?}"), @r#"Behind("the merge request must be rebased")"#);
}

#[test]
fn a_token_that_may_not_merge_is_told_so() {
    let bench = Bench::pushed();
    let number = bench.opened(&[], &[]);
    bench.fake.set(|project| project.access_level = 30);
    let refused = bench.merge(number, MergeMethod::Merge);
    insta::assert_snapshot!(format!("{refused:?}"), @r#"Never("the token's user may not merge into main")"#);
}

#[test]
fn what_is_missing_is_said_and_gitlab_merges_when_it_is_there() {
    let bench = Bench::pushed();
    bench.fake.set(|project| {
        project.approvals_required = 1;
        project.pipelines_must_succeed = true;
    });
    let number = bench.opened(&[], &["bob"]);
    bench.fake.pipeline(number, "running");
    insta::assert_snapshot!(standing(&bench, number), @r#"{"approvedBy":[],"outdatedApprovals":[],"rejectedBy":[],"missing":["approval is required before merge: 1 to go, of Platform"],"broken":[],"behind":false,"mergesItself":false,"evicted":null,"never":null,"refused":null}"#);
    let refused = bench.merge(number, MergeMethod::Merge);
    insta::assert_snapshot!(format!("{refused:?}"), @r#"NotMergeable("approval is required before merge")"#);
    let left = bench.merge_when_ready(number, MergeMethod::Merge);
    insta::assert_snapshot!(format!("{left:?}"), @r#"WhenReady("approval is required before merge")"#);
    assert_eq!(bench.merge_when_ready(number, MergeMethod::Merge), left);
    bench.fake.approve(number, "ann");
    insta::assert_snapshot!(standing(&bench, number), @r#"{"approvedBy":["ann"],"outdatedApprovals":[],"rejectedBy":[],"missing":["a CI/CD pipeline is still running"],"broken":[],"behind":false,"mergesItself":true,"evicted":null,"never":null,"refused":null}"#);
    bench.fake.pipeline(number, "success");
    // First GitLab is at work.
    assert_eq!(bench.forge().get_pull(number).unwrap().state, PullState::Open);
    let pull = bench.forge().get_pull(number).unwrap();
    assert_eq!((pull.state, pull.merge_commit), (PullState::Merged, Some(bench.tip("main"))));
    assert_eq!(
        bench.message(bench.tip("main")).trim_end(),
        "Deploy greeting 1.2.0\n\nTowline-Release: 1.2.0"
    );
}

#[test]
fn a_pipeline_that_failed_is_a_broken_rule() {
    let bench = Bench::pushed();
    bench.fake.set(|project| project.pipelines_must_succeed = true);
    let number = bench.opened(&[], &[]);
    bench.fake.pipeline(number, "failed");
    insta::assert_snapshot!(standing(&bench, number), @r#"{"approvedBy":[],"outdatedApprovals":[],"rejectedBy":[],"missing":[],"broken":["a CI/CD pipeline must succeed before merge"],"behind":false,"mergesItself":false,"evicted":null,"never":null,"refused":null}"#);
}

#[test]
fn who_wants_changes_has_rejected_it() {
    let bench = Bench::pushed();
    let number = bench.opened(&[], &["bob"]);
    bench.fake.request_changes(number, "ann");
    insta::assert_snapshot!(standing(&bench, number), @r#"{"approvedBy":[],"outdatedApprovals":[],"rejectedBy":["ann"],"missing":["reviewers have requested changes"],"broken":[],"behind":false,"mergesItself":false,"evicted":null,"never":null,"refused":null}"#);
}

#[test]
fn with_merge_trains_to_merge_is_to_get_on_one() {
    let bench = Bench::pushed();
    bench.fake.set(|project| project.merge_trains = true);
    let number = bench.opened(&[], &[]);
    let left = bench.merge_when_ready(number, MergeMethod::Merge);
    insta::assert_snapshot!(format!("{left:?}"), @r#"WhenReady("its turn on the merge train")"#);
    assert_eq!(bench.merge_when_ready(number, MergeMethod::Merge), left);
    insta::assert_snapshot!(standing(&bench, number), @r#"{"approvedBy":[],"outdatedApprovals":[],"rejectedBy":[],"missing":[],"broken":[],"behind":false,"mergesItself":true,"evicted":null,"never":null,"refused":null}"#);
    bench.fake.derail(number, "the pipeline did not succeed");
    insta::assert_snapshot!(standing(&bench, number), @r#"{"approvedBy":[],"outdatedApprovals":[],"rejectedBy":[],"missing":[],"broken":[],"behind":false,"mergesItself":false,"evicted":"the pipeline did not succeed","never":null,"refused":null}"#);
    assert_eq!(bench.merge_when_ready(number, MergeMethod::Merge), left);
    insta::assert_snapshot!(standing(&bench, number), @r#"{"approvedBy":[],"outdatedApprovals":[],"rejectedBy":[],"missing":[],"broken":[],"behind":false,"mergesItself":true,"evicted":null,"never":null,"refused":null}"#);
    bench.fake.arrive(number);
    assert_eq!(bench.forge().get_pull(number).unwrap().state, PullState::Open);
    assert_eq!(bench.forge().get_pull(number).unwrap().merge_commit, Some(bench.tip("main")));
}

#[test]
fn a_train_can_wait_for_an_approval() {
    let bench = Bench::pushed();
    bench.fake.set(|project| {
        project.merge_trains = true;
        project.approvals_required = 1;
    });
    let number = bench.opened(&[], &[]);
    let left = bench.merge_when_ready(number, MergeMethod::Merge);
    insta::assert_snapshot!(format!("{left:?}"), @r#"WhenReady("approval is required before merge")"#);
    bench.fake.approve(number, "ann");
    insta::assert_snapshot!(standing(&bench, number), @r#"{"approvedBy":["ann"],"outdatedApprovals":[],"rejectedBy":[],"missing":[],"broken":[],"behind":false,"mergesItself":true,"evicted":null,"never":null,"refused":null}"#);
}
