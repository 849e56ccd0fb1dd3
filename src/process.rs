//! Child processes that cannot outlive us: each in a process group of its own, with a time limit
//! and a bound on what it may print, and ended when somebody interrupts us.
//!
//! A command that a person wrote (a check, a gate) and a tool that renders (`helm`) are run alike.
//! What they print is kept, never passed through; what it means is for the caller to say.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::interrupt::{self, Registration};

/// How long a child may run and how many bytes it may print on either stream.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub time: Duration,
    pub output: usize,
}

/// How a child ended, and what it printed up to the bound.
#[derive(Debug)]
pub struct Ended {
    pub how: End,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By itself, or by a signal that was not ours.
    Exited(ExitStatus),
    /// It ran longer than it may, and was killed.
    TimedOut,
    /// It printed more than it may, and was killed.
    TooMuchOutput,
}

/// Runs `command` with no input and waits. Whatever is left of its process group when it ends is
/// killed, so that nothing it started in the background stays.
pub fn run(command: &mut Command, limits: Limits) -> io::Result<Ended> {
    let (mut child, group) =
        Group::spawn(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let (events, happened) = mpsc::channel();
    let stdout = collect(child.stdout.take(), limits.output, events.clone());
    let stderr = collect(child.stderr.take(), limits.output, events.clone());
    group.when_over(move || {
        let _ = events.send(Event::Exited);
    });
    let event = happened.recv_timeout(limits.time);
    group.kill();
    let status = child.wait();
    let (stdout, stderr) = (joined(stdout), joined(stderr));
    let how = match event {
        Ok(Event::Exited) if stdout.len().max(stderr.len()) <= limits.output => End::Exited(status?),
        Ok(Event::Exited | Event::TooMuchOutput) => End::TooMuchOutput,
        Err(_) => End::TimedOut,
    };
    Ok(Ended { how, stdout, stderr })
}

/// A child and everything that it starts, unless that leaves the group. It is killed when somebody
/// interrupts us. The child must not be reaped while this lives: its number would be free for
/// another process.
#[derive(Debug)]
pub struct Group {
    id: u32,
    _registration: Registration,
}

impl Group {
    /// Starts `command` as the leader of a group of its own. An interrupt waits from before the
    /// start until the child is known, so that it misses none.
    pub fn spawn(command: &mut Command) -> io::Result<(Child, Self)> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        interrupt::wholly(|| {
            let child = command.spawn()?;
            let id = child.id();
            Ok((child, Self { id, _registration: interrupt::register(move || kill_group(id)) }))
        })
    }

    /// Calls `then`, on another thread, when the leader has ended.
    pub fn when_over(&self, then: impl FnOnce() + Send + 'static) {
        let id = self.id;
        thread::spawn(move || {
            wait_without_reaping(id);
            then();
        });
    }

    /// Asks all of them to end.
    pub fn terminate(&self) {
        signal_group(self.id, rustix::process::Signal::TERM);
    }

    /// Ends all of them. The leader is to be reaped after this.
    pub fn kill(self) {
        kill_group(self.id);
    }
}

enum Event {
    Exited,
    TooMuchOutput,
}

fn collect(
    stream: Option<impl Read + Send + 'static>,
    limit: usize,
    events: mpsc::Sender<Event>,
) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(stream) = stream {
            // An error here is a closed pipe: the exit status says more.
            let _ = stream.take(limit as u64 + 1).read_to_end(&mut bytes);
        }
        if bytes.len() > limit {
            let _ = events.send(Event::TooMuchOutput);
        }
        bytes
    })
}

fn joined(reader: thread::JoinHandle<Vec<u8>>) -> Vec<u8> {
    reader.join().unwrap_or_default()
}

/// Returns when the child has ended. It stays a zombie, so that its id is not given to another
/// process before the group was killed.
#[cfg(unix)]
fn wait_without_reaping(id: u32) {
    use rustix::process::{WaitId, WaitIdOptions, waitid};
    let Some(pid) = pid(id) else { return };
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while matches!(waitid(WaitId::Pid(pid), options), Err(rustix::io::Errno::INTR)) {}
}

#[cfg(unix)]
fn kill_group(id: u32) {
    signal_group(id, rustix::process::Signal::KILL);
}

#[cfg(unix)]
fn signal_group(id: u32, signal: rustix::process::Signal) {
    if let Some(pid) = pid(id) {
        // It fails when the group is gone already, which is what we want.
        let _ = rustix::process::kill_process_group(pid, signal);
    }
}

#[cfg(unix)]
fn pid(id: u32) -> Option<rustix::process::Pid> {
    i32::try_from(id).ok().and_then(rustix::process::Pid::from_raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str, time: Duration) -> Ended {
        run(Command::new("sh").args(["-c", script]), Limits { time, output: 1000 }).unwrap()
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_command_ends_by_itself() {
        let ended = sh("echo out; echo err >&2; exit 3", LONG);
        assert!(matches!(ended.how, End::Exited(status) if status.code() == Some(3)));
        assert_eq!((ended.stdout.as_slice(), ended.stderr.as_slice()), (&b"out\n"[..], &b"err\n"[..]));
    }

    #[test]
    fn a_command_that_hangs_is_killed_with_what_it_started() {
        let ended = sh("sleep 1000 & echo started; sleep 1000", Duration::from_millis(200));
        assert_eq!(ended.how, End::TimedOut);
    }

    #[test]
    fn what_a_command_leaves_behind_does_not_hold_it_up() {
        let ended = sh("sleep 1000 & echo done", LONG);
        assert!(matches!(ended.how, End::Exited(status) if status.success()));
        assert_eq!(ended.stdout, b"done\n");
    }

    #[test]
    fn a_command_that_prints_without_end_is_killed() {
        assert_eq!(sh("yes", LONG).how, End::TooMuchOutput);
    }
}
