//! Walks through history. Towline does not use libgit2's, because every commit must be read through
//! [`objects`](super::objects), and because these walks stop where two histories meet.

use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};

use anyhow::Result;
use git2::Oid;

use super::repository::Repository;

/// Whose history a commit is in, as bits.
const BASE: u8 = 1;
const TIP: u8 = 2;
const BOTH: u8 = BASE | TIP;

/// How many commits a walk looks at together at most.
const MOST_AHEAD: usize = 1024;

/// See [`Repository::line_below`].
pub struct LineBelow<'r> {
    repository: &'r Repository,
    paths: Vec<&'r str>,
    /// How many commits are read next.
    ahead: usize,
    next: VecDeque<Oid>,
    /// The commit whose parent is to be read.
    last: Oid,
}

impl LineBelow<'_> {
    fn read_ahead(&mut self) -> Result<()> {
        let ahead = self.ahead;
        if self.repository.remote.is_some() {
            self.ahead = (ahead * 4).min(MOST_AHEAD);
        }
        while self.next.len() < ahead {
            match self.repository.parents(self.last) {
                // Who asks for the first has to know. The others may not be needed.
                Err(error) if self.next.is_empty() => return Err(error),
                Err(_) => break,
                Ok(parents) => match parents.first() {
                    Some(parent) => self.next.push_back(*parent),
                    None => break,
                },
            }
            self.last = self.next[self.next.len() - 1];
        }
        self.repository.prefetch_of_all(self.next.make_contiguous(), &self.paths)
    }
}

impl Iterator for LineBelow<'_> {
    type Item = Result<Oid>;

    fn next(&mut self) -> Option<Result<Oid>> {
        if self.next.is_empty()
            && let Err(error) = self.read_ahead()
        {
            return Some(Err(error));
        }
        self.next.pop_front().map(Ok)
    }
}

impl Repository {
    /// Whether `descendant` is `ancestor`, or has it in its history.
    pub fn is_ancestor(&self, ancestor: Oid, descendant: Oid) -> Result<bool> {
        let painted = self.paint(ancestor, descendant)?;
        Ok(painted.get(&ancestor) == Some(&BOTH))
    }

    /// The commits that `tip` has in its history and `base` has not, children before parents, and
    /// the newest first where that leaves a choice.
    pub fn commits_since(&self, base: Oid, tip: Oid) -> Result<Vec<Oid>> {
        let painted = self.paint(base, tip)?;
        let only_tip = |id: &Oid| painted.get(id) == Some(&TIP);
        let mut children: HashMap<Oid, usize> = HashMap::new();
        for id in painted.keys().filter(|id| only_tip(id)) {
            for parent in self.parents(*id)? {
                *children.entry(parent).or_default() += 1;
            }
        }
        let mut ready = BinaryHeap::new();
        if only_tip(&tip) {
            ready.push((self.seconds(tip)?, tip));
        }
        let mut sorted = Vec::new();
        while let Some((_, id)) = ready.pop() {
            sorted.push(id);
            for parent in self.parents(id)?.into_iter().filter(only_tip) {
                let left = children.entry(parent).or_default();
                *left -= 1;
                if *left == 0 {
                    ready.push((self.seconds(parent)?, parent));
                }
            }
        }
        Ok(sorted)
    }

    /// The commit where two histories part, the newest if there are several. libgit2 would find none
    /// where the history of a cache is cut off.
    pub(super) fn common_ancestor(&self, one: Oid, other: Oid) -> Result<Option<Oid>> {
        let painted = self.paint(one, other)?;
        let common: Vec<Oid> =
            painted.iter().filter(|(_, sides)| **sides == BOTH).map(|(id, _)| *id).collect();
        let mut older = HashSet::new();
        for id in &common {
            older.extend(self.parents(*id)?);
        }
        let mut newest = None;
        for id in common.into_iter().filter(|id| !older.contains(id)) {
            newest = newest.max(Some((self.seconds(id)?, id)));
        }
        Ok(newest.map(|(_, id)| id))
    }

    /// The commits below `of` on its first-parent line, the newest first. What looking these files up in them
    /// needs is fetched for many of them at once: more each time, because who has come far goes on.
    pub fn line_below<'r>(&'r self, of: Oid, paths: Vec<&'r str>) -> LineBelow<'r> {
        LineBelow { repository: self, paths, ahead: 1, next: VecDeque::new(), last: of }
    }

    /// Every commit in the history of `tip`, itself too.
    pub fn history(&self, tip: Oid) -> Result<HashSet<Oid>> {
        let mut seen = HashSet::from([tip]);
        let mut left = vec![tip];
        while let Some(id) = left.pop() {
            left.extend(self.parents(id)?.into_iter().filter(|parent| seen.insert(*parent)));
        }
        Ok(seen)
    }

    /// The commits on the first-parent line of `tip` that have `of` in their history, from the
    /// oldest to `tip`, without `of` itself.
    pub fn first_parent_descendants(&self, of: Oid, tip: Oid) -> Result<Vec<Oid>> {
        let mut above = HashSet::from([of]);
        for commit in self.commits_since(of, tip)?.into_iter().rev() {
            if self.parents(commit)?.iter().any(|parent| above.contains(parent)) {
                above.insert(commit);
            }
        }
        let mut line = Vec::new();
        let mut at = Some(tip);
        while let Some(commit) = at.filter(|commit| *commit != of && above.contains(commit)) {
            line.push(commit);
            at = self.parents(commit)?.first().copied();
        }
        line.reverse();
        Ok(line)
    }

    /// Paints both histories down to where they meet: the newest commit first, until whatever is
    /// left to look at is in both, and older than everything that is in one only. (What a commit
    /// in both passes on to its parents may be news for one of the same second.)
    fn paint(&self, base: Oid, tip: Oid) -> Result<HashMap<Oid, u8>> {
        let mut painted = HashMap::new();
        let mut queue = BinaryHeap::new();
        for (id, side) in [(base, BASE), (tip, TIP)] {
            *painted.entry(id).or_default() |= side;
            queue.push((self.seconds(id)?, id));
        }
        let mut oldest_in_one = i64::MAX;
        while let Some((seconds, id)) = queue.pop() {
            let sides = painted.get(&id).copied().unwrap_or_default();
            if sides != BOTH {
                oldest_in_one = oldest_in_one.min(seconds);
            } else if seconds < oldest_in_one && queue.iter().all(|(_, id)| painted.get(id) == Some(&BOTH)) {
                break;
            }
            for parent in self.parents(id)? {
                // Below the place where they meet, only what is here anyway can bring news.
                if sides == BOTH && !self.is_here(parent) {
                    continue;
                }
                let known = painted.entry(parent).or_default();
                if *known & sides != sides {
                    *known |= sides;
                    queue.push((self.seconds(parent)?, parent));
                }
            }
        }
        Ok(painted)
    }

    fn seconds(&self, commit: Oid) -> Result<i64> {
        Ok(self.find_commit(commit)?.time().seconds())
    }
}
