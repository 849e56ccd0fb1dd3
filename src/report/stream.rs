//! Writing to stdout and stderr.

use std::io::{self, Write};

use anyhow::{Context, Result};

use super::clean::Clean;

/// Writes to stdout. A reader that went away (`towline render | head`) has seen enough, which is
/// not an error.
pub fn write_stdout(text: &Clean) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_str().as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to standard output")
        }
        _ => Ok(()),
    }
}

/// Writes to stderr. There is nowhere left to complain to when that fails.
pub fn write_stderr(text: &Clean) {
    let _ = io::stderr().lock().write_all(text.as_str().as_bytes());
}
