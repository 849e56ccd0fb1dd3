//! Promote.

pub mod checks;
mod command;
mod junit;
pub mod plan;
mod site;
pub mod status;
mod verdict;
