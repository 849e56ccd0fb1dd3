//! The current state: the base branch, the head branch, and the pull request, looked at once.

use anyhow::Result;
use git2::Oid;

use super::deployed::deployed;
use super::options::ProposeOptions;
use crate::forge::{PullRequest, PullState};
use crate::git::{Repository, Trailers};
use crate::gitops::{Deployment, Destination};
use crate::release::Release;
use crate::render::Rendering;
use crate::vocabulary::Diagnostic;
use crate::vocabulary::MergeMethod;

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
    /// Commits without Towline's trailers, the newest first.
    by_people: Vec<Oid>,
}

impl CurrentState {
    pub fn observe(destination: &Destination, rendering: &Rendering) -> Result<Self> {
        // The pull request comes before the base: if it is merged between the two looks, the base
        // has it already. The other way round, a merged one would be proposed a second time.
        let pull = destination.newest_pull()?;
        let base = destination.base_tip()?;
        let head = destination.repository.find_branch(&destination.head_branch())?;
        let ended = pull.as_ref().filter(|pull| pull.state != PullState::Open).map(|pull| pull.head_commit);
        let live = head.filter(|head| ended != Some(*head));
        Ok(Self {
            base,
            deployed: deployed(destination, base, rendering)?,
            head,
            pull,
            proposed: live
                .map(|head| Proposed::beyond(destination, base, head, rendering))
                .transpose()?
                .flatten(),
        })
    }

    pub fn open_pull(&self) -> Option<&PullRequest> {
        self.pull.as_ref().filter(|pull| pull.state == PullState::Open)
    }

    /// The version of the newer release that is in the way, and where it is.
    pub fn newer(&self, rendering: &Rendering, options: &ProposeOptions) -> Option<(String, &'static str)> {
        if options.allow_older {
            return None;
        }
        let proposed = self.proposed.as_ref().and_then(|proposed| proposed.deployed.as_ref());
        [(self.deployed.as_ref(), "deployed"), (proposed, "proposed")]
            .into_iter()
            .filter_map(|(deployed, where_)| Some((deployed?.release(), where_)))
            .find(|(release, _)| options.is_older(&rendering.release, release))
            .map(|(release, where_)| (release.version, where_))
    }

    pub fn refuse_peoples_commits(&self, destination: &Destination) -> Result<()> {
        let Some(proposed) = self.proposed.as_ref().filter(|it| !it.by_people.is_empty()) else {
            return Ok(());
        };
        let commits: Vec<String> =
            proposed.by_people.iter().map(|id| id.to_string()[..10].to_owned()).collect();
        let branch = destination.head_branch();
        let message = format!("people committed to {branch}: {}", commits.join(", "));
        Err(Diagnostic::refused(message)
            .hint("merge or close that pull request first, or overwrite their commits with `--force`")
            .into())
    }

    /// The head, if it proposes the very same files and nothing of ours changed below it. Where the
    /// base branch is to move to the head itself, nothing at all may have changed there.
    pub fn reusable(
        &self,
        destination: &Destination,
        rendering: &Rendering,
        trailers: &Trailers,
    ) -> Result<Option<Oid>> {
        let repository = &destination.repository;
        let Some(proposed) = self.proposed.as_ref().filter(|it| it.by_people.is_empty()) else {
            return Ok(None);
        };
        if Trailers::parse(&repository.message(proposed.head)?).as_ref() != Some(trailers) {
            return Ok(None);
        }
        let [parent] = repository.parents(proposed.head)?[..] else { return Ok(None) };
        if destination.environment.gitops.merge_method == MergeMethod::FastForward && parent != self.base {
            return Ok(None);
        }
        let below = deployed(destination, parent, rendering)?;
        let same = owned(repository, parent, below.as_ref(), rendering)?
            == owned(repository, self.base, self.deployed.as_ref(), rendering)?;
        Ok(same.then_some(proposed.head))
    }

    /// Closes the open pull request when the base branch has our rendering already and what it
    /// proposes is not newer, nor anybody's own work.
    pub fn close_pointless(
        &self,
        destination: &Destination,
        ours: &Release,
        options: &ProposeOptions,
    ) -> Result<()> {
        let (Some(pull), Some(proposed)) = (self.open_pull(), &self.proposed) else { return Ok(()) };
        let newer = proposed.deployed.as_ref().is_some_and(|it| options.is_older(ours, &it.release()));
        if newer || !proposed.by_people.is_empty() {
            return Ok(());
        }
        let branch = destination.base_branch();
        destination.forge.close_pull(pull.number, &format!("{branch} has {} already", ours.version))
    }
}

impl Proposed {
    /// Nothing when the base branch has the head already.
    fn beyond(
        destination: &Destination,
        base: Oid,
        head: Oid,
        rendering: &Rendering,
    ) -> Result<Option<Self>> {
        let commits = destination.repository.commits_since(base, head)?;
        if commits.is_empty() {
            return Ok(None);
        }
        let by_people = by_people(&destination.repository, commits)?;
        // People may have damaged the descriptor; that is theirs to mend, and no reason to stop.
        let deployed = deployed(destination, head, rendering).ok().flatten();
        Ok(Some(Self { head, deployed, by_people }))
    }
}

/// Those of the commits that are without Towline's trailers.
pub fn by_people(repository: &Repository, commits: Vec<Oid>) -> Result<Vec<Oid>> {
    let mut by_people = Vec::new();
    for commit in commits {
        if Trailers::parse(&repository.message(commit)?).is_none() {
            by_people.push(commit);
        }
    }
    Ok(by_people)
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
