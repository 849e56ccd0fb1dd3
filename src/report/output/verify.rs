//! `towline verify`.

use anyhow::Result;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::release::ReleaseOutput;
use crate::promote::verify::{Difference, DifferenceKind, Verified};
use crate::vocabulary::Diagnostic;

/// Whether what is deployed is what its release renders to
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerifyOutput {
    /// In the order of the pipeline file
    pub environments: Vec<VerifiedEnvironment>,
}

/// One environment
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerifiedEnvironment {
    pub environment: String,
    /// The release that was rendered again; `null` when nothing is deployed
    pub release: Option<ReleaseOutput>,
    /// The commit of the base branch that was compared; `null` when nothing is deployed
    pub commit: Option<String>,
    /// How many files are the same
    pub same: usize,
    pub differences: Vec<DifferenceOutput>,
    /// Why it cannot be verified; left out when it can
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A file that differs
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DifferenceOutput {
    /// From the root of the GitOps repository
    pub path: String,
    pub kind: DifferenceWord,
    /// The commit on the base branch that made it so; `null` when there is none
    pub commit: Option<String>,
    /// The author of that commit
    pub author: Option<String>,
    /// When that was
    pub at: Option<Timestamp>,
}

/// How a file differs
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum DifferenceWord {
    /// Its content is another one
    Changed,
    /// It is rendered, and does not stand there
    Missing,
    /// The descriptor lists it, and it is not rendered
    NotRendered,
}

impl VerifyOutput {
    pub fn new(found: &[(String, Result<Option<Verified>>)]) -> Self {
        let environment = |(name, verified): &(String, Result<Option<Verified>>)| {
            let error = verified.as_ref().err().map(Diagnostic::line);
            let verified = verified.as_ref().ok().and_then(Option::as_ref);
            VerifiedEnvironment {
                environment: name.clone(),
                release: verified.map(|it| (&it.release).into()),
                commit: verified.map(|it| it.commit.to_string()),
                same: verified.map_or(0, |it| it.same),
                differences: verified.iter().flat_map(|it| &it.differences).map(Into::into).collect(),
                error,
            }
        };
        Self { environments: found.iter().map(environment).collect() }
    }
}

impl From<&Difference> for DifferenceOutput {
    fn from(difference: &Difference) -> Self {
        let by = difference.by.as_ref();
        Self {
            path: difference.path.clone(),
            kind: match difference.kind {
                DifferenceKind::Changed => DifferenceWord::Changed,
                DifferenceKind::Missing => DifferenceWord::Missing,
                DifferenceKind::NotRendered => DifferenceWord::NotRendered,
            },
            commit: by.map(|(commit, ..)| commit.to_string()),
            author: by.map(|(_, author, _)| author.clone()),
            at: by.map(|(.., at)| *at),
        }
    }
}
