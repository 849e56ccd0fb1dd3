//! `argocd:`, the commit statuses of Argo CD's notifications. Context and words are those of the
//! template; its documentation has the context `continuous-delivery/APPLICATION`.

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;

use super::argocd_words::{combine, together};
use super::name::ResourceName;
use super::report::{Meaning, Report, Who};
use super::reporter::{Count, Expected, Reports, Scope};
use crate::forge::CommitStatus;
use crate::vocabulary::{ForgeKind, refuse_own_context};
use crate::yaml::At;

const CONTEXT: &str = "continuous-delivery/{app}";

/// Words that no sentence about a success has. (Argo CD's own says that an Application "is now running".)
const BAD_SIGNS: [&str; 8] =
    ["Unknown", "Missing", "Degraded", "Suspended", "OutOfSync", "Failed", "Error", "Progressing"];

/// An Application of Argo CD
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "ArgoCd")]
pub struct ArgoCd {
    /// Its name; may have `*`
    application: ResourceName,
    /// The context that your template for notifications writes, with `{app}` for the name; `continuous-delivery/{app}` when absent
    context: Option<At<String>>,
    /// How many Applications report; 1 when absent
    count: Option<Count>,
}

impl Reports for ArgoCd {
    fn expects(&self, _: &Scope) -> Result<Vec<Expected>> {
        let ResourceName(name) = &self.application;
        let pattern = match &self.context {
            None => CONTEXT.replace("{app}", name),
            Some(template) => {
                refuse_own_context(template).map_err(|refused| refused.at(template.place.clone()))?;
                if !template.contains("{app}") {
                    let message = "the context has no `{app}`: every Application would report as this one";
                    let hint = format!(
                        "for example `{CONTEXT}`; or write `status` for a context that is always the same"
                    );
                    return Err(template.error(message).hint(hint).into());
                }
                template.split("{app}").map(globset::escape).collect::<Vec<_>>().join(name)
            }
        };
        let Count(count) = self.count.unwrap_or(Count(1));
        Ok(vec![Expected { count, ..Expected::one(pattern) }])
    }

    fn read(&self, status: &CommitStatus, _: ForgeKind) -> Report {
        let name = self.name_in(&status.context);
        let who = Who { kind: Some("application"), name, ..Who::default() };
        Report { who, meaning: combine(status.state, words(&status.description)) }
    }

    fn silence(&self) -> Option<&'static str> {
        Some(
            "Argo CD reports nothing for an Application that was already synced, whose automated sync is off, \
             or that is not subscribed to the trigger: `argocd app get APPLICATION` tells",
        )
    }

    fn lingering(&self) -> Option<&'static str> {
        Some(
            "Argo CD also reports Running while it retries a failed sync: `argocd app get APPLICATION` shows the message \
             of the operation",
        )
    }

    fn shared_context(&self) -> Option<&'static str> {
        Some("two Applications of one name write one context: give each Argo CD its own `context`")
    }
}

impl ArgoCd {
    /// The name that stands where the context has `{app}`.
    fn name_in(&self, context: &str) -> Option<String> {
        let template = self.context.as_ref().map_or(CONTEXT, |template| &template.value);
        let (before, after) = template.split_once("{app}")?;
        let name = context.strip_prefix(before)?;
        Some(name.strip_suffix(after).unwrap_or(name).to_owned())
    }
}

/// What `Succeeded, Healthy` says. Of a sentence, only the words count that no success has.
fn words(description: &str) -> Option<Meaning> {
    let parts: Vec<&str> = description.split([',', '/', ';']).map(str::trim).collect();
    if parts.iter().all(|part| !part.contains(char::is_whitespace)) {
        return together(parts.into_iter());
    }
    let words = description.split(|c: char| !c.is_alphanumeric());
    let is_sign = |word: &&str| {
        let known = ["Running", "Terminating"].contains(word);
        known || BAD_SIGNS.iter().any(|sign| sign.eq_ignore_ascii_case(word))
    };
    together(words.filter(is_sign))
}
