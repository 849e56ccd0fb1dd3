//! Asking what an open pull request waits for, all in one request: reviews, the rules of its branch,
//! checks, auto-merge and the merge queue. What it means is in [`super::readiness`].
//!
//! GraphQL has no conditional requests, so whoever polls looks at the pull request, which costs
//! nothing when it is unchanged, and asks this when it changed or when people are to be told.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use super::client::GitHub;
use crate::forge::protocol::Api;

const QUERY: &str = "\
query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    autoMergeAllowed
    pullRequest(number: $number) {
      state isDraft headRefOid mergeStateStatus reviewDecision isMergeQueueEnabled
      autoMergeRequest { enabledAt }
      mergeQueueEntry { position state }
      latestOpinionatedReviews(first: 100) { nodes { state author { login } commit { oid } } }
      baseRef {
        refUpdateRule { requiredApprovingReviewCount requiredStatusCheckContexts }
        rules(first: 100) {
          nodes {
            parameters {
              ... on PullRequestParameters { requiredApprovingReviewCount }
              ... on RequiredStatusChecksParameters { requiredStatusChecks { context } }
            }
          }
        }
      }
      commits(last: 1) {
        nodes {
          commit {
            statusCheckRollup {
              contexts(first: 100) {
                pageInfo { hasNextPage }
                nodes {
                  __typename
                  ... on CheckRun { name status conclusion isRequired(pullRequestNumber: $number) }
                  ... on StatusContext { context state isRequired(pullRequestNumber: $number) }
                }
              }
            }
          }
        }
      }
      timelineItems(last: 1, itemTypes: [
        ADDED_TO_MERGE_QUEUE_EVENT, REMOVED_FROM_MERGE_QUEUE_EVENT, PULL_REQUEST_COMMIT, HEAD_REF_FORCE_PUSHED_EVENT
      ]) {
        nodes { __typename ... on RemovedFromMergeQueueEvent { reason } }
      }
    }
  }
}";

#[derive(Debug, Deserialize)]
struct Data {
    repository: Repository,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Repository {
    auto_merge_allowed: bool,
    pull_request: Waiting,
}

/// A pull request as it waits.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Waiting {
    /// Of the repository.
    #[serde(default)]
    pub auto_merge_allowed: bool,
    pub state: String,
    pub is_draft: bool,
    pub head_ref_oid: String,
    pub merge_state_status: String,
    pub review_decision: Option<String>,
    #[serde(rename = "isMergeQueueEnabled")]
    pub has_queue: bool,
    pub auto_merge_request: Option<IgnoredAny>,
    pub merge_queue_entry: Option<Entry>,
    pub latest_opinionated_reviews: Option<Nodes<Review>>,
    pub base_ref: Option<Base>,
    pub commits: Nodes<Head>,
    /// The newest of what happened to it in the merge queue, and of pushes.
    pub timeline_items: Nodes<Event>,
}

/// What GitHub wraps lists in. What the token may not read is null.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Nodes<T> {
    nodes: Option<Vec<Option<T>>>,
    pub page_info: Option<PageInfo>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PageInfo {
    pub has_next_page: bool,
    /// Where it was asked for.
    pub end_cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Entry {
    pub position: u64,
    pub state: String,
}

#[derive(Debug, Deserialize)]
pub struct Review {
    pub state: String,
    pub author: Option<Author>,
    /// Null when the commit is gone.
    pub commit: Option<Reviewed>,
}

#[derive(Debug, Deserialize)]
pub struct Reviewed {
    pub oid: String,
}

#[derive(Debug, Deserialize)]
pub struct Author {
    pub login: String,
}

/// The rules of the base branch: those of a branch protection, and those of rulesets.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Base {
    pub ref_update_rule: Option<Rule>,
    pub rules: Option<Nodes<RulesetRule>>,
}

#[derive(Debug, Deserialize)]
pub struct RulesetRule {
    pub parameters: Option<Rule>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    pub required_approving_review_count: Option<u64>,
    pub required_status_check_contexts: Option<Vec<Option<String>>>,
    pub required_status_checks: Option<Vec<RequiredCheck>>,
}

#[derive(Debug, Deserialize)]
pub struct RequiredCheck {
    pub context: String,
}

#[derive(Debug, Deserialize)]
pub struct Head {
    pub commit: Commit,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Commit {
    pub status_check_rollup: Option<Rollup>,
}

#[derive(Debug, Deserialize)]
pub struct Rollup {
    pub contexts: Nodes<RollupItem>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "__typename", rename_all_fields = "camelCase")]
pub enum RollupItem {
    CheckRun {
        name: String,
        status: String,
        conclusion: Option<String>,
        is_required: bool,
    },
    StatusContext {
        context: String,
        state: String,
        is_required: bool,
    },
    /// Of a kind that is not known.
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
pub struct Event {
    #[serde(rename = "__typename")]
    pub kind: String,
    pub reason: Option<String>,
}

/// How often GitHub is asked whether it has worked out if it can merge: about four seconds.
const LOOKS: u32 = 3;

impl GitHub {
    pub(super) fn waiting(&self, number: u64) -> Result<Waiting> {
        let mut waiting = self.waiting_now(number)?;
        for turn in 0..LOOKS {
            if waiting.is_known() {
                break;
            }
            self.client().pause(turn);
            waiting = self.waiting_now(number)?;
        }
        Ok(waiting)
    }

    fn waiting_now(&self, number: u64) -> Result<Waiting> {
        let variables = json!({"owner": self.owner, "name": self.repository_name, "number": number});
        let cannot = || format!("cannot see what {} waits for", self.name(number));
        let data = self.graphql(QUERY, variables, "/repository/pullRequest").with_context(cannot)?;
        let Data { repository } = Data::deserialize(data).with_context(cannot)?;
        Ok(Waiting { auto_merge_allowed: repository.auto_merge_allowed, ..repository.pull_request })
    }
}

impl<T> Nodes<T> {
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.nodes.iter().flatten().flatten()
    }
}
