//! What Azure DevOps answers, as far as it is read, and what it means in the words of the crate.

use anyhow::{Context, Result};
use git2::Oid;
use jiff::Timestamp;
use serde::Deserialize;

use crate::forge::{CommitStatus, PullRequest, PullState, StatusState};

/// The id that stands for no identity: auto-complete set by nobody is off.
pub const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// A list as it is sent.
#[derive(Debug, Deserialize)]
pub struct List<T> {
    pub value: Vec<T>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pull {
    #[serde(rename = "pullRequestId")]
    pub number: u64,
    status: String,
    pub title: String,
    #[serde(default)]
    pub description: String,
    source_ref_name: String,
    target_ref_name: String,
    creation_date: Timestamp,
    closed_date: Option<Timestamp>,
    /// Of the last merge that was tried, which tells of a moment ago.
    pub merge_status: Option<String>,
    pub merge_failure_message: Option<String>,
    last_merge_source_commit: Option<Commit>,
    /// Before the completion this is a merge that was tried; it is on no branch.
    last_merge_commit: Option<Commit>,
    #[serde(default)]
    labels: Vec<Label>,
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

#[derive(Debug, Deserialize)]
struct Label {
    name: String,
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

impl Pull {
    pub fn is_active(&self) -> bool {
        self.status == "active"
    }

    pub fn is_completed(&self) -> bool {
        self.status == "completed"
    }

    /// The branch that is to be merged.
    pub fn head(&self) -> &str {
        branch(&self.source_ref_name)
    }

    pub fn base(&self) -> &str {
        branch(&self.target_ref_name)
    }

    pub fn head_commit(&self) -> Result<Oid> {
        match (&self.last_merge_source_commit, self.tip) {
            (_, Some(tip)) => Ok(tip),
            (Some(seen), None) => commit_id(&seen.commit_id),
            (None, None) => anyhow::bail!("Azure DevOps names no head of pull request #{}", self.number),
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
        self.auto_complete_set_by.as_ref().is_some_and(|person| person.id != NOBODY)
    }

    /// Whether auto-complete is on in the name of whoever opened the pull request, as Towline has it.
    pub fn merges_itself_for_creator(&self) -> bool {
        let person = self.auto_complete_set_by.as_ref().map(|person| person.id.as_str());
        self.merges_itself() && person.zip(self.creator()).is_some_and(|(a, b)| a.eq_ignore_ascii_case(b))
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

    pub fn merge_commit(&self) -> Result<Option<Oid>> {
        match &self.last_merge_commit {
            _ if !self.is_completed() => Ok(None),
            Some(commit) => commit_id(&commit.commit_id).map(Some),
            None => anyhow::bail!("Azure DevOps names no merge commit of pull request #{}", self.number),
        }
    }

    pub fn has_label(&self, name: &str) -> bool {
        self.labels.iter().any(|label| label.name.eq_ignore_ascii_case(name))
    }

    /// `repository` is the page of the repository.
    pub fn view(self, repository: &str) -> Result<PullRequest> {
        let state = match self.status.as_str() {
            "completed" => PullState::Merged,
            "active" => PullState::Open,
            _ => PullState::Closed,
        };
        Ok(PullRequest {
            number: self.number,
            url: format!("{repository}/pullrequest/{}", self.number),
            state,
            head: self.head().to_owned(),
            base: self.base().to_owned(),
            head_commit: self.head_commit()?,
            merge_commit: self.merge_commit()?,
            mergeable: self.mergeable()?,
            title: self.title,
            body: self.description,
            created_at: self.creation_date,
            ended_at: self.closed_date.filter(|_| state != PullState::Open),
        })
    }

    /// What the last try says, if that was with the commits of now. A policy is no conflict.
    pub fn mergeable(&self) -> Result<Option<bool>> {
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

/// The web page writes line ends of its own.
pub fn unix(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// The name without `refs/heads/`.
fn branch(reference: &str) -> &str {
    reference.strip_prefix("refs/heads/").unwrap_or(reference)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reference {
    pub name: String,
    pub object_id: String,
}

/// How two branches stand to each other.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    base_commit: String,
    target_commit: String,
    /// None when they have no history in common.
    common_commit: Option<String>,
}

impl Comparison {
    /// Whether the target branch has nothing that the base branch has not.
    pub fn is_contained(&self) -> bool {
        self.common_commit.as_ref() == Some(&self.target_commit)
    }

    /// Whether the base branch can be moved forward to the target branch.
    pub fn is_ahead(&self) -> bool {
        self.common_commit.as_ref() == Some(&self.base_commit)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    pub id: u64,
    state: String,
    #[serde(default)]
    description: Option<String>,
    target_url: Option<String>,
    pub creation_date: Timestamp,
    context: StatusContext,
    created_by: Option<Author>,
}

#[derive(Debug, Deserialize)]
struct StatusContext {
    name: String,
    genre: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Author {
    display_name: Option<String>,
}

impl From<Status> for CommitStatus {
    fn from(status: Status) -> Self {
        let StatusContext { name, genre } = status.context;
        Self {
            context: match genre.filter(|genre| !genre.is_empty()) {
                Some(genre) => format!("{genre}/{name}"),
                None => name,
            },
            state: match status.state.as_str() {
                "succeeded" | "notApplicable" => StatusState::Success,
                "failed" => StatusState::Failure,
                "pending" | "notSet" => StatusState::Pending,
                _ => StatusState::Error,
            },
            description: status.description.unwrap_or_default(),
            target_url: status.target_url,
            created_at: status.creation_date,
            creator: status.created_by.and_then(|author| author.display_name),
        }
    }
}

/// Genre and name of a context: the genre is what stands before the first slash, so that a context
/// is read as it was written.
pub fn genre_and_name(context: &str) -> (Option<&str>, &str) {
    match context.split_once('/') {
        Some((genre, name)) if !genre.is_empty() && !name.is_empty() => (Some(genre), name),
        _ => (None, context),
    }
}

pub fn state_name(state: StatusState) -> &'static str {
    match state {
        StatusState::Pending => "pending",
        StatusState::Success => "succeeded",
        StatusState::Failure => "failed",
        StatusState::Error => "error",
    }
}

/// A person, a group or a team.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    pub id: String,
    provider_display_name: Option<String>,
    custom_display_name: Option<String>,
}

impl Identity {
    pub fn is_called(&self, name: &str) -> bool {
        let names = [&self.provider_display_name, &self.custom_display_name];
        names.into_iter().flatten().any(|known| known.eq_ignore_ascii_case(name))
    }
}

pub fn commit_id(text: &str) -> Result<Oid> {
    Oid::from_str(text).with_context(|| format!("Azure DevOps names a commit `{text}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_are_read_as_they_were_written() {
        for context in ["towline/greeting/dev", "build", "/x", "x/", "a//b", ""] {
            let (genre, name) = genre_and_name(context);
            let status = serde_json::json!({
                "id": 1, "state": "succeeded", "creationDate": "2026-03-01T12:00:00.1234567Z",
                "context": {"name": name, "genre": genre},
            });
            let status: Status = serde_json::from_value(status).unwrap();
            assert_eq!(CommitStatus::from(status).context, context);
        }
        assert_eq!(genre_and_name("towline/greeting/dev"), (Some("towline"), "greeting/dev"));
    }
}
