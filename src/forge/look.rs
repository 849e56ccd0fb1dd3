//! A look: while it lasts, nothing is asked of a forge twice. It is for deciding what there is to do; whatever
//! is written ends what was learned.
//!
//! Everything that is written to a forge passes here, so here it loses its secrets: titles, bodies, comments,
//! descriptions and messages.
//!
//! Environments that are promoted side by side share a forge. Each thread has looks of its own, so that those of
//! others do not make one last longer.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use anyhow::Result;
use git2::Oid;

use super::{
    CommitStatus, Forge, MergeReadiness, MergeRequest, MergeResult, NewDeployment, NewPullRequest, NewStatus,
    Permission, PullRequest,
};
use crate::http::Budget;
use crate::secrets;

/// A forge that remembers what it was asked while somebody looks.
pub struct Looked {
    forge: Box<dyn Forge>,
    seen: Mutex<HashMap<ThreadId, Seen>>,
}

/// What the looks of a thread have in common that are inside one another.
#[derive(Default)]
struct Seen {
    /// How many looks last.
    looks: usize,
    newest: HashMap<(String, String), Option<PullRequest>>,
    numbered: HashMap<u64, PullRequest>,
    /// `None`: all of them.
    lists: HashMap<Option<String>, Vec<PullRequest>>,
    statuses: HashMap<Oid, Vec<CommitStatus>>,
    plain_statuses: HashMap<Oid, Vec<CommitStatus>>,
}

impl Seen {
    fn forget(&mut self) {
        *self = Self { looks: self.looks, ..Self::default() };
    }
}

fn clean(text: &str) -> String {
    secrets::redact(text).into_owned()
}

impl Looked {
    pub fn new(forge: Box<dyn Forge>) -> Self {
        Self { forge, seen: Mutex::default() }
    }

    /// What the looks of this thread have seen, if there are any.
    fn with_seen<T>(&self, use_it: impl FnOnce(Option<&mut Seen>) -> T) -> T {
        use_it(self.all().get_mut(&thread::current().id()))
    }

    fn all(&self) -> MutexGuard<'_, HashMap<ThreadId, Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known by this key, else what `ask` tells.
    fn once<K: Hash + Eq, T: Clone>(
        &self,
        known: impl Fn(&mut Seen) -> &mut HashMap<K, T>,
        key: K,
        ask: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        if let Some(found) = self.with_seen(|seen| known(seen?).get(&key).cloned()) {
            return Ok(found);
        }
        let found = ask()?;
        self.with_seen(|seen| seen.map(|seen| known(seen).insert(key, found.clone())));
        Ok(found)
    }

    /// Does something that may change what was seen, whether it succeeds or not.
    fn change<T>(&self, write: impl FnOnce(&dyn Forge) -> Result<T>) -> Result<T> {
        let written = write(&*self.forge);
        self.all().values_mut().for_each(Seen::forget);
        written
    }
}

impl Forge for Looked {
    fn begin_look(&self) {
        self.all().entry(thread::current().id()).or_default().looks += 1;
    }

    fn end_look(&self) {
        let mut all = self.all();
        let thread = thread::current().id();
        let Some(seen) = all.get_mut(&thread) else { return };
        seen.looks = seen.looks.saturating_sub(1);
        if seen.looks == 0 {
            all.remove(&thread);
        }
    }

    fn find_pull(&self, head: &str, base: &str) -> Result<Option<PullRequest>> {
        let ask = || self.forge.find_pull(head, base);
        self.once(|seen| &mut seen.newest, (head.to_owned(), base.to_owned()), ask)
    }

    fn get_pull(&self, number: u64) -> Result<PullRequest> {
        self.once(|seen| &mut seen.numbered, number, || self.forge.get_pull(number))
    }

    fn lists_by_head(&self) -> bool {
        self.forge.lists_by_head()
    }

    /// Where the forge has one list for all head branches, that is read once.
    fn list_pulls(&self, head: Option<&str>) -> Result<Vec<PullRequest>> {
        let asked = head.filter(|_| self.lists_by_head() || self.with_seen(|seen| seen.is_none()));
        let found =
            self.once(|seen| &mut seen.lists, asked.map(str::to_owned), || self.forge.list_pulls(asked));
        let mut found = found?;
        found.retain(|pull| head.is_none_or(|head| pull.head == head));
        Ok(found)
    }

    fn commit_statuses(&self, commit: Oid) -> Result<Vec<CommitStatus>> {
        self.once(|seen| &mut seen.statuses, commit, || self.forge.commit_statuses(commit))
    }

    fn plain_statuses(&self, commit: Oid) -> Result<Vec<CommitStatus>> {
        match self.has_check_runs() {
            true => self.once(|seen| &mut seen.plain_statuses, commit, || self.forge.plain_statuses(commit)),
            false => self.commit_statuses(commit),
        }
    }

    fn has_check_runs(&self) -> bool {
        self.forge.has_check_runs()
    }

    fn status_fingerprints(&self, commits: &[Oid]) -> Result<Option<Vec<String>>> {
        self.forge.status_fingerprints(commits)
    }

    fn open_pull(&self, new: &NewPullRequest) -> Result<PullRequest> {
        let new = NewPullRequest { title: clean(&new.title), body: clean(&new.body), ..new.clone() };
        self.change(|forge| forge.open_pull(&new))
    }

    fn update_pull(&self, number: u64, title: &str, body: &str) -> Result<PullRequest> {
        self.change(|forge| forge.update_pull(number, &clean(title), &clean(body)))
    }

    fn close_pull(&self, number: u64, why: &str) -> Result<()> {
        self.change(|forge| forge.close_pull(number, &clean(why)))
    }

    fn merge_pull(&self, number: u64, request: &MergeRequest) -> Result<MergeResult> {
        let request = MergeRequest { message: clean(&request.message), ..request.clone() };
        self.change(|forge| forge.merge_pull(number, &request))
    }

    fn cancel_merge(&self, number: u64) -> Result<()> {
        self.change(|forge| forge.cancel_merge(number))
    }

    fn set_commit_status(&self, commit: Oid, status: &NewStatus) -> Result<()> {
        let status = NewStatus {
            description: clean(&status.description),
            target_url: status.target_url.as_deref().map(clean),
            ..status.clone()
        };
        self.change(|forge| forge.set_commit_status(commit, &status))
    }

    fn report_deployment(&self, commit: Oid, deployment: &NewDeployment) -> Result<()> {
        let deployment = NewDeployment {
            description: clean(&deployment.description),
            log_url: deployment.log_url.as_deref().map(clean),
            ..deployment.clone()
        };
        self.change(|forge| forge.report_deployment(commit, &deployment))
    }

    fn sticky_comment(&self, number: u64, text: &str) -> Result<()> {
        self.change(|forge| forge.sticky_comment(number, &clean(text)))
    }

    fn merge_readiness(&self, number: u64) -> Result<MergeReadiness> {
        self.forge.merge_readiness(number)
    }

    fn dates_approvals(&self) -> bool {
        self.forge.dates_approvals()
    }

    fn notes_merges_late(&self) -> bool {
        self.forge.notes_merges_late()
    }

    fn account(&self) -> Result<Option<String>> {
        self.forge.account()
    }

    fn permissions(&self) -> Result<Vec<Permission>> {
        self.forge.permissions()
    }

    fn kept_out_of(&self, base: &str) -> Result<Option<String>> {
        self.forge.kept_out_of(base)
    }

    fn budget(&self) -> Option<Budget> {
        self.forge.budget()
    }

    fn merge_subject(&self, number: u64, title: &str) -> String {
        self.forge.merge_subject(number, title)
    }

    fn body_limit(&self) -> usize {
        self.forge.body_limit()
    }
}
