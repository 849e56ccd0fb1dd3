//! Where branches stand, and objects by name. Servers differ in what they give: those that refuse
//! a filter are asked with a weaker one, then without; those that do not cut off history, or do
//! not give single objects, are asked for everything.

use std::collections::BTreeMap;

use anyhow::Result;
use git2::Oid;

use super::cache::Lock;
use super::fault::{Failure, Fault, summary};
use super::remote::{Abilities, Remote};
use super::transport::{Answer, Filter, Standing, Wanted};
use crate::git::backoff::Backoff;
use crate::vocabulary::Diagnostic;

const BRANCHES: &str = "refs/heads/";

impl Remote {
    /// Where a branch stands now, if it is there.
    pub fn find_branch(&self, branch: &str) -> Result<Option<Oid>> {
        Ok(self.find_branches(&[branch.to_owned()])?.remove(branch))
    }

    /// Where these branches stand now, of those that are there.
    pub fn find_branches(&self, branches: &[String]) -> Result<BTreeMap<String, Oid>> {
        let names: Vec<String> = branches.iter().map(|branch| format!("{BRANCHES}{branch}")).collect();
        let found = self.list(&names.iter().map(String::as_str).collect::<Vec<_>>())?;
        let found = found.into_iter().filter(|(name, _)| names.contains(name));
        Ok(found.map(|(name, id)| (name[BRANCHES.len()..].to_owned(), id)).collect())
    }

    /// The names of all branches.
    pub fn branches(&self) -> Result<Vec<String>> {
        let found = self.list(&[BRANCHES])?.into_iter();
        Ok(found.filter_map(|(name, _)| name.strip_prefix(BRANCHES).map(str::to_owned)).collect())
    }

    fn list(&self, names: &[&str]) -> Result<Vec<Standing>> {
        self.try_list(names)?.map_err(|failure| self.error("read", &failure))
    }

    pub(super) fn try_list(&self, names: &[&str]) -> Result<Answer<Vec<Standing>>> {
        let ask = || self.ask_patiently(|transport| transport.list(names));
        match ask()? {
            Err(failure) if self.may_be_damage(&failure) && self.renew(&self.server.cache.lock()?)? => ask(),
            answer => Ok(answer),
        }
    }

    /// Fetches objects; of commits, also as much of their history as makes `depth` commits.
    pub fn fetch(&self, ids: &[Oid], depth: u32) -> Result<()> {
        self.fetch_wanted(ids, depth, false)
    }

    /// Fetches tips of branches without their history, to look at their folders.
    pub fn fetch_tips(&self, tips: &[Oid]) -> Result<()> {
        self.fetch_wanted(tips, 1, true)
    }

    fn fetch_wanted(&self, ids: &[Oid], depth: u32, with_folders: bool) -> Result<()> {
        let lock = self.server.cache.lock()?;
        let mut races = Backoff::default();
        loop {
            let Abilities { filter, depth: cuts_off } = self.abilities.get();
            let wanted = Wanted { ids, depth: cuts_off.then_some(depth), filter, with_folders };
            let Err(failure) = self.ask_patiently(|transport| transport.fetch(wanted))? else {
                return Ok(());
            };
            if let Some(weaker) = self.abilities.get().without(failure.fault) {
                self.abilities.set(weaker);
            } else if failure.fault == Fault::Raced && races.next().is_some() {
                // The git of a killed run goes on without it, and without the lock.
            } else if failure.fault == Fault::Object {
                return self.fetch_everything(&failure);
            } else if !self.may_be_damage(&failure) || !self.renew(&lock)? {
                return Err(self.error("fetch from", &failure));
            }
        }
    }

    /// For servers that give branches only.
    fn fetch_everything(&self, refusal: &Failure) -> Result<()> {
        if !refusal.said.contains("unadvertised object") {
            return Err(Diagnostic::new(format!(
                "{} no longer has {}",
                self.server.url.shown(),
                summary(&refusal.said)
            ))
            .hint("a branch was probably force-pushed during this run: run this again")
            .into());
        }
        let answer = self.ask_patiently(|transport| transport.fetch_everything())?;
        answer.map_err(|failure| self.error("fetch from", &failure))
    }

    /// Says whether the cache was begun anew. That happens once at most.
    fn renew(&self, lock: &Lock) -> Result<bool> {
        self.healed.set(true);
        let anew = self.server.cache.renew(lock)?;
        if anew {
            let url = self.server.url.shown();
            (self.notify)(&format!("the cache of {url} seems to be damaged: fetching again what is needed"));
        }
        Ok(anew)
    }

    /// Whether the cache may be what is wrong. It is blamed once, and not when git names another.
    fn may_be_damage(&self, failure: &Failure) -> bool {
        !self.healed.get() && failure.fault == Fault::Other
    }
}

impl Abilities {
    /// What is left to try after this fault.
    fn without(self, fault: Fault) -> Option<Self> {
        match (fault, self.filter) {
            (Fault::Filter, Some(Filter::Trees)) => Some(Self { filter: Some(Filter::Blobs), ..self }),
            (Fault::Filter, Some(Filter::Blobs)) => Some(Self { filter: None, ..self }),
            (Fault::Depth, _) if self.depth => Some(Self { depth: false, ..self }),
            _ => None,
        }
    }
}
