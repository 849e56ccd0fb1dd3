//! Budgets: how the requests of each command grow with the commits of others and with the environments. Counted at
//! three sizes, on a forge that tells much at once and on one that does not, so that it fails when a command that
//! asks once begins to ask for each. No time is measured.

use std::fmt::Write as _;

use super::promote::{GITEA, GITHUB, Host, World};
use crate::given::Gitops;

const HOSTS: [&Host; 2] = [&GITHUB, &GITEA];

/// What a command asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Asked {
    git: usize,
    api: usize,
}

/// The exponent of the growth from the first to the last of three sizes: 0 is none, 1 is as the size grows.
fn exponent(sizes: [usize; 3], counts: [usize; 3]) -> f64 {
    let ratio = |values: [usize; 3]| (values[2].max(1) as f64 / values[0].max(1) as f64).ln();
    ratio(counts) / ratio(sizes)
}

/// Environments that merge by themselves.
fn with_environments(world: &World, count: usize, reporters: &str) {
    let pipeline = world.pipeline();
    let (head, _) = pipeline.split_once("environments:").unwrap();
    let mut text = format!("{head}environments:\n");
    for number in 0..count {
        let rollout = format!("{{reporters: {reporters}, settle: 0s}}");
        writeln!(text, "  - {{name: e{number}, merge: auto, await: {rollout}}}").unwrap();
    }
    world.write("towline.yaml", &text);
}

fn count(world: &World, arguments: &[&str]) -> Asked {
    world.git.requests();
    let before = world.server.log().len();
    let shown = world.towline(arguments, world.host().token);
    assert!(shown.ends_with("exit code 0") || shown.ends_with("exit code 75"), "{shown}");
    Asked { git: world.git.requests().len(), api: world.server.log().len() - before }
}

/// Commits of others on the base branch, each with a file of its own, until there are so many.
fn commits_by_others(gitops: &Gitops, numbers: std::ops::Range<usize>) {
    let mut script = String::new();
    for number in numbers {
        let from = if script.is_empty() { "from refs/heads/main^0\n" } else { "" };
        let (now, content) = (jiff::Timestamp::now().as_second(), number.to_string());
        write!(
            script,
            "commit refs/heads/main\ncommitter Ann <ann@example.com> {now} +0000\ndata 6\nOther\n{from}\
             M 100644 inline other/{number}\ndata {}\n{content}\n",
            content.len()
        )
        .unwrap();
    }
    gitops.import(&script);
}

const PROMOTE: [&str; 3] = ["promote", "--release", "1.4.0"];

#[test]
fn each_environment_takes_a_few_requests() {
    const SIZES: [usize; 3] = [1, 2, 4];
    for host in HOSTS {
        let world = World::on(host);
        with_environments(&world, SIZES[2], "none");
        count(&world, &PROMOTE);
        for (command, git) in [(&["status"][..], 0), (&PROMOTE, 12)] {
            let counts = SIZES.map(|environments| {
                with_environments(&world, environments, "none");
                // Another pipeline file is another release.
                count(&world, &PROMOTE);
                count(&world, command)
            });
            let [_, some, all] = counts;
            let each =
                |of: fn(Asked) -> usize| of(all).saturating_sub(of(some)).div_ceil(SIZES[2] - SIZES[1]);
            let (each_git, each_api) = (each(|asked| asked.git), each(|asked| asked.api));
            assert!(each_git <= git && each_api <= 3, "{} {command:?}: {counts:?}", host.kind);
        }
    }
}

#[test]
fn an_environment_in_full_takes_a_few_requests_whatever_is_beside_it() {
    for host in HOSTS {
        let world = World::on(host);
        for environments in [1, 4] {
            with_environments(&world, environments, "none");
            count(&world, &PROMOTE);
            let asked = count(&world, &["status", "e0"]);
            assert!(asked.git <= 2 && asked.api <= 6, "{}: {environments}: {asked:?}", host.kind);
        }
    }
}

/// As another machine asks, which knows nothing of the repository yet.
#[test]
fn commits_by_others_cost_no_request_each() {
    const SIZES: [usize; 3] = [4, 16, 64];
    for host in HOSTS {
        let world = World::on(host);
        with_environments(&world, 1, "none");
        count(&world, &PROMOTE);
        let counts = [0, 1, 2].map(|turn| {
            let before = if turn == 0 { 0 } else { SIZES[turn - 1] };
            commits_by_others(world.gitops(), before..SIZES[turn]);
            [&["status"][..], &["await", "e0"], &PROMOTE].map(|command| {
                std::fs::remove_dir_all(world.home().join(".cache")).unwrap();
                count(&world, command)
            })
        });
        for command in 0..counts[0].len() {
            let counts = counts.map(|counts| counts[command]);
            let grows = exponent(SIZES, counts.map(|asked| asked.git + asked.api));
            assert!(grows < 0.2, "{} grows with {grows}: {counts:?}", host.kind);
            assert_eq!(counts[0].api, counts[2].api, "{}: {counts:?}", host.kind);
        }
    }
}

/// Operators report on the newest commit that they know.
#[test]
fn a_report_on_the_newest_commit_is_found_without_reading_the_others() {
    const SIZES: [usize; 3] = [4, 16, 64];
    for host in HOSTS {
        let world = World::on(host);
        with_environments(&world, 1, "[{status: rollout}]");
        count(&world, &[&PROMOTE[..], &["--once"]].concat());
        let counts = [0, 1, 2].map(|turn| {
            let before = if turn == 0 { 0 } else { SIZES[turn - 1] };
            commits_by_others(world.gitops(), before..SIZES[turn]);
            let tip = world.gitops().git(&["rev-parse", "main"]);
            let report = ["report", "e0", "--commit", &tip, "--context", "rollout", "--state", "success"];
            count(&world, &report);
            count(&world, &["await", "e0", "--once"])
        });
        assert!(counts.iter().all(|asked| asked.api <= 7), "{}: {counts:?}", host.kind);
    }
}

/// From nothing to a verdict.
#[test]
fn a_rollout_takes_few_requests() {
    for host in HOSTS {
        let world = World::on(host);
        with_environments(&world, 1, "none");
        let asked = count(&world, &PROMOTE);
        assert!(asked.api <= 25, "{}: {asked:?}\n{}", host.kind, world.server.log().join("\n"));
    }
}
