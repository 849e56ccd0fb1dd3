//! Checks after a deployment: commands, time limits, JUnit results.

use insta::assert_snapshot;
use towline::promote::What;
use towline::promote::checks::CheckResult;
use towline::secrets::{Kind, remember};

use super::world::{Run, World};

/// One environment with these checks, as a flow sequence.
fn world(checks: &str) -> World {
    World::new(&format!("  - {{name: dev, merge: auto, await: {{reporters: none}}, checks: {checks}}}\n"))
}

/// The results of the checks of one promotion.
fn results(world: &World, version: &str) -> Vec<CheckResult> {
    let promotion = world.try_promote(version, Run::default(), &|_| {}).unwrap();
    promotion.environments.into_iter().flat_map(|environment| environment.checks).collect()
}

#[test]
fn a_check_is_told_what_was_deployed() {
    let world = world("[{name: tell, run: \"pwd; env | grep ^TOWLINE_ | sort\"}]");
    let output = &results(&world, "1.4.0")[0].output;
    assert_snapshot!(world.tidy(output), @r#"
app
TOWLINE_APPLICATION=greeting
TOWLINE_BUILD=
TOWLINE_COMMIT=
TOWLINE_ENVIRONMENT=dev
TOWLINE_GITOPS_COMMIT=[ID]
TOWLINE_NAMESPACES=
TOWLINE_RELEASE=1.4.0
TOWLINE_TARGETS=dev
"#);
}

#[test]
fn a_failed_check_ends_the_chain_until_it_passes() {
    let world = world("[{name: one, run: \"test -e ready || exit 3\"}, {name: two, run: \"true\"}]");
    assert_snapshot!(world.go("1.4.0"), @r#"
Failed (5)
dev: Failed: check `one` failed: exit status: 3
"#);
    assert_snapshot!(world.go("1.4.0"), @r#"
Failed (5)
dev: Failed: check `one` failed: exit status: 3
"#);
    world.write("app/ready", "");
    assert_snapshot!(world.go("1.4.0"), @r#"
Done (0)
dev: Done: 1.4.0 verified: 0 reporters, 2 checks
"#);
    let verdicts = world.forge().commit_statuses(world.repository().branch_tip("main").unwrap()).unwrap();
    let verdicts: Vec<_> =
        verdicts.iter().map(|verdict| format!("{:?} {}", verdict.state, verdict.description)).collect();
    assert_snapshot!(verdicts.join("\n"), @r#"
Success 1.4.0 verified: 0 reporters, 2 checks
Failure 1.4.0 failed: check `one` failed: exit status: 3
"#);
}

#[test]
fn a_check_is_tried_again_as_often_as_it_says() {
    let world = world("[{name: flaky, run: \"echo x >> tries; test $(wc -l < tries) -ge 3\", retries: 2}]");
    let result = &results(&world, "1.4.0")[0];
    assert!(result.passed && result.attempts == 3, "{result:?}");
}

#[test]
fn parallel_checks_run_at_the_same_time() {
    // Each waits for the other.
    let check = |own: &str, other: &str| {
        let run = format!("touch {own}; until test -e {other}; do sleep 0.05; done; echo {own}");
        format!("{{name: {own}, run: \"{run}\", parallel: true, timeout: 1m}}")
    };
    let last = "{name: last, run: 'test -e one && test -e two'}";
    let world = world(&format!("[{}, {}, {last}]", check("one", "two"), check("two", "one")));
    let results = results(&world, "1.4.0");
    let told: Vec<_> = results.iter().map(|it| (it.name.as_str(), it.passed, it.output.as_str())).collect();
    assert_eq!(told, [("one", true, "one\n"), ("two", true, "two\n"), ("last", true, "")]);
}

#[test]
fn all_of_the_parallel_checks_end_before_the_chain_does() {
    let checks = "[{name: bad, run: exit 3, parallel: true}, {name: good, run: 'true', parallel: true}, \
                  {name: never, run: touch never}]";
    let world = world(checks);
    let results = results(&world, "1.4.0");
    let told: Vec<_> = results.iter().map(|it| (it.name.as_str(), it.passed)).collect();
    assert_eq!(told, [("bad", false), ("good", true)]);
    assert!(!world.path("app/never").exists());
}

#[test]
fn all_of_the_output_is_in_a_file_without_secrets() {
    remember(Kind::Variable, "DB_PASSWORD", "tugboat-harbour-lantern");
    let run = "seq 1 30000; echo tugboat-harbour-lantern";
    let world = world(&format!("[{{name: talk, run: {run}, output: logs/talk.txt}}]"));
    world.write("outside.txt", "stays");
    std::fs::create_dir_all(world.path("app/logs")).unwrap();
    std::os::unix::fs::symlink("../../outside.txt", world.path("app/logs/talk.txt")).unwrap();
    let result = &results(&world, "1.4.0")[0];
    assert!(result.output.len() <= 64 * 1024 && !result.output.starts_with("1\n2\n"), "the end is kept");
    let all = std::fs::read_to_string(world.path("app/logs/talk.txt")).unwrap();
    assert!(all.starts_with("1\n2\n3\n") && all.ends_with("29999\n30000\n(secret)\n"));
    assert_eq!(std::fs::read_to_string(world.path("outside.txt")).unwrap(), "stays", "a link is replaced");
}

#[test]
fn a_check_that_hangs_is_ended() {
    let world = world("[{name: slow, run: \"echo begun; sleep 1000 & sleep 1000\", timeout: 1s}]");
    assert_snapshot!(world.go("1.4.0"), @r#"
Failed (5)
dev: Failed: check `slow` failed: killed because it took longer than 1s
"#);
    assert_eq!(results(&world, "1.4.0")[0].output, "begun\n");
}

#[test]
fn a_junit_file_is_read_and_must_be_written_by_this_run() {
    let world = world("[{name: tests, run: \"cp result.xml results.xml\", junit: results.xml}]");
    let case = |inside: &str| {
        let xml =
            format!("<testsuite><testcase name='greets'>{inside}</testcase><testcase name='b'/></testsuite>");
        world.write("app/result.xml", &xml);
    };
    case("<failure/>");
    assert_snapshot!(world.go("1.4.0"), @r#"
Failed (5)
dev: Failed: check `tests` failed: 2 tests, 1 failed: greets
"#);
    case("");
    let result = &results(&world, "1.4.0")[0];
    assert_eq!((result.passed, result.junit.as_ref().unwrap().tests), (true, 2));
    // The result of the run above is still there.
    std::fs::remove_file(world.path("app/result.xml")).unwrap();
    let lazy = "[{name: tests, run: \"true\", junit: results.xml}]";
    world.environments(&format!(
        "  - {{name: dev, merge: auto, await: {{reporters: none}}, checks: {lazy}}}\n"
    ));
    assert_snapshot!(world.go("1.5.0"), @r#"
Failed (5)
dev: Failed: check `tests` failed: it did not write app/results.xml
"#);
    world.environments(
        "  - {name: dev, merge: auto, await: {reporters: none}, checks: [{name: tests, run: \"echo '<html>' > results.xml\", junit: results.xml}]}\n",
    );
    assert_snapshot!(world.go("1.6.0"), @r#"
Failed (5)
dev: Failed: check `tests` failed: cannot read app/results.xml: not a JUnit file: it starts with <html>
"#);
}

#[test]
fn every_junit_file_of_a_glob_counts_and_a_test_must_have_run() {
    let check = |run: &str| {
        format!("[{{name: unit, run: \"mkdir -p out; {run}; true\", junit: \"out/**/TEST-*.xml\"}}]")
    };
    let good = "echo '<testsuite><testcase name=\\\"a\\\"/></testsuite>' > out/TEST-a.xml";
    let world = world(&check(good));
    let result = &results(&world, "1.4.0")[0];
    assert_eq!((result.passed, result.junit.as_ref().unwrap().tests), (true, 1), "{result:?}");
    let mut reasons = Vec::new();
    for (version, run) in [
        ("1.5.0", format!("{good}; mkdir -p out/b; echo '<testsuite>' > out/b/TEST-b.xml")),
        ("1.6.0", "rm -rf out".to_owned()),
        ("1.7.0", "echo '<testsuites/>' > out/TEST-a.xml".to_owned()),
        (
            "1.8.0",
            "echo '<testsuite name=\\\"s\\\" tests=\\\"5\\\" failures=\\\"3\\\"/>' > out/TEST-a.xml"
                .to_owned(),
        ),
    ] {
        world.environments(&format!(
            "  - {{name: dev, merge: auto, await: {{reporters: none}}, checks: {}}}\n",
            check(&run)
        ));
        let result = &results(&world, version)[0];
        assert!(!result.passed, "{result:?}");
        reasons.push(world.tidy(&result.reason));
    }
    assert_snapshot!(reasons.join("\n"), @r#"
cannot read app/out/b/TEST-b.xml: it is truncated
it did not write app/out/**/TEST-*.xml
no test ran: 0 tests
0 tests, 1 failed: suite `s`
"#);
}

#[test]
fn secrets_are_hidden_in_what_a_check_writes() {
    let world = World::new(
        "  - name: dev\n    merge: auto\n    await: {reporters: none}\n    \
         variables: [{values: {password: hunter22}, secret: true}]\n    \
         checks: [{name: leak, run: \"echo the password is hunter22\"}]\n",
    );
    let ended = std::cell::RefCell::new(String::new());
    world.promote("1.4.0", Run::default(), &|event| {
        if let What::Checked(result) = &event.what {
            ended.replace(result.output.clone());
        }
    });
    assert_eq!(ended.into_inner(), "the password is (secret)\n");
}
