//! What tests begin with: a world on this machine, a release, a pull request, a status. One call
//! for each; what a test is about is set with `..`.

mod gitops;
mod random;
mod sandbox;
pub mod schema;
mod terminal;

use std::sync::Arc;

use git2::Oid;
use towline::clock::ManualClock;
use towline::forge::{Access, MergeRequest, NewPullRequest, NewStatus, StatusState};
use towline::http::Tally;
use towline::release::Release;
use towline::vocabulary::{Diagnostic, MergeMethod};

pub use gitops::Gitops;
pub use random::Random;
pub use sandbox::{CONFIG, Run, Sandbox, TWO_ENVIRONMENTS};
pub use terminal::Terminal;

/// A clock that stands still at noon.
pub fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new("2026-03-01T12:00:00Z".parse().unwrap()))
}

/// Access with an empty environment.
pub fn access() -> Access {
    Access { variables: Vec::new(), clock: clock(), notify: Arc::new(|_| ()), tally: Tally::default() }
}

/// A release that is nothing but a version.
pub fn release(version: &str) -> Release {
    Release {
        version: version.to_owned(),
        build: None,
        commit: None,
        repository: None,
        branch: None,
        configuration: None,
        images: Vec::new(),
    }
}

/// A pull request into `main`.
pub fn pull(head: &str, head_commit: Oid, title: &str) -> NewPullRequest {
    NewPullRequest {
        open: None,
        head: head.to_owned(),
        head_commit,
        base: "main".to_owned(),
        title: title.to_owned(),
        body: "Body".to_owned(),
        labels: Vec::new(),
        reviewers: Vec::new(),
    }
}

/// A merge, now or not at all.
pub fn merge(expected_head: Oid, method: MergeMethod) -> MergeRequest {
    let message = "Deploy greeting 1.2.0\n\nTowline-Release: 1.2.0\n".to_owned();
    MergeRequest { expected_head, method, message, when_ready: false }
}

pub fn status(context: &str, state: StatusState) -> NewStatus {
    NewStatus { context: context.to_owned(), state, description: String::new(), target_url: None }
}

/// The error as people see it: the chain, then the hint in a line of its own.
pub fn shown(error: &anyhow::Error) -> String {
    let inner = || error.chain().find_map(|cause| cause.downcast_ref::<Diagnostic>());
    let hint = error.downcast_ref().or_else(inner).and_then(|diagnostic| diagnostic.hint.as_ref());
    hint.map_or_else(|| format!("{error:#}"), |hint| format!("{error:#}\nhint: {hint}"))
}
