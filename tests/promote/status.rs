//! What is where, and who brought it there.

use insta::assert_snapshot;
use serde::Serialize;
use towline::forge::StatusState::{self, Failure, Pending, Success};
use towline::gitops::Destinations;
use towline::promote::status::{history, status};
use towline::report::output::{EnvironmentStatusOutput, HistoryEntryOutput};
use towline::report::{page::Page, status_text};
use towline::vocabulary::MergeMethod;

use super::world::World;

/// As `--output json` shows it.
fn as_json<'a, T, J: Serialize>(world: &World, found: &'a [T], shown: fn(&'a T) -> J) -> String {
    let shown: Vec<J> = found.iter().map(shown).collect();
    world.tidy(&serde_json::to_string_pretty(&shown).unwrap())
}

#[test]
fn status_tells_what_is_deployed_proposed_and_verified() {
    let world = World::new(
        "  - {name: dev, merge: auto, await: {reporters: none}}\n  - {name: prod, await: {reporters: none}}\n",
    );
    world.once("1.4.0");
    world.sleep(90);
    assert_snapshot!(as_json(&world, &status(&Destinations::new(&world.pipeline(), world.access())).unwrap(), EnvironmentStatusOutput::from), @r#"
    [
      {
        "environment": "dev",
        "deployed": {
          "release": {
            "version": "1.4.0",
            "build": null,
            "commit": null,
            "repository": null,
            "branch": null,
            "images": []
          },
          "rollback": null,
          "commit": "[ID]",
          "at": "2026-01-05T09:00:00Z",
          "ageSeconds": 90,
          "verdict": {
            "state": "success",
            "description": "1.4.0 merged, not observed",
            "at": "2026-01-05T09:00:00Z"
          }
        },
        "proposed": null,
        "drift": [],
        "withdrawn": null,
        "holds": [],
        "rollout": null
      },
      {
        "environment": "prod",
        "deployed": null,
        "proposed": {
          "release": {
            "version": "1.4.0",
            "build": null,
            "commit": null,
            "repository": null,
            "branch": null,
            "images": []
          },
          "rollback": null,
          "number": 2,
          "url": "../gitops.git#2",
          "at": "2026-01-05T09:00:00Z",
          "ageSeconds": 90
        },
        "drift": [],
        "withdrawn": null,
        "holds": [],
        "rollout": null
      }
    ]
    "#);
}

/// What stands below the table.
fn below(world: &World) -> String {
    let pipeline = world.pipeline();
    let found = status(&Destinations::new(&pipeline, world.access())).unwrap();
    let text = status_text::overview(&found, &Page::plain("2026-01-05T09:00:00Z".parse().unwrap()));
    world.tidy(text.split_once("\ndev:").map_or("", |(_, below)| below))
}

#[test]
fn status_calls_a_rollout_by_its_verdict() {
    let given = |verdict: Option<(StatusState, &str)>| {
        let world =
            World::new("  - {name: dev, merge: auto, await: {reporters: [{status: t}], settle: 0s}}\n");
        world.once("1.4.0");
        let say = |(state, text)| world.describe("main", "towline/greeting/dev", state, text);
        verdict.into_iter().for_each(say);
        world
    };
    let after = |verdict| below(&given(Some(verdict)));
    assert_snapshot!(below(&given(None)), @" nothing yet from t");
    assert_snapshot!(after((Pending, "1.4.0 is on the branch")), @" nothing yet from t");
    assert_snapshot!(after((Failure, "1.4.0 failed: no disk")), @" failed; nothing yet from t");
    assert_snapshot!(after((Failure, "1.4.0 timed out: nothing from t")), @" timed out; nothing yet from t");
    // A run would refuse to go on with what people changed.
    let world = given(None);
    world.report("main", "t", Success);
    assert_snapshot!(below(&world), @" the reporters report success since 2026-01-05T09:00:00Z and no run has recorded it: run `towline promote --continue dev`");
    world.push("main", "dev/greeting/configmap-greeting.yaml", "by: hand\n");
    world.report("main", "t", Success);
    assert_snapshot!(below(&world), @"
     the reporters report success since 2026-01-05T09:00:00Z and no run has recorded it
    dev: dev/greeting/configmap-greeting.yaml was changed by hand
    ");
}

#[test]
fn history_tells_who_deployed_what_and_when() {
    let world = World::new("  - {name: dev, await: {reporters: none}}\n");
    world.once("1.4.0");
    world.merge(1, MergeMethod::Merge);
    world.once("1.4.0");
    world.sleep(3600);
    world.push(
        "main",
        "descriptors/dev/greeting.yaml",
        &world.git(&["show", "main:descriptors/dev/greeting.yaml"]).replace("1.4.0", "1.4.1"),
    );
    assert_snapshot!(as_json(&world, &history(&Destinations::new(&world.pipeline(), world.access()), "dev").unwrap(), HistoryEntryOutput::from), @r#"
    [
      {
        "commit": "[ID]",
        "at": "2026-01-05T10:00:00Z",
        "author": "Ann",
        "release": {
          "version": "1.4.1",
          "build": null,
          "commit": null,
          "repository": null,
          "branch": null,
          "images": []
        },
        "rollback": null,
        "pull": null,
        "proposedAt": null,
        "sourceAt": null,
        "verdict": null
      },
      {
        "commit": "[ID]",
        "at": "2026-01-05T09:00:00Z",
        "author": "Release Bot",
        "release": {
          "version": "1.4.0",
          "build": null,
          "commit": null,
          "repository": null,
          "branch": null,
          "images": []
        },
        "rollback": null,
        "pull": 1,
        "proposedAt": "2026-01-05T09:00:00Z",
        "sourceAt": null,
        "verdict": {
          "state": "success",
          "description": "1.4.0 merged, not observed",
          "at": "2026-01-05T09:00:00Z"
        }
      }
    ]
    "#);
}

#[test]
fn history_lists_a_merge_that_only_restored_files() {
    let world = World::new("  - {name: dev, drift: overwrite, await: {reporters: none}}\n");
    world.once("1.4.0");
    world.merge(1, MergeMethod::Merge);
    world.once("1.4.0");
    world.push("main", "dev/greeting/configmap-greeting.yaml", "by: hand\n");
    world.once("1.4.0");
    world.merge(2, MergeMethod::Merge);
    let pipeline = world.pipeline();
    let history = history(&Destinations::new(&pipeline, world.access()), "dev").unwrap();
    assert_eq!(history.iter().map(|entry| entry.pull).collect::<Vec<_>>(), [Some(2), Some(1)]);
}
