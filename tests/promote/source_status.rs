//! What developers see of a release on the commit that it was made from.

use std::sync::{Arc, Mutex};

use insta::assert_snapshot;
use towline::forge::StatusState;
use towline::git::Repository;
use towline::gitops::Destinations;
use towline::promote::What;
use towline::source_status::SourceStatus;
use towline::vocabulary::MergeMethod;

use super::world::{Run, World, waits};

const FLUX: &str = "  - name: dev\n    merge: auto\n    await: {reporters: [{status: \"flux/*\"}]}\n  \
                    - {name: prod, await: {reporters: none}}\n";

/// A world whose application has a repository of its own, with a commit for each version.
fn world(environments: &str, versions: &[&str]) -> World {
    let world = World::new(environments);
    world.show_at_source("sourceStatus: true");
    for version in versions {
        world.commit_source(version);
    }
    world
}

#[test]
fn every_step_of_a_release_is_shown_where_developers_look() {
    let world = world(FLUX, &["1.4.0"]);
    let said = world.promote("1.4.0", Run::default(), &|event| {
        if waits(event, "dev") {
            world.report("main", "flux/greeting", StatusState::Success);
            world.sleep(10);
        }
        if event.environment == "prod" && matches!(event.what, What::Proposed { .. }) {
            world.merge(2, MergeMethod::Merge);
        }
    });
    assert!(said.starts_with("Done (0)"), "{said}");
    assert_snapshot!(world.shown_at_source("1.4.0"), @"
    towline/dev Pending: Proposed 1.4.0
    towline/dev Pending: Deploying 1.4.0 as [ID]
    towline/dev Success: Deployed 1.4.0 as [ID]
    towline/prod Pending: Proposed 1.4.0
    towline/prod Pending: Deploying 1.4.0 as [ID]
    towline/prod Success: Deployed 1.4.0 as [ID], not observed
    ");
    // Whatever is run again, it says so already.
    let shown = world.shown_at_source("1.4.0");
    world.go("1.4.0");
    world.once("1.4.0");
    assert_eq!(world.shown_at_source("1.4.0"), shown);
}

#[test]
fn runs_that_do_not_wait_show_the_same() {
    let world = world(FLUX, &["1.4.0"]);
    world.once("1.4.0");
    world.once("1.4.0");
    assert_snapshot!(world.shown_at_source("1.4.0"), @"
    towline/dev Pending: Proposed 1.4.0
    towline/dev Pending: Deploying 1.4.0 as [ID]
    ");
    world.report("main", "flux/greeting", StatusState::Success);
    world.once("1.4.0");
    world.sleep(10);
    world.once("1.4.0");
    world.merge(2, MergeMethod::Squash);
    world.once("1.4.0");
    assert_snapshot!(world.shown_at_source("1.4.0"), @"
    towline/dev Pending: Proposed 1.4.0
    towline/dev Pending: Deploying 1.4.0 as [ID]
    towline/dev Success: Deployed 1.4.0 as [ID]
    towline/prod Pending: Proposed 1.4.0
    towline/prod Success: Deployed 1.4.0 as [ID], not observed
    ");
}

#[test]
fn a_failure_says_why() {
    let world = world(
        "  - name: dev\n    merge: auto\n    await: {reporters: none}\n    \
         checks: [{name: smoke, run: exit 1}]\n",
        &["1.4.0"],
    );
    world.go("1.4.0");
    assert_snapshot!(world.shown_at_source("1.4.0"), @"
    towline/dev Pending: Proposed 1.4.0
    towline/dev Pending: Deploying 1.4.0 as [ID]
    towline/dev Failure: 1.4.0 failed: check `smoke` failed: exit status: 1
    ");
    let world = self::world(FLUX, &["1.4.0"]);
    world.promote("1.4.0", Run::default(), &|event| {
        if waits(event, "dev") {
            world.sleep(3600);
        }
    });
    assert_snapshot!(world.shown_at_source("1.4.0"), @"
    towline/dev Pending: Proposed 1.4.0
    towline/dev Pending: Deploying 1.4.0 as [ID]
    towline/dev Failure: 1.4.0 timed out: not every reporter appeared within 15m of the merge: expected flux/* (seen 0 of 1); seen nothing; nothing that matches flu…
    ");
}

#[test]
fn an_answer_of_people_ends_what_is_shown() {
    let world = world("  - {name: dev, await: {reporters: none}}\n", &["1.4.0", "1.5.0", "1.6.0"]);
    world.once("1.4.0");
    world.forge().close_pull(1, "not now").unwrap();
    world.once("1.4.0");
    assert_snapshot!(world.shown_at_source("1.4.0"), @"
    towline/dev Pending: Proposed 1.4.0
    towline/dev Error: 1.4.0 was closed without a merge
    ");
    // The next release takes the pull request of the one before over.
    world.once("1.5.0");
    world.once("1.6.0");
    assert_snapshot!(world.shown_at_source("1.5.0"), @"
    towline/dev Pending: Proposed 1.5.0
    towline/dev Error: 1.5.0 was replaced by 1.6.0
    ");
    world.merge(2, MergeMethod::Merge);
    world.once("1.6.0");
    world.revert("main");
    world.once("1.6.0");
    assert_snapshot!(world.shown_at_source("1.6.0"), @"
    towline/dev Pending: Proposed 1.6.0
    towline/dev Success: Deployed 1.6.0 as [ID], not observed
    towline/dev Error: Ann took 1.6.0 out with commit [ID] at 2026-01-05T09:00:00Z
    ");
}

#[test]
fn a_release_that_a_newer_one_replaced_is_not_waited_for_any_more() {
    let world = world(FLUX, &["1.4.0", "1.5.0"]);
    world.once("1.4.0");
    world.once("1.5.0");
    assert_snapshot!(world.shown_at_source("1.4.0"), @"
    towline/dev Pending: Proposed 1.4.0
    towline/dev Pending: Deploying 1.4.0 as [ID]
    towline/dev Error: 1.4.0 was replaced by 1.5.0
    ");
}

/// Another tag on the same commit.
#[test]
fn an_older_release_from_the_same_commit_hides_nothing_of_the_newer_one() {
    let world = world("  - {name: dev, merge: auto, await: {reporters: none}}\n", &["1.5.0"]);
    world.git_in("source", &["tag", "1.4.0"]);
    world.go("1.5.0");
    let shown = world.shown_at_source("1.5.0");
    assert_snapshot!(world.go("1.4.0"), @"
    Superseded (7)
    dev: Superseded: greeting 1.4.0 for dev is older than 1.5.0, which is already deployed
    ");
    assert_eq!(world.shown_at_source("1.4.0"), shown);
}

#[test]
fn applications_of_one_repository_are_kept_apart() {
    let world = World::new("  - {name: dev, merge: auto, await: {reporters: none}}\n");
    world.show_at_source("sourceStatus: {context: \"towline/{{ environment }}/{{ application }}\"}");
    world.commit_source("1.4.0");
    world.go("1.4.0");
    assert_snapshot!(world.shown_at_source("1.4.0"), @"
    towline/dev/greeting Pending: Proposed 1.4.0
    towline/dev/greeting Pending: Deploying 1.4.0 as [ID]
    towline/dev/greeting Success: Deployed 1.4.0 as [ID], not observed
    ");
}

/// Files that are in no commit, and a release whose commit nobody knows.
#[test]
fn without_a_commit_nothing_is_shown_and_nothing_is_missing() {
    let world = world("  - {name: dev, merge: auto, await: {reporters: none}}\n", &[]);
    assert_snapshot!(world.go("1.4.0"), @"
    Done (0)
    dev: Done: 1.4.0 merged, not observed
    ");
}

#[test]
fn what_cannot_be_shown_is_said_once_and_stops_nothing() {
    let world = world(FLUX, &["1.4.0"]);
    std::fs::rename(world.path("source.git"), world.path("moved.git")).unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let (pipeline, told_here) = (world.pipeline(), told.clone());
    let mut access = world.access();
    access.notify = Arc::new(move |line| told_here.lock().unwrap().push(line.to_owned()));
    let destinations = Destinations::new(&pipeline, access);
    let source = SourceStatus::new(&destinations);
    for commit in [1, 2] {
        let event = towline::promote::Event {
            environment: "dev".into(),
            what: What::Merged { commit: git2::Oid::from_str(&commit.to_string().repeat(40)).unwrap() },
        };
        source.promotion(&world.release("1.4.0"), &event);
    }
    let told = told.lock().unwrap().join("\n");
    assert_snapshot!(world.tidy(&told), @"cannot write source statuses: there is no bare repository ../source.git; correct `source.repository`; the promotion goes on");
}

#[test]
fn a_merge_by_command_is_a_step_too() {
    let world = world("  - {name: dev, await: {reporters: none}}\n", &["1.4.0"]);
    world.once("1.4.0");
    let pipeline = world.pipeline();
    let destinations = Destinations::new(&pipeline, world.access());
    let destination = destinations.open(&pipeline.environments[0]).unwrap();
    world.merge(1, MergeMethod::Merge);
    let commit = destination.base_tip().unwrap();
    SourceStatus::new(&destinations).merged(&destination, commit, "../gitops.git#1");
    assert_snapshot!(world.shown_at_source("1.4.0"), @"
    towline/dev Pending: Proposed 1.4.0
    towline/dev Pending: Deploying 1.4.0 as [ID]
    ");
    let source = Repository::open("source.git", &world.path("")).unwrap();
    assert!(source.branch_tip("main").is_ok());
}

#[test]
fn a_failure_that_was_rolled_back_is_shown_on_both_releases() {
    let checks = "onFailure: rollback, checks: [{name: smoke, run: 'test $TOWLINE_RELEASE != 1.5.0'}]";
    let environments = format!("  - {{name: prod, merge: auto, await: {{reporters: none}}, {checks}}}\n");
    let world = world(&environments, &["1.4.0", "1.5.0"]);
    world.go("1.4.0");
    world.go("1.5.0");
    assert_snapshot!(world.shown_at_source("1.5.0"), @"
    towline/prod Pending: Proposed 1.5.0
    towline/prod Pending: Deploying 1.5.0 as [ID]
    towline/prod Error: 1.5.0 was replaced by 1.4.0
    towline/prod Failure: 1.5.0 failed: check `smoke` failed: exit status: 1; rolled back to 1.4.0
    ");
    assert_snapshot!(world.shown_at_source("1.4.0"), @"
    towline/prod Pending: Proposed 1.4.0
    towline/prod Pending: Deploying 1.4.0 as [ID]
    towline/prod Success: Deployed 1.4.0 as [ID]
    towline/prod Pending: Proposed 1.4.0
    towline/prod Pending: Deploying 1.4.0 as [ID]
    towline/prod Success: Deployed 1.4.0 as [ID]
    ");
}
