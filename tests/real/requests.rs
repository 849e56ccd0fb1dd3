//! How many requests each command takes, of git and of the API: the table in `docs/benchmarks.md`.
//! `cargo test --test integration -- --ignored real::requests --nocapture` prints it.

use std::fmt::Write as _;

use super::forge::{RealBench, Server};
use super::relay::Relay;
use super::world::Operator;
use crate::forge_contract::Bench;
use crate::given::{Run, Sandbox};

/// Environments that merge by themselves, and wait for one context each.
fn environments(count: usize) -> String {
    (0..count).fold("environments:\n".to_owned(), |mut text, number| {
        let name = format!("e{number}");
        let reporters = format!("[{{status: rollout/{name}}}]");
        writeln!(text, "  - {{name: {name}, merge: auto, await: {{reporters: {reporters}, settle: 1s}}}}")
            .unwrap();
        text
    })
}

/// What a command asked of git's server and of the API.
fn counted(sandbox: &Sandbox, relay: &Relay, arguments: &[&str]) -> (usize, usize) {
    relay.git_requests();
    let run: Run = sandbox.towline(&[arguments, &["-v"]].concat());
    assert_eq!(run.code, Some(0), "{run}");
    (relay.git_requests(), requests(&run))
}

/// How many requests of the forge's API a run tells with `-v`.
pub fn requests(run: &Run) -> usize {
    let Some(line) = run.stderr.lines().find(|line| line.contains(" request")) else { return 0 };
    let before = line.split(" request").next().unwrap();
    before.rsplit(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
}

fn push_fifty_commits(bench: &RealBench) {
    for number in 0..50 {
        bench.gitops().push("main", &[("other/file", &number.to_string())]);
        bench.send("main");
    }
}

#[test]
#[ignore = "needs a real server: TOWLINE_TEST_FORGE"]
fn of_each_command() {
    let server = Server::named_by_the_environment();
    for count in [1, 5, 20] {
        let bench = server.bench(&format!("requests-{count}"));
        let relay = Relay::start(&bench);
        let mut sandbox = relay.application(&server, &bench, &environments(count));
        let contexts = (0..count).map(|number| format!("rollout/e{number}")).collect();
        let release = |name: &'static str| ["--release", name, "--image", "web=1"];
        let propose = |name| [&["propose", "e0"][..], &release(name)].concat();
        let promote = [&["promote"][..], &release("1.1.0")].concat();
        let tell = |what: &str, sandbox: &Sandbox, arguments: &[&str]| {
            let (git, api) = counted(sandbox, &relay, arguments);
            println!("{count} environments, {what}: git {git}, API {api}");
        };
        tell("first propose, cold", &sandbox, &propose("1.0.0"));
        tell("second release, warm", &sandbox, &propose("1.0.1"));
        let operator = Operator::reporting(&server, &bench, contexts);
        tell("promote everywhere", &sandbox, &promote);
        tell("promote, nothing to do", &sandbox, &promote);
        tell("status", &sandbox, &["status"]);
        push_fifty_commits(&bench);
        tell("after 50 commits by others: promote, nothing to do", &sandbox, &promote);
        tell("after 50 commits by others: await when done", &sandbox, &["await", "e0"]);
        sandbox.set("TOWLINE_CACHE", sandbox.path("another-cache").display().to_string());
        tell("after 50 commits by others: status, cold", &sandbox, &["status"]);
        drop(operator);
        bench.delete();
    }
}
