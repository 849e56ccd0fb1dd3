//! People have the last word: what they took out stays out, what they changed is not called verified,
//! and only the latest verdict counts.

use insta::assert_snapshot;
use towline::forge::StatusState;
use towline::gitops::Destinations;
use towline::promote::{Selection, What};
use towline::propose::merge::{MergeOptions, merge};
use towline::propose::{self, ProposeOptions};
use towline::vocabulary::{MergeMethod, Outcome};

use super::world::{QUIET, Run, World};

/// dev and prod, each verified by an operator.
const WATCHED: &str =
    "  - {name: dev, merge: auto, await: {reporters: [{status: dev}], settle: 0s, grace: 0s}}
  - {name: prod, merge: auto, await: {reporters: [{status: prod}], settle: 0s, grace: 0s}}
";

fn only(world: &World, environment: &str, version: &str) -> String {
    let selection = Selection::Only(environment.to_owned());
    world.promote(version, Run { selection, once: true, ..Run::default() }, &|_| {})
}

/// Promotes once, with the operators' word after each merge.
fn verified(world: &World, version: &str) {
    for environment in ["dev", "prod"] {
        world.once(version);
        world.report("main", environment, StatusState::Success);
    }
    world.once(version);
}

#[test]
fn what_people_revert_stays_out_until_a_newer_release() {
    let world = World::new(WATCHED);
    verified(&world, "1.0.0");
    verified(&world, "1.1.0");
    world.revert("main");
    let refusal = world.once("1.1.0");
    assert_snapshot!(refusal, @"
    Refused (3)
    dev: Unchanged: 1.1.0 is already verified
    prod: Refused: Ann took 1.1.0 out with commit [ID] at 2026-01-05T09:00:00Z; promote a newer release, or deploy this one again with `towline promote --again`
    ");
    assert_eq!(world.once("1.1.0"), refusal);
    assert_snapshot!(world.log(), @r#"
    Revert "Deploy greeting 1.1.0 to prod (#4)"
    Deploy greeting 1.1.0 to prod (#4)
    Deploy greeting 1.1.0 to dev (#3)
    Deploy greeting 1.0.0 to prod (#2)
    Deploy greeting 1.0.0 to dev (#1)
    Begin
    "#);
    // The older release is deployed again, which is a deployment of its own.
    assert_snapshot!(world.once("1.0.0"), @"
    Unfinished (75)
    dev: Unchanged: greeting 1.0.0 for dev is older than 1.1.0, which is already deployed
    prod: Unfinished: nothing yet from prod
    ");
    verified(&world, "1.2.0");
    assert_snapshot!(world.once("1.2.0"), @"
    Unchanged (0)
    dev: Unchanged: 1.2.0 is already verified
    prod: Unchanged: 1.2.0 is already verified
    ");
}

#[test]
fn a_release_that_was_taken_out_of_an_environment_is_not_verified_there() {
    let world = World::new(WATCHED);
    verified(&world, "1.0.0");
    world.once("1.1.0");
    world.report("main", "dev", StatusState::Success);
    only(&world, "dev", "1.1.0");
    world.revert("main");
    assert_snapshot!(only(&world, "prod", "1.1.0"), @"
    Refused (3)
    prod: Refused: release 1.1.0 is not verified in environment `dev`, which `prod` needs: Ann took 1.1.0 out with commit [ID] at 2026-01-05T09:00:00Z; run `towline promote --to dev --release 1.1.0 --again` first
    ");
}

#[test]
fn a_merge_that_a_force_push_dropped_stays_out() {
    let world = World::new(QUIET);
    world.go("1.0.0");
    let before = world.git(&["rev-parse", "main"]);
    world.go("1.1.0");
    world.git(&["update-ref", "refs/heads/main", &before]);
    assert_snapshot!(world.go("1.1.0"), @"
    Refused (3)
    dev: Refused: a force-push dropped the merge of 1.1.0 from the branch; promote a newer release, or deploy this one again with `towline promote --again`
    ");
    assert_snapshot!(world.promote("1.1.0", Run { again: true, ..Run::default() }, &|_| {}), @"
    Done (0)
    dev: Done: 1.1.0 merged, not observed
    staging: Done: 1.1.0 merged, not observed
    prod: Done: 1.1.0 merged, not observed
    ");
}

#[test]
fn again_deploys_what_was_taken_out() {
    let world = World::new(QUIET);
    world.go("1.0.0");
    world.revert("main");
    assert_snapshot!(world.go("1.0.0"), @"
    Refused (3)
    dev: Unchanged: 1.0.0 is already merged, not observed
    staging: Unchanged: 1.0.0 is already merged, not observed
    prod: Refused: Ann took 1.0.0 out with commit [ID] at 2026-01-05T09:00:00Z; promote a newer release, or deploy this one again with `towline promote --again`
    ");
    assert_snapshot!(world.promote("1.0.0", Run { again: true, ..Run::default() }, &|_| {}), @"
    Done (0)
    dev: Unchanged: 1.0.0 is already merged, not observed
    staging: Unchanged: 1.0.0 is already merged, not observed
    prod: Done: 1.0.0 merged, not observed
    ");
}

#[test]
fn again_waits_afresh_after_a_failure() {
    let world = World::new(WATCHED);
    world.once("1.0.0");
    world.report("main", "dev", StatusState::Failure);
    world.sleep(3600);
    assert_snapshot!(only(&world, "dev", "1.0.0"), @"
    Failed (5)
    dev: Failed: dev failed
    ");
    let again =
        || Run { again: true, once: true, selection: Selection::Only("dev".into()), ..Run::default() };
    assert_snapshot!(world.promote("1.0.0", again(), &|_| {}), @"
    Unfinished (75)
    dev: Unfinished: nothing yet from dev
    ");
    world.sleep(1);
    world.report("main", "dev", StatusState::Success);
    world.sleep(1);
    assert_snapshot!(world.promote("1.0.0", again(), &|_| {}), @"
    Done (0)
    dev: Done: 1.0.0 verified: 1 reporter, 0 checks
    ");
}

#[test]
fn the_last_verdict_of_a_release_counts() {
    let world = World::new(WATCHED);
    verified(&world, "1.0.0");
    verified(&world, "1.1.0");
    let older =
        Run { once: true, allow_older: true, selection: Selection::Only("dev".into()), ..Run::default() };
    world.promote("1.0.0", older, &|_| {});
    world.report("main", "dev", StatusState::Failure);
    world.sleep(1);
    assert_snapshot!(only(&world, "dev", "1.0.0"), @"
    Failed (5)
    dev: Failed: dev failed
    ");
    let older =
        Run { once: true, allow_older: true, selection: Selection::Only("prod".into()), ..Run::default() };
    assert_snapshot!(world.promote("1.0.0", older, &|_| {}), @r#"
    Refused (3)
    prod: Refused: release 1.0.0 is not verified in environment `dev`, which `prod` needs: its last verdict there is "1.0.0 failed: dev failed"; run `towline promote --to dev --release 1.0.0` first
    "#);
}

#[test]
fn what_people_changed_in_the_proposal_is_not_verified() {
    let world = World::new("  - {name: dev, await: {reporters: none}}\n");
    let said = world.promote("1.0.0", Run::default(), &|event| {
        if matches!(event.what, What::Proposed { .. }) {
            world.push("towline/dev/greeting", "dev/greeting/configmap-greeting.yaml", "kind: ConfigMap\n");
            world.merge(1, MergeMethod::Merge);
        }
    });
    assert_snapshot!(said, @"
    Refused (3)
    dev: Refused: people changed 1.0.0 before it was merged as [ID]: dev/greeting/configmap-greeting.yaml; release what they changed, or put back what was rendered with `--overwrite-drift`
    ");
    assert_eq!(world.forge().commit_statuses(world.repository().branch_tip("main").unwrap()).unwrap(), []);
}

#[test]
fn what_people_added_to_the_proposal_is_not_verified() {
    for path in ["dev/greeting/extra.yaml", "dev/other.yaml"] {
        for method in [MergeMethod::Merge, MergeMethod::Squash] {
            let world = World::new("  - {name: dev, await: {reporters: none}}\n");
            let said = world.promote("1.0.0", Run::default(), &|event| {
                if matches!(event.what, What::Proposed { .. }) {
                    world.push("towline/dev/greeting", path, "kind: ConfigMap\n");
                    world.merge(1, method);
                }
            });
            let added = format!(": {path}; look at that, and promote a newer release");
            assert!(said.starts_with("Refused (3)") && said.trim_end().ends_with(&added), "{said}");
            let tip = world.repository().branch_tip("main").unwrap();
            assert_eq!(world.forge().commit_statuses(tip).unwrap(), []);
            // What they added stays, and the next release goes on.
            let said = world.promote("1.1.0", Run::default(), &|event| {
                if matches!(event.what, What::Proposed { .. }) {
                    world.merge(2, method);
                }
            });
            assert!(said.starts_with("Done (0)"), "{said}");
            let tip = world.repository().branch_tip("main").unwrap();
            assert!(world.repository().read_file(tip, path).unwrap().is_some());
        }
    }
}

/// Whoever merges without the forge dates the merge with a clock of their own.
#[test]
fn a_wrong_clock_neither_hides_a_report_nor_ends_a_wait() {
    for wrong in [600, -72_000] {
        let world =
            World::new("  - {name: dev, await: {reporters: [{status: dev}], settle: 0s, grace: 0s}}\n");
        world.once("1.0.0");
        world.merge_by_hand("towline/dev/greeting", wrong);
        insta::allow_duplicates! {
            assert_snapshot!(world.once("1.0.0"), @"
            Unfinished (75)
            dev: Unfinished: nothing yet from dev
            ");
        }
        world.sleep(1);
        world.report("main", "dev", StatusState::Success);
        insta::allow_duplicates! {
            assert_snapshot!(world.once("1.0.0"), @"
            Done (0)
            dev: Done: 1.0.0 verified: 1 reporter, 0 checks
            ");
        }
    }
}

#[test]
fn people_who_merge_the_branch_into_theirs_change_no_verdict() {
    let world = World::new(WATCHED);
    let before = world.git(&["rev-parse", "main"]);
    verified(&world, "1.0.0");
    world.foxtrot(&before);
    let verified = world.once("1.0.0");
    assert_snapshot!(verified, @"
    Unchanged (0)
    dev: Unchanged: 1.0.0 is already verified
    prod: Unchanged: 1.0.0 is already verified
    ");
    // Not even while a newer release is proposed.
    world.environments(&WATCHED.replace("auto", "manual"));
    world.once("1.1.0");
    world.environments(WATCHED);
    assert_eq!(world.once("1.0.0"), verified);
}

#[test]
fn what_was_removed_on_request_is_not_deployed_again() {
    let world = World::new("  - {name: dev, merge: auto, await: {reporters: none}}\n");
    world.go("1.0.0");
    let pipeline = world.pipeline();
    let destinations = Destinations::new(&pipeline, world.access());
    let destination = destinations.open(&pipeline.environments[0]).unwrap();
    propose::remove(&destination, None, &ProposeOptions::default()).unwrap().unwrap();
    world.merge(2, MergeMethod::Merge);
    assert_snapshot!(world.go("1.0.0"), @"
    Refused (3)
    dev: Refused: Release Bot took 1.0.0 out with commit [ID] at 2026-01-05T09:00:00Z; promote a newer release, or deploy this one again with `towline promote --again`
    ");
    assert_snapshot!(world.go("1.1.0"), @"
    Done (0)
    dev: Done: 1.1.0 merged, not observed
    ");
}

/// What runs in dev is not what was verified there.
#[test]
fn a_hand_edit_in_an_environment_keeps_the_release_from_the_next() {
    let world = World::new(QUIET);
    let to_dev = Run { selection: Selection::To("dev".into()), ..Run::default() };
    world.promote("1.0.0", to_dev, &|_| {});
    world.push("main", "dev/greeting/configmap-greeting.yaml", "kind: ConfigMap\n");
    assert_snapshot!(only(&world, "staging", "1.0.0"), @"
    Refused (3)
    staging: Refused: release 1.0.0 is not verified in environment `dev`, which `staging` needs: people changed its files there by hand: dev/greeting/configmap-greeting.yaml; run `towline promote --to dev --release 1.0.0` first
    ");
}

/// git would mix the two.
#[test]
fn a_proposal_is_not_merged_over_a_hand_edit() {
    let world = World::new("  - {name: dev, await: {reporters: none}}\n");
    world.once("1.0.0");
    world.merge(1, MergeMethod::Merge);
    world.once("1.1.0");
    let path = "dev/greeting/configmap-greeting.yaml";
    let edited = world.git(&["show", &format!("main:{path}")]).replace("kind:", "# careful\nkind:");
    world.push("main", path, &(edited + "\n"));
    let pipeline = world.pipeline();
    let destinations = Destinations::new(&pipeline, world.access());
    let destination = destinations.open(&pipeline.environments[0]).unwrap();
    let options = MergeOptions { pull: None, method: MergeMethod::Merge, when_ready: false, overrides: &[] };
    let merged = merge(&destination, &options).unwrap();
    assert_snapshot!(world.tidy(&merged.message), @"people changed dev/greeting/configmap-greeting.yaml on main since ../gitops.git#2 was proposed");
    assert_eq!((merged.outcome, merged.commit), (Outcome::Refused, None));
}

#[test]
fn only_changes_of_the_fields_that_are_listed_are_merged() {
    let world = World::new("  - {name: dev, merge: {auto: [data.version]}, await: {reporters: none}}\n");
    assert_snapshot!(world.once("1.0.0"), @"
Unfinished (75)
dev: Unfinished: ../gitops.git#1 is waiting to be merged
");
    world.merge(1, MergeMethod::Merge);
    world.once("1.0.0");
    // Nothing but the version.
    assert_snapshot!(world.once("1.1.0"), @"
Done (0)
dev: Done: 1.1.0 merged, not observed
");
    let config = std::fs::read_to_string(world.path("app/deploy/config.yaml")).unwrap();
    world.write("app/deploy/config.yaml", &config.replace("{{ greeting }}", "{{ greeting }}!"));
    assert_snapshot!(world.once("1.2.0"), @"
Unfinished (75)
dev: Unfinished: ../gitops.git#3 is waiting to be merged
");
    let body = world.forge().get_pull(3).unwrap().body;
    assert!(body.contains("- ⚠️ people merge this: `ConfigMap greeting changes data.greeting`"), "{body}");
    world.merge(3, MergeMethod::Merge);
    assert_snapshot!(world.once("1.2.0"), @"
Done (0)
dev: Done: 1.2.0 merged, not observed
");
}
