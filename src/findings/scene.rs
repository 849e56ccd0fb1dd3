//! What a rule gets to see.

use crate::config::{Environment, Validate};
use crate::kubernetes::Minor;
use crate::render::RenderedTarget;

/// The resources of one target, and what they are to be.
pub struct Scene<'a> {
    pub settings: &'a Validate,
    pub minor: Minor,
    pub environment: &'a Environment,
    pub target: &'a RenderedTarget,
}
