//! The current state: the base branch, the head branch, and the pull request, looked at once.

use anyhow::Result;
use git2::Oid;

use super::deployed::deployed;
use super::identity::{self, Head, Known};
use super::options::ProposeOptions;
use super::tree::tree_on;
use crate::forge::{PullRequest, PullState};
use crate::git::{Marker, Replaced, Repository, Trailers};
use crate::gitops::{Deployment, Destination};
use crate::release::Release;
use crate::render::Rendering;
use crate::render::taken_out::Rollback;
use crate::vocabulary::{Diagnostic, MergeMethod};

/// What one look finds.
pub struct CurrentState {
    pub base: Oid,
    pub deployed: Option<Deployment>,
    /// The tip of the head branch.
    pub head: Option<Oid>,
    /// The newest pull request, open or not.
    pull: Option<PullRequest>,
    /// What the head branch proposes, unless that was merged or closed.
    proposed: Option<Proposed>,
}

struct Proposed {
    head: Oid,
    deployed: Option<Deployment>,
}

impl CurrentState {
    pub fn observe(destination: &Destination, rendering: &Rendering) -> Result<Self> {
        // A look has it already.
        let pull = newest_pull(destination)?;
        let base = destination.base_tip()?;
        let head = destination.repository.find_branch(&destination.head_branch())?;
        let ended = pull.as_ref().filter(|pull| pull.state != PullState::Open).map(|pull| pull.head_commit);
        let live = head.filter(|head| ended != Some(*head));
        Ok(Self {
            base,
            deployed: deployed(destination, base, rendering)?,
            head,
            pull,
            proposed: live.map(|head| {
                // People may have damaged the descriptor; that is theirs to mend, and no reason to stop.
                let deployed = deployed(destination, head, rendering).ok().flatten();
                Proposed { head, deployed }
            }),
        })
    }

    /// What the head branch proposes, if it has a descriptor.
    pub fn proposed(&self) -> Option<&Deployment> {
        self.proposed.as_ref()?.deployed.as_ref()
    }

    pub fn open_pull(&self) -> Option<&PullRequest> {
        self.pull.as_ref().filter(|pull| pull.state == PullState::Open)
    }

    /// The release that the open pull request proposed, if it is another one.
    pub fn proposed_before(&self, release: &Release) -> Option<Release> {
        let before = self.open_pull().and(self.proposed())?.release();
        let is_same = before.version == release.version && before.commit == release.commit;
        (!is_same).then_some(before)
    }

    /// What the marker of the open pull request says.
    pub fn marker(&self) -> Option<Marker> {
        self.open_pull().and_then(|pull| Marker::parse(&pull.body))
    }

    /// The pull request that the one to open is in place of: as the open one says, or the closed one
    /// that a run left behind that was killed.
    pub fn replaces(&self) -> Option<Replaced> {
        let pull = self.pull.as_ref()?;
        let marker = Marker::parse(&pull.body)?;
        match pull.state {
            PullState::Open => marker.replaces,
            PullState::Closed if marker.replaced => {
                Some(Replaced { number: pull.number, url: pull.url.clone() })
            }
            _ => None,
        }
    }

    /// What the head branch is. Nothing where there is none, or none that is not merged.
    pub fn identify(
        &self,
        destination: &Destination,
        rendering: &Rendering,
        trailers: &Trailers,
    ) -> Result<Option<Head>> {
        let Some(Proposed { head, .. }) = self.proposed else { return Ok(None) };
        let marker = self.marker();
        let tree = |below| {
            let deployed = deployed(destination, below, rendering)?;
            Ok(tree_on(&destination.repository, below, deployed.as_ref(), rendering)?.0)
        };
        let known = Known { marker: marker.as_ref(), rendering: Some((trailers, &tree)) };
        identity::identify(destination, self.base, head, &known)
    }

    /// The version of the newer release that is in the way, and where it is.
    pub fn newer(
        &self,
        rendering: &Rendering,
        options: &ProposeOptions,
    ) -> Result<Option<(String, &'static str)>> {
        if let Some(rollback) = &rendering.rollback {
            return Ok(self.replaced(rollback).map(|version| (version, "deployed")));
        }
        if options.allow_older {
            return Ok(None);
        }
        let proposed = self.proposed();
        for (deployed, where_) in [(self.deployed.as_ref(), "deployed"), (proposed, "proposed")] {
            let Some(release) = deployed.map(Deployment::release) else { continue };
            if options.is_older(&rendering.release, &release)? {
                return Ok(Some((release.describe(), where_)));
            }
        }
        Ok(None)
    }

    /// The version that has taken the place of what a rollback takes out, since it was looked for.
    fn replaced(&self, rollback: &Rollback) -> Option<String> {
        let deployed = self.deployed.as_ref()?;
        let is_there = deployed.descriptor.rollback.as_ref() == Some(rollback);
        let release = deployed.release();
        (!is_there && !rollback.from.is(&release)).then_some(release.version)
    }

    /// Stops where the application is to be taken out: a release would take that back, and nobody
    /// would notice.
    pub fn refuse_removal(&self, destination: &Destination, head: Option<&Head>) -> Result<()> {
        let (Some(pull), Some(Head::Ours(ours))) = (self.open_pull(), head) else { return Ok(()) };
        if !ours.trailers.is_removal() {
            return Ok(());
        }
        let Destination { application, environment, .. } = destination;
        Err(Diagnostic::refused(format!("{} removes {application} from {}", pull.url, environment.name))
            .hint("merge it, or close it to deploy there again")
            .into())
    }

    /// Stops where this very release is to be rolled back, for the same reason.
    pub fn refuse_rolled_back(&self, rendering: &Rendering, options: &ProposeOptions) -> Result<()> {
        let proposed = self.proposed().and_then(|proposed| proposed.descriptor.rollback.as_ref());
        let (Some(pull), Some(rollback)) = (self.open_pull(), proposed) else { return Ok(()) };
        let version = &rendering.release.version;
        if rendering.rollback.is_some() || options.release_hold || !rollback.from.is(&rendering.release) {
            return Ok(());
        }
        Err(Diagnostic::refused(format!("{} rolls {version} back", pull.url))
            .hint(format!("merge it, or close it to keep {version}"))
            .into())
    }

    /// Stops where people have committed to the head branch.
    pub fn refuse_peoples_commits(&self, destination: &Destination, head: Option<&Head>) -> Result<()> {
        let Some(Head::Peoples(commits)) = head else { return Ok(()) };
        let pull = self.open_pull().map(|pull| pull.number);
        Err(identity::refuse(destination, pull, commits)?
            .hint("merge or close that pull request first, or overwrite their commits with `--force`")
            .into())
    }

    /// The head, if it proposes the very same files and nothing of ours changed below it. Where the
    /// base branch is to move to the head itself, or asks for a head that is up to date, nothing at
    /// all may have changed there.
    pub fn reusable(
        &self,
        destination: &Destination,
        rendering: &Rendering,
        (head, trailers): (Option<&Head>, &Trailers),
        options: &ProposeOptions,
    ) -> Result<Option<Oid>> {
        let repository = &destination.repository;
        let (Some(proposed), Some(Head::Ours(ours))) = (&self.proposed, head) else { return Ok(None) };
        let Some(below) = ours.below.filter(|_| ours.trailers == *trailers) else { return Ok(None) };
        let on_tip = destination.environment.gitops.merge_method == MergeMethod::FastForward;
        if (on_tip || options.on_tip) && below != self.base {
            return Ok(None);
        }
        let at_below = deployed(destination, below, rendering)?;
        let tree = tree_on(repository, below, at_below.as_ref(), rendering);
        if !tree.is_ok_and(|(tree, _)| repository.tree_id(proposed.head).is_ok_and(|is| is == tree)) {
            return Ok(None);
        }
        let same = owned(repository, below, at_below.as_ref(), rendering)?
            == owned(repository, self.base, self.deployed.as_ref(), rendering)?;
        Ok(same.then_some(proposed.head))
    }

    /// Closes the open pull request when the base branch has our rendering already and what it
    /// proposes is not newer, nor a rollback of it, nor anybody's own work.
    pub fn close_pointless(
        &self,
        destination: &Destination,
        ours: &Release,
        head: Option<&Head>,
        options: &ProposeOptions,
    ) -> Result<()> {
        let (Some(pull), Some(proposed), Some(Head::Ours(_))) = (self.open_pull(), &self.proposed, head)
        else {
            return Ok(());
        };
        // Where it cannot be told, the proposal stays.
        let is_newer = |it: &Deployment| options.is_older(ours, &it.release()).unwrap_or(true);
        let is_rollback = |it: &Deployment| it.descriptor.rollback.is_some();
        if proposed.deployed.as_ref().is_some_and(|it| is_rollback(it) || is_newer(it)) {
            return Ok(());
        }
        let branch = destination.base_branch();
        destination.forge.close_pull(pull.number, &format!("{branch} has {} already", ours.version))
    }
}

/// The newest pull request, from the list that tells later whether people took the release out. Lists may
/// cut bodies, and do not tell everything of an open one.
pub(super) fn newest_pull(destination: &Destination) -> Result<Option<PullRequest>> {
    if !destination.forge.lists_by_head() {
        return destination.newest_pull();
    }
    let pulls = destination.pulls()?;
    let newest = pulls.iter().find(|pull| pull.is_open()).or(pulls.first());
    match newest.filter(|pull| pull.state != PullState::Merged) {
        Some(pull) => destination.forge.get_pull(pull.number).map(Some),
        None => Ok(newest.cloned()),
    }
}

/// The application's files at a commit, and those that stand where the rendering puts one.
fn owned(
    repository: &Repository,
    commit: Oid,
    deployed: Option<&Deployment>,
    rendering: &Rendering,
) -> Result<Vec<(String, Oid)>> {
    let owned = deployed.into_iter().flat_map(|deployed| deployed.files.iter());
    let mut paths: Vec<&String> = owned.chain(rendering.files.iter().map(|file| &file.path)).collect();
    paths.extend(rendering.edits.iter().map(|edit| &edit.file));
    paths.sort_unstable();
    paths.dedup();
    let mut found = Vec::new();
    for path in paths {
        found.extend(repository.entry_id(commit, path)?.map(|id| (path.clone(), id)));
    }
    Ok(found)
}
