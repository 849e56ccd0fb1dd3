//! Eight hours of waiting on GitHub, in the time of a clock that is moved by hand: what it costs,
//! and how soon the end is seen.

use std::cell::Cell;
use std::fs;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use towline::clock::Clock;
use towline::config::{self, Pipeline};
use towline::forge::{Forge, MergeRequest, StatusState};
use towline::gitops::{Account, Destination};
use towline::http::Budget;
use towline::propose::{self, ProposeOptions};
use towline::render;
use towline::rollout::{self, Awaited, Event, Polling, State};
use towline::variables::Inputs;
use towline::vocabulary::ForgeKind;
use towline::vocabulary::MergeMethod;

use super::Bench as _;
use super::bench::{self, Fake};
use super::github::Bench;
use crate::fakes::Fault;
use crate::fakes::github::{READING_TOKEN, TOKEN};
use crate::given;

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

/// What Flux reports.
const GREETING: &str = "flux/greeting";

const EIGHT_HOURS: i64 = 8 * 3600;

pub fn pipeline() -> (Pipeline, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("deploy")).unwrap();
    fs::write(folder.path().join("deploy/config.yaml"), CONFIG).unwrap();
    fs::write(folder.path().join("towline.yaml"), PIPELINE).unwrap();
    (config::load(&folder.path().join("towline.yaml")).unwrap(), folder)
}

/// Where the application goes, as seen by a client.
pub fn destination<'a, F: Fake>(
    bench: &bench::Bench<F>,
    pipeline: &'a Pipeline,
    forge: Arc<dyn Forge>,
) -> Destination<'a> {
    Destination {
        application: "greeting",
        environment: &pipeline.environments[0],
        repository: Rc::new(bench.gitops().repository()),
        forge,
        clock: bench.clock.clone(),
        account: Account::default(),
        access: given::access(),
    }
}

/// Proposes 1.4.0. The number of its pull request.
pub fn proposed<F: Fake>(bench: &bench::Bench<F>, pipeline: &Pipeline, forge: &Arc<dyn Forge>) -> u64 {
    let release = given::release("1.4.0");
    let environment = &pipeline.environments[0];
    let inputs = Inputs::default();
    let request =
        render::RenderRequest { pipeline, environment, release: &release, inputs: &inputs, deployed: None };
    let rendering = render::render(&request).unwrap();
    let destination = destination(bench, pipeline, forge.clone());
    let proposal = propose::propose(&destination, &rendering, &ProposeOptions::default());
    proposal.unwrap().pull.unwrap().number
}

pub fn merge(forge: &dyn Forge, number: u64) {
    let expected_head = forge.get_pull(number).unwrap().head_commit;
    let message = "Deploy".into();
    let merge = MergeRequest { expected_head, method: MergeMethod::Merge, message, when_ready: false };
    forge.merge_pull(number, &merge).unwrap();
}

/// What is there when the wait begins, and how long it lasts until something happens.
struct Scene {
    merged: bool,
    /// Commits of other applications after the merge, and whether operators report on each.
    later: usize,
    reported: bool,
    token: &'static str,
    seconds: i64,
}

/// Waits until something happens. What it cost, and how long after it the end came.
fn wait(bench: &Bench, scene: &Scene, happens: impl Fn(&dyn Forge, u64)) -> (State, Budget, i64) {
    let (pipeline, _folder) = pipeline();
    let people = Arc::from(bench.forge());
    let number = proposed(bench, &pipeline, &people);
    if scene.merged {
        merge(&*people, number);
    }
    for n in 0..scene.later {
        bench.push("main", &[("dev/other.yaml", &format!("n: {n}\n"))]);
        if scene.reported {
            report(bench, &*people, "argocd/other");
        }
    }
    let forge: Arc<dyn Forge> = bench.connect(scene.token, Duration::from_secs(20)).into();
    let destination = destination(bench, &pipeline, forge.clone());
    let awaited = Awaited { pull: Some(number), content: None, since: None };
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
    let seen = rollout::wait(&destination, awaited, polling, None, &|_| false, &events).unwrap();
    let late = bench.clock.now().as_second() - happened.get().unwrap().as_second();
    (seen.state, forge.budget().unwrap(), late)
}

fn cost(budget: &Budget) -> String {
    let cheap = budget.unchanged * 10 / budget.requests;
    format!("{} requests, more than {cheap} in 10 unchanged", budget.requests)
}

fn report(bench: &Bench, forge: &dyn Forge, context: &str) {
    let status = given::status(context, StatusState::Success);
    forge.set_commit_status(bench.tip("main"), &status).unwrap();
}

#[test]
fn eight_hours_for_a_merge() {
    let bench = Bench::new();
    let scene = Scene { merged: false, later: 0, token: TOKEN, reported: false, seconds: EIGHT_HOURS };
    let (state, budget, late) = wait(&bench, &scene, |forge, number| forge.close_pull(number, "no").unwrap());
    assert_eq!(state, State::Closed);
    insta::assert_snapshot!(cost(&budget), @"961 requests, more than 9 in 10 unchanged");
    // By then the allowance is used up: one request in 40 s.
    assert!(late <= 41, "{late} s");
}

#[test]
fn eight_hours_for_a_rollout() {
    let bench = Bench::new();
    let scene = Scene { merged: true, later: 0, token: TOKEN, reported: false, seconds: EIGHT_HOURS };
    let (state, budget, late) = wait(&bench, &scene, |forge, _| report(&bench, forge, GREETING));
    assert_eq!(state, State::Done);
    insta::assert_snapshot!(cost(&budget), @"962 requests, more than 9 in 10 unchanged");
    // Two requests a look, statuses and check runs; then the success has to hold.
    assert!(late <= 81 + 10, "{late} s");
}

/// A look later than the longest there are, settled, and the second in which it is noticed.
const SOON: i64 = 30 + 10 + 1;

/// Where other applications are deployed all the time, every commit after ours may carry the report.
const BUSY: Scene = Scene { merged: true, later: 50, token: TOKEN, reported: false, seconds: 20 * 60 };

#[test]
fn twenty_minutes_in_a_busy_repository() {
    let bench = Bench::new();
    let (state, budget, late) = wait(&bench, &BUSY, |forge, _| report(&bench, forge, GREETING));
    assert_eq!(state, State::Done);
    insta::assert_snapshot!(cost(&budget), @"54 requests, more than 0 in 10 unchanged");
    assert!(late <= SOON, "{late} s");
}

#[test]
fn twenty_minutes_where_every_commit_is_reported_on() {
    let bench = Bench::new();
    let scene = Scene { reported: true, ..BUSY };
    let (state, budget, late) = wait(&bench, &scene, |forge, _| report(&bench, forge, GREETING));
    assert_eq!(state, State::Done);
    insta::assert_snapshot!(cost(&budget), @"154 requests, more than 0 in 10 unchanged");
    assert!(late <= SOON, "{late} s");
}

/// The newest commits are read with every look, the others in turn.
#[test]
fn twenty_minutes_without_fingerprints() {
    let bench = Bench::new();
    let scene = Scene { token: READING_TOKEN, ..BUSY };
    let (state, budget, late) = wait(&bench, &scene, |forge, _| report(&bench, forge, GREETING));
    assert_eq!(state, State::Done);
    insta::assert_snapshot!(cost(&budget), @"275 requests, more than 3 in 10 unchanged");
    // By then the allowance is used up: a look of six requests in four minutes.
    assert!(late <= 240 + 10, "{late} s");
}

/// GraphQL tells that there is a new status, and the list that is then read has not got it yet.
#[test]
fn a_list_that_lags_behind_is_read_again_with_the_next_look() {
    let bench = Bench::new();
    let (state, _, late) = wait(&bench, &BUSY, |forge, _| {
        report(&bench, forge, GREETING);
        bench.fake.lists_lag(1);
    });
    assert_eq!(state, State::Done);
    assert!(late <= SOON + 30, "{late} s");
}

/// GitHub has nothing left for fifty minutes: the wait asks nothing meanwhile, and goes on.
#[test]
fn a_limit_that_lasts_longer_than_a_request_waits() {
    let bench = Bench::new();
    let scene = Scene { merged: true, later: 0, token: TOKEN, reported: false, seconds: 2 * 3_600 };
    let limit = Fault::status("GET /repos/acme/gitops/commits/", 429).with_header("retry-after", "3000");
    bench.server.fail(limit.after(20));
    let (state, ..) = wait(&bench, &scene, |forge, _| report(&bench, forge, GREETING));
    assert_eq!(state, State::Done);
    let struck = bench.server.log().iter().filter(|line| line.ends_with("429!")).count();
    assert_eq!(struck, 1);
}
