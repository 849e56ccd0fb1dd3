//! `await:` and `checks:`: what is waited for, how long, and what is run then.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::{paths, reporters, scalars};
use crate::config::{Check, Gitops, OnSuperseded, RolloutOptions, schema};
use crate::vocabulary::Diagnostic;
use crate::yaml::At;

const MERGE: Duration = Duration::from_secs(24 * 60 * 60);
const APPEAR: Duration = Duration::from_secs(15 * 60);
const FINISH: Duration = Duration::from_secs(30 * 60);
const SETTLE: Duration = Duration::from_secs(10);
const GRACE: Duration = Duration::from_secs(2 * 60);
const CHECK_TIMEOUT: Duration = Duration::from_secs(5 * 60);

pub fn resolve(rollout: &schema::Rollout, gitops: &Gitops, file: &Path) -> Result<RolloutOptions> {
    let time = |text: &Option<At<String>>, default| match text {
        Some(text) => scalars::duration(text, file),
        None => Ok(default),
    };
    let finish = time(&rollout.finish, FINISH)?;
    Ok(RolloutOptions {
        reporters: match &rollout.reporters {
            None => None,
            Some(schema::Reporters::None(_)) => Some(Vec::new()),
            Some(schema::Reporters::List(list)) => {
                let mut all = Vec::new();
                for reporter in list {
                    all.extend(reporters::resolve(reporter, gitops, finish, file)?);
                }
                Some(all)
            }
        },
        merge: time(&rollout.merge, MERGE)?,
        appear: time(&rollout.appear, APPEAR)?,
        finish,
        settle: time(&rollout.settle, SETTLE)?,
        grace: time(&rollout.grace, GRACE)?,
        superseded: match rollout.superseded {
            schema::Superseded::Fail => OnSuperseded::Fail,
            schema::Superseded::Follow => OnSuperseded::Follow,
        },
    })
}

pub fn checks(checks: &[At<schema::Check>], file: &Path) -> Result<Vec<Check>> {
    let mut resolved: Vec<Check> = Vec::new();
    for check in checks {
        let check = one_check(check, file)?;
        if let Some(first) = resolved.iter().find(|other| other.name == check.name) {
            let message = format!("the name `{}` is taken by line {}", check.name, first.place.line);
            return Err(Diagnostic::new(message).at(check.place).into());
        }
        resolved.push(check);
    }
    Ok(resolved)
}

fn one_check(check: &At<schema::Check>, file: &Path) -> Result<Check> {
    let schema::Check { name, run, timeout, retries, junit } = &check.value;
    if run.value.trim().is_empty() {
        return Err(Diagnostic::new("`run` is empty").at(run.place(file)).into());
    }
    let timeout_or_default = match timeout {
        Some(timeout) => scalars::duration(timeout, file)?,
        None => CHECK_TIMEOUT,
    };
    if let Some(timeout) = timeout.as_ref().filter(|_| timeout_or_default.is_zero()) {
        let message = "a check without any time cannot succeed";
        return Err(Diagnostic::new(message).at(timeout.place(file)).into());
    }
    Ok(Check {
        name: scalars::line(name, file)?,
        run: run.value.clone(),
        timeout: timeout_or_default,
        retries: *retries,
        junit: match junit {
            Some(path) => Some(paths::relative(&path.value, &path.place(file))?.into()),
            None => None,
        },
        place: check.place(file),
    })
}
