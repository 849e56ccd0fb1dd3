//! Merging on the fake GitLab, at once, by itself, and on a merge train.

use git2::Oid;
use serde_json::{Value, json};

use super::notes::Note;
use super::pulls::Pull;
use super::{GitLab, Project, not_found};
use crate::fakes::git::Method;
use crate::fakes::{Reply, Request};

impl GitLab {
    /// The train of the merge request arrives.
    pub fn arrive(&self, number: u64) {
        self.with(number, |pull, project| {
            pull.on_train = false;
            self.do_merge(pull, project, &json!({}));
            pull.locked = 1;
        });
    }

    /// GitLab takes the merge request off the train.
    pub fn derail(&self, number: u64, why: &str) {
        self.with(number, |pull, _| {
            pull.on_train = false;
            let text = format!("removed this merge request from the merge train because {why}");
            pull.notes.push(Note::system(900, &text));
        });
    }

    pub(super) fn merge(&self, pull: &mut Pull, project: &Project, body: &Value) -> Reply {
        if !project.may_merge() {
            return Reply::refused(401, "401 Unauthorized");
        }
        let status = self.detailed_status(pull, project);
        let of_git = matches!(status, "conflict" | "need_rebase");
        let auto = body["auto_merge"] == true || body["merge_when_pipeline_succeeds"] == true;
        let at_once = match auto {
            true => pull.pipeline == Some("success"),
            false => status == "mergeable" || of_git,
        };
        let later = auto && status != "mergeable" && status != "not_open" && !of_git;
        if !at_once && !later {
            return Reply::refused(405, "405 Method Not Allowed");
        }
        if !later && status != "mergeable" {
            return Reply::refused(422, "Branch cannot be merged");
        }
        if let Some(refused) = self.moved(pull, body) {
            return refused;
        }
        match later {
            true => pull.auto_merge = Some(body.clone()),
            false => self.do_merge(pull, project, body),
        }
        Reply::json(200, self.fields(pull, project))
    }

    /// Takes auto-merge back; refused where there is none.
    pub(super) fn cancel(&self, pull: &mut Pull, project: &Project) -> Reply {
        match pull.auto_merge.take() {
            Some(_) => Reply::json(201, self.fields(pull, project)),
            None => Reply::refused(405, "405 Method Not Allowed"),
        }
    }

    /// Does what auto-merge was set for, when nothing is in the way any more.
    pub(super) fn merge_by_itself(&self, pull: &mut Pull, project: &Project) {
        if self.detailed_status(pull, project) != "mergeable" {
            return;
        }
        if let Some(asked) = pull.auto_merge.take() {
            match project.merge_trains {
                true => pull.on_train = true,
                false => {
                    self.do_merge(pull, project, &asked);
                    // Whoever looks now sees it at work.
                    pull.locked = 1;
                }
            }
        }
    }

    pub(super) fn train(
        &self,
        request: &Request,
        pull: &mut Pull,
        project: &Project,
        last_id: &mut u64,
    ) -> Reply {
        if !project.merge_trains {
            return Reply::refused(403, "403 Forbidden");
        }
        if request.method == "GET" {
            return match pull.on_train {
                true => Reply::json(200, self.car(pull)),
                false => not_found("Merge Train Merge Request"),
            };
        }
        if let Some(refused) = self.moved(pull, &request.body) {
            return refused;
        }
        if self.detailed_status(pull, project) == "mergeable" && !pull.on_train {
            *last_id += 1;
            pull.notes.push(Note::system(*last_id, "started a merge train"));
            pull.on_train = true;
            return Reply::json(201, json!([self.car(pull)]));
        }
        if request.body["auto_merge"] == true && pull.is_open() && self.is_clean(pull) {
            pull.auto_merge = Some(request.body.clone());
            return Reply::json(202, json!([]));
        }
        Reply::refused(400, "400 Bad request - Merge request is not mergeable")
    }

    fn car(&self, pull: &Pull) -> Value {
        let fields = json!({
            "merge_request": {"id": pull.iid, "iid": pull.iid},
            "user": self.user("towline-bot"),
            "target_branch": pull.target,
            "status": "fresh",
        });
        self.spec.example("Car", fields)
    }

    fn moved(&self, pull: &Pull, body: &Value) -> Option<Reply> {
        let head = self.head(pull).to_string();
        let expected = body["sha"].as_str()?;
        let message = format!("SHA does not match HEAD of source branch: {head}");
        (expected != head).then(|| Reply::refused(409, &message))
    }

    fn do_merge(&self, pull: &mut Pull, project: &Project, asked: &Value) {
        let (base, head) = self.tips(pull).unwrap();
        let squash = match project.squash_option {
            "never" => false,
            "always" => true,
            _ => asked["squash"] == true,
        };
        let message = |name: &str| asked[name].as_str().unwrap_or("Merge branch").to_owned();
        let mut landing = head;
        if squash {
            let onto = self.branches.merge_base(base, head);
            landing = self.branches.squashed(onto, head, &message("squash_commit_message"), self.now());
            pull.squash_commit = Some(landing);
        }
        match project.merge_method {
            "ff" => self.branches.set(&pull.target, landing),
            _ => pull.merge_commit = Some(self.merge_commit(pull, landing, &message("merge_commit_message"))),
        }
        pull.last_head = head;
        pull.state = "merged";
        pull.merged_at = Some(self.now());
    }

    fn merge_commit(&self, pull: &Pull, landing: Oid, message: &str) -> Oid {
        self.branches.merge(&pull.target, landing, Method::Merge, message, self.now()).unwrap()
    }
}
