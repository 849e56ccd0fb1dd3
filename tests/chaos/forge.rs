//! Promoters of one application through a Gitea that does what it is asked and loses its answers, or is away.

use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, kill_process};

use super::Figures;
use super::crowd::SIGNALS;
use crate::fakes::Fault;
use crate::fakes::faults::What;
use crate::forge_contract::promote::{GITEA, World};
use crate::given::Random;

/// Where an answer is lost.
const REQUESTS: [&str; 6] = [
    "GET /api/v1/repos/acme/gitops/pulls",
    "POST /api/v1/repos/acme/gitops/pulls",
    "PATCH /api/v1/repos/acme/gitops/pulls",
    "POST /api/v1/repos/acme/gitops/statuses",
    "GET /api/v1/repos/acme/gitops/commits",
    "POST /api/v1/repos/acme/gitops/issues",
];

/// Works until then; how many merges there are.
pub fn lose_answers(until: Instant, random: Random, figures: &Figures) -> usize {
    let world = World::on(&GITEA);
    let releases = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for number in 0..2 {
            let (world, releases, mut random) = (&world, &releases, random.part(number));
            scope.spawn(move || {
                while Instant::now() < until {
                    promote(world, releases, &mut random, figures);
                }
            });
        }
    });
    let release = next(&releases);
    let said =
        world.towline(&["promote", "--no-progress", "--only", "dev", "--release", &release], GITEA.token);
    assert!(said.ends_with("exit code 0"), "the last release on the forge: {said}");
    let lost = world.server.log().iter().filter(|line| line.ends_with('!')).count();
    figures.lost_answers.store(lost, Ordering::Relaxed);
    laws(&world)
}

fn next(releases: &AtomicUsize) -> String {
    format!("{}.0.0", releases.fetch_add(1, Ordering::SeqCst) + 1)
}

fn promote(world: &World, releases: &AtomicUsize, random: &mut Random, figures: &Figures) {
    let what = [What::Reset, What::Truncated, What::Reset][random.below(3) as usize].clone();
    let fault = Fault::new(random.one_of::<&str>(&REQUESTS), what).after(random.below(4) as u32);
    world.server.fail(fault);
    let mut command = world
        .command(&["promote", "--no-progress", "--only", "dev", "--release", &next(releases)], GITEA.token);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    Figures::count(&figures.runs);
    if random.below(3) == 0 {
        std::thread::sleep(Duration::from_millis(random.below(1500)));
        kill_process(Pid::from_raw(child.id().cast_signed()).unwrap(), *random.one_of(&SIGNALS)).ok();
    }
    let output = child.wait_with_output().unwrap();
    match output.status.code() {
        None | Some(130) => Figures::count(&figures.ended),
        // A run may give up where it cannot know what became of a request. Nothing is lost by that.
        Some(0 | 1 | 7) => {}
        code => panic!("{code:?}: {}", String::from_utf8_lossy(&output.stderr)),
    }
}

/// The releases that are on the base branch are there once, and are nothing but renderings.
fn laws(world: &World) -> usize {
    let git = |arguments: &[&str]| world.gitops.git(arguments);
    git(&["fsck", "--strict", "--no-dangling"]);
    let subjects = git(&["log", "--first-parent", "--format=%H %s", "main"]);
    let mut seen = std::collections::BTreeSet::new();
    for line in subjects.lines().filter(|line| line.contains(" Deploy ")) {
        let (commit, subject) = line.split_once(' ').unwrap();
        let release = subject.split(" (#").next().unwrap();
        assert!(seen.insert(release.to_owned()), "twice: {release}");
        let words: Vec<&str> = release.split(' ').collect();
        let ["Deploy", "greeting", version, "to", environment] = words[..] else { panic!("{subject}") };
        let changed = git(&["diff-tree", "-r", "--name-only", &format!("{commit}^1"), commit]);
        let ours = [format!("{environment}/greeting/"), format!("descriptors/{environment}/greeting.yaml")];
        for path in changed.lines() {
            assert!(ours.iter().any(|it| path.starts_with(it.as_str())), "{commit} brought {path}");
        }
        let config = git(&["show", &format!("{commit}:{environment}/greeting/configmap-greeting.yaml")]);
        assert!(config.contains(version), "{commit} is not {version}: {config}");
    }
    seen.len()
}
