//! Completions of the fake Azure DevOps: asked for, or by auto-complete; done some looks later.

use git2::Oid;
use serde_json::{Value, json};

use super::identities::{SELF, display_name};
use super::pulls::Pull;
use super::{AzureDevOps, refused};
use crate::fakes::Reply;
use crate::fakes::git::Method;

#[derive(Debug, Clone)]
pub struct AutoComplete {
    pub by: String,
    pub options: Value,
}

#[derive(Debug, Clone)]
pub struct Completing {
    strategy: String,
    message: String,
    /// How many more looks it takes.
    pub looks: u32,
}

impl Completing {
    pub fn new(options: &Value) -> Self {
        let text = |name: &str| options[name].as_str().unwrap().to_owned();
        Self { strategy: text("mergeStrategy"), message: text("mergeCommitMessage"), looks: 2 }
    }
}

impl Pull {
    pub fn auto_complete(&self) -> Option<String> {
        let AutoComplete { by, options } = self.auto_complete.as_ref()?;
        Some(format!("by {} {options}", display_name(by)))
    }

    pub fn turn_on(&mut self, by: &str, strategy: &str, message: &str) {
        let options = json!({"mergeStrategy": strategy, "mergeCommitMessage": message});
        self.auto_complete = Some(AutoComplete { by: by.to_owned(), options });
    }

    /// Nobody's id turns it off.
    pub(super) fn set_auto_complete(&mut self, body: &Value) -> Result<(), Reply> {
        let by = body["autoCompleteSetBy"]["id"].as_str().unwrap();
        self.auto_complete = match by {
            "00000000-0000-0000-0000-000000000000" => None,
            _ if !self.is_active() || by != SELF => {
                let message = "Invalid pull request auto complete set by id. Valid values are either the current user identity id, or an empty guid";
                return Err(refused(400, "InvalidArgumentValueException", message));
            }
            _ => Some(AutoComplete { by: by.to_owned(), options: body["completionOptions"].clone() }),
        };
        Ok(())
    }

    /// With whatever head there is, which is what auto-complete does.
    pub(super) fn complete_itself(&mut self) {
        let Some(AutoComplete { options, .. }) = &self.auto_complete else { return };
        if self.is_active() && self.completing.is_none() && self.merge_status == "succeeded" {
            self.completing = Some(Completing::new(options));
            self.merge_status = "queued";
        }
    }
}

impl AzureDevOps {
    pub(super) fn complete(&self, pull: &mut Pull, policy: bool) {
        let Completing { strategy, message, .. } = pull.completing.take().unwrap();
        let Some((base, tip)) = self.tips(pull) else { return };
        let head = pull.seen.1;
        pull.merge_status = match () {
            () if policy => "rejectedByPolicy",
            () if tip != head => "queued",
            () if !self.branches.is_clean(base, head) => "conflicts",
            () => "succeeded",
        };
        if pull.merge_status != "succeeded" {
            return;
        }
        let commit = match strategy.as_str() {
            "rebase" if self.branches.is_ancestor(base, head) => {
                self.branches.set(&pull.base, head);
                head
            }
            "noFastForward" => self.merge(pull, Method::Merge, &message),
            _ => self.merge(pull, Method::Squash, &message),
        };
        pull.merge_commit = Some(commit);
        pull.end("completed", self.now());
    }

    fn merge(&self, pull: &Pull, method: Method, message: &str) -> Oid {
        self.branches.merge(&pull.base, pull.seen.1, method, message, self.now()).unwrap()
    }
}
