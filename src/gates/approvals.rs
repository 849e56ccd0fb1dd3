//! `approvals:`

use std::collections::BTreeSet;

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;

use super::gate::About;
use super::{Asked, Decide, Decision, Moment};
use crate::vocabulary::Diagnostic;
use crate::vocabulary::text::{counted, listed};
use crate::yaml::Line;

/// Approvals of the pull request
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ApprovalsGate {
    /// How many accounts must have approved; 1 when absent
    pub count: Option<u64>,
    /// The accounts whose approvals count, as the forge names them; all when absent
    #[serde(default)]
    pub from: Vec<Line>,
}

impl Decide for ApprovalsGate {
    fn decide(&self, asked: &Asked) -> Result<Decision> {
        let wanted = self.count.unwrap_or(1);
        let Some(mut approved) = asked.evidence.approvals()? else {
            return Ok(Decision::closed_for_now("there is no pull request yet", asked.now));
        };
        approved.retain(|name| self.from.is_empty() || self.from.iter().any(|one| **one == **name));
        if approved.len() as u64 >= wanted {
            return Ok(Decision::Open(None));
        }
        let from: Vec<String> = self.from.iter().map(ToString::to_string).collect();
        let from = if from.is_empty() { String::new() } else { format!(" by {}", listed(&from)) };
        let have = match approved.as_slice() {
            [] => "it has none".to_owned(),
            some => format!("it has those of {}", listed(some)),
        };
        let needed = counted(usize::try_from(wanted).unwrap_or(usize::MAX), "approval");
        let why = format!("the pull request needs {needed}{from}; {have}");
        Ok(Decision::closed_for_now(why, asked.now))
    }

    fn check(&self, about: &About) -> Result<()> {
        let from = self.from.iter().map(|one| &**one).collect::<BTreeSet<_>>().len() as u64;
        let wanted = self.count.unwrap_or(1);
        if wanted == 0 {
            return Err(Diagnostic::new("`approvals` with `count: 0` is always open")
                .at(about.place.clone())
                .hint("write how many accounts must approve, or remove the gate")
                .into());
        }
        if from > 0 && from < wanted {
            let message = format!("`approvals` needs {wanted} approvals of {from} accounts");
            return Err(Diagnostic::new(message)
                .at(about.place.clone())
                .hint("list more accounts in `from`, or lower `count`")
                .into());
        }
        Ok(())
    }

    fn moment(&self) -> Moment {
        Moment::Merge
    }
}
