//! Whether what is to be written on the application's own repository can be written there.

use anyhow::Result;

use crate::config::Pipeline;
use crate::release::source_forge;
use crate::vocabulary::{Diagnostic, Place, Warning, WarningId};

/// Refuses what cannot be written on the forge of the application's own repository. What cannot be
/// known where this runs is a warning.
pub fn check(pipeline: &Pipeline, variables: &[(String, String)]) -> Result<Option<Warning>> {
    if !pipeline.source.is_on() {
        return Ok(None);
    }
    let place = || Place::file(&pipeline.file);
    match source_forge(pipeline, variables) {
        Ok((_, kind)) => {
            pipeline.source.check_forge(kind).map_err(|refused| refused.at(place()))?;
            Ok(None)
        }
        Err(unknown) => Ok(unknown.downcast_ref::<Diagnostic>().map(|unknown| {
            let message = format!("cannot write {}: {}", written(pipeline), unknown.message);
            let diagnostic = Diagnostic { message, place: Some(place()), ..unknown.clone() };
            Warning::new(WarningId::SourceStatus, diagnostic)
        })),
    }
}

/// What is to be written there.
fn written(pipeline: &Pipeline) -> &'static str {
    match pipeline.source.statuses.is_empty() {
        true => "deployments",
        false => "source statuses",
    }
}
