//! Whose the name of an application is: the source repository that its descriptor records. A copied
//! pipeline file with the name left as it was would replace another team's application.

use super::ProposeOptions;
use crate::gitops::Deployment;
use crate::release;
use crate::render::{Rendering, USUAL_PLACE};
use crate::vocabulary::Diagnostic;
use crate::vocabulary::repository_url::is_same_repository;

/// Refuses a release from another repository than the one that is deployed or proposed. Whoever
/// recorded none has no claim; whoever has none cannot show that the claim is his.
pub fn refuse_another(
    deployed: Option<&Deployment>,
    proposed: Option<&Deployment>,
    rendering: &Rendering,
    options: &ProposeOptions,
) -> Result<(), Diagnostic> {
    let ours = rendering.release.repository.as_deref();
    let is_ours = |owner: &str| ours.is_some_and(|ours| is_same_repository(ours, owner));
    if options.take_over {
        return Ok(());
    }
    // What is proposed took it over already.
    if owner(proposed).is_some_and(is_ours) {
        return refuse_another_file(proposed, rendering, options);
    }
    let Some(theirs) = owner(proposed).or(owner(deployed)).filter(|owner| !is_ours(owner)) else {
        return refuse_another_file(proposed.or(deployed), rendering, options);
    };
    let name = &rendering.application;
    let (message, hint) = match ours {
        Some(ours) => (
            format!("{name} belongs to {theirs}, and this release comes from {ours}"),
            "give this application another name, or use `--take-over` if it moved to this repository",
        ),
        None => (
            format!("{name} belongs to {theirs}, and this source has no remote that says the same"),
            "add the remote `origin` to the source repository, or use `--take-over`",
        ),
    };
    Err(Diagnostic::refused(message).hint(hint))
}

/// Refuses a release from another pipeline file of the same repository than the one that is deployed or
/// proposed, unless that is gone: then the file was moved.
fn refuse_another_file(
    there: Option<&Deployment>,
    rendering: &Rendering,
    options: &ProposeOptions,
) -> Result<(), Diagnostic> {
    // A folder without a repository has no other file, and a removal is of what is there.
    let (Some(there), Some(source)) = (there, options.source_repository) else { return Ok(()) };
    let [theirs, ours] = [&there.descriptor.inputs.pipeline, &rendering.inputs.pipeline]
        .map(|recorded| recorded.as_deref().unwrap_or(USUAL_PLACE));
    if theirs == ours || !release::is_checked_out(source, theirs) {
        return Ok(());
    }
    let name = &rendering.application;
    let message =
        format!("{name} belongs to {theirs}, and this release comes from {ours} of the same repository");
    Err(Diagnostic::refused(message).hint(format!(
        "give this application another name, or delete {theirs} if it moved; `--take-over` replaces what is deployed"
    )))
}

fn owner(deployment: Option<&Deployment>) -> Option<&str> {
    deployment?.descriptor.release.repository.as_deref()
}
