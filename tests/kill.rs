//! Killing `promote` at any moment, and running it again; two of them at once.
//!
//! Every write to git or the forge is announced right before and right after it, and while its lock is
//! held (`towline::failpoint::side_effect`). Here the real binary dies by SIGKILL at each of these moments in
//! turn, and what is left must always lead to the same end.
#![cfg(all(unix, debug_assertions))]

use std::collections::BTreeMap;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::given::{CONFIG, Sandbox, TWO_ENVIRONMENTS};

const GATES_AND_RINGS: &str = r#"
version: 1
application: greeting
templates: [{path: deploy}]
gitops: {repository: ../gitops.git}
environments:
  - name: dev
    merge: auto
    await: {reporters: none}
    checks: [{name: smoke, run: cp junit.xml results.xml, junit: results.xml}]
  - name: prod
    merge: auto
    await: {reporters: none}
    targets: [{name: canary}, {name: eu}]
    rings: [[canary], [eu]]
    gates: [{tests: {environment: dev, minTests: 1}}, {manual: {}}]
"#;

/// What is checked in `prod` is a call of a program.
fn pipeline() -> String {
    let checks = "checks: [{name: smoke, run: 'test -n \"$TOWLINE_RELEASE\"'}]";
    TWO_ENVIRONMENTS.replace("name: prod,", &format!("name: prod, {checks},"))
}

fn world() -> Sandbox {
    Sandbox::with_pipeline(&pipeline())
}

/// Runs to the end; the exit code.
fn run(mut command: Command) -> i32 {
    let output = command.output().unwrap();
    output.status.code().unwrap_or_else(|| panic!("ended by a signal: {}", said(&output)))
}

/// Runs, and dies at the `call`th side effect; false when it came to its end before.
fn is_killed_at(command: Command, call: usize) -> bool {
    is_killed(command, &call.to_string())
}

fn is_killed(mut command: Command, at: &str) -> bool {
    let output = command.env("TOWLINE_FAILPOINT", at).output().unwrap();
    assert!(matches!(output.status.code(), None | Some(0 | 5 | 7)), "{}", said(&output));
    output.status.code().is_none()
}

fn said(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// How often an undisturbed run announces a side effect.
fn side_effects(world: fn() -> Sandbox) -> usize {
    let world = world();
    side_effects_of(&world, world.promote("1.4.0"), 0)
}

/// The same for any run, which ends with this code.
fn side_effects_of(world: &Sandbox, mut command: Command, code: i32) -> usize {
    command.env("TOWLINE_FAILPOINT_LOG", world.path("side-effects"));
    assert_eq!(run(command), code);
    let lines = world.read("side-effects");
    assert!(lines.lines().count() >= 10, "too few to believe:\n{lines}");
    lines.lines().count()
}

/// All that must not depend on where a run was killed. Commit ids do, by their times.
fn end(world: &Sandbox) -> String {
    let git = |arguments: &[&str]| world.git("gitops.git", arguments);
    let mut lines = vec![git(&["log", "--first-parent", "--format=%T %s%n%b", "main"])];
    lines.push(git(&["for-each-ref", "--format=%(refname)"]));
    for number in git(&["ls-tree", "-r", "--name-only", "refs/towline/forge", "pulls/"]).lines() {
        let record = git(&["show", &format!("refs/towline/forge:{number}")]);
        let record: serde_json::Value = serde_json::from_str(&record).unwrap();
        lines.push(format!("{number} {} {} {}", record["title"], record["head"], record["state"]));
        let merged = record["merge_commit"].as_str().unwrap();
        lines.push(git(&["show", "--no-patch", "--format=merged: %T %s", merged]));
        lines.extend(verdicts(world, merged));
    }
    git(&["fsck", "--strict", "--no-dangling"]);
    lines.join("\n")
}

fn verdicts(world: &Sandbox, commit: &str) -> Vec<String> {
    let notes = world.git("gitops.git", &["notes", "--ref=towline-statuses", "show", commit]);
    let line = |line: &str| {
        let status: serde_json::Value = serde_json::from_str(line).unwrap();
        format!("{} {} {}", status["context"], status["state"], status["description"])
    };
    notes.lines().filter(|line| !line.is_empty()).map(line).collect()
}

/// Does the same for every number, on all processors.
fn for_each(numbers: std::ops::RangeInclusive<usize>, work: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(*numbers.start());
    let worker = || {
        loop {
            let number = next.fetch_add(1, Ordering::SeqCst);
            if !numbers.contains(&number) {
                return;
            }
            work(number);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(worker);
        }
    });
}

#[test]
fn killed_anywhere_and_run_again_ends_as_if_nothing_had_happened() {
    ends_alike(world);
}

/// The same with a release that reaches two targets one after the other, behind gates.
#[test]
fn killed_anywhere_between_gates_and_rings_ends_as_if_nothing_had_happened() {
    ends_alike(|| {
        let world = Sandbox::with_pipeline(GATES_AND_RINGS);
        world.write("app/junit.xml", "<testsuite><testcase name=\"a\"/></testsuite>");
        let approved = world.towline(&["approve", "prod", "--release", "1.4.0"]);
        assert_eq!(approved.code, Some(0), "{approved}");
        world
    });
}

fn ends_alike(world: fn() -> Sandbox) {
    let undisturbed = world();
    assert_eq!(run(undisturbed.promote("1.4.0")), 0);
    let expected = end(&undisturbed);
    for_each(1..=side_effects(world), |call| {
        let world = world();
        assert!(is_killed_at(world.promote("1.4.0"), call), "not killed at {call}");
        assert_eq!(run(world.promote("1.4.0")), 0, "run again after {call}");
        assert_eq!(end(&world), expected, "killed at {call}");
    });
}

/// No run gets further than its first write, or its second, and the release still arrives.
#[test]
fn killed_again_and_again_it_still_arrives() {
    let undisturbed = world();
    assert_eq!(run(undisturbed.promote("1.4.0")), 0);
    let expected = end(&undisturbed);
    let most = side_effects(world);
    for_each(1..=2, |writes| {
        let world = world();
        let at = format!("{writes} updated ");
        let runs = (0..most).take_while(|_| is_killed(world.promote("1.4.0"), &at)).count();
        assert!(runs < most, "it does not get on, killed after {writes}");
        assert_eq!(end(&world), expected, "killed after {writes}");
    });
}

/// An older release that died anywhere, and comes back after a newer one went through.
#[test]
fn a_newer_release_wins_wherever_the_older_one_was_killed() {
    let expected = newest_alone(&pipeline());
    for_each(1..=side_effects(world), |call| {
        let world = world();
        assert!(is_killed_at(world.promote("1.4.0"), call), "not killed at {call}");
        assert_eq!(run(world.promote("1.5.0")), 0, "the newer, after {call}");
        assert_eq!(run(world.promote("1.4.0")), 7, "the older, after {call}");
        assert_eq!(tree(&world), expected, "killed at {call}");
        no_commit_is_there_twice(&world);
    });
}

/// The older one stands still in the middle, behind the back of the newer one, at a point that
/// a killed process cannot be at: with all that it knows in its memory.
#[test]
fn a_newer_release_overtakes_an_older_one_that_is_slow() {
    let wait = "touch begun-$TOWLINE_RELEASE; test $TOWLINE_RELEASE = 1.5.0 || while ! test -e go; do sleep 0.02; done";
    let pipeline = pipeline().replace(
        "name: dev, merge: auto,",
        &format!("name: dev, merge: auto, checks: [{{name: wait, run: \"{wait}\"}}],"),
    );
    let world = Sandbox::with_pipeline(&pipeline);
    let mut older = world.promote("1.4.0").spawn().unwrap();
    while !world.path("app/begun-1.4.0").exists() {
        assert!(older.try_wait().unwrap().is_none(), "the older one ended too early");
        std::thread::yield_now();
    }
    assert_eq!(run(world.promote("1.5.0")), 0);
    world.write("app/go", "");
    let older = older.wait_with_output().unwrap();
    assert_eq!(older.status.code(), Some(7), "{}", said(&older));
    assert_eq!(tree(&world), newest_alone(&pipeline));
    no_commit_is_there_twice(&world);
}

/// Whoever comes first: nothing is lost, and the newer release is what is deployed in the end.
#[test]
fn two_releases_at_once() {
    let expected = newest_alone(&pipeline());
    for_each(1..=8, |round| {
        let world = world();
        let older = world.promote("1.4.0").spawn().unwrap();
        let newer = world.promote("1.5.0").spawn().unwrap();
        let newer = newer.wait_with_output().unwrap();
        let older = older.wait_with_output().unwrap();
        assert_eq!(newer.status.code(), Some(0), "round {round}: {}", said(&newer));
        // It ends well only if it was through before the newer one came.
        assert!(matches!(older.status.code(), Some(0 | 7)), "round {round}: {}", said(&older));
        assert_eq!(run(world.promote("1.4.0")), 7, "round {round}");
        assert_eq!(tree(&world), expected, "round {round}");
        no_commit_is_there_twice(&world);
    });
}

/// The same release twice at once is one release.
#[test]
fn one_release_twice_at_once() {
    let undisturbed = world();
    assert_eq!(run(undisturbed.promote("1.4.0")), 0);
    let expected = end(&undisturbed);
    for_each(1..=8, |round| {
        let world = world();
        let both = [world.promote("1.4.0").spawn().unwrap(), world.promote("1.4.0").spawn().unwrap()];
        for one in both {
            let output = one.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(0), "round {round}: {}", said(&output));
        }
        assert_eq!(once_each(end(&world)), once_each(expected.clone()), "round {round}");
    });
}

/// The pipeline of a release that fails in prod, and goes out again.
fn rolls_back() -> String {
    let checks = "onFailure: rollback, checks: [{name: smoke, run: 'test $TOWLINE_RELEASE != 1.5.0'}]";
    TWO_ENVIRONMENTS.replace("name: prod,", &format!("name: prod, {checks},"))
}

/// A world of its own with what these releases left behind.
fn world_after(before: &Sandbox, pipeline: &str) -> Sandbox {
    let world = Sandbox::with_repository_of(before);
    world.write("app/towline.yaml", pipeline);
    world.write("app/deploy/config.yaml", CONFIG);
    world
}

fn released(pipeline: &str, versions: &[&str]) -> Sandbox {
    let world = Sandbox::with_pipeline(pipeline);
    versions.iter().for_each(|version| assert_eq!(run(world.promote(version)), 0));
    world
}

/// Somebody else runs it.
fn by_another(mut command: Command) -> Command {
    for role in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{role}_NAME"), "Bob").env(format!("GIT_{role}_EMAIL"), "bob@example.com");
    }
    command
}

#[test]
fn a_rollback_that_was_killed_anywhere_is_gone_on_with() {
    let before = released(&pipeline(), &["1.4.0", "1.5.0"]);
    let rollback = |world: &Sandbox| world.command(&["rollback", "prod", "--no-progress"]);
    let undisturbed = world_after(&before, &pipeline());
    let most = side_effects_of(&undisturbed, rollback(&undisturbed), 0);
    let expected = end(&undisturbed);
    for_each(1..=most, |call| {
        let world = world_after(&before, &pipeline());
        assert!(is_killed_at(rollback(&world), call), "not killed at {call}");
        assert_eq!(run(by_another(rollback(&world))), 0, "run again after {call}");
        assert_eq!(end(&world), expected, "killed at {call}");
        assert_eq!(run(world.promote("1.5.0")), 3, "on hold after {call}");
    });
}

#[test]
fn a_failure_that_was_killed_anywhere_is_rolled_back_once() {
    let pipeline = rolls_back();
    let before = released(&pipeline, &["1.4.0"]);
    let undisturbed = world_after(&before, &pipeline);
    let most = side_effects_of(&undisturbed, undisturbed.promote("1.5.0"), 5);
    let expected = end(&undisturbed);
    assert!(expected.contains("Roll back greeting from 1.5.0 to 1.4.0 in prod"), "{expected}");
    for_each(1..=most, |call| {
        let world = world_after(&before, &pipeline);
        assert!(is_killed_at(world.promote("1.5.0"), call), "not killed at {call}");
        // When the verdict was written, it is on hold.
        let code = run(by_another(world.promote("1.5.0")));
        assert!(code == 5 || code == 3 && call + 1 >= most, "{code} after {call} of {most}");
        assert_eq!(end(&world), expected, "killed at {call}");
        assert_eq!(run(world.promote("1.5.0")), 3, "on hold after {call}");
        assert_eq!(end(&world), expected, "and once more");
    });
}

#[test]
fn killed_again_and_again_a_failure_is_still_rolled_back() {
    let pipeline = rolls_back();
    let before = released(&pipeline, &["1.4.0"]);
    let undisturbed = world_after(&before, &pipeline);
    let most = side_effects_of(&undisturbed, undisturbed.promote("1.5.0"), 5);
    let expected = end(&undisturbed);
    for_each(1..=2, |writes| {
        let world = world_after(&before, &pipeline);
        let at = format!("{writes} updated ");
        let is_held = || run(world.promote("1.5.0")) == 3;
        let runs = (0..most).take_while(|_| {
            let output = world.promote("1.5.0").env("TOWLINE_FAILPOINT", &at).output().unwrap();
            output.status.code().is_none()
        });
        let runs = runs.count();
        assert!(runs < most, "it does not get on, killed after {writes}");
        assert!(is_held(), "killed after {writes}");
        assert_eq!(end(&world), expected, "killed after {writes}");
    });
}

/// Whoever comes first; the other one goes on with it, or finds the release on hold.
#[test]
fn one_failure_twice_at_once_is_rolled_back_once() {
    let pipeline = rolls_back();
    let before = released(&pipeline, &["1.4.0"]);
    let undisturbed = world_after(&before, &pipeline);
    assert_eq!(run(undisturbed.promote("1.5.0")), 5);
    let expected = once_each(end(&undisturbed));
    for_each(1..=6, |round| {
        let world = world_after(&before, &pipeline);
        let both = [world.promote("1.5.0").spawn().unwrap(), world.promote("1.5.0").spawn().unwrap()];
        let codes = both.map(|one| {
            let output = one.wait_with_output().unwrap();
            assert!(matches!(output.status.code(), Some(5 | 3)), "round {round}: {}", said(&output));
            output.status.code()
        });
        assert!(codes.contains(&Some(5)), "round {round}");
        assert_eq!(once_each(end(&world)), expected, "round {round}");
    });
}

#[test]
fn a_newer_release_wins_wherever_a_rollback_was_killed() {
    let pipeline = rolls_back();
    let before = released(&pipeline, &["1.4.0"]);
    let undisturbed = world_after(&before, &pipeline);
    let most = side_effects_of(&undisturbed, undisturbed.promote("1.5.0"), 5);
    let newest = Sandbox::with_pipeline(&pipeline);
    assert_eq!(run(newest.promote("1.6.0")), 0);
    let expected = tree(&newest);
    for_each(1..=most, |call| {
        let world = world_after(&before, &pipeline);
        assert!(is_killed_at(world.promote("1.5.0"), call), "not killed at {call}");
        assert_eq!(run(world.promote("1.6.0")), 0, "the newer, after {call}");
        assert_eq!(run(world.promote("1.5.0")), 7, "the older, after {call}");
        assert_eq!(tree(&world), expected, "killed at {call}");
        no_commit_is_there_twice(&world);
    });
}

/// The tree of a world that only ever saw 1.5.0.
fn newest_alone(pipeline: &str) -> String {
    let world = Sandbox::with_pipeline(pipeline);
    assert_eq!(run(world.promote("1.5.0")), 0);
    tree(&world)
}

fn tree(world: &Sandbox) -> String {
    world.git("gitops.git", &["fsck", "--strict", "--no-dangling"]);
    world.git("gitops.git", &["rev-parse", "main^{tree}"])
}

/// Each release is merged at most once into each environment, and no proposal stays open.
fn no_commit_is_there_twice(world: &Sandbox) {
    let subjects = world.git("gitops.git", &["log", "--format=%s", "--first-parent", "main"]);
    let mut seen = BTreeMap::new();
    for subject in subjects.lines() {
        *seen.entry(subject.split(" (#").next().unwrap().to_owned()).or_insert(0) += 1;
    }
    assert!(seen.values().all(|count| *count == 1), "{subjects}");
}

/// Both runs may have written the same verdict.
fn once_each(text: String) -> String {
    let mut lines: Vec<_> = text.lines().collect();
    lines.dedup();
    lines.join("\n")
}
