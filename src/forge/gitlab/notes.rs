//! Notes, which are GitLab's comments: those that say why, and the one that is kept up to date. That
//! one is found by a marker that does not show, because notes have no name of their own.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::json;

use super::{GitLab, PAGE};
use crate::http::{Fault, Paging};

const MARKER: &str = "<!-- towline: kept -->";

#[derive(Debug, Deserialize)]
pub struct Note {
    id: u64,
    pub body: String,
    /// Whether GitLab itself wrote it, about what somebody did.
    pub system: bool,
}

impl GitLab {
    /// Comments on a merge request. A repeat would be a second comment.
    pub(super) fn add_note(&self, number: u64, text: &str) -> std::result::Result<(), Fault> {
        self.client.post(&self.notes_path(number)).body(json!({"body": text})).send().map(drop)
    }

    /// Writes the kept comment or replaces what it says.
    pub(super) fn keep_note(&self, number: u64, text: &str) -> Result<()> {
        let body = format!("{}\n\n{MARKER}", text.trim_end());
        let Some(note) = self.kept_note(number)? else {
            return match self.add_note(number, &body) {
                // The answer was lost on the way, but not the question.
                Err(fault) if fault.is_in_doubt() => match self.kept_note(number)? {
                    Some(_) => Ok(()),
                    None => Err(fault.into()),
                },
                added => Ok(added?),
            };
        };
        if note.body != body {
            let path = format!("{}/{}", self.notes_path(number), note.id);
            self.client.put(&path).body(json!({"body": body})).send()?;
        }
        Ok(())
    }

    /// What GitLab wrote about a merge request, the newest first, as far as one page goes.
    pub(super) fn newest_events(&self, number: u64) -> Result<Vec<Note>> {
        let request = self.client.get(&self.notes_path(number)).query("activity_filter", "only_activity");
        let answer = request.query("sort", "desc").query("per_page", PAGE).send();
        let answer = answer.with_context(|| format!("cannot read what became of {}", self.name(number)))?;
        let notes: Vec<Note> = answer.json()?;
        Ok(notes.into_iter().filter(|note| note.system).collect())
    }

    fn kept_note(&self, number: u64) -> Result<Option<Note>> {
        let request = self.client.get(&self.notes_path(number)).query("activity_filter", "only_comments");
        let notes = request.query("sort", "asc").query("per_page", PAGE).all::<Note>(Paging::NextPage);
        let notes = notes.context("cannot read the comments")?;
        Ok(notes.into_iter().find(|note| !note.system && note.body.ends_with(MARKER)))
    }

    fn notes_path(&self, number: u64) -> String {
        format!("{}/notes", self.pull_path(number))
    }
}
