//! Pull requests of the fake Azure DevOps.

use git2::Oid;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::completion::{AutoComplete, Completing};
use super::identities::{SELF, display_name, is_known};
use super::reviewers::{Reviewer, unknown_identity};
use super::threads::Thread;
use super::{AzureDevOps, State, part, policies, refused};
use crate::fakes::{Reply, Request};

#[derive(Debug, Clone)]
pub struct Pull {
    pub number: u64,
    title: String,
    description: String,
    pub(super) head: String,
    pub(super) base: String,
    created_at: Timestamp,
    closed_at: Option<Timestamp>,
    status: &'static str,
    /// Whether its branch is in another repository.
    pub(super) from_fork: bool,
    /// The base and the head that were seen last.
    pub(super) seen: (Oid, Oid),
    pub(super) merge_status: &'static str,
    pub(super) merge_commit: Option<Oid>,
    pub(super) completing: Option<Completing>,
    pub(super) auto_complete: Option<AutoComplete>,
    pub labels: Vec<String>,
    pub reviewers: Vec<Reviewer>,
    pub threads: Vec<Thread>,
    /// Who opened it.
    pub creator: &'static str,
    /// Whether Azure DevOps has lost as which commit it was merged.
    pub lost_merge: bool,
    pub is_draft: bool,
}

impl Pull {
    pub(super) fn is_active(&self) -> bool {
        self.status == "active"
    }

    pub(super) fn end(&mut self, status: &'static str, now: Timestamp) {
        self.status = status;
        self.closed_at = Some(now);
        self.completing = None;
        self.auto_complete = None;
    }

    pub fn comments(&self) -> Vec<String> {
        self.threads.iter().flat_map(|thread| thread.comments.clone()).collect()
    }

    pub fn labels(&self) -> Value {
        self.labels.iter().map(|name| json!({"name": name, "active": true})).collect()
    }

    pub fn label(&mut self, body: &Value) -> Reply {
        let name = body["name"].as_str().unwrap();
        if !self.labels.iter().any(|label| label == name) {
            self.labels.push(name.to_owned());
        }
        Reply::json(200, json!({"name": name, "active": true}))
    }
}

impl AzureDevOps {
    /// The newest first, with descriptions cut. Users report that labels stand in lists only.
    pub(super) fn list(&self, state: &State, request: &Request) -> Reply {
        let criterion = |name: &str| request.query(&format!("searchCriteria.{name}"));
        let wanted = |pull: &&Pull| {
            let status = criterion("status").unwrap_or("active");
            (status == "all" || status == pull.status)
                && criterion("sourceRefName").is_none_or(|name| name == format!("refs/heads/{}", pull.head))
                && criterion("targetRefName").is_none_or(|name| name == format!("refs/heads/{}", pull.base))
        };
        let shown = |pull: &Pull| {
            let mut fields = self.fields(pull);
            fields["description"] = json!(pull.description.chars().take(400).collect::<String>());
            fields["labels"] = pull.labels();
            fields
        };
        let found = state.pulls.iter().rev().filter(wanted).map(shown).collect();
        part(request, "$top", "$skip", self.page, found)
    }

    /// One that has nothing to merge is opened, too.
    pub(super) fn open(&self, state: &mut State, body: &Value) -> Reply {
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let branch = |name: &str| text(name).trim_start_matches("refs/heads/").to_owned();
        let (head, base) = (branch("sourceRefName"), branch("targetRefName"));
        let (Some(base_tip), Some(head_tip)) = (self.branches.tip(&base), self.branches.tip(&head)) else {
            return refused(
                400,
                "GitPullRequestCannotBeCreatedException",
                "TF401398: The pull request cannot be activated because the source and/or the target branch no longer exists",
            );
        };
        let is_in_the_way = |pull: &Pull| pull.is_active() && !pull.from_fork;
        if state.pulls.iter().any(|pull| is_in_the_way(pull) && (&pull.head, &pull.base) == (&head, &base)) {
            return refused(
                409,
                "GitPullRequestExistsException",
                "TF401179: An active pull request for the source and target branch already exists.",
            );
        }
        let names = |list: &str, field: &str| -> Vec<String> {
            let items = body[list].as_array().into_iter().flatten();
            items.map(|item| item[field].as_str().unwrap().to_owned()).collect()
        };
        let reviewers = names("reviewers", "id");
        if let Some(id) = reviewers.iter().find(|id| !is_known(id)) {
            return unknown_identity(id);
        }
        if let Some(refusal) = too_long(body) {
            return refusal;
        }
        let pull = Pull {
            number: state.next_id(),
            title: text("title"),
            description: text("description"),
            head,
            base,
            created_at: self.now(),
            closed_at: None,
            status: "active",
            from_fork: false,
            seen: (base_tip, head_tip),
            merge_status: "queued",
            merge_commit: None,
            completing: None,
            auto_complete: None,
            labels: names("labels", "name"),
            reviewers: reviewers.iter().map(|id| Reviewer::new(id)).collect(),
            threads: Vec::new(),
            creator: SELF,
            lost_merge: false,
            is_draft: body["isDraft"] == true,
        };
        let fields = self.fields(&pull);
        state.pulls.push(pull);
        Reply::json(200, fields)
    }

    /// Shows it, after what Azure DevOps has done in the meantime.
    pub(super) fn look(&self, state: &mut State, at: usize) -> Reply {
        let (policy, stuck, may_complete) = (state.policy, state.stuck, state.may_complete());
        let pull = &mut state.pulls[at];
        if pull.is_active() {
            match &mut pull.completing {
                Some(_) if stuck => {}
                Some(completing) if completing.looks > 0 => completing.looks -= 1,
                Some(_) => self.complete(pull, policy),
                None if state.lag > 0 => state.lag -= 1,
                None => self.try_merge(pull),
            }
            if may_complete {
                pull.complete_itself();
            }
        }
        Reply::json(200, self.fields(&state.pulls[at]))
    }

    pub(super) fn change(&self, state: &mut State, at: usize, body: &Value) -> Reply {
        let may_complete = state.may_complete();
        let pull = &mut state.pulls[at];
        if let Some(refusal) = too_long(body) {
            return refusal;
        }
        let status = body["status"].as_str();
        let is_for_auto_complete = !body["autoCompleteSetBy"].is_null();
        if is_for_auto_complete && std::mem::take(&mut state.closing) {
            pull.end("abandoned", self.now());
        }
        if (status.is_some() || is_for_auto_complete) && !pull.is_active() {
            let message = "TF401181: The pull request cannot be edited due to its state.";
            return refused(400, "GitPullRequestNotEditableException", message);
        }
        if is_for_auto_complete && let Err(refusal) = pull.set_auto_complete(body) {
            return refusal;
        }
        if pull.auto_complete.is_some()
            && let Some((branch, commit)) = state.ambush.take()
        {
            self.branches.set(&branch, commit);
        }
        if status == Some("completed") {
            if !may_complete {
                let message = "TF402457: The pull request cannot be completed: a policy is not met.";
                return refused(403, "GitPullRequestUpdateRejectedByPolicyException", message);
            }
            if pull.is_draft {
                let message = "TF401171: The pull request cannot be completed because it is a draft.";
                return refused(400, "GitPullRequestCannotBeCompletedException", message);
            }
            if body["lastMergeSourceCommit"]["commitId"] != pull.seen.1.to_string() {
                let message = "TF401192: The source branch has been modified since the last merge attempt.";
                return refused(409, "GitPullRequestStaleException", message);
            }
            pull.completing.get_or_insert(Completing::new(&body["completionOptions"]));
            pull.merge_status = "queued";
        }
        if status == Some("abandoned") {
            pull.end("abandoned", self.now());
        }
        if let Some(is_draft) = body["isDraft"].as_bool() {
            pull.is_draft = is_draft;
        }
        if let Some(title) = body["title"].as_str() {
            pull.title = title.to_owned();
        }
        if let Some(description) = body["description"].as_str() {
            pull.description = description.to_owned();
        }
        Reply::json(200, self.fields(pull))
    }

    /// Somebody else completed it.
    pub(super) fn landed(&self, pull: &mut Pull, commit: Oid) -> Reply {
        pull.seen.1 = self.branches.tip(&pull.head).unwrap_or(pull.seen.1);
        pull.merge_status = "succeeded";
        pull.merge_commit = Some(commit);
        pull.end("completed", self.now());
        Reply::json(200, Value::Null)
    }

    /// Sees a push with one look, and with the next what a merge of it would come to.
    fn try_merge(&self, pull: &mut Pull) {
        let Some(tips) = self.tips(pull) else { return };
        if pull.seen != tips {
            pull.seen = tips;
            pull.merge_status = "queued";
        } else if pull.merge_status == "queued" {
            let clean = self.branches.is_clean(tips.0, tips.1);
            pull.merge_status = if clean { "succeeded" } else { "conflicts" };
        }
    }

    /// Base and head.
    pub(super) fn tips(&self, pull: &Pull) -> Option<(Oid, Oid)> {
        Some((self.branches.tip(&pull.base)?, self.branches.tip(&pull.head)?))
    }

    fn fields(&self, pull: &Pull) -> Value {
        let commit = |id: Oid| json!({"commitId": id.to_string()});
        // Of an active one it is a merge that was tried, which is on no branch.
        let tried = || json!({"commitId": "0123456789012345678901234567890123456789"});
        let mut fields = json!({
            "pullRequestId": pull.number,
            "status": pull.status,
            "title": pull.title,
            "description": pull.description,
            "sourceRefName": format!("refs/heads/{}", pull.head),
            "targetRefName": format!("refs/heads/{}", pull.base),
            "creationDate": pull.created_at,
            "mergeStatus": pull.merge_status,
            "lastMergeSourceCommit": commit(pull.seen.1),
            "lastMergeTargetCommit": commit(pull.seen.0),
            "lastMergeCommit": pull.merge_commit.map_or_else(tried, commit),
            "reviewers": pull.reviewers.iter().map(Reviewer::fields).collect::<Vec<_>>(),
            "createdBy": {"id": pull.creator, "displayName": display_name(pull.creator)},
            "isDraft": pull.is_draft,
            "repository": policies::repository(),
        });
        if pull.lost_merge {
            fields.as_object_mut().unwrap().remove("lastMergeCommit");
        }
        if pull.from_fork {
            let head = format!("refs/heads/{}", pull.head);
            fields["forkSource"] = json!({"name": head, "objectId": pull.seen.1.to_string()});
        }
        if let Some(AutoComplete { by, options }) = &pull.auto_complete {
            fields["autoCompleteSetBy"] = json!({"id": by, "displayName": display_name(by)});
            fields["completionOptions"] = options.clone();
        }
        if let Some(at) = pull.closed_at {
            fields["closedDate"] = json!(at);
        }
        fields
    }
}

fn too_long(body: &Value) -> Option<Reply> {
    let long = body["description"].as_str().is_some_and(|text| text.chars().count() > 4_000);
    let message = "Invalid argument value. Parameter name: A description for a pull request must not be longer than 4000 characters.";
    long.then(|| refused(400, "InvalidArgumentValueException", message))
}
