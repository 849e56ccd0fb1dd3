//! Needs: what an environment waits for.

use anyhow::Result;

use super::open::open;
use super::result::EnvironmentResult;
use super::same_release;
use super::stage::Stage;
use crate::rollout::verdict::{self, Standing};
use crate::vocabulary::Outcome;

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
