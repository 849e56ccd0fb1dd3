//! `towline resume`, as people and pipelines type it, against what waits.

use std::process::Command;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::fakes::Server;
use crate::fakes::waiting::{JOB, Kind, PLAN, PROJECT, TASK, TOKEN, Waiting};
use crate::given::schema;

/// What a person sees who types this, with the server as URL.
fn resume(server: &Server, arguments: &[&str], token: &str) -> String {
    let url = server.url();
    let arguments = arguments.iter().map(|argument| argument.replace("URL", url));
    let home = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_towline"))
        .arg("resume")
        .args(arguments)
        .current_dir(home.path())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", home.path())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GITHUB_SERVER_URL", url)
        .env("GITHUB_API_URL", url)
        .env("TOWLINE_TOKEN", token)
        .output()
        .unwrap();
    schema::assert_fits(&String::from_utf8_lossy(&output.stdout));
    let text = format!(
        "{}{}exit code {}",
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
        output.status.code().unwrap()
    );
    assert!(!text.contains(token), "the token is in {text}");
    text.replace(url, "URL")
}

fn complete<'a>(job: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let task = ["task", "URL/acme/", "--project", PROJECT, "--plan", PLAN, "--job", job, "--task", TASK];
    task.iter().chain(more).copied().collect()
}

#[test]
fn an_event_reaches_the_repository() {
    let (waiting, server) = Waiting::start(Kind::GitHub);
    let event = ["event", "URL/acme/greeting", "--forge", "github"];
    assert_snapshot!(resume(&server, &event, TOKEN), @r"
    URL/acme/greeting: sent the event towline
    exit code 0
    ");
    let event = [&event[..], &["--event", "rolled-out", "--payload", "commit=1.10"]].concat();
    assert_snapshot!(resume(&server, &[&event[..], &["--output", "json"]].concat(), TOKEN), @r#"
    {
      "command": "resume",
      "outcome": "done",
      "resumed": "event",
      "url": "URL/acme/greeting",
      "name": "rolled-out"
    }
    exit code 0
    "#);
    let bare = json!({"event_type": "towline", "client_payload": {}});
    let full = json!({"event_type": "rolled-out", "client_payload": {"commit": "1.10"}});
    assert_eq!(waiting.woken(), [bare, full]);
}

#[test]
fn an_event_that_github_would_not_take_is_not_sent() {
    let (waiting, server) = Waiting::start(Kind::GitHub);
    let event = ["event", "URL/acme/greeting", "--forge", "github"];
    let payload: Vec<String> = (0..11).map(|number| format!("--payload=field{number}=x")).collect();
    let many: Vec<&str> = event.iter().copied().chain(payload.iter().map(String::as_str)).collect();
    assert_snapshot!(resume(&server, &many, TOKEN), @r"
    error: an event's payload has 11 fields, and GitHub allows 10
    exit code 1
    ");
    assert_snapshot!(resume(&server, &[&event[..], &["--event", ""]].concat(), TOKEN), @r"
    error: `` is not a valid event name: it must have 1 to 100 characters
    exit code 1
    ");
    assert_snapshot!(resume(&server, &["event", "URL/acme/greeting"], TOKEN), @r"
    error: cannot detect the forge from the host `127.0.0.1`
      hint: add `--forge github` or `--forge gitea`
    exit code 1
    ");
    assert_snapshot!(resume(&server, &["event", "https://codeberg.org/acme/greeting"], TOKEN), @r"
    error: https://codeberg.org/acme/greeting does not accept events: only GitHub has repository_dispatch
      hint: on Gitea and Forgejo, use `towline resume workflow`
    exit code 1
    ");
    assert_snapshot!(resume(&server, &["event", "https://ann:pw@github.com/acme/greeting"], TOKEN), @r"
    error: the repository's URL contains a password
      hint: remove it, and set TOWLINE_TOKEN to the token
    exit code 1
    ");
    assert_eq!(waiting.woken(), Vec::<Value>::new());
    assert_eq!(server.log(), Vec::<String>::new());
}

#[test]
fn who_may_not_wake_it_is_told_so() {
    let (_, server) = Waiting::start(Kind::GitHub);
    let event = ["event", "URL/acme/greeting", "--forge", "github"];
    assert_snapshot!(resume(&server, &event, "of-another"), @r"
    error: cannot send the event `towline` to repos/acme/greeting
      because: POST URL/repos/acme/greeting/dispatches returned 401 Unauthorized
      because: Bad credentials
      hint: the token is missing, wrong or expired (TOWLINE_TOKEN)
    exit code 1
    ");
    let other = ["event", "URL/acme/other", "--forge", "github"];
    assert_snapshot!(resume(&server, &other, TOKEN), @r"
    error: cannot send the event `towline` to repos/acme/other
      because: POST URL/repos/acme/other/dispatches returned 404 Not Found
      because: Not Found
      hint: it does not exist, or the token may not see it (TOWLINE_TOKEN)
    exit code 1
    ");
}

#[test]
fn a_workflow_is_started_on_github_and_forgejo() {
    for (kind, forge) in [(Kind::GitHub, "github"), (Kind::Forgejo, "gitea")] {
        let (waiting, server) = Waiting::start(kind);
        let workflow = ["workflow", "URL/acme/greeting", "--forge", forge, "--workflow", "resume.yaml"];
        let more = ["--ref", "release", "--input", "environment=prod"];
        let seen = resume(&server, &[&workflow[..], &more[..]].concat(), TOKEN);
        assert_eq!(seen, "URL/acme/greeting: started the workflow resume.yaml\nexit code 0");
        assert_eq!(waiting.woken(), [json!({"ref": "release", "inputs": {"environment": "prod"}})]);
    }
}

#[test]
fn a_task_is_completed() {
    let (waiting, server) = Waiting::start(Kind::AzurePipelines);
    assert_eq!(
        resume(&server, &complete(JOB, &["--result", "failed"]), TOKEN),
        format!("URL/acme/: completed the task {TASK}\nexit code 0")
    );
    let event = json!({"name": "TaskCompleted", "taskId": TASK, "jobId": JOB, "result": "failed"});
    assert_eq!(waiting.woken(), [event]);
    assert_snapshot!(server.log().join("\n"), @"POST /acme/6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c/_apis/distributedtask/hubs/build/plans/3e1a2bc4-5d6f-4a7b-8c9d-0e1f2a3b4c5d/events?api-version=2.0-preview.1 → 200");
    assert_snapshot!(resume(&server, &complete(JOB, &[]), TOKEN), @r"
    error: cannot complete task 9d1cbb6b-3a7f-4d54-8b43-5f1b0b5f6a11 of plan 3e1a2bc4-5d6f-4a7b-8c9d-0e1f2a3b4c5d
      because: POST URL/acme/6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c/_apis/distributedtask/hubs/build/plans/3e1a2bc4-5d6f-4a7b-8c9d-0e1f2a3b4c5d/events?api-version=2.0-preview.1 returned 400 Bad Request
      because: VS800075: the plan is completed already.
    exit code 1
    ");
}

#[test]
fn a_task_that_does_not_wait_is_an_error() {
    let (waiting, server) = Waiting::start(Kind::AzurePipelines);
    assert_snapshot!(resume(&server, &complete(PLAN, &[]), TOKEN), @r"
    error: cannot complete task 9d1cbb6b-3a7f-4d54-8b43-5f1b0b5f6a11 of plan 3e1a2bc4-5d6f-4a7b-8c9d-0e1f2a3b4c5d
      because: POST URL/acme/6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c/_apis/distributedtask/hubs/build/plans/3e1a2bc4-5d6f-4a7b-8c9d-0e1f2a3b4c5d/events?api-version=2.0-preview.1 returned 404 Not Found
      because: The job or the task was not found.
      hint: it does not exist, or the token may not see it (TOWLINE_TOKEN)
    exit code 1
    ");
    let no_url = ["task", "acme", "--project", PROJECT, "--plan", PLAN, "--job", JOB, "--task", TASK];
    assert_snapshot!(resume(&server, &no_url, TOKEN), @r"
    error: `acme` is not the URL of an organization or collection
      hint: pass the value of $(System.CollectionUri)
    exit code 1
    ");
    assert_eq!(waiting.woken(), Vec::<Value>::new());
}

/// What `InvokeRESTAPI@1` writes in templates-examples/ci/azure-pipelines/environment.yaml.
fn callback(collection: &str) -> String {
    json!({
        "taskid": TASK, "jobid": JOB, "planurl": collection, "planid": PLAN, "projectid": PROJECT,
        "pr_num": "42",
    })
    .to_string()
}

const PULL: [&str; 4] = ["--pull", "42", "--repository", "URL/acme/shop/_git/gitops"];

#[test]
fn the_task_that_waits_for_a_pull_request_is_completed() {
    let (waiting, server) = Waiting::start(Kind::AzurePipelines);
    waiting.register(&callback(&format!("{}/acme/", server.url())));
    let seen = resume(&server, &PULL, TOKEN);
    assert_eq!(seen, format!("URL/acme/: completed the task {TASK}\nexit code 0"));
    let event = json!({"name": "TaskCompleted", "taskId": TASK, "jobId": JOB, "result": "succeeded"});
    assert_eq!(waiting.woken(), [event]);
}

#[test]
fn where_no_task_waits_people_are_told_what_would_write_it() {
    let (waiting, server) = Waiting::start(Kind::AzurePipelines);
    assert_snapshot!(resume(&server, &PULL, TOKEN), @"
    error: no task waits for pull request 42: it has no property `callback-task-id`
      hint: the waiting task has to write it, as `InvokeRESTAPI@1` does in templates-examples/ci/azure-pipelines/environment.yaml
    exit code 1
    ");
    waiting.register("{\"taskid\": \"1\"}");
    assert_snapshot!(resume(&server, &PULL, TOKEN), @"
    error: the property `callback-task-id` of pull request 42 names no task
      because: missing field `jobid` at line 1 column 15
      hint: the waiting task has to write it, as `InvokeRESTAPI@1` does in templates-examples/ci/azure-pipelines/environment.yaml
    exit code 1
    ");
    assert_snapshot!(resume(&server, &["--pull", "7", PULL[2], PULL[3]], TOKEN), @"
    error: cannot read the properties of pull request 7
      because: GET URL/acme/shop/_apis/git/repositories/gitops/pullRequests/7/properties?api-version=7.0 returned 404 Not Found
      because: Not Found
      hint: it does not exist, or the token may not see it (TOWLINE_TOKEN)
    exit code 1
    ");
    assert_snapshot!(resume(&server, &["--pull", "42"], TOKEN), @"
    error: cannot tell which repository the pull request is in
      because: towline.yaml: cannot read the pipeline file: No such file or directory (os error 2)
      hint: pass `--repository URL`, or run this where the pipeline file is
      hint: run `towline init` to create one, or pass its path with `--file`
    exit code 1
    ");
    assert_eq!(waiting.woken(), Vec::<Value>::new());
}

/// Who may write a property does not decide where the token goes.
#[test]
fn the_token_is_not_sent_to_another_server() {
    let (waiting, server) = Waiting::start(Kind::AzurePipelines);
    waiting.register(&callback("https://evil.example.com/acme/"));
    assert_snapshot!(resume(&server, &PULL, TOKEN), @"
    error: the property `callback-task-id` of pull request 42 names a task on another server: https://evil.example.com/acme/
      hint: if that is right, complete it with `towline resume task`
    exit code 3
    ");
    assert_eq!(waiting.woken(), Vec::<Value>::new());
}

/// The step of `templates-examples/ci/github/gitops`, as its runner would run it.
#[test]
fn the_example_wakes_the_application() {
    let (waiting, server) = Waiting::start(Kind::GitHub);
    let workflow = include_str!("../../templates-examples/ci/github/gitops/.github/workflows/wake.yaml");
    let workflow: Value = serde_saphyr::from_str(workflow).unwrap();
    let step = workflow["jobs"]["wake"]["steps"].as_array().unwrap().last().unwrap();
    assert_eq!(step["env"]["APPLICATION"], "${{ matrix.application }}");
    assert_eq!(step["env"]["TOWLINE_TOKEN"], "${{ secrets.WAKE_TOKEN }}");
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_towline")).parent().unwrap().to_str().unwrap();
    let output = Command::new("bash")
        .args(["-ec", step["run"].as_str().unwrap()])
        .env_clear()
        .env("PATH", format!("{binary}:{}", std::env::var("PATH").unwrap()))
        .env("GITHUB_SERVER_URL", server.url())
        .env("GITHUB_API_URL", server.url())
        .env("APPLICATION", "acme/greeting")
        .env("TOWLINE_TOKEN", TOKEN)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(waiting.woken(), [json!({"event_type": "towline", "client_payload": {}})]);
}
