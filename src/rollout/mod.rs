//! Rollout: whether what was proposed is merged, and what the clusters say about it.

mod context;
mod evaluate;
mod reporters;

#[cfg(test)]
pub(crate) mod testing;

pub use context::{ContextState, Progress};
pub use evaluate::{Deadline, Evaluation, Facts, ReporterState, Verdict, evaluate, length};
pub use reporters::{Expected, expected};
