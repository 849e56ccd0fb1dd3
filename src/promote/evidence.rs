//! Evidence: what the gates of an environment are decided on, from git, the forges and this machine.

use std::os::unix::process::ExitStatusExt;

use anyhow::{Context, Result};
use git2::Oid;

use super::command::{self, Setting};
use super::open::open;
use crate::forge::{CommitStatus, PullRequest, StatusState};
use crate::gates::{Command, End, Evidence, Ran, Recorded, TestCounts, Verified};
use crate::git::{Marker, Trailers};
use crate::gitops::decision::{self, Decision};
use crate::gitops::{Destination, Destinations};
use crate::release::{Release, open_source_forge};
use crate::rollout::verdict::{self, Standing};
use crate::secrets;

/// What is known of a release that is to enter an environment.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    pub destinations: &'a Destinations<'a>,
    pub destination: &'a Destination<'a>,
    pub release: &'a Release,
    /// The pull request that proposes it.
    pub pull: Option<u64>,
}

impl Known<'_> {
    /// What was decided about a gate of its environment.
    pub fn overridden(&self, gate: &str) -> Result<Option<Recorded>> {
        let found = decision::read(self.destination, self.release, Decision::Override, gate)?;
        Ok(found.into_iter().next())
    }

    fn open(&self, environment: &str) -> Result<Destination<'_>> {
        let pipeline = self.destinations.pipeline;
        open(self.destinations, pipeline.environment(environment)?)
    }

    /// Where the release is verified, with the commit that deployed it there; else why it is not.
    fn verified_in(&self, environment: &str) -> Result<Result<(Destination<'_>, Oid), String>> {
        let destination = self.open(environment)?;
        Ok(match verdict::standing(&destination, self.release)? {
            Standing::Verified(commit) => Ok((destination, commit)),
            Standing::Withdrawn(withdrawal) => Err(withdrawal.describe()),
            Standing::RolledBack(why) | Standing::Not(why) => Err(why),
        })
    }

    fn since(&self, environment: &str) -> Result<Verified> {
        let since = match self.verified_in(environment)? {
            Ok((destination, commit)) => match verdict::latest(&destination, commit)? {
                Some(verdict) => Ok(verdict.created_at),
                None => Err("it has no verdict there".to_owned()),
            },
            Err(why) => Err(why),
        };
        Ok(Verified { environment: environment.to_owned(), since })
    }

    /// What a command is told, in its environment.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let release = self.release;
        let optional = |value: &Option<String>| value.clone().unwrap_or_default();
        vec![
            ("TOWLINE_APPLICATION", self.destination.application.to_owned()),
            ("TOWLINE_ENVIRONMENT", self.destination.environment.name.clone()),
            ("TOWLINE_RELEASE", release.version.clone()),
            ("TOWLINE_BUILD", optional(&release.build)),
            ("TOWLINE_COMMIT", optional(&release.commit)),
        ]
    }
}

impl Evidence for Known<'_> {
    fn verified(&self) -> Result<Vec<Verified>> {
        self.destination.environment.needs.iter().map(|need| self.since(need)).collect()
    }

    fn source_statuses(&self) -> Result<Option<Vec<CommitStatus>>> {
        let commit = self.release.commit.as_deref().and_then(|commit| Oid::from_str(commit).ok());
        let Some(commit) = commit.filter(|_| !self.release.is_dirty()) else { return Ok(None) };
        let forge = open_source_forge(self.destinations.pipeline, &self.destinations.access)
            .context("cannot read the statuses of the source commit")?;
        forge.commit_statuses(commit).map(Some)
    }

    fn deployed_statuses(&self, environment: &str) -> Result<Option<Vec<CommitStatus>>> {
        let Ok((destination, commit)) = self.verified_in(environment)? else { return Ok(None) };
        destination.forge.commit_statuses(commit).map(Some)
    }

    fn test_counts(&self, environment: &str) -> Result<Option<TestCounts>> {
        let Ok((destination, commit)) = self.verified_in(environment)? else { return Ok(None) };
        verdict::test_counts(&destination, commit)
    }

    fn approvals(&self) -> Result<Option<Vec<String>>> {
        let Some(pull) = self.pull else { return Ok(None) };
        Ok(Some(self.destination.forge.merge_readiness(pull)?.approved_by))
    }

    fn approved(&self, gate: &str) -> Result<Vec<Recorded>> {
        decision::read(self.destination, self.release, Decision::Approve, gate)
    }

    fn under_way(&self) -> Result<Option<String>> {
        let destination = self.destination;
        let open = destination.newest_pull()?.filter(PullRequest::is_open);
        if let Some(pull) = open.filter(|pull| Some(pull.number) != self.pull) {
            let proposed = Marker::parse(&pull.body).map(|marker| marker.trailers);
            let is_ours =
                |it: &Trailers| it.release == self.release.version && it.source_commit == self.release.commit;
            if !proposed.as_ref().is_some_and(is_ours) {
                let what = proposed.map_or_else(|| "another release".to_owned(), |it| it.release);
                return Ok(Some(format!("{what} is proposed: {}", pull.url)));
            }
        }
        let tip = destination.base_tip()?;
        let Some(deployed) = destination.deployment(tip)? else { return Ok(None) };
        if verdict::is_of(&deployed.descriptor, self.release) {
            return Ok(None);
        }
        let (_, verdict) = verdict::of_deployed(destination, &deployed, tip)?;
        let is_judged = verdict.is_some_and(|verdict| verdict.state != StatusState::Pending);
        let version = &deployed.descriptor.release.version;
        Ok((!is_judged).then(|| format!("{version} is deployed, and neither verified nor failed yet")))
    }

    fn variable(&self, name: &str) -> Option<String> {
        let mut variables = self.destinations.access.variables.iter();
        variables.find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    fn run(&self, asked: &Command) -> Result<Ran> {
        let variables = self.variables();
        let folder = &self.destinations.pipeline.root;
        let setting = Setting { folder, variables: &variables, has_tokens: asked.pass_token, file: None };
        let ended = command::run(asked.line, setting, asked.timeout)?;
        let output = secrets::redact(&ended.output);
        let last_line = output.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        let end = ended.status.map_or(End::TimedOut, |status| match status.code() {
            Some(code) => End::Exited(code),
            None => End::Killed(status.signal().unwrap_or_default()),
        });
        Ok(Ran { end, last_line: last_line.trim().to_owned() })
    }
}
