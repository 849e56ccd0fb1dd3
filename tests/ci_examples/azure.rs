//! Azure Pipelines.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::fill::{fill, fill_macros, list, read, text, variables};
use super::journey::{self, System};
use super::world::{Ended, World, log};

struct Scheduled;

const FILE: &str = "azure-pipelines/scheduled.yaml";

impl System for Scheduled {
    fn start(&self, world: &World, tag: &str) -> Ended {
        scheduled(world, "release", &format!("refs/tags/{tag}"))
    }

    fn resume(&self, world: &World) -> Ended {
        scheduled(world, "resume", "refs/heads/main")
    }
}

/// The one job whose condition holds on this branch or tag.
fn scheduled(world: &World, name: &str, branch: &str) -> Ended {
    let pipeline = read(FILE);
    let is_tag = branch.starts_with("refs/tags/");
    let holds = |condition: &str| match condition {
        "startsWith(variables['Build.SourceBranch'], 'refs/tags/')" => is_tag,
        "not(startsWith(variables['Build.SourceBranch'], 'refs/tags/'))" => !is_tag,
        other => panic!("no table has the condition {other}"),
    };
    let mut jobs = list(&pipeline, "jobs").iter();
    let runs: Vec<&Value> = jobs.by_ref().filter(|job| holds(text(job, "condition"))).collect();
    assert_eq!(runs.iter().map(|job| text(job, "job")).collect::<Vec<_>>(), [name]);
    Agent::new(world, world.next_run(), branch, Vec::new()).job(list(runs[0], "steps"))
}

#[test]
fn a_schedule_brings_a_release_to_prod() {
    journey::to_prod(&Scheduled);
}

#[test]
fn a_schedule_stops_at_a_failed_rollout() {
    journey::a_failed_rollout(&Scheduled);
}

/// The stage of an environment, as `with-connector.yaml` makes it.
struct Stage(Value);

impl Stage {
    fn of(environment: &str) -> Self {
        let pipeline = read("azure-pipelines/with-connector.yaml");
        let stages = list(&pipeline, "stages").iter();
        let mut used = stages.filter(|stage| stage["template"] == "environment.yaml");
        assert!(used.any(|stage| stage["parameters"]["environment"] == environment));
        Self(list(&read("azure-pipelines/environment.yaml"), "stages")[0].clone())
    }

    /// What the job does, and what its steps hand on: `proposal.pull`.
    fn propose(&self, world: &World, environment: &str) -> (Ended, String) {
        let agent = self.agent(world, environment);
        let ended = agent.job(list(&job(&self.0, "propose"), "steps"));
        let pull = ended.log.lines().rev().find_map(|line| {
            line.strip_prefix("##vso[task.setvariable variable=pull;isOutput=true]").map(str::to_owned)
        });
        (ended, pull.unwrap_or_default())
    }

    fn verify(&self, world: &World, environment: &str) -> Ended {
        let verify = job(&self.0, "verify");
        self.agent(world, environment).job(list(&verify["strategy"]["runOnce"]["deploy"], "steps"))
    }

    fn agent<'a>(&self, world: &'a World, environment: &'a str) -> Agent<'a> {
        Agent::new(world, 17, "refs/tags/v1.4.0", vec![("parameters.environment", environment)])
    }
}

#[test]
fn stages_bring_a_release_to_prod() {
    let world = World::new();
    for environment in ["dev", "staging", "prod"] {
        let stage = Stage::of(environment);
        let (ended, pull) = stage.propose(&world, environment);
        assert!(ended.passed, "{}", ended.log);
        // Where people merge, the stage waits for the connector; and then they do.
        assert_eq!(pull, if environment == "prod" { "3" } else { "" }, "{}", ended.log);
        if environment == "prod" {
            world.towline(&["merge", "prod"]);
        }
        world.report(environment, "success");
        let ended = stage.verify(&world, environment);
        assert!(ended.passed, "{}", ended.log);
    }
    assert_eq!(world.status(), "dev 1.4.0 verified, staging 1.4.0 verified, prod 1.4.0 verified");
}

#[test]
fn a_stage_fails_with_its_rollout() {
    let world = World::new();
    let stage = Stage::of("dev");
    assert!(stage.propose(&world, "dev").0.passed);
    world.report("dev", "failure");
    let ended = stage.verify(&world, "dev");
    assert_eq!((ended.passed, ended.code), (false, 5), "{}", ended.log);
}

#[test]
fn a_stage_that_was_done_before_waits_for_nobody() {
    let world = World::new();
    let stage = Stage::of("dev");
    stage.propose(&world, "dev");
    world.report("dev", "success");
    assert!(stage.verify(&world, "dev").passed);
    let (ended, pull) = stage.propose(&world, "dev");
    assert!(ended.passed && pull.is_empty(), "{}", ended.log);
}

/// Azure/gitops-connector reads the property `callback-task-id` of the pull request, takes its text
/// as JSON, and needs these five fields of it.
#[test]
fn the_waiting_task_registers_as_the_connector_expects() {
    let stage = Stage::of("prod");
    let wait = job(&stage.0, "wait");
    assert_eq!(wait["pool"], "server");
    assert_eq!(wait["variables"]["pull"], "$[ dependencies.propose.outputs['proposal.pull'] ]");
    let task = &list(&wait, "steps")[0];
    assert_eq!(
        (&task["task"], &task["inputs"]["waitForCompletion"]),
        (&"InvokeRESTAPI@1".into(), &"true".into())
    );
    let table = [
        ("pull", "3"),
        ("System.AccessToken", "token"),
        ("System.TaskInstanceId", "9d1cbb6b"),
        ("System.JobId", "12f1170f"),
        ("System.CollectionUri", "https://dev.azure.com/acme/"),
        ("System.PlanId", "3e1a2bc4"),
        ("System.TeamProjectId", "6ce954b1"),
    ];
    let input = |name: &str| fill_macros(text(&task["inputs"], name), &table);
    assert_eq!(input("urlSuffix"), "/pullRequests/3/properties?api-version=7.1");
    let headers: Value = serde_json::from_str(&input("headers")).unwrap();
    assert_eq!(headers["Content-Type"], "application/json-patch+json");
    let body: Value = serde_json::from_str(&input("body")).unwrap();
    assert_eq!((&body[0]["op"], &body[0]["path"]), (&"add".into(), &"/callback-task-id".into()));
    let callback: Value =
        serde_json::from_str(body[0]["value"].as_str().expect("text that is JSON")).unwrap();
    assert_eq!(
        callback,
        serde_json::json!({
            "taskid": "9d1cbb6b",
            "jobid": "12f1170f",
            "planurl": "https://dev.azure.com/acme/",
            "planid": "3e1a2bc4",
            "projectid": "6ce954b1",
            "pr_num": "3",
        })
    );
}

/// Where *Protect access to repositories in YAML pipelines* is on, which is how new projects begin.
#[test]
fn every_job_names_the_repository_that_its_token_is_for() {
    let stages = [read("azure-pipelines/with-connector.yaml"), read(FILE)];
    for pipeline in &stages {
        assert_eq!(list(&pipeline["resources"], "repositories")[0]["repository"], "gitops");
    }
    let stage = Stage::of("dev").0;
    for job in list(&stage, "jobs").iter().chain(list(&stages[1], "jobs")) {
        assert_eq!(job["uses"]["repositories"], serde_json::json!(["gitops"]), "{job}");
    }
}

/// The job of this name, deployment or not.
fn job(parent: &Value, name: &str) -> Value {
    let jobs = list(parent, "jobs").iter();
    let mut named = jobs.filter(|job| job["job"] == name || job["deployment"] == name);
    named.next().unwrap_or_else(|| panic!("no job {name}")).clone()
}

/// An agent with one job.
struct Agent<'a> {
    world: &'a World,
    branch: String,
    parameters: Vec<(&'a str, &'a str)>,
    folder: PathBuf,
    /// The same for all jobs of a run.
    build: u32,
}

impl<'a> Agent<'a> {
    fn new(world: &'a World, build: u32, branch: &str, parameters: Vec<(&'a str, &'a str)>) -> Self {
        let folder = world.path(&format!("agent-{}", world.next_run()));
        std::fs::create_dir(&folder).unwrap();
        Self { world, branch: branch.to_owned(), parameters, folder, build }
    }

    fn job(&self, steps: &[Value]) -> Ended {
        let archive = self.world.archive();
        let macros = [("TOWLINE_ARCHIVE", archive.as_str()), ("System.AccessToken", "token")];
        let reference = self.branch.trim_start_matches("refs/tags/").replace("refs/heads/", "origin/");
        let mut ended = Ended { passed: true, code: 0, log: String::new() };
        let mut workspace = None;
        for step in steps {
            if let Some(checkout) = step.get("checkout") {
                assert_eq!((checkout, &step["fetchDepth"]), (&"self".into(), &0.into()));
                assert_eq!(step["fetchTags"], true);
                workspace = Some(self.world.checkout(&reference));
                continue;
            }
            let script = fill(text(step, "bash"), &self.parameters);
            let env = variables(&step["env"], |value| fill_macros(&fill(value, &self.parameters), &macros));
            self.step(workspace.as_deref().expect("the source was checked out"), &script, &env, &mut ended);
            if !ended.passed {
                break;
            }
        }
        ended
    }

    fn step(&self, workspace: &Path, script: &str, env: &[(String, String)], ended: &mut Ended) {
        let file = self.folder.join("step.sh");
        std::fs::write(&file, script).unwrap();
        let added = ended.log.lines().filter_map(|line| line.strip_prefix("##vso[task.prependpath]"));
        let path: Vec<String> = added.map(str::to_owned).chain(std::env::var("PATH")).collect();
        let mut bash = self.world.command("bash", false);
        // Without `-e`, as the agent runs it.
        bash.args(["--noprofile", "--norc"]).arg(&file).current_dir(workspace).env("PATH", path.join(":"));
        bash.env("TF_BUILD", "True").env("AGENT_TEMPDIRECTORY", &self.folder);
        bash.env("BUILD_BUILDID", self.build.to_string()).env("BUILD_SOURCEBRANCH", &self.branch);
        bash.env("BUILD_SOURCEBRANCHNAME", self.branch.rsplit('/').next().unwrap());
        bash.env("BUILD_SOURCEVERSION", self.world.head(workspace));
        bash.env("BUILD_REPOSITORY_URI", "https://dev.azure.com/acme/shop/_git/greeting");
        let output = bash.envs(env.iter().map(|(name, value)| (name, value))).output().unwrap();
        ended.log += &log(&output);
        ended.code = output.status.code().unwrap();
        ended.passed = ended.code == 0;
    }
}
