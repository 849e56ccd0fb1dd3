//! A release goes out again: by a command, and by itself when it fails.

use insta::assert_snapshot;
use towline::forge::StatusState;
use towline::promote::{Event, Selection, What};
use towline::vocabulary::MergeMethod;

use super::world::{Back, QUIET, Run, World, waits};

/// One environment with a check that fails for the releases in `bad`.
fn checked(more: &str) -> World {
    let check = "checks: [{name: smoke, run: \"! grep -qx $TOWLINE_RELEASE bad\"}]";
    let world =
        World::new(&format!("  - {{name: prod, merge: auto, await: {{reporters: none}}, {check}{more}}}\n"));
    world.write("app/bad", "");
    world
}

fn is_bad(world: &World, versions: &str) {
    world.write("app/bad", versions);
}

/// The manifest that stands in an environment.
fn stands(world: &World, environment: &str) -> String {
    world.git(&["show", &format!("main:{environment}/greeting/configmap-greeting.yaml")])
}

#[test]
fn the_last_verified_release_comes_back_as_it_was() {
    let world = checked("");
    world.go("1.4.0");
    let verified = stands(&world, "prod");
    // The templates are others by now.
    let template = std::fs::read_to_string(world.path("app/deploy/config.yaml")).unwrap();
    world.write("app/deploy/config.yaml", &template.replace("data: {", "data: {more: \"yes\", "));
    is_bad(&world, "1.5.0\n");
    assert_snapshot!(world.go("1.5.0"), @"
    Failed (5)
    prod: Failed: check `smoke` failed: exit status: 1
    ");
    assert!(stands(&world, "prod").contains("more"));
    assert_snapshot!(world.roll_back("prod", Back::default()), @"
    1.5.0 -> 1.4.0
    Done (0)
    prod: Done: 1.4.0 verified: 0 reporters, 1 check
    ");
    assert_eq!(stands(&world, "prod"), verified);
    assert_snapshot!(world.log(), @"
    Roll back greeting from 1.5.0 to 1.4.0 in prod (#3)
    Deploy greeting 1.5.0 to prod (#2)
    Deploy greeting 1.4.0 to prod (#1)
    Begin
    ");
    assert_snapshot!(world.body(3), @r#"
    Rolls back `greeting` in `prod` from `1.5.0` to `1.4.0`. 1 changed. No known risk.

    Why: ``1.5.0 failed: check `smoke` failed: exit status: 1``

    - files: as of commit `[ID]`, where `1.4.0` was verified
    - hold: `1.5.0` is not deployed again without `--release-hold`

    Towline merges this. `towline status prod` shows what it waits for.

    ### Changes

    - `ConfigMap greeting`: `data.more` is gone: `yes`
    - `ConfigMap greeting`: `data.version` `1.5.0` → `1.4.0`
    - `ConfigMap greeting`: `metadata.more` is gone: `yes`

    | | resource | file |
    |---|---|---|
    | changed | `ConfigMap greeting` | `prod/greeting/configmap-greeting.yaml` |

    <details><summary>Diff</summary>

    ```diff
    --- a/prod/greeting/configmap-greeting.yaml
    +++ b/prod/greeting/configmap-greeting.yaml
    @@ -1,10 +1,8 @@
     apiVersion: v1
     kind: ConfigMap
     metadata:
    -  more: "yes"
       name: greeting
     data:
    -  more: "yes"
    -  version: "1.5.0"
    +  version: "1.4.0"
       greeting: hello
       environment: prod
    ```

    </details>
    "#);
    assert_snapshot!(world.descriptor("prod"), @r#"
    apiVersion: towline.dev/v1
    kind: DeploymentDescriptor
    application:
      name: greeting
    environment: prod
    release:
      version: "1.4.0"
    rollback:
      from:
        version: "1.5.0"
        reason: "1.5.0 failed: check `smoke` failed: exit status: 1"
      restored: [ID]
    images: []
    targets:
    - name: prod
      path: prod/greeting
      files:
        configmap-greeting.yaml: [ID]
      digest: sha256:496276f73fcbebc11cf932ac757c61e14d9113f8db5d2bfa0de765b6b976cbbf
    "#);
    // Once is enough.
    assert_snapshot!(world.roll_back("prod", Back::default()), @"
    1.5.0 -> 1.4.0
    Unchanged (0)
    prod: Unchanged: 1.4.0 is already verified
    ");
}

#[test]
fn what_was_rolled_back_is_on_hold_until_a_newer_release() {
    let world = World::new(QUIET);
    world.go("1.4.0");
    world.go("1.5.0");
    let because = Back { reason: Some("payments fail"), ..Back::default() };
    assert_snapshot!(world.roll_back("prod", because), @"
    1.5.0 -> 1.4.0
    Done (0)
    prod: Done: 1.4.0 merged, not observed
    ");
    assert_snapshot!(world.go("1.5.0"), @"
    Refused (3)
    dev: Unchanged: 1.5.0 is already merged, not observed
    staging: Unchanged: 1.5.0 is already merged, not observed
    prod: Refused: on hold: Release Bot rolled 1.5.0 back at 2026-01-05T09:00:00Z with commit [ID]: payments fail; promote a newer release, or lift the hold with `--release-hold`
    ");
    assert_snapshot!(world.status(), @"
    ENVIRONMENT  DEPLOYED  AGE  VERDICT                     PROPOSED
    dev          1.5.0     now  1.5.0 merged, not observed  -
    staging      1.5.0     now  1.5.0 merged, not observed  -
    prod         1.4.0     now  1.4.0 merged, not observed  -
    prod: 1.5.0 was rolled back to 1.4.0: payments fail
    prod: 1.5.0 is on hold since 2026-01-05T09:00:00Z by Release Bot, with commit [ID]; `--release-hold` lifts that
    ");
    assert_snapshot!(world.go("1.6.0"), @"
    Done (0)
    dev: Done: 1.6.0 merged, not observed
    staging: Done: 1.6.0 merged, not observed
    prod: Done: 1.6.0 merged, not observed
    ");
    assert_snapshot!(world.status(), @"
    ENVIRONMENT  DEPLOYED  AGE  VERDICT                     PROPOSED
    dev          1.6.0     now  1.6.0 merged, not observed  -
    staging      1.6.0     now  1.6.0 merged, not observed  -
    prod         1.6.0     now  1.6.0 merged, not observed  -
    ");
}

#[test]
fn people_lift_a_hold() {
    let world = World::new("  - {name: prod, await: {reporters: none}}\n");
    for (number, version) in [(1, "1.4.0"), (2, "1.5.0")] {
        world.once(version);
        world.merge(number, MergeMethod::Merge);
        world.once(version);
    }
    world.roll_back("prod", Back { once: true, ..Back::default() });
    world.merge(3, MergeMethod::Merge);
    assert_snapshot!(world.roll_back("prod", Back::default()), @"
    1.5.0 -> 1.4.0
    Done (0)
    prod: Done: 1.4.0 merged, not observed
    ");
    let lifted = Run { release_hold: true, once: true, ..Run::default() };
    assert_snapshot!(world.promote("1.5.0", lifted, &|_| {}), @"
    Unfinished (75)
    prod: Unfinished: ../gitops.git#4 is waiting to be merged
    ");
    // It is proposed now, and anybody can go on.
    assert_snapshot!(world.once("1.5.0"), @"
    Unfinished (75)
    prod: Unfinished: ../gitops.git#4 is waiting to be merged
    ");
    world.merge(4, MergeMethod::Merge);
    assert_snapshot!(world.once("1.5.0"), @"
    Done (0)
    prod: Done: 1.5.0 merged, not observed
    ");
    assert!(!world.descriptor("prod").contains("rollback:"));
    // It may be rolled back once more.
    assert_snapshot!(world.roll_back("prod", Back { once: true, ..Back::default() }), @"
    1.5.0 -> 1.4.0
    Unfinished (75)
    prod: Unfinished: ../gitops.git#5 is waiting to be merged
    ");
}

#[test]
fn one_release_after_the_other_is_rolled_back() {
    let world = World::new("  - {name: prod, merge: auto, await: {reporters: none}}\n");
    for version in ["1.3.0", "1.4.0", "1.5.0"] {
        world.go(version);
    }
    assert_snapshot!(world.roll_back("prod", Back::default()), @"
    1.5.0 -> 1.4.0
    Done (0)
    prod: Done: 1.4.0 merged, not observed
    ");
    // That is the release, whoever asks for it.
    assert_snapshot!(world.go("1.4.0"), @"
    Unchanged (0)
    prod: Unchanged: 1.4.0 is already merged, not observed
    ");
    // Without a version, it is the same rollback.
    assert_snapshot!(world.roll_back("prod", Back::default()), @"
    1.5.0 -> 1.4.0
    Unchanged (0)
    prod: Unchanged: 1.4.0 is already merged, not observed
    ");
    assert_snapshot!(world.roll_back("prod", Back { to: Some("1.3.0"), ..Back::default() }), @"
    1.4.0 -> 1.3.0
    Done (0)
    prod: Done: 1.3.0 merged, not observed
    ");
    assert_snapshot!(world.status(), @"
    ENVIRONMENT  DEPLOYED  AGE  VERDICT                     PROPOSED
    prod         1.3.0     now  1.3.0 merged, not observed  -
    prod: 1.4.0 was rolled back to 1.3.0
    prod: 1.4.0 is on hold since 2026-01-05T09:00:00Z by Release Bot, with commit [ID]; `--release-hold` lifts that
    prod: 1.5.0 is on hold since 2026-01-05T09:00:00Z by Release Bot, with commit [ID]; `--release-hold` lifts that
    ");
    // What is released in between leaves the hold of what is newer.
    world.go("1.4.1");
    assert_snapshot!(world.go("1.5.0"), @"
    Refused (3)
    prod: Refused: on hold: Release Bot rolled 1.5.0 back at 2026-01-05T09:00:00Z with commit [ID]; promote a newer release, or lift the hold with `--release-hold`
    ");
    assert_snapshot!(world.status(), @"
    ENVIRONMENT  DEPLOYED  AGE  VERDICT                     PROPOSED
    prod         1.4.1     now  1.4.1 merged, not observed  -
    prod: 1.5.0 is on hold since 2026-01-05T09:00:00Z by Release Bot, with commit [ID]; `--release-hold` lifts that
    ");
    // Nobody goes back to what was taken out.
    is_nothing_verified(&world);
}

fn is_nothing_verified(world: &World) {
    assert_snapshot!(world.roll_back("prod", Back { to: Some("1.4.1"), ..Back::default() }), @"
    error: 1.4.1 is what stands in `prod`
    hint: `towline status --history prod` lists what was deployed
    ");
    assert_snapshot!(world.roll_back("prod", Back { to: Some("1.2.0"), ..Back::default() }), @"
    error: 1.2.0 was not deployed in `prod` before 1.4.1
    hint: `towline status --history prod` lists what was deployed
    ");
}

#[test]
fn a_release_that_was_rolled_back_is_not_verified_for_the_next_environment() {
    let world = World::new(QUIET);
    let to_dev = || Run { selection: Selection::To("dev".to_owned()), ..Run::default() };
    let only_staging = || Run { selection: Selection::Only("staging".to_owned()), ..Run::default() };
    world.go("1.4.0");
    world.promote("1.5.0", to_dev(), &|_| {});
    world.roll_back("dev", Back { reason: Some("it forgets carts"), ..Back::default() });
    assert_snapshot!(world.promote("1.5.0", only_staging(), &|_| {}), @"
    Refused (3)
    staging: Refused: release 1.5.0 is not verified in environment `dev`, which `staging` needs: it was rolled back there: it forgets carts; run `towline promote --to dev --release 1.5.0 --release-hold` first
    ");
    // Nor later.
    world.promote("1.6.0", to_dev(), &|_| {});
    assert_snapshot!(world.promote("1.5.0", only_staging(), &|_| {}), @"
    Refused (3)
    staging: Refused: release 1.5.0 is not verified in environment `dev`, which `staging` needs: it was rolled back there: it forgets carts; run `towline promote --to dev --release 1.5.0 --release-hold` first
    ");
}

#[test]
fn all_targets_go_back_and_what_others_changed_stays() {
    let targets = "targets: [{name: eu}, {name: us}]";
    let world =
        World::new(&format!("  - {{name: prod, merge: auto, await: {{reporters: none}}, {targets}}}\n"));
    world.go("1.4.0");
    let tree = || world.git(&["rev-parse", "main:prod"]);
    let verified = tree();
    world.environments(
        "  - {name: prod, merge: auto, await: {reporters: none}, targets: [{name: eu}, {name: us}, {name: ap}]}\n",
    );
    world.go("1.5.0");
    world.push("main", "other/app.yaml", "kind: ConfigMap\n");
    assert_snapshot!(world.roll_back("prod", Back::default()), @"
    1.5.0 -> 1.4.0
    Done (0)
    prod: Done: 1.4.0 merged, not observed
    ");
    assert_eq!(tree(), verified, "{}", world.git(&["ls-tree", "-r", "--name-only", "main"]));
    assert_eq!(world.git(&["show", "main:other/app.yaml"]), "kind: ConfigMap");
}

#[test]
fn nothing_verified_is_nothing_to_go_back_to() {
    let world = checked("");
    assert_snapshot!(world.roll_back("prod", Back::default()), @"error: greeting is not deployed in `prod`");
    is_bad(&world, "1.3.0\n1.4.0\n");
    world.go("1.3.0");
    assert_snapshot!(world.roll_back("prod", Back::default()), @"
    error: nothing verified to go back to in `prod` from 1.3.0: nothing else was deployed there
    hint: promote a newer release
    ");
    world.go("1.4.0");
    world.go("1.5.0");
    assert_snapshot!(world.roll_back("prod", Back::default()), @"
    error: nothing verified to go back to in `prod` from 1.5.0: 1.4.0 failed: check `smoke` failed: exit status: 1, 1.3.0 failed: check `smoke` failed: exit status: 1
    hint: promote a newer release
    ");
    assert_snapshot!(world.roll_back("prod", Back { to: Some("1.3.0"), ..Back::default() }), @"
    error: cannot go back in `prod`: 1.3.0 failed: check `smoke` failed: exit status: 1
    hint: `towline status --history prod` lists what was deployed
    ");
    assert_snapshot!(world.roll_back("prod", Back { to: Some("1.5.0"), ..Back::default() }), @"
    error: 1.5.0 is what stands in `prod`
    hint: `towline status --history prod` lists what was deployed
    ");
}

#[test]
fn what_people_took_out_is_not_gone_back_to() {
    let world = World::new("  - {name: prod, merge: auto, await: {reporters: none}}\n");
    world.go("1.3.0");
    world.go("1.4.0");
    world.revert("main");
    world.go("1.5.0");
    assert_snapshot!(world.roll_back("prod", Back::default()), @"
    1.5.0 -> 1.3.0
    Done (0)
    prod: Done: 1.3.0 merged, not observed
    ");
    world.go("1.6.0");
    let older = Run { allow_older: true, ..Run::default() };
    world.promote("1.5.1", older, &|_| {});
    world.go("1.7.0");
    assert_snapshot!(world.roll_back("prod", Back::default()), @"
    1.7.0 -> 1.5.1
    Done (0)
    prod: Done: 1.5.1 merged, not observed
    ");
}

#[test]
fn hand_edits_are_not_undone_unasked() {
    let world = World::new("  - {name: prod, merge: auto, await: {reporters: none}}\n");
    world.go("1.4.0");
    world.go("1.5.0");
    world.push("main", "prod/greeting/configmap-greeting.yaml", "kind: ConfigMap\n");
    assert_snapshot!(world.roll_back("prod", Back::default()), @"
    error: cannot propose greeting for prod: this would undo work of people in prod: changed by hand: prod/greeting/configmap-greeting.yaml
    hint: put the change into the templates or variables, and undo it in the GitOps repository; or give it up with `--overwrite-drift`
    ");
    assert_snapshot!(world.roll_back("prod", Back { overwrite_drift: true, ..Back::default() }), @"
    1.5.0 -> 1.4.0
    Done (0)
    prod: Done: 1.4.0 merged, not observed
    ");
}

#[test]
fn people_have_the_last_word_on_a_rollback() {
    let world = World::new("  - {name: prod, await: {reporters: none}}\n");
    for (number, version) in [(1, "1.4.0"), (2, "1.5.0")] {
        world.once(version);
        world.merge(number, MergeMethod::Merge);
        world.once(version);
    }
    let slow = || Back { reason: Some("slow"), once: true, ..Back::default() };
    let once = || Back { once: true, ..Back::default() };
    assert_snapshot!(world.roll_back("prod", slow()), @"
    1.5.0 -> 1.4.0
    Unfinished (75)
    prod: Unfinished: ../gitops.git#3 is waiting to be merged
    ");
    // Whoever goes on need not know why.
    assert_snapshot!(world.roll_back("prod", once()), @"
    1.5.0 -> 1.4.0
    Unfinished (75)
    prod: Unfinished: ../gitops.git#3 is waiting to be merged
    ");
    assert!(world.body(3).contains("Why: `slow`"), "{}", world.body(3));
    // That the release stands is no reason to close it, nor is the same release from other files.
    assert_snapshot!(world.once("1.5.0"), @"
    Unchanged (0)
    prod: Unchanged: 1.5.0 is already merged, not observed
    ");
    let template = std::fs::read_to_string(world.path("app/deploy/config.yaml")).unwrap();
    world.write("app/deploy/config.yaml", &template.replace("data: {", "data: {more: \"yes\", "));
    assert_snapshot!(world.once("1.5.0"), @"error: cannot promote to environment `prod`: cannot propose greeting for prod: ../gitops.git#3 rolls 1.5.0 back");
    world.write("app/deploy/config.yaml", &template);
    world.forge().close_pull(3, "not today").unwrap();
    assert_snapshot!(world.roll_back("prod", slow()), @"
    1.5.0 -> 1.4.0
    Closed (4)
    prod: Closed: ../gitops.git#3 was closed without being merged
    ");
    assert_snapshot!(world.roll_back("prod", Back { again: true, ..slow() }), @"
    1.5.0 -> 1.4.0
    Unfinished (75)
    prod: Unfinished: ../gitops.git#4 is waiting to be merged
    ");
    world.merge(4, MergeMethod::Squash);
    assert_snapshot!(world.roll_back("prod", once()), @"
    1.5.0 -> 1.4.0
    Done (0)
    prod: Done: 1.4.0 merged, not observed
    ");
    world.check_out("main");
    world.by_hand(&["revert", "--no-edit", "HEAD"]);
    world.by_hand(&["push", "--quiet", "origin", "HEAD:main"]);
    assert_snapshot!(world.roll_back("prod", slow()), @"
    1.5.0 -> 1.4.0
    Refused (3)
    prod: Refused: Ann took 1.4.0 out with commit [ID] at 2026-01-05T09:00:00Z; promote a newer release, or roll back again with `towline rollback prod --again`
    ");
    assert_snapshot!(world.pulls(), @"
    #1 Merged Deploy greeting 1.4.0 to prod
    #2 Merged Deploy greeting 1.5.0 to prod
    #3 Closed Roll back greeting from 1.5.0 to 1.4.0 in prod
    #4 Merged Roll back greeting from 1.5.0 to 1.4.0 in prod
    ");
}

#[test]
fn a_newer_release_takes_the_place_of_a_rollback() {
    let world = World::new("  - {name: prod, await: {reporters: none}}\n");
    for (number, version) in [(1, "1.4.0"), (2, "1.5.0")] {
        world.once(version);
        world.merge(number, MergeMethod::Merge);
        world.once(version);
    }
    world.roll_back("prod", Back { once: true, ..Back::default() });
    assert_snapshot!(world.once("1.6.0"), @"
    Unfinished (75)
    prod: Unfinished: ../gitops.git#3 is waiting to be merged
    ");
    assert_snapshot!(world.pulls(), @"
    #1 Merged Deploy greeting 1.4.0 to prod
    #2 Merged Deploy greeting 1.5.0 to prod
    #3 Open Deploy greeting 1.6.0 to prod
    ");
    world.merge(3, MergeMethod::Merge);
    assert_snapshot!(world.once("1.6.0"), @"
    Done (0)
    prod: Done: 1.6.0 merged, not observed
    ");
}

#[test]
fn a_failure_rolls_itself_back() {
    let world = checked(", onFailure: rollback");
    world.go("1.4.0");
    is_bad(&world, "1.5.0\n");
    assert_snapshot!(world.go("1.5.0"), @"
    Failed (5)
    prod: Failed: check `smoke` failed: exit status: 1; rolled back to 1.4.0
    ");
    assert_snapshot!(world.log(), @"
    Roll back greeting from 1.5.0 to 1.4.0 in prod (#3)
    Deploy greeting 1.5.0 to prod (#2)
    Deploy greeting 1.4.0 to prod (#1)
    Begin
    ");
    assert_snapshot!(world.body(3), @r#"
    Rolls back `greeting` in `prod` from `1.5.0` to `1.4.0`. 1 changed. No known risk.

    Why: ``1.5.0 failed: check `smoke` failed: exit status: 1``

    - files: as of commit `[ID]`, where `1.4.0` was verified
    - hold: `1.5.0` is not deployed again without `--release-hold`

    Towline merges this. `towline status prod` shows what it waits for.

    ### Changes

    - `ConfigMap greeting`: `data.version` `1.5.0` → `1.4.0`

    | | resource | file |
    |---|---|---|
    | changed | `ConfigMap greeting` | `prod/greeting/configmap-greeting.yaml` |

    <details><summary>Diff</summary>

    ```diff
    --- a/prod/greeting/configmap-greeting.yaml
    +++ b/prod/greeting/configmap-greeting.yaml
    @@ -3,6 +3,6 @@
     metadata:
       name: greeting
     data:
    -  version: "1.5.0"
    +  version: "1.4.0"
       greeting: hello
       environment: prod
    ```

    </details>
    "#);
    assert_snapshot!(world.go("1.5.0"), @"
    Refused (3)
    prod: Refused: on hold: Release Bot rolled 1.5.0 back at 2026-01-05T09:00:00Z with commit [ID]: 1.5.0 failed: check `smoke` failed: exit status: 1; promote a newer release, or lift the hold with `--release-hold`
    ");
    assert_snapshot!(world.status(), @"
    ENVIRONMENT  DEPLOYED  AGE  VERDICT                               PROPOSED
    prod         1.4.0     now  1.4.0 verified: 0 reporters, 1 check  -
    prod: 1.5.0 was rolled back to 1.4.0: 1.5.0 failed: check `smoke` failed: exit status: 1
    prod: 1.5.0 is on hold since 2026-01-05T09:00:00Z by Release Bot, with commit [ID]; `--release-hold` lifts that
    ");
    assert_snapshot!(world.go("1.6.0"), @"
    Done (0)
    prod: Done: 1.6.0 verified: 0 reporters, 1 check
    ");
}

#[test]
fn a_rollout_that_fails_or_takes_too_long_rolls_itself_back() {
    let world = World::new(
        "  - {name: prod, merge: auto, onFailure: rollback, await: {reporters: [{status: op}], settle: 0s, grace: 0s}}\n",
    );
    let says = |state: Option<StatusState>| {
        let world = &world;
        move |event: &Event| {
            let merged = match &event.what {
                What::Merged { .. } => true,
                // What is brought back works.
                What::Rollback { what, .. } => {
                    if matches!(**what, What::Merged { .. }) {
                        world.report("main", "op", StatusState::Success);
                    }
                    false
                }
                _ => false,
            };
            if let Some(state) = state.filter(|_| merged) {
                world.report("main", "op", state);
            }
        }
    };
    world.promote("1.4.0", Run::default(), &says(Some(StatusState::Success)));
    assert_snapshot!(world.promote("1.5.0", Run::default(), &says(Some(StatusState::Failure))), @"
    Failed (5)
    prod: Failed: op failed; rolled back to 1.4.0
    ");
    assert_snapshot!(world.promote("1.6.0", Run::default(), &says(None)), @"
    TimedOut (6)
    prod: TimedOut: not every reporter appeared within 15m of the merge: expected op (seen 0 of 1); seen nothing; op reported on [ID], the commit before yours, and has been silent since: is it suspended, or its interval longer than 15m?; rolled back to 1.4.0
    ");
    assert_snapshot!(world.log(), @"
    Roll back greeting from 1.6.0 to 1.4.0 in prod (#5)
    Deploy greeting 1.6.0 to prod (#4)
    Roll back greeting from 1.5.0 to 1.4.0 in prod (#3)
    Deploy greeting 1.5.0 to prod (#2)
    Deploy greeting 1.4.0 to prod (#1)
    Begin
    ");
}

#[test]
fn with_nothing_verified_a_failure_is_only_a_failure() {
    let world = checked(", onFailure: rollback");
    is_bad(&world, "1.4.0\n1.5.0\n");
    assert_snapshot!(world.go("1.4.0"), @"
    Failed (5)
    prod: Failed: check `smoke` failed: exit status: 1; not rolled back: nothing verified to go back to in `prod` from 1.4.0: nothing else was deployed there; promote a newer release
    ");
    assert_snapshot!(world.go("1.5.0"), @"
    Failed (5)
    prod: Failed: check `smoke` failed: exit status: 1; not rolled back: nothing verified to go back to in `prod` from 1.5.0: 1.4.0 failed: check `smoke` failed: exit status: 1; promote a newer release
    ");
    assert_snapshot!(world.pulls(), @"
    #1 Merged Deploy greeting 1.4.0 to prod
    #2 Merged Deploy greeting 1.5.0 to prod
    ");
}

/// Every run does what it can and ends; people merge in between.
#[test]
fn a_rollback_that_people_merge_is_gone_on_with() {
    let check = "checks: [{name: smoke, run: \"! grep -qx $TOWLINE_RELEASE bad\"}]";
    let world = World::new(&format!(
        "  - {{name: prod, await: {{reporters: none}}, onFailure: rollback, {check}}}\n  - {{name: later, await: \
         {{reporters: none}}}}\n"
    ));
    is_bad(&world, "1.5.0\n");
    world.once("1.4.0");
    world.merge(1, MergeMethod::Merge);
    world.once("1.4.0");
    world.once("1.5.0");
    world.merge(3, MergeMethod::Merge);
    assert_snapshot!(world.once("1.5.0"), @"
    Unfinished (75)
    prod: Unfinished: check `smoke` failed: exit status: 1; rolling back to 1.4.0: ../gitops.git#4 is waiting to be merged
    ");
    assert_snapshot!(world.once("1.5.0"), @"
    Unfinished (75)
    prod: Unfinished: 1.5.0 failed: check `smoke` failed: exit status: 1; rolling back to 1.4.0: ../gitops.git#4 is waiting to be merged
    ");
    assert_snapshot!(world.pulls(), @"
    #1 Merged Deploy greeting 1.4.0 to prod
    #2 Open Deploy greeting 1.4.0 to later
    #3 Merged Deploy greeting 1.5.0 to prod
    #4 Open Roll back greeting from 1.5.0 to 1.4.0 in prod
    ");
    world.merge(4, MergeMethod::Merge);
    assert_snapshot!(world.once("1.5.0"), @"
    Failed (5)
    prod: Failed: 1.5.0 failed: check `smoke` failed: exit status: 1; rolled back to 1.4.0
    ");
    assert_snapshot!(world.once("1.5.0"), @"
    Refused (3)
    prod: Refused: on hold: Release Bot rolled 1.5.0 back at 2026-01-05T09:00:00Z with commit [ID]: 1.5.0 failed: check `smoke` failed: exit status: 1; promote a newer release, or lift the hold with `--release-hold`
    ");
    assert_snapshot!(world.status(), @"
    ENVIRONMENT  DEPLOYED  AGE  VERDICT                               PROPOSED
    prod         1.4.0     now  1.4.0 verified: 0 reporters, 1 check  -
    later        -         -    -                                     1.4.0 (#2, now)
    prod: 1.5.0 was rolled back to 1.4.0: 1.5.0 failed: check `smoke` failed: exit status: 1
    prod: 1.5.0 is on hold since 2026-01-05T09:00:00Z by Release Bot, with commit [ID]; `--release-hold` lifts that
    ");
}

#[test]
fn whoever_waits_for_a_release_is_told_that_it_was_rolled_back() {
    let world = World::new("  - {name: prod, merge: auto, await: {reporters: [{status: op}], settle: 0s}}\n");
    world.once("1.4.0");
    world.report("main", "op", StatusState::Success);
    world.once("1.4.0");
    let said = world.promote("1.5.0", Run::default(), &|event| {
        if waits(event, "prod") && world.log().starts_with("Deploy greeting 1.5.0") {
            world.roll_back("prod", Back { reason: Some("it burns"), once: true, ..Back::default() });
        }
    });
    assert_snapshot!(said, @"
    Refused (3)
    prod: Refused: on hold: Release Bot rolled 1.5.0 back at 2026-01-05T09:00:00Z with commit [ID]: it burns; promote a newer release, or lift the hold with `--release-hold`
    ");
}

#[test]
fn people_who_close_the_rollback_of_a_failure_keep_the_release() {
    let check = "checks: [{name: smoke, run: \"! grep -qx $TOWLINE_RELEASE bad\"}]";
    let world = World::new(&format!(
        "  - {{name: prod, await: {{reporters: none}}, onFailure: rollback, {check}}}\n"
    ));
    is_bad(&world, "1.5.0\n");
    for (number, version) in [(1, "1.4.0"), (2, "1.5.0")] {
        world.once(version);
        world.merge(number, MergeMethod::Merge);
        world.once(version);
    }
    world.forge().close_pull(3, "we repair it there").unwrap();
    assert_snapshot!(world.once("1.5.0"), @"
    Failed (5)
    prod: Failed: check `smoke` failed: exit status: 1; the rollback to 1.4.0 did not succeed: ../gitops.git#3 was closed without being merged
    ");
    is_bad(&world, "");
    assert_snapshot!(world.once("1.5.0"), @"
    Done (0)
    prod: Done: 1.5.0 verified: 0 reporters, 1 check
    ");
    assert_snapshot!(world.pulls(), @"
    #1 Merged Deploy greeting 1.4.0 to prod
    #2 Merged Deploy greeting 1.5.0 to prod
    #3 Closed Roll back greeting from 1.5.0 to 1.4.0 in prod
    ");
}

#[test]
fn a_rollback_that_fails_says_so() {
    let world = checked(", onFailure: rollback");
    world.go("1.4.0");
    is_bad(&world, "1.4.0\n1.5.0\n");
    assert_snapshot!(world.go("1.5.0"), @"
    Failed (5)
    prod: Failed: check `smoke` failed: exit status: 1; the rollback to 1.4.0 did not succeed: check `smoke` failed: exit status: 1
    ");
    // Running again tries again.
    is_bad(&world, "1.5.0\n");
    assert_snapshot!(world.go("1.5.0"), @"
    Failed (5)
    prod: Failed: 1.5.0 failed: check `smoke` failed: exit status: 1; rolled back to 1.4.0
    ");
    assert_snapshot!(world.go("1.5.0"), @"
    Refused (3)
    prod: Refused: on hold: Release Bot rolled 1.5.0 back at 2026-01-05T09:00:00Z with commit [ID]: 1.5.0 failed: check `smoke` failed: exit status: 1; promote a newer release, or lift the hold with `--release-hold`
    ");
}
