//! A release goes from environment to environment.

use insta::assert_snapshot;
use towline::forge::StatusState;
use towline::promote::{Event, Selection, What};
use towline::vocabulary::MergeMethod;

use super::world::{QUIET, Run, World, outcome, waits};

#[test]
fn a_release_goes_through_all_environments_and_once_is_enough() {
    let world = World::new(QUIET);
    assert_snapshot!(world.go("1.4.0"), @r#"
Done (0)
dev: Done: 1.4.0 merged, not observed
staging: Done: 1.4.0 merged, not observed
prod: Done: 1.4.0 merged, not observed
"#);
    assert_snapshot!(world.pulls(), @r#"
#1 Merged Deploy greeting 1.4.0 to dev
#2 Merged Deploy greeting 1.4.0 to staging
#3 Merged Deploy greeting 1.4.0 to prod
"#);
    assert_snapshot!(world.log(), @r#"
Deploy greeting 1.4.0 to prod (#3)
Deploy greeting 1.4.0 to staging (#2)
Deploy greeting 1.4.0 to dev (#1)
Begin
"#);
    let before = world.git(&["for-each-ref"]);
    assert_snapshot!(world.go("1.4.0"), @"
    Unchanged (0)
    dev: Unchanged: 1.4.0 is already merged, not observed
    staging: Unchanged: 1.4.0 is already merged, not observed
    prod: Unchanged: 1.4.0 is already merged, not observed
    ");
    assert_eq!(world.git(&["for-each-ref"]), before);
}

#[test]
fn people_merge_where_they_are_asked_to() {
    let world =
        World::new("  - {name: dev, await: {reporters: none}}\n  - {name: prod, await: {reporters: none}}\n");
    // Both begin at once, and either may get the first number.
    let numbered = world.once("1.4.0").replace("gitops.git#2", "gitops.git#1");
    assert_snapshot!(numbered, @r#"
Unfinished (75)
dev: Unfinished: ../gitops.git#1 is waiting to be merged
prod: Unfinished: waits for environment `dev`
"#);
    world.merge(1, MergeMethod::Squash);
    assert_snapshot!(world.once("1.4.0"), @r#"
Unfinished (75)
dev: Done: 1.4.0 merged, not observed
prod: Unfinished: ../gitops.git#2 is waiting to be merged
"#);
    let ann = |event: &Event| {
        if waits(event, "prod") {
            world.merge(2, MergeMethod::FastForward);
        }
    };
    assert_snapshot!(world.promote("1.4.0", Run::default(), &ann), @"
    Done (0)
    dev: Unchanged: 1.4.0 is already merged, not observed
    prod: Done: 1.4.0 merged, not observed
    ");
    assert_snapshot!(world.pulls(), @r#"
#1 Merged Deploy greeting 1.4.0 to dev
#2 Merged Deploy greeting 1.4.0 to prod
"#);
}

#[test]
fn a_closed_proposal_is_an_answer() {
    let world = World::new("  - {name: dev, await: {reporters: none}}\n");
    world.once("1.4.0");
    world.forge().close_pull(1, "not today").unwrap();
    assert_snapshot!(world.go("1.4.0"), @r#"
Closed (4)
dev: Closed: ../gitops.git#1 was closed without being merged
"#);
    assert_snapshot!(world.go("1.4.0"), @r#"
Closed (4)
dev: Closed: ../gitops.git#1 was closed without being merged
"#);
    assert_snapshot!(world.once("1.5.0"), @r#"
Unfinished (75)
dev: Unfinished: ../gitops.git#2 is waiting to be merged
"#);
    assert_snapshot!(world.pulls(), @r#"
#1 Closed Deploy greeting 1.4.0 to dev
#2 Open Deploy greeting 1.5.0 to dev
"#);
}

#[test]
fn an_older_release_does_not_replace_a_newer_one() {
    let world = World::new(QUIET);
    world.go("1.5.0");
    assert_snapshot!(world.go("1.4.0"), @r#"
Superseded (7)
dev: Superseded: greeting 1.4.0 for dev is older than 1.5.0, which is already deployed
"#);
    let older = Run { allow_older: true, ..Run::default() };
    assert_snapshot!(world.promote("1.4.0", older, &|_| {}), @r#"
Done (0)
dev: Done: 1.4.0 merged, not observed
staging: Done: 1.4.0 merged, not observed
prod: Done: 1.4.0 merged, not observed
"#);
}

/// Dev moves on quickly; what was verified there may still go to production.
#[test]
fn a_newer_release_in_dev_does_not_stop_an_older_one_behind_it() {
    let world = World::new(QUIET);
    let dev = || Run { selection: Selection::To("dev".to_owned()), ..Run::default() };
    world.promote("1.4.0", dev(), &|_| {});
    world.promote("1.5.0", dev(), &|_| {});
    assert_snapshot!(world.go("1.4.0"), @r#"
Done (0)
dev: Unchanged: greeting 1.4.0 for dev is older than 1.5.0, which is already deployed
staging: Done: 1.4.0 merged, not observed
prod: Done: 1.4.0 merged, not observed
"#);
    assert_snapshot!(world.go("1.5.0"), @"
    Done (0)
    dev: Unchanged: 1.5.0 is already merged, not observed
    staging: Done: 1.5.0 merged, not observed
    prod: Done: 1.5.0 merged, not observed
    ");
}

#[test]
fn a_newer_release_takes_over_a_proposal_that_waits() {
    let world = World::new("  - {name: dev, await: {reporters: none}}\n");
    let newer = |event: &Event| {
        if waits(event, "dev") {
            world.once("1.5.0");
        }
    };
    assert_snapshot!(world.promote("1.4.0", Run::default(), &newer), @r#"
Superseded (7)
dev: Superseded: release 1.5.0 took over environment `dev` (commit [ID])
"#);
    assert_snapshot!(world.pulls(), @"#1 Open Deploy greeting 1.5.0 to dev");
}

#[test]
fn what_an_environment_needs_must_be_verified_for_this_release() {
    let world = World::new(QUIET);
    let only = |name: &str| Run { selection: Selection::Only(name.to_owned()), ..Run::default() };
    assert_snapshot!(world.promote("1.4.0", only("staging"), &|_| {}), @"
    Refused (3)
    staging: Refused: release 1.4.0 is not verified in environment `dev`, which `staging` needs: it has no verdict there; run `towline promote --to dev --release 1.4.0` first
    ");
    world.promote("1.4.0", only("dev"), &|_| {});
    assert_snapshot!(world.promote("1.4.0", only("staging"), &|_| {}), @r#"
Done (0)
staging: Done: 1.4.0 merged, not observed
"#);
    assert_snapshot!(world.promote("1.5.0", only("staging"), &|_| {}), @"
    Refused (3)
    staging: Refused: release 1.5.0 is not verified in environment `dev`, which `staging` needs: it has no verdict there; run `towline promote --to dev --release 1.5.0` first
    ");
}

/// Where changes made by hand are given up, they are not merged as text either.
#[test]
fn a_conflict_is_proposed_again_on_the_new_base() {
    let world = World::new("  - {name: dev, drift: overwrite, await: {reporters: none}}\n");
    world.once("1.4.0");
    world.merge(1, MergeMethod::Merge);
    world.once("1.5.0");
    world.push("main", "dev/greeting/configmap-greeting.yaml", "by: hand\n");
    assert_snapshot!(world.once("1.5.0"), @r#"
Unfinished (75)
dev: Unfinished: ../gitops.git#2 is waiting to be merged
"#);
    world.merge(2, MergeMethod::Merge);
    assert_snapshot!(world.go("1.5.0"), @r#"
Done (0)
dev: Done: 1.5.0 merged, not observed
"#);
    assert_snapshot!(world.log(), @r#"
Merge by Ann
Edit by hand
Merge by Ann
Begin
"#);
}

/// A fast-forward needs a head on the very tip of the base branch.
#[test]
fn a_fast_forward_is_proposed_again_when_others_have_merged() {
    let world = World::new("  - {name: dev, merge: manual, await: {reporters: none}}\n");
    world.once("1.4.0");
    world.push("main", "dev/other/app.yaml", "other: 1\n");
    let pipeline = std::fs::read_to_string(world.path("app/towline.yaml")).unwrap();
    let pipeline = pipeline.replace("manual", "auto").replace(".git}", ".git, mergeMethod: fastForward}");
    world.write("app/towline.yaml", &pipeline);
    assert_snapshot!(world.go("1.4.0"), @"
    Done (0)
    dev: Done: 1.4.0 merged, not observed
    ");
    assert_snapshot!(world.log(), @"
    Deploy greeting 1.4.0 to dev
    Edit by hand
    Begin
    ");
}

#[test]
fn what_is_missing_is_said_before_anything_is_done() {
    let world =
        World::new("  - {name: dev, merge: auto, await: {reporters: none}}\n  - {name: prod, merge: auto}\n");
    let before = world.git(&["for-each-ref"]);
    assert_snapshot!(world.go("1.4.0"), @"error: app/towline.yaml:9:12: environment `prod` does not declare who reports its rollout");
    world.environments(
        "  - {name: dev, merge: auto, await: {reporters: none}, variables: [{values: {zone: a}}]}\n  \
         - {name: prod, merge: auto, await: {reporters: none}}\n",
    );
    world
        .write("app/deploy/zone.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \"{{ zone }}\"}\n");
    assert_snapshot!(world.go("1.4.0"), @"error: cannot render greeting for prod: app/deploy/zone.yaml:3:22: `zone` is undefined");
    assert_eq!(world.git(&["for-each-ref"]), before);
}

#[test]
fn reporters_decide_and_running_again_asks_them_again() {
    let world =
        World::new("  - name: dev\n    merge: auto\n    await: {reporters: [{status: \"flux/*\"}]}\n");
    let flux = |state: StatusState| {
        let world = &world;
        move |event: &Event| {
            if waits(event, "dev") {
                world.report("main", "flux/greeting", state);
            }
        }
    };
    assert_snapshot!(world.promote("1.4.0", Run::default(), &flux(StatusState::Failure)), @r#"
Failed (5)
dev: Failed: flux/greeting failed
"#);
    assert_snapshot!(world.go("1.4.0"), @r#"
Failed (5)
dev: Failed: flux/greeting failed
"#);
    world.report("main", "flux/greeting", StatusState::Success);
    assert_snapshot!(world.go("1.4.0"), @r#"
Done (0)
dev: Done: 1.4.0 verified: 1 reporter, 0 checks
"#);
    assert_snapshot!(world.promote("1.5.0", Run::default(), &|_| {}), @"
    TimedOut (6)
    dev: TimedOut: not every reporter appeared within 15m of the merge: expected flux/* (seen 0 of 1); seen nothing; flux/greeting reported on [ID], the commit before yours, and has been silent since: is it suspended, or its interval longer than 15m?
    ");
    let verdicts = world.forge().commit_statuses(world.repository().branch_tip("main").unwrap()).unwrap();
    assert_snapshot!(verdicts[0].description, @"1.5.0 timed out: not every reporter appeared within 15m of the merge: expected flux/* (seen 0 of 1); seen nothing; flux/greeting reported o…");
}

#[test]
fn once_does_all_that_can_be_done_now() {
    let world = World::new(
        "  - {name: dev, await: {reporters: none}}\n  \
         - {name: lab, needs: [], merge: auto, await: {reporters: none}}\n  \
         - {name: prod, needs: [dev, lab], merge: auto, await: {reporters: none}}\n",
    );
    // Both begin at once, and either may get the first number.
    let numbered = world.once("1.4.0").replace("gitops.git#2", "gitops.git#1");
    assert_snapshot!(numbered, @r#"
Unfinished (75)
dev: Unfinished: ../gitops.git#1 is waiting to be merged
lab: Done: 1.4.0 merged, not observed
prod: Unfinished: waits for environment `dev`
"#);
    let promotion = world.try_promote("1.4.0", Run { once: true, ..Run::default() }, &|_| {});
    assert_eq!(outcome(&promotion).exit_code(), 75);
    assert_eq!(promotion.unwrap().environments[0].look_again.unwrap().after.as_secs(), 30);
}

/// Waits until the checks of this many environments run.
fn until_all_run(count: usize) -> String {
    format!(
        "mkdir -p run && touch run/$TOWLINE_ENVIRONMENT && until test $(ls run | wc -l) -ge {count}; do sleep 0.02; done"
    )
}

#[test]
fn environments_that_need_only_the_same_go_side_by_side() {
    let region = |name: &str| {
        let check = until_all_run(3);
        format!(
            "  - {{name: {name}, needs: [dev], merge: auto, await: {{reporters: none}}, checks: [{{name: all, run: \"{check}\"}}]}}\n"
        )
    };
    let world = World::new(&format!(
        "  - {{name: dev, merge: auto, await: {{reporters: none}}}}\n{}{}{}",
        region("eu"),
        region("us"),
        region("asia")
    ));
    assert_snapshot!(world.go("1.4.0"), @r"
    Done (0)
    dev: Done: 1.4.0 merged, not observed
    eu: Done: 1.4.0 verified: 0 reporters, 1 check
    us: Done: 1.4.0 verified: 0 reporters, 1 check
    asia: Done: 1.4.0 verified: 0 reporters, 1 check
    ");
    assert_snapshot!(world.go("1.4.0"), @r"
    Unchanged (0)
    dev: Unchanged: 1.4.0 is already merged, not observed
    eu: Unchanged: 1.4.0 is already verified
    us: Unchanged: 1.4.0 is already verified
    asia: Unchanged: 1.4.0 is already verified
    ");
}

#[test]
fn a_failure_lets_those_end_that_have_begun_and_no_other_begin() {
    let fails = format!("{} && exit 1", until_all_run(2));
    // It ends after the other has failed.
    let passes = format!("{} && until test -e run/eu.failed; do sleep 0.02; done", until_all_run(2));
    let world = World::new(&format!(
        "  - {{name: dev, merge: auto, await: {{reporters: none}}}}\n  \
         - {{name: eu, needs: [dev], merge: auto, await: {{reporters: none}}, checks: [{{name: load, run: \"{fails}\"}}]}}\n  \
         - {{name: us, needs: [dev], merge: auto, await: {{reporters: none}}, checks: [{{name: load, run: \"{passes}\"}}]}}\n  \
         - {{name: us-2, needs: [us], merge: auto, await: {{reporters: none}}}}\n"
    ));
    let run = |event: &Event| {
        let has_ended = matches!(&event.what, What::Ended(_));
        if event.environment == "eu" && has_ended {
            world.write("app/run/eu.failed", "");
        }
    };
    assert_snapshot!(world.promote("1.4.0", Run::default(), &run), @r"
    Failed (5)
    dev: Done: 1.4.0 merged, not observed
    eu: Failed: check `load` failed: exit status: 1
    us: Done: 1.4.0 verified: 0 reporters, 1 check
    ");
}
