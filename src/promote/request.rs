//! What is to be promoted.

use anyhow::Result;

use super::plan::Selection;
use crate::gitops::{Apart, Destinations};
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

/// A request on its way to another thread.
pub struct RequestApart<'a> {
    destinations: Apart<'a>,
    release: &'a Release,
    inputs: &'a Inputs,
    selection: Selection,
    once: bool,
    options: ProposeOptions<'a>,
    polling: Option<Polling>,
}

impl<'a> PromoteRequest<'a> {
    pub(super) fn apart(&self) -> Result<RequestApart<'a>> {
        let Self { release, inputs, once, options, polling, .. } = *self;
        let (destinations, selection) = (self.destinations.apart()?, self.selection.clone());
        Ok(RequestApart { destinations, release, inputs, selection, once, options, polling })
    }
}

impl RequestApart<'_> {
    /// Does something for the request, on the thread that has it now.
    pub(super) fn with<T>(self, work: impl FnOnce(&PromoteRequest) -> T) -> T {
        let Self { release, inputs, selection, once, options, polling, .. } = self;
        let destinations = &self.destinations.into();
        work(&PromoteRequest { destinations, release, inputs, selection, once, options, polling })
    }
}
