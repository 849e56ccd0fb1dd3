//! Queue: `releases: queue`. Of the releases that could enter an environment when the one before them is done, the
//! newest does.

use std::cmp::Ordering;

use anyhow::Result;

use super::entry::{ask, kept_out};
use super::evidence::Known;
use super::open::open;
use super::stage::Stage;
use crate::gates::Moment;
use crate::release::{self, Release};
use crate::rollout::verdict::{self, Standing};

impl Stage<'_> {
    /// A newer release that could enter now: it is verified wherever this environment needs it, it was not taken out
    /// here, and no gate keeps it out. What is deployed here already takes nobody's turn.
    pub(super) fn newer_that_could_enter(&self) -> Result<Option<String>> {
        if !self.destination.environment.queues_releases {
            return Ok(None);
        }
        let destination = &self.destination;
        let deployed = destination.deployment(destination.base_tip()?)?;
        if deployed.is_some_and(|it| verdict::is_of(&it.descriptor, self.request.release)) {
            return Ok(None);
        }
        let Some(newer) = self.newer_before()? else { return Ok(None) };
        if let Standing::Withdrawn(_) | Standing::RolledBack(_) = verdict::standing(destination, &newer)? {
            return Ok(None);
        }
        let known = Known { release: &newer, ..self.known(None) };
        let states = ask(&known, Moment::Propose)?;
        Ok(kept_out(&states).is_none().then_some(newer.version))
    }

    /// The newer release that is verified in all environments that are needed.
    fn newer_before(&self) -> Result<Option<Release>> {
        let (destinations, source) = (self.request.destinations, self.request.options.source_repository);
        let mut found: Option<Release> = None;
        for need in &self.destination.environment.needs {
            let destination = open(destinations, destinations.pipeline.environment(need)?)?;
            let Some(deployed) = destination.deployment(destination.base_tip()?)? else { return Ok(None) };
            let release = deployed.release();
            let is_newer = release::order(&release, self.request.release, source) == Some(Ordering::Greater);
            let is_same = found.as_ref().is_none_or(|it| verdict::is_of(&deployed.descriptor, it));
            if !is_newer || !is_same || !is_verified(&verdict::standing(&destination, &release)?) {
                return Ok(None);
            }
            found = Some(release);
        }
        Ok(found)
    }
}

fn is_verified(standing: &Standing) -> bool {
    matches!(standing, Standing::Verified(_))
}
