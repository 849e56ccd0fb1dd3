//! Identity: what the head of a proposal's branch is. The only place that decides it, before a
//! proposal is reused, updated, merged, left to the forge, put onto a new base, or closed.
//!
//! Messages and trailers prove nothing: `git commit --amend` and `git cherry-pick` keep them. A
//! commit is Towline's own if one of these holds:
//! - it is the commit that the marker in the pull request's body names,
//! - it stands on the base branch, and its tree is that of its parent with the rendering at hand,
//! - it stands on the base branch, and its tree is that of its parent with the files that its own
//!   descriptor lists, of which the trailers have the tree. A run that was killed between the push
//!   and the pull request leaves such a commit, and so does a rebase by the forge.
//!
//! A merge of the base branch on top of it ("Update branch") is nobody's work if its tree is what
//! merging gives. Everything else is somebody's work.

use std::collections::HashSet;

use anyhow::{Context, Result};
use git2::Oid;

use crate::git::{Edits, Marker, MergedTree, Repository, Trailers};
use crate::gitops::{Deployment, Destination};
use crate::vocabulary::Diagnostic;
use crate::vocabulary::text::listed;

/// What a head is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    Ours(Ours),
    /// The commits that are not Towline's, the newest first.
    Peoples(Vec<Oid>),
}

/// Towline's commit, and what was joined into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ours {
    pub trailers: Trailers,
    /// The commit of the base branch that the head stands on. `None`: the base branch was rewritten
    /// and no longer has it.
    pub below: Option<Oid>,
}

/// What there is to tell Towline's commit by.
pub struct Known<'a> {
    /// Of the open pull request.
    pub marker: Option<&'a Marker>,
    /// The rendering at hand: its trailers, and the tree of a commit of the base branch with it.
    pub rendering: Option<Rendered<'a>>,
}

/// See [`Known`].
pub type Rendered<'a> = (&'a Trailers, &'a dyn Fn(Oid) -> Result<Oid>);

/// Decides what `head` is. Nothing when the base branch has it already.
pub fn identify(destination: &Destination, base: Oid, head: Oid, known: &Known) -> Result<Option<Head>> {
    let repository = &destination.repository;
    let above: Vec<Oid> = repository.commits_since(base, head)?;
    if above.is_empty() {
        return Ok(None);
    }
    let set: HashSet<Oid> = above.iter().copied().collect();
    let walk = Walk { destination, known, above: &set };
    let (mut at, mut joined, mut by_people) = (head, None, Vec::new());
    // What is joined into the named commit was told to be Towline's when that was named.
    let mut is_named = false;
    while set.contains(&at) {
        is_named |= walk.names(at);
        if let Some(own) = walk.own(at, is_named)? {
            let below = own.below.map(|below| joined.unwrap_or(below));
            return Ok(Some(match by_people.is_empty() {
                true => Head::Ours(Ours { below, ..own }),
                false => Head::Peoples(by_people),
            }));
        }
        let parents = repository.parents(at)?;
        match walk.join(at, &parents)? {
            Some((other, side)) => {
                joined.get_or_insert(side);
                at = other;
            }
            None => {
                by_people.push(at);
                let Some(parent) = parents.first() else { break };
                at = *parent;
            }
        }
    }
    Ok(Some(Head::Peoples(above)))
}

/// Somebody's work is in the way: says whose commits, and leaves nothing to the forge that would
/// merge them.
pub fn refuse(destination: &Destination, pull: Option<u64>, commits: &[Oid]) -> Result<Diagnostic> {
    if let Some(number) = pull {
        destination.forge.cancel_merge(number)?;
    }
    let commits: Vec<String> = commits.iter().map(|id| id.to_string()[..10].to_owned()).collect();
    let branch = destination.head_branch();
    Ok(Diagnostic::refused(format!("people committed to {branch}: {}", listed(&commits))))
}

struct Walk<'a> {
    destination: &'a Destination<'a>,
    known: &'a Known<'a>,
    /// What the head has and the base branch has not.
    above: &'a HashSet<Oid>,
}

impl Walk<'_> {
    /// Whether the pull request names the commit.
    fn names(&self, commit: Oid) -> bool {
        self.known.marker.is_some_and(|marker| marker.commit == Some(commit))
    }

    /// The commit, if it is Towline's own.
    fn own(&self, commit: Oid, is_named: bool) -> Result<Option<Ours>> {
        let repository = &self.destination.repository;
        let Some(trailers) = Trailers::parse(&repository.message(commit)?) else { return Ok(None) };
        let [parent] = repository.parents(commit)?[..] else { return Ok(None) };
        let below = Some(parent).filter(|parent| !self.above.contains(parent));
        let is_ours = match below {
            _ if is_named => true,
            Some(below) => {
                self.is_rendering(commit, below, &trailers)?
                    || tells_all(self.destination, commit, below, &trailers)?
            }
            None => false,
        };
        Ok(is_ours.then_some(Ours { trailers, below }))
    }

    fn is_rendering(&self, commit: Oid, below: Oid, trailers: &Trailers) -> Result<bool> {
        let Some((expected, tree_on)) = self.known.rendering else { return Ok(false) };
        if expected != trailers {
            return Ok(false);
        }
        let tree = self.destination.repository.tree_id(commit)?;
        // What is refused there was not proposed there.
        Ok(tree_on(below).is_ok_and(|rendered| rendered == tree))
    }

    /// The other side and the base branch's, if the commit is a clean merge of the base branch.
    fn join(&self, commit: Oid, parents: &[Oid]) -> Result<Option<(Oid, Oid)>> {
        let [first, second] = *parents else { return Ok(None) };
        let (other, side) = match (self.above.contains(&first), self.above.contains(&second)) {
            (true, false) => (first, second),
            (false, true) => (second, first),
            _ => return Ok(None),
        };
        let repository = &self.destination.repository;
        let is_clean =
            repository.merged_tree(first, second)? == MergedTree::Clean(repository.tree_id(commit)?);
        Ok(is_clean.then_some((other, side)))
    }
}

/// Whether the commit is, on `below`, what its own descriptor and trailers say, and nothing else.
fn tells_all(destination: &Destination, commit: Oid, below: Oid, trailers: &Trailers) -> Result<bool> {
    // People may have damaged the descriptor; then it tells nothing.
    let Ok(Some(found)) = destination.deployment(commit) else { return Ok(false) };
    let is_whole = found.descriptor.edits.is_empty() && found.descriptor.package.is_none();
    let is_named = trailers.application == destination.application
        && trailers.environment == destination.environment.name
        && trailers.release == found.descriptor.release.version;
    if !is_whole || !is_named {
        return Ok(false);
    }
    let repository = &*destination.repository;
    let Some(files) = files(repository, commit, &found)? else { return Ok(false) };
    if repository.edit_tree(None, &files)? != trailers.tree {
        return Ok(false);
    }
    let mut changes = files;
    if let Ok(Some(before)) = destination.deployment(below) {
        for path in &before.files {
            if !changes.contains_key(path) && repository.entry_id(commit, path)?.is_none() {
                changes.insert(path.clone(), None);
            }
        }
    }
    let tree = repository.tree_id(commit)?;
    Ok(repository.edit_tree(Some(repository.tree_id(below)?), &changes).is_ok_and(|whole| whole == tree))
}

/// The files that a deployment lists, as they are in its commit. Nothing when one is missing.
fn files(repository: &Repository, commit: Oid, deployment: &Deployment) -> Result<Option<Edits>> {
    repository.prefetch(commit, deployment.files.iter().map(String::as_str))?;
    let mut files = Edits::new();
    for path in &deployment.files {
        let content = repository.read_file(commit, path);
        match content.with_context(|| format!("cannot read what {commit} proposes"))? {
            Some(content) => files.insert(path.clone(), Some(content)),
            None => return Ok(None),
        };
    }
    Ok(Some(files))
}
