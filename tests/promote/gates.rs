//! A gate is asked before a release enters its environment.

use std::sync::Arc;

use std::time::Duration;

use insta::assert_snapshot;
use jiff::Timestamp;
use towline::forge::StatusState;
use towline::gates::{Asked, Decide, Decision, Gate, Opens};
use towline::gitops::decision::Decision as Decided;
use towline::promote::{Selection, What};
use towline::vocabulary::Place;

use super::world::{QUIET, Run, World};

/// Says what the function says.
#[derive(Debug)]
struct Says(fn(&Asked) -> Decision);

impl Decide for Says {
    fn decide(&self, asked: &Asked) -> anyhow::Result<Decision> {
        Ok(self.0(asked))
    }
}

fn go(world: &World, once: bool, gates: &[fn(&Asked) -> Decision]) -> String {
    let gate = |says: &fn(&Asked) -> Decision| {
        Gate::new("moon", Place::new("towline.yaml", 9, 5), Arc::new(Says(*says)))
    };
    let gates = gates.iter().map(gate).collect();
    world.promote("1.4.0", Run { once, gates, ..Run::default() }, &|_| {})
}

fn opens() -> Timestamp {
    "2026-01-05T10:00:00Z".parse().unwrap()
}

fn at_ten(asked: &Asked) -> Decision {
    match asked.now < opens() {
        true => {
            let why = format!("{} may not enter before ten", asked.release);
            Decision::closed(why, Opens::At(opens()))
        }
        false => Decision::Open(None),
    }
}

#[test]
fn a_closed_gate_refuses_the_release() {
    let world = World::new(QUIET);
    let closed: fn(&Asked) -> Decision =
        |asked| Decision::closed_for_good(format!("no moon over {}", asked.environment));
    assert_snapshot!(go(&world, false, &[|_| Decision::Open(None), at_ten, closed]), @r#"
Refused (3)
dev: Done: 1.4.0 merged, not observed
staging: Done: 1.4.0 merged, not observed
prod: Refused: the gate `moon` is closed: no moon over prod
"#);
}

#[test]
fn a_gate_is_not_asked_about_a_release_that_has_entered() {
    let world = World::new(QUIET);
    world.go("1.4.0");
    assert_snapshot!(go(&world, false, &[|_| Decision::closed_for_good("too late")]), @"
    Unchanged (0)
    dev: Unchanged: 1.4.0 is already merged, not observed
    staging: Unchanged: 1.4.0 is already merged, not observed
    prod: Unchanged: 1.4.0 is already merged, not observed
    ");
}

#[test]
fn a_gate_that_opens_later_is_waited_for() {
    let world = World::new(QUIET);
    assert_snapshot!(go(&world, true, &[at_ten]), @r#"
Unfinished (75)
dev: Done: 1.4.0 merged, not observed
staging: Done: 1.4.0 merged, not observed
prod: Unfinished: the gate `moon` is closed: 1.4.0 may not enter before ten; it opens at 2026-01-05T10:00:00Z
"#);
    assert_snapshot!(go(&world, false, &[at_ten]), @"
    Done (0)
    dev: Unchanged: 1.4.0 is already merged, not observed
    staging: Unchanged: 1.4.0 is already merged, not observed
    prod: Done: 1.4.0 merged, not observed
    ");
    assert!(world.forge().get_pull(3).unwrap().created_at >= opens());
}

/// Two environments, of which the second has these gates.
fn gated(gates: &str) -> World {
    World::new(&format!(
        "  - {{name: dev, merge: auto, await: {{reporters: none}}}}\n  - name: prod\n    merge: auto\n    \
         await: {{reporters: none}}\n    gates: {gates}\n"
    ))
}

#[test]
fn a_release_soaks_where_it_was_verified() {
    let world = gated("[{soak: 2h}]");
    assert_snapshot!(world.once("1.4.0"), @"
Unfinished (75)
dev: Done: 1.4.0 merged, not observed
prod: Unfinished: the gate `soak` is closed since 2026-01-05T09:00:00Z: 1.4.0 has been verified in environment `dev` for 0s of 2h; it opens at 2026-01-05T11:00:00Z
");
    world.sleep(90 * 60);
    // A newer release soaks from its own verdict on.
    assert_snapshot!(world.once("1.5.0"), @"
Unfinished (75)
dev: Done: 1.5.0 merged, not observed
prod: Unfinished: the gate `soak` is closed since 2026-01-05T10:30:00Z: 1.5.0 has been verified in environment `dev` for 0s of 2h; it opens at 2026-01-05T12:30:00Z
");
    world.sleep(31 * 60);
    assert_snapshot!(world.once("1.4.0"), @"
Done (0)
dev: Unchanged: greeting 1.4.0 for dev is older than 1.5.0, which is already deployed
prod: Done: 1.4.0 merged, not observed
");
    world.sleep(90 * 60);
    assert_snapshot!(world.once("1.5.0"), @"
Done (0)
dev: Unchanged: 1.5.0 is already merged, not observed
prod: Done: 1.5.0 merged, not observed
");
}

#[test]
fn a_wait_for_a_gate_ends_when_a_newer_release_took_over() {
    let world = gated("[{soak: 2h}]");
    world.once("1.4.0");
    // Somebody lets the fix of a colleague in meanwhile.
    let told = std::cell::Cell::new(0);
    let text = world.promote("1.4.0", Run::default(), &|event| {
        if let What::KeptOut { .. } = event.what
            && told.replace(told.get() + 1) == 2
        {
            world.decide("prod", Decided::Override, Some("soak"), "1.5.0");
            world.once("1.5.0");
        }
    });
    assert_snapshot!(text, @"
Superseded (7)
dev: Unchanged: 1.4.0 is already merged, not observed
prod: Superseded: the gate `soak` is closed since 2026-01-05T09:00:00Z: 1.4.0 has been verified in environment `dev` for 20m of 2h; it opens at 2026-01-05T11:00:00Z; 1.5.0 took over
");
    assert_eq!(told.get(), 3);
}

#[test]
fn the_release_of_a_freeze_waits_for_its_end() {
    let world = World::new(QUIET);
    let text = std::fs::read_to_string(world.path("app/towline.yaml")).unwrap();
    let freeze = "freeze: [{from: 2026-01-01T00:00:00Z, to: 2026-01-06T00:00:00Z, environments: [prod], reason: fair}]\n";
    world.write("app/towline.yaml", &format!("{text}{freeze}"));
    assert_snapshot!(world.once("1.4.0"), @"
Unfinished (75)
dev: Done: 1.4.0 merged, not observed
staging: Done: 1.4.0 merged, not observed
prod: Unfinished: the gate `freeze` is closed since 2026-01-01T00:00:00Z: fair; it opens at 2026-01-06T00:00:00Z
");
    assert_snapshot!(world.decide("prod", Decided::Override, Some("freese"), "1.4.0"), @"app/towline.yaml:10:12: environment `prod` has no gate `freese`; did you mean `freeze`?");
    assert_snapshot!(world.decide("prod", Decided::Override, Some("freeze"), "1.4.0"), @"freeze for 1.4.0");
    assert_snapshot!(world.once("1.5.0"), @"
Unfinished (75)
dev: Done: 1.5.0 merged, not observed
staging: Done: 1.5.0 merged, not observed
prod: Unfinished: the gate `freeze` is closed since 2026-01-01T00:00:00Z: fair; it opens at 2026-01-06T00:00:00Z
");
    assert_snapshot!(world.once("1.4.0"), @"
Done (0)
dev: Unchanged: greeting 1.4.0 for dev is older than 1.5.0, which is already deployed
staging: Unchanged: greeting 1.4.0 for staging is older than 1.5.0, which is already deployed
prod: Done: 1.4.0 merged, not observed
");
    assert_snapshot!(world.overrides("prod").join("\n"), @"freeze by Release Bot <bot@example.com> at 2026-01-05T09:00:00Z: no customers yet");
    let pull =
        world.forge().list_pulls(None).unwrap().into_iter().find(|pull| pull.head.contains("prod")).unwrap();
    assert!(pull.body.contains("- ⚠️ overridden gate `freeze by Release Bot"), "{}", pull.body);
    assert!(
        world
            .git(&["log", "-1", "--format=%B", "main"])
            .contains("\nTowline-Override: freeze by Release Bot")
    );
    assert!(
        world
            .git(&["log", "-1", "--format=%B", "main^2"])
            .contains("\nTowline-Override: freeze by Release Bot")
    );
}

#[test]
fn a_manual_gate_opens_for_the_release_that_somebody_approves() {
    let world = gated("[{manual: {}}]");
    assert_snapshot!(world.once("1.4.0"), @"
Unfinished (75)
dev: Done: 1.4.0 merged, not observed
prod: Unfinished: the gate `manual` is closed: waits for `towline approve prod --release 1.4.0`
");
    assert_snapshot!(world.decide("prod", Decided::Approve, None, "1.4.0"), @"manual for 1.4.0");
    assert_snapshot!(world.decide("dev", Decided::Approve, None, "1.4.0"), @"app/towline.yaml:8:12: environment `dev` has no manual gate; add `- manual: {}` to its `gates`, or promote the release without an approval");
    // Another release needs another approval.
    assert_snapshot!(world.once("1.5.0"), @"
Unfinished (75)
dev: Done: 1.5.0 merged, not observed
prod: Unfinished: the gate `manual` is closed: waits for `towline approve prod --release 1.5.0`
");
    assert_snapshot!(world.decide("prod", Decided::Approve, None, "1.5.0"), @"manual for 1.5.0");
    assert_snapshot!(world.once("1.5.0"), @"
Done (0)
dev: Unchanged: 1.5.0 is already merged, not observed
prod: Done: 1.5.0 merged, not observed
");
}

#[test]
fn an_approval_is_for_the_commit_that_the_release_is_made_from() {
    let world = gated("[{manual: {}}]");
    world.show_at_source("sourceStatus: true");
    world.commit_source("1.4.0");
    world.once("1.4.0");
    world.decide("prod", Decided::Approve, None, "1.4.0");
    world.git_in("source", &["commit", "--quiet", "--allow-empty", "--message=again"]);
    world.git_in("source", &["tag", "--force", "1.4.0"]);
    assert!(world.once("1.4.0").contains("prod: Unfinished: the gate `manual` is closed"), "another commit");
}

#[test]
fn a_manual_gate_that_nobody_opens_times_out() {
    let world = gated("[{manual: {}}]");
    let text = world.go("1.4.0");
    assert_snapshot!(text, @"
TimedOut (6)
dev: Done: 1.4.0 merged, not observed
prod: TimedOut: the gate `manual` is closed: waits for `towline approve prod --release 1.4.0`; waited for 24h
");
    assert!(world.clock_is_at_least("2026-01-06T09:00:00Z"));
}

#[test]
fn a_status_of_the_source_commit_opens_a_gate() {
    let world = gated("[{status: {context: \"security/*\"}}]");
    world.show_at_source("");
    let commit = world.commit_source("1.4.0");
    assert_snapshot!(world.once("1.4.0"), @"
Unfinished (75)
dev: Done: 1.4.0 merged, not observed
prod: Unfinished: the gate `status` is closed: the source commit has no status `security/*` yet
");
    world.report_at_source(commit, "security/scan", StatusState::Success);
    assert_snapshot!(world.once("1.4.0"), @"
Done (0)
dev: Unchanged: 1.4.0 is already merged, not observed
prod: Done: 1.4.0 merged, not observed
");
}

#[test]
fn what_the_checks_counted_is_read_by_a_later_run() {
    let world = World::new(
        "  - name: dev
    merge: auto
    await: {reporters: none}
    checks: [{name: smoke, run: \"cp junit.xml results.xml\", junit: results.xml}]
  - name: prod
    merge: auto
    await: {reporters: none}
    gates: [{tests: {environment: dev, minTests: 3}}]
",
    );
    let cases = |number| "<testcase name=\"a\"/>".repeat(number);
    world.write("app/junit.xml", &format!("<testsuite>{}</testsuite>", cases(2)));
    assert_snapshot!(world.once("1.4.0"), @"
Refused (3)
dev: Done: 1.4.0 verified: 0 reporters, 1 check
prod: Refused: the gate `tests` is closed: in environment `dev`, only 2 tests ran, of 3 at least
");
    world.write("app/junit.xml", &format!("<testsuite>{}</testsuite>", cases(3)));
    world.promote("1.5.0", Run { selection: Selection::Only("dev".to_owned()), ..Run::default() }, &|_| {});
    // On another machine there are no results.
    std::fs::remove_file(world.path("app/results.xml")).unwrap();
    assert_snapshot!(world.promote("1.5.0", Run { selection: Selection::Only("prod".to_owned()), ..Run::default() }, &|_| {}), @"
Done (0)
prod: Done: 1.5.0 merged, not observed
");
}

#[test]
fn what_was_counted_counts_for_a_release_with_the_same_manifests() {
    let world = World::new(
        "  - name: dev
    merge: auto
    await: {reporters: none}
    checks: [{name: smoke, run: \"cp junit.xml results.xml\", junit: results.xml}]
  - name: prod
    merge: auto
    await: {reporters: none}
    gates: [{tests: {environment: dev, minTests: 1}}]
",
    );
    world.write("app/deploy/config.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: same}\n");
    world.write("app/junit.xml", "<testsuite><testcase name=\"a\"/></testsuite>");
    world.once("1.4.0");
    assert_snapshot!(world.once("1.5.0"), @"
Done (0)
dev: Done: 1.5.0 verified: no manifest changes since 1.4.0
prod: Done: 1.5.0 merged, not observed: no manifest changes since 1.4.0
");
}

#[test]
fn a_command_decides_with_its_exit_code() {
    let world = gated("[{run: ./gate.sh, name: capacity}]");
    world.write(
        "app/gate.sh",
        "#!/bin/sh\necho \"$TOWLINE_APPLICATION $TOWLINE_RELEASE to $TOWLINE_ENVIRONMENT\"; exit 75\n",
    );
    std::fs::set_permissions(world.path("app/gate.sh"), std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .unwrap();
    assert_snapshot!(world.once("1.4.0"), @"
Unfinished (75)
dev: Done: 1.4.0 merged, not observed
prod: Unfinished: the gate `capacity` is closed: the command says not yet: greeting 1.4.0 to prod
");
    world.write("app/gate.sh", "#!/bin/sh\necho full; exit 9\n");
    assert_snapshot!(world.once("1.4.0"), @"
Refused (3)
dev: Unchanged: 1.4.0 is already merged, not observed
prod: Refused: the gate `capacity` is closed: the command exited with 9: full
");
    world.write("app/gate.sh", "#!/bin/sh\n");
    assert_snapshot!(world.once("1.4.0"), @"
Done (0)
dev: Unchanged: 1.4.0 is already merged, not observed
prod: Done: 1.4.0 merged, not observed
");
}

#[test]
fn a_gate_is_asked_again_before_the_merge() {
    let world = gated("[{window: {hours: \"08:00-09:30\"}}, {approvals: {count: 1}}]");
    // Nobody approves in time.
    assert_snapshot!(world.once("1.4.0"), @"
Unfinished (75)
dev: Done: 1.4.0 merged, not observed
prod: Unfinished: the gate `approvals` is closed: the pull request needs 1 approval; it has none
");
    world.sleep(60 * 60);
    assert_snapshot!(world.once("1.4.0"), @"
Unfinished (75)
dev: Unchanged: 1.4.0 is already merged, not observed
prod: Unfinished: the gate `window` is closed since 2026-01-05T09:30:00Z: releases enter every day from 08:00 to 09:30 (UTC); it opens at 2026-01-06T08:00:00Z and closes again at 2026-01-06T09:30:00Z
");
    assert_snapshot!(world.merge_refused("prod"), @"Unfinished: environment `prod`: the gate `window` is closed since 2026-01-05T09:30:00Z: releases enter every day from 08:00 to 09:30 (UTC); it opens at 2026-01-06T08:00:00Z and closes again at 2026-01-06T09:30:00Z; the gate `approvals` is closed: the pull request needs 1 approval; it has none; run this again when it may be open");
    assert_eq!(world.pulls().lines().filter(|line| line.contains("Open")).count(), 1);
    for gate in ["window", "approvals"] {
        world.decide("prod", Decided::Override, Some(gate), "1.4.0");
    }
    assert_snapshot!(world.once("1.4.0"), @"
Done (0)
dev: Unchanged: 1.4.0 is already merged, not observed
prod: Done: 1.4.0 merged, not observed
");
    assert_eq!(world.overrides("prod").len(), 2);
}

#[test]
fn a_window_that_closed_is_waited_for_before_the_merge() {
    let world = gated("[{window: {hours: \"08:00-09:30\"}}]");
    // It takes long to propose.
    let text = world.promote("1.4.0", Run::default(), &|event| {
        if event.environment == "prod" && matches!(event.what, What::Proposed { .. }) {
            world.clock.advance(Duration::from_secs(60 * 60));
        }
    });
    assert_snapshot!(text, @"
Done (0)
dev: Done: 1.4.0 merged, not observed
prod: Done: 1.4.0 merged, not observed
");
    assert!(world.clock_is_at_least("2026-01-06T08:00:00Z"));
}

#[test]
fn a_plan_tells_which_gate_is_waited_for() {
    let world = gated("[{soak: 2h}, {window: {hours: \"08:00-09:30\"}}]");
    assert_snapshot!(world.plan("1.4.0"), @"
ENVIRONMENT  NOW  NEXT
dev          -    propose: 1 added; Towline merges
prod         -    after dev: 1 added
");
    world.once("1.4.0");
    assert_snapshot!(world.plan("1.4.0"), @"
ENVIRONMENT  NOW    NEXT
dev          1.4.0  unchanged
prod         -      wait: the gate `soak` is closed since 2026-01-05T09:00:00Z: 1.4.0 has been verified in environment `dev` for 0s of 2h; it opens at 2026-01-05T11:00:00Z
");
    world.sleep(24 * 60 * 60);
    assert_snapshot!(world.plan("1.4.0"), @"
ENVIRONMENT  NOW    NEXT
dev          1.4.0  unchanged
prod         -      propose: 1 added; Towline merges
");
    world.once("1.4.0");
    assert_snapshot!(world.plan("1.4.0"), @"
ENVIRONMENT  NOW    NEXT
dev          1.4.0  unchanged
prod         1.4.0  unchanged
");
    world.push(
        "main",
        "prod/greeting/configmap-greeting.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: greeting}\n",
    );
    assert_snapshot!(world.plan("1.5.0"), @"
ENVIRONMENT  NOW    NEXT
dev          1.4.0  propose: 1 changed; Towline merges
prod         1.4.0  refused: people changed prod/greeting/configmap-greeting.yaml by hand
");
}

#[test]
fn a_manual_gate_is_waited_for_until_somebody_opens_it() {
    let world = gated("[{manual: {}}]");
    let text = world.promote("1.4.0", Run::default(), &|event| {
        if let What::KeptOut { .. } = event.what {
            world.decide("prod", Decided::Approve, None, "1.4.0");
        }
    });
    assert_snapshot!(text, @"
    Done (0)
    dev: Done: 1.4.0 merged, not observed
    prod: Done: 1.4.0 merged, not observed
    ");
}

#[test]
fn what_happens_while_a_gate_is_waited_for_counts() {
    // The release is taken out of the environment that is needed.
    let world = gated("[{soak: 2h}]");
    let text = world.promote("1.4.0", Run::default(), &|event| {
        if let What::KeptOut { .. } = event.what
            && world.log().starts_with("Deploy")
        {
            world.revert("main");
        }
    });
    assert_snapshot!(text, @"
Refused (3)
dev: Done: 1.4.0 merged, not observed
prod: Refused: the gate `soak` is closed: 1.4.0 is not verified in environment `dev`: Ann took 1.4.0 out with commit [ID] at 2026-01-05T09:00:00Z
");
    assert!(!world.log().contains("to prod"));
}
