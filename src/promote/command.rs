//! A command of the pipeline file: run in a process group of its own, so that a command that
//! hangs, and everything that it started, can be ended.
//!
//! The group is ended when the command is over too: what it left behind would outlive Towline.
//! An interrupt ends it as well. A killed Towline cannot; the command then runs on to its end.

use std::collections::VecDeque;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::interrupt;

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
    own_group(&mut command);
    let child = command.spawn().with_context(|| format!("cannot start `sh` in {}", folder.display()))?;
    Running::new(child).wait(limit)
}

struct Running {
    child: Child,
    group: Group,
    tail: Arc<Mutex<VecDeque<u8>>>,
    /// Disconnects when both stdout and stderr are closed.
    output: Receiver<()>,
    _registration: interrupt::Registration,
}

impl Running {
    fn new(mut child: Child) -> Self {
        let group = Group::of(&child);
        let _registration = interrupt::register(move || group.kill());
        let tail = Arc::new(Mutex::new(VecDeque::new()));
        let (open, output) = channel();
        if let Some(stdout) = child.stdout.take() {
            keep_tail(stdout, tail.clone(), open.clone());
        }
        if let Some(stderr) = child.stderr.take() {
            keep_tail(stderr, tail.clone(), open);
        }
        Self { child, group, tail, output, _registration }
    }

    fn wait(mut self, limit: Duration) -> Result<Ended> {
        let over = self.group.watch();
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

#[cfg(unix)]
fn own_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

/// A process group, by its leader. The leader is reaped last, so that its number stays its own.
#[cfg(unix)]
#[derive(Clone, Copy)]
struct Group(Option<rustix::process::Pid>);

#[cfg(unix)]
impl Group {
    fn of(child: &Child) -> Self {
        Self(rustix::process::Pid::from_raw(child.id().cast_signed()))
    }

    /// Disconnects when the leader is over, which is not reaped by that.
    fn watch(self) -> Receiver<()> {
        use rustix::process::{WaitId, WaitIdOptions, waitid};

        let (over, watched) = channel();
        std::thread::spawn(move || {
            let _over: Sender<()> = over;
            let leader = self.0.map(WaitId::Pid);
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            leader.map(|leader| rustix::io::retry_on_intr(|| waitid(leader.clone(), options)));
        });
        watched
    }

    fn terminate(self) {
        self.signal(rustix::process::Signal::TERM);
    }

    fn kill(self) {
        self.signal(rustix::process::Signal::KILL);
    }

    fn signal(self, signal: rustix::process::Signal) {
        // A group that is gone needs no signal.
        self.0.map(|leader| rustix::process::kill_process_group(leader, signal));
    }
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn a_command_that_hangs_is_ended_with_all_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let pid = folder.path().join("pid");
        let line = format!("sleep 1000 & echo $! > {}; sleep 1000", pid.display());
        assert!(ended(&line, Duration::from_millis(300)).status.is_none());
        let pid: i32 = std::fs::read_to_string(pid).unwrap().trim().parse().unwrap();
        assert!(is_gone(pid));
    }

    #[test]
    fn what_a_command_leaves_behind_is_ended() {
        let ended = ended("sleep 1000 & echo $!", LONG);
        assert!(ended.status.unwrap().success());
        assert!(is_gone(ended.output.trim().parse().unwrap()));
    }

    /// Gone, or only not reaped yet by whoever adopted it.
    fn is_gone(pid: i32) -> bool {
        let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        state.is_empty() || state.rsplit(')').next().unwrap().trim_start().starts_with(['Z', 'X'])
    }
}
