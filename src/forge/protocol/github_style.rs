//! Calls that Gitea and Forgejo have taken over from GitHub's API.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Comment, Pull, Pulls};
use crate::forge::{NewStatus, StatusState};
use crate::http::{self, Kind};

/// A forge with such calls.
pub trait GithubStyle: Pulls {
    /// A path below the repository's.
    fn path(&self, rest: &str) -> String;

    /// Whether this user, or the team of this name, is asked for a review and has not given it.
    fn awaits(&self, wire: &Self::Wire, reviewer: &str) -> bool;

    /// Who has written reviews.
    fn review_authors(&self, number: u64) -> http::Result<Vec<String>>;

    fn pull_path(&self, number: u64) -> String {
        self.path(&format!("pulls/{number}"))
    }
}

#[derive(Debug, Clone, Deserialize)]
pub struct User {
    pub login: String,
}

/// A comment as it is told.
#[derive(Debug, Deserialize)]
pub struct WireComment {
    id: u64,
    #[serde(default)]
    body: String,
    user: Option<User>,
}

impl WireComment {
    /// `below` is the path of the repository's comments.
    pub fn into_comment(self, below: &str) -> Comment {
        Comment {
            path: format!("{below}/{}", self.id),
            body: self.body,
            author: self.user.map(|user| user.login),
        }
    }
}

/// Where the comments of a pull request are.
pub fn comments_path(api: &impl GithubStyle, number: u64) -> String {
    api.path(&format!("issues/{number}/comments"))
}

pub fn add_comment(api: &impl GithubStyle, number: u64, text: &str) -> http::Result<()> {
    api.client().post(&comments_path(api, number)).body(json!({"body": text})).send().map(drop)
}

pub fn change_comment(api: &impl GithubStyle, path: &str, text: &str) -> http::Result<()> {
    api.client().patch(path).body(json!({"body": text})).repeatable().send().map(drop)
}

/// Changes title, body or state; to do it twice changes nothing.
pub fn change_pull<A: GithubStyle>(api: &A, number: u64, fields: Value) -> http::Result<Pull<A::Wire>> {
    let answer = api.client().patch(&api.pull_path(number)).body(fields).repeatable().send()?;
    api.pull_in(&answer)
}

/// The labels are names, or ids where the forge knows them by these.
pub fn add_labels(api: &impl GithubStyle, number: u64, labels: Value) -> Result<()> {
    let path = api.path(&format!("issues/{number}/labels"));
    let sent = api.client().post(&path).body(json!({"labels": labels})).repeatable().send();
    sent.with_context(|| format!("{} is open, but cannot be labelled", api.name(number)))?;
    Ok(())
}

/// Asks those who neither are asked nor have answered. Nothing in a name tells a user from a team,
/// except a slash (`acme/platform`): the others are users, or else teams.
pub fn request_reviews<A: GithubStyle>(api: &A, pull: &Pull<A::Wire>, reviewers: &[String]) -> Result<()> {
    let mut missing: Vec<&String> =
        reviewers.iter().filter(|name| !api.awaits(&pull.wire, team(name))).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let pull_name = api.name(pull.number);
    let authors = api.review_authors(pull.number);
    let authors = authors.with_context(|| format!("cannot read the reviews of {pull_name}"))?;
    missing.retain(|name| !authors.iter().any(|author| author.eq_ignore_ascii_case(name)));
    for name in missing {
        ask(api, pull.number, name)
            .with_context(|| format!("{pull_name} is open, but `{name}` cannot be asked for a review"))?;
    }
    Ok(())
}

fn ask(api: &impl GithubStyle, number: u64, name: &str) -> http::Result<()> {
    let path = format!("{}/requested_reviewers", api.pull_path(number));
    let request = |who: Value| api.client().post(&path).body(who).repeatable().send().map(drop);
    let of_team = || json!({"team_reviewers": [team(name)]});
    if name.contains('/') {
        return request(of_team());
    }
    match request(json!({"reviewers": [name]})) {
        Err(fault) if matches!(fault.kind, Kind::Refused | Kind::NotFound) => {
            request(of_team()).map_err(|_| fault)
        }
        asked => asked,
    }
}

/// The team's own name, without its organization's.
fn team(reviewer: &str) -> &str {
    reviewer.rsplit('/').next().unwrap_or_default()
}

/// A status as it is sent.
pub fn status_fields(status: &NewStatus, description: &str) -> Value {
    let state = match status.state {
        StatusState::Pending => "pending",
        StatusState::Success => "success",
        StatusState::Failure => "failure",
        StatusState::Error => "error",
    };
    let mut fields = json!({"state": state, "context": status.context, "description": description});
    if let Some(url) = &status.target_url {
        fields["target_url"] = json!(url);
    }
    fields
}

/// The branch's name as a part of a path.
pub fn branch_path(branch: &str) -> String {
    branch.split('/').map(http::segment).collect::<Vec<_>>().join("/")
}

/// Subject and body of a commit's message.
pub fn subject_and_body(message: &str) -> (&str, &str) {
    let (subject, body) = message.split_once('\n').unwrap_or((message, ""));
    (subject, body.trim())
}
