//! Promote.

pub mod checks;
mod command;
mod junit;
