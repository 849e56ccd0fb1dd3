//! Who is asked to review a pull request of the fake Azure DevOps, and their votes.

use serde_json::{Value, json};

use super::identities::{address, display_name, is_known};
use super::pulls::Pull;
use super::refused;
use crate::fakes::Reply;

#[derive(Debug, Clone)]
pub struct Reviewer {
    pub id: String,
    vote: i64,
    required: bool,
}

impl Reviewer {
    pub fn new(id: &str) -> Self {
        Self { id: id.to_owned(), vote: 0, required: false }
    }

    pub fn fields(&self) -> Value {
        let Self { id, vote, required } = self;
        json!({"id": id, "displayName": display_name(id), "uniqueName": address(id), "vote": vote, "isRequired": required})
    }
}

impl Pull {
    pub fn vote(&mut self, id: &str, vote: i64) {
        self.reviewer(id).vote = vote;
    }

    pub fn require(&mut self, id: &str) {
        self.reviewer(id).required = true;
    }

    fn reviewer(&mut self, id: &str) -> &mut Reviewer {
        if !self.reviewers.iter().any(|reviewer| reviewer.id == id) {
            self.reviewers.push(Reviewer::new(id));
        }
        self.reviewers.iter_mut().find(|reviewer| reviewer.id == id).unwrap()
    }

    pub fn ask(&mut self, id: &str) -> Reply {
        if !is_known(id) {
            return unknown_identity(id);
        }
        let fields = self.reviewer(id).fields();
        Reply::json(200, fields)
    }
}

pub fn unknown_identity(id: &str) -> Reply {
    let message =
        format!("TF401232: The identity {id} does not exist, or you do not have permissions to see it.");
    refused(404, "GitIdentityNotFoundException", &message)
}
