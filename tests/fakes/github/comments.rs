//! Comments of the fake GitHub.

use serde_json::{Value, json};

use super::{GitHub, State};
use crate::fakes::message::page;
use crate::fakes::{Reply, Request};

#[derive(Debug, Clone)]
pub struct Comment {
    id: u64,
    user: String,
    pub body: String,
}

/// The longest that there is, in characters.
const LONGEST: usize = 65_536;

impl GitHub {
    /// What a person or another tool writes.
    pub fn comment_as(&self, number: u64, user: &str, body: &str) {
        let mut state = self.state.lock().unwrap();
        let id = state.next_id();
        state.pull(number).comments.push(Comment { id, user: user.to_owned(), body: body.to_owned() });
    }

    pub fn comments_of(&self, number: u64) -> Vec<String> {
        let mut state = self.state.lock().unwrap();
        state.pull(number).comments.iter().map(|comment| comment.body.clone()).collect()
    }

    pub(super) fn comments(&self, state: &mut State, number: &str, request: &Request) -> Reply {
        self.with(state, number, |pull| {
            let comments = pull.comments.iter().map(|comment| self.view(comment)).collect();
            page(request, "per_page", self.page, comments, Value::Array)
        })
    }

    pub(super) fn add_comment(&self, state: &mut State, number: &str, user: &str, body: &Value) -> Reply {
        let text = body["body"].as_str().unwrap();
        if text.chars().count() > LONGEST {
            return Reply::refused(422, "body is too long (maximum is 65536 characters)");
        }
        let comment = Comment { id: state.last_id + 1, user: user.to_owned(), body: text.to_owned() };
        let reply = self.with(state, number, |pull| {
            pull.comments.push(comment.clone());
            Reply::json(201, self.view(&comment))
        });
        state.last_id += u64::from(reply.status == 201);
        reply
    }

    pub(super) fn change_comment(&self, state: &mut State, id: &str, body: &Value) -> Reply {
        let mut comments = state.pulls.iter_mut().flat_map(|pull| &mut pull.comments);
        match comments.find(|comment| comment.id.to_string() == id) {
            None => Reply::refused(404, "Not Found"),
            Some(comment) => {
                comment.body = body["body"].as_str().unwrap().to_owned();
                Reply::json(200, self.view(comment))
            }
        }
    }

    fn view(&self, comment: &Comment) -> Value {
        let Comment { id, user, body } = comment;
        self.spec.example("issue-comment", json!({"id": id, "body": body, "user": self.user(user)}))
    }
}
