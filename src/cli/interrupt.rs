//! Ctrl-C, and the signals that mean the same.
//!
//! Everything that Towline writes to git or a forge is one whole step, and every run begins by
//! looking at what is there. So an interrupt needs to do no more than end the children, remove
//! temporary folders, and say that the same command goes on from here.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};

use crate::interrupt;
use crate::report::{Answer, Format, Printer, print_json, print_problem};
use crate::vocabulary::{Diagnostic, Outcome};

/// Sees to it that a command has one ending: its answer, or an interrupt.
pub struct Ending(Arc<Mutex<()>>);

impl Ending {
    /// The command has its answer. An interrupt that was faster never lets this return; one that
    /// comes later ends the process without a word.
    pub fn reached(&self) {
        std::mem::forget(self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Handles signals from now on.
pub fn install(printer: &Printer) -> Result<Ending> {
    let ending = Arc::new(Mutex::new(()));
    let shared = ending.clone();
    let (command, output, log, style) =
        (printer.command.clone(), printer.output, printer.log, printer.stderr);
    let handler = move || {
        // Printing the answer may take as long as its reader likes, so do not wait for it.
        let first = shared.try_lock();
        let _nothing_begins = interrupt::undo();
        if first.is_ok() {
            let answer = Answer::new(Outcome::Interrupted).because(diagnostic());
            if output == Format::Json {
                print_json(&command, &answer);
            }
            print_problem(&answer, log, style);
        }
        std::process::exit(Outcome::Interrupted.exit_code().into());
    };
    ctrlc::set_handler(handler).context("cannot listen for Ctrl-C")?;
    Ok(Ending(ending))
}

fn diagnostic() -> Diagnostic {
    Diagnostic::new("interrupted")
        .hint("nothing is half-written; run the same command again, and it goes on from here")
}
