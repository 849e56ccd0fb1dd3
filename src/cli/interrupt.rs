//! Handles Ctrl-C, termination signals, and templates that take all the memory or all the time.
//!
//! Every write to git or a forge is one atomic step, and every run starts by reading the current
//! state. On an interrupt it is therefore enough to stop child processes, remove temporary folders,
//! and tell the user to run the same command again.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};

use crate::bounds::{self, Exceeded};
use crate::interrupt;
use crate::report::{Answer, Format, Printer, print_json, print_problem};
use crate::vocabulary::text::length;
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

/// Installs the signal handler, and watches the bounds.
pub fn install(printer: &Arc<Printer>) -> Result<Ending> {
    let ending = Arc::new(Mutex::new(()));
    let (shared, said) = (ending.clone(), printer.clone());
    ctrlc::set_handler(move || end(&shared, &said, Outcome::Interrupted, diagnostic()))
        .context("cannot listen for Ctrl-C")?;
    let (shared, said) = (ending.clone(), printer.clone());
    bounds::watch(move |exceeded| end(&shared, &said, Outcome::Error, too_much(exceeded)))?;
    Ok(Ending(ending))
}

/// Ends the process instead of the command.
fn end(ending: &Mutex<()>, printer: &Printer, outcome: Outcome, because: Diagnostic) {
    // Printing the answer may block on a slow reader, so do not wait for it.
    let first = ending.try_lock();
    let _nothing_begins = interrupt::undo();
    if first.is_ok() {
        let answer = Answer::new(outcome).because(because);
        printer.progress.finish();
        if printer.output == Format::Json {
            print_json(&printer.command, &answer);
        }
        print_problem(&answer, printer.log, printer.stderr);
    }
    std::process::exit(outcome.exit_code().into());
}

fn too_much(exceeded: Exceeded) -> Diagnostic {
    let (message, hint, place) = match exceeded {
        Exceeded::Memory(most, place) => (
            format!("this takes more than {} of memory, or more than there is", size(most)),
            "does a template or a Jsonnet program double a text again and again, or set a very large width?",
            place,
        ),
        Exceeded::Time(time, place) => (
            format!("reading or rendering this takes longer than {}", length(time)),
            "does it go through far more than intended? If a template needs that long, set a longer `timeout` on the step",
            Some(place),
        ),
    };
    Diagnostic { place: place.map(|place| (*place).clone()), ..Diagnostic::new(message).hint(hint) }
}

/// `3 GiB`, or `1792 MiB` where that is not whole.
fn size(bytes: usize) -> String {
    match bytes % (1 << 30) {
        0 => format!("{} GiB", bytes >> 30),
        _ => format!("{} MiB", bytes >> 20),
    }
}

fn diagnostic() -> Diagnostic {
    Diagnostic::new("interrupted").hint("nothing is half-written; run the same command again to continue")
}
