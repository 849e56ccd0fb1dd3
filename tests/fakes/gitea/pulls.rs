//! Pull requests of the fake Gitea.

use std::time::Duration;

use git2::Oid;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::comments::Comment;
use super::rules::Obstacles;
use super::schedule::Scheduled;
use super::{Gitea, LABELS, ORGANIZATION_LABELS, State, TEAMS, USERS, not_found};
use crate::fakes::git::Method;
use crate::fakes::message::page;
use crate::fakes::{Reply, Request};

#[derive(Debug, Clone)]
pub struct Pull {
    pub number: u64,
    title: String,
    body: String,
    pub head: String,
    pub base: String,
    /// Whether its branch is in another repository.
    pub from_fork: bool,
    created_at: Timestamp,
    closed_at: Option<Timestamp>,
    merge_commit: Option<Oid>,
    /// The head as it was seen last, or when it was closed or merged.
    pub last_head: Oid,
    pub labels: Vec<String>,
    pub reviewers: Vec<String>,
    pub teams: Vec<String>,
    pub reviews: Vec<Review>,
    pub comments: Vec<Comment>,
    /// As far as the server has seen.
    pub obstacles: Obstacles,
    pub scheduled: Option<Scheduled>,
    /// What happened to it, by its kind.
    pub timeline: Vec<&'static str>,
    /// The base and head that the server has tried to merge.
    tried: Option<(Oid, Oid)>,
}

#[derive(Debug, Clone)]
pub struct Review {
    pub user: String,
    pub state: &'static str,
    pub dismissed: bool,
    /// What was reviewed.
    pub commit: Oid,
}

impl Pull {
    pub fn is_open(&self) -> bool {
        self.closed_at.is_none()
    }

    /// As the title says.
    pub fn is_draft(&self) -> bool {
        let title = self.title.to_uppercase();
        ["WIP:", "[WIP]"].iter().any(|mark| title.starts_with(mark))
    }

    /// Everybody's last review that was not dismissed, and the wishes for one.
    pub fn last_words(&self) -> impl Iterator<Item = &Review> {
        let speaks = |review: &&Review| review.state != "COMMENT";
        let is_last = move |(at, review): &(usize, &Review)| {
            let later = self.reviews[at + 1..].iter().filter(speaks);
            later.into_iter().all(|later| later.user != review.user)
        };
        let all = self.reviews.iter().enumerate().filter(move |(_, review)| speaks(review));
        all.filter(is_last).map(|(_, review)| review).filter(|review| !review.dismissed)
    }

    /// The server has yet to try whether it can be merged.
    pub fn forget_trial(&mut self) {
        self.tried = None;
    }

    fn end(&mut self, head: Oid, now: Timestamp) {
        self.last_head = head;
        self.closed_at = Some(now);
    }
}

impl Gitea {
    /// Makes it a pull request from a branch of the same name in a fork.
    pub fn move_to_fork(&self, number: u64) {
        self.state.lock().unwrap().pull(number).from_fork = true;
    }

    pub(super) fn list(&self, state: &State, request: &Request) -> Reply {
        let in_state = |pull: &&Pull| match request.query("state").unwrap_or("open") {
            "open" => pull.is_open(),
            "closed" => !pull.is_open(),
            _ => true,
        };
        // Lists have no teams.
        let listed = |pull: &Pull| {
            let mut fields = self.fields(pull);
            fields.as_object_mut().unwrap().remove("requested_reviewers_teams");
            fields
        };
        let found = state.pulls.iter().rev().filter(in_state).map(listed).collect();
        page(request, "limit", self.page, found, Value::Array)
    }

    /// Any of the two branches: here the oldest.
    pub(super) fn of_branches(&self, state: &State, base: &str, head: &str) -> Reply {
        let found = state.pulls.iter().find(|pull| !pull.from_fork && pull.base == base && pull.head == head);
        found.map_or_else(not_found, |pull| Reply::json(200, self.fields(pull)))
    }

    pub(super) fn open(&self, state: &mut State, body: &Value) -> Reply {
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let (head, base) = (text("head"), text("base"));
        if head == base {
            return Reply::refused(
                422,
                "Invalid PullRequest: There are no changes between the head and the base",
            );
        }
        let (Some(last_head), Some(_)) = (self.branches.tip(&head), self.branches.tip(&base)) else {
            return not_found();
        };
        if state
            .pulls
            .iter()
            .any(|pull| pull.is_open() && !pull.from_fork && (&pull.head, &pull.base) == (&head, &base))
        {
            return Reply::refused(409, "pull request already exists for these targets");
        }
        let pull = Pull {
            number: state.pulls.len() as u64 + 1,
            title: text("title"),
            body: text("body"),
            head,
            base,
            from_fork: false,
            created_at: self.now(),
            closed_at: None,
            merge_commit: None,
            last_head,
            labels: Vec::new(),
            reviewers: Vec::new(),
            teams: Vec::new(),
            reviews: Vec::new(),
            comments: Vec::new(),
            obstacles: Obstacles::default(),
            scheduled: None,
            timeline: Vec::new(),
            tried: None,
        };
        let reply = Reply::json(201, self.fields(&pull));
        state.pulls.push(pull);
        reply
    }

    pub(super) fn show(&self, pull: &mut Pull) -> Reply {
        let reply = Reply::json(200, self.fields(pull));
        pull.tried = self.tips(pull);
        reply
    }

    pub(super) fn change(&self, pull: &mut Pull, body: &Value) -> Reply {
        if let Some(title) = body["title"].as_str().filter(|title| !title.is_empty()) {
            pull.title = title.to_owned();
        }
        if let Some(text) = body["body"].as_str() {
            pull.body = text.to_owned();
        }
        if body["state"].is_string() && pull.merge_commit.is_some() {
            return Reply::refused(412, "cannot change state of this pull request, it was already merged");
        }
        if body["state"] == "closed" && pull.is_open() {
            pull.end(self.branches.tip(&pull.head).unwrap_or(pull.last_head), self.now());
        }
        Reply::json(201, self.fields(pull))
    }

    pub(super) fn merge(&self, pull: &mut Pull, body: &Value) -> Reply {
        let refused = |why: &str| Reply::refused(405, why);
        if pull.merge_commit.is_some() {
            return refused("The PR is already merged");
        }
        let Some((base, head)) = self.tips(pull).filter(|_| pull.is_open()) else { return not_found() };
        if let Some(why) = pull.obstacles.permission {
            return refused(why);
        }
        if pull.is_draft() {
            return refused("Work in progress PRs cannot be merged");
        }
        let tried = pull.tried.replace((base, head));
        if tried != Some((base, head)) || !self.branches.is_clean(base, head) {
            return refused("Please try again later");
        }
        let Obstacles { rule, signature, refused_style, .. } = pull.obstacles;
        let is_to_wait = body["merge_when_checks_succeed"] == true;
        if let Some(why) = rule.filter(|_| !is_to_wait).or(signature) {
            return refused(why);
        }
        if is_to_wait {
            return self.schedule(pull, body);
        }
        if refused_style.is_some_and(|style| body["Do"] == style) {
            return refused("merge is not allowed an allowed merge style for this repository");
        }
        if body["head_commit_id"].as_str().is_some_and(|sha| sha != head.to_string()) {
            return Reply::refused(409, "head out of date");
        }
        self.raced(pull, body).unwrap_or_else(|| self.merge_now(pull, body))
    }

    pub(super) fn merge_now(&self, pull: &mut Pull, body: &Value) -> Reply {
        let (base, head) = self.tips(pull).unwrap();
        let text = |name: &str| body[name].as_str().unwrap_or_default();
        let message = format!("{}\n\n{}", text("merge_title_field"), text("merge_message_field"));
        let commit = match text("do") {
            "fast-forward-only" if !self.branches.is_ancestor(base, head) => {
                return Reply::refused(500, "");
            }
            "fast-forward-only" => {
                self.branches.set(&pull.base, head);
                head
            }
            "squash" => self.branches.merge(&pull.base, head, Method::Squash, &message, self.now()).unwrap(),
            _ => self.branches.merge(&pull.base, head, Method::Merge, &message, self.now()).unwrap(),
        };
        // The server notes the time when the base branch has moved and its hooks have run.
        pull.end(head, self.now() + Duration::from_secs(1));
        pull.merge_commit = Some(commit);
        Reply::json(200, Value::Null)
    }

    /// The reviewer's button *Update branch*: the base is merged into the head.
    pub fn update_branch(&self, number: u64) -> Reply {
        let mut state = self.state.lock().unwrap();
        let pull = state.pull(number);
        let (base, head) = self.tips(pull).unwrap();
        if self.branches.is_ancestor(base, head) {
            return Reply::refused(500, "");
        }
        let message = format!("Merge branch '{}' into {}", pull.base, pull.head);
        match self.branches.merge(&pull.head, base, Method::Merge, &message, self.now()) {
            Some(_) => Reply::json(200, Value::Null),
            None => Reply::refused(409, "merge failed because of conflict"),
        }
    }

    /// A person marks it as a draft, or as none.
    pub fn mark_as_draft(&self, number: u64, is_draft: bool) {
        let title = self.state.lock().unwrap().pull(number).title.trim_start_matches("WIP: ").to_owned();
        self.retitle(number, &if is_draft { format!("WIP: {title}") } else { title });
    }

    /// A person gives it another title.
    pub fn retitle(&self, number: u64, title: &str) {
        self.state.lock().unwrap().pull(number).title = title.to_owned();
    }

    /// Its branch was deleted.
    pub(super) fn lose_branch(&self, pull: &mut Pull) {
        pull.scheduled = None;
        pull.end(pull.last_head, self.now());
    }

    /// Somebody else merged it.
    pub(super) fn landed(&self, pull: &mut Pull, commit: Oid) -> Reply {
        pull.end(self.branches.tip(&pull.head).unwrap_or(pull.last_head), self.now());
        pull.merge_commit = Some(commit);
        Reply::json(200, Value::Null)
    }

    pub(super) fn reviews(&self, request: &Request, pull: &Pull) -> Reply {
        let reviews = pull.reviews.iter().enumerate();
        let reviews = reviews.map(|(id, Review { user, state, dismissed, commit })| {
            let is_request = *state == "REQUEST_REVIEW";
            let reviewed = if is_request { String::new() } else { commit.to_string() };
            let stale = !is_request && *commit != self.seen_head(pull);
            json!({"id": id, "user": {"login": user}, "state": state, "dismissed": dismissed, "official": true, "stale": stale, "commit_id": reviewed})
        });
        page(request, "limit", self.page, reviews.collect(), Value::Array)
    }

    pub(super) fn request_reviews(&self, pull: &mut Pull, body: &Value) -> Reply {
        let (users, teams) = (names(&body["reviewers"]), names(&body["team_reviewers"]));
        if let Some(user) = users.iter().find(|user| !USERS.contains(&user.as_str())) {
            return Reply::refused(404, &format!("User '{user}' not exist"));
        }
        if let Some(team) = teams.iter().find(|team| !TEAMS.contains(&team.as_str())) {
            return Reply::refused(404, &format!("Team '{team}' not exist"));
        }
        let commit = self.seen_head(pull);
        pull.reviews.extend(users.iter().map(|user| Review {
            user: user.clone(),
            state: "REQUEST_REVIEW",
            dismissed: false,
            commit,
        }));
        pull.reviewers.extend(users);
        pull.teams.extend(teams);
        Reply::json(201, json!([]))
    }

    pub(super) fn label(&self, pull: &mut Pull, body: &Value) -> Reply {
        let ids: Vec<i64> =
            body["labels"].as_array().into_iter().flatten().filter_map(Value::as_i64).collect();
        let known = LABELS.iter().chain(&ORGANIZATION_LABELS).filter(|(id, _)| ids.contains(id));
        pull.labels.extend(known.map(|(_, name)| (*name).to_owned()));
        Reply::json(200, labels(pull))
    }

    /// `refs/pull/N/head`: follows the branch as long as the pull request is open.
    pub(super) fn seen_head(&self, pull: &Pull) -> Oid {
        let tip = self.branches.tip(&pull.head).filter(|_| pull.is_open());
        tip.unwrap_or(pull.last_head)
    }

    fn tips(&self, pull: &Pull) -> Option<(Oid, Oid)> {
        Some((self.branches.tip(&pull.base)?, self.branches.tip(&pull.head)?))
    }

    /// What is null in truth is left out, because the description knows no null.
    fn fields(&self, pull: &Pull) -> Value {
        let tips = self.tips(pull);
        // Of the branch, whatever became of the pull request.
        let (base, head) = tips.unwrap_or((pull.last_head, pull.last_head));
        let is_there = self.branches.tip(&pull.head).is_some();
        let reference = if is_there { pull.head.clone() } else { format!("refs/pull/{}/head", pull.number) };
        let tried = pull.tried.is_some() && pull.tried == tips;
        let mut fields = json!({
            "number": pull.number,
            "html_url": format!("https://git.example.com/acme/gitops/pulls/{}", pull.number),
            "state": if pull.is_open() { "open" } else { "closed" },
            "title": pull.title,
            "body": pull.body,
            "head": {"label": pull.head, "ref": reference, "sha": head.to_string(), "repo_id": if pull.from_fork { 2 } else { 1 }},
            "base": {"label": pull.base, "ref": pull.base, "sha": base.to_string(), "repo_id": 1},
            "merge_base": self.branches.merge_base(base, head).to_string(),
            "merged": pull.merge_commit.is_some(),
            "draft": pull.is_draft(),
            "mergeable": pull.is_open() && !pull.is_draft() && tried && self.branches.is_clean(base, head),
            "created_at": pull.created_at,
            "labels": labels(pull),
            "requested_reviewers": logins(&pull.reviewers),
            "requested_reviewers_teams": pull.teams.iter().map(|name| json!({"name": name})).collect::<Vec<_>>(),
        });
        if let Some(closed) = pull.closed_at {
            fields["closed_at"] = json!(closed);
        }
        if let Some(commit) = pull.merge_commit {
            fields["merge_commit_sha"] = json!(commit.to_string());
            fields["merged_at"] = json!(pull.closed_at);
        }
        fields
    }
}

fn labels(pull: &Pull) -> Value {
    pull.labels.iter().map(|name| json!({"id": 1, "name": name})).collect()
}

fn logins(users: &[String]) -> Value {
    users.iter().map(|login| json!({"login": login})).collect()
}

fn names(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
