//! `gitops.highLevel`: its folders stand where no operator looks, and each environment has its own.

use anyhow::Result;

use super::paths::is_inside;
use crate::config::Environment;
use crate::vocabulary::{Diagnostic, Place};

/// Refuses a folder in another's way, on the same branch.
pub fn refuse_shared(environments: &[Environment], place: &Place) -> Result<()> {
    let overlap = |a: &str, b: &str| is_inside(a, b) || is_inside(b, a);
    for (index, environment) in environments.iter().enumerate() {
        let Some(folder) = &environment.gitops.high_level else { continue };
        let on_branch = |other: &&Environment| other.gitops.branch == environment.gitops.branch;
        let mut targets = environments.iter().filter(on_branch).flat_map(|other| &other.targets);
        if let Some(target) = targets.find(|target| overlap(folder, &target.path)) {
            let message = format!(
                "the high-level files in `{folder}` and the manifests in `{}` share a folder",
                target.path
            );
            let hint = "give `gitops.highLevel` a folder that operators do not apply";
            return Err(Diagnostic::new(message).at(place.clone()).hint(hint).into());
        }
        let same = |other: &&Environment| {
            other.gitops.high_level.as_ref().is_some_and(|theirs| overlap(folder, theirs))
        };
        if let Some(other) = environments[..index].iter().filter(on_branch).find(same) {
            let message =
                format!("`{}` and `{}` share the high-level folder `{folder}`", other.name, environment.name);
            let hint = "use `{{ environment }}` in `gitops.highLevel`";
            return Err(Diagnostic::new(message).at(place.clone()).hint(hint).into());
        }
    }
    Ok(())
}
