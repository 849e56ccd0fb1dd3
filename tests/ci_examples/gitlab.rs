//! GitLab CI.

use serde_json::Value;

use super::fill::{list, read, text};
use super::journey::{self, System};
use super::world::{Ended, World, log};

const FILE: &str = "gitlab/application/.gitlab-ci.yml";

struct GitLab;

impl System for GitLab {
    fn start(&self, world: &World, tag: &str) -> Ended {
        let variables = [("CI_PIPELINE_SOURCE", "push"), ("CI_COMMIT_TAG", tag), ("CI_COMMIT_REF_NAME", tag)];
        job(world, "release", tag, &variables)
    }

    fn resume(&self, world: &World) -> Ended {
        let variables = [("CI_PIPELINE_SOURCE", "schedule"), ("CI_COMMIT_REF_NAME", "main")];
        job(world, "resume", "origin/main", &variables)
    }
}

#[test]
fn brings_a_release_to_prod() {
    journey::to_prod(&GitLab);
}

#[test]
fn stops_at_a_failed_rollout() {
    journey::a_failed_rollout(&GitLab);
}

#[test]
fn what_waits_is_a_job_that_waits() {
    let world = World::new();
    assert_eq!(GitLab.start(&world, "v1.4.0").code, 75, "a yellow one");
    world.report("dev", "success");
    assert_eq!(GitLab.resume(&world).code, 75);
}

/// Whether a job is in the pipeline that has these variables.
fn runs(job: &Value, variables: &[(&str, &str)]) -> bool {
    let is = |name: &str, value: &str| variables.contains(&(name, value));
    let mut rules = list(job, "rules").iter().map(|rule| text(rule, "if"));
    rules.any(|rule| match rule {
        "$CI_COMMIT_TAG =~ /^v/" => {
            variables.iter().any(|(name, value)| *name == "CI_COMMIT_TAG" && value.starts_with('v'))
        }
        _ if rule == WAKES => {
            ["schedule", "pipeline", "trigger"].iter().any(|source| is("CI_PIPELINE_SOURCE", source))
        }
        other => panic!("no table has the rule {other}"),
    })
}

const WAKES: &str = "$CI_PIPELINE_SOURCE == \"schedule\" || $CI_PIPELINE_SOURCE == \"pipeline\" \
    || $CI_PIPELINE_SOURCE == \"trigger\"";

/// Runs the script of a job as a runner does: line after line, until one fails.
fn job(world: &World, name: &str, reference: &str, variables: &[(&str, &str)]) -> Ended {
    let pipeline = read(FILE);
    for known in ["release", "resume"] {
        assert_eq!(runs(&pipeline[known], variables), known == name);
    }
    let job = &pipeline[name];
    let base = &pipeline[text(job, "extends")];
    assert_eq!(base["variables"]["GIT_DEPTH"], 0);
    let workspace = world.checkout(reference);
    let lines: Vec<&str> = list(job, "script").iter().map(|line| line.as_str().unwrap()).collect();
    let mut bash = world.command("bash", true);
    bash.args(["-eo", "pipefail", "-c", &lines.join("\n")]).current_dir(&workspace);
    bash.env("GITLAB_CI", "true").env("CI_PIPELINE_ID", format!("80{}", world.next_run()));
    bash.env("CI_COMMIT_SHA", world.head(&workspace))
        .env("CI_PROJECT_URL", "https://gitlab.com/acme/greeting");
    let output = bash.envs(variables.iter().copied()).output().unwrap();
    let code = output.status.code().unwrap();
    let allowed = &base["allow_failure"]["exit_codes"];
    Ended { passed: code == 0 || allowed.as_i64() == Some(code.into()), code, log: log(&output) }
}
