//! Pull requests of the fake GitHub.

use git2::Oid;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::comments::Comment;
use super::rules::AutoMerge;
use super::{GitHub, OWNER, State, TEAMS, USERS, invalid_field};
use crate::fakes::git::Method;
use crate::fakes::message::page;
use crate::fakes::{Reply, Request};

/// Who, what they said, and of which head.
pub type Review = (String, &'static str, Oid);

#[derive(Debug, Clone)]
pub struct Pull {
    pub number: u64,
    user: String,
    title: String,
    body: Value,
    pub head: String,
    pub base: String,
    /// Whether its branch is in another repository.
    pub from_fork: bool,
    created_at: Timestamp,
    closed_at: Option<Timestamp>,
    pub merged: Option<Merged>,
    /// The head as GitHub saw it last; of a closed or merged one, the head it had then.
    pub last_head: Oid,
    pub labels: Vec<String>,
    pub reviewers: Vec<String>,
    pub teams: Vec<String>,
    /// Who, and `APPROVED`, `CHANGES_REQUESTED`, `COMMENTED` or `DISMISSED`.
    pub reviews: Vec<Review>,
    /// Whether only a head that is up to date is merged, and this one is not.
    pub is_behind: bool,
    pub comments: Vec<Comment>,
    /// The rules that do not hold, in GitHub's words, as far as GitHub has seen.
    pub missing: Vec<String>,
    pub needs_queue: bool,
    pub auto_merge: Option<AutoMerge>,
    /// The head that is in the merge queue.
    pub queued: Option<Oid>,
    /// The head that the rules were looked at for.
    pub seen: Oid,
    /// Pushes, and what became of it in the merge queue, as GraphQL tells it.
    pub happened: Vec<Value>,
    /// The base and head that GitHub has tried to merge.
    pub tried: Option<(Oid, Oid)>,
    pub is_draft: bool,
    /// Whether a status or check that no rule asks for has not succeeded.
    pub is_unstable: bool,
    /// Whether the server runs hooks before it takes a push, as GitHub Enterprise Server can.
    pub has_hooks: bool,
}

#[derive(Debug, Clone)]
pub struct Merged {
    pub commit: Oid,
    pub at: Timestamp,
}

impl Pull {
    pub fn is_open(&self) -> bool {
        self.closed_at.is_none()
    }

    pub fn node_id(&self) -> String {
        format!("PR_{}", self.number)
    }

    pub fn end(&mut self, head: Oid, now: Timestamp) {
        self.last_head = head;
        self.closed_at = Some(now);
    }
}

impl GitHub {
    /// Makes it a pull request from a branch of the same name in a fork.
    pub fn move_to_fork(&self, number: u64) {
        self.state.lock().unwrap().pull(number).from_fork = true;
    }

    /// A person marks it as a draft, or as none.
    pub fn mark_as_draft(&self, number: u64, is_draft: bool) {
        self.state.lock().unwrap().pull(number).is_draft = is_draft;
    }

    /// A person opens a closed one again.
    pub fn reopen(&self, number: u64) {
        self.state.lock().unwrap().pull(number).closed_at = None;
    }

    pub(super) fn list(&self, state: &State, request: &Request) -> Reply {
        let wanted = |pull: &&Pull| {
            let (head, base) = (request.query("head"), request.query("base"));
            let in_state = match request.query("state").unwrap_or("open") {
                "open" => pull.is_open(),
                "closed" => !pull.is_open(),
                _ => true,
            };
            in_state
                && head.is_none_or(|head| head == format!("{OWNER}:{}", pull.head))
                && base.is_none_or(|base| base == pull.base)
        };
        let found = state.pulls.iter().rev().filter(wanted);
        let found = found.map(|pull| self.simple(pull)).collect();
        page(request, "per_page", self.page, found, Value::Array)
    }

    pub(super) fn open(&self, state: &mut State, user: &str, body: &Value) -> Reply {
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let (head, base) = (text("head"), text("base"));
        let tips = (self.branches.tip(&head), self.branches.tip(&base));
        let (head_tip, base_tip) = match tips {
            (Some(head), Some(base)) => (head, base),
            (None, _) => {
                return invalid_field(json!({"resource": "PullRequest", "field": "head", "code": "invalid"}));
            }
            _ => {
                return invalid_field(json!({"resource": "PullRequest", "field": "base", "code": "invalid"}));
            }
        };
        let custom = |message: String| {
            invalid_field(json!({"resource": "PullRequest", "code": "custom", "message": message}))
        };
        if state
            .pulls
            .iter()
            .any(|pull| pull.is_open() && !pull.from_fork && (&pull.head, &pull.base) == (&head, &base))
        {
            return custom(format!("A pull request already exists for {OWNER}:{head}."));
        }
        if self.branches.is_ancestor(head_tip, base_tip) {
            return custom(format!("No commits between {base} and {head}"));
        }
        if body["body"].as_str().is_some_and(|body| body.chars().count() > 65_536) {
            return custom("body is too long (maximum is 65536 characters)".to_owned());
        }
        let pull = Pull {
            number: state.next_id(),
            user: user.to_owned(),
            title: text("title"),
            body: body["body"].clone(),
            head,
            base,
            from_fork: false,
            created_at: self.now(),
            closed_at: None,
            merged: None,
            last_head: head_tip,
            labels: Vec::new(),
            reviewers: Vec::new(),
            teams: Vec::new(),
            reviews: Vec::new(),
            is_behind: false,
            comments: Vec::new(),
            missing: Vec::new(),
            needs_queue: false,
            auto_merge: None,
            queued: None,
            seen: head_tip,
            happened: Vec::new(),
            tried: None,
            is_draft: body["draft"] == true,
            is_unstable: false,
            has_hooks: false,
        };
        let reply = Reply::json(201, self.spec.example("pull-request", self.fields(&pull)));
        state.pulls.push(pull);
        reply
    }

    pub(super) fn show(&self, pull: &mut Pull) -> Reply {
        let reply = Reply::json(200, self.spec.example("pull-request", self.fields(pull)));
        pull.tried = self.tips(pull);
        reply
    }

    pub(super) fn change(&self, pull: &mut Pull, body: &Value) -> Reply {
        if body["state"] == "closed" && pull.is_open() {
            pull.end(self.branches.tip(&pull.head).unwrap_or(pull.last_head), self.now());
        }
        if let Some(title) = body["title"].as_str() {
            pull.title = title.to_owned();
        }
        if let Some(text) = body.get("body") {
            pull.body = text.clone();
        }
        Reply::json(200, self.spec.example("pull-request", self.fields(pull)))
    }

    pub(super) fn merge(&self, pull: &mut Pull, body: &Value) -> Reply {
        let Some((base, _)) = self.tips(pull).filter(|_| pull.is_open()) else {
            return Reply::refused(405, "Pull Request is not mergeable");
        };
        let head = pull.last_head;
        if body["sha"].as_str().is_some_and(|sha| sha != head.to_string()) {
            return Reply::refused(409, "Head branch was modified. Review and try the merge again.");
        }
        if pull.is_draft {
            return Reply::refused(405, "Pull Request is still a draft");
        }
        if !self.branches.is_clean(base, head) {
            return Reply::refused(405, "Pull Request is not mergeable");
        }
        if let Some(refusal) = self.hindrance(pull) {
            return refusal;
        }
        let method = match body["merge_method"].as_str() {
            Some("squash") => Method::Squash,
            _ => Method::Merge,
        };
        let text = |name: &str| body[name].as_str().unwrap_or_default();
        let message = format!("{}\n\n{}", text("commit_title"), text("commit_message"));
        let commit = self.branches.merge(&pull.base, head, method, &message, self.now()).unwrap();
        pull.end(head, self.now());
        pull.merged = Some(Merged { commit, at: self.now() });
        let fields =
            json!({"sha": commit.to_string(), "merged": true, "message": "Pull Request successfully merged"});
        Reply::json(200, fields)
    }

    /// Somebody else merged it, such as a merge queue.
    pub(super) fn landed(&self, pull: &mut Pull, commit: Oid) -> Reply {
        pull.end(self.branches.tip(&pull.head).unwrap_or(pull.last_head), self.now());
        pull.merged = Some(Merged { commit, at: self.now() });
        Reply::json(200, Value::Null)
    }

    pub(super) fn reviews(&self, pull: &Pull) -> Reply {
        let review = |(user, state, _): &Review| {
            let fields = json!({"user": self.user(user), "state": state});
            self.spec.example("pull-request-review", fields)
        };
        Reply::json(200, pull.reviews.iter().map(review).collect())
    }

    pub(super) fn request_reviews(&self, pull: &mut Pull, body: &Value) -> Reply {
        let names = |field: &str| -> Vec<String> {
            let names = body[field].as_array().into_iter().flatten().filter_map(Value::as_str);
            names.map(str::to_owned).collect()
        };
        let (users, teams) = (names("reviewers"), names("team_reviewers"));
        let known = users.iter().all(|user| USERS.contains(&user.as_str()))
            && teams.iter().all(|team| TEAMS.contains(&team.as_str()));
        if !known {
            return Reply::refused(422, "Reviews may only be requested from collaborators.");
        }
        pull.reviewers.extend(users);
        pull.teams.extend(teams);
        Reply::json(201, self.simple(pull))
    }

    /// As it stands in lists, which do not tell whether it can be merged.
    fn simple(&self, pull: &Pull) -> Value {
        let mut fields = self.fields(pull);
        for only_alone in ["merged", "mergeable", "mergeable_state"] {
            fields.as_object_mut().unwrap().remove(only_alone);
        }
        fields["requested_teams"] = self.teams(pull, "team");
        self.spec.example("pull-request-simple", fields)
    }

    pub(super) fn label(&self, pull: &mut Pull, body: &Value) -> Reply {
        let names = body["labels"].as_array().into_iter().flatten().filter_map(Value::as_str);
        pull.labels.extend(names.map(str::to_owned));
        Reply::json(200, pull.labels.iter().map(|name| self.label_of(name)).collect())
    }

    /// Open ones follow their branches.
    pub(super) fn see_pushes(&self, state: &mut State) {
        if state.lag > 0 {
            state.lag -= 1;
            return;
        }
        for pull in state.pulls.iter_mut().filter(|pull| pull.is_open()) {
            pull.last_head = self.branches.tip(&pull.head).unwrap_or(pull.last_head);
        }
    }

    /// A head that came into the base by another way counts as merged.
    pub(super) fn see_merges(&self, state: &mut State) {
        for pull in state.pulls.iter_mut().filter(|pull| pull.is_open()) {
            let Some((base, head)) = self.tips(pull) else { continue };
            if self.branches.is_ancestor(head, base) {
                pull.end(head, self.now());
                pull.merged = Some(Merged { commit: head, at: self.now() });
            }
        }
    }

    pub(super) fn tips(&self, pull: &Pull) -> Option<(Oid, Oid)> {
        Some((self.branches.tip(&pull.base)?, self.branches.tip(&pull.head)?))
    }

    /// The fields of a pull request that say something; `example` adds the others.
    fn fields(&self, pull: &Pull) -> Value {
        let tips = self.tips(pull);
        let head = pull.last_head;
        let tried = tips.filter(|_| pull.is_open() && pull.tried == tips);
        let mergeable = tried.map(|(base, head)| self.branches.is_clean(base, head));
        let state = mergeable.map_or("UNKNOWN", |_| self.merge_state(pull));
        // Of an open one it is a merge that was tried, which is on no branch.
        let tried = "0123456789012345678901234567890123456789".to_owned();
        let base = tips.map_or(pull.last_head, |(base, _)| base);
        let auto_merge = pull.auto_merge.as_ref().map(|auto| {
            let AutoMerge { method, title, message } = auto;
            json!({"enabled_by": self.user(&pull.user), "merge_method": method.to_lowercase(), "commit_title": title, "commit_message": message})
        });
        json!({
            "number": pull.number,
            "node_id": pull.node_id(),
            "auto_merge": auto_merge,
            "html_url": format!("https://github.com/{OWNER}/gitops/pull/{}", pull.number),
            "state": if pull.is_open() { "open" } else { "closed" },
            "user": self.user(&pull.user),
            "title": pull.title,
            "body": pull.body,
            "head": {"ref": pull.head, "sha": head.to_string(), "label": format!("{OWNER}:{}", pull.head), "repo": {"id": if pull.from_fork { 2 } else { 1 }}},
            "base": {"ref": pull.base, "sha": base.to_string()},
            "merge_commit_sha": pull.merged.as_ref().map_or(tried, |merged| merged.commit.to_string()),
            "merged": pull.merged.is_some(),
            "created_at": pull.created_at,
            "closed_at": pull.closed_at,
            "merged_at": pull.merged.as_ref().map(|merged| merged.at),
            "mergeable": mergeable,
            "mergeable_state": state.to_lowercase(),
            "draft": pull.is_draft,
            "labels": pull.labels.iter().map(|name| self.label_of(name)).collect::<Vec<_>>(),
            "requested_reviewers": pull.reviewers.iter().map(|name| self.user(name)).collect::<Vec<_>>(),
            "requested_teams": self.teams(pull, "team-simple"),
        })
    }

    fn label_of(&self, name: &str) -> Value {
        self.spec.example("label", json!({"name": name, "description": ""}))
    }

    pub(super) fn user(&self, login: &str) -> Value {
        self.spec.example("simple-user", json!({"login": login}))
    }

    fn teams(&self, pull: &Pull, schema: &str) -> Value {
        pull.teams.iter().map(|slug| self.spec.example(schema, json!({"slug": slug}))).collect()
    }
}
