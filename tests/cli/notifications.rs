//! `notify`: what webhooks are told, once, and what becomes of those that fail.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use insta::assert_snapshot;
use serde_json::Value;
use towline::http::{Posted, post};
use towline::notify::hmac_sha256;

use super::{DEPLOYMENT, PIPELINE};
use crate::fakes::faults::What;
use crate::fakes::{Fault, Reply, Request, Server, Service};
use crate::given::Sandbox;

/// A webhook that takes everything.
struct Takes(Arc<Mutex<Vec<Request>>>);

impl Service for Takes {
    fn answer(&self, request: &Request) -> Reply {
        self.0.lock().unwrap().push(request.clone());
        Reply::json(202, Value::Null)
    }
}

/// A webhook that a pipeline tells.
struct Told {
    sandbox: Sandbox,
    server: Server,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Told {
    /// `settings`: what stands beside `webhook`.
    fn of(settings: &str) -> Self {
        let requests = Arc::<Mutex<Vec<Request>>>::default();
        let server = Server::start(Arc::new(Takes(requests.clone())), None);
        let pipeline = PIPELINE.replace("settle: 0s", "settle: 0s, grace: 0s");
        let notify = format!("notify: [{{webhook: \"${{HOOK_ADDRESS}}\"{settings}}}]\n");
        let mut sandbox = Sandbox::with_application(&[
            ("towline.yaml", &format!("{pipeline}{notify}")),
            ("deploy/web.yaml", DEPLOYMENT),
            ("config/prod.yaml", "replicas: 3\n"),
        ]);
        sandbox.set("HOOK_ADDRESS", format!("{}/hooks/quietly-told-otter", server.url()));
        Self { sandbox, server, requests }
    }

    fn run(&self, arguments: &[&str]) -> crate::given::Run {
        self.sandbox.towline(arguments)
    }

    fn promote(&self, version: &str, more: &[&str]) -> Vec<String> {
        self.run(&[&["promote", "--release", version, "--image", &format!("web={version}")], more].concat());
        self.told()
    }

    /// What was told since this was asked last: the event, where, and the text.
    fn told(&self) -> Vec<String> {
        let requests = std::mem::take(&mut *self.requests.lock().unwrap());
        let text = |body: &Value, name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let told = requests.iter().map(|it| {
            [text(&it.body, "event"), text(&it.body, "environment"), text(&it.body, "text")].join(" ")
        });
        told.collect()
    }

    fn report(&self, state: &str) {
        let context = ["--context", "kustomization/greeting/eu", "--state", state];
        let run = self.run(&[&["report", "prod"][..], &context].concat());
        assert_eq!(run.code, Some(0), "{run}");
    }
}

#[test]
fn each_event_is_told_once_by_the_run_in_which_it_happens() {
    let world = Told::of("");
    assert_snapshot!(world.promote("1.4.0", &["--once"]).join("\n"), @"
    proposed dev proposed greeting 1.4.0 for dev: ../gitops.git#1
    verified dev 1.4.0 merged, not observed
    proposed prod proposed greeting 1.4.0 for prod: ../gitops.git#2
    waiting prod 1.4.0 waits: ../gitops.git#2 is waiting to be merged
    ");
    assert_eq!(world.promote("1.4.0", &["--once"]), [""; 0]);
    world.run(&["merge", "prod"]);
    assert_eq!(world.promote("1.4.0", &["--once"]), [""; 0]);
    world.report("success");
    assert_snapshot!(world.promote("1.4.0", &[]).join("\n"), @"verified prod 1.4.0 verified: 1 reporter, 0 checks");
    assert_eq!(world.promote("1.4.0", &[]), [""; 0]);
}

#[test]
fn a_failure_and_its_rollback_are_told() {
    let world = Told::of(", on: [failed, rolledBack]");
    for version in ["1.4.0", "1.5.0"] {
        world.promote(version, &["--once"]);
        world.run(&["merge", "prod"]);
        world.report(if version == "1.4.0" { "success" } else { "failure" });
        let told = world.promote(version, &[]);
        assert_eq!(told.len(), usize::from(version == "1.5.0"), "{told:?}");
        let again = world.promote(version, &[]);
        assert_eq!(again, [""; 0]);
    }
    world.run(&["rollback", "prod", "--once"]);
    world.run(&["merge", "prod"]);
    assert_eq!(world.told(), [""; 0]);
    world.report("success");
    world.run(&["rollback", "prod"]);
    assert_snapshot!(world.told().join("\n"), @"rolledBack prod rolled back to 1.4.0: 1.4.0 verified: 1 reporter, 0 checks");
}

#[test]
fn propose_and_await_tell_what_they_did() {
    let world = Told::of("");
    let propose = ["propose", "prod", "--release", "1.4.0", "--image", "web=1.4.0"];
    world.run(&propose);
    world.run(&propose);
    assert_eq!(world.told(), ["proposed prod proposed greeting 1.4.0 for prod: ../gitops.git#1"]);
    world.run(&["merge", "prod"]);
    world.report("success");
    // What is there already was brought about by others.
    world.run(&["await", "prod"]);
    assert_eq!(world.told(), [""; 0]);
}

#[test]
fn a_body_is_signed_as_a_whole() {
    let mut world = Told::of(", secret: {env: HOOK_SECRET}, on: [verified]");
    world.sandbox.set("HOOK_SECRET", "loudly-signed-otter");
    world.run(&["promote", "--once", "--release", "1.4.0", "--image", "web=1.4.0"]);
    let request = world.requests.lock().unwrap()[0].clone();
    let signature = hmac_sha256(b"loudly-signed-otter", request.body.to_string().as_bytes());
    assert_eq!(request.header("x-signature").unwrap(), format!("sha256={signature}"));
    assert_eq!(request.header("content-type").unwrap(), "application/json");
    let mut body = request.body.clone();
    for (name, length) in [("id", 64), ("deployedCommit", 40), ("time", 20)] {
        assert!(body[name].as_str().unwrap().len() >= length, "{body}");
        body[name] = Value::from("…");
    }
    assert_snapshot!(serde_json::to_string_pretty(&body).unwrap(), @r#"
    {
      "id": "…",
      "event": "verified",
      "application": "greeting",
      "environment": "dev",
      "release": "1.4.0",
      "commit": null,
      "deployedCommit": "…",
      "pullRequest": 1,
      "url": null,
      "text": "1.4.0 merged, not observed",
      "time": "…"
    }
    "#);
}

/// What docs/notifications.md shows: it loads, and its JSON has the fields that are sent.
#[test]
fn the_document_is_true() {
    let document = include_str!("../../docs/notifications.md");
    let block =
        |language: &str| document.split(&format!("```{language}\n")).nth(1).unwrap().split("```").next();
    let world = Told::of("");
    let pipeline = world.sandbox.read("app/towline.yaml");
    let (head, _) = pipeline.split_once("notify:").unwrap();
    world.sandbox.write("app/towline.yaml", &format!("{head}{}", block("yaml").unwrap()));
    assert_eq!(world.run(&["validate"]).code, Some(0));
    world.sandbox.write("app/towline.yaml", &pipeline);
    world.run(&["promote", "--once", "--release", "1.4.0", "--image", "web=1.4.0"]);
    let sent = world.requests.lock().unwrap()[0].body.clone();
    let shown: Value = serde_json::from_str(block("json").unwrap()).unwrap();
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&sent), names(&shown));
}

#[test]
fn without_its_secret_or_its_url_nothing_is_sent() {
    let mut world = Told::of(", secret: {env: HOOK_SECRET}");
    let promote = ["promote", "--once", "--release", "1.4.0", "--image", "web=1.4.0"];
    let run = world.run(&promote);
    assert_eq!((run.code, world.told().len()), (Some(75), 0));
    assert_snapshot!(run.stderr.lines().take(2).collect::<Vec<_>>().join("\n"), @"
    warning[webhook]: towline.yaml:21:53: the variable HOOK_SECRET of the process environment is not set
      hint: set it, or nothing is sent to this webhook
    ");
    world.sandbox.set("HOOK_ADDRESS", "");
    world.sandbox.set("HOOK_SECRET", "loudly-signed-otter");
    let run = world.run(&["promote", "--once", "--release", "1.5.0", "--image", "web=1.5.0"]);
    assert_eq!((run.code, world.told().len()), (Some(75), 0));
    assert!(run.stderr.contains("the variable HOOK_ADDRESS of the process environment is not set"), "{run}");
}

#[test]
fn a_webhook_that_fails_is_a_warning_that_names_its_host() {
    let world = Told::of(", on: [verified]");
    let hook = "POST /hooks/quietly-told-otter";
    // One failure that passes is none.
    world.server.fail(Fault::status(hook, 503));
    let promote = |version: &str| {
        world.run(&["promote", "--once", "--release", version, "--image", &format!("web={version}")])
    };
    let run = promote("1.4.0");
    assert_eq!(world.told().len(), 1);
    assert!(!run.stderr.contains("warning"), "{run}");
    world.server.fail(Fault::status(hook, 404));
    let run = promote("1.5.0");
    assert_eq!((run.code, world.told().len()), (Some(75), 0));
    assert!(!run.to_string().contains("quietly-told-otter"), "{run}");
    assert!(run.stderr.contains("warning[webhook]: towline.yaml"), "{run}");
    assert!(
        run.stderr.contains("cannot tell the webhook at 127.0.0.1 of `verified` in `dev`: it answers 404"),
        "{run}"
    );
}

#[test]
fn a_redirect_is_not_followed() {
    let world = Told::of(", on: [verified]");
    let headers = vec![("location", "/elsewhere")];
    let moved = What::Instead { status: 307, headers, body: "" };
    world.server.fail(Fault::new("POST /hooks/quietly-told-otter", moved));
    let run = world.run(&["promote", "--once", "--release", "1.4.0", "--image", "web=1.4.0"]);
    assert_eq!(world.told(), [""; 0]);
    assert!(run.stderr.contains("it answers 307, and redirects are not followed"), "{run}");
}

#[test]
fn a_server_that_never_answers_is_left_after_its_time() {
    let world = Told::of("");
    world.server.fail(Fault::new("POST /slow", What::Stall));
    let url = format!("{}/slow", world.server.url()).parse().unwrap();
    let posted = post(&url, &[], b"{}", Duration::from_millis(50));
    assert!(matches!(posted, Posted::Lost(_)), "{posted:?}");
}

#[test]
fn programs_that_are_started_do_not_get_the_url() {
    let world = Told::of(", on: [verified]");
    let checks = "merge: auto\n    checks: [{name: leak, run: 'test -z \"$HOOK_ADDRESS\"'}]";
    let pipeline = world.sandbox.read("app/towline.yaml").replace("merge: auto", checks);
    world.sandbox.write("app/towline.yaml", &pipeline);
    assert_eq!(world.promote("1.4.0", &["--once"]).len(), 1);
}

#[test]
fn wrong_settings_are_refused_without_a_url() {
    let refused = |notify: &str| {
        let world = Told::of("");
        let pipeline = world.sandbox.read("app/towline.yaml");
        let (head, _) = pipeline.split_once("notify:").unwrap();
        world.sandbox.write("app/towline.yaml", &format!("{head}notify: [{notify}]\n"));
        world.run(&["validate"]).stderr
    };
    assert_snapshot!(refused("{webhook: ftp://hush-hush-otter.example.com/x}"), @"
    error: towline.yaml:21:20: the webhook is not an HTTP URL
      hint: write `https://…`, or `${NAME}` for a variable
    ");
    assert_snapshot!(refused("{webhook: '${HOOK ADDRESS}'}"), @"
    error: towline.yaml:21:20: this is not the name of a variable
      hint: write `${NAME}`, with letters, digits and underscores
    ");
    assert_snapshot!(refused("{webhook: 'https://hook.example.com/a', on: []}"), @"
    error: towline.yaml:21:54: `on` is empty: the webhook would be told of nothing
      hint: leave `on` out to tell it of everything
    ");
    assert_snapshot!(refused("{webhook: 'https://hook.example.com/a', on: [merged]}"), @"
    error: towline.yaml:21:55: unknown value `merged`
      hint: expected one of: proposed, waiting, failed, verified, rolledBack
    ");
}
