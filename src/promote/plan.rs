//! Plan: which environments a promotion goes through, in which order.

use std::collections::HashSet;

use anyhow::Result;

use crate::config::{Environment, Pipeline};
use crate::rollout;
use crate::vocabulary::Diagnostic;

/// Which environments are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Selection {
    #[default]
    All,
    /// This one and all that it needs.
    To(String),
    /// This one; what it needs must be verified already.
    Only(String),
}

/// What will be done with one environment: plain data for `--plan`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub environment: String,
    pub needs: Vec<String>,
    /// Whether Towline merges the proposal, or people do.
    pub merges: bool,
    /// The patterns of the reporters that are awaited, with their counts.
    pub reporters: Vec<(String, usize)>,
    pub checks: Vec<String>,
    /// The names of the gates.
    pub gates: Vec<String>,
    /// The targets, ring by ring; empty: all at once.
    pub rings: Vec<Vec<String>>,
}

/// The environments to go through, each behind what it needs. Everything that can be known to be
/// missing or unsupported is an error now, before anything is done.
pub fn environments<'p>(pipeline: &'p Pipeline, selection: &Selection) -> Result<Vec<&'p Environment>> {
    let selected: Vec<_> = match selection {
        Selection::All => pipeline.environments.iter().collect(),
        Selection::Only(name) => vec![pipeline.environment(name)?],
        Selection::To(name) => {
            let wanted = with_needs(pipeline, pipeline.environment(name)?);
            pipeline.environments.iter().filter(|one| wanted.contains(one.name.as_str())).collect()
        }
    };
    if selected.is_empty() {
        return Err(Diagnostic::new("the pipeline file has no environments").into());
    }
    for environment in &selected {
        pipeline.check_supported(environment)?;
        rollout::expected(environment)?;
    }
    Ok(selected)
}

/// The plan as data.
pub fn plan(pipeline: &Pipeline, selection: &Selection) -> Result<Vec<Step>> {
    Ok(environments(pipeline, selection)?.into_iter().map(Step::of).collect())
}

impl Step {
    fn of(environment: &Environment) -> Self {
        let reporters = environment.rollout.reporters.iter().flatten();
        Self {
            environment: environment.name.clone(),
            needs: environment.needs.clone(),
            merges: environment.merge.may_merge(),
            reporters: reporters.map(|it| (it.contexts.shown().to_owned(), it.count)).collect(),
            gates: environment.gates.iter().map(|gate| gate.name.clone()).collect(),
            rings: environment.rings.clone(),
            checks: environment.checks.iter().map(|check| check.name.to_string()).collect(),
        }
    }
}

/// The names of an environment and of everything it needs, directly or not.
fn with_needs<'p>(pipeline: &'p Pipeline, environment: &'p Environment) -> HashSet<&'p str> {
    let mut wanted = HashSet::new();
    let mut open = vec![environment.name.as_str()];
    while let Some(name) = open.pop() {
        if wanted.insert(name) {
            let found = pipeline.environments.iter().find(|one| one.name == name);
            open.extend(found.iter().flat_map(|one| &one.needs).map(String::as_str));
        }
    }
    wanted
}
