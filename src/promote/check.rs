//! Check: the second half of a stage, when the operators have reported: the checks of the pipeline file, and the
//! verdict.

use std::collections::BTreeSet;

use anyhow::Result;
use git2::Oid;

use super::checks::{self, CheckResult, Surroundings};
use super::event::{Event, What};
use super::result::EnvironmentResult;
use super::stage::Stage;
use crate::forge::StatusState;
use crate::rollout::{self, Observation};
use crate::vocabulary::Outcome;
use crate::vocabulary::text::counted;

impl Stage<'_> {
    /// Runs the checks and writes the verdict.
    pub(super) fn check(
        &self,
        seen: Observation,
        commit: Oid,
        events: &dyn Fn(Event),
    ) -> Result<EnvironmentResult> {
        let results = self.run_checks(commit, events)?;
        // Whatever the checks found, they may have found it in what took over meanwhile.
        if !results.is_empty() {
            let pull = seen.pull.as_ref().map(|pull| pull.number);
            let now = rollout::observe(&self.destination, self.awaited(pull))?;
            if let Some(by) = now.superseded_by {
                return Ok(EnvironmentResult { checks: results, ..self.superseded(now, by)? });
            }
        }
        self.record_tests(commit, &results);
        let failed = results.iter().find(|result| !result.passed);
        if let Some(failed) = failed {
            let reason = format!("check `{}` failed: {}", failed.name, failed.reason);
            self.record(commit, StatusState::Failure, &format!("failed: {reason}"));
            let result = self.seen(seen, Outcome::Failed, reason);
            return Ok(EnvironmentResult { checks: results, ..result });
        }
        let verified = verified(&seen, results.len());
        self.record(commit, StatusState::Success, &verified);
        Ok(EnvironmentResult { checks: results, ..self.seen(seen, Outcome::Done, self.says(&verified)) })
    }

    /// Runs one check after the other, and at the same time those next to each other that say so, until one fails.
    fn run_checks(&self, commit: Oid, events: &dyn Fn(Event)) -> Result<Vec<CheckResult>> {
        if let Some((_, results)) = self.checked.borrow().as_ref().filter(|(known, _)| *known == commit) {
            return Ok(results.clone());
        }
        let variables = self.variables(commit);
        let root = &self.request.destinations.pipeline.root;
        let surroundings = Surroundings { root, variables: &variables };
        let mut results = Vec::new();
        let checks = &self.destination.environment.checks;
        for group in checks.chunk_by(|one, other| one.parallel && other.parallel) {
            for check in group {
                events(self.event(What::Checking { check: check.name.to_string() }));
            }
            let ended = |result: &CheckResult| events(self.event(What::Checked(result.clone())));
            results.extend(checks::run_together(group, &surroundings, &ended)?);
            if results.iter().any(|result| !result.passed) {
                break;
            }
        }
        self.checked.replace(Some((commit, results.clone())));
        Ok(results)
    }

    /// What a check is told, in its environment.
    fn variables(&self, merged: Oid) -> Vec<(&'static str, String)> {
        let mut variables = self.known(None).variables();
        variables.push(("TOWLINE_GITOPS_COMMIT", merged.to_string()));
        let is_reached = |name: &&str| {
            !self.rendering.ring.iter().flat_map(|ring| &ring.waiting).any(|target| target.name == **name)
        };
        let targets = self.rendering.targets.iter().map(|target| target.name.as_str());
        let targets: Vec<&str> = targets.filter(is_reached).collect();
        variables.push(("TOWLINE_TARGETS", targets.join(" ")));
        variables.push(("TOWLINE_NAMESPACES", self.namespaces(&targets).join(" ")));
        variables
    }

    /// The namespaces of the resources of these targets, sorted.
    fn namespaces(&self, targets: &[&str]) -> Vec<&str> {
        let reached = self.rendering.targets.iter().filter(|target| targets.contains(&target.name.as_str()));
        let resources = reached.flat_map(|target| &target.resources);
        let namespaces: BTreeSet<&str> =
            resources.filter_map(|resource| resource.id.namespace.as_deref()).collect();
        namespaces.into_iter().collect()
    }
}

/// What a success says: by whom, or that nobody looked.
fn verified(seen: &Observation, checks: usize) -> String {
    match seen.reporters.iter().map(|reporter| reporter.contexts.len()).sum() {
        0 if checks == 0 => "merged, not observed".to_owned(),
        contexts => format!("verified: {}, {}", counted(contexts, "reporter"), counted(checks, "check")),
    }
}
