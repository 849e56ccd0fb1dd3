//! What every command needs: the options, the process, the printer, the clock.

use super::global::Global;
use super::process::Process;
use crate::clock::SystemClock;
use crate::report::Printer;

pub struct Context<'a> {
    pub global: &'a Global,
    pub process: &'a Process,
    pub printer: &'a Printer,
    pub clock: SystemClock,
}

impl<'a> Context<'a> {
    pub fn new(global: &'a Global, process: &'a Process, printer: &'a Printer) -> Self {
        Self { global, process, printer, clock: SystemClock }
    }
}
