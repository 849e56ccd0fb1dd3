use std::fs::File;

use super::*;

const LONG: Duration = Duration::from_secs(60);

fn sh(script: &str, time: Duration, output: Output) -> Ended {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    run(command, Limits { time, output }).unwrap()
}

#[test]
fn a_command_ends_by_itself() {
    let ended = sh("echo out; echo err >&2; exit 3", LONG, Output::AtMost(1000));
    assert!(matches!(ended.how, End::Exited(status) if status.code() == Some(3)));
    assert_eq!((ended.stdout.as_slice(), ended.stderr.as_slice()), (&b"out\n"[..], &b"err\n"[..]));
}

#[test]
fn a_command_that_prints_without_end_is_killed() {
    assert_eq!(sh("yes", LONG, Output::AtMost(1000)).how, End::TooMuchOutput);
}

#[test]
fn only_the_end_of_much_output_is_kept() {
    let script = "i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done";
    let ended = sh(script, LONG, Output::Tail(1000));
    let kept = String::from_utf8(ended.stdout).unwrap();
    assert!(kept.len() == 1000 && kept.ends_with("line 2999\n"), "{kept}");
}

#[test]
fn the_end_of_the_output_is_that_of_both_streams() {
    let ended = sh("echo out; echo err >&2", LONG, Output::Tail(1000));
    let kept = String::from_utf8(ended.stdout).unwrap();
    assert!(kept.contains("out\n") && kept.contains("err\n"), "{kept}");
}

#[test]
fn an_attached_command_has_time_as_long_as_it_makes_progress() {
    let steps = std::cell::Cell::new(5_u64);
    let progress = || {
        steps.set(steps.get().saturating_sub(1));
        steps.get()
    };
    let mut command = Command::new("sleep");
    command.arg("1000");
    let watch = Watch { time: Duration::from_millis(20), progress: &progress, longest: LONG };
    assert_eq!(run_watched(command, "", watch).unwrap().how, End::TimedOut);
    assert_eq!(steps.get(), 0);
}

#[test]
fn a_command_that_seems_to_make_progress_ends_with_its_time() {
    let steps = std::cell::Cell::new(0);
    let progress = || {
        steps.set(steps.get() + 1);
        steps.get()
    };
    let mut command = Command::new("sleep");
    command.arg("1000");
    let (time, longest) = (Duration::from_millis(10), Duration::from_millis(100));
    let ended = run_watched(command, "", Watch { time, progress: &progress, longest }).unwrap();
    assert_eq!(ended.how, End::TimedOut);
    assert!(steps.get() > 1);
}

#[test]
fn an_attached_command_reads_its_input() {
    let input = "x".repeat(1 << 20);
    let ended = run_attached(Command::new("cat"), &input).unwrap();
    assert!(ended.is_success());
    assert_eq!(ended.stdout, input.as_bytes());
}

/// A pipe that a command may hold open.
struct Held {
    folder: tempfile::TempDir,
    /// Both ends: so opening one of them waits for nobody.
    both: File,
    end: File,
}

impl Held {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("held");
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        let both = File::options().read(true).write(true).open(&path).unwrap();
        Self { end: File::open(&path).unwrap(), both, folder }
    }

    /// A line that holds the pipe open as long as anything lives that it starts.
    fn by(&self, line: &str) -> String {
        format!("exec 9> {}; {line}", self.folder.path().join("held").display())
    }

    /// Returns when nobody holds it any more, which is never when a process was left.
    fn wait_until_free(mut self) {
        drop(self.both);
        self.end.read_to_end(&mut Vec::new()).unwrap();
    }
}

#[test]
fn a_command_that_hangs_is_ended_with_all_it_started() {
    let held = Held::new();
    let script = held.by("sleep 1000 & echo started; sleep 1000");
    assert_eq!(sh(&script, Duration::from_millis(300), Output::AtMost(1000)).how, End::TimedOut);
    held.wait_until_free();
}

#[test]
fn an_attached_command_that_hangs_is_ended_with_all_it_started() {
    let held = Held::new();
    let mut command = Command::new("sh");
    command.args(["-c", &held.by("sh -c 'sleep 1000 & wait' & wait")]);
    let watch = Watch { time: Duration::from_millis(300), progress: &|| 0, longest: LONG };
    assert_eq!(run_watched(command, "", watch).unwrap().how, End::TimedOut);
    held.wait_until_free();
}

#[test]
fn what_a_command_leaves_behind_does_not_hold_it_up_and_is_ended() {
    let held = Held::new();
    let ended = sh(&held.by("sleep 1000 & echo done"), LONG, Output::AtMost(1000));
    assert!(ended.is_success());
    assert_eq!(ended.stdout, b"done\n");
    held.wait_until_free();
}
