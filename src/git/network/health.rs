//! Whether a cache is whole. Everything that was fetched is looked at each time, byte by byte:
//! it is little, and git and libgit2 notice damage only when they come across it, in the middle of
//! the work.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use anyhow::{Result, ensure};
use git2::{Oid, Repository};
use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};
use walkdir::WalkDir;

use crate::process::is_git_at_work_in;

/// Every fetch adds a pack. A cache of more than these is slower than a new one.
const MOST_PACKS: usize = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    Absent,
    Whole,
    Damaged,
    /// Whole, and too much of it.
    Slow,
    /// The git of a run that was killed still writes to it.
    Busy,
}

/// Looks at the cache of `url`, and removes what a killed process left. Nobody may add to it meanwhile.
pub fn look(path: &Path, url: &str) -> Health {
    if !path.exists() {
        return Health::Absent;
    }
    let check = |is_tidy: bool| is_tidy.then(|| check(path, url)).transpose();
    match tidy(path).and_then(check) {
        Ok(None) => Health::Busy,
        Ok(Some(packs)) if packs > MOST_PACKS => Health::Slow,
        Ok(Some(_)) => Health::Whole,
        Err(_) => Health::Damaged,
    }
}

/// Says whether it could: not while a git may be at work.
fn tidy(path: &Path) -> Result<bool> {
    let locks = ["shallow.lock", "config.lock", "HEAD.lock", "packed-refs.lock"].map(|name| path.join(name));
    if locks.iter().any(|lock| lock.exists()) && is_git_at_work_in(path) {
        return Ok(false);
    }
    for lock in locks.iter().filter(|lock| lock.exists()) {
        fs::remove_file(lock)?;
    }
    for entry in fs::read_dir(path.join("objects/pack"))? {
        let path = entry?.path();
        match path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("tmp_")) {
            true if path.is_dir() => fs::remove_dir_all(&path)?,
            true => fs::remove_file(&path)?,
            false => {}
        }
    }
    Ok(true)
}

/// How many packs there are. What is damaged is an error, which nobody reads.
fn check(path: &Path, url: &str) -> Result<usize> {
    let packs = check_packs(path)?;
    let git = Repository::open_bare(path)?;
    ensure!(git.find_remote("origin")?.url()? == url, "another repository's");
    git.find_reference("HEAD")?;
    let objects = git.odb()?;
    for reference in git.references()? {
        let target = reference?.target();
        ensure!(target.is_none_or(|id| objects.exists(id)), "a reference to nothing");
    }
    check_references(&path.join("refs"))?;
    // The server would not send again a commit that stands here.
    for line in fs::read_to_string(path.join("shallow")).unwrap_or_default().lines() {
        ensure!(line.len() == 40 && objects.exists(Oid::from_str(line)?), "history that ends nowhere");
    }
    Ok(packs)
}

/// libgit2 passes over files that hold no reference, git does not.
fn check_references(folder: &Path) -> Result<()> {
    for entry in WalkDir::new(folder) {
        let entry = entry?;
        if !entry.file_type().is_dir() {
            Oid::from_str(fs::read_to_string(entry.path())?.trim_end())?;
        }
    }
    Ok(())
}

fn check_packs(path: &Path) -> Result<usize> {
    let mut packs = 0;
    for entry in fs::read_dir(path.join("objects/pack"))? {
        let path = entry?.path();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("pack") => {
                packs += 1;
                ensure!(path.with_extension("idx").exists(), "a pack without its index");
            }
            Some("idx" | "rev") => {
                ensure!(path.with_extension("pack").exists(), "an index without its pack");
            }
            _ => continue,
        }
        ensure!(ends_with_its_checksum(&path)?, "{} is damaged", path.display());
    }
    Ok(packs)
}

/// Packs and their indexes end with the SHA-1 of all that comes before.
fn ends_with_its_checksum(path: &Path) -> Result<bool> {
    const CHECKSUM: u64 = 20;
    let mut file = File::open(path)?;
    let Some(length) = file.metadata()?.len().checked_sub(CHECKSUM) else { return Ok(false) };
    let mut digest = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    let mut content = file.by_ref().take(length);
    let mut part = vec![0; 1 << 16];
    loop {
        match content.read(&mut part)? {
            0 => break,
            read => digest.update(&part[..read]),
        }
    }
    let mut checksum = [0; CHECKSUM as usize];
    file.read_exact(&mut checksum)?;
    Ok(digest.finish().as_ref() == checksum)
}
