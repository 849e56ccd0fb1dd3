//! The cache folder of one remote repository: made, locked, emptied when it is damaged.
//!
//! Two locks stand beside it, which end with the process that holds them. One is for who adds to
//! the cache. The other is shared by all who use it: a cache is thrown away only while nobody else
//! holds it, and until then a run that finds it damaged makes one for itself.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use git2::{Repository, RepositoryInitOptions};
use sha2::{Digest, Sha256};

use super::health::{Health, look};
use crate::git::backoff::Backoff;
use crate::scratch::{TempDir, beside};
use crate::vocabulary::text::hex;

#[derive(Debug, Clone)]
pub struct Cache {
    path: PathBuf,
    url: String,
    users: Arc<Users>,
    /// The folder of a cache that is for one run only.
    _own: Option<Arc<TempDir>>,
}

/// Shared by all who use the cache.
#[derive(Debug)]
struct Users(File);

/// A process that another thread is about to start holds the file for a moment longer.
impl Drop for Users {
    fn drop(&mut self) {
        self.0.unlock().ok();
    }
}

/// While it is held, no other process adds to the cache.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Cache {
    /// The cache for `url` in `folder`, usable: a new one if there is none, or a damaged one, of
    /// which `notify` is told.
    pub fn open(folder: &Path, url: &str, notify: &dyn Fn(&str)) -> Result<Self> {
        let path = folder.join(file_name(url));
        let prepare = || -> Result<Self> {
            fs::create_dir_all(folder)?;
            let cache = Self::at(path.clone(), url, None)?;
            match cache.make_usable(notify)? {
                true => Ok(cache),
                false => Self::for_one_run(folder, url),
            }
        };
        prepare().with_context(|| format!("cannot prepare the cache {}", path.display()))
    }

    /// For another thread, which is one more who uses it.
    pub fn again(&self) -> Result<Self> {
        let again = Self::at(self.path.clone(), &self.url, self._own.clone())?;
        again.users.0.lock_shared()?;
        Ok(again)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Waits until no other process adds to the cache.
    pub fn lock(&self) -> Result<Lock> {
        let file = lock_file(&self.path, "lock")?;
        file.lock().with_context(|| format!("cannot lock {}", self.path.display()))?;
        Ok(Lock { _file: file })
    }

    /// Throws away what is there and begins anew, unless others use it. Says whether it did.
    pub fn renew(&self, lock: &Lock) -> Result<bool> {
        let Users(users) = &*self.users;
        users.unlock()?;
        let alone = users.try_lock().is_ok();
        if alone {
            self.begin(lock)?;
            users.unlock()?;
        }
        users.lock_shared()?;
        Ok(alone)
    }

    fn at(path: PathBuf, url: &str, own: Option<Arc<TempDir>>) -> Result<Self> {
        let users = Arc::new(Users(lock_file(&path, "users")?));
        Ok(Self { path, url: url.to_owned(), users, _own: own })
    }

    fn for_one_run(folder: &Path, url: &str) -> Result<Self> {
        let own = Arc::new(beside(folder, ".run-")?);
        let cache = Self::at(own.path().join("git"), url, Some(own))?;
        cache.begin(&cache.lock()?)?;
        Ok(cache)
    }

    /// Says whether it can be used. If so, nobody throws it away from now on.
    fn make_usable(&self, notify: &dyn Fn(&str)) -> Result<bool> {
        let lock = self.lock()?;
        let mut looks = Backoff::default().map(|()| look(&self.path, &self.url));
        let health = looks.find(|health| *health != Health::Busy).unwrap_or(Health::Busy);
        if health == Health::Damaged {
            notify(&format!("the cache of {} is damaged: fetching again what is needed", self.url));
        }
        if health == Health::Absent {
            self.begin(&lock)?;
        }
        let usable = match health {
            Health::Absent | Health::Whole => {
                self.users.0.lock_shared()?;
                true
            }
            // Until the others are done, slow is good enough, and damaged is not.
            Health::Slow => self.renew(&lock).map(|_| true)?,
            Health::Damaged => self.renew(&lock)?,
            Health::Busy => false,
        };
        if !usable {
            self.users.0.unlock()?;
        }
        Ok(usable)
    }

    fn begin(&self, _lock: &Lock) -> Result<()> {
        let parent = self.path.parent().unwrap_or(Path::new("."));
        let new = beside(parent, ".new-")?;
        init(new.path(), &self.url)?;
        if self.path.exists() {
            let old = beside(parent, ".old-")?;
            fs::rename(&self.path, old.path().join("git"))?;
        }
        fs::rename(new.keep(), &self.path)?;
        Ok(())
    }
}

/// For people the end of the URL, for all else a digest of it.
fn file_name(url: &str) -> String {
    let name = url.trim_end_matches('/').trim_end_matches(".git");
    let name = name.rsplit(['/', ':']).next().unwrap_or_default();
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let name: String = name.chars().filter(plain).take(40).collect();
    let digest = hex(&Sha256::digest(url)[..8]);
    format!("{name}-{digest}.git")
}

fn lock_file(path: &Path, extension: &str) -> Result<File> {
    let path = path.with_extension(extension);
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
    file.with_context(|| format!("cannot open {}", path.display()))
}

/// A bare repository. That objects are missing in it is told to `git fetch` only: a `git push` that
/// knew would fetch the files it could send differences to.
fn init(path: &Path, url: &str) -> Result<()> {
    let mut options = RepositoryInitOptions::new();
    let git = Repository::init_opts(path, options.bare(true).external_template(false))?;
    let mut config = git.config()?.open_level(git2::ConfigLevel::Local)?;
    for (name, value) in [
        ("remote.origin.url", url),
        ("gc.auto", "0"),
        ("maintenance.auto", "false"),
        // Hooks of the user are for the user's own work.
        ("core.hooksPath", "no-hooks"),
    ] {
        config.set_str(name, value)?;
    }
    Ok(())
}
