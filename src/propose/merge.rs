//! Merge: a proposal becomes what is deployed, if it is still what Towline proposed.
//!
//! The pull request's body carries the trailers of the commit that was proposed. When the head
//! carries other ones, or none, somebody changed the branch after people had looked at the text,
//! and merging is refused. It is refused as well when somebody took them out of the body, because
//! then nothing tells what people have looked at.

use anyhow::Result;
use git2::Oid;

use super::merge_message;
use crate::forge::{MergeRequest, MergeResult, PullRequest, PullState};
use crate::git::Trailers;
use crate::gitops::Destination;
use crate::vocabulary::MergeMethod;
use crate::vocabulary::{Diagnostic, Outcome};

/// Which proposal is to be merged, and how.
#[derive(Debug, Clone, Copy)]
pub struct MergeOptions {
    /// The number of the pull request; without it, the one that is found by its branches.
    pub pull: Option<u64>,
    pub method: MergeMethod,
    /// Leave it to the forge when something is missing that will come.
    pub when_ready: bool,
}

/// How merging ended.
#[derive(Debug, Clone)]
pub struct Merged {
    /// `Done`, also when the forge will merge it; `Unchanged`: it was merged before; `Closed`; `Refused`.
    pub outcome: Outcome,
    pub pull: PullRequest,
    /// The commit on the base branch.
    pub commit: Option<Oid>,
    /// One sentence for people, without a period.
    pub message: String,
    pub hint: Option<String>,
}

/// Merges a proposal. It is an error when there is none.
pub fn merge(destination: &Destination, options: &MergeOptions) -> Result<Merged> {
    let pull = proposal(destination, options.pull)?;
    match pull.state {
        PullState::Merged => {
            let message = format!("{} is already merged", pull.url);
            Ok(Merged { commit: pull.merge_commit, ..ended(Outcome::Unchanged, pull, message) })
        }
        PullState::Closed => {
            let message = format!("{} was closed without being merged", pull.url);
            Ok(propose_again(destination, ended(Outcome::Closed, pull, message)))
        }
        PullState::Open => merge_open(destination, options, pull),
    }
}

fn proposal(destination: &Destination, number: Option<u64>) -> Result<PullRequest> {
    let (head, base) = (destination.head_branch(), destination.base_branch());
    let found = match number {
        // People can have a pull request go to another branch.
        Some(number) => {
            Some(destination.forge.get_pull(number)?).filter(|it| it.head == head && it.base == base)
        }
        None => destination.newest_pull()?,
    };
    found.ok_or_else(|| {
        let (application, name) = (destination.application, &destination.environment.name);
        let message = match number {
            Some(number) => format!("pull request {number} is not a proposal of {application} for {name}"),
            None => format!("there is no proposal of {application} for {name}"),
        };
        Diagnostic::new(message).hint(format!("run `towline propose {name}` to create one")).into()
    })
}

fn merge_open(destination: &Destination, options: &MergeOptions, pull: PullRequest) -> Result<Merged> {
    let at_head = Trailers::parse(&destination.repository.message(pull.head_commit)?);
    let in_body = Trailers::from_marker(&pull.body);
    let Some(trailers) = at_head.filter(|at_head| in_body.as_ref() == Some(at_head)) else {
        let message = match in_body {
            Some(_) => format!("the head of {} is not what was proposed", pull.url),
            None => {
                format!(
                    "the text of {} no longer contains Towline's marker: the description was edited",
                    pull.url
                )
            }
        };
        return Ok(propose_again(destination, ended(Outcome::Refused, pull, message)));
    };
    let message = merge_message(&*destination.forge, &pull, &trailers);
    let merge = MergeRequest {
        expected_head: pull.head_commit,
        method: options.method,
        message,
        when_ready: options.when_ready,
    };
    match destination.forge.merge_pull(pull.number, &merge)? {
        MergeResult::Merged(commit) => {
            let message = format!("merged {} as {commit}", pull.url);
            let pull = destination.forge.get_pull(pull.number)?;
            Ok(Merged { commit: Some(commit), ..ended(Outcome::Done, pull, message) })
        }
        MergeResult::HeadMoved(head) => {
            let message = format!("the branch of {} has just moved to {head}", pull.url);
            Ok(ended(Outcome::Refused, pull, message))
        }
        MergeResult::WhenReady(missing) => {
            let message = format!("{} will be merged when nothing is missing: {missing}", pull.url);
            Ok(ended(Outcome::Done, pull, message))
        }
        MergeResult::NotMergeable(why) => {
            let message = format!("{} cannot be merged: {why}", pull.url);
            Ok(propose_again(destination, ended(Outcome::Refused, pull, message)))
        }
    }
}

fn ended(outcome: Outcome, pull: PullRequest, message: String) -> Merged {
    Merged { outcome, pull, commit: None, message, hint: None }
}

fn propose_again(destination: &Destination, merged: Merged) -> Merged {
    // Without a version, another release than this one would be proposed.
    let message = destination.repository.message(merged.pull.head_commit).unwrap_or_default();
    let release = Trailers::parse(&message).map_or_else(|| "VERSION".to_owned(), |head| head.release);
    let environment = &destination.environment.name;
    let hint = format!("run `towline propose {environment} --release {release}` to propose it again");
    Merged { hint: Some(hint), ..merged }
}
