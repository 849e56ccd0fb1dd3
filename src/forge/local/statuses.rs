//! Commit statuses as git notes: one line of JSON each, the newest last.
//!
//! `git notes --ref=towline-statuses show COMMIT` shows them. git spreads large note trees over
//! folders and may do so at any time; all the shapes it uses for our sizes are read, and a note is
//! written back where it was found. Lines that are no status are left alone, because anybody may
//! add notes.

use anyhow::Result;
use git2::Oid;
use jiff::Timestamp;

use crate::forge::{CommitStatus, NewStatus};
use crate::git::{Backoff, Edits, NewCommit, Repository, Update};
use crate::vocabulary::Diagnostic;

const REFERENCE: &str = "refs/notes/towline-statuses";

/// Newest first.
pub fn read_statuses(repository: &Repository, commit: Oid) -> Result<Vec<CommitStatus>> {
    let Some(notes) = repository.find_reference(REFERENCE)? else { return Ok(Vec::new()) };
    let note = find_note(repository, notes, commit)?.map(|(_, note)| note).unwrap_or_default();
    let text = String::from_utf8_lossy(&note);
    Ok(text.lines().rev().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

pub fn append(repository: &Repository, commit: Oid, status: &NewStatus, now: Timestamp) -> Result<()> {
    repository.find_commit(commit)?;
    let line = line(repository, status, now)?;
    for () in Backoff::default() {
        let notes = repository.find_reference(REFERENCE)?;
        let found = notes.map(|notes| find_note(repository, notes, commit)).transpose()?.flatten();
        let (path, mut note) = found.unwrap_or_else(|| (paths(commit)[0].clone(), Vec::new()));
        if note.last().is_some_and(|last| *last != b'\n') {
            note.push(b'\n');
        }
        note.extend_from_slice(line.as_bytes());
        let tree = notes.map(|notes| repository.tree_id(notes)).transpose()?;
        let new = repository.record(NewCommit {
            tree: repository.edit_tree(tree, &Edits::from([(path, Some(note))]))?,
            parents: notes.as_slice(),
            message: &format!("{} {:?} on {commit}\n", status.context, status.state),
            time: now,
        })?;
        if repository.update_reference(REFERENCE, new, notes)? == Update::Done {
            return Ok(());
        }
    }
    Err(Diagnostic::new(format!("gave up because the statuses of {} kept changing", repository.location()))
        .hint("retry later")
        .into())
}

fn line(repository: &Repository, status: &NewStatus, now: Timestamp) -> Result<String> {
    let creator = repository.signature(now)?.to_string();
    let status = CommitStatus {
        context: status.context.clone(),
        state: status.state,
        description: status.description.clone(),
        target_url: status.target_url.clone(),
        created_at: now,
        creator: Some(creator),
        creator_id: None,
    };
    Ok(serde_json::to_string(&status)? + "\n")
}

fn find_note(repository: &Repository, notes: Oid, commit: Oid) -> Result<Option<(String, Vec<u8>)>> {
    for path in paths(commit) {
        if let Some(note) = repository.read_file(notes, &path)? {
            return Ok(Some((path, note)));
        }
    }
    Ok(None)
}

/// Where the note of a commit can stand. New ones go to the first.
fn paths(commit: Oid) -> [String; 3] {
    let id = commit.to_string();
    let (first, rest) = id.split_at(2);
    let (second, third) = rest.split_at(2);
    [format!("{first}/{rest}"), format!("{first}/{second}/{third}"), id.clone()]
}
