//! Notes: people's and Towline's, which are comments, and GitLab's own about what became of it.

use anyhow::Context;
use serde::Deserialize;
use serde_json::json;

use super::client::GitLab;
use crate::forge::protocol::{Api, Comment, Comments, Pulls};
use crate::http::{Paging, Result};

#[derive(Debug, Deserialize)]
pub struct Note {
    id: u64,
    pub body: String,
    /// Whether GitLab itself wrote it, about what somebody did.
    pub system: bool,
}

impl Comments for GitLab {
    fn read_comments(&self, number: u64) -> Result<Vec<Comment>> {
        let notes = self.notes_path(number);
        let request =
            self.client().get(&notes).query("activity_filter", "only_comments").query("sort", "asc");
        let all: Vec<Note> = request.query("per_page", self.row().page_size).all(Paging::NextPage)?;
        let peoples = all.into_iter().filter(|note| !note.system);
        let comment = |Note { id, body, .. }| Comment { path: format!("{notes}/{id}"), body, author: None };
        Ok(peoples.map(comment).collect())
    }

    fn add_comment(&self, number: u64, text: &str) -> Result<()> {
        self.client().post(&self.notes_path(number)).body(json!({"body": text})).send().map(drop)
    }

    fn change_comment(&self, path: &str, text: &str) -> Result<()> {
        self.client().put(path).body(json!({"body": text})).send().map(drop)
    }
}

impl GitLab {
    /// What GitLab wrote about a merge request, the newest first, as far as one page goes.
    pub(super) fn newest_events(&self, number: u64) -> anyhow::Result<Vec<Note>> {
        let request = self.client().get(&self.notes_path(number)).query("activity_filter", "only_activity");
        let answer = request.query("sort", "desc").query("per_page", self.row().page_size).send();
        let answer = answer.with_context(|| format!("cannot read the outcome of {}", self.name(number)))?;
        let notes: Vec<Note> = answer.json()?;
        Ok(notes.into_iter().filter(|note| note.system).collect())
    }

    fn notes_path(&self, number: u64) -> String {
        format!("{}/notes", self.pull_path(number))
    }
}
