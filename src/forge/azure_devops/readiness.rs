//! What a pull request waits for: the policies of the branch, and the votes of reviewers.

use std::sync::atomic::Ordering;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::client::AzureDevOps;
use super::pull::{Reviewer, WirePull};
use crate::forge::MergeReadiness;
use crate::forge::protocol::{Api, Readiness};
use crate::http::{Kind, Paging, segment};

/// The policies that apply to a pull request.
#[derive(Default)]
pub struct Policies {
    /// Required ones that are not met yet.
    pub missing: Vec<String>,
    /// Required ones that say no.
    pub broken: Vec<String>,
    /// The configurations of those that are optional.
    pub optional: Vec<u64>,
}

impl Policies {
    /// What has to change before the pull request can be completed, if something has to.
    pub fn unmet(&self) -> Option<String> {
        let rejected = self.broken.iter().map(|name| format!("{name} (rejected)"));
        let unmet: Vec<String> = self.missing.iter().cloned().chain(rejected).collect();
        (!unmet.is_empty()).then(|| unmet.join(", "))
    }
}

impl Readiness for AzureDevOps {
    fn read_readiness(&self, number: u64) -> Result<MergeReadiness> {
        let pull = self.seen(number)?;
        if !pull.is_active() {
            return Ok(MergeReadiness::default());
        }
        let Policies { mut missing, broken, .. } = self.policies(&pull)?;
        missing.extend(pull.is_draft.then(|| "it is a draft".to_owned()));
        missing.extend(pull.reviewers.iter().filter_map(wish));
        let named = |wanted: fn(i32) -> bool| {
            let reviewers = pull.reviewers.iter().filter(|reviewer| wanted(reviewer.vote));
            reviewers.map(|reviewer| reviewer.name().to_owned()).collect()
        };
        Ok(MergeReadiness {
            approved_by: named(|vote| vote > 0),
            rejected_by: named(|vote| vote == -10),
            missing,
            broken,
            merges_itself: pull.merges_itself(),
            ..MergeReadiness::default()
        })
    }
}

impl AzureDevOps {
    /// None at all where the token may not read them.
    pub(super) fn policies(&self, pull: &WirePull) -> Result<Policies> {
        let Some(project) = pull.project() else { return Ok(Policies::default()) };
        let path = format!("{}/_apis/policy/evaluations", segment(&self.location.project));
        let artifact = format!("vstfs:///CodeReview/CodeReviewId/{project}/{}", pull.number);
        let version = format!("{}-preview.1", self.location.api_version);
        let request = self.client().get(&path).query("api-version", &version);
        let found = request
            .query("artifactId", &artifact)
            .query("$top", self.row().page_size)
            .all(Paging::Skip("$skip"));
        match found {
            Ok(evaluations) => Ok(sorted(evaluations)),
            Err(fault) if matches!(fault.kind, Kind::Forbidden | Kind::NotFound) => {
                if !self.told.swap(true, Ordering::Relaxed) {
                    self.client().notify(&format!(
                        "the token may not read the policies of {}, so they are not shown: {}",
                        pull.base(),
                        fault.said()
                    ));
                }
                Ok(Policies::default())
            }
            Err(fault) => {
                Err(fault).with_context(|| format!("cannot read the policies of {}", self.name(pull.number)))
            }
        }
    }
}

/// What a reviewer still wants, or is wanted to do.
fn wish(reviewer: &Reviewer) -> Option<String> {
    match reviewer.vote {
        -5 => Some(format!("{} is waiting for the author", reviewer.name())),
        0 if reviewer.is_required => Some(format!("{} must approve", reviewer.name())),
        _ => None,
    }
}

fn sorted(evaluations: Vec<Evaluation>) -> Policies {
    let mut policies = Policies::default();
    for evaluation in evaluations {
        let Configuration { id, is_blocking, is_enabled, .. } = evaluation.configuration;
        if !is_enabled {
            continue;
        }
        if !is_blocking {
            policies.optional.push(id);
            continue;
        }
        let name = evaluation.configuration.name();
        match evaluation.status.as_str() {
            "queued" => policies.missing.push(name),
            "running" => policies.missing.push(format!("{name} (running)")),
            "rejected" => policies.broken.push(name),
            "broken" => policies.broken.push(format!("{name} (could not be evaluated)")),
            "approved" | "notApplicable" => {}
            word => policies.missing.push(format!("{name} ({word})")),
        }
    }
    policies
}

/// How a policy stands to one pull request.
#[derive(Deserialize)]
struct Evaluation {
    status: String,
    configuration: Configuration,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Configuration {
    id: u64,
    is_blocking: bool,
    #[serde(default = "yes")]
    is_enabled: bool,
    #[serde(rename = "type")]
    kind: PolicyType,
    #[serde(default)]
    settings: Settings,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PolicyType {
    display_name: String,
}

/// A policy's own, as far as they tell one build or status from another.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Settings {
    display_name: Option<String>,
    default_display_name: Option<String>,
    status_name: Option<String>,
}

impl Configuration {
    /// `Minimum number of reviewers`, `Build: web`
    fn name(self) -> String {
        let kind = self.kind.display_name;
        let Settings { display_name, default_display_name, status_name } = self.settings;
        let own = [display_name, default_display_name, status_name].into_iter().flatten();
        match own.map(|own| own.trim().to_owned()).find(|own| !own.is_empty()) {
            Some(own) => format!("{kind}: {own}"),
            None => kind,
        }
    }
}
