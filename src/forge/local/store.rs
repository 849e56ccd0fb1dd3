//! Records in `refs/towline/forge`, and which of them are of a head branch.
//!
//! The tree of each commit has
//! - `pulls/<number / 100>/<number>.json`: a record. git writes a folder anew with each change in it, so no
//!   folder grows with the number of pull requests;
//! - `heads/<two digits>/<branch>`: the numbers of the pull requests from a head branch, the oldest first,
//!   one on each line. The digits are the first of a digest of the branch, and the name is encoded as in a URL.
//!
//! [`former`] reads what older versions wrote. The first change after that lays it out anew.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use git2::{ObjectType, Oid};
use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::former;
use super::record::{PULLS, REFERENCE, Record, parse};
use crate::git::{Edits, NewCommit, Repository, Update};
use crate::vocabulary::Diagnostic;

const HEADS: &str = "heads";
/// How many records are in a folder.
const IN_A_FOLDER: u64 = 100;

/// All pull requests at one moment.
pub struct Snapshot {
    commit: Option<Oid>,
    /// The records in the layout of older versions, while nobody has changed one since.
    former: BTreeMap<u64, Record>,
}

impl Snapshot {
    pub fn read(repository: &Repository) -> Result<Self> {
        let commit = repository.find_reference(REFERENCE)?;
        let former = match commit {
            Some(commit) if repository.entry_id(commit, HEADS)?.is_none() => {
                former::read(repository, commit)?
            }
            _ => BTreeMap::new(),
        };
        Ok(Self { commit, former })
    }

    pub fn next_number(&self, repository: &Repository) -> Result<u64> {
        if let Some((last, _)) = self.former.last_key_value() {
            return Ok(last + 1);
        }
        let folder = self.numbers_in(repository, PULLS)?.first().copied();
        let last =
            folder.map(|folder| self.numbers_in(repository, &format!("{PULLS}/{folder}"))).transpose()?;
        Ok(last.and_then(|numbers| numbers.first().copied()).map_or(1, |last| last + 1))
    }

    pub fn get(&self, repository: &Repository, number: u64) -> Result<Record> {
        if let Some(record) = self.former.get(&number) {
            return Ok(record.clone());
        }
        let content = self.read_file(repository, &path(number))?;
        let Some(content) = content else {
            let message = format!("{} has no pull request #{number}", repository.location());
            return Err(Diagnostic::new(message).into());
        };
        parse(repository, &path(number), &content)
    }

    /// Newest first.
    pub fn all(&self, repository: &Repository) -> Result<Vec<Record>> {
        let mut all: Vec<Record> = self.former.values().rev().cloned().collect();
        for folder in self.numbers_in(repository, PULLS)?.into_iter().filter(|_| self.former.is_empty()) {
            for number in self.numbers_in(repository, &format!("{PULLS}/{folder}"))? {
                all.push(self.get(repository, number)?);
            }
        }
        Ok(all)
    }

    /// Those from a head branch, newest first.
    pub fn of_head(&self, repository: &Repository, head: &str) -> Result<Vec<Record>> {
        let numbers = self.numbers_of(repository, head)?;
        numbers.iter().rev().map(|number| self.get(repository, *number)).collect()
    }

    /// The newest for these branches. Only the newest can be open, because opening adopts.
    pub fn newest(&self, repository: &Repository, head: &str, base: &str) -> Result<Option<Record>> {
        for number in self.numbers_of(repository, head)?.into_iter().rev() {
            let record = self.get(repository, number)?;
            if record.base == base {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    /// Writes `record`, unless somebody wrote since the snapshot was taken. Says whether it did.
    pub fn write(
        &self,
        repository: &Repository,
        record: &Record,
        what: &str,
        now: Timestamp,
    ) -> Result<bool> {
        let tree = self.commit.map(|commit| repository.tree_id(commit)).transpose()?;
        let mut changes = self.laid_out_anew()?;
        changes.insert(path(record.number), Some(text(record)?));
        let mut numbers = self.numbers_of(repository, &record.head)?;
        if !numbers.contains(&record.number) {
            numbers.push(record.number);
            changes.insert(path_of_head(&record.head)?, Some(lines(&numbers)));
        }
        let commit = repository.record(NewCommit {
            tree: repository.edit_tree(tree, &changes)?,
            parents: self.commit.as_slice(),
            message: &format!("{what}\n"),
            time: now,
        })?;
        Ok(repository.update_reference(REFERENCE, commit, self.commit)? == Update::Done)
    }

    /// What turns the layout of older versions into this one; nothing where that was done.
    fn laid_out_anew(&self) -> Result<Edits> {
        let mut changes = Edits::new();
        let mut heads: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for record in self.former.values() {
            changes.insert(former::path(record.number), None);
            changes.insert(path(record.number), Some(text(record)?));
            heads.entry(&record.head).or_default().push(record.number);
        }
        for (head, numbers) in heads {
            changes.insert(path_of_head(head)?, Some(lines(&numbers)));
        }
        Ok(changes)
    }

    /// The numbers of the pull requests from a head branch, the oldest first.
    fn numbers_of(&self, repository: &Repository, head: &str) -> Result<Vec<u64>> {
        if !self.former.is_empty() {
            let of_it = self.former.values().filter(|record| record.head == head);
            return Ok(of_it.map(|record| record.number).collect());
        }
        let path = path_of_head(head)?;
        let Some(content) = self.read_file(repository, &path)? else { return Ok(Vec::new()) };
        let numbers = String::from_utf8_lossy(&content).lines().map(str::parse).collect::<Result<_, _>>();
        numbers.with_context(|| format!("cannot read {path} in {REFERENCE} of {}", repository.location()))
    }

    /// The numbers that name what is in a folder, the highest first.
    fn numbers_in(&self, repository: &Repository, folder: &str) -> Result<Vec<u64>> {
        let Some(commit) = self.commit else { return Ok(Vec::new()) };
        let names = repository.names_in(commit, folder)?;
        let mut numbers: Vec<u64> =
            names.iter().filter_map(|name| name.trim_end_matches(".json").parse().ok()).collect();
        numbers.sort_unstable_by(|one, other| other.cmp(one));
        Ok(numbers)
    }

    fn read_file(&self, repository: &Repository, path: &str) -> Result<Option<Vec<u8>>> {
        self.commit.map_or(Ok(None), |commit| repository.read_file(commit, path))
    }
}

fn text(record: &Record) -> Result<Vec<u8>> {
    Ok((serde_json::to_string_pretty(record)? + "\n").into_bytes())
}

fn lines(numbers: &[u64]) -> Vec<u8> {
    numbers.iter().map(|number| format!("{number}\n")).collect::<String>().into_bytes()
}

fn path(number: u64) -> String {
    format!("{PULLS}/{}/{number}.json", number / IN_A_FOLDER)
}

fn path_of_head(head: &str) -> Result<String> {
    let digest = Oid::hash_object(ObjectType::Blob, head.as_bytes())?.to_string();
    let name = utf8_percent_encode(head, NON_ALPHANUMERIC);
    Ok(format!("{HEADS}/{}/{name}", &digest[..2]))
}
