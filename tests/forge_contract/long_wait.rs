//! Eight hours of waiting on GitHub, in the time of a clock that is moved by hand: what it costs,
//! and how soon the end is seen.

use std::cell::Cell;
use std::fs;

use jiff::Timestamp;
use towline::clock::Clock;
use towline::forge::{Forge, MergeMethod, MergeRequest, NewStatus, StatusState};
use towline::http::Budget;
use towline::pipeline::{self, ForgeKind, Pipeline};
use towline::propose;
use towline::release::Release;
use towline::render;
use towline::rollout::{self, Event, Polling, State};
use towline::variables::Inputs;

use crate::Bench as _;
use crate::github::Bench;

const PIPELINE: &str = "
version: 1
application: greeting
templates: [{path: deploy}]
gitops: {repository: https://github.com/acme/gitops.git}
environments:
  - {name: dev, await: {reporters: [{status: flux/*}], appear: 9h, finish: 9h}}
";

const CONFIG: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: greeting}\ndata: {version: '{{ release.version }}'}\n";

const EIGHT_HOURS: i64 = 8 * 3600;

fn pipeline() -> (Pipeline, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("deploy")).unwrap();
    fs::write(folder.path().join("deploy/config.yaml"), CONFIG).unwrap();
    fs::write(folder.path().join("towline.yaml"), PIPELINE).unwrap();
    (pipeline::load(&folder.path().join("towline.yaml")).unwrap(), folder)
}

/// Proposes 1.4.0. The number of its pull request.
fn proposed(bench: &Bench, pipeline: &Pipeline, forge: &dyn Forge) -> u64 {
    let release = Release {
        version: "1.4.0".into(),
        build: None,
        commit: None,
        repository: None,
        branch: None,
        images: Vec::new(),
    };
    let environment = &pipeline.environments[0];
    let inputs = Inputs::default();
    let request = render::Request { pipeline, environment, release: &release, inputs: &inputs };
    let proposal = propose::propose(&propose::Request {
        repository: &bench.gitops().repository(),
        forge,
        clock: &*bench.clock,
        environment,
        rendering: &render::render(&request).unwrap(),
        source_repository: None,
        force: false,
        allow_older: false,
    });
    proposal.unwrap().pull.unwrap().number
}

fn merge(forge: &dyn Forge, number: u64) {
    let expected_head = forge.get(number).unwrap().head_commit;
    let message = "Deploy".into();
    let merge = MergeRequest { expected_head, method: MergeMethod::Merge, message, when_ready: false };
    forge.merge(number, &merge).unwrap();
}

/// What is there when the wait begins, and how long it lasts until something happens.
struct Scene {
    merged: bool,
    /// Commits of other applications after the merge.
    later: usize,
    seconds: i64,
}

/// Waits until something happens. What it cost, and how long after it the end came.
fn wait(bench: &Bench, scene: &Scene, happens: impl Fn(&dyn Forge, u64)) -> (State, Budget, i64) {
    let (pipeline, _folder) = pipeline();
    let people = bench.forge();
    let number = proposed(bench, &pipeline, &*people);
    if scene.merged {
        merge(&*people, number);
    }
    for n in 0..scene.later {
        bench.push("main", &[("dev/other.yaml", &format!("n: {n}\n"))]);
    }
    let forge = bench.forge();
    let repository = bench.gitops().repository();
    let request = rollout::Request {
        application: "greeting",
        environment: &pipeline.environments[0],
        repository: &repository,
        forge: &*forge,
        clock: &*bench.clock,
        pull: Some(number),
        proposed: None,
    };
    let started = bench.clock.now();
    let happened: Cell<Option<Timestamp>> = Cell::new(None);
    let events = |event: Event| {
        if let Event::Waiting { at, .. } = event
            && at.as_second() - started.as_second() >= scene.seconds
            && happened.get().is_none()
        {
            happens(&*people, number);
            happened.set(Some(at));
        }
    };
    let polling = Polling { random: || 0.5, ..Polling::of(ForgeKind::GitHub) };
    let seen = rollout::wait(&request, polling, &|_| false, &events).unwrap();
    let late = bench.clock.now().as_second() - happened.get().unwrap().as_second();
    (seen.state, forge.budget().unwrap(), late)
}

fn cost(budget: &Budget) -> String {
    let cheap = budget.unchanged * 10 / budget.requests;
    format!("{} requests, more than {cheap} in 10 unchanged", budget.requests)
}

fn report(bench: &Bench, forge: &dyn Forge) {
    let status = NewStatus {
        context: "flux/greeting".into(),
        state: StatusState::Success,
        description: String::new(),
        target_url: None,
    };
    forge.set_status(bench.tip("main"), &status).unwrap();
}

#[test]
fn eight_hours_for_a_merge() {
    let bench = Bench::new();
    let scene = Scene { merged: false, later: 0, seconds: EIGHT_HOURS };
    let (state, budget, late) = wait(&bench, &scene, |forge, number| forge.close(number, "no").unwrap());
    assert_eq!(state, State::Closed);
    insta::assert_snapshot!(cost(&budget), @"961 requests, more than 9 in 10 unchanged");
    // By then the allowance is used up: one request in 40 s.
    assert!(late <= 41, "{late} s");
}

#[test]
fn eight_hours_for_a_rollout() {
    let bench = Bench::new();
    let scene = Scene { merged: true, later: 0, seconds: EIGHT_HOURS };
    let (state, budget, late) = wait(&bench, &scene, |forge, _| report(&bench, forge));
    assert_eq!(state, State::Done);
    insta::assert_snapshot!(cost(&budget), @"963 requests, more than 9 in 10 unchanged");
    // Two requests a look, statuses and check runs; then the success has to hold.
    assert!(late <= 81 + 10, "{late} s");
}

/// Where other applications are deployed all the time, every commit after ours may carry the report.
#[test]
fn twenty_minutes_in_a_busy_repository() {
    let bench = Bench::new();
    let scene = Scene { merged: true, later: 50, seconds: 20 * 60 };
    let (state, budget, _) = wait(&bench, &scene, |forge, _| report(&bench, forge));
    assert_eq!(state, State::Done);
    insta::assert_snapshot!(cost(&budget), @"379 requests, more than 7 in 10 unchanged");
}
