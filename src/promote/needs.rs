//! Needs: what an environment waits for.

use anyhow::Result;

use super::open::open;
use super::result::EnvironmentResult;
use super::same_release;
use super::stage::Stage;
use crate::config::Environment;
use crate::gitops::Destinations;
use crate::release::Release;
use crate::rollout::verdict::{self, Standing};
use crate::vocabulary::Outcome;
use crate::vocabulary::text::{code_span, one_line};

/// What an environment needs and has not: with `once`, an environment that is not finished; else
/// one that this release was never verified in.
pub fn waits_for(stage: &Stage, results: &[EnvironmentResult]) -> Result<Option<EnvironmentResult>> {
    let (request, environment) = (stage.request, stage.destination.environment);
    let refused = |reason| Ok(Some(EnvironmentResult::new(&environment.name, Outcome::Refused, reason)));
    for need in &environment.needs {
        if results.iter().any(|result| result.environment == *need && result.outcome == Outcome::Unfinished) {
            let reason = format!("waits for environment `{need}`");
            return Ok(Some(EnvironmentResult::new(&environment.name, Outcome::Unfinished, reason)));
        }
        if let Some(reason) = same_release::why_not_further(request.release) {
            return refused(reason);
        }
        let destination = open(request.destinations, request.destinations.pipeline.environment(need)?)?;
        let version = &request.release.version;
        let (why, flag) = match verdict::standing(&destination, request.release)? {
            Standing::Verified(commit) => {
                match same_release::why_another(&destination, commit, &stage.rendering)? {
                    Some(reason) => return refused(reason),
                    None => continue,
                }
            }
            Standing::Withdrawn(withdrawal) => (withdrawal.describe(), " --again"),
            Standing::RolledBack(why) => (why, " --release-hold"),
            Standing::Not(why) => (why, ""),
        };
        return refused(format!(
            "release {version} is not verified in environment `{need}`, which `{}` needs: {why}; run \
             `towline promote --to {need} {}{flag}` first",
            environment.name,
            request.release.arguments()
        ));
    }
    Ok(None)
}

/// What the environments before say of the release, for people who read its proposal. Whatever keeps one
/// from answering is told, and keeps nothing from being proposed.
pub fn told(destinations: &Destinations, environment: &Environment, release: &Release) -> Vec<String> {
    let line = |need: &String| {
        let said =
            asked(destinations, need, release).unwrap_or_else(|error| format!("cannot be asked: {error:#}"));
        format!("{}: {}", code_span(need), code_span(&one_line(&said)))
    };
    environment.needs.iter().map(line).collect()
}

fn asked(destinations: &Destinations, need: &str, release: &Release) -> Result<String> {
    let destination = open(destinations, destinations.pipeline.environment(need)?)?;
    Ok(match verdict::standing(&destination, release)? {
        Standing::Verified(commit) => match verdict::latest(&destination, commit)? {
            Some(verdict) => {
                let at = verdict.created_at.strftime("%Y-%m-%d %H:%M UTC");
                format!("{} ({at})", verdict.description)
            }
            None => "verified".to_owned(),
        },
        Standing::Withdrawn(withdrawal) => format!("not verified: {}", withdrawal.describe()),
        Standing::RolledBack(why) | Standing::Not(why) => format!("not verified: {why}"),
    })
}
