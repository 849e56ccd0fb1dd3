//! What Azure DevOps answers beside pull requests, as far as it is read, and what it means in the
//! words of the crate.

use jiff::Timestamp;
use serde::Deserialize;

use crate::forge::{CommitStatus, StatusState};

/// A list as it is sent.
#[derive(Debug, Deserialize)]
pub struct List<T> {
    pub value: Vec<T>,
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
    id: Option<String>,
    unique_name: Option<String>,
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
                "succeeded" => StatusState::Success,
                // A release that a reporter has half a yes for goes no further by itself.
                "failed" | "partiallySucceeded" => StatusState::Failure,
                "error" => StatusState::Error,
                // `pending`, `notSet`, `notApplicable`, or a word that is not known yet: no end.
                _ => StatusState::Pending,
            },
            description: status.description.unwrap_or_default(),
            target_url: status.target_url,
            created_at: status.creation_date,
            creator: status.created_by.as_ref().and_then(|author| author.unique_name.clone()),
            creator_id: status.created_by.and_then(|author| author.id),
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

    #[test]
    fn a_state_that_is_not_known_is_not_an_end() {
        let state = |name: &str| {
            let status = serde_json::json!({
                "id": 1, "state": name, "creationDate": "2026-03-01T12:00:00Z", "context": {"name": "flux"},
            });
            CommitStatus::from(serde_json::from_value::<Status>(status).unwrap()).state
        };
        assert_eq!(state("partiallySucceeded"), StatusState::Failure);
        assert_eq!(state("a word of tomorrow"), StatusState::Pending);
    }
}
