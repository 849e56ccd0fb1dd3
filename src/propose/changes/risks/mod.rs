//! What is risky in a change: lost data, stopped workloads, fields that nobody can change, and rights
//! and openings that were not there before.
//!
//! One file a group. Most risks compare what two states of a resource have: `exposures` are those that
//! the new state has and the old one had not, so that they are found in added resources too; `guards`
//! are those that the old state had and the new one lacks.

mod access;
mod deletions;
mod images;
mod immutable;
mod network;
mod pods;
mod table;
mod workloads;

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

pub use self::table::{RiskId, Severity};
use super::fields::FieldChange;
use super::resource::Resource;

/// A risk of the change of one resource
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Risk {
    pub severity: Severity,
    /// As listed in docs/pull-requests.md
    pub id: RiskId,
    /// What the change does
    pub message: String,
}

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {})", self.message, self.id.as_str(), self.severity.as_str())
    }
}

/// Something that a state of a resource has.
type Trait = (RiskId, String);

impl From<Trait> for Risk {
    fn from((id, message): Trait) -> Self {
        Self { severity: id.severity(), id, message }
    }
}

/// Whether an image of the release goes back, which no manifest may show.
pub fn of_image(before: &str, after: &str) -> Option<Risk> {
    images::downgrade(before, after).map(Risk::from)
}

/// What is risky in going from `before` to `after`, the worst first.
pub fn risks(before: Option<&Value>, after: Option<&Value>, fields: &[FieldChange]) -> Vec<Risk> {
    let [before, after] = [before, after].map(|side| side.and_then(Resource::of));
    let mut found = exposures(before, after);
    match (before, after) {
        (Some(before), None) => found.extend(deletions::of(before)),
        (Some(before), Some(after)) => {
            found.extend(deletions::of_versions(before, after));
            found.extend(immutable::changes(before, after, fields));
            found.extend(images::downgrades(fields));
            found.extend(workloads::scaling(before, after));
            found.extend(network::lost(before, after));
            found.extend(workloads::lost_guards(before, after));
            found.extend(pods::lost_guards(before, after));
        }
        (None, _) => {}
    }
    let mut risks: Vec<Risk> = found.into_iter().map(Risk::from).collect();
    risks.sort();
    risks.dedup();
    risks
}

/// What the new state has and the old one had not.
fn exposures(before: Option<Resource>, after: Option<Resource>) -> Vec<Trait> {
    let of = |side: Option<Resource>| -> Vec<Trait> {
        side.into_iter()
            .flat_map(|it| [access::exposures(it), pods::exposures(it), network::exposures(it)].concat())
            .collect()
    };
    let old = of(before);
    of(after).into_iter().filter(|it| !old.contains(it)).collect()
}
