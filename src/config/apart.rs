//! No environment is in another's way: on one branch, each has folders, files and reporters of its own.

use anyhow::Result;

use super::environment::Environment;
use super::gitops::{Gitops, Section};
use super::targets::Target;
use crate::vocabulary::paths::{ROOT, is_inside};
use crate::vocabulary::{Diagnostic, Place};
use crate::yaml::At;

/// Refuses environments that share what each must have of its own.
pub(super) fn check(environments: &[Environment], gitops: &At<Section>) -> Result<()> {
    let place = |key: &Option<At<String>>| key.as_ref().map_or(&gitops.place, |key| &key.place).clone();
    refuse_shared_paths(environments, place(&gitops.path))?;
    refuse_shared_descriptors(environments, place(&gitops.descriptor))?;
    refuse_applied_files(environments, place(&gitops.descriptor))?;
    refuse_files_of_others(environments)?;
    refuse_shared_high_level(environments, place(&gitops.high_level))?;
    refuse_nameless_reporters(environments)?;
    refuse_shared_reporters(environments)
}

fn overlap(one: &str, other: &str) -> bool {
    is_inside(one, other) || is_inside(other, one)
}

/// Whether operators take a file for a manifest, by its name.
pub fn is_manifest(path: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|end| path.ends_with(end))
}

fn on_branch<'a>(environments: &'a [Environment], branch: &str) -> impl Iterator<Item = &'a Environment> {
    environments.iter().filter(move |other| other.gitops.branch == branch)
}

/// The target of some environment whose operators apply the path.
fn applied<'a>(path: &str, environments: &'a [Environment], branch: &str) -> Option<&'a Target> {
    let mut targets = on_branch(environments, branch).flat_map(|other| &other.targets);
    targets.find(|target| is_inside(path, &target.path))
}

/// Two environments or targets in one folder would undo one another's work, and operators apply
/// folders with all that is below.
fn refuse_shared_paths(environments: &[Environment], place: Place) -> Result<()> {
    let mut seen: Vec<(&Environment, &Target)> = Vec::new();
    for environment in environments {
        for target in &environment.targets {
            let shared = |(other, there): &&(&Environment, &Target)| {
                other.gitops.branch == environment.gitops.branch && overlap(&there.path, &target.path)
            };
            if let Some((other, there)) = seen.iter().find(shared) {
                let message = format!(
                    "`{}/{}` would go to `{}`, and `{}/{}` to `{}`: on one branch, one inside the other",
                    environment.name, *target.name, target.path, other.name, *there.name, there.path
                );
                let hint = match [&there.path, &target.path].contains(&&ROOT.to_owned()) {
                    true => {
                        "give each environment whose `path` is `.` a branch of its own: `branch: env/{{ environment }}`"
                    }
                    false => "use `{{ environment }}` and `{{ target }}` in `gitops.path`",
                };
                return Err(Diagnostic::new(message).at(place).hint(hint).into());
            }
            seen.push((environment, target));
        }
    }
    Ok(())
}

fn refuse_shared_descriptors(environments: &[Environment], place: Place) -> Result<()> {
    for (index, environment) in environments.iter().enumerate() {
        let Gitops { branch, descriptor, .. } = &environment.gitops;
        let same = |other: &&Environment| other.gitops.descriptor == *descriptor;
        if let Some(other) = on_branch(&environments[..index], branch).find(same) {
            let message =
                format!("`{}` and `{}` share the descriptor `{descriptor}`", other.name, environment.name);
            let hint = "use `{{ environment }}` in `gitops.descriptor`";
            return Err(Diagnostic::new(message).at(place).hint(hint).into());
        }
    }
    Ok(())
}

/// A descriptor is no manifest, nor is the index of a chart repository; operators would stumble
/// over them.
fn refuse_applied_files(environments: &[Environment], place: Place) -> Result<()> {
    for environment in environments {
        let Gitops { branch, descriptor, package, .. } = &environment.gitops;
        let applied = |path: &str| applied(path, environments, branch);
        let target = applied(descriptor).filter(|target| {
            // In the root, what operators take for a manifest tells it from one.
            target.path != ROOT || (is_manifest(descriptor) && !environment.gitops.kustomization)
        });
        if let Some(target) = target {
            let message =
                format!("the descriptor `{descriptor}` is in `{}`, which operators apply", target.path);
            let hint = match target.path.as_str() {
                ROOT => {
                    "write `descriptor: .towline/{{ environment }}/{{ application }}`, which operators take for no manifest"
                }
                _ => "set `gitops.descriptor` to a separate folder",
            };
            return Err(Diagnostic::new(message).at(place).hint(hint).into());
        }
        if let Some((package, target)) = package.as_ref().and_then(|it| Some((it, applied(&it.into)?))) {
            let message = format!(
                "the chart repository `{}` is in `{}`, which operators apply",
                *package.into, target.path
            );
            let hint = "set `gitops.package.into` to a separate folder";
            return Err(package.error(message).hint(hint).into());
        }
    }
    Ok(())
}

/// `formerly` gives a right to delete, so not to what another environment has.
fn refuse_files_of_others(environments: &[Environment]) -> Result<()> {
    for environment in environments {
        let Some(former) = &environment.former else { continue };
        let others = on_branch(environments, &environment.gitops.branch);
        for other in others.filter(|other| other.name != environment.name) {
            let theirs = other.targets.iter().map(|target| &target.path).chain(other.high_level_folders());
            let shared = |path: &&String| former.folders.iter().any(|folder| overlap(folder, path));
            if let Some(path) = theirs.into_iter().find(shared) {
                let message =
                    format!("`formerly` of `{}` is where `{}` has `{path}`", environment.name, other.name);
                return Err(Diagnostic::new(message).at(environment.place.clone()).into());
            }
        }
    }
    Ok(())
}

/// High-level files stand where no operator looks.
fn refuse_shared_high_level(environments: &[Environment], place: Place) -> Result<()> {
    for (index, environment) in environments.iter().enumerate() {
        let branch = &environment.gitops.branch;
        let applied = |folder: &String| {
            let mut targets = on_branch(environments, branch).flat_map(|other| &other.targets);
            targets.find(|target| overlap(folder, &target.path))
        };
        let mut folders = environment.high_level_folders();
        if let Some((folder, target)) = folders.find_map(|folder| Some((folder, applied(folder)?))) {
            let message = format!(
                "the high-level files in `{folder}` and the manifests in `{}` share a folder",
                target.path
            );
            let hint = "set `gitops.highLevel` to a folder that operators do not apply";
            return Err(Diagnostic::new(message).at(place).hint(hint).into());
        }
        let same = |other: &&Environment| {
            let mut ours = environment.high_level_folders();
            ours.any(|our| other.high_level_folders().any(|their| overlap(our, their)))
        };
        if let Some(other) = on_branch(&environments[..index], branch).find(same) {
            let message = format!("`{}` and `{}` share a high-level folder", other.name, environment.name);
            let hint = "use `{{ environment }}` in `gitops.highLevel`";
            return Err(Diagnostic::new(message).at(place).hint(hint).into());
        }
    }
    Ok(())
}

/// Operators report on every commit of a branch, so what one environment waits for must not be what
/// another's clusters write.
fn refuse_shared_reporters(environments: &[Environment]) -> Result<()> {
    for (index, environment) in environments.iter().enumerate() {
        for other in on_branch(&environments[..index], &environment.gitops.branch) {
            let Some(context) = shared_context(environment, other) else { continue };
            let branch = &environment.gitops.branch;
            let message = format!(
                "`{}` and `{}` are on the branch {branch}, and both wait for `{context}`: a report of one \
                 would count for the other",
                other.name, environment.name
            );
            let place = environment.rollout.place.clone().unwrap_or_else(|| environment.place.clone());
            let hint = "give each environment reporters of its own: resources of different names, clusters by name \
                        (`flux: {kustomization: NAME, targets: {TARGET: CLUSTER}}`), or a branch for each environment";
            return Err(Diagnostic::new(message).at(place).hint(hint).into());
        }
    }
    Ok(())
}

/// A pattern of one environment that may match what the other waits for.
fn shared_context<'a>(environment: &'a Environment, other: &'a Environment) -> Option<&'a str> {
    let theirs = || other.rollout.reporters.iter().flatten();
    let mut ours = environment.rollout.reporters.iter().flatten();
    let shared = ours.find(|our| theirs().any(|their| our.contexts.overlap(&their.contexts)))?;
    Some(shared.contexts.shown())
}

/// A reporter whose contexts name no resource reports about all environments of the branch.
fn refuse_nameless_reporters(environments: &[Environment]) -> Result<()> {
    for environment in environments {
        let mut reporters = environment.rollout.reporters.iter().flatten();
        let Some(nameless) = reporters.find(|reporter| !reporter.names_resource()) else { continue };
        let mut others = on_branch(environments, &environment.gitops.branch);
        let Some(other) = others.find(|other| other.name != environment.name) else { continue };
        let message = format!(
            "`{}` names no environment, and `{}` is on the branch {} too: its reports would count for `{}`",
            nameless.contexts.shown(),
            other.name,
            environment.gitops.branch,
            environment.name
        );
        let place = environment.rollout.place.clone().unwrap_or_else(|| environment.place.clone());
        let hint = "use a branch for each environment (`gitops.branch: \"env/{{ environment }}\"`), or a reporter that \
                    names what it is about (`flux`, `argocd`)";
        return Err(Diagnostic::new(message).at(place).hint(hint).into());
    }
    Ok(())
}
