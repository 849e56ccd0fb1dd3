//! A command of the pipeline file: run in a process group of its own, so that a command that
//! hangs, and everything that it started, can be ended.
//!
//! Unlike a tool that renders ([`crate::process::run`]), it may write as much as it likes, of which the
//! end is kept, and is asked to end before it is killed. The group is ended when the command is over
//! too: what it left behind would outlive Towline. An interrupt ends it as well. A killed Towline
//! cannot; the command then runs on to its end.

use std::collections::VecDeque;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::process::Group;

/// How much of the output is kept: the end of it.
const TAIL: usize = 8 * 1024;
/// How long a command has after a polite signal, and its output after its end.
const PATIENCE: Duration = Duration::from_secs(2);

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    /// `None`: it took too long.
    pub status: Option<ExitStatus>,
    /// The end of what it wrote to stdout and stderr, in the order in which it arrived.
    pub output: String,
}

/// Runs a command line with `sh -c` in `folder`, for at most `limit`.
pub fn run(line: &str, folder: &Path, variables: &[(&str, String)], limit: Duration) -> Result<Ended> {
    let mut command = Command::new("sh");
    command.arg("-c").arg(line).current_dir(folder).envs(variables.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let (child, group) =
        Group::spawn(&mut command).with_context(|| format!("cannot start `sh` in {}", folder.display()))?;
    Running::new(child, group).wait(limit)
}

struct Running {
    child: Child,
    group: Group,
    tail: Arc<Mutex<VecDeque<u8>>>,
    /// Disconnects when both stdout and stderr are closed.
    output: Receiver<()>,
}

impl Running {
    fn new(mut child: Child, group: Group) -> Self {
        let tail = Arc::new(Mutex::new(VecDeque::new()));
        let (open, output) = channel();
        if let Some(stdout) = child.stdout.take() {
            keep_tail(stdout, tail.clone(), open.clone());
        }
        if let Some(stderr) = child.stderr.take() {
            keep_tail(stderr, tail.clone(), open);
        }
        Self { child, group, tail, output }
    }

    fn wait(mut self, limit: Duration) -> Result<Ended> {
        let (ended, over) = channel::<()>();
        self.group.when_over(move || drop(ended));
        let in_time = over.recv_timeout(limit) != Err(RecvTimeoutError::Timeout);
        if !in_time {
            self.group.terminate();
            // Whether it ended by itself or not, it is killed next.
            over.recv_timeout(PATIENCE).ok();
        }
        self.group.kill();
        let status = self.child.wait().context("cannot learn how the command ended")?;
        // Who left the group may hold the output open for ever.
        self.output.recv_timeout(PATIENCE).ok();
        let tail: Vec<u8> =
            self.tail.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect();
        let output = String::from_utf8_lossy(&tail).into_owned();
        Ok(Ended { status: in_time.then_some(status), output })
    }
}

/// Reads to the end and keeps the last [`TAIL`] bytes; `_open` is dropped at the end.
fn keep_tail(mut from: impl Read + Send + 'static, tail: Arc<Mutex<VecDeque<u8>>>, _open: Sender<()>) {
    std::thread::spawn(move || {
        let _open = _open;
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
            tail.extend(&buffer[..read]);
            let surplus = tail.len().saturating_sub(TAIL);
            tail.drain(..surplus);
        }
    });
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    fn ended(line: &str, limit: Duration) -> Ended {
        run(line, Path::new("."), &[("NAME", "it's me".to_owned())], limit).unwrap()
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn the_output_is_kept_in_its_order() {
        let ended = ended("echo one; echo \"$NAME\" >&2; exit 3", LONG);
        assert_eq!(ended.status.unwrap().code(), Some(3));
        assert!(ended.output.contains("one\n") && ended.output.contains("it's me\n"), "{}", ended.output);
    }

    #[test]
    fn only_the_end_of_much_output_is_kept() {
        let ended = ended("i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done", LONG);
        assert!(ended.output.len() <= TAIL && ended.output.ends_with("line 2999\n"));
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
        let ended = ended(&held.by("sleep 1000 & sleep 1000"), Duration::from_millis(300));
        assert!(ended.status.is_none());
        held.wait_until_free();
    }

    #[test]
    fn what_a_command_leaves_behind_is_ended() {
        let held = Held::new();
        assert!(ended(&held.by("sleep 1000 & true"), LONG).status.unwrap().success());
        held.wait_until_free();
    }
}
