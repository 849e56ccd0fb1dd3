//! The checkout that a folder is in: which files in it are not committed, and which git ignores.
//! git itself is asked, because filters, line ends and ignore rules are the user's settings.

use std::path::{Path, PathBuf};

use anyhow::Result;
use git2::ErrorCode;

use super::process::git_in;
use crate::process::run_attached;
use crate::vocabulary::Diagnostic;

/// A folder inside a checkout.
#[derive(Debug)]
pub struct WorkTree {
    folder: PathBuf,
}

impl WorkTree {
    /// Nothing when the folder is in no repository, or in a bare one.
    pub fn discover(folder: &Path) -> Result<Option<Self>> {
        match git2::Repository::discover(folder) {
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
            Ok(repository) if repository.is_bare() => return Ok(None),
            // git says better why it cannot be read.
            Ok(_) | Err(_) => {}
        }
        let tree = Self { folder: folder.to_owned() };
        tree.git(&["rev-parse", "--show-prefix"], &[])?;
        Ok(Some(tree))
    }

    /// The files that match `pathspecs` and are not as in `HEAD`: changed, new or deleted. Paths
    /// are relative to the folder. Files that git ignores are not among them.
    pub fn uncommitted(&self, pathspecs: &[String]) -> Result<Vec<String>> {
        let prefix = self.git(&["rev-parse", "--show-prefix"], &[])?;
        let arguments =
            ["status", "--porcelain=v1", "-z", "--untracked-files=all", "--ignore-submodules=none"];
        let pathspecs = [pathspecs, &self.submodules_around(pathspecs, prefix.trim_end())?].concat();
        let printed = self.git(&arguments, &pathspecs)?;
        let mut found = Vec::new();
        let mut entries = printed.split_terminator('\0');
        while let Some((state, path)) = entries.next().and_then(|entry| entry.split_at_checked(3)) {
            found.push(path);
            // The name that it had before follows.
            if state.starts_with(['R', 'C']) {
                found.extend(entries.next());
            }
        }
        let shown = |path: &str| path.strip_prefix(prefix.trim_end()).unwrap_or(path).to_owned();
        Ok(found.into_iter().map(shown).collect())
    }

    /// The submodules that `pathspecs` lead into, as pathspecs: what is changed in one shows as a
    /// change of the submodule alone.
    fn submodules_around(&self, pathspecs: &[String], prefix: &str) -> Result<Vec<String>> {
        let repository = git2::Repository::discover(&self.folder)?;
        let inside = |submodule: &str| {
            pathspecs.iter().any(|pathspec| {
                let path = pathspec.split_once(')').map_or(pathspec.as_str(), |(_, path)| path);
                format!("{prefix}{path}").starts_with(&format!("{submodule}/"))
            })
        };
        let submodules = repository.submodules()?;
        let paths = submodules.iter().map(|submodule| submodule.path().to_string_lossy().into_owned());
        Ok(paths.filter(|path| inside(path)).map(|path| format!(":(top,literal){path}")).collect())
    }

    /// The files and folders below `pathspecs` that git ignores, relative to the folder.
    pub fn ignored(&self, pathspecs: &[String]) -> Result<Vec<PathBuf>> {
        let arguments = ["ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z"];
        let printed = self.git(&arguments, pathspecs)?;
        let paths = printed.split_terminator('\0').map(|path| path.trim_end_matches('/'));
        Ok(paths.map(PathBuf::from).collect())
    }

    fn git(&self, arguments: &[&str], pathspecs: &[String]) -> Result<String> {
        let mut command = git_in(&self.folder);
        command.args(arguments);
        if !pathspecs.is_empty() {
            command.arg("--").args(pathspecs);
        }
        let what = || format!("cannot tell what is committed in {}", self.folder.display());
        let ended = run_attached(command, "").map_err(|error| {
            Diagnostic::new(format!("{}: cannot run git: {error}", what()))
                .hint("install git 2.34 or later, and put it on PATH")
        })?;
        if !ended.is_success() {
            let said = String::from_utf8_lossy(&ended.stderr);
            let said = said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
            let hint = "see what `git status` says in that folder";
            return Err(Diagnostic::refused(format!("{}: {said}", what())).hint(hint).into());
        }
        Ok(String::from_utf8_lossy(&ended.stdout).into_owned())
    }
}
