//! Rollout: whether what was proposed is merged, and what the clusters say about it.
//!
//! [`observe()`] is one look, and writes nothing; [`wait()`] is the loop around it.
//!
//! - `subject`: the pull request, and the commit that brought the deployment
//! - [`deployment`]: what stands in a commit, and since when
//! - `reporters`: who is expected to report, and which contexts are theirs
//! - `context`: what one context's statuses say
//! - `evaluate`: what they say together, as a pure function

mod context;
pub mod deployment;
mod evaluate;
mod latest;
mod observe;
mod reporters;
pub(crate) mod seconds;
mod subject;
mod wait;

#[cfg(test)]
pub(crate) mod testing;

pub use context::{ContextState, Progress};
pub use evaluate::{Deadline, Evaluation, Facts, ReporterState, Verdict, evaluate, length};
pub use latest::latest;
pub use observe::{Observation, Request, State, observe};
pub use reporters::{Expected, expected};
pub use wait::{Event, Polling, wait};
