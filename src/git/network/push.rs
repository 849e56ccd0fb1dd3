//! Moving a branch of the remote repository: a push that names where the branch was expected, so
//! that the server refuses it when somebody was faster. Which refusals mean that, and which are
//! final, is told apart here.

use anyhow::Result;
use git2::Oid;

use super::fault::{Fault, summary};
use super::refusal::Refusal;
use super::remote::Remote;
use super::transport::{Push, Pushed};
use crate::failpoint::side_effect;
use crate::git::{Backoff, Update};
use crate::vocabulary::Diagnostic;

/// What one push means for the branch.
enum Ended {
    Done,
    Moved,
    Outdated,
    /// Whether the server took it is not known.
    Unknown(anyhow::Error),
}

impl Remote {
    /// Points `branch` at `new`, only if it is still at `expected` (`None`: does not exist).
    pub fn update_branch(&self, branch: &str, new: Oid, expected: Option<Oid>) -> Result<Update> {
        self.end_look();
        let mut lost = None;
        for () in Backoff::default().take(4) {
            match self.push(branch, new, expected)? {
                Ended::Done => return Ok(Update::Done),
                Ended::Moved => {}
                Ended::Outdated => return Ok(Update::Outdated),
                Ended::Unknown(error) => lost = Some(error),
            }
            match self.find_branch(branch)? {
                // Where an answer is lost, a client may send the push again, and is told that the branch
                // moved.
                Some(tip) if tip == new => return Ok(Update::Done),
                tip if tip != expected => return Ok(Update::Moved(tip)),
                // The lock of another push, which ended without a change, or a lost connection.
                _ => {}
            }
        }
        Err(lost.unwrap_or_else(|| self.locked(branch)))
    }

    fn push(&self, branch: &str, new: Oid, expected: Option<Oid>) -> Result<Ended> {
        let reference = &format!("refs/heads/{branch}");
        side_effect(&format!("push {reference}"));
        let answer = self.ask(|transport| transport.push(Push { reference, new, expected }))?;
        side_effect(&format!("pushed {reference}"));
        match answer {
            Ok(Pushed::Done) => Ok(Ended::Done),
            Ok(Pushed::Unsent) => Ok(Ended::Outdated),
            Ok(Pushed::Refused { reason, said }) => match Refusal::of(&reason, &said) {
                Refusal::Moved => Ok(Ended::Moved),
                refusal => Err(self.refused(branch, refusal, &reason, &said)),
            },
            Err(failure) => match failure.fault {
                Fault::Unreachable | Fault::Stalled | Fault::RateLimited | Fault::NotGit => {
                    Ok(Ended::Unknown(self.error("push to", &failure)))
                }
                _ => Err(self.error("push to", &failure)),
            },
        }
    }

    fn refused(&self, branch: &str, refusal: Refusal, reason: &str, errors: &str) -> anyhow::Error {
        let server: Vec<&str> = errors.lines().filter(|line| line.starts_with("remote:")).collect();
        let mut message = format!("{} refuses to update {branch}: {reason}", self.server.url.shown());
        let said = summary(&server.join("\n"));
        if !server.is_empty() {
            message += &format!(": {said}");
        }
        Diagnostic::refused(message).hint(refusal.hint(branch)).into()
    }

    fn locked(&self, branch: &str) -> anyhow::Error {
        let message = format!("cannot update {branch} in {}: it is still locked", self.server.url.shown());
        Diagnostic::new(message).hint("another push has not finished: retry later").into()
    }
}
