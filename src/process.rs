//! Child processes: the one place that starts them, waits for them and ends them.
//!
//! A command of the pipeline file, a tool that renders (`helm`) and `git` are run alike: what they
//! print is kept up to a bound, never passed through, and what it means is for the caller to say.
//! [`run`] gives a child a process group of its own, so that a time limit or an interrupt ends all
//! that it started. [`run_attached`] leaves it in Towline's group: only a process of the terminal's
//! own group can ask for a passphrase there, as SSH and GnuPG do. [`run_watched`] ends such a one when it
//! makes no progress.
//!
//! A child gets none of the tokens that Towline found for itself, except from [`run_with_tokens`]: see `passed`.
//!
//! An interrupt ends both. A killed Towline cannot; its children then run on to their end.

mod contained;
mod family;
mod passed;
mod running;
mod table;

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};

pub use self::contained::{MEMORY, contain};
use self::family::descendants;
pub use self::passed::{GIT_PASSWORD, GIT_USERNAME, without_tokens};
pub use self::running::{is_git_at_work, is_git_at_work_in};
use crate::interrupt;

/// How long a child has to end after a polite signal, and its output after its end.
const PATIENCE: Duration = Duration::from_secs(2);
/// More than `git` has to say about the largest repository.
const GIT_OUTPUT: usize = 256 << 20;

/// How long a child may run, and what is kept of its output.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub time: Duration,
    pub output: Output,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// At most so many bytes of either stream; a child that prints more is killed.
    AtMost(usize),
    /// The last so many bytes of both streams, in the order in which they arrived, as
    /// [`Ended::stdout`].
    Tail(usize),
}

/// Ends a child that makes no progress.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// How long nothing may move. It is looked at as often, so a child may have twice that time.
    pub time: Duration,
    /// Another number whenever something has moved.
    pub progress: &'a dyn Fn() -> u64,
    /// How long it may take in all, whatever moves.
    pub longest: Duration,
}

/// How a child ended, and what was kept of its output.
#[derive(Debug)]
pub struct Ended {
    pub how: End,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By itself, or by a signal that was not Towline's.
    Exited(ExitStatus),
    /// It ran longer than it may, and was killed.
    TimedOut,
    /// It printed more than it may, and was killed.
    TooMuchOutput,
}

impl Ended {
    pub fn is_success(&self) -> bool {
        matches!(self.how, End::Exited(status) if status.success())
    }
}

/// Runs `command` without input, in a process group of its own, and waits. Whatever is left of the
/// group when the command ends is killed, so that nothing it started in the background stays.
pub fn run(mut command: Command, limits: Limits) -> io::Result<Ended> {
    passed::withhold(&mut command, passed::Child::Any);
    run_with_tokens(command, limits)
}

/// The same, with all tokens that `command` has in its environment: somebody said that it may have them.
pub fn run_with_tokens(mut command: Command, limits: Limits) -> io::Result<Ended> {
    command.stdin(Stdio::null());
    alone(command, &[], limits)
}

/// The same, with input.
pub fn run_with_input(mut command: Command, input: &[u8], limits: Limits) -> io::Result<Ended> {
    command.stdin(Stdio::piped());
    alone(command, input, limits)
}

fn alone(mut command: Command, input: &[u8], limits: Limits) -> io::Result<Ended> {
    command.process_group(0);
    let watch = Watch { time: limits.time, progress: &|| 0, longest: limits.time };
    supervise(command, Reach::Group, input, Some(watch), limits.output)
}

/// Runs git with `input` in Towline's own process group, and waits as long as it takes.
pub fn run_attached(command: Command, input: &str) -> io::Result<Ended> {
    attached(command, input, None)
}

/// The same, as long as it makes progress.
pub fn run_watched(command: Command, input: &str, watch: Watch) -> io::Result<Ended> {
    attached(command, input, Some(watch))
}

fn attached(mut command: Command, input: &str, watch: Option<Watch>) -> io::Result<Ended> {
    passed::withhold(&mut command, passed::Child::Git);
    command.stdin(Stdio::piped());
    supervise(command, Reach::Child, input.as_bytes(), watch, Output::AtMost(GIT_OUTPUT))
}

fn supervise(
    mut command: Command,
    reach: Reach,
    input: &[u8],
    watch: Option<Watch>,
    output: Output,
) -> io::Result<Ended> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    // An interrupt waits from before the start until the child is known, so that it misses none.
    let (mut child, registration) = interrupt::wholly(|| {
        let child = command.spawn()?;
        let id = child.id();
        io::Result::Ok((child, interrupt::register(move || reach.end(id))))
    })?;
    let (events, happened) = mpsc::channel();
    let stdout = Kept::new(output);
    let stderr = if matches!(output, Output::Tail(_)) { stdout.clone() } else { Kept::new(output) };
    stdout.collect(child.stdout.take(), events.clone());
    stderr.collect(child.stderr.take(), events.clone());
    when_over(child.id(), events);
    if let Some(stdin) = child.stdin.take() {
        feed(stdin, input.to_vec());
    }
    let first = match watch {
        Some(watch) => watch.over(&happened),
        None => happened.recv().map_err(RecvTimeoutError::from),
    };
    let timed_out = first == Err(RecvTimeoutError::Timeout);
    if timed_out {
        let below = reach.below(child.id());
        reach.signal(child.id(), Signal::TERM);
        signal_all(&below, Signal::TERM);
        // Whether it ends by itself or not, it is killed next.
        happened.recv_timeout(PATIENCE).ok();
        signal_all(&below, Signal::KILL);
    }
    reach.signal(child.id(), Signal::KILL);
    // Once the child is reaped, its number is free for another process.
    drop(registration);
    let status = child.wait()?;
    let too_much = first == Ok(Event::TooMuchOutput) || exceeded_at_last(&happened);
    let how = match (timed_out, too_much) {
        (true, _) => End::TimedOut,
        (false, true) => End::TooMuchOutput,
        (false, false) => End::Exited(status),
    };
    Ok(Ended { how, stdout: stdout.take(), stderr: stderr.take() })
}

impl Watch<'_> {
    /// The first event, or that no progress was made.
    fn over(&self, happened: &Receiver<Event>) -> Result<Event, RecvTimeoutError> {
        let ends = Instant::now() + self.longest;
        let mut before = (self.progress)();
        loop {
            let left = ends.saturating_duration_since(Instant::now());
            let first = happened.recv_timeout(self.time.min(left));
            let now = (self.progress)();
            if first != Err(RecvTimeoutError::Timeout) || now == before || left <= self.time {
                return first;
            }
            before = now;
        }
    }
}

/// What can be ended by a signal.
#[derive(Debug, Clone, Copy)]
enum Reach {
    /// The child and everything that it started, unless that left its group.
    Group,
    /// The child, and what it started as long as it runs: git leaves its helpers behind.
    Child,
}

impl Reach {
    /// For an interrupt, which does not wait.
    fn end(self, id: u32) {
        match self {
            Self::Group => self.signal(id, Signal::KILL),
            Self::Child => {
                let below = self.below(id);
                self.signal(id, Signal::TERM);
                signal_all(&below, Signal::TERM);
            }
        }
    }

    /// What has to be ended besides.
    fn below(self, id: u32) -> Vec<u32> {
        match self {
            Self::Group => Vec::new(),
            Self::Child => descendants(id),
        }
    }

    /// It fails when the process is gone already, which is what is wanted.
    fn signal(self, id: u32, signal: Signal) {
        let Some(pid) = pid(id) else { return };
        _ = match self {
            Self::Group => rustix::process::kill_process_group(pid, signal),
            Self::Child => rustix::process::kill_process(pid, signal),
        };
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    Over,
    TooMuchOutput,
}

/// Tells when the child has ended. It stays a zombie, so that its number is not given to another
/// process before the group was killed.
fn when_over(id: u32, events: Sender<Event>) {
    thread::spawn(move || {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while let Some(pid) = pid(id)
            && matches!(rustix::process::waitid(WaitId::Pid(pid), options), Err(rustix::io::Errno::INTR))
        {
        }
        _ = events.send(Event::Over);
    });
}

/// Writes the input. A child that ends before it has read everything says itself why.
fn feed(mut stdin: impl Write + Send + 'static, input: Vec<u8>) {
    thread::spawn(move || stdin.write_all(&input));
}

/// Waits until both streams are closed. Who left the group may hold them open for ever.
fn exceeded_at_last(happened: &Receiver<Event>) -> bool {
    let mut exceeded = false;
    while let Ok(event) = happened.recv_timeout(PATIENCE) {
        exceeded |= event == Event::TooMuchOutput;
    }
    exceeded
}

/// What is kept of a stream, or of two that share it.
#[derive(Debug, Clone)]
struct Kept {
    bytes: Arc<Mutex<VecDeque<u8>>>,
    output: Output,
}

impl Kept {
    fn new(output: Output) -> Self {
        Self { bytes: Arc::default(), output }
    }

    /// Reads a stream to its end. `events` is dropped then.
    fn collect(&self, stream: Option<impl Read + Send + 'static>, events: Sender<Event>) {
        let (kept, Some(mut stream)) = (self.clone(), stream) else { return };
        thread::spawn(move || {
            let mut part = vec![0; 1 << 16];
            // An error here is a closed pipe: the exit status says more.
            while let Ok(read @ 1..) = stream.read(&mut part) {
                if !kept.add(&part[..read]) {
                    _ = events.send(Event::TooMuchOutput);
                    return;
                }
            }
        });
    }

    /// Says whether there may be more.
    fn add(&self, part: &[u8]) -> bool {
        let mut bytes = self.lock();
        bytes.extend(part);
        match self.output {
            Output::AtMost(most) => bytes.len() <= most,
            Output::Tail(most) => {
                let surplus = bytes.len().saturating_sub(most);
                bytes.drain(..surplus);
                true
            }
        }
    }

    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.lock()).into()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<u8>> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn signal_all(ids: &[u32], signal: Signal) {
    for pid in ids.iter().filter_map(|id| pid(*id)) {
        rustix::process::kill_process(pid, signal).ok();
    }
}

fn pid(id: u32) -> Option<Pid> {
    i32::try_from(id).ok().and_then(Pid::from_raw)
}

#[cfg(test)]
mod tests;
