//! Towline carries a release through its environments the GitOps way.
//!
//! ```text
//! variables ─┐
//! templates ─┼─► render ─► propose ─► rollout ─► checks ─► the next environment
//! release   ─┘   (pure)    (git+forge) (forge+git)           └────── promote ──────┘
//! ```
//!
//! Each step is a function from a request to a plain result. Steps do not call one another,
//! except that [`promote`] calls all of them. Adapters ([`git`], [`forge`], [`variables`]) know
//! no step; [`cli`] turns what was typed into requests, [`report`] prints results.

pub mod chart;
pub mod cli;
pub mod clock;
pub mod error;
pub mod forge;
pub mod git;
pub mod http;
pub mod init;
pub mod interrupt;
pub mod pipeline;
pub mod process;
pub mod promote;
pub mod propose;
pub mod release;
pub mod render;
pub mod report;
pub mod rollout;
pub mod variables;
pub mod yaml;
