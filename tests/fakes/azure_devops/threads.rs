//! Comments on the pull requests of the fake Azure DevOps.

use serde_json::{Value, json};

use super::pulls::Pull;
use super::{list, refused};
use crate::fakes::Reply;

#[derive(Debug, Clone)]
pub struct Thread {
    /// Whether the token's identity wrote it.
    pub ours: bool,
    pub comments: Vec<String>,
}

impl Pull {
    pub fn threads(&self) -> Reply {
        let shown = |(at, thread): (usize, &Thread)| fields(at, thread, "text");
        let mut threads: Vec<Value> = self.threads.iter().enumerate().map(shown).collect();
        // What Azure DevOps itself has to say stands among them.
        let vote = Thread { ours: false, comments: vec!["Ann Archer voted 10".into()] };
        threads.push(fields(threads.len(), &vote, "system"));
        list(threads)
    }

    pub fn start_thread(&mut self, body: &Value) -> Reply {
        let comments = body["comments"].as_array().unwrap();
        let comments: Vec<String> =
            comments.iter().map(|comment| comment["content"].as_str().unwrap().to_owned()).collect();
        if let Some(refusal) = comments.iter().find_map(|comment| too_long(comment)) {
            return refusal;
        }
        self.threads.push(Thread { ours: true, comments });
        Reply::json(200, fields(self.threads.len() - 1, self.threads.last().unwrap(), "text"))
    }

    pub fn rewrite(&mut self, thread: &str, comment: &str, body: &Value) -> Reply {
        let at = |text: &str| text.parse::<usize>().unwrap() - 1;
        let Some(thread) = self.threads.get_mut(at(thread)) else {
            return refused(404, "DiscussionThreadNotFoundException", "The thread was not found.");
        };
        if !thread.ours {
            let message = "TF401234: Only the author of a comment may change it.";
            return refused(403, "DiscussionCommentNotOwnedException", message);
        }
        let content = body["content"].as_str().unwrap();
        if let Some(refusal) = too_long(content) {
            return refusal;
        }
        thread.comments[at(comment)] = content.to_owned();
        Reply::json(200, json!({"id": at(comment) + 1, "content": content, "commentType": "text"}))
    }
}

fn fields(at: usize, thread: &Thread, kind: &str) -> Value {
    let comment = |(id, content): (usize, &String)| json!({"id": id + 1, "parentCommentId": id, "content": content, "commentType": kind});
    let comments: Vec<Value> = thread.comments.iter().enumerate().map(comment).collect();
    let mut fields = json!({"id": at + 1, "isDeleted": false, "comments": comments});
    // What Azure DevOps itself writes has none.
    if kind == "text" {
        fields["status"] = json!("closed");
    }
    fields
}

fn too_long(comment: &str) -> Option<Reply> {
    let message =
        "A discussion comment cannot be longer than 150000 characters.\r\nParameter name: comment.Content";
    let long = comment.encode_utf16().count() > 150_000;
    long.then(|| refused(400, "InvalidArgumentValueException", message))
}
