//! Ctrl-C, and the signals that mean the same.
//!
//! Everything that Towline writes to git or a forge is one whole step, and every run begins by
//! looking at what is there. So an interrupt needs to do no more than end the children, remove
//! temporary folders, and say that the same command goes on from here.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};

use crate::error::{Diagnostic, Outcome};
use crate::interrupt;
use crate::report::{Answer, Format, Printer, print_json, print_problem};

/// Sees to it that a command ends once: with its answer, or by an interrupt.
pub struct Ending(Arc<Mutex<()>>);

impl Ending {
    /// Begins the end of the command. As long as the guard lives, an interrupt waits.
    pub fn begin(&self) -> MutexGuard<'_, ()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Handles signals from now on.
pub fn install(printer: &Printer) -> Result<Ending> {
    let ending = Arc::new(Mutex::new(()));
    let shared = ending.clone();
    let (command, output, log, style) =
        (printer.command.clone(), printer.output, printer.log, printer.stderr);
    let handler = move || {
        let _ending = shared.lock().unwrap_or_else(PoisonError::into_inner);
        let _nothing_begins = interrupt::undo();
        let answer = Answer::new(Outcome::Interrupted).because(diagnostic());
        if output == Format::Json {
            print_json(&command, &answer);
        }
        print_problem(&answer, log, style);
        std::process::exit(Outcome::Interrupted.exit_code().into());
    };
    ctrlc::set_handler(handler).context("cannot listen for Ctrl-C")?;
    Ok(Ending(ending))
}

fn diagnostic() -> Diagnostic {
    Diagnostic::new("interrupted")
        .hint("nothing is half-written; run the same command again, and it goes on from here")
}
