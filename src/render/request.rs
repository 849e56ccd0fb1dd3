//! What is to be rendered.

use super::deployed::Deployed;
use crate::config::{Environment, Pipeline};
use crate::release::Release;
use crate::variables::Inputs;

/// One release for one environment.
#[derive(Debug, Clone, Copy)]
pub struct RenderRequest<'a> {
    pub pipeline: &'a Pipeline,
    pub environment: &'a Environment,
    pub release: &'a Release,
    pub inputs: &'a Inputs,
    /// What the GitOps repository has. `None`: it was not read.
    pub deployed: Option<&'a Deployed>,
}
