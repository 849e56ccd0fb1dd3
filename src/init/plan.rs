//! What goes into the pipeline file.

use std::collections::BTreeMap;
use std::path::Path;

use super::candidate::{Candidate, Step};
use super::configuration::Configuration;
use super::environments;
use super::images::FoundImage;
use crate::vocabulary::Diagnostic;

/// What a first pipeline file says.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    pub application: String,
    pub repository: String,
    /// Those that the manifests name.
    pub images: Vec<FoundImage>,
    pub candidates: Vec<Candidate>,
    pub left_out: Vec<LeftOut>,
    /// Why the only candidate cannot be rendered.
    pub failure: Option<LeftOut>,
    pub configuration: Configuration,
}

/// What was found and is no step, and why.
#[derive(Debug, Clone)]
pub struct LeftOut {
    /// What it is, as in messages.
    pub what: String,
    /// The steps, which stand in the file as a comment.
    pub steps: Vec<Step>,
    pub why: String,
    pub hint: Option<String>,
}

impl LeftOut {
    /// `file` is the pipeline file, whose lines are not those of the trial.
    pub fn failed(candidate: &Candidate, why: &str, error: &anyhow::Error, file: &Path) -> Self {
        let cause = error.root_cause();
        let message = match cause.downcast_ref::<Diagnostic>() {
            Some(Diagnostic { place: Some(place), message, .. }) if place.file == file => message.clone(),
            _ => cause.to_string(),
        };
        Self {
            what: candidate.shown(),
            steps: candidate.steps.clone(),
            why: format!("{why}: {}", message.split_whitespace().collect::<Vec<_>>().join(" ")),
            hint: error.chain().find_map(|cause| cause.downcast_ref::<Diagnostic>()?.hint.clone()),
        }
    }
}

impl Plan {
    /// In the order of a pipeline: those that the templates are for, if all of them are for some,
    /// and those that have variables.
    pub fn environments(&self) -> Vec<String> {
        let of_candidates = self.candidates.iter().flat_map(Candidate::environments).cloned();
        let mut names: Vec<String> = of_candidates.collect();
        let are_all_limited = !self.candidates.is_empty()
            && self.candidates.iter().all(|candidate| !candidate.environments().is_empty());
        if !are_all_limited {
            names.extend(self.configuration.environments.keys().cloned());
        }
        if names.is_empty() {
            return environments::DEFAULT.map(str::to_owned).into();
        }
        environments::sort(&mut names);
        names
    }

    /// Chains come first: a step with an input takes what all steps above it give.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        let chains = self.candidates.iter().filter(|it| it.is_chain());
        chains.chain(self.candidates.iter().filter(|it| !it.is_chain())).flat_map(|it| &it.steps)
    }

    /// Values to begin with.
    pub fn values(&self) -> BTreeMap<&String, &serde_json::Value> {
        self.candidates.iter().flat_map(|candidate| &candidate.values).collect()
    }
}
