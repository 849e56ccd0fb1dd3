//! Signed commits. `git` signs them with the key and program of its own settings (`commit.gpgsign`,
//! `gpg.format`, `user.signingkey`), because only git supports all of them.

use anyhow::{Context, Result};
use git2::Oid;

use super::process::git;
use super::repository::Repository;
use super::settings::Settings;
use super::write::NewCommit;
use crate::process::run_attached;
use crate::vocabulary::Diagnostic;

impl Repository {
    /// Writes a commit that no branch has yet, signed.
    pub(super) fn commit_signed(&self, new: NewCommit<'_>, settings: &Settings) -> Result<Oid> {
        let mut command = git(self.git.path());
        command.args(["commit-tree", "-S", "-F", "-", &new.tree.to_string()]);
        for parent in new.parents {
            command.args(["-p", &parent.to_string()]);
        }
        let time = format!("{} +0000", new.time.as_second());
        let people = [("AUTHOR", settings.author(new.time)?), ("COMMITTER", settings.committer(new.time)?)];
        for (role, person) in &people {
            for (part, value) in [("NAME", person.name()?), ("EMAIL", person.email()?), ("DATE", &time)] {
                command.env(format!("GIT_{role}_{part}"), value);
            }
        }
        let ended = run_attached(command, new.message).context("cannot run git to sign the commit")?;
        if !ended.is_success() {
            return Err(unsigned(&String::from_utf8_lossy(&ended.stderr)));
        }
        let id = Oid::from_str(String::from_utf8_lossy(&ended.stdout).trim());
        id.context("git commit-tree did not print a commit id")
    }
}

fn unsigned(errors: &str) -> anyhow::Error {
    let said: Vec<&str> = errors.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    Diagnostic::new(format!("cannot sign the commit: {}", said.join("; ")))
        .hint("correct `user.signingkey` and `gpg.format` in git's configuration, or unset `commit.gpgsign`")
        .into()
}
