//! What people see on a terminal: a board while a command runs, and everything that they need when it
//! has ended.

use std::process::Output;

use super::{DEPLOYMENT, PIPELINE};
use crate::given::{Sandbox, Terminal};

/// An application whose only environment is rolled out to so many clusters, and where a failure may last so long.
fn clusters(count: usize, grace: &str) -> Sandbox {
    let (head, _) = PIPELINE.split_once("environments:").unwrap();
    let reporters = format!("[{{flux: {{kustomization: web, clusters: {count}}}}}]");
    let environments = format!(
        "environments: [{{name: prod, merge: auto, await: {{reporters: {reporters}, settle: 0s, grace: {grace}}}}}]"
    );
    let sandbox = Sandbox::with_application(&[
        ("towline.yaml", &format!("{head}{environments}\n")),
        ("deploy/web.yaml", DEPLOYMENT),
    ]);
    sandbox.towline(&["promote", "--once", "--release", "1.4.0", "--image", "web=1.4.0"]);
    sandbox
}

fn report(sandbox: &Sandbox, cluster: &str, state: &str, description: &str) {
    let (context, url) =
        (format!("kustomization/web/{cluster}"), format!("https://flux.example.com/{cluster}"));
    let arguments = ["report", "prod", "--context", &context, "--state", state, "--description", description];
    let run = sandbox.towline(&[&arguments[..], &["--url", &url]].concat());
    assert_eq!(run.code, Some(0), "{run}");
}

const REASON: &str = "health check failed after 2m0s: timeout waiting for: [Deployment/web/web status: 'InProgress': pods web-7d9f-x2 CrashLoopBackOff]";

#[test]
fn a_failed_promotion_keeps_every_row_of_its_summary() {
    let (head, _) = PIPELINE.split_once("environments:").unwrap();
    let environments = r#"environments:
  - {name: dev, merge: auto, await: {reporters: none}}
  - {name: staging, merge: auto, await: {reporters: none}}
  - {name: prod, merge: auto, await: {reporters: none}, checks: [{name: e2e, run: "echo GET / gave 502; exit 1"}]}
"#;
    let sandbox = Sandbox::with_application(&[
        ("towline.yaml", &format!("{head}{environments}")),
        ("deploy/web.yaml", DEPLOYMENT),
    ]);
    let command = sandbox.command(&["promote", "--release", "1.4.0", "--image", "web=1.4.0"]);
    let (screen, status) = Terminal::start(command, 100, 24).end();
    let output = Output { status, stdout: screen.into_bytes(), stderr: Vec::new() };
    insta::assert_snapshot!(sandbox.run(output), @"
    --- stdout
    prod  ../gitops.git#3
      e2e  failed  exit status: 1
    dev      done    1.4.0 merged, not observed; merged after [LENGTH]
    staging  done    1.4.0 merged, not observed; merged after [LENGTH]
    prod     failed
    error: prod: check `e2e` failed: exit status: 1
      because: it wrote
        GET / gave 502[no newline]
    --- exit code 5
    ");
}

#[test]
fn who_failed_why_and_where_stays_on_the_screen() {
    let sandbox = clusters(2, "0s");
    report(&sandbox, "eu", "success", "reconciliation succeeded");
    report(&sandbox, "us", "failure", REASON);
    for columns in [80, 40] {
        let (screen, status) = Terminal::start(sandbox.command(&["await", "prod"]), columns, 24).end();
        assert_eq!(status.code(), Some(5), "{screen}");
        let text = screen.replace('\n', " ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.starts_with("prod ../gitops.git#1"), "{screen}");
        assert!(text.contains("web/us failed "), "{screen}");
        assert!(text.contains("CrashLoopBackOff] https://flux.example.com/us error: prod: "), "{screen}");
    }
}

#[test]
fn a_look_without_waiting_says_as_much() {
    let sandbox = clusters(2, "0s");
    report(&sandbox, "us", "failure", REASON);
    let once = ["promote", "--once", "--continue", "prod"];
    let (screen, status) = Terminal::start(sandbox.command(&once), 80, 24).end();
    assert_eq!(status.code(), Some(5), "{screen}");
    assert!(screen.contains("\n    https://flux.example.com/us\nprod  failed\n"), "{screen}");
    let piped = sandbox.towline(&once);
    assert!(piped.stderr.contains("https://flux.example.com/us"), "{piped}");
}

#[test]
fn thirty_clusters_fit_a_small_terminal_and_follow_its_size() {
    let sandbox = clusters(31, "1m");
    for number in 1..30 {
        report(&sandbox, &format!("c{number:02}"), "success", "reconciliation succeeded");
    }
    report(&sandbox, "c30", "failure", REASON);
    let mut terminal = Terminal::start(sandbox.command(&["await", "prod"]), 80, 10);
    let screen = terminal.until(|screen| screen.contains("29 succeeded"));
    for shown in [
        "30 of 31 from kustomization/web/*",
        "next deadline in ",
        "../gitops.git#1",
        "web/c30  failing ",
        "https://flux.example.com/c30",
    ] {
        assert!(screen.contains(shown), "no {shown}:\n{screen}");
    }
    terminal.resize(40, 10);
    let screen = terminal
        .until(|screen| screen.contains("…tion/web/c30  failing ") && screen.contains("29 succeeded"));
    assert!(screen.contains("health"), "{screen}");
    terminal.interrupt();
    let (screen, status) = terminal.end();
    assert_eq!(status.code(), Some(130));
    assert!(screen.contains("\n    https://flux.example.com/c30\nerror: interrupted"), "{screen}");
}

#[test]
fn status_fits_the_terminal_and_tells_what_failed_whole() {
    let sandbox = failed();
    let (screen, _) = Terminal::start(sandbox.command(&["status"]), 80, 24).end();
    insta::assert_snapshot!(without_ages(&screen), @"
    ENVIRONMENT  DEPLOYED  AGE  VERDICT                                     PROPOSED
    prod         1.4.0     now  1.4.0 failed: kustomization/web/us failed…  -
    prod: failed
      kustomization/web/us  failed [AGE]
        health check failed after 2m0s: timeout waiting for: [Deployment/web/web
        status: 'InProgress': pods web-7d9f-x2 CrashLoopBackOff]
        https://flux.example.com/us
    ");
    let (screen, _) = Terminal::start(sandbox.command(&["status"]), 40, 24).end();
    insta::assert_snapshot!(without_ages(&screen), @"
    prod
      DEPLOYED  1.4.0
      AGE       now
      VERDICT   1.4.0 failed:
                kustomization/web/us failed
                (health check failed after
                2m0s: timeout waiting for:
                [Deployment/web/web status:
                'InProgress': p…
      PROPOSED  -
    prod: failed
      …ation/web/us  failed [AGE]
        health check failed after 2m0s:
        timeout waiting for:
        [Deployment/web/web status:
        'InProgress': pods web-7d9f-x2
        CrashLoopBackOff]
        https://flux.example.com/us
    ");
    let colored = sandbox.command(&["status", "--color", "always"]).output().unwrap();
    let text = String::from_utf8(colored.stdout).unwrap();
    assert!(text.contains("\u{1b}[31m1.4.0 failed: "), "{text}");
}

#[test]
fn status_says_what_the_reporters_say_now() {
    let sandbox = failed();
    let status = || {
        let text = sandbox.towline(&["status", "--output", "json"]).stdout;
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["environments"][0].clone()
    };
    let rollout = status()["rollout"].clone();
    assert_eq!(rollout["state"], "failed");
    assert!(rollout["reason"].as_str().unwrap().contains(REASON), "{rollout}");
    assert_eq!(rollout["reporters"][0]["contexts"][1]["url"], "https://flux.example.com/us");

    report(&sandbox, "us", "success", "reconciliation succeeded");
    insta::assert_snapshot!(sandbox.towline(&["status"]), @"
    --- stdout
    ENVIRONMENT  DEPLOYED  AGE  VERDICT                                                                                                                                       PROPOSED
    prod         1.4.0     now  1.4.0 failed: kustomization/web/us failed (health check failed after 2m0s: timeout waiting for: [Deployment/web/web status: 'InProgress': p…  -
    prod: failed; the reporters report success since [TIME] and no run has recorded it: run `towline promote --continue prod`
    --- exit code 0
    ");
    let follow = sandbox.towline(&["promote", "--continue", "prod"]);
    assert_eq!(follow.code, Some(0), "{follow}");
    assert!(status()["rollout"].is_null(), "what is recorded needs no look");
}

/// `failed 3s` is as long ago as the machine is slow.
fn without_ages(text: &str) -> String {
    regex::Regex::new(r"failed \d+s").unwrap().replace_all(text, "failed [AGE]").into_owned()
}

/// Two clusters, one of which failed, for which a failure is recorded.
fn failed() -> Sandbox {
    let sandbox = clusters(2, "0s");
    report(&sandbox, "eu", "success", "reconciliation succeeded");
    report(&sandbox, "us", "failure", REASON);
    sandbox.towline(&["promote", "--continue", "prod"]);
    sandbox
}

#[test]
fn plain_lines_where_a_board_is_not_wanted() {
    let sandbox = clusters(1, "1m");
    report(&sandbox, "eu", "success", "reconciliation succeeded");
    let expected =
        "prod kustomization/web/eu: succeeded (reconciliation succeeded) https://flux.example.com/eu";
    let mut dumb = sandbox.command(&["await", "prod"]);
    dumb.env("TERM", "dumb");
    for command in [dumb, sandbox.command(&["await", "prod", "--no-progress", "--color", "never"])] {
        let (screen, _) = Terminal::start(command, 120, 24).end();
        assert!(screen.contains(expected), "{screen}");
    }
    let mut plain = sandbox.command(&["await", "prod"]);
    plain.env("NO_COLOR", "1");
    let (screen, status) = Terminal::start(plain, 120, 24).end();
    assert_eq!((screen.lines().count(), status.code()), (1, Some(0)), "{screen}");
}
