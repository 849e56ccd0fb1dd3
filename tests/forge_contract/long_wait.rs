//! Eight hours of waiting on GitHub, in the time of a clock that is moved by hand: what it costs,
//! and how soon the end is seen.

use std::cell::Cell;
use std::fs;

use jiff::Timestamp;
use towline::clock::Clock;
use towline::forge::{Forge, MergeMethod, MergeRequest, NewStatus, StatusState};
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

/// Waits for eight hours, then something happens. What it cost, and how long after it the end came.
fn wait(bench: &Bench, merged: bool, happens: impl Fn(&dyn Forge, u64)) -> (State, String, i64) {
    let (pipeline, _folder) = pipeline();
    let people = bench.forge();
    let number = proposed(bench, &pipeline, &*people);
    if merged {
        merge(&*people, number);
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
            && at.as_second() - started.as_second() >= EIGHT_HOURS
            && happened.get().is_none()
        {
            happens(&*people, number);
            happened.set(Some(at));
        }
    };
    let polling = Polling { random: || 0.5, ..Polling::of(ForgeKind::GitHub) };
    let seen = rollout::wait(&request, polling, &|_| false, &events).unwrap();
    let budget = forge.budget().unwrap();
    let cheap = budget.unchanged * 10 / budget.requests;
    let cost = format!("{} requests, more than {cheap} in 10 unchanged", budget.requests);
    (seen.state, cost, bench.clock.now().as_second() - happened.get().unwrap().as_second())
}

#[test]
fn eight_hours_for_a_merge() {
    let bench = Bench::new();
    let (state, cost, late) = wait(&bench, false, |forge, number| forge.close(number, "no").unwrap());
    assert_eq!(state, State::Closed);
    insta::assert_snapshot!(cost, @"961 requests, more than 9 in 10 unchanged");
    // By then the allowance is used up: one request in 40 s.
    assert!(late <= 41, "{late} s");
}

#[test]
fn eight_hours_for_a_rollout() {
    let bench = Bench::new();
    let (state, cost, late) = wait(&bench, true, |forge, _| {
        let status = NewStatus {
            context: "flux/greeting".into(),
            state: StatusState::Success,
            description: String::new(),
            target_url: None,
        };
        forge.set_status(bench.tip("main"), &status).unwrap();
    });
    assert_eq!(state, State::Done);
    insta::assert_snapshot!(cost, @"963 requests, more than 9 in 10 unchanged");
    // Two requests a look, statuses and check runs; then the success has to hold.
    assert!(late <= 81 + 10, "{late} s");
}
