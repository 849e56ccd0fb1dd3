//! Comments: threads of their own, closed at once, because an open one can be in the way of a policy.

use serde::Deserialize;
use serde_json::json;

use super::AzureDevOps;
use super::api::List;
use crate::forge::kept_comment::{Comments, Kept, is_marked};
use crate::http::Result;

impl Comments for AzureDevOps {
    /// It takes 150,000 units of UTF-16, of which no character has more than two.
    const LONGEST: usize = 75_000;

    fn kept(&self, number: u64) -> Result<Option<Kept>> {
        let threads: List<Thread> = self.get(&format!("pullRequests/{number}/threads")).send()?.json()?;
        let newest = threads.value.into_iter().filter_map(Thread::kept).max_by_key(|(thread, ..)| *thread);
        Ok(newest.map(|(thread, comment, body)| {
            let path = format!("pullRequests/{number}/threads/{thread}/comments/{comment}");
            Kept { path: self.path(&path), body }
        }))
    }

    fn add_comment(&self, number: u64, text: &str) -> Result<()> {
        let comment = json!({"parentCommentId": 0, "content": text, "commentType": "text"});
        let thread = json!({"comments": [comment], "status": "closed"});
        self.post(&format!("pullRequests/{number}/threads")).body(thread).send().map(drop)
    }

    fn change_comment(&self, path: &str, text: &str) -> Result<()> {
        let request = self.versioned(self.client.patch(path)).body(json!({"content": text}));
        request.repeatable().send().map(drop)
    }

    fn pause(&self, turn: u32) {
        self.client.pause(turn);
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Thread {
    id: u64,
    #[serde(default)]
    is_deleted: bool,
    #[serde(default)]
    comments: Vec<Comment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Comment {
    id: u64,
    #[serde(default)]
    is_deleted: bool,
    content: Option<String>,
}

impl Thread {
    /// Its first comment, if that is the kept one: its id and what it says. Those below it are
    /// people's answers.
    fn kept(self) -> Option<(u64, u64, String)> {
        let first = self.comments.into_iter().next()?;
        let content = first.content?;
        let is_kept = !self.is_deleted && !first.is_deleted && is_marked(&content);
        is_kept.then_some((self.id, first.id, content))
    }
}
