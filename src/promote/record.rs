//! Record: what Towline writes about a rollout, as statuses of its own. How a rollout ended does not
//! depend on whether that can be written: people are told what is missing then.

use anyhow::Result;
use git2::Oid;

use super::checks::CheckResult;
use super::junit::Totals;
use super::stage::Stage;
use crate::forge::StatusState;
use crate::gates::TestCounts;
use crate::rollout::verdict;
use crate::vocabulary::Diagnostic;
use crate::vocabulary::text::listed;

impl Stage<'_> {
    /// Writes the verdict on the commit that was merged.
    pub(super) fn record(&self, commit: Oid, state: StatusState, what: &str) {
        let write = || verdict::write(&self.destination, commit, state, &self.says(what));
        let written = match self.outlast().filter(|_| state == StatusState::Success) {
            Some(outlast) => outlast.run(write),
            None => write(),
        };
        if let Ok(true) = written {
            self.is_news.set(true);
        }
        let name = &self.destination.environment.name;
        let environments = self.request.destinations.pipeline.environments.iter();
        let next =
            environments.filter(|other| other.needs.contains(name)).map(|other| format!("`{}`", other.name));
        let next: Vec<String> = next.collect();
        let missing = match next.as_slice() {
            _ if state != StatusState::Success => String::new(),
            [] => String::new(),
            next => format!("; {} cannot be entered without it", listed(next)),
        };
        self.warn(written.map(drop), &format!("cannot record the verdict of `{name}`"), &missing);
    }

    /// Writes what the checks counted, where they count tests.
    pub(super) fn record_tests(&self, commit: Oid, results: &[CheckResult]) {
        let counted: Vec<&Totals> = results.iter().filter_map(|result| result.junit.as_ref()).collect();
        if counted.is_empty() {
            return;
        }
        let sum = |number: fn(&Totals) -> usize| counted.iter().map(|totals| number(totals) as u64).sum();
        let counts = TestCounts {
            tests: sum(|totals| totals.tests),
            failed: sum(|totals| totals.failed.len()),
            skipped: sum(|totals| totals.skipped),
        };
        self.warn_of_tests(verdict::write_test_counts(&self.destination, commit, counts));
    }

    /// Writes what the checks counted on `before`, which has the same manifests.
    pub(super) fn record_same_tests(&self, commit: Oid, before: Oid) {
        let written = verdict::test_counts(&self.destination, before).and_then(|counts| match counts {
            Some(counts) => verdict::write_test_counts(&self.destination, commit, counts),
            None => Ok(()),
        });
        self.warn_of_tests(written);
    }

    fn warn_of_tests(&self, written: Result<()>) {
        let name = &self.destination.environment.name;
        self.warn(written, &format!("cannot record the test results of `{name}`"), "");
    }

    /// Writes when a commit was seen on the branch, where nothing else tells.
    pub(super) fn record_seen(&self, commit: Oid) {
        let written = verdict::mark_seen(&self.destination, commit, &self.says("is on the branch"));
        let name = &self.destination.environment.name;
        self.warn(written, &format!("cannot record when {commit} came to `{name}`"), "");
    }

    fn warn(&self, written: Result<()>, what: &str, missing: &str) {
        let Err(error) = written else { return };
        let again = match Diagnostic::passes(&error) {
            true => "run this again when the forge answers, to record it",
            false => "once the token may write commit statuses, run this again to record it",
        };
        let notify = &self.request.destinations.access.notify;
        notify(&format!("{what}: {error:#}{missing}; {again}"));
    }
}
