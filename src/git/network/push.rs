//! Moving a branch of the remote repository: a push that names where the branch was expected, so
//! that the server refuses it when somebody was faster. Which refusals mean that, and which are
//! final, is told apart here.

use anyhow::Result;
use git2::Oid;

use super::Remote;
use super::fault::{Fault, summary};
use crate::error::Diagnostic;
use crate::git::{Backoff, Update, side_effect};

/// What git says of a reference that is not where it was expected.
const MOVED: [&str; 5] =
    ["non-fast-forward", "fetch first", "stale info", "cannot lock ref", "failed to update ref"];
/// The same from GitLab and from Azure DevOps, which say it in their own words.
const MOVED_ANYWHERE: [&str; 2] = ["incorrect old value provided", "TF401028"];

/// What came of one push.
enum Pushed {
    Done,
    Moved,
    /// Whether the server took it is not known.
    Unknown(anyhow::Error),
}

impl Remote {
    /// Points `branch` at `new`, only if it is still at `expected` (`None`: does not exist).
    pub fn update_branch(&self, branch: &str, new: Oid, expected: Option<Oid>) -> Result<Update> {
        let mut lost = None;
        for () in Backoff::default().take(3) {
            match self.push(branch, new, expected)? {
                Pushed::Done => return Ok(Update::Done),
                Pushed::Moved => {}
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

    fn push(&self, branch: &str, new: Oid, expected: Option<Oid>) -> Result<Pushed> {
        let name = format!("refs/heads/{branch}");
        let lease =
            format!("--force-with-lease={name}:{}", expected.map(|id| id.to_string()).unwrap_or_default());
        let refspec = format!("{new}:{name}");
        side_effect(&format!("push {name}"));
        let answer = self.git(
            &[
                "push",
                "--porcelain",
                "--no-verify",
                "--no-follow-tags",
                "--recurse-submodules=no",
                &lease,
                "origin",
                &refspec,
            ],
            "",
        )?;
        side_effect(&format!("pushed {name}"));
        if answer.success {
            return Ok(Pushed::Done);
        }
        match rejection(&answer.output) {
            Some(reason) if is_moved(reason, &answer.errors) => Ok(Pushed::Moved),
            Some(reason) => Err(self.refused(branch, reason, &answer.errors)),
            None if Fault::of(&answer.errors) == Fault::Unreachable => {
                Ok(Pushed::Unknown(self.fault("push to", &answer.errors)))
            }
            None => Err(self.fault("push to", &answer.errors)),
        }
    }

    fn refused(&self, branch: &str, reason: &str, errors: &str) -> anyhow::Error {
        let server: Vec<&str> = errors.lines().filter(|line| line.starts_with("remote:")).collect();
        let mut message = format!("{} refuses to update {branch}: {reason}", self.url.shown());
        let said = summary(&server.join("\n"));
        if !server.is_empty() {
            message += &format!(": {said}");
        }
        Diagnostic::new(message)
            .hint(format!("a rule of the server is in the way: let this user or token push to {branch}"))
            .into()
    }

    fn locked(&self, branch: &str) -> anyhow::Error {
        Diagnostic::new(format!("cannot update {branch} in {}: it stays locked", self.url.shown()))
            .hint("another push did not end: run this again later")
            .into()
    }
}

/// Why the reference was not updated, from the lines of `git push --porcelain`: flag, references
/// and `[rejected] (reason)`, with tabs in between.
fn rejection(porcelain: &str) -> Option<&str> {
    let line = porcelain.lines().find(|line| line.starts_with("!\t"))?;
    let told = line.splitn(3, '\t').nth(2)?;
    Some(told.split_once('(').map_or(told, |(_, reason)| reason.trim_end_matches(')')))
}

fn is_moved(reason: &str, errors: &str) -> bool {
    let said = |text: &str, words: &[&str]| words.iter().any(|word| text.contains(word));
    said(reason, &MOVED) || said(reason, &MOVED_ANYWHERE) || said(errors, &MOVED_ANYWHERE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(line: &str, errors: &str) -> bool {
        let porcelain = format!("To https://host/a/b.git\n{line}\nDone\n");
        is_moved(rejection(&porcelain).unwrap(), errors)
    }

    #[test]
    fn somebody_was_faster() {
        for reason in [
            "[rejected] (stale info)",
            "[rejected] (fetch first)",
            "[rejected] (non-fast-forward)",
            "[remote rejected] (failed to update ref)",
            "[remote rejected] (cannot lock ref 'refs/heads/main': is at 1 but expected 2)",
            "[remote rejected] (incorrect old value provided)",
            "[remote rejected] (TF401028: The reference 'refs/heads/main' has already been updated)",
        ] {
            assert!(moved(&format!("!\tabc:refs/heads/main\t{reason}"), ""), "{reason}");
        }
        let azure = "remote: TF401028: The reference has already been updated by another client";
        assert!(moved("!\ta:b\t[remote rejected] (rejected)", azure));
    }

    #[test]
    fn the_server_refuses() {
        for reason in ["protected branch hook declined", "pre-receive hook declined", "permission denied"] {
            assert!(!moved(&format!("!\tabc:refs/heads/main\t[remote rejected] ({reason})"), ""));
        }
    }
}
