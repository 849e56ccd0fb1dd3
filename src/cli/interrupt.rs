//! Handles Ctrl-C and termination signals.
//!
//! Every write to git or a forge is one atomic step, and every run starts by reading the current
//! state. On an interrupt it is therefore enough to stop child processes, remove temporary folders,
//! and tell the user to run the same command again.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};

use crate::interrupt;
use crate::report::{Answer, Format, Printer, print_json, print_problem};
use crate::vocabulary::{Diagnostic, Outcome};

/// Ensures that a command ends once: with its answer, or with an interrupt.
pub struct Ending(Arc<Mutex<()>>);

impl Ending {
    /// Called when the command has its answer. Never returns if an interrupt came first. A later
    /// interrupt exits silently.
    pub fn reached(&self) {
        std::mem::forget(self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Installs the signal handler.
pub fn install(printer: &Arc<Printer>) -> Result<Ending> {
    let ending = Arc::new(Mutex::new(()));
    let shared = ending.clone();
    let printer = printer.clone();
    let handler = move || {
        // Printing the answer may block on a slow reader, so do not wait for it.
        let first = shared.try_lock();
        let _nothing_begins = interrupt::undo();
        if first.is_ok() {
            let answer = Answer::new(Outcome::Interrupted).because(diagnostic());
            printer.progress.finish();
            if printer.output == Format::Json {
                print_json(&printer.command, &answer);
            }
            print_problem(&answer, printer.log, printer.stderr);
        }
        std::process::exit(Outcome::Interrupted.exit_code().into());
    };
    ctrlc::set_handler(handler).context("cannot listen for Ctrl-C")?;
    Ok(Ending(ending))
}

fn diagnostic() -> Diagnostic {
    Diagnostic::new("interrupted").hint("nothing is half-written; run the same command again to continue")
}
