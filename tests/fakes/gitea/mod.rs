//! Gitea and Forgejo, as far as Towline uses them: what their API description leaves open is done as
//! their source does it, such as `mergeable`, which is false until a merge has been tried.

mod access;
mod comments;
mod people;
mod pulls;
pub mod repository;
pub mod rules;
pub mod schedule;
mod statuses;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use git2::Oid;
use jiff::Timestamp;
use serde_json::{Value, json};
use towline::clock::Clock;

use self::pulls::{Pull, Review};
use self::repository::Settings;
use self::rules::Rules;
use self::schedule::Race;
use super::git::Branches;
use super::message::page;
use super::{Reply, Request, Server, Service, Spec};

/// Tokens with all scopes that Towline wants, without `write:issue`, and with reading ones.
pub const TOKEN: &str = "fake-gitea-token";
pub const TOKEN_WITHOUT_ISSUES: &str = "fake-gitea-token-without-issues";
pub const READING_TOKEN: &str = "fake-gitea-token-for-reading";
const REPOSITORY: &str = "/api/v1/repos/acme/gitops";
const USERS: [&str; 2] = ["ann", "bob"];
const TEAMS: [&str; 1] = ["platform-team"];
/// Of the repository and of the organization.
const LABELS: [(i64, &str); 3] = [(11, "bug"), (12, "deploy"), (13, "docs")];
const ORGANIZATION_LABELS: [(i64, &str); 1] = [(21, "dev")];

pub struct Gitea {
    branches: Branches,
    clock: Arc<dyn Clock>,
    /// The most items that a page has.
    page: usize,
    /// A commit that is pushed to the head of the next merge that is scheduled.
    racing: Mutex<Option<Oid>>,
    /// What happens with the next merges, the last one first.
    merge_races: Mutex<Vec<Race>>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Who writes statuses, if it is not Towline.
    author: Option<String>,
    repository: Settings,
    forgets_schedules: bool,
    rules: Rules,
    pulls: Vec<Pull>,
    /// `(sha, status)`, the oldest first.
    statuses: Vec<(String, Value)>,
    last_id: u64,
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

impl Gitea {
    /// Statuses are from now on written by somebody else.
    pub fn write_statuses_as(&self, author: &str) {
        self.state.lock().unwrap().author = Some(author.to_owned());
    }

    pub fn start(repository: PathBuf, clock: Arc<dyn Clock>) -> (Arc<Self>, Server) {
        let spec = Spec::load_with("forgejo", "/api/v1", "gitea-recorded");
        let gitea = Arc::new(Self {
            branches: Branches::new(repository),
            clock,
            page: 2,
            racing: Mutex::default(),
            merge_races: Mutex::default(),
            state: Mutex::default(),
        });
        let server = Server::start(gitea.clone(), Some(spec));
        (gitea, server)
    }

    /// What a person would see of a pull request beside its text: labels, reviewers, comments.
    pub fn seen(&self, number: u64) -> String {
        let mut state = self.state.lock().unwrap();
        let Pull { labels, reviewers, teams, comments, .. } = state.pull(number);
        let comments: Vec<&String> = comments.iter().map(|comment| &comment.body).collect();
        format!("labels {labels:?}, reviewers {reviewers:?}, teams {teams:?}, comments {comments:?}")
    }

    /// A person's review ends the wish for it.
    pub fn review(&self, number: u64, user: &str, state: &'static str) {
        let mut forge = self.state.lock().unwrap();
        let pull = forge.pull(number);
        pull.reviewers.retain(|known| known != user);
        pull.reviews.retain(|known| known.user != user || known.state != "REQUEST_REVIEW");
        let commit = self.branches.tip(&pull.head).unwrap();
        pull.reviews.push(Review { user: user.to_owned(), state, dismissed: false, commit });
    }

    /// Somebody says that what a reviewer said does not count.
    pub fn dismiss(&self, number: u64, user: &str) {
        let mut state = self.state.lock().unwrap();
        let reviews = state.pull(number).reviews.iter_mut().filter(|review| review.user == user);
        reviews.for_each(|review| review.dismissed = true);
    }

    /// A second pull request for the same branches, as two requests at one moment leave it.
    pub fn open_twice(&self, number: u64) -> u64 {
        let mut state = self.state.lock().unwrap();
        let mut twin = state.pulls.iter().find(|pull| pull.number == number).unwrap().clone();
        twin.number = state.pulls.len() as u64 + 1;
        state.pulls.push(twin);
        state.pulls.len() as u64
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.clock.now().as_second()).unwrap()
    }
}

impl Service for Gitea {
    fn sends_etags(&self) -> bool {
        false
    }

    fn answer(&self, request: &Request) -> Reply {
        if let Some(refusal) = self.forbidden(request) {
            return refusal;
        }
        if request.path == "/api/v1/user" {
            return Reply::json(200, json!({"id": 1, "login": "towline-bot"}));
        }
        if request.below("/api/v1/orgs/acme") == ["labels"] {
            return self.labels(request, &ORGANIZATION_LABELS);
        }
        let mut state = self.state.lock().unwrap();
        self.see_rules(&mut state);
        let path = request.below(REPOSITORY);
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        if let Some(reply) = self.unusable(&state, request, &path) {
            return reply;
        }
        match (request.method.as_str(), path.as_slice()) {
            ("GET", []) if request.path == REPOSITORY => self.repository(&state),
            ("GET", ["branches", name @ ..]) => self.branch(&state, &name.join("/")),
            ("GET", ["pulls"]) => self.list(&state, request),
            ("POST", ["pulls"]) => self.open(&mut state, &request.body),
            ("GET", ["pulls", number]) => self.with(&mut state, number, |pull| self.show(pull)),
            ("PATCH", ["pulls", number]) => {
                self.with(&mut state, number, |pull| self.change(pull, &request.body))
            }
            ("POST", ["pulls", number, "merge"]) => {
                self.with(&mut state, number, |pull| self.merge(pull, &request.body))
            }
            ("DELETE", ["pulls", number, "merge"]) => self.with(&mut state, number, |pull| self.cancel(pull)),
            ("GET", ["pulls", number, "reviews"]) => {
                self.with(&mut state, number, |pull| self.reviews(request, pull))
            }
            ("POST", ["pulls", number, "requested_reviewers"]) => {
                self.with(&mut state, number, |pull| self.request_reviews(pull, &request.body))
            }
            ("GET", ["pulls", base, head @ ..]) => self.of_branches(&state, base, &head.join("/")),
            ("POST", ["issues", number, "labels"]) => {
                self.with(&mut state, number, |pull| self.label(pull, &request.body))
            }
            ("GET", ["issues", number, "timeline"]) => {
                self.with(&mut state, number, |pull| self.timeline(request, pull))
            }
            ("PATCH", ["issues", "comments", id]) => self.change_comment(&mut state, id, &request.body),
            ("GET", ["issues", number, "comments"]) => self.comments(&mut state, number),
            ("POST", ["issues", number, "comments"]) => self.add_comment(&mut state, number, &request.body),
            ("GET", ["labels"]) => self.labels(request, &LABELS),
            ("GET", ["commits"]) => self.commits(request),
            ("GET", ["git", "refs", "pull", rest @ ..]) => self.heads(&state, rest),
            ("GET", ["commits", sha, "statuses"]) => self.statuses(&state, sha, request),
            ("POST", ["statuses", sha]) => self.set_status(&mut state, sha, &request.body),
            _ => not_found(),
        }
    }
}

impl Gitea {
    fn with(&self, state: &mut State, number: &str, act: impl FnOnce(&mut Pull) -> Reply) -> Reply {
        let number: u64 = number.parse().unwrap_or_default();
        match state.pulls.iter_mut().find(|pull| pull.number == number) {
            Some(pull) => act(pull),
            None => not_found(),
        }
    }

    fn labels(&self, request: &Request, labels: &[(i64, &str)]) -> Reply {
        let labels = labels.iter().map(|(id, name)| json!({"id": id, "name": name, "color": "00aabb"}));
        page(request, "limit", self.page, labels.collect(), Value::Array)
    }

    /// Whether one branch has commits that the other lacks; the newest is enough.
    fn commits(&self, request: &Request) -> Reply {
        let [head, base] = ["sha", "not"].map(|name| self.branches.tip(request.query(name).unwrap()));
        match (head, base) {
            (None, _) => not_found(),
            (_, None) => Reply::refused(500, "fatal: bad revision"),
            (Some(head), Some(base)) if self.branches.is_ancestor(head, base) => Reply::json(200, json!([])),
            (Some(head), Some(_)) => Reply::json(200, json!([{"sha": head.to_string()}])),
        }
    }

    /// `refs/pull/N/head`, all of them or those that begin so.
    fn heads(&self, state: &State, rest: &[&str]) -> Reply {
        let wanted = [&["refs", "pull"], rest].concat().join("/");
        let references = state.pulls.iter().filter_map(|pull| {
            let name = format!("refs/pull/{}/head", pull.number);
            let object = json!({"type": "commit", "sha": self.seen_head(pull).to_string()});
            name.starts_with(&wanted).then(|| json!({"ref": name, "object": object}))
        });
        match references.collect::<Vec<Value>>() {
            none if none.is_empty() => not_found(),
            references => Reply::json(200, Value::Array(references)),
        }
    }
}

fn not_found() -> Reply {
    Reply::refused(404, "not found")
}
