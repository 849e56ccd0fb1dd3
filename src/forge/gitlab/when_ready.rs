//! Leaving a merge to GitLab: to its auto-merge, or to the merge train of the base branch.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::json;

use super::api::WirePull;
use super::client::GitLab;
use crate::forge::MergeRequest;
use crate::forge::protocol::{Api, Pull};
use crate::http;
use crate::vocabulary::MergeMethod;

/// A merge request on a merge train.
#[derive(Debug, Deserialize)]
struct Car {
    status: String,
}

impl GitLab {
    /// Merges what is ready, and asks GitLab to merge by itself what only waits for a rule. With
    /// merge trains, to merge means to get on the train.
    pub(super) fn merge_or_leave(
        &self,
        pull: &Pull<WirePull>,
        request: &MergeRequest,
    ) -> Result<http::Result<()>> {
        let is_at_work = pull.wire.is_unsettled() && pull.wire.passing_word().is_none();
        if pull.mergeable == Some(false) || is_at_work || pull.wire.merge_when_pipeline_succeeds {
            return Ok(Ok(()));
        }
        // What GitLab says may be a rule of a newer version, which it knows itself.
        let waits = pull.wire.rule().is_some() || pull.wire.passing_word().is_some();
        if !self.has_trains()? {
            return Ok(self.put_merge(pull, request, waits));
        }
        if self.is_on_train(pull.number)? {
            return Ok(Ok(()));
        }
        let body = json!({
            "sha": request.expected_head.to_string(),
            "squash": request.method == MergeMethod::Squash,
            "auto_merge": waits,
            "when_pipeline_succeeds": waits,
        });
        Ok(self.client().post(&self.train_path(pull.number)).body(body).send().map(drop))
    }

    pub(super) fn merges_itself(&self, pull: &Pull<WirePull>) -> Result<bool> {
        let on_train = || -> Result<bool> { Ok(self.has_trains()? && self.is_on_train(pull.number)?) };
        Ok(pull.wire.merge_when_pipeline_succeeds || on_train()?)
    }

    pub(super) fn has_trains(&self) -> Result<bool> {
        Ok(self.project()?.merge_trains_enabled == Some(true))
    }

    pub(super) fn is_on_train(&self, number: u64) -> Result<bool> {
        let found = self.client().get(&self.train_path(number)).send_optional();
        let found = found.with_context(|| format!("cannot read the merge train of {}", self.name(number)))?;
        let car: Option<Car> = found.map(|answer| answer.json()).transpose()?;
        // Any other word, also one that is not known, says that it is on its way.
        Ok(car.is_some_and(|car| !matches!(car.status.as_str(), "merged" | "skip_merged")))
    }

    fn train_path(&self, number: u64) -> String {
        self.path(&format!("merge_trains/merge_requests/{number}"))
    }
}
