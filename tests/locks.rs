//! No lock outlives the run that took it: interrupts wait until a reference is moved, and the lock of a run that was
//! killed is broken by the next one. A lock of a git that is at work is left alone.
//!
//! `TOWLINE_TEST_KILLS=2000` ends so many runs at random moments, with all signals, instead of a few.
#![cfg(all(unix, debug_assertions))]

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use rustix::process::{Pid, Signal, kill_process};

use crate::given::{Random, Sandbox};

/// Runs, and gets the signal at the `at`th side effect.
fn promote_with(world: &Sandbox, version: &str, at: &str, signal: &str) -> Output {
    let mut command = world.promote(version);
    command.env("TOWLINE_FAILPOINT", at).env("TOWLINE_FAILPOINT_SIGNAL", signal).output().unwrap()
}

/// Promotes to the end.
fn arrives(world: &Sandbox, version: &str) {
    let run = world.run(world.promote(version).output().unwrap());
    assert_eq!(run.code, Some(0), "{version}: {run}");
}

fn locks(world: &Sandbox) -> Vec<PathBuf> {
    world.lock_files("gitops.git")
}

/// Those of Towline's. A `git gc` may be at work in the background, with its own.
fn locks_of_ours(world: &Sandbox) -> Vec<PathBuf> {
    let is_ours = |path: &PathBuf| std::fs::read(path).is_ok_and(|text| text.starts_with(b"towline "));
    locks(world).into_iter().filter(is_ours).collect()
}

/// `git gc` removes folders while somebody looks.
#[test]
fn locks_are_found_while_folders_come_and_go() {
    let world = Sandbox::with_two_environments();
    world.write("gitops.git/refs/heads/main.lock", "");
    let folder = |number: usize| world.path(format!("gitops.git/objects/{number:02x}/below"));
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                (0..64).for_each(|number| std::fs::create_dir_all(folder(number)).unwrap());
                (0..64).for_each(|number| std::fs::remove_dir(folder(number)).unwrap());
            }
        });
        let found = (0..50).all(|_| locks(&world) == [world.path("gitops.git/refs/heads/main.lock")]);
        ended.store(true, Ordering::Relaxed);
        assert!(found);
    });
}

/// Every moment in which a run holds the lock of a reference: its number, and which.
fn moments_with_a_lock() -> Vec<(usize, String)> {
    let world = Sandbox::with_two_environments();
    let mut command = world.promote("1.4.0");
    command.env("TOWLINE_FAILPOINT_LOG", world.path("calls"));
    assert!(command.output().unwrap().status.success());
    let calls = world.read("calls");
    let held = calls
        .lines()
        .enumerate()
        .filter(|(_, call)| call.starts_with("locked ") || call.starts_with("moved "));
    let held: Vec<_> = held.map(|(index, call)| (index + 1, call.to_owned())).collect();
    for reference in ["refs/heads/main", "refs/towline/forge", "refs/heads/towline/dev/greeting"] {
        assert!(held.iter().any(|(_, call)| call == &format!("locked {reference}")), "{calls}");
    }
    held
}

#[test]
fn an_interrupt_waits_until_the_reference_is_moved() {
    for (index, (number, call)) in moments_with_a_lock().into_iter().enumerate() {
        let signal = ["INT", "TERM", "HUP"][index % 3];
        let world = Sandbox::with_two_environments();
        let output = promote_with(&world, "1.4.0", &number.to_string(), signal);
        let run = world.run(output);
        assert_eq!(run.code, Some(130), "{signal} at {call}: {run}");
        assert_eq!(locks(&world), Vec::<PathBuf>::new(), "{signal} at {call}");
        let reference = call.rsplit_once(' ').unwrap().1;
        world.git("gitops.git", &["rev-parse", "--verify", reference]);
        arrives(&world, "1.4.0");
    }
}

#[test]
fn the_lock_of_a_run_that_was_killed_is_broken_by_the_next_one() {
    for (number, call) in moments_with_a_lock() {
        let world = Sandbox::with_two_environments();
        let output = promote_with(&world, "1.4.0", &number.to_string(), "KILL");
        assert_eq!(output.status.code(), None, "killed at {call}");
        assert_eq!(locks(&world).len(), 1, "it died with a lock at {call}");
        arrives(&world, "1.4.0");
        arrives(&world, "1.5.0");
        assert_eq!(locks(&world), Vec::<PathBuf>::new(), "killed at {call}");
        world.git("gitops.git", &["fsck", "--strict", "--no-dangling"]);
    }
}

/// `status` finds the merge that the killed run began, and completes it.
#[test]
fn a_command_that_only_looks_is_not_locked_out_either() {
    let world = Sandbox::with_two_environments();
    promote_with(&world, "1.4.0", "1 locked refs/heads/main", "KILL");
    assert_eq!(locks(&world), [world.path("gitops.git/refs/heads/main.lock")]);
    let run = world.towline(&["status"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(locks(&world), Vec::<PathBuf>::new());
    let subject = world.git("gitops.git", &["log", "-1", "--format=%s", "main"]);
    assert!(subject.contains("1.4.0"), "{subject}");
}

/// A git that has locked a branch and waits, as in a hook that takes long.
struct GitWithALock {
    child: Child,
}

impl GitWithALock {
    fn on(world: &Sandbox, branch: &str) -> Self {
        let repository = world.path("gitops.git");
        let tip = world.git("gitops.git", &["rev-parse", branch]);
        let mut child = Command::new("git")
            .arg("-C")
            .arg(&repository)
            .args(["update-ref", "--stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let update = format!("start\nupdate refs/heads/{branch} {tip} {tip}\nprepare\n");
        child.stdin.as_mut().unwrap().write_all(update.as_bytes()).unwrap();
        let mut said = BufReader::new(child.stdout.as_mut().unwrap()).lines();
        assert_eq!(said.next().unwrap().unwrap(), "start: ok");
        assert_eq!(said.next().unwrap().unwrap(), "prepare: ok");
        Self { child }
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn make_old(lock: &std::path::Path) {
    let file = File::options().write(true).open(lock).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(3600)).unwrap();
}

#[test]
fn the_lock_of_a_git_that_is_at_work_is_left_alone() {
    let world = Sandbox::with_two_environments();
    let lock = world.path("gitops.git/refs/heads/main.lock");
    let git = GitWithALock::on(&world, "main");
    let run = world.run(world.promote("1.4.0").output().unwrap());
    assert_eq!(run.code, Some(1), "{run}");
    let error: Vec<&str> = run.stderr.lines().skip_while(|line| !line.starts_with("error")).collect();
    insta::assert_snapshot!(error.join("\n"), @"
    error: cannot promote to environment `dev`
      because: cannot update refs/heads/main in ../gitops.git: it is still locked
      hint: git holds its lock for moments only: if no git is at work there, remove [SANDBOX]/gitops.git/refs/heads/main.lock
    ");
    assert!(lock.exists());

    git.kill();
    // Nobody can tell yet that its owner is gone.
    let run = world.run(world.promote("1.4.0").output().unwrap());
    assert_eq!(run.code, Some(1), "{run}");
    make_old(&lock);
    arrives(&world, "1.4.0");
    assert!(!lock.exists());
}

/// What nothing in git holds on to, and what blocks the run after a killed one.
#[test]
fn runs_that_end_at_random_moments_block_nobody() {
    let kills = std::env::var("TOWLINE_TEST_KILLS").map_or(24, |number| number.parse().unwrap());
    let random = Random::from_environment();
    eprintln!("TOWLINE_TEST_SEED={}", random.seed());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let ended: Vec<Ended> = std::thread::scope(|scope| {
        let kill = |worker| {
            let random = random.part(worker as u64);
            let share = kills / workers + usize::from(worker < kills % workers);
            scope.spawn(move || kill_runs(share, random))
        };
        let workers: Vec<_> = (0..workers).map(kill).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    let sum = |of: fn(&Ended) -> usize| ended.iter().map(of).sum::<usize>();
    let (killed, left) = (sum(|it| it.killed), sum(|it| it.left));
    eprintln!("{kills} runs, {killed} ended by a signal, {left} left a lock, 0 locks blocked the next run");
    assert!(killed > kills / 4, "{killed} of {kills}: too few to say anything");
}

#[derive(Default)]
struct Ended {
    killed: usize,
    left: usize,
}

/// Every other one at a side effect, where the locks are, and the rest at any time.
fn kill_runs(runs: usize, mut random: Random) -> Ended {
    /// Old repositories are slow.
    const IN_A_WORLD: usize = 100;
    const SIGNALS: [(&str, Signal); 4] =
        [("INT", Signal::INT), ("TERM", Signal::TERM), ("HUP", Signal::HUP), ("KILL", Signal::KILL)];
    let mut ended = Ended::default();
    let mut here = Sandbox::with_two_environments();
    for run in 0..runs {
        if run % IN_A_WORLD == 0 {
            here = Sandbox::with_two_environments();
        }
        let version = format!("{run}.0.0");
        let (name, signal) = SIGNALS[run % SIGNALS.len()];
        let output = match run / SIGNALS.len() % 2 {
            0 => promote_with(&here, &version, &(1 + random.below(40)).to_string(), name),
            _ => {
                let child = here.promote(&version).spawn().unwrap();
                std::thread::sleep(Duration::from_millis(10 + random.below(150)));
                let id = Pid::from_raw(child.id().cast_signed()).unwrap();
                kill_process(id, signal).unwrap();
                child.wait_with_output().unwrap()
            }
        };
        let code = output.status.code();
        assert!(matches!(code, None | Some(0 | 130)), "{name}, release {version}: {}", here.run(output));
        ended.killed += usize::from(code != Some(0));
        ended.left += usize::from(!locks_of_ours(&here).is_empty());
        if signal != Signal::KILL {
            assert_eq!(locks_of_ours(&here), Vec::<PathBuf>::new(), "{name}, release {version}");
        }
        arrives(&here, &version);
    }
    here.git("gitops.git", &["fsck", "--strict", "--no-dangling"]);
    ended
}
