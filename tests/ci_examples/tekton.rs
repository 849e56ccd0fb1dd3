//! Tekton.

use super::fill::{fill_macros, list, read, text};
use super::journey::{self, System};
use super::world::{Ended, World, log};

struct Tekton;

impl System for Tekton {
    fn start(&self, world: &World, tag: &str) -> Ended {
        run(world, tag.trim_start_matches('v'))
    }

    fn resume(&self, world: &World) -> Ended {
        run(world, "")
    }
}

#[test]
fn brings_a_release_to_prod() {
    journey::to_prod(&Tekton);
}

#[test]
fn stops_at_a_failed_rollout() {
    journey::a_failed_rollout(&Tekton);
}

#[test]
fn the_pipeline_hands_the_task_what_it_wants() {
    let (task, pipeline) = (read("tekton/task.yaml"), read("tekton/pipeline.yaml"));
    let promote = &list(&pipeline["spec"], "tasks")[0];
    assert_eq!(promote["taskRef"]["name"], task["metadata"]["name"]);
    let names =
        |list: &[serde_json::Value]| list.iter().map(|it| text(it, "name").to_owned()).collect::<Vec<_>>();
    assert_eq!(names(list(promote, "params")), names(list(&task["spec"], "params")));
    assert_eq!(names(list(&pipeline["spec"], "results")), names(list(&task["spec"], "results")));
}

/// Runs the steps of the task as its pod does: executables one after the other in one volume, which
/// is a folder here.
fn run(world: &World, version: &str) -> Ended {
    let spec = &read("tekton/task.yaml")["spec"];
    let volume = world.path(&format!("pod-{}", world.next_run()));
    std::fs::create_dir(&volume).unwrap();
    let (repository, outcome) = (world.path("app.git"), volume.join("outcome"));
    let table = [
        ("params.repository", repository.to_str().unwrap()),
        ("params.version", version),
        ("results.outcome.path", outcome.to_str().unwrap()),
    ];
    let mut ended = Ended { passed: true, code: 0, log: String::new() };
    for step in list(spec, "steps") {
        let script = volume.join(text(step, "name"));
        std::fs::write(&script, text(step, "script")).unwrap();
        let folder = text(step, "workingDir").replace("/source", volume.to_str().unwrap());
        // Tekton runs the file by its first line.
        let mut command = world.command("bash", true);
        assert!(text(step, "script").starts_with("#!/usr/bin/env bash\n"));
        command.arg(&script).current_dir(folder);
        for variable in list(&spec["stepTemplate"], "env").iter().filter(|it| it.get("value").is_some()) {
            let value = fill_macros(text(variable, "value"), &table);
            command.env(text(variable, "name"), value.replace("/source", volume.to_str().unwrap()));
        }
        let output = command.output().unwrap();
        ended.log += &log(&output);
        ended.code = output.status.code().unwrap();
        ended.passed = ended.code == 0;
        if !ended.passed {
            return ended;
        }
    }
    let outcome = std::fs::read_to_string(outcome).unwrap();
    assert!(["done", "waits"].contains(&outcome.as_str()), "{outcome}");
    ended
}
