//! The calls.

use anyhow::{Context, Result};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::api::{Comment as WireComment, Review, WirePull};
use crate::forge::protocol::{Api, Comment, Pull, Pulls};
use crate::forge::{NewPullRequest, NewStatus, StatusState};
use crate::http::{self, Kind, Request};

/// A forge with such calls.
pub trait GithubStyle: Pulls<Wire = WirePull> {
    /// The items of all pages of a list.
    fn all<T: DeserializeOwned>(&self, request: Request<'_>) -> http::Result<Vec<T>>;
}

pub fn create_pull(api: &impl GithubStyle, new: &NewPullRequest) -> http::Result<Pull<WirePull>> {
    let NewPullRequest { head, base, title, body, .. } = new;
    let fields = json!({"title": title, "head": head, "base": base, "body": body});
    // A second one for the same branches is refused, so a repeat does no harm.
    let answer = api.client().post(&api.path("pulls")).body(fields).repeatable().send()?;
    api.pull_in(&answer)
}

/// Changes title, body or state; to do it twice changes nothing.
pub fn change_pull(api: &impl GithubStyle, number: u64, fields: Value) -> http::Result<Pull<WirePull>> {
    let answer = api.client().patch(&api.pull_path(number)).body(fields).repeatable().send()?;
    api.pull_in(&answer)
}

/// Where the comments of a pull request are.
pub fn comments_path(api: &impl Api, number: u64) -> String {
    api.path(&format!("issues/{number}/comments"))
}

pub fn comment_of(api: &impl Api, comment: WireComment) -> Comment {
    let WireComment { id, body, user } = comment;
    let path = api.path(&format!("issues/comments/{id}"));
    Comment { path, body, author: user.map(|user| user.login) }
}

pub fn add_comment(api: &impl Api, number: u64, text: &str) -> http::Result<()> {
    api.client().post(&comments_path(api, number)).body(json!({"body": text})).send().map(drop)
}

pub fn change_comment(api: &impl Api, path: &str, text: &str) -> http::Result<()> {
    api.client().patch(path).body(json!({"body": text})).repeatable().send().map(drop)
}

/// The labels are names, or ids where the forge knows them by these.
pub fn add_labels(api: &impl Api, number: u64, labels: Value) -> Result<()> {
    let path = api.path(&format!("issues/{number}/labels"));
    let sent = api.client().post(&path).body(json!({"labels": labels})).repeatable().send();
    sent.with_context(|| format!("{} is open, but cannot be labelled", api.name(number)))?;
    Ok(())
}

pub fn reviews(api: &impl GithubStyle, number: u64) -> http::Result<Vec<Review>> {
    api.all(api.client().get(&format!("{}/reviews", api.pull_path(number))))
}

/// Asks those who neither are asked nor have answered. Nothing in a name tells a user from a team,
/// except a slash (`acme/platform`): the others are users, or else teams.
pub fn request_reviews(api: &impl GithubStyle, pull: &WirePull, reviewers: &[String]) -> Result<()> {
    let mut missing: Vec<&String> = reviewers.iter().filter(|name| !pull.awaits(team(name))).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let pull_name = api.name(pull.number);
    let reviews = reviews(api, pull.number);
    let reviews = reviews.with_context(|| format!("cannot read the reviews of {pull_name}"))?;
    missing.retain(|name| {
        let mut authors = reviews.iter().filter_map(|review| review.user.as_ref());
        !authors.any(|user| user.login.eq_ignore_ascii_case(name))
    });
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
            // A team that is there, and may not be asked, is what was meant.
            request(of_team()).map_err(|of_team| match (fault.kind, of_team.kind) {
                (Kind::NotFound, Kind::Refused | Kind::Forbidden) => of_team,
                _ => fault,
            })
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
