//! Failpoints: where tests end the process, around and inside every write that others can see.
//!
//! `TOWLINE_FAILPOINT=3` kills the process at the third call, `TOWLINE_FAILPOINT="3 locked "` at the third whose name
//! begins with `locked `. `TOWLINE_FAILPOINT_SIGNAL=INT` (or `TERM`, `HUP`) sends that signal instead, as a person or
//! a CI system does. `TOWLINE_FAILPOINT_LOG=file` lists the names of the calls. Release builds have none of it. Apart
//! from the command line, only this module reads the environment, so that the code in between need not pass it on.

/// Called right before and right after every write that others can see, and where one is half done.
#[cfg(debug_assertions)]
pub fn side_effect(name: &str) {
    use std::io::Write;
    use std::sync::atomic::{AtomicU64, Ordering};

    static CALLS: AtomicU64 = AtomicU64::new(0);
    if let Some(log) = std::env::var_os("TOWLINE_FAILPOINT_LOG") {
        // A log that cannot be written shows in the test that reads it.
        let file = std::fs::OpenOptions::new().append(true).create(true).open(log);
        file.and_then(|mut file| writeln!(file, "{name}")).ok();
    }
    let Ok(wanted) = std::env::var("TOWLINE_FAILPOINT") else { return };
    let (number, start) = wanted.split_once(' ').unwrap_or((&wanted, ""));
    if name.starts_with(start) && number == (CALLS.fetch_add(1, Ordering::SeqCst) + 1).to_string() {
        end();
    }
}

#[cfg(debug_assertions)]
fn end() {
    use rustix::process::{Signal, getpid, kill_process};

    let signal = match std::env::var("TOWLINE_FAILPOINT_SIGNAL").as_deref() {
        Ok("INT") => Signal::INT,
        Ok("TERM") => Signal::TERM,
        Ok("HUP") => Signal::HUP,
        _ => Signal::KILL,
    };
    kill_process(getpid(), signal).ok();
    // Another thread handles it. If it may end the process here, it does so meanwhile.
    std::thread::sleep(std::time::Duration::from_millis(100));
}

/// Called right before and right after every write that others can see, and where one is half done.
#[cfg(not(debug_assertions))]
pub fn side_effect(_name: &str) {}
