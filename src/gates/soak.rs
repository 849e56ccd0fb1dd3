//! `soak:`

use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;

use super::gate::About;
use super::{Asked, Closed, Decide, Decision, Opens};
use crate::vocabulary::Diagnostic;
use crate::vocabulary::text::length;
use crate::yaml::Period;

impl Decide for Period {
    fn decide(&self, asked: &Asked) -> Result<Decision> {
        let mut since: Option<(Timestamp, String)> = None;
        for verified in asked.evidence.verified()? {
            match verified.since {
                Ok(at) if since.as_ref().is_some_and(|(latest, _)| *latest >= at) => {}
                Ok(at) => since = Some((at, verified.environment)),
                Err(why) => {
                    let name = verified.environment;
                    return Ok(Decision::closed_for_good(format!(
                        "{} is not verified in environment `{name}`: {why}",
                        asked.release
                    )));
                }
            }
        }
        let Some((since, environment)) = since else { return Ok(Decision::Open(None)) };
        Ok(self.after(asked, since, &environment))
    }

    fn check(&self, about: &About) -> Result<()> {
        match about.rest.needs.is_empty() {
            true => Err(Diagnostic::new("`soak` in an environment that needs no other")
                .at(about.place.clone())
                .hint("list the environments in `needs` in which the release is to soak")
                .into()),
            false => Ok(()),
        }
    }
}

impl Period {
    fn after(&self, asked: &Asked, since: Timestamp, environment: &str) -> Decision {
        let opens = since.checked_add(self.0).unwrap_or(Timestamp::MAX);
        if asked.now >= opens {
            return Decision::Open(None);
        }
        let soaked = Duration::try_from(asked.now.duration_since(since)).unwrap_or_default();
        let why = format!(
            "{} has been verified in environment `{environment}` for {} of {}",
            asked.release,
            length(soaked),
            length(self.0)
        );
        Decision::Closed(Closed { why, since: Some(since), opens: Opens::At(opens), closes_again: None })
    }
}
