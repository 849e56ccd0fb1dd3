//! A forge that goes away and comes back: a wait and a promotion outlast it, on every forge.

use std::cell::{Cell, RefCell};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use towline::clock::Clock;
use towline::config;
use towline::forge::{Forge, StatusState};
use towline::gitops::Destinations;
use towline::promote::{self, PromoteRequest, Selection};
use towline::propose::ProposeOptions;
use towline::rollout::{self, Awaited, Event, Observation, Polling, State};
use towline::variables::Inputs;
use towline::vocabulary::Outcome;

use super::bench::{Bench, Fake};
use super::long_wait::{destination, merge, pipeline, proposed};
use super::promote::World;
use super::{Bench as _, gitea, github};
use crate::fakes::git_http::Action;
use crate::fakes::github::TOKEN;
use crate::given;

const POLLING: Polling = Polling {
    first: Duration::from_secs(5),
    longest: Duration::from_secs(30),
    allowance: 100_000,
    random: || 0.5,
};

/// The server is away for so many requests, from the time that the wait has begun.
const LONG: u32 = 200;

/// A wait that begins with a proposal or its merge, and what was told meanwhile. When the forge answers
/// again, people merge, and the operator reports.
fn wait<F: Fake>(bench: &Bench<F>, is_merged: bool, away_for: u32) -> (Observation, Vec<String>) {
    let (pipeline, _folder) = pipeline();
    let people: Arc<dyn Forge> = bench.forge().into();
    let number = proposed(bench, &pipeline, &people);
    if is_merged {
        merge(&*people, number);
    }
    let destination = destination(bench, &pipeline, bench.forge().into());
    let (told, was_away) = (RefCell::new(Vec::new()), Cell::new(false));
    let events = |event: Event| {
        let Event::Waiting { why, .. } = event else { return };
        match (why.starts_with("no answer"), told.borrow().is_empty()) {
            (_, true) => {
                let mut left = away_for;
                bench.server.away_when(move || {
                    left = left.saturating_sub(1);
                    left > 0
                });
            }
            (true, _) => was_away.set(true),
            (false, _) if was_away.take() => {
                if !is_merged {
                    merge(&*people, number);
                }
                let status = given::status("flux/greeting", StatusState::Success);
                people.set_commit_status(bench.tip("main"), &status).unwrap();
            }
            (false, _) => {}
        }
        if told.borrow().last() != Some(&why) {
            told.borrow_mut().push(why);
        }
    };
    let awaited = Awaited { pull: Some(number), content: None, since: None };
    let seen = rollout::wait(&destination, awaited, POLLING, None, &|_| false, &events).unwrap();
    (seen, told.into_inner())
}

fn is_outlasted<F: Fake>() {
    for is_merged in [false, true] {
        let bench = Bench::<F>::new();
        let (seen, told) = wait(&bench, is_merged, LONG);
        assert_eq!(seen.state, State::Done, "{told:?}");
        let away: Vec<_> = told.iter().filter(|why| why.starts_with("no answer")).collect();
        assert!(away.len() == 1 && away[0].ends_with("; still trying"), "{told:?}");
        assert!(away[0].contains("502 Bad Gateway"), "{told:?}");
    }
}

#[test]
fn a_wait_outlasts_it_on_github() {
    is_outlasted::<crate::fakes::github::GitHub>();
}

#[test]
fn a_wait_outlasts_it_on_gitlab() {
    is_outlasted::<crate::fakes::gitlab::GitLab>();
}

#[test]
fn a_wait_outlasts_it_on_azure_devops() {
    is_outlasted::<crate::fakes::azure_devops::AzureDevOps>();
}

#[test]
fn a_wait_outlasts_it_on_gitea() {
    is_outlasted::<crate::fakes::gitea::Gitea>();
}

#[test]
fn a_wait_ends_with_its_own_deadline() {
    let ends = |is_merged| {
        let bench = github::Bench::new();
        let started = bench.clock.now();
        let (seen, _) = wait(&bench, is_merged, u32::MAX);
        let hours = bench.clock.now().duration_since(started).as_hours();
        let reason = seen.state.reason().replace(bench.server.url(), "URL");
        let reason = reason.split(" (").next().unwrap().to_owned();
        format!("{:?} after {hours} h: {reason}", seen.state.outcome())
    };
    insta::assert_snapshot!(ends(false), @"TimedOut after 24 h: https://github.com/acme/gitops/pull/1 was not seen merged within 24h: no answer from the forge since 2026-03-01T12:00:04Z");
    insta::assert_snapshot!(ends(true), @"TimedOut after 9 h: the rollout was not seen to finish within 9h of the merge: no answer from the forge since 2026-03-01T12:00:05Z");
}

/// Nothing was seen yet, so there is nothing to wait for.
#[test]
fn a_forge_that_never_answers_is_an_error() {
    let bench = gitea::Bench::new();
    bench.server.away_when(|| true);
    let (pipeline, _folder) = pipeline();
    let destination = destination(&bench, &pipeline, bench.forge().into());
    let awaited = Awaited { pull: Some(1), content: None, since: None };
    let began = bench.clock.now();
    let failed = rollout::wait(&destination, awaited, POLLING, None, &|_| false, &|_| ());
    assert!(failed.is_err());
    assert!(bench.clock.now().duration_since(began).as_secs() < 10);
}

/// A run that is not to wait says that it knows nothing.
#[test]
fn a_single_look_is_an_error_without_an_answer() {
    let world = World::new();
    world.git.rule(|_| Action::Answer(503, "away".into()));
    for command in [&["await", "dev", "--once"][..], &["promote", "--once", "--release", "1.4.0"]] {
        let said = world.towline(command, TOKEN);
        assert!(
            said.starts_with("error: there is no result yet; run this again when the forge can be reached\n")
        );
        assert!(said.ends_with("exit code 1"), "{said}");
    }
}

const ENVIRONMENTS: &str = "
environments:
  - name: dev
    merge: auto
    await: {reporters: none}
    checks: [{name: smoke, run: echo dev >> checked}]
  - name: prod
    merge: auto
    await: {reporters: none}
    checks: [{name: smoke, run: echo prod >> checked}]
";

/// A whole promotion, with git and the API away for `length` requests after the first so many. How many
/// there were before it, or `None` when it ended without that many.
fn promote_through(after: u32, length: u32) -> bool {
    let clock = given::clock();
    let (world, _github) = World::at(clock.clone());
    let above = world.pipeline().split("environments:").next().unwrap().to_owned();
    world.write("towline.yaml", &(above + ENVIRONMENTS));
    let requests = Arc::new(AtomicU32::new(0));
    let counted = requests.clone();
    let away = move || (after..after + length).contains(&counted.fetch_add(1, Ordering::SeqCst));
    let git = away.clone();
    world.server.away_when(away);
    world.git.rule(move |_| if git() { Action::Answer(503, "away".into()) } else { Action::Serve });

    let pipeline = config::load(&world.root().join("towline.yaml")).unwrap();
    let access = world.access(clock, &[("GITHUB_TOKEN", TOKEN)]);
    let destinations = Destinations::new(&pipeline, access);
    let request = PromoteRequest {
        destinations: &destinations,
        release: &given::release("1.4.0"),
        inputs: &Inputs::default(),
        selection: Selection::All,
        once: false,
        options: ProposeOptions::default(),
        polling: Some(POLLING),
    };
    let promotion = promote::promote(&request, &|_| ()).unwrap();
    assert_eq!(promotion.outcome, Outcome::Done, "away after {after} requests: {:?}", promotion.error);
    assert_eq!(fs::read_to_string(world.root().join("checked")).unwrap(), "dev\nprod\n");
    assert_eq!(world.gitops().git(&["rev-list", "--merges", "--count", "main"]), "2");
    let opened =
        world.server.log().into_iter().filter(|line| line.starts_with("POST") && line.contains("/pulls →"));
    assert_eq!(opened.filter(|line| line.ends_with("201")).count(), 2);
    requests.load(Ordering::SeqCst) >= after + length
}

/// Longer than requests are patient, at moments all over the run.
#[test]
fn a_promotion_outlasts_it_at_any_moment() {
    let mut after = 16;
    while promote_through(after, 60) {
        after += 19;
    }
}
