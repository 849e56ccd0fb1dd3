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

/// Clears the terminal and writes as many lines as it has room for.
pub fn redraw_stdout(text: &Clean, rows: usize) -> Result<()> {
    const CLEAR: &str = "\u{1b}[2J\u{1b}[H";
    // The last row stays free, so that nothing scrolls.
    let shown = text.as_str().split_inclusive('\n').take(rows.saturating_sub(1).max(1));
    write_stdout(&text.clone().map(|_| CLEAR.to_owned() + &shown.collect::<String>()))
}

/// Writes to stderr. There is nowhere left to complain to when that fails.
pub fn write_stderr(text: &Clean) {
    let _ = io::stderr().lock().write_all(text.as_str().as_bytes());
}
