//! The protocol: what every adapter of a server must do, written once over small traits.
//!
//! An adapter implements the traits of this module ([`Api`] and those in the other files) with only
//! its requests and its terms. That makes it a [`Forge`]: opening adopts an open pull request,
//! closing says why, merging checks the head, and one comment is kept up to date.

pub mod access;
mod accounts;
mod api;
mod comments;
mod deployments;
mod merge;
mod pulls;
mod readiness;
mod refusals;
mod statuses;

use anyhow::{Context, Result};
use git2::Oid;

pub use access::{Access, ask_permissions};
pub use accounts::Accounts;
pub use api::{Api, Site};
pub use comments::{Comment, Comments};
pub use deployments::{Deployments, goes_on};
pub use merge::{Asked, Attempt, Merges, conflict, settled};
pub use pulls::{Pull, Pulls, readable};
pub use readiness::{Readiness, approval_needed, what_is_missing};
pub use statuses::{Statuses, each_once};

use super::{
    CommitStatus, Forge, MergeReadiness, MergeRequest, MergeResult, NewDeployment, NewPullRequest, NewStatus,
    Permission, PullRequest,
};
use crate::http::Budget;

impl<A: Pulls + Merges + Readiness + Statuses + Deployments + Comments + Access> Forge for A {
    fn find_pull(&self, head: &str, base: &str) -> Result<Option<PullRequest>> {
        let found = self.search_pull(head, base);
        let found = found
            .with_context(|| format!("cannot look for a {} from {head} into {base}", self.row().pull))?;
        found.map(|pull| whole(self, pull)).transpose()
    }

    fn open_pull(&self, new: &NewPullRequest) -> Result<PullRequest> {
        pulls::open(self, new).map(|pull| pull.request)
    }

    fn update_pull(&self, number: u64, title: &str, body: &str) -> Result<PullRequest> {
        pulls::update(self, self.read_pull(number)?, title, body).map(|pull| pull.request)
    }

    fn close_pull(&self, number: u64, why: &str) -> Result<()> {
        pulls::close(self, number, why)
    }

    fn get_pull(&self, number: u64) -> Result<PullRequest> {
        whole(self, self.read_pull(number)?)
    }

    fn list_pulls(&self, head: Option<&str>) -> Result<Vec<PullRequest>> {
        pulls::list(self, head)
    }

    fn merge_pull(&self, number: u64, request: &MergeRequest) -> Result<MergeResult> {
        let merged = merge::merge(self, number, request);
        let result = merged.with_context(|| format!("cannot merge {}", self.name(number)))?;
        self.site().refusals.note(number, request.expected_head, &result);
        Ok(result)
    }

    fn cancel_merge(&self, number: u64) -> Result<()> {
        let pull = self.read_pull(number)?;
        if pull.is_open() { self.cancel_any_merge(&pull) } else { Ok(()) }
    }

    fn has_check_runs(&self) -> bool {
        A::HAS_CHECK_RUNS
    }

    fn lists_by_head(&self) -> bool {
        A::LISTS_BY_HEAD
    }

    fn notes_merges_late(&self) -> bool {
        A::NOTES_MERGES_LATE
    }

    fn dates_approvals(&self) -> bool {
        A::DATES_APPROVALS
    }

    fn merge_readiness(&self, number: u64) -> Result<MergeReadiness> {
        let readiness = self.read_readiness(number)?;
        Ok(self.site().refusals.recall(number, readiness))
    }

    fn commit_statuses(&self, commit: Oid) -> Result<Vec<CommitStatus>> {
        self.read_statuses(commit).with_context(|| format!("cannot read the statuses of {commit}"))
    }

    fn plain_statuses(&self, commit: Oid) -> Result<Vec<CommitStatus>> {
        self.read_plain_statuses(commit).with_context(|| format!("cannot read the statuses of {commit}"))
    }

    fn status_fingerprints(&self, commits: &[Oid]) -> Result<Option<Vec<String>>> {
        self.read_fingerprints(commits)
    }

    fn set_commit_status(&self, commit: Oid, status: &NewStatus) -> Result<()> {
        let written = self.write_status(commit, status);
        written.with_context(|| format!("cannot set the status {} of {commit}", status.context))
    }

    fn report_deployment(&self, commit: Oid, deployment: &NewDeployment) -> Result<()> {
        let told = self.write_deployment(commit, deployment);
        told.with_context(|| {
            format!("cannot tell of the deployment of {commit} to {}", deployment.environment)
        })
    }

    fn sticky_comment(&self, number: u64, text: &str) -> Result<()> {
        let kept = comments::keep(self, number, &self.harmless(text));
        kept.with_context(|| format!("cannot comment on {}", self.name(number)))
    }

    fn account(&self) -> Result<Option<String>> {
        self.login().context("cannot ask which account the token belongs to")
    }

    fn permissions(&self) -> Result<Vec<Permission>> {
        self.read_permissions().context("cannot check what the token may do")
    }

    fn kept_out_of(&self, base: &str) -> Result<Option<String>> {
        self.read_kept_out_of(base).with_context(|| format!("cannot read the rules of {base}"))
    }

    fn budget(&self) -> Option<Budget> {
        Some(self.client().budget())
    }

    fn merge_subject(&self, number: u64, title: &str) -> String {
        self.subject_of_merge(number, title)
    }

    fn body_limit(&self) -> usize {
        self.row().body_limit
    }
}

/// A pull request with all that can be found out about it.
fn whole<A: Pulls>(api: &A, mut pull: Pull<A::Wire>) -> Result<PullRequest> {
    pulls::fill_in(api, std::slice::from_mut(&mut pull.request))?;
    api.finish(pull)
}
