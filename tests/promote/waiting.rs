//! How waiting goes wrong, and what is seen then.

use std::cell::{Cell, RefCell};

use insta::assert_snapshot;
use towline::clock::Clock;
use towline::forge::StatusState;
use towline::gitops::Destinations;
use towline::promote::{Event, ProposalEvent, What};
use towline::rollout::{self, Awaited, Named, News, State};
use towline::vocabulary::MergeMethod;

use super::world::{POLLING, QUIET, Run, World, waits};
use crate::given;

const FLUX: &str = "  - name: dev\n    await: {reporters: [{status: \"flux/*\"}], merge: 1h}\n";

/// A world in which 1.4.0 is proposed and merged.
fn merged(environments: &str, method: MergeMethod) -> World {
    let world = World::new(environments);
    world.once("1.4.0");
    world.merge(1, method);
    world
}

#[test]
fn a_proposal_waits_for_its_merge_for_so_long() {
    let world = World::new(FLUX);
    assert_snapshot!(world.look("dev"), @"error: nothing is proposed or deployed for environment `dev`");
    world.once("1.4.0");
    world.sleep(3599);
    assert_snapshot!(world.look("dev"), @"Unfinished: ../gitops.git#1 is waiting to be merged");
    world.sleep(1);
    assert_snapshot!(world.look("dev"), @"TimedOut: ../gitops.git#1 was not merged within 1h");
    // A newer release is a new proposal, in the same pull request.
    assert_snapshot!(world.once("1.5.0"), @r#"
Unfinished (75)
dev: Unfinished: ../gitops.git#1 is waiting to be merged
"#);
    world.forge().close_pull(1, "no").unwrap();
    assert_snapshot!(world.look("dev"), @"Closed: the pull request was closed without being merged");
}

/// The merged commit is neither the head nor what was there before.
#[test]
fn every_way_to_merge_is_followed() {
    for method in [MergeMethod::Merge, MergeMethod::Squash, MergeMethod::FastForward] {
        let world = merged(FLUX, method);
        world.report("main", "flux/greeting", StatusState::Success);
        world.sleep(10);
        let seen = world.observe("dev").unwrap();
        assert_eq!(seen.state, State::Done, "{method:?}");
        assert_eq!(seen.merged.unwrap().to_string(), world.git(&["rev-parse", "main"]));
    }
}

/// Operators report on the head of the branch; our commit never gets a status of its own.
#[test]
fn a_report_on_a_later_commit_counts_while_our_files_are_the_same() {
    let world = merged(FLUX, MergeMethod::Merge);
    world.push("main", "dev/other/app.yaml", "other: 1\n");
    world.push("main", "dev/greeting/notes.txt", "not one of ours\n");
    assert_snapshot!(world.look("dev"), @"Unfinished: nothing yet from flux/*");
    world.report("main", "flux/greeting", StatusState::Success);
    world.sleep(10);
    assert_snapshot!(world.look("dev"), @"Done");
}

#[test]
fn a_later_commit_with_other_files_of_ours_supersedes() {
    let world = merged(FLUX, MergeMethod::Merge);
    world.push("main", "dev/greeting/configmap-greeting.yaml", "by: hand\n");
    world.report("main", "flux/greeting", StatusState::Success);
    world.sleep(10);
    assert_snapshot!(world.look("dev"), @"Superseded: commit [ID] changed the files of environment `dev`");
}

#[test]
fn what_was_done_before_it_was_superseded_stays_done() {
    let world = merged(FLUX, MergeMethod::Merge);
    world.report("main", "flux/greeting", StatusState::Success);
    world.sleep(60);
    world.push("main", "dev/greeting/configmap-greeting.yaml", "by: hand\n");
    world.sleep(60);
    let seen = world.observe("dev").unwrap();
    assert!(seen.state == State::Done && seen.superseded_by.is_some(), "{seen:?}");
    assert_snapshot!(world.once("1.4.0"), @"error: cannot promote to environment `dev`: cannot propose greeting for dev: this would undo work of people in dev: changed by hand: dev/greeting/configmap-greeting.yaml");
}

/// What the checks found may have been found in what took over.
#[test]
fn a_release_that_is_replaced_during_its_checks_is_not_verified() {
    let check = "while test ! -e done; do sleep 0.01; done";
    let world = World::new(&format!(
        "  - {{name: dev, merge: auto, await: {{reporters: none}}, checks: [{{name: slow, run: \"{check}\"}}]}}\n"
    ));
    let newer = |event: &Event| {
        if matches!(event.what, What::Checking { .. }) {
            world.write("app/done", "");
            world.once("1.5.0");
        }
    };
    assert_snapshot!(world.promote("1.4.0", Run::default(), &newer), @"
    Superseded (7)
    dev: Superseded: commit [ID] replaced the release before it was verified; what replaced it rolled out
    ");
}

#[test]
fn a_newer_release_can_be_followed() {
    let world = merged(
        "  - {name: dev, await: {reporters: [{status: \"flux/*\"}], superseded: follow}}\n",
        MergeMethod::Merge,
    );
    world.push("main", "dev/greeting/configmap-greeting.yaml", "by: hand\n");
    assert_snapshot!(world.look("dev"), @"Unfinished: nothing yet from flux/*");
    world.report("main", "flux/greeting", StatusState::Success);
    world.sleep(10);
    assert_snapshot!(world.look("dev"), @"Done");
}

/// Without the pull request, git tells since when the files are these.
#[test]
fn a_deployment_without_a_pull_request_is_found_in_git() {
    let world = merged(FLUX, MergeMethod::Merge);
    let merged = world.git(&["rev-parse", "main"]);
    world.push("main", "dev/other/app.yaml", "other: 1\n");
    world.git(&["update-ref", "-d", "refs/towline/forge"]);
    world.git(&["update-ref", "-d", "refs/heads/towline/dev/greeting"]);
    let seen = world.observe("dev").unwrap();
    assert_eq!(seen.merged.unwrap().to_string(), merged);
    assert_snapshot!(world.look("dev"), @"Unfinished: nothing yet from flux/*");
}

/// Nobody merges again what somebody took out, nor waits for it.
#[test]
fn a_merge_that_was_forced_away_is_lost() {
    let world = merged(FLUX, MergeMethod::Merge);
    world.git(&["update-ref", "refs/heads/main", "main^1"]);
    let before = world.git(&["rev-parse", "main"]);
    assert_snapshot!(world.look("dev"), @"error: the merge was lost: main no longer has commit [ID] (force-push?)");
    assert_eq!(world.git(&["rev-parse", "main"]), before);
    world.push("main", "dev/other/app.yaml", "other: 1\n");
    assert_snapshot!(world.look("dev"), @"error: the merge was lost: main no longer has commit [ID] (force-push?)");
}

/// While a run waits, somebody takes the merge out. The run says so; the next one proposes it again.
#[test]
fn a_merge_that_is_forced_away_while_it_is_awaited() {
    let world = World::new("  - {name: dev, merge: auto, await: {reporters: [{status: flux/*}]}}\n");
    let ann = |event: &Event| {
        if waits(event, "dev") {
            world.git(&["update-ref", "refs/heads/main", "main^1"]);
        }
    };
    assert_snapshot!(world.promote("1.4.0", Run::default(), &ann), @"error: cannot promote to environment `dev`: the merge was lost: main no longer has commit [ID] (force-push?)");
    assert_snapshot!(world.log(), @"Begin");
    let flux = |event: &Event| {
        if waits(event, "dev") {
            world.report("main", "flux/a", StatusState::Success);
        }
    };
    assert_snapshot!(world.promote("1.4.0", Run::default(), &flux), @"
    Refused (3)
    dev: Refused: a force-push dropped the merge of 1.4.0 from the branch; promote a newer release, or deploy this one again with `towline promote --again`
    ");
    assert_snapshot!(world.pulls(), @"#1 Merged Deploy greeting 1.4.0 to dev");
    assert_snapshot!(world.log(), @"Begin");
}

/// When the time is up, what the operator did before tells why it may have said nothing.
#[test]
fn the_probable_cause_of_silence() {
    let world = merged(FLUX, MergeMethod::Merge);
    world.sleep(900);
    assert_snapshot!(world.look("dev"), @"TimedOut: not every reporter appeared within 15m of the merge: expected flux/* (seen 0 of 1); seen nothing; nothing that matches flux/* reported on earlier commits either: does your operator write statuses to this repository, and with this context?");
    world.report("main^1", "flux/greeting", StatusState::Success);
    assert_snapshot!(world.look("dev"), @"TimedOut: not every reporter appeared within 15m of the merge: expected flux/* (seen 0 of 1); seen nothing; flux/greeting reported on [ID], the commit before yours, even after the merge: is its interval longer than 15m, or does it watch something other than main?");

    let world = World::new(FLUX);
    world.report("main", "flux/greeting", StatusState::Success);
    world.push("main", "dev/other/app.yaml", "other: 1\n");
    world.sleep(60);
    world.once("1.4.0");
    world.merge(1, MergeMethod::Merge);
    world.sleep(900);
    assert_snapshot!(world.look("dev"), @"TimedOut: not every reporter appeared within 15m of the merge: expected flux/* (seen 0 of 1); seen nothing; flux/greeting reported on [ID], 2 commits before yours, and has been silent since: is it suspended, or its interval longer than 15m?");
}

/// Those that did report now are not the silent ones.
#[test]
fn the_probable_cause_of_one_clusters_silence() {
    let world = World::new(&FLUX.replace("flux/*\"", "flux/*\", count: 2"));
    for cluster in ["flux/eu", "flux/us", "flux/eu"] {
        world.report("main", cluster, StatusState::Success);
    }
    world.sleep(60);
    world.once("1.4.0");
    world.merge(1, MergeMethod::Merge);
    world.report("main", "flux/eu", StatusState::Success);
    world.sleep(900);
    assert_snapshot!(world.look("dev"), @"TimedOut: not every reporter appeared within 15m of the merge: expected flux/* (seen 1 of 2); seen flux/eu succeeded; flux/us reported on [ID], the commit before yours, and has been silent since: is it suspended, or its interval longer than 15m?");
}

#[test]
fn a_base_branch_that_is_gone() {
    let world = World::new(FLUX);
    world.once("1.4.0");
    world.git(&["update-ref", "-d", "refs/heads/main"]);
    assert_snapshot!(world.look("dev"), @"error: the GitOps repository ../gitops.git has no branch main");
    let world = merged(FLUX, MergeMethod::Merge);
    world.git(&["update-ref", "-d", "refs/heads/main"]);
    assert_snapshot!(world.look("dev"), @"error: the GitOps repository ../gitops.git has no branch main");
}

/// `await` knows neither templates nor release, but the proposal's own branch.
#[test]
fn a_conflict_is_mended_while_it_is_awaited() {
    let world = merged(&given_up(), MergeMethod::Merge);
    world.once("1.5.0");
    world.push("main", "dev/greeting/configmap-greeting.yaml", "by: hand\n");
    assert_snapshot!(world.look("dev"), @"Unfinished: ../gitops.git#2 is waiting to be merged; it conflicts with main");
    assert_snapshot!(world.keep_mergeable("dev", true), @"Unfinished: ../gitops.git#2 is waiting to be merged");
    assert_snapshot!(world.git(&["log", "--format=%s", "main..towline/dev/greeting"]), @"Deploy greeting 1.5.0 to dev");
    assert_snapshot!(world.look("dev"), @"Unfinished: ../gitops.git#2 is waiting to be merged");
    world.merge(2, MergeMethod::Merge);
    world.report("main", "flux/greeting", StatusState::Success);
    assert_snapshot!(world.keep_mergeable("dev", false), @"Done");
    let map = world.git(&["show", "main:dev/greeting/configmap-greeting.yaml"]);
    assert!(map.contains("1.5.0"), "{map}");
}

/// An environment where changes made by hand are given up.
fn given_up() -> String {
    FLUX.replace("name: dev\n", "name: dev\n    drift: overwrite\n")
}

#[test]
fn a_change_made_by_hand_is_left_to_people() {
    let world = merged(FLUX, MergeMethod::Merge);
    world.once("1.5.0");
    world.push("main", "dev/greeting/configmap-greeting.yaml", "by: hand\n");
    let head = world.git(&["rev-parse", "towline/dev/greeting"]);
    assert_snapshot!(world.keep_mergeable("dev", true), @"Unfinished: ../gitops.git#2 is waiting to be merged; it conflicts with main");
    assert_eq!(world.git(&["rev-parse", "towline/dev/greeting"]), head);
}

#[test]
fn every_new_conflict_is_mended() {
    const MAP: &str = "dev/greeting/configmap-greeting.yaml";
    let world = merged(&given_up(), MergeMethod::Merge);
    world.once("1.5.0");
    world.push("main", MAP, "by: ann\n");
    let mended = Cell::new(0);
    let people = |event: ProposalEvent| match event {
        ProposalEvent::Reproposed(_) => mended.set(mended.get() + 1),
        ProposalEvent::Rollout(rollout::Event::Waiting { .. }) if mended.get() == 1 => {
            world.push("main", MAP, "by: bob\n")
        }
        ProposalEvent::Rollout(rollout::Event::Waiting { .. }) => world.merge(2, MergeMethod::Merge),
        ProposalEvent::Rollout(rollout::Event::Merged { .. }) => {
            world.report("main", "flux/greeting", StatusState::Success)
        }
        _ => {}
    };
    assert_snapshot!(world.keep_mergeable_while("dev", false, &people), @"Done");
    assert_eq!(mended.get(), 2);
}

#[test]
fn an_older_release_that_was_proposed_on_purpose_stays_proposed() {
    let world = merged(&given_up(), MergeMethod::Merge);
    world.promote("1.3.0", Run { once: true, allow_older: true, ..Run::default() }, &|_| {});
    world.push("main", "dev/greeting/configmap-greeting.yaml", "by: hand\n");
    assert_snapshot!(world.keep_mergeable("dev", true), @"Unfinished: ../gitops.git#2 is waiting to be merged");
    assert_snapshot!(world.git(&["log", "--format=%s", "main..towline/dev/greeting"]), @"Deploy greeting 1.3.0 to dev");
}

#[test]
fn a_conflict_with_peoples_commits_is_left_to_them() {
    let world = merged(FLUX, MergeMethod::Merge);
    world.once("1.5.0");
    world.push("towline/dev/greeting", "dev/greeting/configmap-greeting.yaml", "by: ann\n");
    world.push("main", "dev/greeting/configmap-greeting.yaml", "by: bob\n");
    let head = world.git(&["rev-parse", "towline/dev/greeting"]);
    let told = Cell::new(0);
    let count =
        |event: ProposalEvent| told.set(told.get() + u32::from(matches!(event, ProposalEvent::Conflict)));
    assert_snapshot!(world.keep_mergeable_while("dev", true, &count), @"Unfinished: ../gitops.git#2 is waiting to be merged; it conflicts with main");
    assert_eq!(told.get(), 1);
    assert_eq!(world.git(&["rev-parse", "towline/dev/greeting"]), head);
    // They take their time, and are not told with every look.
    assert_snapshot!(world.keep_mergeable_while("dev", false, &count), @"TimedOut: ../gitops.git#2 was not merged within 1h; it conflicts with main");
    assert_eq!(told.get(), 2);
}

/// Whoever reads a log learns what changed, and now and then that somebody is still there.
#[test]
fn signs_of_life_while_nothing_happens() {
    let world = merged(FLUX, MergeMethod::Merge);
    let started = world.clock.now();
    let pipeline = world.pipeline();
    let destinations = Destinations::new(&pipeline, world.access());
    let destination = destinations.open(pipeline.environment("dev").unwrap()).unwrap();
    let told = RefCell::new(Vec::new());
    let events = |event: rollout::Event| {
        if let rollout::Event::Waiting { at, news, .. } = event
            && news != News::None
        {
            told.borrow_mut().push(((at.as_second() - started.as_second()) / 60, news));
            let report = |state| world.report("main", "flux/greeting", state);
            match told.borrow().len() {
                3 => report(StatusState::Pending),
                5 => report(StatusState::Success),
                _ => {}
            }
        }
    };
    let seen = rollout::wait(&destination, Awaited::default(), POLLING, None, &|_| false, &events).unwrap();
    assert_eq!(seen.state, State::Done);
    let (none, some) = (News::NoneForLong, News::Some);
    assert_eq!(told.into_inner(), [(0, some), (5, none), (10, none), (10, some), (15, none), (15, some)]);
    assert_eq!(seen.times.summary(), "merged after 0s, first report after 10m 3s, healthy after 15m 11s");
}

/// With the reporters of another environment, any success could be found.
#[test]
fn only_a_proposal_of_the_environment_is_awaited() {
    let world = World::new(QUIET);
    world.go("1.4.0");
    let pipeline = world.pipeline();
    let destinations = Destinations::new(&pipeline, world.access());
    let destination = destinations.open(pipeline.environment("prod").unwrap()).unwrap();
    let of_dev = rollout::observe(&destination, Awaited { pull: Some(1), ..Awaited::default() });
    assert_snapshot!(given::shown(&of_dev.unwrap_err()), @"
    pull request 1 is not a proposal of greeting for prod
    hint: leave out `--pull` to take the latest proposal for prod
    ");
    let newer = rollout::named(&destination, None, "1.5.0");
    assert_snapshot!(given::shown(&newer.unwrap_err()), @"
    release 1.5.0 is not proposed or deployed for environment `prod`
    hint: propose it with `towline propose prod --release 1.5.0`, and `--image NAME=TAG` for each image of the pipeline file
    ");
    assert!(matches!(rollout::named(&destination, None, "1.3.0").unwrap(), Named::Replaced(_)));
}

/// A person merges by hand, with a clock that is wrong: the report on that very merge counts, and
/// deadlines begin when it is there.
#[test]
fn the_date_of_a_merge_made_by_hand_decides_nothing() {
    for minutes in [10, -20 * 60] {
        let world = World::new(FLUX);
        world.once("1.4.0");
        let now = world.clock.now();
        world.clock.set(now + jiff::SignedDuration::from_mins(minutes));
        world.check_out("main");
        world.by_hand(&["fetch", "--quiet", "origin", "towline/dev/greeting"]);
        world.by_hand(&["merge", "--quiet", "--no-ff", "--no-edit", "FETCH_HEAD"]);
        world.by_hand(&["push", "--quiet", "origin", "HEAD:main"]);
        world.clock.set(now + jiff::SignedDuration::from_secs(30));
        world.report("main", "flux/greeting", StatusState::Success);
        world.sleep(10);
        assert_eq!(world.look("dev"), "Done", "{minutes} minutes");
    }
}

/// The same for what nobody proposed: a person's commit, made yesterday or in the future.
#[test]
fn the_date_of_a_commit_that_was_pushed_decides_nothing() {
    for minutes in [10, -20 * 60] {
        let world = merged(FLUX, MergeMethod::Merge);
        world.report("main", "flux/greeting", StatusState::Success);
        let now = world.clock.now();
        world.clock.set(now + jiff::SignedDuration::from_mins(minutes));
        world.push("main", "dev/greeting/configmap-greeting.yaml", "by: hand\n");
        world.clock.set(now + jiff::SignedDuration::from_secs(30));
        let pending = look_at_tip(&world, "dev");
        assert_eq!(pending, "Unfinished: nothing yet from flux/*", "{minutes} minutes");
        world.report("main", "flux/greeting", StatusState::Success);
        world.sleep(10);
        assert_eq!(look_at_tip(&world, "dev"), "Done", "{minutes} minutes");
    }
}

/// A look at what stands at the tip of the base branch, whatever pull request there was before.
fn look_at_tip(world: &World, environment: &str) -> String {
    let pipeline = world.pipeline();
    let destinations = Destinations::new(&pipeline, world.access());
    let destination = destinations.open(pipeline.environment(environment).unwrap()).unwrap();
    let deployed = destination.deployment(destination.base_tip().unwrap()).unwrap().unwrap();
    let content = deployed.content(&destination.repository).unwrap();
    let awaited = Awaited { content: Some(&content), ..Awaited::default() };
    let seen = rollout::observe(&destination, awaited).unwrap();
    format!("{:?}: {}", seen.state.outcome(), seen.state.reason()).trim_end_matches(": ").to_owned()
}
