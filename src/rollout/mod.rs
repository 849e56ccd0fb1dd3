//! Rollout: whether a proposal is merged, and what the clusters report.
//!
//! [`observe()`] is one look, and writes nothing; what it saw is an [`Observation`]. [`wait()`] is the
//! loop around it, at a [`pace`].
//!
//! - `subject`: the pull request, and the commit that brought the deployment
//! - `named`: the same, of one release
//! - `reporters`: who is expected to report, and which contexts are theirs
//! - `candidates`: the commits that count
//! - `statuses`: what is read of the commits that count
//! - `asked`: what is asked elsewhere about them
//! - `context`: what one context's statuses say
//! - `evaluate`: what they say together, as a pure function
//! - `waiting`: what a pull request waits for
//! - `outage`: a forge that does not answer while a rollout is waited for
//! - `cause`: why a reporter that was waited for may have said nothing

mod asked;
mod candidates;
mod cause;
mod context;
mod evaluate;
mod memory;
mod named;
mod observation;
mod observe;
mod outage;
pub mod pace;
mod reported_commit;
mod reporters;
mod statuses;
mod subject;
mod times;
pub mod verdict;
mod wait;
mod waiting;
pub mod withdrawal;

#[cfg(test)]
pub(crate) mod testing;

pub use context::{ContextState, Progress};
pub use evaluate::{Deadline, Evaluation, Facts, ReporterState, Verdict, evaluate};
pub use memory::Awaited;
pub use named::{Named, named};
pub use observation::{Next, Observation, State};
pub use observe::{observe, told_after};
pub use pace::Polling;
pub use reported_commit::reported_commit;
pub use reporters::{expected, refuse_shared};
pub use times::Times;
pub use wait::{Event, News, wait};
