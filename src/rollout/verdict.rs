//! Verdict: Towline's own commit status on the merged commit, which records the result of a release
//! in an environment. Only the verdict tells a later run that nothing is left to do.
//!
//! It counts only from an account that [`Destination::trusts`], and for the files that the commit
//! has. Of several for the same files and release, the latest counts.

use anyhow::Result;
use git2::Oid;
use jiff::Timestamp;

use super::withdrawal::{self, Withdrawal};
use crate::forge::{CommitStatus, NewStatus, PullRequest, StatusState};
use crate::gates::TestCounts;
use crate::gitops::{Content, Deployment, Destination};
use crate::release::Release;
use crate::render::descriptor::Descriptor;
use crate::render::taken_out::TakenOut;
use crate::secrets;
use crate::vocabulary::repository_url::is_same_repository;
use crate::vocabulary::text;

/// As many characters as every forge takes in a status.
const DESCRIPTION: usize = 140;

/// Whether a release may go on from an environment.
#[derive(Debug)]
pub enum Standing {
    /// It has a success on this commit, and that was the last word.
    Verified(Oid),
    /// People took it out.
    Withdrawn(Withdrawal),
    /// It was rolled back; a clause.
    RolledBack(String),
    /// Why not; a clause.
    Not(String),
}

/// The latest verdict on `commit`.
pub fn latest(destination: &Destination, commit: Oid) -> Result<Option<CommitStatus>> {
    Ok(all(destination, commit)?.0)
}

/// The latest verdict on `commit`, and who wrote one that does not count.
fn all(destination: &Destination, commit: Oid) -> Result<(Option<CommitStatus>, Option<String>)> {
    let context = context(destination);
    let mut untrusted = None;
    for status in destination.forge.plain_statuses(commit)? {
        if status.context != context {
            continue;
        }
        if destination.trusts(&status)? {
            return Ok((Some(status), untrusted));
        }
        untrusted = untrusted.or(status.creator).or(status.creator_id);
    }
    Ok((None, untrusted))
}

/// Whether a verdict says that it works.
pub fn is_good(verdict: &CommitStatus) -> bool {
    verdict.state == StatusState::Success
}

/// Whether a verdict says that it does not.
pub fn is_failure(verdict: &CommitStatus) -> bool {
    matches!(verdict.state, StatusState::Failure | StatusState::Error)
}

pub fn is_success(destination: &Destination, commit: Oid) -> Result<bool> {
    Ok(latest(destination, commit)?.is_some_and(|verdict| is_good(&verdict)))
}

/// The latest verdict on what stands in `tip`, and the commit that has it.
pub fn of_content(
    destination: &Destination,
    content: &Content,
    tip: Oid,
) -> Result<Option<(Oid, CommitStatus)>> {
    for commit in content.origins(&destination.repository, tip)? {
        if let Some(verdict) = latest(destination, commit)? {
            return Ok(Some((commit, verdict)));
        }
    }
    Ok(None)
}

/// Records that `commit` was seen on the branch, unless a status of Towline's tells already.
pub fn mark_seen(destination: &Destination, commit: Oid, description: &str) -> Result<()> {
    if first_seen(destination, commit)?.is_some() {
        return Ok(());
    }
    let (context, description) = (context(destination), shown(description));
    let status = NewStatus { context, state: StatusState::Pending, description, target_url: None };
    destination.forge.set_commit_status(commit, &status)
}

/// When Towline first wrote a status on `commit`.
pub fn first_seen(destination: &Destination, commit: Oid) -> Result<Option<Timestamp>> {
    let context = context(destination);
    let mut first = None;
    for status in destination.forge.plain_statuses(commit)? {
        if status.context == context && destination.trusts(&status)? {
            first = Some(status.created_at);
        }
    }
    Ok(first)
}

/// Writes a verdict, unless the latest one says the same. Returns whether it did.
pub fn write(destination: &Destination, commit: Oid, state: StatusState, description: &str) -> Result<bool> {
    let description = shown(description);
    let same = |verdict: CommitStatus| verdict.state == state && verdict.description == description;
    if latest(destination, commit)?.is_some_and(same) {
        return Ok(false);
    }
    let context = context(destination);
    destination
        .forge
        .set_commit_status(commit, &NewStatus { context, state, description, target_url: None })
        .map(|()| true)
}

/// A description as it is written: without secrets before it is cut, because half of one is not found.
fn shown(description: &str) -> String {
    text::shorten(&text::one_line(&secrets::redact(description)), DESCRIPTION)
}

/// Writes what the checks counted, beside the verdict that follows. Gates of other environments read it.
pub fn write_test_counts(destination: &Destination, commit: Oid, counts: TestCounts) -> Result<()> {
    if test_counts(destination, commit)? == Some(counts) {
        return Ok(());
    }
    let state = if counts.failed == 0 { StatusState::Success } else { StatusState::Failure };
    let (context, description) = (format!("{}/tests", context(destination)), counts.to_string());
    destination.forge.set_commit_status(commit, &NewStatus { context, state, description, target_url: None })
}

/// What the checks of a commit counted, as it was recorded last.
pub fn test_counts(destination: &Destination, commit: Oid) -> Result<Option<TestCounts>> {
    let context = format!("{}/tests", context(destination));
    for status in destination.forge.plain_statuses(commit)? {
        if status.context == context && destination.trusts(&status)? {
            return Ok(TestCounts::parse(&status.description));
        }
    }
    Ok(None)
}

/// The commit that brought what `deployed` describes, which stands at `tip`, and the verdict on it.
/// Pull requests are looked at only when none of the commits that may have brought it has a verdict.
pub fn of_deployed(
    destination: &Destination,
    deployed: &Deployment,
    tip: Oid,
) -> Result<(Oid, Option<CommitStatus>)> {
    let repository = &destination.repository;
    let content = deployed.content(repository)?;
    let origins = content.origins(repository, tip)?;
    for commit in &origins {
        if let Some(verdict) = latest(destination, *commit)? {
            return Ok((*commit, Some(verdict)));
        }
    }
    let oldest = origins[0];
    let pull = destination.newest_pull()?;
    let commit = content.brought_by(repository, tip, pull.as_ref())?;
    let verdict = if commit == oldest { None } else { latest(destination, commit)? };
    Ok((commit, verdict))
}

/// Whether `release` is verified in an environment, also when a newer release is deployed there by
/// now.
pub fn standing(destination: &Destination, release: &Release) -> Result<Standing> {
    let tip = destination.base_tip()?;
    let there = destination.deployment(tip)?;
    if let Some(held) = there.as_ref().and_then(|there| there.descriptor.hold_on(release)) {
        return Ok(rolled_back(held));
    }
    let deployed = there.filter(|deployed| is_of(&deployed.descriptor, release));
    if let Some(deployed) = &deployed {
        if let Some(changed) = changed(destination, deployed)? {
            return Ok(Standing::Not(changed));
        }
        if let Some(ring) = &deployed.descriptor.ring {
            return Ok(Standing::Not(format!("it has come to {ring} there")));
        }
        let (commit, verdict) = of_deployed(destination, deployed, tip)?;
        if let Some(verdict) = verdict {
            return Ok(judge(commit, &verdict));
        }
    }
    // The tip comes after the pull requests: what is merged in between is on it.
    let pulls = destination.pulls()?;
    let tip = destination.base_tip()?;
    let (merged, held) = merged_with(destination, &pulls, release, tip)?;
    match &deployed {
        // What was verified before is another deployment than this.
        Some(deployed) if deployed.descriptor.rollback.is_some() => {
            Ok(Standing::Not("it was rolled back to there and has no verdict since".to_owned()))
        }
        None if let Some(held) = held => Ok(rolled_back(&held)),
        // The same files that came back are another deployment than the one that has a verdict.
        Some(deployed) if came_back(destination, deployed, &merged, tip)? => {
            Ok(Standing::Not("it was put back there and has no verdict since".to_owned()))
        }
        None if let Some(withdrawal) = withdrawal::of_release(destination, &pulls, &merged, tip)? => {
            Ok(Standing::Withdrawn(withdrawal))
        }
        _ => last_word(destination, &merged),
    }
}

/// What people changed or removed of a deployment: it is not what was verified.
fn changed(destination: &Destination, deployed: &Deployment) -> Result<Option<String>> {
    let drift = deployed.drift(&destination.repository)?;
    let paths: Vec<&str> = drift.iter().map(|drift| drift.path.as_str()).collect();
    Ok((!paths.is_empty())
        .then(|| format!("people changed its files there by hand: {}", text::listed(&paths))))
}

fn rolled_back(held: &TakenOut) -> Standing {
    Standing::RolledBack(format!("it was rolled back there{}", held.because()))
}

/// The commits on the branch with which pull requests brought `release`, the newest first; and whether one that
/// came after them took it out.
fn merged_with(
    destination: &Destination,
    pulls: &[PullRequest],
    release: &Release,
    tip: Oid,
) -> Result<(Vec<Oid>, Option<TakenOut>)> {
    let (mut found, mut held) = (Vec::new(), None);
    for commit in pulls.iter().filter_map(|pull| pull.merge_commit) {
        // A force-push may have taken it out again.
        if !withdrawal::is_on_branch(destination, commit, tip)? {
            continue;
        }
        let Some(deployed) = destination.deployment(commit)? else { continue };
        if is_whole(&deployed.descriptor, release) {
            found.push(commit);
        } else if found.is_empty() && held.is_none() {
            held = deployed.descriptor.hold_on(release).cloned();
        }
    }
    Ok((found, held))
}

fn came_back(destination: &Destination, deployed: &Deployment, merged: &[Oid], tip: Oid) -> Result<bool> {
    let repository = &destination.repository;
    let content = deployed.content(repository)?;
    for commit in merged {
        if content.stands_in(repository, *commit)? {
            let since = content.brought_by(repository, tip, None)?;
            return Ok(!repository.is_ancestor(since, *commit)?);
        }
    }
    Ok(false)
}

fn last_word(destination: &Destination, merged: &[Oid]) -> Result<Standing> {
    let mut last: Option<(Oid, CommitStatus)> = None;
    let mut untrusted = None;
    for commit in merged {
        let (verdict, by) = all(destination, *commit)?;
        untrusted = untrusted.or(by);
        let Some(verdict) = verdict else { continue };
        if last.as_ref().is_none_or(|(_, other)| verdict.created_at > other.created_at) {
            last = Some((*commit, verdict));
        }
    }
    Ok(match last {
        Some((commit, verdict)) => judge(commit, &verdict),
        None => Standing::Not(match untrusted {
            Some(by) => format!("the verdict there is by `{by}`, whom `gitops.trusted` does not list"),
            None => "it has no verdict there".to_owned(),
        }),
    })
}

fn judge(commit: Oid, verdict: &CommitStatus) -> Standing {
    match verdict.state {
        StatusState::Success => Standing::Verified(commit),
        StatusState::Pending => Standing::Not("it is not finished there".to_owned()),
        _ => Standing::Not(format!("its last verdict there is \"{}\"", verdict.description)),
    }
}

fn context(destination: &Destination) -> String {
    format!("towline/{}/{}", destination.application, destination.environment.name)
}

/// Whether a descriptor is of this release, in all targets.
fn is_whole(descriptor: &Descriptor, release: &Release) -> bool {
    descriptor.ring.is_none() && is_of(descriptor, release)
}

/// Whether a descriptor is of this release. The commit and the source repository are compared where
/// both are known. Which run of the CI system it is from does not matter: the same release may be
/// built twice.
pub fn is_of(descriptor: &Descriptor, release: &Release) -> bool {
    let same =
        |one: &Option<String>, other: &Option<String>| one.is_none() || other.is_none() || one == other;
    let recorded = &descriptor.release;
    let repositories = recorded.repository.as_deref().zip(release.repository.as_deref());
    repositories.is_none_or(|(one, other)| is_same_repository(one, other))
        && recorded.version == release.version
        && same(&recorded.commit, &release.commit)
        && descriptor.images == release.images
}
