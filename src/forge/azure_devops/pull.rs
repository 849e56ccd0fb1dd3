//! A pull request as Azure DevOps tells of it, and what that means in the words of the crate.

use anyhow::Result;
use git2::Oid;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::forge::text::{commit_id, head_name, unix};
use crate::forge::{PullRequest, PullState};

/// The id that stands for no identity: auto-complete set by nobody is off.
pub const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WirePull {
    #[serde(rename = "pullRequestId")]
    pub number: u64,
    status: String,
    title: String,
    #[serde(default)]
    description: String,
    source_ref_name: String,
    /// Where the source branch is, if that is another repository.
    fork_source: Option<IgnoredAny>,
    target_ref_name: String,
    #[serde(default)]
    pub is_draft: bool,
    creation_date: Timestamp,
    closed_date: Option<Timestamp>,
    /// Of the last merge that was tried, which tells of a moment ago.
    pub merge_status: Option<String>,
    pub merge_failure_message: Option<String>,
    last_merge_source_commit: Option<Commit>,
    /// Before the completion this is a merge that was tried; it is on no branch.
    last_merge_commit: Option<Commit>,
    /// Lists have them; a pull request that is read alone mostly has not.
    pub labels: Option<Vec<Label>>,
    #[serde(default)]
    pub reviewers: Vec<Reviewer>,
    created_by: Option<Person>,
    auto_complete_set_by: Option<Person>,
    completion_options: Option<CompletionOptions>,
    repository: Option<Repository>,
    /// The tip of the source branch, which the pull request sees a moment later.
    #[serde(skip)]
    pub tip: Option<Oid>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Commit {
    commit_id: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Label {
    pub name: String,
}

#[derive(Debug, Deserialize)]
pub struct Person {
    pub id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CompletionOptions {
    merge_strategy: Option<String>,
    merge_commit_message: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Repository {
    pub id: String,
    pub project: Project,
}

#[derive(Debug, Deserialize)]
pub struct Project {
    pub id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reviewer {
    id: String,
    /// The address of a person; of a group something longer.
    unique_name: Option<String>,
    display_name: Option<String>,
    #[serde(default)]
    pub vote: i32,
    #[serde(default)]
    pub is_required: bool,
}

impl Reviewer {
    /// As Azure DevOps shows it.
    pub fn name(&self) -> &str {
        self.display_name.as_ref().or(self.unique_name.as_ref()).unwrap_or(&self.id)
    }

    /// Whether a person who writes a pipeline file would call them so.
    pub fn is(&self, name: &str) -> bool {
        let names = [Some(&self.id), self.unique_name.as_ref(), self.display_name.as_ref()];
        names.into_iter().flatten().any(|known| known.eq_ignore_ascii_case(name))
    }
}

impl WirePull {
    pub fn is_active(&self) -> bool {
        self.status == "active"
    }

    fn is_completed(&self) -> bool {
        self.status == "completed"
    }

    /// Whether both branches are the repository's own: a fork's may have the same name.
    pub fn is_own(&self) -> bool {
        self.fork_source.is_none()
    }

    /// The branch that is to be merged.
    pub fn head(&self) -> &str {
        branch(&self.source_ref_name)
    }

    pub fn base(&self) -> &str {
        branch(&self.target_ref_name)
    }

    fn head_commit(&self) -> Result<Oid> {
        match (&self.last_merge_source_commit, self.tip) {
            (_, Some(tip)) => Ok(tip),
            (Some(seen), None) => commit_id(&seen.commit_id),
            (None, None) => {
                anyhow::bail!("Azure DevOps did not return the head of pull request #{}", self.number)
            }
        }
    }

    /// Whether Azure DevOps itself has seen this commit as the head.
    pub fn has_seen(&self, head: Oid) -> bool {
        let seen = self.last_merge_source_commit.as_ref();
        seen.is_some_and(|seen| seen.commit_id.eq_ignore_ascii_case(&head.to_string()))
    }

    /// The id of whoever opened it.
    pub fn creator(&self) -> Option<&str> {
        Some(&self.created_by.as_ref()?.id)
    }

    pub fn project(&self) -> Option<&str> {
        Some(&self.repository.as_ref()?.project.id)
    }

    /// Whether auto-complete is on.
    pub fn merges_itself(&self) -> bool {
        self.auto_completed_by().is_some()
    }

    /// The id of whoever turned auto-complete on, if it is on.
    pub fn auto_completed_by(&self) -> Option<&str> {
        let person = self.auto_complete_set_by.as_ref()?;
        Some(person.id.as_str()).filter(|id| *id != NOBODY)
    }

    /// Whether its completion would be this one.
    pub fn is_to_be_completed_as(&self, strategy: &str, message: &str) -> bool {
        self.completion_options.as_ref().is_some_and(|options| {
            options.merge_strategy.as_deref() == Some(strategy)
                && options
                    .merge_commit_message
                    .as_deref()
                    .is_some_and(|kept| unix(kept).trim_end() == message.trim_end())
        })
    }

    /// Azure DevOps has lost that of some that were completed long ago.
    fn merge_commit(&self) -> Result<Option<Oid>> {
        let commit = self.last_merge_commit.as_ref().filter(|_| self.is_completed());
        commit.map(|commit| commit_id(&commit.commit_id)).transpose()
    }

    /// `repository` is the page of the repository.
    pub fn view(&self, repository: &str) -> Result<PullRequest> {
        let state = match self.status.as_str() {
            "completed" => PullState::Merged,
            "abandoned" => PullState::Closed,
            _ => PullState::Open,
        };
        Ok(PullRequest {
            number: self.number,
            url: format!("{repository}/pullrequest/{}", self.number),
            state,
            head: head_name(self.head(), self.is_own()),
            base: self.base().to_owned(),
            head_commit: self.head_commit()?,
            merge_commit: self.merge_commit()?,
            mergeable: self.mergeable()?,
            title: self.title.clone(),
            body: self.description.clone(),
            created_at: self.creation_date,
            ended_at: self.closed_date.filter(|_| state != PullState::Open),
        })
    }

    /// What the last try says, if that was with the commits of now. A policy is no conflict.
    fn mergeable(&self) -> Result<Option<bool>> {
        let seen = self.last_merge_source_commit.as_ref().map(|seen| commit_id(&seen.commit_id));
        if !self.is_active() || seen.transpose()? != Some(self.head_commit()?) {
            return Ok(None);
        }
        Ok(match self.merge_status.as_deref() {
            Some("succeeded" | "rejectedByPolicy") => Some(true),
            Some("conflicts" | "failure") => Some(false),
            _ => None,
        })
    }
}

/// The name without `refs/heads/`.
fn branch(reference: &str) -> &str {
    reference.strip_prefix("refs/heads/").unwrap_or(reference)
}
