//! Moving a branch of the remote repository: a push that names where the branch was expected, so
//! that the server refuses it when somebody was faster. Which refusals mean that, and which are
//! final, is told apart here.

use anyhow::Result;
use git2::Oid;

use super::fault::{Fault, summary};
use super::refusal::Refusal;
use super::remote::Remote;
use crate::failpoint::side_effect;
use crate::git::{Backoff, Update};
use crate::vocabulary::Diagnostic;

/// What came of one push.
enum Pushed {
    Done,
    Moved,
    /// The cache lacks objects that git would send, because it does not know that the server has them.
    Unsent,
    /// Whether the server took it is not known.
    Unknown(anyhow::Error),
}

impl Remote {
    /// Points `branch` at `new`, only if it is still at `expected` (`None`: does not exist).
    ///
    /// git leaves out what the tips of the server's branches contain. When the base branch moved since it
    /// was fetched, no tip tells that the server has the commit that `new` builds on, and most of that is
    /// not in the cache. git then has to ask the server which commits it has.
    pub fn update_branch(&self, branch: &str, new: Oid, expected: Option<Oid>) -> Result<Update> {
        let mut lost = None;
        let mut negotiate = false;
        for () in Backoff::default().take(4) {
            match self.push(branch, new, expected, negotiate)? {
                Pushed::Done => return Ok(Update::Done),
                Pushed::Moved => {}
                // The server does not answer that question.
                Pushed::Unsent if negotiate => return Ok(Update::Outdated),
                Pushed::Unsent => {
                    negotiate = true;
                    continue;
                }
                Pushed::Unknown(error) => lost = Some(error),
            }
            match self.find_branch(branch)? {
                Some(tip) if tip == new && lost.is_some() => return Ok(Update::Done),
                tip if tip != expected => return Ok(Update::Moved(tip)),
                // The lock of another push, which ended without a change, or a lost connection.
                _ => {}
            }
        }
        Err(lost.unwrap_or_else(|| self.locked(branch)))
    }

    fn push(&self, branch: &str, new: Oid, expected: Option<Oid>, negotiate: bool) -> Result<Pushed> {
        let name = format!("refs/heads/{branch}");
        let lease =
            format!("--force-with-lease={name}:{}", expected.map(|id| id.to_string()).unwrap_or_default());
        let refspec = format!("{new}:{name}");
        side_effect(&format!("push {name}"));
        let ask: &[&str] = if negotiate { &["-c", "push.negotiate=true"] } else { &[] };
        let push = [
            "push",
            "--porcelain",
            "--no-verify",
            "--no-follow-tags",
            "--recurse-submodules=no",
            &lease,
            "origin",
            &refspec,
        ];
        let answer = self.git(&[ask, &push].concat(), "")?;
        side_effect(&format!("pushed {name}"));
        if answer.success {
            return Ok(Pushed::Done);
        }
        let refused = rejection(&answer.output).map(|reason| (Refusal::of(reason, &answer.errors), reason));
        match refused {
            Some((Refusal::Moved, _)) => Ok(Pushed::Moved),
            Some((refusal, reason)) => Err(self.refused(branch, refusal, reason, &answer.errors)),
            None => match Fault::of(&answer.errors) {
                Fault::Unsent => Ok(Pushed::Unsent),
                Fault::Unreachable | Fault::Stalled | Fault::RateLimited => {
                    Ok(Pushed::Unknown(self.fault("push to", &answer.errors)))
                }
                _ => Err(self.fault("push to", &answer.errors)),
            },
        }
    }

    fn refused(&self, branch: &str, refusal: Refusal, reason: &str, errors: &str) -> anyhow::Error {
        let server: Vec<&str> = errors.lines().filter(|line| line.starts_with("remote:")).collect();
        let mut message = format!("{} refuses to update {branch}: {reason}", self.url.shown());
        let said = summary(&server.join("\n"));
        if !server.is_empty() {
            message += &format!(": {said}");
        }
        Diagnostic::refused(message).hint(refusal.hint(branch)).into()
    }

    fn locked(&self, branch: &str) -> anyhow::Error {
        Diagnostic::new(format!("cannot update {branch} in {}: it is still locked", self.url.shown()))
            .hint("another push has not finished: retry later")
            .into()
    }
}

/// Why the reference was not updated, from the lines of `git push --porcelain`: flag, references
/// and `[rejected] (reason)`, with tabs in between.
pub fn rejection(porcelain: &str) -> Option<&str> {
    let line = porcelain.lines().find(|line| line.starts_with("!\t"))?;
    let told = line.splitn(3, '\t').nth(2)?;
    Some(told.split_once('(').map_or(told, |(_, reason)| reason.trim_end_matches(')')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_stands_behind_the_reference() {
        let reason = |line: &str| {
            let porcelain = format!("To https://host/a/b.git\n{line}\nDone\n");
            rejection(&porcelain).map(str::to_owned)
        };
        assert_eq!(reason("!\tabc:refs/heads/main\t[rejected] (stale info)").unwrap(), "stale info");
        let lock = "cannot lock ref 'refs/heads/main': is at 1 (2)";
        assert_eq!(
            reason(&format!("!\ta:b\t[remote rejected] ({lock})")).unwrap(),
            lock.trim_end_matches(')')
        );
        assert_eq!(reason("*\tabc:refs/heads/main\t[new branch]"), None);
    }
}
