//! GitOps: what the GitOps repository holds of one application in one environment.

pub mod deployment;
