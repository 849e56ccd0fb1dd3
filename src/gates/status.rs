//! `status:`

use std::collections::BTreeMap;

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;

use super::gate::About;
use super::{Asked, Decide, Decision};
use crate::forge::StatusState;
use crate::vocabulary::{Diagnostic, OWN_CONTEXTS, refuse_own_context};
use crate::yaml::{At, Glob, written_as};

/// A commit status that must be a success
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct StatusGate {
    /// A glob over contexts; `*` does not match `/`
    pub context: Reported,
    /// The environment whose GitOps commit has the status; the source commit when absent
    pub environment: Option<At<String>>,
}

/// The contexts of others. What Towline shows on the source commit itself is no reason to enter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported(pub Glob);

written_as!(Reported = String);

impl TryFrom<String> for Reported {
    type Error = Diagnostic;

    fn try_from(text: String) -> Result<Self, Diagnostic> {
        refuse_own_context(&text)?;
        Glob::try_from(text).map(Self)
    }
}

impl Decide for StatusGate {
    fn decide(&self, asked: &Asked) -> Result<Decision> {
        let pattern = self.context.0.0.glob();
        let (statuses, where_) = match &self.environment {
            Some(environment) => {
                let found = asked.evidence.deployed_statuses(environment)?;
                (found, format!("the commit of environment `{}`", environment.value))
            }
            None => (asked.evidence.source_statuses()?, "the source commit".to_owned()),
        };
        let Some(statuses) = statuses else {
            let why = match &self.environment {
                Some(name) => format!("{} is not verified in environment `{}`", asked.release, name.value),
                None => "the source commit of the release is not known".to_owned(),
            };
            return Ok(Decision::closed_for_good(why));
        };
        let matcher = self.context.0.0.compile_matcher();
        let mut latest = BTreeMap::new();
        for status in &statuses {
            if matcher.is_match(&status.context) && !status.context.starts_with(OWN_CONTEXTS) {
                latest.entry(status.context.as_str()).or_insert(status);
            }
        }
        let is = |wanted: fn(StatusState) -> bool| {
            latest.values().find(|status| wanted(status.state)).map(|status| status.context.as_str())
        };
        if latest.is_empty() {
            let why = format!("{where_} has no status `{pattern}` yet");
            return Ok(Decision::closed_for_now(why, asked.now));
        }
        if let Some(failed) = is(|state| matches!(state, StatusState::Failure | StatusState::Error)) {
            return Ok(Decision::closed_for_good(format!("the status `{failed}` of {where_} is a failure")));
        }
        Ok(match is(|state| state == StatusState::Pending) {
            Some(pending) => {
                Decision::closed_for_now(format!("the status `{pending}` of {where_} is pending"), asked.now)
            }
            None => Decision::Open(None),
        })
    }

    fn check(&self, about: &About) -> Result<()> {
        self.environment.as_ref().map_or(Ok(()), |environment| about.check_before(environment))
    }
}
