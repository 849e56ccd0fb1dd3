//! GitHub, as far as Towline uses it: what its API description leaves open is done as GitHub does
//! it, such as `mergeable`, which is null until somebody has asked once.

pub mod app;
mod people;
mod pulls;
mod statuses;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use git2::Oid;
use jiff::Timestamp;
use serde_json::{Value, json};
use towline::clock::Clock;

use self::pulls::Pull;
use super::git::Branches;
use super::{Reply, Request, Server, Service, Spec};

pub const OWNER: &str = "acme";
/// A person's token, and that of a workflow.
pub const TOKEN: &str = "ghp_fake";
pub const WORKFLOW_TOKEN: &str = "ghs_workflow";
const REPOSITORY: &str = "/repos/acme/gitops";
const USERS: [&str; 2] = ["ann", "bob"];
const TEAMS: [&str; 1] = ["platform-team"];

pub struct GitHub {
    spec: Arc<Spec>,
    branches: Branches,
    clock: Arc<dyn Clock>,
    /// The most items that a page has.
    page: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    pulls: Vec<Pull>,
    /// `(sha, status)`, the oldest first.
    statuses: Vec<(String, Value)>,
    check_runs: Vec<(String, Value)>,
    /// Tokens of the app, and when they end.
    app_tokens: Vec<(String, Timestamp)>,
    last_id: u64,
    /// How many more looks at a pull request show its head as it was before.
    lag: u32,
}

impl State {
    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}

impl GitHub {
    pub fn start(repository: PathBuf, clock: Arc<dyn Clock>) -> (Arc<Self>, Server) {
        let spec = Spec::load("github", "");
        let github = Arc::new(Self {
            spec: spec.clone(),
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

    /// What a person would see of a pull request beside its text: labels, reviewers, comments.
    pub fn seen(&self, number: u64) -> String {
        let state = self.state.lock().unwrap();
        let pull = state.pulls.iter().find(|pull| pull.number == number).unwrap();
        let Pull { labels, reviewers, teams, comments, .. } = pull;
        format!("labels {labels:?}, reviewers {reviewers:?}, teams {teams:?}, comments {comments:?}")
    }

    /// A person's review ends the wish for it.
    pub fn review(&self, number: u64, user: &str) {
        let mut state = self.state.lock().unwrap();
        let pull = state.pulls.iter_mut().find(|pull| pull.number == number).unwrap();
        pull.reviewers.retain(|known| known != user);
        pull.reviews.push(user.to_owned());
    }

    /// GitHub sees a push only after so many looks at a pull request.
    pub fn lag(&self, looks: u32) {
        self.state.lock().unwrap().lag = looks;
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
        let token = request.header("authorization").and_then(|header| header.strip_prefix("Bearer "));
        let user = match token {
            Some(TOKEN) => "ann",
            Some(WORKFLOW_TOKEN) => "github-actions[bot]",
            Some(token) if self.is_app_token(&state, token) => "towline[bot]",
            _ => return Reply::refused(401, "Bad credentials"),
        };
        self.see_merges(&mut state);
        let path = request.below(REPOSITORY);
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match (request.method.as_str(), path.as_slice()) {
            ("GET", ["pulls"]) => self.list(&state, request),
            ("POST", ["pulls"]) => self.open(&mut state, user, &request.body),
            ("GET", ["pulls", number]) => {
                self.see_pushes(&mut state);
                self.with(&mut state, number, |pull| self.show(pull))
            }
            ("GET", ["git", "ref", "heads", branch @ ..]) => self.branch(&branch.join("/")),
            ("PATCH", ["pulls", number]) => {
                self.with(&mut state, number, |pull| self.change(pull, &request.body))
            }
            ("PUT", ["pulls", number, "merge"]) => {
                self.with(&mut state, number, |pull| self.merge(pull, &request.body))
            }
            ("GET", ["pulls", number, "reviews"]) => self.with(&mut state, number, |pull| self.reviews(pull)),
            ("POST", ["pulls", number, "requested_reviewers"]) => {
                self.with(&mut state, number, |pull| self.request_reviews(pull, &request.body))
            }
            ("POST", ["issues", number, "labels"]) => {
                self.with(&mut state, number, |pull| self.label(pull, &request.body))
            }
            ("POST", ["issues", number, "comments"]) => {
                self.with(&mut state, number, |pull| self.comment(pull, &request.body))
            }
            ("GET", ["commits", sha, "statuses"]) => self.statuses(&state, sha, request),
            ("GET", ["commits", sha, "check-runs"]) => self.check_runs(&state, sha, request),
            ("POST", ["statuses", sha]) => self.set_status(&mut state, sha, &request.body),
            ("PATCH", ["git", "refs", "heads", branch @ ..]) => {
                self.move_branch(&branch.join("/"), &request.body)
            }
            _ => Reply::refused(404, "Not Found"),
        }
    }
}

impl GitHub {
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

    /// Only forward, unless forced.
    fn move_branch(&self, branch: &str, body: &Value) -> Reply {
        let sha = Oid::from_str(body["sha"].as_str().unwrap()).unwrap();
        let Some(tip) = self.branches.tip(branch) else {
            return invalid("Reference does not exist", json!([]));
        };
        if !self.branches.is_ancestor(tip, sha) && body["force"] != true {
            return invalid("Update is not a fast forward", json!([]));
        }
        self.branches.set(branch, sha);
        self.reference(branch, sha)
    }
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
