//! GitLab, as far as Towline uses it: what its API description leaves open is done as its source
//! does it. It works out in the background whether it can merge, makes merges the way that the
//! project is set to, and turns a pending status into the one that follows it.

mod deployments;
mod merge;
mod notes;
mod people;
mod pulls;
mod rules;
mod statuses;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use serde_json::{Value, json};
use towline::clock::Clock;

use self::deployments::Deployment;
use self::pulls::Pull;
use self::statuses::Status;
use super::git::Branches;
use super::{Reply, Request, Server, Service, Spec};

pub const TOKEN: &str = "glpat-fake";
/// Of a job of GitLab CI.
pub const JOB_TOKEN: &str = "glcbt-fake";
/// In a group of a group.
pub const PROJECT: &str = "acme/platform/gitops";
const API: &str = "/api/v4";
const BELOW_PROJECT: &str = "/api/v4/projects/acme%2Fplatform%2Fgitops";
const USERS: [(u64, &str); 3] = [(11, "ann"), (12, "bob"), (13, "towline-bot")];

pub struct GitLab {
    spec: Arc<Spec>,
    branches: Branches,
    clock: Arc<dyn Clock>,
    /// The most items that a page has.
    page: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Who writes statuses, if it is not Towline.
    author: Option<String>,
    pulls: Vec<Pull>,
    /// The oldest first.
    statuses: Vec<Status>,
    /// The oldest first.
    deployments: Vec<Deployment>,
    project: Project,
    last_id: u64,
}

/// The settings of the project, and what the token may do in it.
#[derive(Debug, Clone)]
pub struct Project {
    pub merge_method: &'static str,
    pub squash_option: &'static str,
    pub merge_trains: bool,
    pub approvals_required: usize,
    pub pipelines_must_succeed: bool,
    /// As in the paid editions: several reviewers, rules for approvals, merge trains.
    pub paid: bool,
    pub access_level: u32,
    pub scopes: Vec<&'static str>,
    /// Whether only maintainers may merge into the base branches.
    pub protected: bool,
    /// Whether the token is a fine-grained one.
    pub granular: bool,
    /// How many more looks at a merge request have this word for what is in the way of a merge.
    pub saying: (&'static str, u32),
}

impl Default for Project {
    fn default() -> Self {
        Self {
            merge_method: "merge",
            squash_option: "default_off",
            merge_trains: false,
            approvals_required: 0,
            pipelines_must_succeed: false,
            paid: false,
            access_level: 40,
            scopes: vec!["api"],
            protected: true,
            granular: false,
            saying: ("", 0),
        }
    }
}

impl Project {
    fn may_merge(&self) -> bool {
        self.access_level >= if self.protected { 40 } else { 30 }
    }

    /// Whether it has what only the paid editions have.
    pub fn is_paid(&self) -> bool {
        self.paid || self.merge_trains || self.approvals_required > 0
    }
}

impl State {
    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}

impl GitLab {
    /// Statuses are from now on written by somebody else.
    pub fn write_statuses_as(&self, author: &str) {
        self.state.lock().unwrap().author = Some(author.to_owned());
    }

    pub fn start(repository: PathBuf, clock: Arc<dyn Clock>) -> (Arc<Self>, Server) {
        let spec = Spec::load("gitlab", API);
        let gitlab = Arc::new(Self {
            spec: spec.clone(),
            branches: Branches::new(repository),
            clock,
            page: 2,
            state: Mutex::default(),
        });
        let server = Server::start(gitlab.clone(), Some(spec));
        (gitlab, server)
    }

    /// Changes the settings of the project.
    pub fn set(&self, change: impl FnOnce(&mut Project)) {
        change(&mut self.state.lock().unwrap().project);
    }

    /// Does something to a merge request that only people or GitLab itself do.
    fn with<T>(&self, number: u64, act: impl FnOnce(&mut Pull, &Project) -> T) -> T {
        let mut state = self.state.lock().unwrap();
        let State { pulls, project, .. } = &mut *state;
        act(pulls.iter_mut().find(|pull| pull.iid == number).unwrap(), project)
    }

    /// A person marks it as a draft, or as none.
    pub fn mark_as_draft(&self, number: u64, is_draft: bool) {
        self.with(number, |pull, _| {
            let title = pull.title.trim_start_matches("Draft: ").to_owned();
            pull.title = if is_draft { format!("Draft: {title}") } else { title };
        });
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn user(&self, name: &str) -> Value {
        let id = USERS.iter().find(|(_, known)| *known == name).map(|(id, _)| *id).unwrap_or_default();
        let url = format!("https://gitlab.example.com/{name}");
        self.spec.example("UserBasic", json!({"id": id, "username": name, "name": name, "web_url": url}))
    }
}

impl Service for GitLab {
    fn answer(&self, request: &Request) -> Reply {
        let path = request.below(BELOW_PROJECT);
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let is_person = request.header("authorization") == Some(&format!("Bearer {TOKEN}"));
        let is_job = request.header("job-token") == Some(JOB_TOKEN) && is_for_jobs(request, &path);
        if !is_person && !is_job {
            return Reply::refused(401, "401 Unauthorized");
        }
        let mut state = self.state.lock().unwrap();
        match request.path.strip_prefix(API) {
            Some("/user") => return Reply::json(200, self.user("towline-bot")),
            Some("/users") => return self.users(request),
            Some("/personal_access_tokens/self") => return self.token(&state.project),
            _ if !request.path.starts_with(BELOW_PROJECT) => return not_found("Project"),
            _ => {}
        }
        match (request.method.as_str(), path.as_slice()) {
            ("GET", []) => self.show_project(&state.project),
            ("GET", ["merge_requests"]) => self.list(&state, request),
            ("POST", ["merge_requests"]) => self.open(&mut state, &request.body),
            (_, ["merge_requests", number, rest @ ..]) => {
                let State { pulls, project, last_id, .. } = &mut *state;
                match pulls.iter_mut().find(|pull| pull.iid.to_string() == *number) {
                    Some(pull) => self.pull(request, pull, project, last_id, rest),
                    None => not_found("Not found"),
                }
            }
            (_, ["merge_trains", "merge_requests", number]) => {
                let State { pulls, project, last_id, .. } = &mut *state;
                match pulls.iter_mut().find(|pull| pull.iid.to_string() == *number) {
                    Some(pull) => self.train(request, pull, project, last_id),
                    None => not_found("Not found"),
                }
            }
            ("GET", ["repository", "branches", branch]) => self.branch(branch),
            ("GET", ["repository", "commits"]) => self.commits(request),
            ("GET", ["repository", "commits", sha, "statuses"]) => self.statuses(&state, sha, request),
            ("GET", ["deployments"]) => self.deployments(&state, request),
            ("POST", ["deployments"]) => self.create_deployment(&mut state, &request.body),
            ("PUT", ["deployments", id]) => self.update_deployment(&mut state, id, &request.body),
            ("POST", ["statuses", sha]) => self.set_status(&mut state, sha, &request.body),
            _ => not_found("Not found"),
        }
    }
}

impl GitLab {
    fn pull(
        &self,
        request: &Request,
        pull: &mut Pull,
        project: &mut Project,
        last_id: &mut u64,
        rest: &[&str],
    ) -> Reply {
        match (request.method.as_str(), rest) {
            ("GET", []) => self.show(pull, project),
            ("PUT", []) => self.change(pull, project, &request.body),
            ("PUT", ["merge"]) => self.merge(pull, project, &request.body),
            ("POST", ["cancel_merge_when_pipeline_succeeds"]) => self.cancel(pull, project),
            ("GET", ["approvals"]) => self.approvals(pull, project),
            ("GET", ["reviewers"]) => self.reviewers(pull),
            ("GET", ["notes"]) => self.list_notes(pull, request),
            ("POST", ["notes"]) => self.add_note(pull, last_id, &request.body),
            ("PUT", ["notes", id]) => self.change_note(pull, id, &request.body),
            _ => not_found("Not found"),
        }
    }

    fn show_project(&self, project: &Project) -> Reply {
        let mut fields = json!({
            "id": 1,
            "path_with_namespace": PROJECT,
            "merge_method": project.merge_method,
            "squash_option": project.squash_option,
            "permissions": {"project_access": {"access_level": project.access_level}, "group_access": null},
        });
        if project.merge_trains {
            fields["merge_trains_enabled"] = json!(true);
        }
        Reply::json(200, self.spec.example("Project", fields))
    }

    fn token(&self, project: &Project) -> Reply {
        let mut fields = json!({"name": "towline", "active": true, "scopes": project.scopes});
        if project.granular {
            (fields["scopes"], fields["granular"]) = (json!(["granular"]), json!(true));
        }
        Reply::json(200, self.spec.example("AccessToken", fields))
    }

    fn users(&self, request: &Request) -> Reply {
        let wanted = request.query("username").unwrap_or_default();
        let found = USERS.iter().filter(|(_, name)| name.eq_ignore_ascii_case(wanted));
        Reply::json(200, found.map(|(_, name)| self.user(name)).collect())
    }

    fn branch(&self, name: &str) -> Reply {
        match self.branches.tip(name) {
            Some(tip) => {
                Reply::json(200, json!({"name": name, "commit": {"id": tip.to_string(), "title": "Edit"}}))
            }
            None => not_found("Branch"),
        }
    }

    /// The commits of `BASE..HEAD`; the newest is enough.
    fn commits(&self, request: &Request) -> Reply {
        let range = request.query("ref_name").unwrap_or_default().split_once("..").unwrap();
        let (Some(base), Some(head)) = (self.branches.tip(range.0), self.branches.tip(range.1)) else {
            return Reply::json(200, json!([]));
        };
        match self.branches.is_ancestor(head, base) {
            true => Reply::json(200, json!([])),
            false => Reply::json(200, json!([{"id": head.to_string(), "title": "Edit"}])),
        }
    }
}

/// What GitLab lets a job's token read; it writes nothing of all this.
fn is_for_jobs(request: &Request, path: &[&str]) -> bool {
    let readable =
        matches!(path, ["merge_requests"] | ["merge_requests", _] | ["merge_requests", _, "notes"]);
    request.method == "GET" && (readable || path.starts_with(&["repository"]) && path.len() < 4)
}

fn not_found(what: &str) -> Reply {
    Reply::refused(404, &format!("404 {what} Not Found"))
}
