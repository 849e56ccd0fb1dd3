//! Comments: threads of their own, closed at once, because an open one can be in the way of a policy.
//!
//! The one that Towline keeps is known by a marker at its end that people do not see.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::json;

use super::AzureDevOps;
use super::api::{List, unix};
use crate::http::{Fault, Kind};

const MARKER: &str = "<!-- towline-comment -->";

/// The longest comment that Azure DevOps takes, in the units of UTF-16 that it counts.
const LONGEST: usize = 150_000;

const CUT: &str = "\n\n(cut here: Azure DevOps takes no longer comment)";

impl AzureDevOps {
    /// A comment of its own. A repeat would be a second one.
    pub(super) fn say(&self, number: u64, text: &str) -> std::result::Result<(), Fault> {
        let comment = json!({"parentCommentId": 0, "content": text, "commentType": "text"});
        let thread = json!({"comments": [comment], "status": "closed"});
        self.post(&format!("pullRequests/{number}/threads")).body(thread).send().map(drop)
    }

    pub(super) fn keep_comment(&self, number: u64, text: &str) -> std::result::Result<(), Fault> {
        let text = marked(text);
        if let Some(kept) = self.kept(number)? {
            match self.rewrite(number, &kept, &text) {
                // Only who wrote a comment may change it: another token kept the one before.
                Err(fault) if fault.kind == Kind::Forbidden => {}
                done => return done,
            }
        }
        match self.say(number, &text) {
            Err(fault) if fault.is_in_doubt() => match self.kept(number)? {
                Some(kept) if unix(&kept.content) == text => Ok(()),
                _ => Err(fault),
            },
            done => done,
        }
    }

    /// The newest, where several tokens have kept one.
    fn kept(&self, number: u64) -> std::result::Result<Option<Kept>, Fault> {
        let threads = self.get(&format!("pullRequests/{number}/threads")).send()?;
        let threads: List<Thread> = threads.json()?;
        let kept = threads.value.into_iter().filter_map(Thread::kept);
        Ok(kept.max_by_key(|kept| kept.thread))
    }

    fn rewrite(&self, number: u64, kept: &Kept, text: &str) -> std::result::Result<(), Fault> {
        if unix(&kept.content) == text {
            return Ok(());
        }
        let Kept { thread, comment, .. } = kept;
        let path = self.path(&format!("pullRequests/{number}/threads/{thread}/comments/{comment}"));
        let request = self.versioned(self.client.patch(&path)).body(json!({"content": text}));
        request.repeatable().send().map(drop)
    }

    pub(super) fn comment_on(&self, number: u64, text: &str) -> Result<()> {
        let kept = self.keep_comment(number, text);
        kept.with_context(|| format!("cannot comment on {}", self.name(number)))
    }
}

struct Kept {
    thread: u64,
    comment: u64,
    content: String,
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
    /// Its first comment, if that is ours; those below it are people's answers.
    fn kept(self) -> Option<Kept> {
        let first = self.comments.into_iter().next()?;
        let content = first.content?;
        let ours = !self.is_deleted && !first.is_deleted && content.trim_end().ends_with(MARKER);
        ours.then_some(Kept { thread: self.id, comment: first.id, content })
    }
}

/// The text as it is kept: cut to what Azure DevOps takes, with the marker at its end.
fn marked(text: &str) -> String {
    let text = unix(text);
    let end = format!("\n\n{MARKER}");
    if length(&text) + length(&end) <= LONGEST {
        return text + &end;
    }
    let end = format!("{CUT}{end}");
    let mut left = LONGEST - length(&end);
    let kept: String = text
        .chars()
        .take_while(|c| {
            let fits = c.len_utf16() <= left;
            left -= c.len_utf16().min(left);
            fits
        })
        .collect();
    kept + &end
}

fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_comments_are_cut_between_characters_and_say_so() {
        assert_eq!(marked("short\r\ntext"), format!("short\ntext\n\n{MARKER}"));
        for text in ["x".repeat(LONGEST), "é".repeat(LONGEST), "x".to_owned() + &"🚢".repeat(LONGEST)] {
            let marked = marked(&text);
            assert!((LONGEST - 1..=LONGEST).contains(&length(&marked)), "{}", length(&marked));
            let kept = marked.strip_suffix(&format!("{CUT}\n\n{MARKER}")).unwrap();
            assert!(text.starts_with(kept));
        }
    }
}
