//! Azure DevOps, as far as Towline uses it: a server with the collection `acme`, and in it the
//! project `shop` with the repository `gitops`. What its API description leaves open is done as
//! Azure DevOps does it: a push is seen and a merge is tried a moment later, a completion is only
//! asked for, lists cut descriptions.

mod identities;
mod people;
mod pulls;
mod statuses;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use serde_json::{Value, json};
use towline::clock::Clock;

use self::pulls::Pull;
use super::git::Branches;
use super::{Reply, Request, Server, Service, Spec};

pub const TOKEN: &str = "pat";
/// `:pat` in base64.
const AUTHORIZATION: &str = "Basic OnBhdA==";
const REPOSITORY: &str = "/acme/shop/_apis/git/repositories/gitops";
const IDENTITIES: &str = "/acme/_apis/identities";

pub struct AzureDevOps {
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
    last_id: u64,
    /// How many more looks at a pull request show its head as it was before.
    lag: u32,
    /// Whether a policy of the branch refuses completions.
    policy: bool,
    /// Whether a completion that was asked for never comes to an end.
    stuck: bool,
}

impl State {
    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}

impl AzureDevOps {
    pub fn start(repository: PathBuf, clock: Arc<dyn Clock>) -> (Arc<Self>, Server) {
        let branches = Branches::new(repository);
        let azure = Arc::new(Self { branches, clock, page: 2, state: Mutex::default() });
        let server = Server::start(azure.clone(), Some(Spec::load("azure-devops-git", "")));
        (azure, server)
    }

    /// What a person would see of a pull request beside its text.
    pub fn seen(&self, number: u64) -> String {
        let state = self.state.lock().unwrap();
        let pull = state.pulls.iter().find(|pull| pull.number == number).unwrap();
        let reviewers: Vec<&str> = pull.reviewers.iter().map(|id| identities::display_name(id)).collect();
        format!("labels {:?}, reviewers {reviewers:?}, comments {:?}", pull.labels, pull.comments)
    }

    /// A push is seen only after so many looks at a pull request.
    pub fn lag(&self, looks: u32) {
        self.state.lock().unwrap().lag = looks;
    }

    /// From now on, a policy refuses completions.
    pub fn refuse_completions(&self) {
        self.state.lock().unwrap().policy = true;
    }

    /// From now on, completions stay in the queue.
    pub fn stop_completions(&self) {
        self.state.lock().unwrap().stuck = true;
    }

    /// A status as another tool writes it.
    pub fn add_status(&self, commit: git2::Oid, state: &str, context: Value) {
        let body = json!({"state": state, "context": context});
        self.set_status(&mut self.state.lock().unwrap(), &commit.to_string(), &body);
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

impl Service for AzureDevOps {
    fn answer(&self, request: &Request) -> Reply {
        if request.header("authorization") != Some(AUTHORIZATION) {
            return match request.header("x-tfs-fedauthredirect") {
                Some("Suppress") => Reply::json(401, Value::Null),
                _ => Reply::json(302, Value::Null).header("location", "https://login.example.com/"),
            };
        }
        if request.path == IDENTITIES {
            return identities::search(request);
        }
        let mut state = self.state.lock().unwrap();
        let state = &mut *state;
        let path = request.below(REPOSITORY);
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let body = &request.body;
        match (request.method.as_str(), path.as_slice()) {
            ("GET", ["pullrequests"]) => self.list(state, request),
            ("POST", ["pullrequests"]) => self.open(state, body),
            ("GET", ["pullrequests", number]) => self.with(state, number, |state, at| self.look(state, at)),
            ("PATCH", ["pullrequests", number]) => {
                self.with(state, number, |state, at| self.change(&mut state.pulls[at], body))
            }
            ("POST", ["pullRequests", number, "labels"]) => {
                self.with(state, number, |state, at| state.pulls[at].label(body))
            }
            ("PUT", ["pullRequests", number, "reviewers", id]) => {
                self.with(state, number, |state, at| state.pulls[at].ask(id))
            }
            ("POST", ["pullRequests", number, "threads"]) => {
                self.with(state, number, |state, at| state.pulls[at].comment(body))
            }
            ("GET", ["commits", sha, "statuses"]) => self.statuses(state, sha, request),
            ("POST", ["commits", sha, "statuses"]) => self.set_status(state, sha, body),
            ("GET", ["refs"]) => self.references(request),
            ("GET", ["diffs", "commits"]) => self.compare(request),
            _ => refused(404, "PageNotFoundException", "The controller for this path was not found."),
        }
    }
}

impl AzureDevOps {
    fn with(&self, state: &mut State, number: &str, act: impl FnOnce(&mut State, usize) -> Reply) -> Reply {
        let number: u64 = number.parse().unwrap_or_default();
        match state.pulls.iter().position(|pull| pull.number == number) {
            Some(at) => act(state, at),
            None => refused(
                404,
                "GitPullRequestNotFoundException",
                &format!("TF401180: The requested pull request {number} was not found."),
            ),
        }
    }

    fn references(&self, request: &Request) -> Reply {
        let prefix = request.query("filter").unwrap_or_default().trim_start_matches("heads/");
        let found = self.branches.starting_with(prefix).into_iter();
        let entry = |(name, tip): (String, git2::Oid)| json!({"name": format!("refs/heads/{name}"), "objectId": tip.to_string()});
        list(found.map(entry).collect())
    }

    fn compare(&self, request: &Request) -> Reply {
        let tip = |name| self.branches.tip(request.query(name).unwrap_or_default());
        let (Some(base), Some(target)) = (tip("baseVersion"), tip("targetVersion")) else {
            return refused(
                404,
                "GitUnresolvableToCommitException",
                "TF401175: The version cannot be found.",
            );
        };
        let common = self.branches.merge_base(base, target);
        Reply::json(
            200,
            json!({
                "baseCommit": base.to_string(),
                "targetCommit": target.to_string(),
                "commonCommit": common.to_string(),
                "changes": [],
            }),
        )
    }
}

fn list(items: Vec<Value>) -> Reply {
    Reply::json(200, json!({"count": items.len(), "value": items}))
}

/// The part of `items` that is asked for with these two parameters; the server caps it.
fn part(request: &Request, top: &str, skip: &str, cap: usize, items: Vec<Value>) -> Reply {
    let top = request.number(top).unwrap_or(cap).min(cap);
    let skip = request.number(skip).unwrap_or(0);
    list(items.into_iter().skip(skip).take(top).collect())
}

fn refused(status: u16, key: &str, message: &str) -> Reply {
    Reply::json(
        status,
        json!({"$id": "1", "message": message, "typeKey": key, "errorCode": 0, "eventId": 3000}),
    )
}
