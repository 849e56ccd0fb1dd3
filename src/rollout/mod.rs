//! Rollout: whether what was proposed is merged, and what the clusters say about it.

mod context;
pub mod deployment;
mod evaluate;
mod observe;
mod reporters;
mod subject;
mod wait;

#[cfg(test)]
pub(crate) mod testing;

pub use context::{ContextState, Progress};
pub use evaluate::{Deadline, Evaluation, Facts, ReporterState, Verdict, evaluate, length};
pub use observe::{Observation, Request, State, head_branch, observe};
pub use reporters::{Expected, expected};
pub use wait::{Event, Polling, wait};
