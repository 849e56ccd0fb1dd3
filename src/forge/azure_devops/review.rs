//! Labels and reviewers of a pull request.
//!
//! Reviewers are asked for by the id of an identity. A pipeline file may have that, or what people
//! call them: an address, a name, a team; those are looked up.

use anyhow::{Context, Result};
use serde_json::json;

use super::api::{Identity, List};
use super::client::{AzureDevOps, server};
use super::pull::{Label, WirePull};
use crate::forge::protocol::Api;
use crate::http::{self, Client};
use crate::vocabulary::Diagnostic;

impl AzureDevOps {
    pub(super) fn add_labels(&self, pull: &WirePull, labels: &[String]) -> Result<()> {
        if labels.is_empty() {
            return Ok(());
        }
        let known = match &pull.labels {
            Some(known) => known.clone(),
            None => self.labels(pull.number)?,
        };
        let is_known = |name: &String| known.iter().any(|label| label.name.eq_ignore_ascii_case(name));
        for label in labels.iter().filter(|label| !is_known(label)) {
            let request = self.post(&format!("pullRequests/{}/labels", pull.number));
            // A label that is there already stays one label.
            let sent = request.body(json!({"name": label})).repeatable().send();
            sent.with_context(|| format!("cannot label {} as `{label}`", self.name(pull.number)))?;
        }
        Ok(())
    }

    fn labels(&self, number: u64) -> Result<Vec<Label>> {
        let answer =
            self.get(&format!("pullRequests/{number}/labels")).send().and_then(|answer| answer.json());
        let list: List<Label> =
            answer.with_context(|| format!("cannot read the labels of {}", self.name(number)))?;
        Ok(list.value)
    }

    /// Asks those who are not asked yet.
    pub(super) fn request_reviews(&self, pull: &WirePull, reviewers: &[String]) -> Result<()> {
        let is_asked = |name: &str| pull.reviewers.iter().any(|reviewer| reviewer.is(name));
        let team = |name: &str| self.team(name);
        for name in reviewers.iter().filter(|name| !is_asked(name) && !is_asked(&team(name))) {
            let id = self.identity(name)?;
            if is_asked(&id) {
                continue;
            }
            let path = format!("{}/{}/reviewers/{id}", self.path("pullRequests"), pull.number);
            let sent = self.versioned(self.client().put(&path)).body(json!({"id": id, "vote": 0})).send();
            sent.with_context(|| format!("cannot ask `{name}` to review {}", self.name(pull.number)))?;
        }
        Ok(())
    }

    /// The id of a person, a group or a team.
    pub(super) fn identity(&self, name: &str) -> Result<String> {
        if is_id(name) {
            return Ok(name.to_owned());
        }
        let server = server(self.row().name, self.location.identities.clone(), self.credentials.clone());
        let directory = Client::new(server, self.settings.clone())?;
        for name in [name, &self.team(name)] {
            let found = self.search(&directory, name);
            let found = found.with_context(|| format!("cannot look up the reviewer `{name}`"))?;
            let called: Vec<&Identity> = found.iter().filter(|identity| identity.is_called(name)).collect();
            match (found.as_slice(), called.as_slice()) {
                ([one], _) => return Ok(one.id.clone()),
                (_, [one]) => return Ok(one.id.clone()),
                ([], _) => {}
                _ => {
                    return Err(Diagnostic::new(format!("several reviewers are named `{name}`"))
                        .hint("use an address or an id")
                        .into());
                }
            }
        }
        Err(Diagnostic::new(format!("there is no reviewer `{name}`"))
            .hint("use an address, a display name, a team of the project, or an id")
            .into())
    }

    fn search(&self, directory: &Client, name: &str) -> http::Result<Vec<Identity>> {
        let request = self.versioned(directory.get("_apis/identities"));
        let request = request.query("searchFilter", "General").query("filterValue", name);
        let found: List<Identity> = request.query("queryMembership", "none").send()?.json()?;
        Ok(found.value)
    }

    /// A team's name in full.
    fn team(&self, name: &str) -> String {
        format!("[{}]\\{name}", self.location.project)
    }
}

/// `8c8c7d32-6b1b-47f4-b2e9-30b477b5ab3d`
fn is_id(name: &str) -> bool {
    let groups: Vec<&str> = name.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
