//! `rings:`, the order in which a change reaches the targets of an environment.

use anyhow::Result;

use super::gitops::Gitops;
use super::targets::Target;
use crate::vocabulary::nearest;
use crate::yaml::At;

/// `[[canary], [eu, us]]`
pub(super) type Written = At<Vec<At<Vec<At<String>>>>>;

/// The names of the targets, ring by ring. Each target is in one.
pub(super) fn resolve(
    written: Option<Written>,
    targets: &[Target],
    gitops: &Gitops,
) -> Result<Vec<Vec<String>>> {
    let Some(rings) = written else { return Ok(Vec::new()) };
    if let Some(what) = has_more_than_targets(gitops, targets) {
        return Err(rings.error(format!("`rings` in an environment with `{what}`"))
            .hint("all of that would change with the first ring: make an environment of each ring, with `needs`")
            .into());
    }
    let names: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
    let mut seen: Vec<&At<String>> = Vec::new();
    for ring in rings.iter() {
        if ring.is_empty() {
            return Err(ring.error("the ring is empty").hint("list its targets, or remove it").into());
        }
        for name in ring.iter() {
            if !names.contains(&name.as_str()) {
                let error = name.error(format!("there is no target `{}`", name.escape_debug()));
                let hint = match nearest(name, names.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there are: {}", names.join(", ")),
                };
                return Err(error.hint(hint).into());
            }
            if let Some(before) = seen.iter().find(|before| before.value == name.value) {
                let message =
                    format!("the target `{}` is in a ring already, see line {}", **name, before.place.line);
                return Err(name.error(message).hint("list each target once").into());
            }
            seen.push(name);
        }
    }
    match names.iter().find(|name| !seen.iter().any(|one| one.as_str() == **name)) {
        Some(missing) => Err(rings
            .error(format!("the target `{missing}` is in no ring"))
            .hint("add it to one: a target in no ring would never change")
            .into()),
        None => Ok(rings
            .value
            .into_iter()
            .map(|ring| ring.value.into_iter().map(|it| it.value).collect())
            .collect()),
    }
}

/// What an environment has in the GitOps repository beside the folders of its targets.
fn has_more_than_targets(gitops: &Gitops, targets: &[Target]) -> Option<&'static str> {
    let has_high_level =
        gitops.high_level.is_some() || targets.iter().any(|target| target.high_level.is_some());
    [
        (has_high_level, "highLevel"),
        (!gitops.edits.is_empty(), "edits"),
        (gitops.package.is_some(), "package"),
    ]
    .into_iter()
    .find_map(|(has_it, what)| has_it.then_some(what))
}
