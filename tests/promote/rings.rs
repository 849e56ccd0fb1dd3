//! Rings: a release reaches the targets of an environment one list after the other.

use insta::assert_snapshot;
use towline::forge::StatusState;
use towline::promote::{Selection, What};

use super::world::{Run, World};

const RINGS: &str = "  - name: prod
    merge: auto
    await: {reporters: none}
    targets: [{name: canary}, {name: eu}, {name: us}]
    rings: [[canary], [eu, us]]
";

/// The same, and the canary is looked at.
const WATCHED: &str = "  - name: prod
    merge: auto
    await:
      reporters: [{status: \"flux/*\"}]
      settle: 0s
    targets: [{name: canary}, {name: eu}, {name: us}]
    rings: [[canary], [eu, us]]
  - {name: after, merge: auto, await: {reporters: none}}
";

/// Which version each target of prod has on the base branch.
fn versions(world: &World) -> String {
    let of = |target: &str| {
        let file = format!("main:prod/greeting/{target}/configmap-greeting.yaml");
        let text = world.try_git(&["show", &file]);
        let version = text.and_then(|text| {
            text.lines().find_map(|it| it.trim().strip_prefix("version: ").map(str::to_owned))
        });
        format!("{target} {}", version.unwrap_or_else(|| "-".to_owned()))
    };
    ["canary", "eu", "us"].map(of).join(", ")
}

#[test]
fn every_ring_is_a_proposal_of_its_own() {
    let world = World::new(RINGS);
    let seen = std::cell::RefCell::new(Vec::new());
    let text = world.promote("1.0.0", Run::default(), &|event| match &event.what {
        What::Merged { .. } => seen.borrow_mut().push(versions(&world)),
        What::RingEnded { reason } => seen.borrow_mut().push(reason.clone()),
        _ => {}
    });
    assert_snapshot!(text, @"
Done (0)
prod: Done: 1.0.0 merged, not observed
");
    assert_snapshot!(seen.take().join("\n"), @r#"
canary "1.0.0", eu -, us -
1.0.0 merged, not observed in ring 1 of 2 (canary)
canary "1.0.0", eu "1.0.0", us "1.0.0"
"#);
    assert_snapshot!(world.pulls(), @"
#1 Merged Deploy greeting 1.0.0 to prod, ring 1 of 2 (canary)
#2 Merged Deploy greeting 1.0.0 to prod
");
    // The next release leaves the others as they are, until their ring comes.
    world.promote("1.1.0", Run::default(), &|event| {
        if let What::Merged { .. } = event.what {
            seen.borrow_mut().push(versions(&world));
        }
    });
    assert_snapshot!(seen.take().join("\n"), @r#"
canary "1.1.0", eu "1.0.0", us "1.0.0"
canary "1.1.0", eu "1.1.0", us "1.1.0"
"#);
    assert_snapshot!(world.go("1.1.0"), @"
Unchanged (0)
prod: Unchanged: 1.1.0 is already merged, not observed
");
    assert!(!world.git(&["show", "main:descriptors/prod/greeting.yaml"]).contains("ring"));
}

#[test]
fn a_ring_that_fails_stops_the_next() {
    let world = World::new(WATCHED);
    for _ in 0..3 {
        world.once("1.0.0");
        world.report("main", "flux/prod", StatusState::Success);
        world.sleep(60);
    }
    assert_snapshot!(world.once("1.0.0"), @"
Unchanged (0)
prod: Unchanged: 1.0.0 is already verified
after: Unchanged: 1.0.0 is already merged, not observed
");
    world.once("1.1.0");
    world.report("main", "flux/prod", StatusState::Failure);
    world.sleep(10 * 60);
    assert_snapshot!(world.once("1.1.0"), @"
Failed (5)
prod: Failed: flux/prod failed
");
    assert_snapshot!(versions(&world), @r#"canary "1.1.0", eu "1.0.0", us "1.0.0""#);
    assert_snapshot!(world.status(), @"
ENVIRONMENT  DEPLOYED  AGE  VERDICT                                                 PROPOSED
prod         1.1.0     10m  1.1.0 failed: flux/prod failed in ring 1 of 2 (canary)  -
after        1.0.0     11m  1.0.0 merged, not observed                              -
prod: failed
  flux/prod  failed 10m
prod: in ring 1 of 2 (canary); eu has 1.0.0, us has 1.0.0
");
    // An environment behind it does not get what only the canary has.
    let only = Run { selection: Selection::Only("after".to_owned()), once: true, ..Run::default() };
    assert_snapshot!(world.promote("1.1.0", only, &|_| {}), @"
Refused (3)
after: Refused: release 1.1.0 is not verified in environment `prod`, which `after` needs: it has come to ring 1 of 2 (canary) there; run `towline promote --to prod --release 1.1.0` first
");
    // The fix begins with the canary again, and the others go from 1.0.0 to it.
    world.once("1.2.0");
    assert_snapshot!(versions(&world), @r#"canary "1.2.0", eu "1.0.0", us "1.0.0""#);
    for _ in 0..2 {
        world.report("main", "flux/prod", StatusState::Success);
        world.sleep(60);
        world.once("1.2.0");
    }
    assert_snapshot!(versions(&world), @r#"canary "1.2.0", eu "1.2.0", us "1.2.0""#);
}

#[test]
fn a_run_goes_on_with_the_ring_that_comes() {
    let world = World::new(WATCHED);
    let mut told = Vec::new();
    for _ in 0..5 {
        told.push(world.once("1.0.0"));
        told.push(versions(&world));
        world.report("main", "flux/prod", StatusState::Success);
        world.sleep(60);
    }
    told.dedup();
    assert_snapshot!(told.join("\n"), @r#"
Unfinished (75)
prod: Unfinished: nothing yet from flux/*
after: Unfinished: waits for environment `prod`
canary "1.0.0", eu -, us -
Unfinished (75)
prod: Unfinished: nothing yet from flux/*
after: Unfinished: waits for environment `prod`
canary "1.0.0", eu "1.0.0", us "1.0.0"
Done (0)
prod: Done: 1.0.0 verified: 1 reporter, 0 checks
after: Done: 1.0.0 merged, not observed
canary "1.0.0", eu "1.0.0", us "1.0.0"
Unchanged (0)
prod: Unchanged: 1.0.0 is already verified
after: Unchanged: 1.0.0 is already merged, not observed
canary "1.0.0", eu "1.0.0", us "1.0.0"
Unchanged (0)
prod: Unchanged: 1.0.0 is already verified
after: Unchanged: 1.0.0 is already merged, not observed
canary "1.0.0", eu "1.0.0", us "1.0.0"
"#);
}

#[test]
fn other_inputs_begin_with_the_first_ring() {
    let world = World::new(WATCHED);
    world.once("1.0.0");
    world.report("main", "flux/prod", StatusState::Success);
    world.sleep(60);
    world.once("1.0.0");
    let config = std::fs::read_to_string(world.path("app/deploy/config.yaml")).unwrap();
    world.write("app/deploy/config.yaml", &config.replace("data: {", "data: {more: \"yes\", "));
    world.once("1.0.0");
    assert_snapshot!(world.pulls(), @"
#1 Merged Deploy greeting 1.0.0 to prod, ring 1 of 2 (canary)
#2 Merged Deploy greeting 1.0.0 to prod
#3 Merged Deploy greeting 1.0.0 to prod, ring 1 of 2 (canary)
");
}

#[test]
fn a_descriptor_that_people_write_skips_no_ring() {
    let world = World::new(WATCHED);
    world.once("1.0.0");
    let descriptor = world.git(&["show", "main:descriptors/prod/greeting.yaml"]);
    let (before, after) = descriptor.split_once("ring:\n").unwrap();
    let after: Vec<&str> = after.lines().skip_while(|line| line.starts_with([' ', '-'])).collect();
    world.push("main", "descriptors/prod/greeting.yaml", &format!("{before}{}\n", after.join("\n")));
    assert_snapshot!(world.once("1.0.0"), @"
Refused (3)
prod: Refused: Ann took 1.0.0 out with commit [ID] at 2026-01-05T09:00:00Z; promote a newer release, or deploy this one again with `towline promote --again`
");
    assert_snapshot!(versions(&world), @r#"canary "1.0.0", eu -, us -"#);
}

#[test]
fn what_people_change_in_a_target_that_waits_is_theirs() {
    let world = World::new(RINGS);
    world.go("1.0.0");
    world.push(
        "main",
        "prod/greeting/eu/configmap-greeting.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: greeting}\n",
    );
    assert_snapshot!(world.go("1.1.0"), @"error: cannot promote to environment `prod`: cannot propose greeting for prod: this would undo work of people in prod: changed by hand: prod/greeting/eu/configmap-greeting.yaml");
    assert_snapshot!(versions(&world), @r#"canary "1.1.0", eu -, us "1.0.0""#);
}

#[test]
fn the_reporter_of_a_target_that_waits_is_not_waited_for() {
    let world = World::new(
        "  - name: prod
    merge: auto
    await:
      reporters: [{flux: {kustomization: greeting, targets: {canary: c1, eu: c2}}}]
      settle: 0s
    targets: [{name: canary}, {name: eu}]
    rings: [[canary], [eu]]
",
    );
    let mut told = vec![world.once("1.0.0")];
    world.report("main", "kustomization/greeting/c1", StatusState::Success);
    world.sleep(60);
    told.push(world.once("1.0.0"));
    assert_snapshot!(told.join("\n"), @"
Unfinished (75)
prod: Unfinished: nothing yet from kustomization/greeting/c1 (canary)
Unfinished (75)
prod: Unfinished: kustomization/greeting/c1 in canary reports nothing conclusive
");
}

#[test]
fn a_name_that_is_no_target_is_an_error() {
    let refused = |rings: &str| {
        let world = World::new("  - {name: dev, await: {reporters: none}}\n");
        world.environments(&RINGS.replace("[[canary], [eu, us]]", rings));
        let error = towline::config::load(&world.path("app/towline.yaml")).unwrap_err();
        world.tidy(&towline::vocabulary::Diagnostic::line(&error))
    };
    assert_snapshot!(refused("[[canari], [eu, us]]"), @"app/towline.yaml:12:14: there is no target `canari`; did you mean `canary`?");
    assert_snapshot!(refused("[[canary], [eu]]"), @"app/towline.yaml:12:12: the target `us` is in no ring; add it to one: a target in no ring would never change");
    assert_snapshot!(refused("[[canary], [eu, us, eu]]"), @"app/towline.yaml:12:32: the target `eu` is in a ring already, see line 12; list each target once");
    assert_snapshot!(refused("[[canary], [], [eu, us]]"), @"app/towline.yaml:12:23: the ring is empty; list its targets, or remove it");
}

#[test]
fn a_ring_that_people_revert_while_the_next_waits_for_a_gate_is_not_jumped_over() {
    let gates = "    rings: [[canary], [eu, us]]\n    gates: [{window: {hours: \"09:00-09:30\"}}]\n";
    let world = World::new(&RINGS.replace("    rings: [[canary], [eu, us]]\n", gates));
    let text = world.promote("1.0.0", Run::default(), &|event| match event.what {
        What::RingEnded { .. } => world.sleep(60 * 60),
        What::KeptOut { .. } if world.log().starts_with("Deploy") => world.revert("main"),
        _ => {}
    });
    assert_snapshot!(text, @"
Refused (3)
prod: Refused: Ann took 1.0.0 out with commit [ID] at 2026-01-05T10:00:00Z; promote a newer release, or deploy this one again with `towline promote --again`
");
    assert_snapshot!(versions(&world), @"canary -, eu -, us -");
}
