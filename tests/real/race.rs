//! Somebody pushes to the base branch at the very moment between Towline's fetch and its push.

use std::path::Path;
use std::process::Command;

use super::forge::{RealBench, Server};
use super::relay::Relay;
use super::world::{DEV, Operator, promote};

fn move_main_at_the_next_push(relay: &Relay, bench: &RealBench) {
    let url = bench.location_for_ann();
    relay.at_the_next_push(move || push_to_main(&url));
}

fn push_to_main(url: &str) {
    let folder = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str], at: &Path| {
        let people = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"];
        let done = Command::new("git").args(people).args(arguments).current_dir(at).status().unwrap();
        assert!(done.success(), "git {arguments:?}");
    };
    git(&["clone", "--quiet", url, "clone"], folder.path());
    let clone = folder.path().join("clone");
    std::fs::write(clone.join("moved"), jiff::Timestamp::now().to_string()).unwrap();
    git(&["add", "."], &clone);
    git(&["commit", "--quiet", "--message=Moved"], &clone);
    git(&["push", "--quiet", "origin", "HEAD:main"], &clone);
}

#[test]
#[ignore = "needs a real server: TOWLINE_TEST_FORGE"]
fn the_base_moves_between_fetch_and_push() {
    let server = Server::named_by_the_environment();
    let bench = server.bench("race");
    let _operator = Operator::start(&server, &bench);
    let relay = Relay::start(&bench);
    let sandbox = relay.application(&server, &bench, DEV);
    for (release, run) in [("1.0.0", "with a cold cache"), ("1.1.0", "with a warm cache")] {
        move_main_at_the_next_push(&relay, &bench);
        let image = format!("web={release}");
        let proposed = sandbox.towline(&["propose", "dev", "--release", release, "--image", &image]);
        assert!(relay.has_seen_a_push(), "{run}: nothing was pushed");
        assert_eq!(proposed.code, Some(0), "{run}: {proposed}");
    }
    move_main_at_the_next_push(&relay, &bench);
    let promoted = promote(&sandbox, "1.2.0");
    assert!(relay.has_seen_a_push());
    assert_eq!(promoted.code, Some(0), "{promoted}");
    bench.delete();
}

#[test]
#[ignore = "needs a real server: TOWLINE_TEST_FORGE"]
fn the_base_moves_twice_before_a_fast_forward() {
    let server = Server::named_by_the_environment();
    let bench = server.bench("race-fast-forward");
    let _operator = Operator::start(&server, &bench);
    let relay = Relay::start(&bench);
    let sandbox = relay.application(&server, &bench, &format!("  mergeMethod: fastForward\n{DEV}"));
    let proposed = sandbox.towline(&["propose", "dev", "--release", "1.0.0", "--image", "web=1.0.0"]);
    assert_eq!(proposed.code, Some(0), "{proposed}");
    crate::forge_contract::Bench::push(&bench, "main", &[("moved", "before")]);
    move_main_at_the_next_push(&relay, &bench);
    let promoted = promote(&sandbox, "1.0.0");
    assert!(relay.has_seen_a_push());
    assert_eq!(promoted.code, Some(0), "{promoted}");
    bench.delete();
}
