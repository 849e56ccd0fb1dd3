//! What a refusal of the server means. It has one status for nearly all of them, and no codes: only
//! words, of which it says the first that applies. They are the same in Gitea and Forgejo, in every
//! language.

use crate::http::{Fault, Kind};

/// What has to happen before a refused merge can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing, if the branches moved: the server had not caught up with a push or another merge.
    Moment,
    /// Checks or people have to say yes. The server can be asked to merge by itself then.
    Approval,
    /// The head has to be put onto the new base. The server would take a schedule for it, and
    /// never merge.
    NewBase,
    /// People have to change something about the pull request.
    People,
    /// People have to change a setting or a permission. For some of these, too, the server would
    /// take a schedule and never merge.
    Never,
}

/// Pieces of what the server says.
const WORDS: [(&str, Refusal); 13] = [
    ("User not allowed to merge PR", Refusal::Never),
    ("an allowed merge style", Refusal::Never),
    ("Changed protected files", Refusal::Never),
    ("wont sign", Refusal::Never),
    ("Work in progress", Refusal::People),
    ("required status checks", Refusal::Approval),
    ("enough approvals", Refusal::Approval),
    ("requested changes", Refusal::Approval),
    ("official review requests", Refusal::Approval),
    ("behind the base branch", Refusal::NewBase),
    ("try again later", Refusal::Moment),
    ("out of date", Refusal::Moment),
    ("cannot lock ref", Refusal::Moment),
];

impl Refusal {
    /// `None`: it is no refusal but a failure.
    pub fn of(fault: &Fault) -> Option<Self> {
        let known = || WORDS.iter().find(|(words, _)| fault.said().contains(words)).map(|(_, means)| *means);
        match (fault.status, fault.kind) {
            // Half an answer, or a page of a proxy.
            _ if fault.body().is_null() => None,
            // Of other words only time tells.
            (Some(405 | 409), _) => Some(known().unwrap_or(Self::Moment)),
            (Some(422), _) => Some(Self::People),
            // Archived, or the token lost its permission.
            (Some(423), _) | (_, Kind::Forbidden) => Some(Self::Never),
            _ => None,
        }
    }
}
