//! A pull request as it is stored.

use anyhow::{Context, Result};
use git2::Oid;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::forge::{NewPullRequest, PullState};
use crate::git::{Repository, oid_text};

/// Where they are stored.
pub const REFERENCE: &str = "refs/towline/forge";
/// The folder with all of them.
pub const PULLS: &str = "pulls";

/// `<number>.json`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub number: u64,
    pub title: String,
    pub head: String,
    pub base: String,
    #[serde(flatten)]
    pub state: RecordState,
    pub created_at: Timestamp,
    /// The head's commit when the record was last written.
    #[serde(with = "oid_text")]
    pub head_commit: Oid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merging: Option<Merging>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reviewers: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<Comment>,
    /// The one comment that is kept up to date.
    #[serde(default, rename = "kept_comment", skip_serializing_if = "Option::is_none")]
    pub sticky_comment: Option<Comment>,
    pub body: String,
}

/// Merged and closed are for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum RecordState {
    Open,
    Merged {
        /// `None`: people merged it with git, and nothing tells when that came onto the branch.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        merged_at: Option<Timestamp>,
        /// The commit that came onto the base branch.
        #[serde(with = "oid_text")]
        merge_commit: Oid,
        /// The head that was merged by it.
        #[serde(with = "oid_text")]
        merged_head: Oid,
    },
    Closed {
        closed_at: Timestamp,
    },
}

/// The intention to move the base branch from `base` to `commit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merging {
    #[serde(with = "oid_text")]
    pub commit: Oid,
    #[serde(with = "oid_text")]
    pub base: Oid,
    /// The head that is merged by it.
    #[serde(with = "oid_text")]
    pub head: Oid,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    pub at: Timestamp,
    pub text: String,
}

impl Record {
    pub fn open(number: u64, new: &NewPullRequest, head_commit: Oid, now: Timestamp) -> Self {
        Self {
            number,
            title: new.title.clone(),
            head: new.head.clone(),
            base: new.base.clone(),
            state: RecordState::Open,
            created_at: now,
            head_commit,
            merging: None,
            labels: new.labels.clone(),
            reviewers: new.reviewers.clone(),
            comments: Vec::new(),
            sticky_comment: None,
            body: new.body.clone(),
        }
    }

    /// This pull request, merged by `commit`.
    pub fn merged(self, commit: Oid, head: Oid, at: Option<Timestamp>) -> Self {
        let state = RecordState::Merged { merged_at: at, merge_commit: commit, merged_head: head };
        Self { state, merging: None, ..self }
    }

    pub fn state(&self) -> PullState {
        match self.state {
            RecordState::Open => PullState::Open,
            RecordState::Merged { .. } => PullState::Merged,
            RecordState::Closed { .. } => PullState::Closed,
        }
    }
}

pub fn parse(repository: &Repository, path: &str, content: &[u8]) -> Result<Record> {
    serde_json::from_slice(content)
        .with_context(|| format!("cannot read {path} in {REFERENCE} of {}", repository.location()))
}
