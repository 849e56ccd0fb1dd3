//! Which objects are fetched when. Every request takes a round trip, so what is likely to be
//! needed together comes together: paths level by level, history in growing steps.

use std::collections::{BTreeMap, HashSet};

use anyhow::Result;
use git2::{ObjectType, Oid};

use super::remote::Remote;
use crate::git::Repository;
use crate::git::filters::ATTRIBUTES;

/// How many commits the first look into history fetches. Each further one fetches four times as
/// many, so a long walk takes few requests, and none fetches much more than it needs.
pub const FIRST_DEPTH: u32 = 16;
const MOST_DEPTH: u32 = 16_384;
/// How many commits' trees are fetched at once at most.
const MOST_AHEAD: usize = 256;

/// Trees, and the paths below each that are of interest.
type Level<'p> = BTreeMap<Oid, Vec<&'p str>>;

impl Repository {
    /// Fetches at once what reading these files of `commit` will need. A repository that is not
    /// remote has it all.
    pub fn prefetch<'p>(&self, commit: Oid, paths: impl IntoIterator<Item = &'p str>) -> Result<()> {
        match &self.remote {
            Some(remote) => {
                let tree = self.tree_id(commit)?;
                self.descend(remote, [tree], &paths.into_iter().collect::<Vec<_>>(), true)
            }
            None => Ok(()),
        }
    }

    /// Fetches at once what looking these files of `commit` up will need, without their content.
    pub fn prefetch_folders<'p>(&self, commit: Oid, paths: impl IntoIterator<Item = &'p str>) -> Result<()> {
        match &self.remote {
            Some(_) => self.prefetch_trees(self.tree_id(commit)?, &paths.into_iter().collect::<Vec<_>>()),
            None => Ok(()),
        }
    }

    /// Fetches at once what looking these files up in each of these commits will need.
    pub fn prefetch_of_all(&self, commits: &[Oid], paths: &[&str]) -> Result<()> {
        let Some(remote) = &self.remote else { return Ok(()) };
        let roots = commits.iter().map(|commit| self.tree_id(*commit)).collect::<Result<Vec<_>>>()?;
        self.descend(remote, roots, paths, false)
    }

    /// Fetches the trees on the way to these files.
    pub(in crate::git) fn prefetch_trees(&self, root: Oid, paths: &[&str]) -> Result<()> {
        match &self.remote {
            Some(remote) => self.descend(remote, [root], paths, false),
            None => Ok(()),
        }
    }

    /// Fetches the trees on the way to a file, for `commit` and some that came before it: who
    /// looks at an old commit is walking.
    pub(in crate::git) fn prefetch_walk(&self, commit: Oid, path: &str) -> Result<()> {
        let Some(remote) = &self.remote else { return Ok(()) };
        let ahead = remote.ahead.get();
        remote.ahead.set((ahead * 2).min(MOST_AHEAD));
        let mut roots = Vec::new();
        let mut at = Some(commit);
        while let Some(commit) = at.filter(|commit| roots.len() < ahead && self.is_here(*commit)) {
            roots.push(self.tree_id(commit)?);
            at = self.parents(commit)?.first().copied();
        }
        self.descend(remote, roots, &[path], false)
    }

    /// Fetches the object if it is missing; of a commit, some of its history too.
    pub(in crate::git) fn fetch_missing(&self, id: Oid, kind: ObjectType) -> Result<()> {
        let Some(remote) = self.remote.as_ref().filter(|_| !self.is_here(id)) else { return Ok(()) };
        let depth = match kind {
            ObjectType::Commit => remote.depth.replace((remote.depth.get() * 4).min(MOST_DEPTH)),
            _ => 1,
        };
        remote.fetch(&[id], depth)
    }

    /// Fetches tips of branches that are missing, without their history.
    pub(in crate::git) fn fetch_tips(&self, remote: &Remote, tips: &[Oid]) -> Result<()> {
        let missing: Vec<Oid> = tips.iter().copied().filter(|tip| !self.is_here(*tip)).collect();
        if missing.is_empty() { Ok(()) } else { remote.fetch_tips(&missing) }
    }

    /// Whether the object can be read without the network.
    pub(in crate::git) fn is_here(&self, id: Oid) -> bool {
        self.git.odb().is_ok_and(|objects| objects.exists(id))
    }

    fn descend(
        &self,
        remote: &Remote,
        roots: impl IntoIterator<Item = Oid>,
        paths: &[&str],
        files: bool,
    ) -> Result<()> {
        let mut level: Level = roots.into_iter().map(|root| (root, paths.to_vec())).collect();
        let mut wanted: HashSet<Oid> = HashSet::new();
        while !level.is_empty() || !wanted.is_empty() {
            wanted.extend(level.keys().copied());
            let missing: Vec<Oid> = wanted.drain().filter(|id| !self.is_here(*id)).collect();
            if !missing.is_empty() {
                remote.fetch(&missing, 1)?;
            }
            let mut below = Level::new();
            for (tree, paths) in level {
                self.enter(tree, &paths, &mut below, files.then_some(&mut wanted))?;
            }
            level = below;
        }
        Ok(())
    }

    /// One level down: the folders go to `below`, the files to `wanted`. Who wants the files may write
    /// there, and then needs to know which of them have a filter.
    fn enter<'p>(
        &self,
        tree: Oid,
        paths: &[&'p str],
        below: &mut Level<'p>,
        mut wanted: Option<&mut HashSet<Oid>>,
    ) -> Result<()> {
        let tree = self.find_tree(tree)?;
        let attributes = tree.get_name(ATTRIBUTES).filter(|entry| entry.kind() == Some(ObjectType::Blob));
        if let Some((wanted, attributes)) = wanted.as_mut().zip(attributes) {
            wanted.insert(attributes.id());
        }
        for path in paths {
            let (name, rest) = path.split_once('/').map_or((*path, None), |(name, rest)| (name, Some(rest)));
            let Some(entry) = tree.get_name(name) else { continue };
            match (entry.kind(), rest) {
                (Some(ObjectType::Tree), Some(rest)) => below.entry(entry.id()).or_default().push(rest),
                (Some(ObjectType::Blob), None) => {
                    if let Some(wanted) = wanted.as_mut() {
                        wanted.insert(entry.id());
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}
