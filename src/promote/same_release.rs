//! Whether what an earlier environment verified is what is about to be deployed. Version, commit and
//! images may be the same and the files still not.

use anyhow::Result;
use git2::Oid;

use crate::gitops::Destination;
use crate::release::Release;
use crate::render::Rendering;
use crate::vocabulary::text::listed;

/// Why a release goes to no environment that needs another one, if it does not.
pub fn why_not_further(release: &Release) -> Option<String> {
    let version = &release.version;
    release.is_dirty().then(|| {
        format!(
            "release {version} has files that are not committed, and goes to no environment that needs \
             another one"
        )
    })
}

/// Why what `commit` deployed in an environment is not what `rendering` is made from, if it is not.
pub fn why_another(destination: &Destination, commit: Oid, rendering: &Rendering) -> Result<Option<String>> {
    let Some(verified) = destination.deployment(commit)? else { return Ok(None) };
    let version = &rendering.release.version;
    let environment = &destination.environment.name;
    let another = rendering.inputs.difference(&verified.descriptor.inputs).map(|names| {
        let what = match verified.descriptor.inputs.release {
            Some(_) => format!("other inputs ({})", listed(&names)),
            None => "inputs that were not recorded, by an older version of Towline".to_owned(),
        };
        format!(
            "environment `{environment}` verified {version} with {what}; run `towline promote --to \
             {environment} {}` first, or go back to the files that were verified",
            rendering.release.arguments()
        )
    });
    Ok(another)
}
