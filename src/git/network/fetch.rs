//! Where branches stand, and objects by name. Servers differ in what they give: those that refuse
//! a filter are asked with a weaker one, then without; those that do not cut off history, or do
//! not give single objects, are asked for everything.

use anyhow::{Context, Result, bail};
use git2::Oid;

use super::cache::Lock;
use super::command::Answer;
use super::fault::{Fault, NO_BRANCHES};
use super::remote::{Abilities, Filter, Remote};
use crate::vocabulary::Diagnostic;

impl Remote {
    /// Where a branch stands now, if it is there.
    pub fn find_branch(&self, branch: &str) -> Result<Option<Oid>> {
        let name = format!("refs/heads/{branch}");
        Ok(self.list(&name)?.into_iter().find(|(found, _)| *found == name).map(|(_, id)| id))
    }

    /// The names of all branches.
    pub fn branches(&self) -> Result<Vec<String>> {
        let found = self.list("refs/heads/*")?.into_iter();
        Ok(found.filter_map(|(name, _)| name.strip_prefix("refs/heads/").map(str::to_owned)).collect())
    }

    /// Branches, and `HEAD`, which every repository that is not empty has.
    fn list(&self, pattern: &str) -> Result<Vec<(String, Oid)>> {
        let ask = || self.git_patiently(&["ls-remote", "--quiet", "origin", "HEAD", pattern], "");
        let mut answer = ask()?;
        // An answer that was cut off after its first line is to git one of an empty repository.
        let nothing = answer.success && answer.output.is_empty();
        if nothing || !answer.success && self.heal(&answer)? {
            answer = ask()?;
        }
        if !answer.success {
            return Err(self.fault("read", &answer.errors));
        }
        if answer.output.is_empty() && self.has_branches.get() && self.shows_nothing()? {
            return Err(self.fault("read", NO_BRANCHES));
        }
        self.has_branches.set(self.has_branches.get() || !answer.output.is_empty());
        answer.output.lines().map(|line| self.reference(line)).collect()
    }

    /// Whether it has no branch at all. A page of a proxy, such as one about maintenance, is that to git.
    fn shows_nothing(&self) -> Result<bool> {
        let answer = self.git_patiently(&["ls-remote", "--quiet", "origin", "refs/heads/*"], "")?;
        Ok(answer.success && answer.output.is_empty())
    }

    fn reference(&self, line: &str) -> Result<(String, Oid)> {
        let parsed = line.split_once('\t').and_then(|(id, name)| Some((name, Oid::from_str(id).ok()?)));
        match parsed {
            Some((name, id)) => Ok((name.to_owned(), id)),
            None => bail!("{} returned an invalid git reference: {line}", self.url.shown()),
        }
    }

    /// Fetches objects; of commits, also as much of their history as makes `depth` commits.
    pub fn fetch(&self, ids: &[Oid], depth: u32) -> Result<()> {
        let lock = self.cache.lock()?;
        let input: String = ids.iter().map(|id| format!("{id}\n")).collect();
        loop {
            let answer = self.fetch_once(&input, depth)?;
            if answer.success {
                return Ok(());
            }
            let fault = Fault::of(&answer.errors);
            if let Some(weaker) = self.abilities.get().without(fault) {
                self.abilities.set(weaker);
            } else if fault == Fault::Object {
                return self.fetch_everything(&answer);
            } else if !self.may_be_damage(&answer) || !self.renew(&lock)? {
                return Err(self.fault("fetch from", &answer.errors));
            }
        }
    }

    fn fetch_once(&self, input: &str, depth: u32) -> Result<Answer> {
        let abilities = self.abilities.get();
        let depth = format!("--depth={depth}");
        let mut arguments = FETCH.to_vec();
        arguments.push(match abilities.filter {
            Some(Filter::Trees) => "--filter=tree:0",
            Some(Filter::Blobs) => "--filter=blob:none",
            None => "--no-filter",
        });
        if abilities.depth {
            arguments.push(&depth);
        }
        arguments.extend(["--stdin", "origin"]);
        self.git_patiently(&arguments, input)
    }

    /// For servers that give branches only.
    fn fetch_everything(&self, refusal: &Answer) -> Result<()> {
        if !refusal.errors.contains("unadvertised object") {
            return Err(Diagnostic::new(format!(
                "{} no longer has {}",
                self.url.shown(),
                super::fault::summary(&refusal.errors)
            ))
            .hint("a branch was probably force-pushed during this run: run this again")
            .into());
        }
        // What is here is taken for complete otherwise.
        let shallow = self.cache.path().join("shallow");
        if shallow.exists() {
            std::fs::remove_file(&shallow).with_context(|| format!("cannot remove {}", shallow.display()))?;
        }
        let mut arguments = FETCH.to_vec();
        arguments.extend(["--no-filter", "--refetch", "origin", "+refs/heads/*:refs/towline/fetched/*"]);
        let answer = self.git_patiently(&arguments, "")?;
        if answer.errors.contains("unknown option `refetch'") {
            let message = format!("cannot fetch from {}: it gives out whole branches only", self.url.shown());
            return Err(Diagnostic::new(message).hint("install git 2.36 or later: it can fetch them").into());
        }
        if answer.success { Ok(()) } else { Err(self.fault("fetch from", &answer.errors)) }
    }

    fn heal(&self, answer: &Answer) -> Result<bool> {
        Ok(self.may_be_damage(answer) && self.renew(&self.cache.lock()?)?)
    }

    /// Says whether the cache was begun anew. That happens once at most.
    fn renew(&self, lock: &Lock) -> Result<bool> {
        self.healed.set(true);
        let anew = self.cache.renew(lock)?;
        if anew {
            let url = self.url.shown();
            (self.notify)(&format!("the cache of {url} seems to be damaged: fetching again what is needed"));
        }
        Ok(anew)
    }

    /// Whether the cache may be what is wrong. It is blamed once, and not when git names another.
    fn may_be_damage(&self, answer: &Answer) -> bool {
        !self.healed.get() && Fault::of(&answer.errors) == Fault::Other
    }
}

/// Objects are asked for by name, so there is nothing to negotiate; what is missing is no error.
const FETCH: [&str; 13] = [
    "-c",
    "fetch.negotiationAlgorithm=noop",
    "-c",
    "remote.origin.promisor=true",
    "-c",
    "remote.origin.partialCloneFilter=tree:0",
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-write-fetch-head",
    "--no-auto-maintenance",
    "--recurse-submodules=no",
    "--no-show-forced-updates",
];

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
