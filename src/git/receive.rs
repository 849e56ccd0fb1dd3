//! Moving a branch of a local repository that has hooks: by a push to itself, because only git runs
//! them as a server does (`pre-receive`, `update`, `post-receive`, `post-update`,
//! `reference-transaction`), with its rules about pushes (`receive.*`).

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use anyhow::{Context, Result};
use git2::Oid;

use super::backoff::Backoff;
use super::network::{Refusal, rejection};
use super::process::git;
use super::repository::Repository;
use super::settings::Settings;
use super::write::Update;
use crate::failpoint::side_effect;
use crate::process::run_attached;
use crate::vocabulary::Diagnostic;

/// The branches of proposals, which only Towline writes.
const PROPOSALS: &str = "refs/heads/towline/";

/// Those that run when branches move.
const HOOKS: [&str; 6] =
    ["pre-receive", "update", "post-receive", "post-update", "reference-transaction", "proc-receive"];

impl Repository {
    /// Whether hooks are to run when a branch moves.
    pub(super) fn has_hooks(&self) -> Result<bool> {
        let git = self.git.path();
        let settings = self.settings()?;
        let folder = settings.text("core.hookspath").map_or_else(|| git.join("hooks"), PathBuf::from);
        let is_program = |path: PathBuf| {
            path.metadata().is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
        };
        Ok(HOOKS.iter().any(|hook| is_program(git.join(&folder).join(hook))))
    }

    /// Points a branch at `new`, only if it is still at `expected`, as `git push` does.
    pub(super) fn push_to_itself(&self, name: &str, new: Oid, expected: Option<Oid>) -> Result<Update> {
        for () in Backoff::default() {
            if let Some(update) = self.push_once(name, new, expected)? {
                return Ok(update);
            }
        }
        if self.break_old_locks(name)
            && let Some(update) = self.push_once(name, new, expected)?
        {
            return Ok(update);
        }
        Err(self.lock_fault(name))
    }

    /// Whether it moved; nothing while another process has the lock.
    fn push_once(&self, name: &str, new: Oid, expected: Option<Oid>) -> Result<Option<Update>> {
        let lease = expected.map(|id| id.to_string()).unwrap_or_default();
        let lease = format!("--force-with-lease={name}:{lease}");
        let mut command = git(self.git.path());
        command.args(["push", "--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no"]);
        if name.starts_with(PROPOSALS) {
            // The setting protects what people share. A proposal's branch is replaced as a whole.
            command.arg("--receive-pack=git -c receive.denyNonFastForwards=false receive-pack");
        }
        command.arg(&lease).arg(self.git.path()).arg(format!("{new}:{name}"));
        side_effect(&format!("update {name}"));
        let ended = run_attached(command, "").context("cannot run git to push")?;
        side_effect(&format!("updated {name}"));
        if ended.is_success() {
            return Ok(Some(Update::Done));
        }
        let (output, errors) =
            (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
        match rejection(&output).map(|reason| (Refusal::of(reason, &errors), reason)) {
            Some((Refusal::Moved, _)) => {
                let found = self.find_reference(name)?;
                if found == expected {
                    self.break_ownerless_lock(name);
                    return Ok(None);
                }
                Ok(Some(Update::Moved(found)))
            }
            Some((_, reason)) => Err(self.declined(name, reason, &errors)),
            None => Err(self.declined(name, "git push failed", &errors)),
        }
    }

    /// What a server does after a push: packs the objects when there are many. Removes what killed runs left,
    /// too. It is never a reason to fail.
    pub(crate) fn collect_garbage(&self) {
        self.break_ownerless_locks();
        // As git estimates it: 6700 objects are 27 in each of 256 folders.
        const MANY: usize = 27;
        let sample = self.git.path().join("objects/17");
        let is_off = |settings: &Settings| {
            settings.text("receive.autogc").is_some() && !settings.is_true("receive.autogc")
        };
        let are_many = std::fs::read_dir(sample).is_ok_and(|found| found.count() > MANY);
        if are_many && !self.settings().is_ok_and(|settings| is_off(&settings)) {
            let mut command = git(self.git.path());
            command.args(["gc", "--auto", "--quiet"]);
            run_attached(command, "").ok();
        }
    }

    fn declined(&self, name: &str, reason: &str, errors: &str) -> anyhow::Error {
        let said = errors.lines().filter_map(|line| line.strip_prefix("remote:")).map(str::trim);
        let said: Vec<&str> = said.filter(|line| !line.is_empty()).collect();
        let said = if said.is_empty() { errors.trim().replace('\n', "; ") } else { said.join("; ") };
        let branch = name.trim_start_matches("refs/heads/");
        let mut message = format!("{} refuses to update {branch}: {reason}", self.location());
        if !said.is_empty() {
            message += &format!(": {said}");
        }
        Diagnostic::refused(message)
            .hint(format!(
                "a hook or setting in {} refuses it: follow it, or change it",
                self.git.path().display()
            ))
            .into()
    }
}
