//! Comments of the fake Gitea: a list without pages.

use serde_json::{Value, json};

use super::{Gitea, State, not_found};
use crate::fakes::Reply;

#[derive(Debug, Clone)]
pub struct Comment {
    id: u64,
    user: &'static str,
    pub body: String,
}

impl Gitea {
    /// What a person or another tool writes.
    pub fn comment_as(&self, number: u64, user: &'static str, body: &str) {
        let mut state = self.state.lock().unwrap();
        let id = state.next_id();
        state.pull(number).comments.push(Comment { id, user, body: body.to_owned() });
    }

    pub fn comments_of(&self, number: u64) -> Vec<String> {
        let mut state = self.state.lock().unwrap();
        state.pull(number).comments.iter().map(|comment| comment.body.clone()).collect()
    }

    pub(super) fn comments(&self, state: &mut State, number: &str) -> Reply {
        self.with(state, number, |pull| Reply::json(200, pull.comments.iter().map(view).collect()))
    }

    pub(super) fn add_comment(&self, state: &mut State, number: &str, body: &Value) -> Reply {
        let body = body["body"].as_str().unwrap().to_owned();
        let comment = Comment { id: state.last_id + 1, user: "towline-bot", body };
        let reply = self.with(state, number, |pull| {
            pull.comments.push(comment.clone());
            Reply::json(201, view(&comment))
        });
        state.last_id += u64::from(reply.status == 201);
        reply
    }

    pub(super) fn change_comment(&self, state: &mut State, id: &str, body: &Value) -> Reply {
        let mut comments = state.pulls.iter_mut().flat_map(|pull| &mut pull.comments);
        match comments.find(|comment| comment.id.to_string() == id) {
            None => not_found(),
            Some(comment) => {
                comment.body = body["body"].as_str().unwrap().to_owned();
                Reply::json(200, view(comment))
            }
        }
    }
}

fn view(Comment { id, user, body }: &Comment) -> Value {
    json!({"id": id, "body": body, "user": {"id": 1, "login": user}})
}
