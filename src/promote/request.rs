//! What is to be promoted.

use super::plan::Selection;
use crate::gitops::Destinations;
use crate::propose::ProposeOptions;
use crate::release::Release;
use crate::rollout::Polling;
use crate::variables::Inputs;

/// What is to be promoted, and how far.
pub struct PromoteRequest<'a> {
    pub destinations: &'a Destinations<'a>,
    pub release: &'a Release,
    pub inputs: &'a Inputs,
    pub selection: Selection,
    /// Do all that can be done now, and end.
    pub once: bool,
    pub options: ProposeOptions<'a>,
    /// How often to look; `None`: as the forge bears.
    pub polling: Option<Polling>,
}
