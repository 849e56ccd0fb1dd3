//! Objects from the server into the cache, and the tips that the cache has with all folders.
//!
//! A pack is checked in a folder of its own before it is put among the others, its index last, as git does.
//! It gets a `.promisor` file: it tells a `git` that uses the cache that what is missing is on the server.

use std::cell::Cell;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use git2::{ErrorClass, Indexer, Oid, Repository};

use super::packets::{Band, Packets, Question};
use super::shallow::Shallow;
use crate::git::network::fault::{Failure, Fault};
use crate::git::network::transport::{Answer, Wanted};
use crate::interrupt;
use crate::scratch::{TempDir, beside};

/// Names the tips that are in the cache with all their folders. The server is told of them, and then sends
/// only the folders that changed since.
const WHOLE: &str = "refs/towline/whole";
/// More than these say little more.
const MOST_WHOLE: usize = 8;

pub struct Incoming {
    cache: PathBuf,
    git: Repository,
    shallow: Shallow,
}

impl Incoming {
    pub fn open(cache: &Path) -> Result<Self> {
        let git = Repository::open_bare(cache)?;
        Ok(Self { cache: cache.to_owned(), git, shallow: Shallow::read(cache)? })
    }

    /// The tips that are in the cache with all their folders.
    pub fn whole(&self) -> Result<Vec<Oid>> {
        let references = self.git.references_glob(&format!("{WHOLE}/*"))?;
        Ok(references.filter_map(|reference| reference.ok()?.target()).collect())
    }

    /// What to ask the server. With `have`, the pack may hold differences to what is there.
    pub fn question(&self, wanted: Wanted<'_>, have: &[Oid]) -> Vec<u8> {
        let mut question = Question::default();
        question.line("command=fetch");
        question.delimiter();
        question.line("no-progress");
        question.line("ofs-delta");
        if !have.is_empty() {
            question.line("thin-pack");
        }
        if let Some(filter) = wanted.filter {
            question.line(&format!("filter {}", filter.spec()));
        }
        if let Some(depth) = wanted.depth {
            for commit in self.shallow.commits() {
                question.line(&format!("shallow {commit}"));
            }
            question.line(&format!("deepen {depth}"));
        }
        for id in wanted.ids {
            question.line(&format!("want {id}"));
        }
        for id in have {
            question.line(&format!("have {id}"));
        }
        question.line("done");
        question.end()
    }

    /// Takes the answer in. Nothing is in the cache before all of it has come.
    pub fn receive(mut self, mut packets: Packets, wanted: Wanted<'_>) -> Result<Answer<()>> {
        let before = self.shallow.clone();
        if let Err(failure) = self.find_pack(&mut packets) {
            return Ok(Err(failure));
        }
        let parent = self.cache.join("objects/pack");
        let folder = beside(&parent, "tmp_");
        let folder = folder.with_context(|| format!("cannot write to {}", parent.display()))?;
        match self.index(&mut packets, &folder)? {
            Ok(Some(name)) => self.publish(&folder, &name)?,
            Ok(None) => {}
            Err(failure) => return Ok(Err(failure)),
        }
        packets.finish();
        if self.shallow != before {
            self.shallow.write(&self.cache)?;
        }
        let objects = self.git.odb()?;
        if let Some(missing) = wanted.ids.iter().find(|id| !objects.exists(**id)) {
            return Ok(Err(Failure::new(Fault::Refused, format!("the server did not send {missing}"))));
        }
        if wanted.with_folders {
            self.note_whole(wanted.ids)?;
        }
        Ok(Ok(()))
    }

    /// Reads up to the pack, and what is said before it about where history is cut off.
    fn find_pack(&mut self, packets: &mut Packets) -> Answer<()> {
        while let Some(section) = packets.next_line()? {
            if section == "packfile" {
                return Ok(());
            }
            while let Some(line) = packets.next_line()? {
                if section == "shallow-info" && !self.shallow.follow(&line) {
                    return Err(Failure::new(Fault::NotGit, format!("the answer is not git's: {line}")));
                }
            }
        }
        Err(Failure::new(Fault::NotGit, "the answer holds no pack"))
    }

    /// The name of the pack; nothing when it is empty.
    fn index(&self, packets: &mut Packets, folder: &TempDir) -> Result<Answer<Option<String>>> {
        let count = Cell::new(0);
        let objects = self.git.odb()?;
        // It looks at every object and the sum of all. That objects name others that are not there is
        // how this cache works.
        let mut indexer = Indexer::new(Some(&objects), folder.path(), 0, false)?;
        indexer.progress(|progress| {
            count.set(progress.total_objects());
            true
        });
        loop {
            let data = match packets.next_band() {
                Ok(Some(Band::Data(data))) => data,
                Ok(Some(Band::Told(_))) => continue,
                Ok(None) => break,
                Err(failure) => return Ok(Err(failure)),
            };
            if let Err(error) = indexer.write_all(&data) {
                let inner = error.into_inner().and_then(|inner| inner.downcast::<git2::Error>().ok());
                return inner.map_or_else(|| Ok(Err(damaged("it is cut off"))), |error| unpackable(*error));
            }
        }
        if count.get() == 0 {
            return Ok(Ok(None));
        }
        match indexer.commit() {
            Ok(name) => Ok(Ok(Some(name))),
            Err(error) => unpackable(error),
        }
    }

    fn publish(&self, folder: &TempDir, name: &str) -> Result<()> {
        let packs = self.cache.join("objects/pack");
        let put = || {
            fs::write(packs.join(format!("pack-{name}.promisor")), "")?;
            for extension in ["pack", "idx"] {
                let file = format!("pack-{name}.{extension}");
                fs::rename(folder.path().join(&file), packs.join(&file))?;
            }
            std::io::Result::Ok(())
        };
        interrupt::wholly(put).with_context(|| format!("cannot write to {}", packs.display()))
    }

    fn note_whole(&self, tips: &[Oid]) -> Result<()> {
        for tip in tips {
            self.git.reference(&format!("{WHOLE}/{tip}"), *tip, true, "towline")?;
        }
        let mut known = Vec::new();
        for reference in self.git.references_glob(&format!("{WHOLE}/*"))? {
            let reference = reference?;
            let time = reference.peel_to_commit().map_or(0, |commit| commit.time().seconds());
            known.push((time, reference));
        }
        known.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
        for (_, reference) in known.iter_mut().skip(MOST_WHOLE) {
            reference.delete()?;
        }
        Ok(())
    }
}

fn unpackable<T>(error: git2::Error) -> Result<Answer<T>> {
    match error.class() {
        ErrorClass::Os | ErrorClass::Filesystem => Err(error).context("cannot write to the cache"),
        _ => Ok(Err(damaged(error.message()))),
    }
}

fn damaged(why: &str) -> Failure {
    Failure::new(Fault::Damaged, format!("the server sent a damaged pack: {why}"))
}
