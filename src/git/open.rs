//! Finding the repository, and saying well why it cannot be used.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::Result;
use git2::{BranchType, ErrorCode, RepositoryOpenFlags};
use percent_encoding::percent_decode_str;

use super::network::remote::Remote;
use super::process::git_in;
use super::repository::Repository;
use crate::process::run_attached;
use crate::vocabulary::repository_url::RepositoryUrl;
use crate::vocabulary::{self, Diagnostic};

impl Repository {
    /// Opens the bare repository at `location`: a path, relative to `root`, or a `file://` URL.
    pub fn open(location: &str, root: &Path) -> Result<Self> {
        let path = local_path(location, root)?;
        let git = open_bare(location, &path)?;
        let repository = Self::new(git, location);
        repository.refuse_empty()?;
        Ok(repository)
    }

    /// The copy that the cache has of a remote repository.
    pub(super) fn of_remote(remote: Remote) -> Result<Self> {
        let mut repository = Self::open_path(remote.server.cache.path(), &remote.server.url.shown())?;
        repository.remote = Some(remote);
        Ok(repository)
    }

    /// Opens a repository that was opened before, at its own path.
    pub(crate) fn open_path(path: &Path, location: &str) -> Result<Self> {
        Ok(Self::new(open_bare(location, path)?, location))
    }

    /// Opens it once more, for another thread.
    pub fn again(&self) -> Result<Self> {
        let mut again = Self::open_path(self.git.path(), &self.location)?;
        again.remote = self.remote.as_ref().map(Remote::again).transpose()?;
        Ok(again)
    }

    fn refuse_empty(&self) -> Result<()> {
        let mut branches = self.git.branches(Some(BranchType::Local)).map_err(|e| self.read_fault(e))?;
        if branches.next().is_some() {
            return Ok(());
        }
        Err(self.empty().into())
    }

    pub(super) fn empty(&self) -> Diagnostic {
        let place = self.location();
        let hint = format!(
            "start it with `git clone {place} gitops && cd gitops && git switch --create main && \
             git commit --allow-empty --message Start && git push origin main`"
        );
        Diagnostic::new(format!("the GitOps repository {place} is empty: it has no branch yet")).hint(hint)
    }
}

fn open_bare(location: &str, path: &Path) -> Result<git2::Repository> {
    if !path.exists() {
        return Err(Diagnostic::new(format!("the GitOps repository {location} does not exist"))
            .hint(format!("create it with `git init --bare {location}`, or correct `gitops.repository`"))
            .into());
    }
    let opened = match open_exactly(path) {
        Err(error) if error.code() == ErrorCode::Owner && is_safe(path) => open_unowned(path),
        opened => opened,
    };
    let git = opened.map_err(|error| open_fault(location, path, &error))?;
    if !git.is_bare() {
        return Err(Diagnostic::new(format!("the GitOps repository {location} is not bare"))
            .hint(format!(
                "pushes do not update a checkout: use a bare copy, made with `git clone --bare {location} gitops.git`"
            ))
            .into());
    }
    Ok(git)
}

fn open_exactly(path: &Path) -> Result<git2::Repository, git2::Error> {
    let nowhere_above: [&Path; 0] = [];
    git2::Repository::open_ext(path, RepositoryOpenFlags::NO_SEARCH, nowhere_above)
}

/// Whether git itself works in a repository of another user: `safe.directory` may be set where libgit2
/// does not look. Here git has to find the repository, because it trusts one that is named to it.
fn is_safe(path: &Path) -> bool {
    let mut command = git_in(path);
    command.args(["rev-parse", "--git-dir"]);
    run_attached(command, "").is_ok_and(|ended| ended.is_success())
}

/// Opens a repository that git trusts.
#[expect(
    unsafe_code,
    reason = "libgit2 has a global setting for this, which is unsafe to call from two threads"
)]
fn open_unowned(path: &Path) -> Result<git2::Repository, git2::Error> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _one = ONE_AT_A_TIME.lock();
    // SAFETY: no other place of this program changes the setting.
    unsafe { git2::opts::set_verify_owner_validation(false)? };
    let opened = open_exactly(path);
    // SAFETY: as above.
    unsafe { git2::opts::set_verify_owner_validation(true)? };
    opened
}

fn open_fault(location: &str, path: &Path, error: &git2::Error) -> Diagnostic {
    if let Some(format) = unknown_format(location, path) {
        return format;
    }
    match error.code() {
        ErrorCode::NotFound if path.join("objects").is_dir() => {
            Diagnostic::new(format!("the GitOps repository {location} is damaged: {}", error.message()))
                .hint(format!("check it with `git -C {location} fsck`, then restore it from a clone"))
        }
        ErrorCode::NotFound => Diagnostic::new(format!("{location} is not a git repository"))
            .hint(format!("create one with `git init --bare {location}`, or correct `gitops.repository`")),
        ErrorCode::Owner => Diagnostic::new(format!(
            "the GitOps repository {location} belongs to another user"
        ))
        .hint(format!(
            "if you trust it: `git config --global --add safe.directory {}`",
            absolute(path).display()
        )),
        _ => Diagnostic::new(format!("cannot open the GitOps repository {location}: {}", error.message())),
    }
}

/// What git compares `safe.directory` with.
fn absolute(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// A repository in a format that libgit2 does not read.
fn unknown_format(location: &str, path: &Path) -> Option<Diagnostic> {
    let config = git2::Config::open(&path.join("config")).ok()?;
    let says = |key: &str, value: &str| config.get_string(key).is_ok_and(|it| it.eq_ignore_ascii_case(value));
    if says("extensions.objectformat", "sha256") {
        let message = format!(
            "the GitOps repository {location} has SHA-256 object ids, which Towline does not support"
        );
        let hint = "git cannot convert it: make another one with `git init --bare --object-format=sha1`, and commit the files there";
        return Some(Diagnostic::refused(message).hint(hint));
    }
    if says("extensions.refstorage", "reftable") {
        let message = format!(
            "the GitOps repository {location} has its references in a reftable, which Towline does not support"
        );
        let hint =
            format!("convert it: `git -C {} refs migrate --ref-format=files`", absolute(path).display());
        return Some(Diagnostic::refused(message).hint(hint));
    }
    None
}

fn local_path(location: &str, root: &Path) -> Result<PathBuf> {
    if let Some(rest) = location.strip_prefix("file://") {
        let path = rest.strip_prefix("localhost").unwrap_or(rest);
        return Ok(PathBuf::from(percent_decode_str(path).decode_utf8_lossy().into_owned()));
    }
    let path = root.join(location);
    if !path.exists() && RepositoryUrl::parse(location).is_some() {
        return Err(vocabulary::not_supported_yet(
            format_args!("a remote GitOps repository ({location})"),
            None,
        ));
    }
    Ok(path)
}
