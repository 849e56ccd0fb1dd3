//! Records in `refs/towline/forge`.

use anyhow::{Context, Result};
use git2::Oid;
use jiff::Timestamp;

use super::record::Record;
use crate::git::{Edits, NewCommit, Repository, Update};
use crate::vocabulary::Diagnostic;

const REFERENCE: &str = "refs/towline/forge";
const FOLDER: &str = "pulls";

/// All pull requests at one moment.
pub struct Snapshot {
    commit: Option<Oid>,
    /// Ascending.
    numbers: Vec<u64>,
}

impl Snapshot {
    pub fn read(repository: &Repository) -> Result<Self> {
        let commit = repository.find_reference(REFERENCE)?;
        let mut numbers = match commit {
            Some(commit) => numbers(repository, commit)?,
            None => Vec::new(),
        };
        numbers.sort_unstable();
        Ok(Self { commit, numbers })
    }

    pub fn next_number(&self) -> u64 {
        self.numbers.last().map_or(1, |last| last + 1)
    }

    pub fn get(&self, repository: &Repository, number: u64) -> Result<Record> {
        let content = match self.commit {
            Some(commit) => repository.read_file(commit, &path(number))?,
            None => None,
        };
        let Some(content) = content else {
            let message = format!("{} has no pull request #{number}", repository.location());
            return Err(Diagnostic::new(message).into());
        };
        serde_json::from_slice(&content).with_context(|| {
            format!("cannot read {} in {REFERENCE} of {}", path(number), repository.location())
        })
    }

    /// Newest first.
    pub fn all(&self, repository: &Repository) -> Result<Vec<Record>> {
        self.numbers.iter().rev().map(|number| self.get(repository, *number)).collect()
    }

    /// The newest for these branches. Only the newest can be open, because opening adopts.
    pub fn newest(&self, repository: &Repository, head: &str, base: &str) -> Result<Option<Record>> {
        for number in self.numbers.iter().rev() {
            let record = self.get(repository, *number)?;
            if record.head == head && record.base == base {
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
        let content = serde_json::to_string_pretty(record)? + "\n";
        let changes = Edits::from([(path(record.number), Some(content.into_bytes()))]);
        let commit = repository.record(NewCommit {
            tree: repository.edit_tree(tree, &changes)?,
            parents: self.commit.as_slice(),
            message: &format!("{what}\n"),
            time: now,
        })?;
        Ok(repository.update_reference(REFERENCE, commit, self.commit)? == Update::Done)
    }
}

fn path(number: u64) -> String {
    format!("{FOLDER}/{number}.json")
}

fn numbers(repository: &Repository, commit: Oid) -> Result<Vec<u64>> {
    let Some(folder) = repository.entry_id(commit, FOLDER)? else { return Ok(Vec::new()) };
    let tree = repository.find_tree(folder)?;
    let number = |name: &str| name.strip_suffix(".json")?.parse().ok();
    Ok(tree.iter().filter_map(|entry| number(entry.name().ok()?)).collect())
}
