//! Auto-complete: lets Azure DevOps merge once the branch policies are met.
//!
//! Auto-complete has no expected head. Azure DevOps merges whatever is on the branch when the last
//! policy is met. A push does not cancel it; it only resets the policies that are configured that
//! way, such as builds, or votes that are reset. To avoid merging a head that was not proposed, as
//! far as possible:
//! - It is turned on only when Azure DevOps itself has the expected head.
//! - The branch is looked at again right after, and it is turned off again when there was a push in
//!   between.
//! - Whoever then merges and finds another head than the expected one turns it off, and so does
//!   giving the pull request another text, because both are about another commit.
//!
//! Auto-complete is set in the name of the token's own identity, the only one that Azure DevOps takes.
//! It is cancelled only if that identity set it, or the one that opened the pull request. What other
//! people set is left alone.

use anyhow::{Context, Result};
use serde_json::json;

use super::client::AzureDevOps;
use super::merge::{completion_options, strategy};
use super::pull::WirePull;
use super::readiness::Policies;
use crate::forge::protocol::{Accounts, Pull, Pulls, conflict, settled};
use crate::forge::{MergeRequest, MergeResult};
use crate::vocabulary::MergeMethod;

impl AzureDevOps {
    /// Leaves an active one that has the expected head to Azure DevOps, if policies are in the way
    /// of merging it now.
    pub(super) fn leave_unready(
        &self,
        pull: &Pull<WirePull>,
        request: &MergeRequest,
    ) -> Result<Option<MergeResult>> {
        if !pull.wire.has_seen(request.expected_head) {
            return Ok(None);
        }
        let policies = self.policies(&pull.wire)?;
        let Some(unmet) = policies.unmet() else { return Ok(None) };
        self.leave(pull, request, &policies, unmet).map(Some)
    }

    /// Leaves it to Azure DevOps after a policy has refused it, with the policy's words where the
    /// policies themselves tell nothing.
    pub(super) fn leave_refused(
        &self,
        pull: &Pull<WirePull>,
        request: &MergeRequest,
        said: String,
    ) -> Result<MergeResult> {
        let policies = self.policies(&pull.wire)?;
        let unmet = policies.unmet().unwrap_or(said);
        self.leave(pull, request, &policies, unmet)
    }

    fn leave(
        &self,
        pull: &Pull<WirePull>,
        request: &MergeRequest,
        policies: &Policies,
        unmet: String,
    ) -> Result<MergeResult> {
        if pull.mergeable == Some(false) {
            return Ok(conflict(pull));
        }
        if request.method == MergeMethod::FastForward {
            return Ok(MergeResult::NotMergeable(format!(
                "{unmet}; and a fast-forward cannot wait, because Azure DevOps would rebase when {} moves",
                pull.base
            )));
        }
        let turned_on = self.turn_on(pull, request, policies);
        // It may have ended in between, or gone on to another head.
        let pull = self.read_pull(pull.number)?;
        if let Some(result) = settled(self, &pull, request.expected_head)? {
            return Ok(result);
        }
        turned_on?;
        Ok(match pull.wire.merges_itself() {
            true => MergeResult::WhenReady(unmet),
            false => MergeResult::NotMergeable(format!("{unmet}; and Azure DevOps rejected auto-complete")),
        })
    }

    fn turn_on(&self, pull: &Pull<WirePull>, request: &MergeRequest, policies: &Policies) -> Result<()> {
        let is_set = self.is_ours(&pull.wire)?
            && pull.wire.is_to_be_completed_as(strategy(request.method), &request.message);
        if is_set {
            return Ok(());
        }
        // Azure DevOps takes no other identity.
        let own = self.login()?.context("Azure DevOps does not report which identity the token has")?;
        let mut options = completion_options(request);
        // A completion does not wait for optional policies, so auto-complete need not either.
        options["autoCompleteIgnoreConfigIds"] = json!(policies.optional);
        let fields = json!({"autoCompleteSetBy": {"id": own}, "completionOptions": options});
        self.change(pull.number, fields).context("auto-complete cannot be turned on")?;
        Ok(())
    }
}
