//! Failpoints: where tests kill the process, around every write that others can see.
//!
//! `TOWLINE_FAILPOINT=3` kills the process at the third call; `TOWLINE_FAILPOINT_LOG=file` lists
//! the names of the calls. Release builds have neither. Apart from the command line, only this
//! module reads the environment, so that the code in between need not pass it on.

/// Called right before and right after every write that others can see.
#[cfg(debug_assertions)]
pub fn side_effect(name: &str) {
    use std::io::Write;
    use std::sync::atomic::{AtomicU64, Ordering};

    static CALLS: AtomicU64 = AtomicU64::new(0);
    let call = CALLS.fetch_add(1, Ordering::SeqCst) + 1;
    if let Some(log) = std::env::var_os("TOWLINE_FAILPOINT_LOG") {
        // A log that cannot be written shows in the test that reads it.
        let file = std::fs::OpenOptions::new().append(true).create(true).open(log);
        file.and_then(|mut file| writeln!(file, "{name}")).ok();
    }
    if std::env::var("TOWLINE_FAILPOINT").is_ok_and(|at| at == call.to_string()) {
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL).ok();
    }
}

/// Called right before and right after every write that others can see.
#[cfg(not(debug_assertions))]
pub fn side_effect(_name: &str) {}
