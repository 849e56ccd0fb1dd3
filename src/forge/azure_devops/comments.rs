//! Comments: separate threads, closed immediately, because an open one can block a policy.

use serde::Deserialize;
use serde_json::json;

use super::api::List;
use super::client::AzureDevOps;
use crate::forge::protocol::{Api, Comment, Comments};
use crate::http::Result;

impl Comments for AzureDevOps {
    /// The first of each thread: those below it are people's answers.
    fn read_comments(&self, number: u64) -> Result<Vec<Comment>> {
        let threads: List<Thread> = self.get(&format!("pullRequests/{number}/threads")).send()?.json()?;
        let mut threads = threads.value;
        threads.sort_by_key(|thread| thread.id);
        let first = |thread: Thread| {
            let comment = thread.comments.into_iter().next()?;
            let path = format!("pullRequests/{number}/threads/{}/comments/{}", thread.id, comment.id);
            let body = comment.content.filter(|_| !thread.is_deleted && !comment.is_deleted)?;
            Some(Comment { path: self.path(&path), body, author: None })
        };
        Ok(threads.into_iter().filter_map(first).collect())
    }

    fn add_comment(&self, number: u64, text: &str) -> Result<()> {
        let comment = json!({"parentCommentId": 0, "content": text, "commentType": "text"});
        let thread = json!({"comments": [comment], "status": "closed"});
        self.post(&format!("pullRequests/{number}/threads")).body(thread).send().map(drop)
    }

    fn change_comment(&self, path: &str, text: &str) -> Result<()> {
        let request = self.versioned(self.client().patch(path)).body(json!({"content": text}));
        request.repeatable().send().map(drop)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Thread {
    id: u64,
    #[serde(default)]
    is_deleted: bool,
    #[serde(default)]
    comments: Vec<WireComment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireComment {
    id: u64,
    #[serde(default)]
    is_deleted: bool,
    content: Option<String>,
}
