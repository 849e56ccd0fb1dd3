//! Waiting: a proposal that is open, and what it waits for.

use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;

use super::context::after;
use super::evaluate::Deadline;
use super::memory::{Memory, Remembered};
use super::observation::{Next, Observation, State};
use crate::config::MergePolicy;
use crate::forge::{MergeReadiness, PullRequest};
use crate::gitops::Destination;
use crate::vocabulary::MergeMethod;
use crate::vocabulary::text::length;

/// Reviews and checks do not always show in the pull request itself. They are asked for again after
/// a tenth of the time that it has waited, and after this time at least: soon when people have
/// just begun to look at it, rarely when it has been there since yesterday.
const STANDING_HOLDS: Duration = Duration::from_secs(60);

/// The time that people have begins with what is proposed now, not with the first release that
/// this pull request was opened for.
pub fn observe_open(
    destination: &Destination,
    pull: PullRequest,
    memory: &mut Memory,
) -> Result<Observation> {
    let since = destination.repository.commit_time(pull.head_commit)?.max(pull.created_at);
    let limit = *destination.environment.rollout.merge;
    let deadline = after(since, limit);
    let mut readiness = merge_readiness(destination, &pull, since, memory);
    if let Ok(readiness) = &mut readiness {
        readiness.behind |= cannot_be_fast_forwarded(destination, &pull)?;
    }
    let nothing = MergeReadiness::default();
    let known = readiness.as_ref().unwrap_or(&nothing);
    let environment = destination.environment;
    let mut obstacles = obstacles(&environment.name, &environment.merge, &pull, known);
    // An old server, or a token that may not ask: the merge shows all the same.
    if let Err(why) = &readiness {
        obstacles += &format!("; {why}");
    }
    let now = destination.clock.now();
    let state = match now >= deadline {
        true => State::TimedOut {
            deadline: Deadline::Merge,
            reason: format!("{} was not merged within {}{obstacles}", pull.url, length(limit)),
        },
        false => State::LookAgain {
            next: Next::new(now, deadline),
            why: format!("{} is waiting to be merged{obstacles}", pull.url),
        },
    };
    let mut seen = Observation::of(state);
    seen.times.proposed_at = Some(since);
    seen.ends_at = Some(deadline);
    Ok(Observation { pull: Some(pull), merge_readiness: readiness.ok(), ..seen })
}

/// Whether the base branch went on, and is to move to the proposed commit itself. To the forge such a
/// pull request can be merged: how is not for it to know.
fn cannot_be_fast_forwarded(destination: &Destination, pull: &PullRequest) -> Result<bool> {
    let gitops = &destination.environment.gitops;
    Ok(gitops.merge_method == MergeMethod::FastForward
        && !destination.repository.is_ancestor(destination.base_tip()?, pull.head_commit)?)
}

/// What it waits for, or why that cannot be seen.
fn merge_readiness(
    destination: &Destination,
    pull: &PullRequest,
    since: Timestamp,
    memory: &mut Memory,
) -> std::result::Result<MergeReadiness, String> {
    let now = destination.clock.now();
    let waited = Duration::try_from(now.duration_since(since)).unwrap_or_default();
    if let Some(known) = &memory.readiness
        && known.pull == *pull
        && after(known.at, STANDING_HOLDS.max(waited / 10)) > now
    {
        return known.readiness.clone();
    }
    let readiness = destination.forge.merge_readiness(pull.number).map_err(|error| format!("{error:#}"));
    memory.readiness = Some(Remembered { pull: pull.clone(), at: now, readiness: readiness.clone() });
    readiness
}

/// What is in the way, each behind a semicolon.
fn obstacles(
    environment: &str,
    policy: &MergePolicy,
    pull: &PullRequest,
    readiness: &MergeReadiness,
) -> String {
    let mut parts = Vec::new();
    if pull.mergeable == Some(false) {
        parts.push(format!("it conflicts with {}", pull.base));
    } else if readiness.behind {
        parts.push(format!("it has to be put onto the new {}", pull.base));
    }
    let mut list = |what: &str, names: &[String]| {
        if !names.is_empty() {
            parts.push(format!("{what} {}", names.join(", ")));
        }
    };
    list("rejected by", &readiness.rejected_by);
    list("not met:", &readiness.broken);
    list("missing:", &readiness.missing);
    list("approved by", &readiness.approved_by);
    list("an older commit was approved by", &readiness.outdated_approvals);
    if let Some(words) = &readiness.refused {
        parts.push(format!("the forge refused to merge it: {words}"));
    }
    // What people are to merge anyway is not held up by that.
    if let Some(why) = readiness.never.as_ref().filter(|_| policy.may_merge()) {
        parts.push(format!("it has to be merged by people: {why}"));
    }
    if let Some(why) = &readiness.evicted {
        parts.push(format!(
            "it was removed from the merge queue ({why}); run `towline merge {environment} --when-ready` to add it again"
        ));
    }
    if readiness.merges_itself && readiness.never.is_none() {
        parts.push("it will be merged when nothing is missing".to_owned());
    }
    parts.iter().map(|part| format!("; {part}")).collect()
}

#[cfg(test)]
mod tests {
    use git2::Oid;

    use super::*;
    use crate::forge::PullState;
    use crate::rollout::testing::at;

    fn pull(mergeable: Option<bool>) -> PullRequest {
        PullRequest {
            number: 1,
            url: "gitops#1".into(),
            state: PullState::Open,
            title: String::new(),
            body: String::new(),
            head: "towline/dev/greeting".into(),
            base: "main".into(),
            head_commit: Oid::ZERO_SHA1,
            merge_commit: None,
            created_at: at(0),
            ended_at: None,
            mergeable,
        }
    }

    #[test]
    fn every_obstacle_is_told() {
        let obstacles = |pull: &PullRequest, readiness: &MergeReadiness| {
            obstacles("dev", &MergePolicy::Auto, pull, readiness)
        };
        assert_eq!(obstacles(&pull(None), &MergeReadiness::default()), "");
        let readiness = MergeReadiness {
            approved_by: vec!["ann".into()],
            outdated_approvals: vec!["joe".into()],
            behind: false,
            rejected_by: vec!["bob".into(), "eve".into()],
            missing: vec!["1 more approval".into()],
            broken: vec!["build".into()],
            merges_itself: true,
            ..MergeReadiness::default()
        };
        insta::assert_snapshot!(obstacles(&pull(Some(false)), &readiness), @"; it conflicts with main; rejected by bob, eve; not met: build; missing: 1 more approval; approved by ann; an older commit was approved by joe; it will be merged when nothing is missing");
        let evicted = MergeReadiness { evicted: Some("failed checks".into()), ..MergeReadiness::default() };
        insta::assert_snapshot!(obstacles(&pull(Some(true)), &evicted), @"; it was removed from the merge queue (failed checks); run `towline merge dev --when-ready` to add it again");
        let refused = MergeReadiness {
            refused: Some("Not all required status checks successful".into()),
            never: Some("the token's user may not merge into main".into()),
            ..MergeReadiness::default()
        };
        insta::assert_snapshot!(obstacles(&pull(None), &refused), @"; the forge refused to merge it: Not all required status checks successful; it has to be merged by people: the token's user may not merge into main");
    }
}
