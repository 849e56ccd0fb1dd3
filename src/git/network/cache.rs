//! The cache folder of one remote repository: made, locked, healed.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use git2::{Repository, RepositoryInitOptions};
use sha2::{Digest, Sha256};

use super::url::RemoteUrl;

/// Every fetch adds a pack. A cache of more than these is slower than a new one.
const MOST_PACKS: usize = 200;

#[derive(Debug, Clone)]
pub struct Cache {
    path: PathBuf,
    url: String,
}

/// While it is held, no other process adds to the cache.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Cache {
    /// The cache for `url` in `folder`, usable: a new one if there is none, or a damaged one.
    pub fn open(folder: &Path, url: &RemoteUrl) -> Result<Self> {
        let name = url.shown().trim_end_matches('/').trim_end_matches(".git");
        let name = name.rsplit(['/', ':']).next().unwrap_or_default();
        let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let name: String = name.chars().filter(plain).take(40).collect();
        let digest: String =
            Sha256::digest(url.shown()).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let cache = Self { path: folder.join(format!("{name}-{digest}.git")), url: url.shown().to_owned() };
        cache.make_usable().with_context(|| format!("cannot prepare the cache {}", cache.path.display()))?;
        Ok(cache)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Waits until no other process adds to the cache.
    pub fn lock(&self) -> Result<Lock> {
        let path = self.path.with_extension("lock");
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let file = file.with_context(|| format!("cannot open {}", path.display()))?;
        file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
        Ok(Lock { _file: file })
    }

    /// Throws away what is there.
    pub fn renew(&self, _lock: &Lock) -> Result<()> {
        self.discard()?;
        let parent = self.path.parent().unwrap_or(Path::new("."));
        let new = tempfile::Builder::new().prefix(".new-").tempdir_in(parent)?;
        init(new.path(), &self.url)?;
        fs::rename(new.keep(), &self.path)?;
        Ok(())
    }

    /// Removes the cache. The next to open it makes a new one.
    pub fn discard(&self) -> Result<()> {
        if self.path.exists() {
            let parent = self.path.parent().unwrap_or(Path::new("."));
            let old = tempfile::Builder::new().prefix(".old-").tempdir_in(parent)?;
            fs::rename(&self.path, old.path().join("git"))?;
        }
        Ok(())
    }

    fn make_usable(&self) -> Result<()> {
        fs::create_dir_all(self.path.parent().unwrap_or(Path::new(".")))?;
        let lock = self.lock()?;
        if !self.path.exists() || !self.clean().unwrap_or(false) {
            self.renew(&lock)?;
        }
        Ok(())
    }

    /// Removes what a killed git left, and says whether the rest is whole.
    fn clean(&self) -> Result<bool> {
        for name in ["shallow.lock", "config.lock", "HEAD.lock", "packed-refs.lock"] {
            if self.path.join(name).exists() {
                fs::remove_file(self.path.join(name))?;
            }
        }
        let mut packs = 0;
        for entry in fs::read_dir(self.path.join("objects/pack"))? {
            let path = entry?.path();
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("tmp_")) {
                fs::remove_file(&path)?;
            } else if path.extension().is_some_and(|extension| extension == "pack") {
                packs += 1;
                if !is_whole(&path)? {
                    return Ok(false);
                }
            }
        }
        let shallow = fs::read_to_string(self.path.join("shallow")).unwrap_or_default();
        let shallow = shallow.lines().all(|line| git2::Oid::from_str(line).is_ok() && line.len() == 40);
        let opens = Repository::open_bare(&self.path).is_ok_and(|git| self.is_configured(&git));
        Ok(packs <= MOST_PACKS && shallow && opens)
    }

    fn is_configured(&self, git: &Repository) -> bool {
        let remote = git.find_remote("origin");
        remote.is_ok_and(|remote| remote.url().is_ok_and(|url| url == self.url))
    }
}

/// Whether a pack ends with the checksum that its index knows: reads forty bytes, not the pack.
fn is_whole(pack: &Path) -> Result<bool> {
    const CHECKSUM: i64 = 20;
    let tail = |path: &Path, from_end: i64| -> Result<[u8; CHECKSUM as usize]> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::End(-from_end))?;
        let mut checksum = [0; CHECKSUM as usize];
        file.read_exact(&mut checksum)?;
        Ok(checksum)
    };
    let index = tail(&pack.with_extension("idx"), 2 * CHECKSUM);
    Ok(index.is_ok_and(|index| tail(pack, CHECKSUM).is_ok_and(|pack| pack == index)))
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
