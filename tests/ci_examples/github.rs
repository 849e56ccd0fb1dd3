//! GitHub Actions.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::fill::{fill, list, read, text, variables};
use super::journey::{self, System};
use super::world::{Ended, World, log};

/// What started a workflow.
struct Event {
    name: &'static str,
    /// The branch or tag it runs on.
    reference: String,
    /// What the conditions of jobs come to.
    conditions: &'static [(&'static str, bool)],
}

struct TwoRepositories;

impl System for TwoRepositories {
    fn start(&self, world: &World, tag: &str) -> Ended {
        let push = Event { name: "push", reference: tag.to_owned(), conditions: &[] };
        job(world, "github/application/.github/workflows/release.yaml", "promote", &push)
    }

    fn resume(&self, world: &World) -> Ended {
        let event = Event { name: "repository_dispatch", reference: "main".to_owned(), conditions: &[] };
        job(world, "github/application/.github/workflows/resume.yaml", "promote", &event)
    }
}

struct OneRepository;

const ONE: &str = "github/one-repository/.github/workflows/deploy.yaml";

impl System for OneRepository {
    fn start(&self, world: &World, tag: &str) -> Ended {
        let conditions = &[("github.event_name == 'push'", true)];
        job(world, ONE, "release", &Event { name: "push", reference: tag.to_owned(), conditions })
    }

    fn resume(&self, world: &World) -> Ended {
        let conditions = &[(RESUMES, true)];
        job(world, ONE, "resume", &Event { name: "status", reference: "main".to_owned(), conditions })
    }
}

const RESUMES: &str = "github.event_name == 'status' && github.event.state != 'pending' \
    && !startsWith(github.event.context, 'towline/') \
    || github.event_name == 'pull_request' && startsWith(github.head_ref, 'towline/') \
    || contains(fromJSON('[\"check_run\", \"workflow_dispatch\", \"schedule\"]'), github.event_name)";

#[test]
fn two_repositories_bring_a_release_to_prod() {
    journey::to_prod(&TwoRepositories);
}

#[test]
fn two_repositories_stop_at_a_failed_rollout() {
    journey::a_failed_rollout(&TwoRepositories);
}

#[test]
fn changed_variables_reach_prod_by_themselves() {
    let world = World::new();
    let go_on = || TwoRepositories.resume(&world);
    TwoRepositories.start(&world, "v1.4.0");
    for environment in ["dev", "staging"] {
        world.report(environment, "success");
        go_on();
    }
    world.towline(&["merge", "prod"]);
    world.report("prod", "success");
    assert!(go_on().passed);

    world.commit("app", &[("config/prod/values.yaml", "replicas: 3\n")]);
    let push = Event { name: "push", reference: "main".to_owned(), conditions: &[] };
    let ended = job(&world, "github/application/.github/workflows/configure.yaml", "promote", &push);
    assert!(ended.passed, "{}", ended.log);
    let verified = "dev 1.4.0 verified, staging 1.4.0 verified, prod 1.4.0 verified";
    assert_eq!(world.status(), format!("{verified} and 1.4.0 proposed"), "{}", ended.log);
    world.towline(&["merge", "prod"]);
    world.report("prod", "success");
    let ended = go_on();
    assert!(ended.passed, "{}", ended.log);
    assert_eq!(world.status(), verified, "{}", ended.log);
    let manifest = world.git("gitops.git", &["grep", "replicas:", "main"]);
    assert!(manifest.contains("main:prod/greeting/deployment-web.yaml:  replicas: 3"), "{manifest}");
}

#[test]
fn one_repository_brings_a_release_to_prod() {
    journey::to_prod(&OneRepository);
}

#[test]
fn one_repository_stops_at_a_failed_rollout() {
    journey::a_failed_rollout(&OneRepository);
}

/// Runs the steps of a job as a runner does.
fn job(world: &World, file: &str, name: &str, event: &Event) -> Ended {
    let workflow = read(file);
    assert!(workflow["on"].get(event.name).is_some(), "{file} does not listen to {}", event.name);
    let job = &workflow["jobs"][name];
    if let Some(condition) = job.get("if") {
        let known = event.conditions.iter().find(|(text, _)| condition == *text);
        assert!(known.unwrap_or_else(|| panic!("no table has the condition {condition}")).1);
    }
    let archive = world.archive();
    let table = [
        ("vars.TOWLINE_ARCHIVE", archive.as_str()),
        ("secrets.GITOPS_TOKEN", "gitops-token"),
        ("github.token", "workflow-token"),
        ("github.event.repository.default_branch", "main"),
    ];
    let runner = Runner::new(world, event);
    let mut ended = Ended { passed: true, code: 0, log: String::new() };
    let mut workspace = None;
    for step in list(job, "steps") {
        if let Some(action) = step.get("uses") {
            assert!(text(step, "uses").starts_with("actions/checkout@"), "{action} is not known here");
            let with = &step["with"];
            assert_eq!((&with["fetch-depth"], &with["persist-credentials"]), (&0.into(), &false.into()));
            let reference = with["ref"].as_str().map(|text| fill(text, &table));
            let reference = reference.as_deref().unwrap_or(&event.reference);
            workspace = Some(world.checkout(if reference == "main" { "origin/main" } else { reference }));
            continue;
        }
        let workspace = workspace.as_deref().expect("the source was checked out");
        let env = variables(&step["env"], |value| fill(value, &table));
        runner.step(workspace, &fill(text(step, "run"), &table), &env, &mut ended);
        if !ended.passed {
            break;
        }
    }
    ended
}

/// What a runner keeps between the steps of a job.
struct Runner<'a> {
    world: &'a World,
    folder: PathBuf,
    event: &'a Event,
    id: u32,
}

impl<'a> Runner<'a> {
    fn new(world: &'a World, event: &'a Event) -> Self {
        let id = world.next_run();
        let folder = world.path(&format!("runner-{id}"));
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("path"), "").unwrap();
        Self { world, folder, event, id }
    }

    fn step(&self, workspace: &Path, script: &str, env: &[(String, String)], ended: &mut Ended) {
        let file = self.folder.join("step.sh");
        std::fs::write(&file, script).unwrap();
        let mut bash = self.world.command("bash", false);
        let added = std::fs::read_to_string(self.folder.join("path")).unwrap();
        let path: Vec<&str> = added.lines().collect();
        let path = [path.join(":"), std::env::var("PATH").unwrap()].join(":");
        // As GitHub runs what names no shell.
        bash.arg("-e").arg(&file).current_dir(workspace).env("PATH", path);
        bash.env("GITHUB_ACTIONS", "true").env("RUNNER_TEMP", &self.folder);
        bash.env("GITHUB_PATH", self.folder.join("path"));
        bash.env("GITHUB_OUTPUT", self.folder.join("output"));
        bash.env("GITHUB_STEP_SUMMARY", self.folder.join("summary"));
        bash.env("GITHUB_SERVER_URL", "https://github.com").env("GITHUB_REPOSITORY", "acme/greeting");
        bash.env("GITHUB_EVENT_NAME", self.event.name).env("GITHUB_RUN_ID", format!("70{}", self.id));
        bash.env("GITHUB_SHA", self.world.head(workspace)).env("GITHUB_REF_NAME", &self.event.reference);
        let is_tag = self.event.reference.starts_with('v');
        bash.env("GITHUB_REF_TYPE", if is_tag { "tag" } else { "branch" });
        let output = bash.envs(env.iter().map(|(name, value)| (name, value))).output().unwrap();
        ended.log += &log(&output);
        ended.code = output.status.code().unwrap();
        ended.passed = ended.code == 0;
    }
}

/// Who is woken by what, and by what not: a table of GitHub's own events.
#[test]
fn the_gitops_repository_wakes_for_reports_and_merges() {
    let wake = read("github/gitops/.github/workflows/wake.yaml");
    let listens: Vec<&String> = wake["on"].as_object().unwrap().keys().collect();
    assert_eq!(listens, ["status", "check_run", "pull_request"]);
    assert_eq!(wake["on"]["pull_request"]["types"], serde_json::json!(["closed"]));
    assert_eq!(wake["permissions"], Value::Object(serde_json::Map::new()));
    let resume = read("github/application/.github/workflows/resume.yaml");
    assert_eq!(resume["on"]["repository_dispatch"]["types"], serde_json::json!(["towline"]));
    // An event that is not theirs must not take the place of one that is, nor one of two applications
    // that of the other.
    let job = &wake["jobs"]["wake"];
    assert_eq!((wake.get("concurrency"), &job["concurrency"]["cancel-in-progress"]), (None, &Value::Null));
    assert_eq!(job["concurrency"]["group"], "wake-${{ matrix.application }}");
    let script = text(list(&wake["jobs"]["wake"], "steps").last().unwrap(), "run").to_owned();
    assert!(script.starts_with("towline resume event "), "{script}, whose event is `towline`");
}
