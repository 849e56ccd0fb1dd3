//! Notes of the fake GitLab: people's comments, and what it writes itself.

use serde_json::{Value, json};

use super::GitLab;
use super::not_found;
use super::pulls::Pull;
use crate::fakes::message::page;
use crate::fakes::{Reply, Request};

#[derive(Debug, Clone)]
pub struct Note {
    id: u64,
    pub body: String,
    system: bool,
}

impl Note {
    pub fn system(id: u64, body: &str) -> Self {
        Self { id, body: body.to_owned(), system: true }
    }
}

impl GitLab {
    /// What people see as comments, in their order.
    pub fn comments(&self, number: u64) -> Vec<String> {
        self.with(number, |pull, _| {
            let comments = pull.notes.iter().filter(|note| !note.system);
            comments.map(|note| note.body.clone()).collect()
        })
    }

    pub(super) fn list_notes(&self, pull: &Pull, request: &Request) -> Reply {
        let wanted = |note: &&Note| match request.query("activity_filter") {
            Some("only_comments") => !note.system,
            Some("only_activity") => note.system,
            _ => true,
        };
        let mut notes: Vec<Value> = pull.notes.iter().filter(wanted).map(|note| self.note(note)).collect();
        if request.query("sort") != Some("asc") {
            notes.reverse();
        }
        page(request, "per_page", self.page, notes, Value::Array)
    }

    pub(super) fn add_note(&self, pull: &mut Pull, last_id: &mut u64, body: &Value) -> Reply {
        *last_id += 1;
        let note =
            Note { id: *last_id, body: self.obey(pull, body["body"].as_str().unwrap()), system: false };
        let reply = Reply::json(201, self.note(&note));
        pull.notes.push(note);
        reply
    }

    pub(super) fn change_note(&self, pull: &mut Pull, id: &str, body: &Value) -> Reply {
        let text = self.obey(pull, body["body"].as_str().unwrap());
        let Some(note) = pull.notes.iter_mut().find(|note| note.id.to_string() == id) else {
            return not_found("Note");
        };
        note.body = text;
        Reply::json(200, self.note(note))
    }

    /// Does what the lines of a text command, and gives what is left of it.
    pub(super) fn obey(&self, pull: &mut Pull, text: &str) -> String {
        let (commands, kept): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with('/'));
        if commands.contains(&"/close") {
            self.close(pull);
        }
        kept.join("\n").trim_end().to_owned()
    }

    fn note(&self, note: &Note) -> Value {
        let author = self.user("towline-bot");
        self.spec.example(
            "Note",
            json!({"id": note.id, "body": note.body, "system": note.system, "author": author}),
        )
    }
}
