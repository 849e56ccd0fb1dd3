//! Taken out: what people said of this very rendering before: they closed its pull request, took out what it
//! brought, or rolled it back. Running again does not ask them again.

use std::cmp::Ordering;

use anyhow::Result;
use git2::Oid;

use super::result::EnvironmentResult;
use super::stage::Stage;
use crate::forge::{PullRequest, PullState};
use crate::propose::hold;
use crate::release;
use crate::rollout::withdrawal;
use crate::vocabulary::Outcome;

impl Stage<'_> {
    /// People closed the pull request of this very rendering, or took out what it brought: that is
    /// an answer, and running again does not ask again.
    pub(super) fn taken_out_by_people(&self, pull: Option<PullRequest>) -> Result<Option<EnvironmentResult>> {
        match self.closed_by_people(pull)? {
            Some(closed) => Ok(Some(closed)),
            None => self.withdrawn(),
        }
    }

    pub(super) fn withdrawn(&self) -> Result<Option<EnvironmentResult>> {
        let destination = &self.destination;
        let tip = destination.base_tip()?;
        if self.is_older_than_deployed(tip)? {
            return Ok(None);
        }
        let found = withdrawal::of_content(destination, &self.content)?;
        Ok(found.map(|found| {
            let again = match self.is_rollback() {
                true => format!(
                    "roll back again with `towline rollback {} --again`",
                    destination.environment.name
                ),
                false => "deploy this one again with `towline promote --again`".to_owned(),
            };
            let reason = format!("{}; promote a newer release, or {again}", found.describe());
            EnvironmentResult { withdrawn: Some(found), ..self.result(Outcome::Refused, reason) }
        }))
    }

    /// People closed the pull request of this very rendering. `towline propose` asks again.
    fn closed_by_people(&self, pull: Option<PullRequest>) -> Result<Option<EnvironmentResult>> {
        let destination = &self.destination;
        let Some(pull) = pull.filter(|pull| pull.state == PullState::Closed) else { return Ok(None) };
        let tip = destination.base_tip()?;
        if destination.descriptor_id(pull.head_commit)? != self.descriptor_id()
            || self.content.stands_in(&destination.repository, tip)?
            || self.is_older_than_deployed(tip)?
        {
            return Ok(None);
        }
        let reason = format!("{} was closed without being merged", pull.url);
        let seen = EnvironmentResult { pull: Some(pull), ..self.result(Outcome::Closed, reason) };
        Ok(Some(seen))
    }

    fn is_older_than_deployed(&self, tip: Oid) -> Result<bool> {
        Ok(self.newer_at(tip)?.is_some())
    }

    /// The newer release that is deployed by now.
    pub(super) fn newer_than_this(&self) -> Result<Option<String>> {
        self.newer_at(self.destination.base_tip()?)
    }

    fn newer_at(&self, tip: Oid) -> Result<Option<String>> {
        if self.is_rollback() {
            return Ok(None);
        }
        let Some(deployed) = self.destination.deployment(tip)? else { return Ok(None) };
        let (source, deployed) = (self.request.options.source_repository, deployed.release());
        let order = release::order(self.request.release, &deployed, source);
        Ok((order == Some(Ordering::Less)).then(|| deployed.describe()))
    }

    /// It was rolled back here, and nobody has lifted the hold.
    pub(super) fn held(&self) -> Result<Option<EnvironmentResult>> {
        let hold = hold::hold_on(&self.destination, &self.rendering, &self.request.options)?;
        Ok(hold.map(|hold| {
            self.result(Outcome::Refused, format!("on hold: {}; {}", hold.describe(), hold::HINT))
        }))
    }
}
