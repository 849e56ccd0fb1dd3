//! `towline status`: one environment in full, what to do next, and the looks that do not end.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use insta::assert_snapshot;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::{PIPELINE, greeting};
use crate::given::{Sandbox, Terminal};

const RELEASE: [&str; 4] = ["--release", "1.4.0", "--image", "web=1.4.0"];

fn promote(sandbox: &Sandbox, version: &str) {
    sandbox.towline(&["promote", "--once", "--release", version, "--image", &format!("web={version}")]);
}

fn report(sandbox: &Sandbox, state: &str) {
    let context = ["--context", "kustomization/greeting/eu", "--state", state];
    let words = ["--description", "health check", "--url", "https://flux.example.com/eu"];
    let run = sandbox.towline(&[&["report", "prod"][..], &context, &words].concat());
    assert_eq!(run.code, Some(0), "{run}");
}

/// What `status` says to do next, as a command.
fn next(sandbox: &Sandbox, environment: &str) -> Option<String> {
    let run = sandbox.command(&["status", environment, "--output", "json"]).output().unwrap();
    let found: Value = serde_json::from_slice(&run.stdout).unwrap();
    Some(found["next"]["command"].as_str()?.to_owned())
}

/// Types what `status` says to do next, and returns it with its exit code.
fn follow(sandbox: &Sandbox, environment: &str, more: &str) -> (String, Option<i32>) {
    let command = next(sandbox, environment).expect("there is something to do");
    let typed = format!("{command}{more}");
    let run = sandbox.run(sandbox.shell(&typed).output().unwrap());
    (typed, run.code)
}

fn with_grace(sandbox: &Sandbox) {
    sandbox.write(
        "app/towline.yaml",
        &sandbox.read("app/towline.yaml").replace("settle: 0s", "settle: 0s, grace: 0s"),
    );
}

#[test]
fn an_environment_in_full() {
    let sandbox = greeting();
    with_grace(&sandbox);
    let age = regex::Regex::new(r"(failed|succeeded) \d+s").unwrap();
    let prod = || age.replace_all(&sandbox.towline(&["status", "prod"]).to_string(), "$1 [AGE]").into_owned();
    assert_snapshot!(prod(), @"
    --- stdout
    prod: nothing is deployed
      next       `towline promote --release VERSION --image web=TAG`: promote a release
    --- exit code 0
    ");
    promote(&sandbox, "1.4.0");
    assert_snapshot!(prod(), @"
    --- stdout
    prod: under way
      proposed   1.4.0, less than a minute ago
      merge      ../gitops.git#2 is waiting to be merged
      next       `towline merge prod`: review the pull request, and merge it
    --- exit code 0
    ");
    sandbox.towline(&["merge", "prod"]);
    assert_snapshot!(prod(), @"
    --- stdout
    prod: under way
      deployed   1.4.0, since [TIME] by Ada, commit [ID], ../gitops.git#2
      image      web: ghcr.io/acme/greeting-web:1.4.0
      reporters  nothing yet from kustomization/greeting/*
        kustomization/greeting/*  missing
      next       `towline promote --continue prod`: wait for the rollout, run the checks and record the result
    --- exit code 0
    ");
    report(&sandbox, "failure");
    promote(&sandbox, "1.4.0");
    assert_snapshot!(prod(), @"
    --- stdout
    prod: failed
      deployed   1.4.0, since [TIME] by Ada, commit [ID], ../gitops.git#2
      image      web: ghcr.io/acme/greeting-web:1.4.0
      verdict    1.4.0 failed: kustomization/greeting/eu failed (health check), since [TIME]
      reporters  failed
        kustomization/greeting/eu  failed [AGE]  health check  https://flux.example.com/eu
      next       `towline promote --continue prod --again`: promote a newer release, or wait for this one once more
    --- exit code 0
    ");
    report(&sandbox, "success");
    promote(&sandbox, "1.4.0");
    assert_snapshot!(prod(), @"
    --- stdout
    prod: done
      deployed   1.4.0, since [TIME] by Ada, commit [ID], ../gitops.git#2
      image      web: ghcr.io/acme/greeting-web:1.4.0
      verdict    1.4.0 verified: 1 reporter, 0 checks, since [TIME]
      reporters  1 reporter
        kustomization/greeting/eu  succeeded [AGE]  health check  https://flux.example.com/eu
    --- exit code 0
    ");
}

#[test]
fn what_to_do_next_works_when_it_is_typed() {
    let sandbox = greeting();
    with_grace(&sandbox);
    let release = next(&sandbox, "prod").unwrap();
    assert_eq!(release, "towline promote --release VERSION --image web=TAG");
    promote(&sandbox, "1.4.0");
    assert_eq!(follow(&sandbox, "prod", ""), ("towline merge prod".to_owned(), Some(0)));
    let once = |more: &str| follow(&sandbox, "prod", more);
    assert_eq!(once(" --once"), ("towline promote --continue prod --once".to_owned(), Some(75)));
    report(&sandbox, "failure");
    assert_eq!(once(""), ("towline promote --continue prod".to_owned(), Some(5)));
    // There is no earlier release to go back to.
    assert_eq!(next(&sandbox, "prod").unwrap(), "towline promote --continue prod --again");
    report(&sandbox, "success");
    assert_eq!(once(""), ("towline promote --continue prod".to_owned(), Some(0)));
    assert_eq!(next(&sandbox, "prod"), None);
    promote(&sandbox, "1.5.0");
    assert_eq!(once(""), ("towline merge prod".to_owned(), Some(0)));
    report(&sandbox, "failure");
    assert_eq!(once(""), ("towline promote --continue prod".to_owned(), Some(5)));
    assert_eq!(once(" --once"), ("towline rollback prod --once".to_owned(), Some(75)));
    assert_eq!(once(""), ("towline merge prod".to_owned(), Some(0)));
}

#[test]
fn what_to_do_about_files_that_people_changed() {
    let sandbox = greeting();
    promote(&sandbox, "1.4.0");
    sandbox.git(".", &["clone", "--quiet", "gitops.git", "clone"]);
    let file = "clone/dev/greeting/deployment-web_greeting-dev.yaml";
    let changed = sandbox.read(file).replace("replicas: 1", "replicas: 9");
    assert_ne!(sandbox.read(file), changed);
    sandbox.write(file, &changed);
    sandbox.git("clone", &["commit", "--quiet", "--all", "--message=Scale"]);
    sandbox.git("clone", &["push", "--quiet", "origin", "HEAD:main"]);
    assert_eq!(sandbox.towline(&["status", "dev", "--exit-code"]).code, Some(3));
    let (typed, _) = follow(&sandbox, "dev", " --once");
    assert_eq!(typed, "towline promote --continue dev --overwrite-drift --once");
    assert_eq!(sandbox.towline(&["status", "dev", "--exit-code"]).code, Some(0));
}

#[test]
fn what_to_do_about_a_closed_gate() {
    let gates = "  - name: prod\n    gates: [{manual: {}}]\n";
    let sandbox = Sandbox::with_application(&[
        ("towline.yaml", &PIPELINE.replace("  - name: prod\n", gates)),
        ("deploy/web.yaml", super::DEPLOYMENT),
        ("config/prod.yaml", "replicas: 3\ndb:\n  host: db.prod\n"),
    ]);
    promote(&sandbox, "1.4.0");
    assert_snapshot!(sandbox.towline(&["status", "prod"]), @"
    --- stdout
    prod: nothing is deployed
      wanted     1.4.0, verified in what this environment needs
      gate       manual: closed: waits for `towline approve prod --release 1.4.0`
      next       `towline approve prod --release 1.4.0 --gate manual`: approve the release
    --- exit code 0
    ");
    let approve = "towline approve prod --release 1.4.0 --gate manual";
    assert_eq!(follow(&sandbox, "prod", ""), (approve.to_owned(), Some(0)));
    let go_on = "towline promote --continue dev --once";
    assert_eq!(follow(&sandbox, "prod", " --once"), (go_on.to_owned(), Some(75)));
    assert_eq!(next(&sandbox, "prod").unwrap(), "towline merge prod");
}

#[test]
fn the_exit_code_says_how_it_stands() {
    let sandbox = greeting();
    with_grace(&sandbox);
    let code = |arguments: &[&str]| sandbox.towline(&[&["status", "--exit-code"], arguments].concat()).code;
    assert_eq!((code(&[]), code(&["dev"])), (Some(75), Some(75)));
    promote(&sandbox, "1.4.0");
    assert_eq!((code(&[]), code(&["dev"]), code(&["prod"])), (Some(75), Some(0), Some(75)));
    sandbox.towline(&["merge", "prod"]);
    report(&sandbox, "failure");
    assert_eq!((code(&["prod"]), code(&[])), (Some(5), Some(5)));
    assert_snapshot!(sandbox.towline(&["status", "--exit-code"]).stderr, @"error: prod: kustomization/greeting/eu failed (health check)");
    report(&sandbox, "success");
    promote(&sandbox, "1.4.0");
    assert_eq!(code(&[]), Some(0));
    assert_eq!(sandbox.towline(&["status"]).code, Some(0));
}

#[test]
fn watching_prints_only_what_changed() {
    let sandbox = greeting();
    let mut child = sandbox
        .command(&["status", "--watch"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = || {
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        line.split_once(' ').expect("a time and a text").1.trim_end().to_owned()
    };
    assert_eq!([line(), line()], ["dev: nothing is deployed", "prod: nothing is deployed"]);
    sandbox.towline(&[&["propose", "prod"][..], &RELEASE].concat());
    assert_eq!(line(), "prod: 1.4.0 is proposed: ../gitops.git#1");
    sandbox.towline(&["merge", "prod"]);
    let told = [line(), line()].concat();
    assert!(told.contains("no longer: prod: 1.4.0 is proposed"), "{told}");
    assert!(told.contains("prod: 1.4.0 is deployed, without a verdict yet"), "{told}");
    kill_process(Pid::from_raw(child.id().cast_signed()).unwrap(), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert!(errors.starts_with("error: interrupted"), "{errors}");
}

#[test]
fn watching_on_a_terminal_shows_the_newest_look_alone() {
    let sandbox = greeting();
    let mut terminal = Terminal::start(sandbox.command(&["status", "prod", "--watch"]), 80, 24);
    terminal.until(|screen| screen.contains("prod: nothing is deployed"));
    sandbox.towline(&[&["propose", "prod"][..], &RELEASE].concat());
    let screen =
        terminal.until(|screen| screen.contains("prod: under way") && screen.contains("towline merge prod"));
    assert!(!screen.contains("nothing is deployed"), "{screen}");
    terminal.interrupt();
    assert_eq!(terminal.end().1.code(), Some(130));
}

#[test]
fn watching_in_ci_never_redraws() {
    let mut sandbox = greeting();
    sandbox.set("CI", "true");
    let mut terminal = Terminal::start(sandbox.command(&["status", "--watch"]), 80, 24);
    terminal.until(|screen| screen.contains("prod: nothing is deployed"));
    sandbox.towline(&[&["propose", "prod"][..], &RELEASE].concat());
    let screen = terminal.until(|screen| screen.contains("1.4.0 is proposed"));
    assert_eq!(screen.matches("dev: nothing is deployed").count(), 1, "{screen}");
    terminal.interrupt();
    assert_eq!(terminal.end().1.code(), Some(130));
}

#[test]
fn watching_has_no_json() {
    assert_snapshot!(greeting().towline(&["status", "--watch", "--output", "json"]).stderr, @"
    error: `--watch` does not end, and `--output json` prints one object at the end
      hint: run `towline status --output json` again and again, or leave out `--output json`
    ");
}

#[test]
fn the_history_ends_with_delivery_figures() {
    let sandbox = greeting();
    with_grace(&sandbox);
    let figures = || {
        let run = sandbox.towline(&["status", "--history", "prod"]).stdout;
        run.split_once("\n\n").map_or("", |(_, table)| table).to_owned()
    };
    assert_eq!(figures(), "");
    for (version, state) in [("1.4.0", "success"), ("1.5.0", "failure"), ("1.6.0", "success")] {
        promote(&sandbox, version);
        sandbox.towline(&["merge", "prod"]);
        report(&sandbox, state);
        promote(&sandbox, version);
    }
    assert_snapshot!(figures(), @"
    DELIVERY                 VALUE       FROM
    deployment frequency     3.0 a week  3 deployments since [TIME]
    lead time from commit    unknown     -
    lead time from proposal  [LENGTH]  2 verified deployments
    change failure rate      33%         1 of 3 judged deployments
    time to restore  [LENGTH]  1 failure
    ");
}
