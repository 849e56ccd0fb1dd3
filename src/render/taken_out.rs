//! Taken out: releases that were rolled back, as a descriptor records them. A record only restricts: it says
//! which release does not come back by itself. So it may stand in a file that anybody can edit.

use git2::Oid;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::git::oid_text;
use crate::release::Release;

/// A release that was rolled back
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TakenOut {
    pub version: String,
    /// The build that made it; left out when it is not known
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<String>,
    /// The source commit; left out when it is not known
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The source commit of the variables, where that was another one
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration: Option<String>,
    /// How it had ended when `onFailure: rollback` took it out; left out when people did
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// Why it was taken out; left out when nobody said
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How a deployment failed
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    Failed,
    TimedOut,
}

/// What a deployment took out, and what it brought back
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rollback {
    /// The release that was rolled back
    pub from: TakenOut,
    /// The commit of the GitOps repository whose files it brought back
    #[serde(with = "oid_text")]
    #[schemars(with = "String")]
    pub restored: Oid,
}

impl TakenOut {
    pub fn new(release: &Release) -> Self {
        Self {
            version: release.version.clone(),
            build: release.build.clone(),
            commit: release.commit.clone(),
            configuration: release.configuration.clone(),
            failure: None,
            reason: None,
        }
    }

    /// Whether it is this release, with the same configuration. The commit is compared where both are known.
    pub fn is(&self, release: &Release) -> bool {
        let known = self.commit.as_ref().zip(release.commit.as_ref());
        self.version == release.version
            && self.configuration == release.configuration
            && known.is_none_or(|(one, other)| one == other)
    }

    /// What there is to compare it with others by.
    pub fn release(&self) -> Release {
        let (build, configuration) = (self.build.clone(), self.configuration.clone());
        Release { build, configuration, ..Release::known_as(self.version.clone(), self.commit.clone()) }
    }

    /// See [`Release::describe`].
    pub fn describe(&self) -> String {
        self.release().describe()
    }

    /// Its reason behind a colon, if there is one.
    pub fn because(&self) -> String {
        self.reason.as_ref().map_or(String::new(), |reason| format!(": {reason}"))
    }
}
