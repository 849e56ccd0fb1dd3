//! GraphQL of the fake GitHub: what a pull request waits for, auto-merge, the merge queue, and the
//! statuses of many commits.

use serde_json::{Value, json};

use super::pulls::{Pull, Review};
use super::rollup::rollup;
use super::rules::{AutoMerge, Rules};
use super::{GitHub, State};
use crate::fakes::graphql::Operation;
use crate::fakes::{Reply, Request};

/// A refusal: its type, and GitHub's words.
type Answer = Result<Value, (&'static str, String)>;

impl GitHub {
    pub(super) fn graphql(&self, state: &mut State, user: &str, request: &Request) -> Result<Reply, String> {
        let operation = self.schema.check(&request.body)?;
        let input = &operation.variable("input").clone();
        let answer = match operation.name() {
            "viewer" => Ok(json!({"viewer": {"login": user}})),
            "repository" => {
                assert_eq!(
                    (operation.variable("owner"), operation.variable("name")),
                    (&json!("acme"), &json!("gitops"))
                );
                if operation.selection[0]
                    .inside
                    .iter()
                    .any(|pull| pull.name == "pullRequest" && pull.alias.is_some())
                {
                    let data = self.merge_commits_of(state, &operation);
                    return Ok(Reply::json(200, json!({"data": self.schema.answer(&operation, &data)?})));
                }
                if operation.variable("number").is_null() {
                    let (data, errors) = self.commits_of(state, &operation, request);
                    return Ok(Reply::json(200, partial(&self.schema.answer(&operation, &data)?, &errors)));
                }
                self.repository_of(state, operation.variable("number"))
            }
            "enablePullRequestAutoMerge" => self.enable_auto_merge(state, input),
            "disablePullRequestAutoMerge" => self.disable_auto_merge(state, input),
            _ => self.enqueue(state, input),
        };
        let body = match answer {
            Ok(data) => json!({"data": self.schema.answer(&operation, &data)?}),
            Err((kind, message)) => {
                let name = operation.name();
                let error = json!({"type": kind, "path": [name], "message": message});
                json!({"data": {name: null}, "errors": [error]})
            }
        };
        Ok(Reply::json(200, body))
    }

    /// Who asks for the first time has GitHub try whether it can be merged, and is not told yet.
    fn repository_of(&self, state: &mut State, number: &Value) -> Answer {
        let at = state.pulls.iter().position(|pull| *number == pull.number).ok_or_else(|| {
            ("NOT_FOUND", format!("Could not resolve to a PullRequest with the number of {number}."))
        })?;
        let (allowed, tips) = (state.rules.auto_merge_allowed, self.tips(&state.pulls[at]));
        let tried = std::mem::replace(&mut state.pulls[at].tried, tips);
        let mut tree = self.tree(state, &state.pulls[at]);
        if state.pulls[at].is_open() && tried != tips {
            tree["mergeStateStatus"] = json!("UNKNOWN");
        }
        Ok(json!({"repository": {"autoMergeAllowed": allowed, "pullRequest": tree}}))
    }

    /// As which commits pull requests were merged, each under its alias.
    fn merge_commits_of(&self, state: &State, operation: &Operation) -> Value {
        let mut repository = json!({});
        for asked in &operation.selection[0].inside {
            let number = operation.argument(asked, "number");
            let pull = state.pulls.iter().find(|pull| number == pull.number);
            let commit = |pull: &Pull| {
                let merged = pull.merged.as_ref();
                merged.map(|it| json!({"__typename": "Commit", "oid": it.commit.to_string()}))
            };
            repository[asked.key()] =
                pull.map(|pull| json!({"number": pull.number, "mergeCommit": commit(pull)})).into();
        }
        json!({"repository": repository})
    }

    fn enable_auto_merge(&self, state: &mut State, input: &Value) -> Answer {
        let Rules { auto_merge_allowed, .. } = state.rules;
        let pull = find(state, input)?;
        let refused = |why: &str| Err(("UNPROCESSABLE", format!("Pull request {why}")));
        if !auto_merge_allowed {
            return refused("Auto merge is not allowed for this repository");
        }
        if !pull.needs_queue && self.merge_state(pull) != "BLOCKED" {
            return refused(&format!("is in {} status", self.merge_state(pull).to_lowercase()));
        }
        check_head(pull, input)?;
        let text = |name: &str| input[name].as_str().unwrap_or_default().to_owned();
        let (method, title, message) = (text("mergeMethod"), text("commitHeadline"), text("commitBody"));
        pull.auto_merge = Some(AutoMerge { method, title, message });
        Ok(json!({"enablePullRequestAutoMerge": {"pullRequest": {"state": "OPEN"}}}))
    }

    fn disable_auto_merge(&self, state: &mut State, input: &Value) -> Answer {
        match find(state, input)?.auto_merge.take() {
            Some(_) => Ok(json!({"disablePullRequestAutoMerge": {"pullRequest": {"state": "OPEN"}}})),
            None => Err(("UNPROCESSABLE", "Can't disable auto-merge for this pull request.".to_owned())),
        }
    }

    fn enqueue(&self, state: &mut State, input: &Value) -> Answer {
        let pull = find(state, input)?;
        let refused = |why: &str| Err(("UNPROCESSABLE", format!("Pull request {why}")));
        if !pull.needs_queue || pull.queued.is_some() {
            return refused("cannot be added to the merge queue");
        }
        if let Some(missing) = pull.missing.first() {
            return refused(missing);
        }
        check_head(pull, input)?;
        pull.enter_queue(pull.last_head);
        Ok(json!({"enqueuePullRequest": {"mergeQueueEntry": {"position": 1, "state": "QUEUED"}}}))
    }

    fn tree(&self, state: &State, pull: &Pull) -> Value {
        let opinion = |(user, state, commit): &&Review| {
            let commit = json!({"__typename": "Commit", "oid": commit.to_string()});
            json!({"state": state, "author": {"login": user}, "commit": commit})
        };
        let rules = &state.rules;
        let has = |wanted: &str| pull.opinions().iter().any(|(_, state, _)| *state == wanted);
        let decision = match rules.approvals {
            0 => Value::Null,
            _ if has("CHANGES_REQUESTED") => json!("CHANGES_REQUESTED"),
            count if pull.opinions().len() < count => json!("REVIEW_REQUIRED"),
            _ => json!("APPROVED"),
        };
        let in_state = match (pull.merged.is_some(), pull.is_open()) {
            (true, _) => "MERGED",
            (_, true) => "OPEN",
            _ => "CLOSED",
        };
        let checks = rules.checks.iter().map(|context| json!({"context": context})).collect::<Vec<_>>();
        json!({
            "state": in_state,
            "isDraft": pull.is_draft,
            "headRefOid": self.branches.tip(&pull.head).unwrap_or(pull.last_head).to_string(),
            "mergeStateStatus": self.merge_state(pull),
            "reviewDecision": decision,
            "isMergeQueueEnabled": rules.queue,
            "autoMergeRequest": pull.auto_merge.as_ref().map(|_| json!({"enabledAt": self.now()})),
            "mergeQueueEntry": pull.queued.map(|_| json!({"position": 1, "state": "AWAITING_CHECKS"})),
            "latestOpinionatedReviews": {"nodes": pull.opinions().iter().map(opinion).collect::<Vec<_>>()},
            "baseRef": {
                "refUpdateRule": {"requiredApprovingReviewCount": rules.approvals, "requiredStatusCheckContexts": []},
                "rules": {"nodes": [
                    {"parameters": null},
                    {"parameters": {"__typename": "RequiredStatusChecksParameters", "requiredStatusChecks": checks}},
                ]},
            },
            "commits": {"nodes": [{"commit": {"statusCheckRollup": rollup(state, pull.last_head, 0, 100)}}]},
            "timelineItems": {"nodes": pull.happened.last().into_iter().collect::<Vec<_>>()},
        })
    }

    pub(super) fn merge_state(&self, pull: &Pull) -> &'static str {
        match self.tips(pull) {
            Some((base, head)) if !self.branches.is_clean(base, head) => "DIRTY",
            _ if pull.is_draft => "DRAFT",
            _ if pull.needs_queue || !pull.missing.is_empty() => "BLOCKED",
            _ if pull.is_behind => "BEHIND",
            _ if pull.is_unstable => "UNSTABLE",
            _ if pull.has_hooks => "HAS_HOOKS",
            _ => "CLEAN",
        }
    }
}

/// What may be read, and errors about the rest.
fn partial(data: &Value, errors: &[Value]) -> Value {
    match errors {
        [] => json!({"data": data}),
        errors => json!({"data": data, "errors": errors}),
    }
}

fn find<'a>(state: &'a mut State, input: &Value) -> Result<&'a mut Pull, (&'static str, String)> {
    let id = &input["pullRequestId"];
    let pull = state.pulls.iter_mut().find(|pull| *id == pull.node_id());
    pull.ok_or_else(|| ("NOT_FOUND", format!("Could not resolve to a node with the global id of {id}")))
}

fn check_head(pull: &Pull, input: &Value) -> Result<(), (&'static str, String)> {
    match input["expectedHeadOid"] == pull.last_head.to_string() {
        true => Ok(()),
        false => Err(("UNPROCESSABLE", "Expected head sha didn't match current head ref.".to_owned())),
    }
}
