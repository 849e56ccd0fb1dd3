//! GitHub, as far as Towline uses it: what its API description leaves open is done as GitHub does
//! it, such as `mergeable`, which is null until somebody has asked once.

mod access;
pub mod app;
mod comments;
mod deployments;
mod graphql;
mod people;
mod pulls;
mod rollup;
pub mod rules;
mod statuses;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use git2::Oid;
use jiff::Timestamp;
use serde_json::{Value, json};
use towline::clock::Clock;

use self::deployments::Deployment;
use self::pulls::Pull;
use self::rules::Rules;
use super::git::Branches;
use super::graphql::Schema;
use super::{Reply, Request, Server, Service, Spec};

pub const OWNER: &str = "acme";
/// A person's classic token, fine-grained ones, and that of a workflow.
pub const TOKEN: &str = "ghp_fake";
pub const FINE_TOKEN: &str = "github_pat_all";
pub const READING_TOKEN: &str = "github_pat_contents_read";
pub const WORKFLOW_TOKEN: &str = "ghs_workflow";
const REPOSITORY: &str = "/repos/acme/gitops";
const USERS: [&str; 2] = ["ann", "bob"];
const TEAMS: [&str; 1] = ["platform-team"];

pub struct GitHub {
    spec: Arc<Spec>,
    schema: Schema,
    branches: Branches,
    clock: Arc<dyn Clock>,
    /// The most items that a page has.
    page: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Who writes statuses, if it is not Towline.
    author: Option<String>,
    rules: Rules,
    pulls: Vec<Pull>,
    /// `(sha, status)`, the oldest first.
    statuses: Vec<(String, Value)>,
    check_runs: Vec<(String, Value)>,
    /// The oldest first.
    deployments: Vec<Deployment>,
    /// Tokens of the app, and when they end.
    app_tokens: Vec<(String, Timestamp)>,
    last_id: u64,
    /// How many more looks at a pull request show its head as it was before.
    lag: u32,
    /// How many more lists of statuses are without the newest.
    late_lists: u32,
    /// Whether REST leaves out `merge_commit_sha`, as its versions from 2026-03-10 on do.
    without_merge_commits: bool,
}

impl State {
    fn pull(&mut self, number: u64) -> &mut Pull {
        self.pulls.iter_mut().find(|pull| pull.number == number).unwrap()
    }

    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}

impl GitHub {
    /// Statuses are from now on written by somebody else.
    pub fn write_statuses_as(&self, author: &str) {
        self.state.lock().unwrap().author = Some(author.to_owned());
    }

    pub fn start(repository: PathBuf, clock: Arc<dyn Clock>) -> (Arc<Self>, Server) {
        let spec = Spec::load("github", "");
        let github = Arc::new(Self {
            spec: spec.clone(),
            schema: Schema::load("github"),
            branches: Branches::new(repository),
            clock,
            page: 2,
            state: Mutex::default(),
        });
        let server = Server::start(github.clone(), Some(spec));
        (github, server)
    }

    /// What an app in GitHub's marketplace would write.
    pub fn add_check_run(&self, commit: Oid, name: &str, status: &str, conclusion: Option<&str>) {
        let run = self.check_run(commit, name, status, conclusion);
        self.state.lock().unwrap().check_runs.push((commit.to_string(), run));
    }

    /// Its next step: a check run is one and the same until it is run again.
    pub fn change_check_run(&self, commit: Oid, name: &str, status: &str, conclusion: Option<&str>) {
        let mut state = self.state.lock().unwrap();
        let mut runs = state.check_runs.iter_mut().rev();
        let is_it = |sha: &str, run: &Value| sha == commit.to_string() && run["name"] == name;
        let (_, run) = runs.find(|(sha, run)| is_it(sha, run)).unwrap();
        run["status"] = json!(status);
        run["conclusion"] = json!(conclusion);
        run["completed_at"] = json!(conclusion.map(|_| self.now()));
    }

    /// What a person would see of a pull request beside its text: labels, reviewers, comments.
    pub fn seen(&self, number: u64) -> String {
        let mut state = self.state.lock().unwrap();
        let Pull { labels, reviewers, teams, comments, .. } = state.pull(number);
        let comments: Vec<&String> = comments.iter().map(|comment| &comment.body).collect();
        format!("labels {labels:?}, reviewers {reviewers:?}, teams {teams:?}, comments {comments:?}")
    }

    /// All that it was told and keeps.
    pub fn everything(&self) -> String {
        format!("{:#?}", self.state.lock().unwrap())
    }

    /// A person's review ends the wish for it.
    pub fn review(&self, number: u64, user: &str, review: &'static str) {
        let mut state = self.state.lock().unwrap();
        let pull = state.pull(number);
        pull.reviewers.retain(|known| known != user);
        let head = self.branches.tip(&pull.head).unwrap();
        pull.reviews.push((user.to_owned(), review, head));
    }

    /// GitHub sees a push only after so many looks at a pull request.
    pub fn lag(&self, looks: u32) {
        self.state.lock().unwrap().lag = looks;
    }

    /// The next lists of statuses are read from a copy that has not got the newest status yet.
    pub fn lists_lag(&self, lists: u32) {
        self.state.lock().unwrap().late_lists = lists;
    }

    /// From now on, REST does not tell as which commit a pull request was merged.
    pub fn leave_out_merge_commits(&self) {
        self.state.lock().unwrap().without_merge_commits = true;
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.clock.now().as_second()).unwrap()
    }
}

impl Service for GitHub {
    fn answer(&self, request: &Request) -> Reply {
        let mut state = self.state.lock().unwrap();
        if request.path == format!("{REPOSITORY}/installation") {
            return self.installation(request);
        }
        if let [installation, _] = request.below("/app/installations").as_slice() {
            return self.access_token(&mut state, installation, request);
        }
        let Some(user) = self.user_of(&state, request) else {
            return Reply::refused(401, "Bad credentials");
        };
        if let Some(refusal) = self.forbidden(request) {
            return refusal;
        }
        self.see_merges(&mut state);
        self.see_rules(&mut state);
        let mut reply = self.answer_to(&mut state, user, request);
        if state.without_merge_commits {
            make_null("merge_commit_sha", &mut reply.body);
        }
        match token(request) {
            Some(TOKEN) => reply.header("x-oauth-scopes", "repo, workflow"),
            _ => reply,
        }
    }

    fn answer_beside(&self, request: &Request) -> Option<Result<Reply, String>> {
        if (request.method.as_str(), request.path.as_str()) != ("POST", "/graphql") {
            return None;
        }
        let mut state = self.state.lock().unwrap();
        let Some(user) = self.user_of(&state, request) else {
            return Some(Ok(Reply::refused(401, "Bad credentials")));
        };
        self.see_merges(&mut state);
        self.see_rules(&mut state);
        Some(self.graphql(&mut state, user, request))
    }
}

impl GitHub {
    fn answer_to(&self, state: &mut State, user: &str, request: &Request) -> Reply {
        let path = request.below(REPOSITORY);
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match (request.method.as_str(), path.as_slice()) {
            ("GET", []) if request.path == REPOSITORY => self.repository(),
            ("GET", ["pulls"]) => self.list(state, request),
            ("POST", ["pulls"]) => self.open(state, user, &request.body),
            ("GET", ["pulls", number]) => {
                self.see_pushes(state);
                self.with(state, number, |pull| self.show(pull))
            }
            ("GET", ["git", "ref", "heads", branch @ ..]) => self.branch(&branch.join("/")),
            ("POST", ["git", "refs"]) => self.create_branch(&request.body),
            ("PATCH", ["pulls", number]) => self.with(state, number, |pull| self.change(pull, &request.body)),
            ("PUT", ["pulls", number, "merge"]) => {
                self.with(state, number, |pull| self.merge(pull, &request.body))
            }
            ("GET", ["pulls", number, "reviews"]) => self.with(state, number, |pull| self.reviews(pull)),
            ("POST", ["pulls", number, "requested_reviewers"]) => {
                self.with(state, number, |pull| self.request_reviews(pull, &request.body))
            }
            ("POST", ["issues", number, "labels"]) => {
                self.with(state, number, |pull| self.label(pull, &request.body))
            }
            ("PATCH", ["issues", "comments", id]) => self.change_comment(state, id, &request.body),
            ("GET", ["issues", number, "comments"]) => self.comments(state, number, request),
            ("POST", ["issues", number, "comments"]) => self.add_comment(state, number, user, &request.body),
            ("GET", ["commits", sha, "statuses"]) => self.statuses(state, sha, request),
            ("GET", ["commits", sha, "check-runs"]) => self.check_runs(state, sha, request),
            ("GET", ["deployments"]) => self.deployments(state, request),
            ("POST", ["deployments"]) => self.create_deployment(state, &request.body),
            ("GET", ["deployments", id, "statuses"]) => self.deployment_statuses(state, id, request),
            ("POST", ["deployments", id, "statuses"]) => self.add_deployment_status(state, id, &request.body),
            ("POST", ["statuses", sha]) => self.set_status(state, user, sha, &request.body),
            ("PATCH", ["git", "refs", "heads", branch @ ..]) => {
                self.move_branch(state, &branch.join("/"), &request.body)
            }
            _ => Reply::refused(404, "Not Found"),
        }
    }

    fn with(&self, state: &mut State, number: &str, act: impl FnOnce(&mut Pull) -> Reply) -> Reply {
        let number: u64 = number.parse().unwrap_or_default();
        match state.pulls.iter_mut().find(|pull| pull.number == number) {
            Some(pull) => act(pull),
            None => Reply::refused(404, "Not Found"),
        }
    }

    fn branch(&self, name: &str) -> Reply {
        match self.branches.tip(name) {
            Some(tip) => self.reference(name, tip),
            None => Reply::refused(404, "Not Found"),
        }
    }

    fn reference(&self, branch: &str, tip: Oid) -> Reply {
        let object = json!({"sha": tip.to_string(), "type": "commit"});
        let fields = json!({"ref": format!("refs/heads/{branch}"), "object": object});
        Reply::json(200, self.spec.example("git-ref", fields))
    }

    fn create_branch(&self, body: &Value) -> Reply {
        let name = body["ref"].as_str().unwrap().strip_prefix("refs/heads/").unwrap();
        match Oid::from_str(body["sha"].as_str().unwrap()) {
            Ok(sha) if self.branches.has_commit(&sha.to_string()) => {
                self.branches.set(name, sha);
                self.branch(name)
            }
            _ => invalid("Object does not exist", json!([])),
        }
    }

    /// Only forward, unless forced.
    /// The rules hold for whoever moves the branch, too.
    fn move_branch(&self, state: &State, branch: &str, body: &Value) -> Reply {
        let sha = Oid::from_str(body["sha"].as_str().unwrap()).unwrap();
        let Some(tip) = self.branches.tip(branch) else {
            return invalid("Reference does not exist", json!([]));
        };
        if !self.branches.is_ancestor(tip, sha) && body["force"] != true {
            return invalid("Update is not a fast forward", json!([]));
        }
        let is_of = |pull: &&Pull| pull.is_open() && pull.base == branch && pull.seen == sha;
        if let Some(pull) = state.pulls.iter().find(is_of).filter(|pull| !pull.missing.is_empty()) {
            return invalid(&pull.missing.join(" "), json!([]));
        }
        self.branches.set(branch, sha);
        self.reference(branch, sha)
    }
}

/// In an object, or in the objects of a list. The description wants the field to be there.
fn make_null(field: &str, value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| make_null(field, item)),
        Value::Object(fields) if fields.contains_key(field) => value[field] = Value::Null,
        _ => {}
    }
}

fn token(request: &Request) -> Option<&str> {
    request.header("authorization").and_then(|header| header.strip_prefix("Bearer "))
}

/// What GitHub answers to a request that it understands and cannot follow.
fn invalid(message: &str, errors: Value) -> Reply {
    let documentation = "https://docs.github.com/rest";
    Reply::json(422, json!({"message": message, "errors": errors, "documentation_url": documentation}))
}

/// One field is not as it should be.
fn invalid_field(error: Value) -> Reply {
    invalid("Validation Failed", json!([error]))
}
