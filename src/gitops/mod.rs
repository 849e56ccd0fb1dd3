//! GitOps: what the GitOps repository holds of one application in one environment.
//!
//! - [`Destination`]: the environment with its repository and its forge, opened once a run
//! - [`Deployment`]: what a commit says is deployed there, read from the descriptor
//! - [`decision`]: what people decided about a release before it was proposed
//! - `manifests`: what stands there, for steps that keep a part of it
//! - `others`: what else is deployed from the branch
//! - [`Hold`]: a release that was rolled back and does not come back by itself
//! - [`ring`]: what a release that reaches its targets one after the other proposes
//! - [`Content`]: the files of a deployment, and since which commit they are there ([`Line`])

mod content;
pub mod decision;
mod deployment;
mod destination;
mod holds;
mod manifests;
mod others;
pub mod ring;

pub use content::{Content, Line};
pub use deployment::{Committed, Deployment};
pub use destination::{Account, Apart, Destination, Destinations, Opened};
pub use holds::Hold;
pub use others::files_like;
