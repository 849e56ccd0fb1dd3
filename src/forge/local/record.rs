//! A pull request as it is stored, and what follows from it.

use std::collections::{HashMap, HashSet};

use anyhow::Result;
use git2::Oid;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::forge::{NewPullRequest, PullState};
use crate::git::{Repository, oid_text};

/// `pulls/<number>.json`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub number: u64,
    pub title: String,
    pub head: String,
    pub base: String,
    pub state: RecordState,
    pub created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
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
    pub body: String,
}

/// What a person or process decided. That it is merged is not decided but derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordState {
    Open,
    Closed,
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
    pub at: Timestamp,
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
            closed_at: None,
            head_commit,
            merging: None,
            labels: new.labels.clone(),
            reviewers: new.reviewers.clone(),
            comments: Vec::new(),
            body: new.body.clone(),
        }
    }

    pub fn state(&self, repository: &Repository) -> Result<PullState> {
        self.state_by(|commit, base| match repository.find_branch(base)? {
            Some(tip) => repository.is_ancestor(commit, tip),
            None => Ok(false),
        })
    }

    /// The state, given a way to tell whether a commit is in the history of a branch.
    pub fn state_by(&self, mut is_in: impl FnMut(Oid, &str) -> Result<bool>) -> Result<PullState> {
        if let Some(merging) = &self.merging
            && is_in(merging.commit, &self.base)?
        {
            return Ok(PullState::Merged);
        }
        Ok(match self.state {
            RecordState::Open => PullState::Open,
            RecordState::Closed => PullState::Closed,
        })
    }
}

/// The history of each base branch, read once: for lists, where asking for every pull request
/// would walk the same history again and again.
#[derive(Default)]
pub struct MergedCommits(HashMap<String, HashSet<Oid>>);

impl MergedCommits {
    pub fn contains(&mut self, repository: &Repository, commit: Oid, branch: &str) -> Result<bool> {
        if !self.0.contains_key(branch) {
            let history = match repository.find_branch(branch)? {
                Some(tip) => repository.history(tip)?,
                None => HashSet::new(),
            };
            self.0.insert(branch.to_owned(), history);
        }
        Ok(self.0.get(branch).is_some_and(|history| history.contains(&commit)))
    }
}
