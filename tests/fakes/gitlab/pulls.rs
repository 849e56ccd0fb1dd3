//! Merge requests of the fake GitLab.

use git2::Oid;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::notes::Note;
use super::{GitLab, Project, State, USERS};
use crate::fakes::message::page;
use crate::fakes::{Reply, Request};

#[derive(Debug, Clone)]
pub struct Pull {
    pub iid: u64,
    pub title: String,
    description: String,
    pub source: String,
    pub target: String,
    /// Whether its branch is in another repository.
    pub from_fork: bool,
    pub state: &'static str,
    created_at: Timestamp,
    pub merged_at: Option<Timestamp>,
    closed_at: Option<Timestamp>,
    pub merge_commit: Option<Oid>,
    pub squash_commit: Option<Oid>,
    /// The head when it was closed or merged.
    pub last_head: Oid,
    /// The base and head that GitLab has tried to merge.
    pub tried: Option<(Oid, Oid)>,
    /// The base and head whose approvals GitLab has looked at since.
    synced: Option<(Oid, Oid)>,
    /// How many more looks find that it is being merged.
    pub locked: u32,
    /// How many looks still show this head, because the last push is in a queue.
    late: Option<(Oid, usize)>,
    pub labels: Vec<String>,
    /// Names, and what they said.
    pub reviewers: Vec<(String, &'static str)>,
    pub approved_by: Vec<String>,
    pub notes: Vec<Note>,
    /// What was asked for when auto-merge was set.
    pub auto_merge: Option<Value>,
    pub on_train: bool,
    /// The state of the pipeline of its head.
    pub pipeline: Option<&'static str>,
}

impl Pull {
    pub fn is_open(&self) -> bool {
        self.state == "opened"
    }
}

impl GitLab {
    /// What a person would see of a merge request beside its text.
    pub fn seen(&self, number: u64) -> String {
        self.with(number, |pull, _| {
            let reviewers: Vec<&String> = pull.reviewers.iter().map(|(name, _)| name).collect();
            let notes: Vec<&String> = pull.notes.iter().map(|note| &note.body).collect();
            format!("labels {:?}, reviewers {reviewers:?}, notes {notes:?}", pull.labels)
        })
    }

    /// A second merge request for the same branches, as two requests at one moment leave it.
    pub fn open_twice(&self, number: u64) -> u64 {
        let mut state = self.state.lock().unwrap();
        let mut twin = state.pulls.iter().find(|pull| pull.iid == number).unwrap().clone();
        twin.iid = state.pulls.len() as u64 + 1;
        state.pulls.push(twin);
        state.pulls.len() as u64
    }

    /// Makes it a merge request from a branch of the same name in a fork.
    pub fn move_to_fork(&self, number: u64) {
        self.with(number, |pull, _| pull.from_fork = true);
    }

    /// The next pushes are seen only after so many looks.
    pub fn be_late(&self, number: u64, looks: usize) {
        self.with(number, |pull, _| pull.late = Some((self.branches.tip(&pull.source).unwrap(), looks)));
    }

    pub(super) fn list(&self, state: &State, request: &Request) -> Reply {
        let wanted = |pull: &&Pull| {
            let is = |name: &str, value: &str| request.query(name).is_none_or(|query| query == value);
            let state = request.query("state").unwrap_or("all");
            (state == "all" || state == pull.state)
                && is("source_branch", &pull.source)
                && is("target_branch", &pull.target)
        };
        let found = state.pulls.iter().rev().filter(wanted).map(|pull| {
            let mut fields = self.fields(pull, &state.project);
            // A list has nothing worked out.
            if fields["detailed_merge_status"] == "checking" {
                fields["detailed_merge_status"] = json!("unchecked");
            }
            let only_alone = ["merge_error", "head_pipeline", "user"];
            fields.as_object_mut().unwrap().retain(|name, _| !only_alone.contains(&name.as_str()));
            fields
        });
        page(request, "per_page", self.page, found.collect(), Value::Array)
    }

    pub(super) fn open(&self, state: &mut State, body: &Value) -> Reply {
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let (source, target) = (text("source_branch"), text("target_branch"));
        if source == target {
            let message = json!(["You can't use same project/branch for source and target"]);
            return Reply::json(422, json!({"message": message}));
        }
        let same = |pull: &&Pull| {
            pull.is_open() && !pull.from_fork && (&pull.source, &pull.target) == (&source, &target)
        };
        if let Some(other) = state.pulls.iter().find(same) {
            let message =
                format!("Another open merge request already exists for this source branch: !{}", other.iid);
            return Reply::json(409, json!({"message": [message]}));
        }
        let mut pull = Pull {
            iid: state.pulls.len() as u64 + 1,
            title: text("title"),
            description: String::new(),
            last_head: self.branches.tip(&source).unwrap_or(Oid::ZERO_SHA1),
            source,
            target,
            from_fork: false,
            state: "opened",
            created_at: self.now(),
            merged_at: None,
            closed_at: None,
            merge_commit: None,
            squash_commit: None,
            tried: None,
            synced: None,
            locked: 0,
            late: None,
            labels: Vec::new(),
            reviewers: Vec::new(),
            approved_by: Vec::new(),
            notes: Vec::new(),
            auto_merge: None,
            on_train: false,
            pipeline: None,
        };
        pull.description = self.obey(&mut pull, &text("description"));
        label(&mut pull, &body["labels"]);
        ask_for_reviews(&mut pull, &state.project, &body["reviewer_ids"]);
        // It is prepared in the background.
        let mut reply = Reply::json(201, self.fields(&pull, &state.project));
        reply.body["detailed_merge_status"] = json!("preparing");
        reply.body["sha"] = Value::Null;
        state.pulls.push(pull);
        reply
    }

    pub(super) fn show(&self, pull: &mut Pull, project: &mut Project) -> Reply {
        let mut reply = Reply::json(200, self.fields(pull, project));
        let (word, looks) = &mut project.saying;
        if *looks > 0 && pull.is_open() {
            *looks -= 1;
            reply.body["detailed_merge_status"] = json!(word);
        }
        pull.late = pull.late.and_then(|(head, looks)| Some((head, looks.checked_sub(1)?)));
        if pull.tried == self.tips(pull) {
            pull.synced = pull.tried;
        }
        pull.tried = self.tips(pull);
        pull.locked = pull.locked.saturating_sub(1);
        reply
    }

    pub(super) fn change(&self, pull: &mut Pull, project: &Project, body: &Value) -> Reply {
        if let Some(title) = body["title"].as_str() {
            pull.title = title.to_owned();
        }
        if let Some(description) = body["description"].as_str() {
            pull.description = self.obey(pull, description);
        }
        label(pull, &body["add_labels"]);
        ask_for_reviews(pull, project, &body["reviewer_ids"]);
        if body["state_event"] == "close" {
            self.close(pull);
        }
        Reply::json(200, self.fields(pull, project))
    }

    pub(super) fn close(&self, pull: &mut Pull) {
        if pull.is_open() {
            pull.last_head = self.head(pull);
            pull.state = "closed";
            pull.closed_at = Some(self.now());
        }
    }

    /// Merged by `commit`, which is named only if it is not the head itself.
    pub(super) fn landed(&self, pull: &mut Pull, commit: Oid) {
        pull.last_head = self.head(pull);
        pull.merge_commit = Some(commit).filter(|commit| *commit != pull.last_head);
        pull.state = "merged";
        pull.merged_at = Some(self.now());
    }

    /// The head as GitLab has it: of the branch, as long as the merge request is open.
    pub(super) fn head(&self, pull: &Pull) -> Oid {
        match pull.late {
            Some((head, _)) => head,
            None => self.branches.tip(&pull.source).filter(|_| pull.is_open()).unwrap_or(pull.last_head),
        }
    }

    pub(super) fn tips(&self, pull: &Pull) -> Option<(Oid, Oid)> {
        self.branches.tip(&pull.source)?;
        Some((self.branches.tip(&pull.target)?, self.head(pull)))
    }

    pub(super) fn fields(&self, pull: &Pull, project: &Project) -> Value {
        let tried = pull.tried.is_some() && pull.tried == self.tips(pull);
        let detailed = match () {
            () if pull.is_open() && !tried => "checking",
            () if pull.is_open() && project.is_paid() && pull.synced != pull.tried => "approvals_syncing",
            () => self.detailed_status(pull, project),
        };
        let is_locked = pull.locked > 0;
        let conflicts = tried && pull.is_open() && !self.is_clean(pull);
        let id = |commit: Option<Oid>| commit.map(|commit| commit.to_string());
        let squash = project.squash_option == "always";
        let reviewers: Vec<Value> = pull.reviewers.iter().map(|(name, _)| self.user(name)).collect();
        let fields = json!({
            "iid": pull.iid,
            "project_id": 1,
            "title": pull.title,
            "description": pull.description,
            "state": if is_locked { "locked" } else { pull.state },
            "created_at": pull.created_at,
            "merged_at": pull.merged_at,
            "closed_at": pull.closed_at,
            "target_branch": pull.target,
            "source_branch": pull.source,
            "reviewers": reviewers,
            "source_project_id": if pull.from_fork { 2 } else { 1 },
            "target_project_id": 1,
            "labels": pull.labels,
            "draft": pull.title.starts_with("Draft:"),
            "merge_when_pipeline_succeeds": pull.auto_merge.is_some(),
            "detailed_merge_status": detailed,
            "merge_status": if !tried { "checking" } else if conflicts { "cannot_be_merged" } else { "can_be_merged" },
            "sha": self.head(pull).to_string(),
            "merge_commit_sha": id(pull.merge_commit.filter(|_| !is_locked)),
            "squash_commit_sha": id(pull.squash_commit.filter(|_| !is_locked)),
            "web_url": format!("https://gitlab.example.com/{}/-/merge_requests/{}", super::PROJECT, pull.iid),
            "squash": squash,
            "squash_on_merge": squash,
            "has_conflicts": conflicts,
            "merge_error": null,
            "head_pipeline": pull.pipeline.map(|status| {
                json!({"id": 1, "sha": self.head(pull).to_string(), "ref": pull.source, "status": status})
            }),
            "user": {"can_merge": project.may_merge()},
        });
        self.spec.example("MergeRequest", fields)
    }
}

fn label(pull: &mut Pull, labels: &Value) {
    let labels = labels.as_str().unwrap_or_default().split(',').map(str::trim);
    let labels = labels.filter(|label| !label.is_empty());
    for label in labels.map(str::to_owned) {
        if !pull.labels.contains(&label) {
            pull.labels.push(label);
        }
    }
}

/// Replaces the list; who was in it keeps what they said.
fn ask_for_reviews(pull: &mut Pull, project: &Project, ids: &Value) {
    let Some(ids) = ids.as_array() else { return };
    let names =
        ids.iter().filter_map(|id| USERS.iter().find(|(known, _)| id == known).map(|(_, name)| *name));
    let asked = names.take(if project.is_paid() { usize::MAX } else { 1 }).map(|name| {
        let known = pull.reviewers.iter().find(|(known, _)| known == name);
        (name.to_owned(), known.map_or("unreviewed", |(_, said)| *said))
    });
    pull.reviewers = asked.collect();
}
