//! Many pipelines on one repository at the same time, each with a cache of its own, as build agents
//! have it.

use std::collections::BTreeMap;
use std::time::Duration;

use towline::forge::{PullRequest, PullState};

use super::forge::{RealBench, Server};
use super::world::{DEV, Operator, application, promote};
use crate::forge_contract::Bench;
use crate::given::Run;

/// Runs `work` for each number, each run begun `apart` after the one before.
fn one_after_another(count: usize, apart: Duration, work: impl Fn(usize) -> Run + Sync) -> Vec<Run> {
    std::thread::scope(|scope| {
        let begin = |number| {
            std::thread::sleep(apart);
            let work = &work;
            scope.spawn(move || work(number))
        };
        let running: Vec<_> = (0..count).map(begin).collect();
        running.into_iter().map(|run| run.join().unwrap()).collect()
    })
}

/// The pull requests of each head branch, and that none but the last is open.
fn pulls(bench: &RealBench) -> BTreeMap<String, Vec<PullRequest>> {
    let mut pulls: BTreeMap<String, Vec<PullRequest>> = BTreeMap::new();
    for pull in bench.forge().list_pulls(None).unwrap() {
        pulls.entry(pull.head.clone()).or_default().push(pull);
    }
    pulls
}

fn many_applications(name: &str, count: usize, apart: Duration) {
    let server = Server::named_by_the_environment();
    let bench = server.bench(name);
    let operator = Operator::start(&server, &bench);
    let runs = one_after_another(count, apart, |number| {
        promote(&application(&server, &bench, &format!("app{number}"), DEV), "1.0.0")
    });
    drop(operator);
    for (number, run) in runs.iter().enumerate() {
        assert_eq!(run.code, Some(0), "app{number}: {run}");
    }
    let pulls = pulls(&bench);
    assert_eq!(pulls.len(), count);
    for (head, pulls) in pulls {
        let states: Vec<_> = pulls.iter().map(|pull| pull.state).collect();
        assert_eq!(states, [PullState::Merged], "{head}");
    }
    let deployed = bench.files(bench.tip("main"));
    assert_eq!(deployed.iter().filter(|path| path.starts_with("descriptors/dev/")).count(), count);
    bench.delete();
}

#[test]
#[ignore = "needs a real server: TOWLINE_TEST_FORGE"]
fn ten_applications_at_once() {
    many_applications("ten-applications", 10, Duration::ZERO);
}

#[test]
#[ignore = "needs a real server: TOWLINE_TEST_FORGE"]
fn fifty_applications_within_a_minute() {
    many_applications("fifty-applications", 50, Duration::from_millis(1200));
}

#[test]
#[ignore = "needs a real server: TOWLINE_TEST_FORGE"]
fn ten_releases_of_one_application() {
    let server = Server::named_by_the_environment();
    let bench = server.bench("ten-releases");
    let operator = Operator::start(&server, &bench);
    let runs = one_after_another(10, Duration::from_millis(300), |number| {
        promote(&application(&server, &bench, "greeting", DEV), &format!("1.0.{number}"))
    });
    drop(operator);
    for (number, run) in runs.iter().enumerate() {
        let ends = if number == 9 { &[0][..] } else { &[0, 7] };
        assert!(run.code.is_some_and(|code| ends.contains(&code)), "1.0.{number}: {run}");
    }
    // What is deployed is the newest, and each release was merged once at most.
    let deployed = bench.gitops().git(&["show", "main:descriptors/dev/greeting.yaml"]);
    assert!(deployed.contains("1.0.9"), "{deployed}");
    let merges = bench.gitops().git(&[
        "log",
        "--first-parent",
        "--format=%(trailers:key=Towline-Release,valueonly,separator=)",
        "main",
    ]);
    let mut releases: Vec<&str> = merges.lines().filter(|line| !line.is_empty()).collect();
    let count = releases.len();
    releases.dedup();
    assert_eq!((releases.len(), releases.first().copied()), (count, Some("1.0.9")), "{merges}");
    let open = pulls(&bench).into_values().flatten().filter(|pull| pull.state == PullState::Open);
    assert_eq!(open.count(), 0);
    bench.delete();
}
