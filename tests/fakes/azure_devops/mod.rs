//! Azure DevOps, as far as Towline uses it: a server with the collection `acme`, and in it the
//! project `shop` with the repository `gitops`. What its API description leaves open is done as
//! Azure DevOps does it: a push is seen and a merge is tried a moment later, a completion is only
//! asked for, lists cut descriptions.

mod completion;
pub mod entra;
mod identities;
mod people;
mod policies;
mod pulls;
mod reviewers;
mod statuses;
mod threads;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use serde_json::{Value, json};
use towline::clock::Clock;

pub use self::policies::Policy;
use self::pulls::Pull;
use super::git::Branches;
use super::{Reply, Request, Server, Service, Spec};

pub const TOKEN: &str = "pat";
/// `:pat` in base64.
const AUTHORIZATION: &str = "Basic OnBhdA==";
/// A token as Entra makes them.
pub const BEARER: &str = "eyJ0.eyJ1.c2ln";
const REPOSITORY: &str = "/acme/shop/_apis/git/repositories/gitops";
const CONNECTION: &str = "/acme/_apis/connectionData";
const IDENTITIES: &str = "/acme/_apis/identities";
const EVALUATIONS: &str = "/acme/shop/_apis/policy/evaluations";
const PERMISSIONS: &str = "/acme/_apis/security/permissionevaluationbatch";
/// Read, Contribute, Create branch, Contribute to pull requests.
const RIGHTS: i64 = 2 | 4 | 16 | 16_384;

pub struct AzureDevOps {
    branches: Branches,
    clock: Arc<dyn Clock>,
    /// The most items that a page has.
    page: usize,
    state: Mutex<State>,
}

struct State {
    /// Who writes statuses, if it is not Towline.
    author: Option<String>,
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
    policies: Vec<Policy>,
    /// Whether the token may not read the policies.
    policies_hidden: bool,
    /// None when the token may not ask for them.
    rights: Option<i64>,
    /// A commit that a branch goes on to as soon as auto-complete is turned on.
    ambush: Option<(String, git2::Oid)>,
    /// Whether somebody closes a pull request right before auto-complete is turned on.
    closing: bool,
}

impl Default for State {
    fn default() -> Self {
        Self {
            author: None,
            pulls: Vec::new(),
            statuses: Vec::new(),
            last_id: 0,
            lag: 0,
            policy: false,
            stuck: false,
            policies: Vec::new(),
            policies_hidden: false,
            rights: Some(RIGHTS),
            ambush: None,
            closing: false,
        }
    }
}

impl State {
    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}

impl AzureDevOps {
    /// Statuses are from now on written by somebody else.
    pub fn write_statuses_as(&self, author: &str) {
        self.state.lock().unwrap().author = Some(author.to_owned());
    }

    pub fn start(repository: PathBuf, clock: Arc<dyn Clock>) -> (Arc<Self>, Server) {
        let branches = Branches::new(repository);
        let azure = Arc::new(Self { branches, clock, page: 2, state: Mutex::default() });
        let server = Server::start(
            azure.clone(),
            Some(Spec::load_with("azure-devops-git", "", "azure-devops-examples")),
        );
        (azure, server)
    }

    /// What a person would see of a pull request beside its text.
    pub fn seen(&self, number: u64) -> String {
        let state = self.state.lock().unwrap();
        let pull = state.pulls.iter().find(|pull| pull.number == number).unwrap();
        let reviewers: Vec<&str> =
            pull.reviewers.iter().map(|reviewer| identities::display_name(&reviewer.id)).collect();
        format!("labels {:?}, reviewers {reviewers:?}, comments {:?}", pull.labels, pull.comments())
    }

    pub fn comments(&self, number: u64) -> Vec<String> {
        self.with_pull(number, |pull| pull.comments())
    }

    /// A comment of another identity.
    pub fn comment_of_another(&self, number: u64, text: &str) {
        let thread = threads::Thread { ours: false, comments: vec![text.to_owned()] };
        self.with_pull(number, |pull| pull.threads.push(thread));
    }

    /// Makes it a pull request from a branch of the same name in a fork.
    pub fn move_to_fork(&self, number: u64) {
        self.with_pull(number, |pull| pull.from_fork = true);
    }

    /// A person's vote.
    pub fn vote(&self, number: u64, name: &str, vote: i64) {
        self.with_pull(number, |pull| pull.vote(identities::id(name), vote));
    }

    /// Makes a person one who must approve.
    pub fn require(&self, number: u64, name: &str) {
        self.with_pull(number, |pull| pull.require(identities::id(name)));
    }

    /// Who has turned auto-complete on, and with what message, if it is on.
    pub fn auto_complete(&self, number: u64) -> Option<String> {
        self.with_pull(number, |pull| pull.auto_complete())
    }

    /// A person turns auto-complete on.
    pub fn auto_complete_by(&self, number: u64, name: &str) {
        self.with_pull(number, |pull| pull.turn_on(identities::id(name), "noFastForward", "Merged PR 1"));
    }

    /// Somebody else opened it.
    pub fn created_by(&self, number: u64, name: &str) {
        self.with_pull(number, |pull| pull.creator = identities::id(name));
    }

    /// From now on nobody knows as which commit it was merged.
    pub fn lose_merge_commit(&self, number: u64) {
        self.with_pull(number, |pull| pull.lost_merge = true);
    }

    /// A person marks it as a draft, or as none.
    pub fn mark_as_draft(&self, number: u64, is_draft: bool) {
        self.with_pull(number, |pull| pull.is_draft = is_draft);
    }

    /// Somebody pushes this commit just when auto-complete is turned on.
    pub fn push_when_auto_complete_is_turned_on(&self, branch: &str, commit: git2::Oid) {
        self.state.lock().unwrap().ambush = Some((branch.to_owned(), commit));
    }

    /// Somebody closes a pull request right before auto-complete is turned on.
    pub fn close_when_auto_complete_is_turned_on(&self) {
        self.state.lock().unwrap().closing = true;
    }

    fn with_pull<T>(&self, number: u64, act: impl FnOnce(&mut Pull) -> T) -> T {
        let mut state = self.state.lock().unwrap();
        act(state.pulls.iter_mut().find(|pull| pull.number == number).unwrap())
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
    fn sends_etags(&self) -> bool {
        false
    }

    fn answer(&self, request: &Request) -> Reply {
        let authorization = request.header("authorization").unwrap_or_default();
        if authorization != AUTHORIZATION && authorization != format!("Bearer {BEARER}") {
            return match request.header("x-tfs-fedauthredirect") {
                Some("Suppress") => Reply::json(401, Value::Null),
                _ => Reply::json(302, Value::Null).header("location", "https://login.example.com/"),
            };
        }
        if request.path == CONNECTION {
            return Reply::json(200, json!({"authenticatedUser": {"id": identities::SELF}}));
        }
        if request.path == IDENTITIES {
            return identities::search(request);
        }
        let mut state = self.state.lock().unwrap();
        let state = &mut *state;
        match request.path.as_str() {
            REPOSITORY => return self.repository(),
            EVALUATIONS => return self.evaluations(state, request),
            PERMISSIONS => return self.evaluate_permissions(state, &request.body),
            _ => {}
        }
        let path = request.below(REPOSITORY);
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let body = &request.body;
        match (request.method.as_str(), path.as_slice()) {
            ("GET", ["pullrequests"]) => self.list(state, request),
            ("POST", ["pullrequests"]) => self.open(state, body),
            ("GET", ["pullrequests", number]) => self.with(state, number, |state, at| self.look(state, at)),
            ("PATCH", ["pullrequests", number]) => {
                self.with(state, number, |state, at| self.change(state, at, body))
            }
            ("GET", ["pullRequests", number, "labels"]) => self.with(state, number, |state, at| {
                let Value::Array(labels) = state.pulls[at].labels() else { unreachable!() };
                list(labels)
            }),
            ("POST", ["pullRequests", number, "labels"]) => {
                self.with(state, number, |state, at| state.pulls[at].label(body))
            }
            ("PUT", ["pullRequests", number, "reviewers", id]) => {
                self.with(state, number, |state, at| state.pulls[at].ask(id))
            }
            ("POST", ["pullRequests", number, "threads"]) => {
                self.with(state, number, |state, at| state.pulls[at].start_thread(body))
            }
            ("GET", ["pullRequests", number, "threads"]) => {
                self.with(state, number, |state, at| state.pulls[at].threads())
            }
            ("PATCH", ["pullRequests", number, "threads", thread, "comments", comment]) => {
                self.with(state, number, |state, at| state.pulls[at].rewrite(thread, comment, body))
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
