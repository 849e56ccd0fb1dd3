//! `environments:`: every stage with its targets, in order, none in another's way.

use std::path::Path;

use anyhow::Result;

use super::{gates, gitops, high_level, leaves, order, paths, rollout, scalars, sources};
use crate::config::schema::{self, PipelineFile};
use crate::config::{Environment, Gitops, MergePolicy, OnFailure, Target, VariableSource};
use crate::vocabulary::{Diagnostic, Place};
use crate::yaml::At;

/// Every environment, behind those it needs.
pub fn resolve_all(pipeline: &PipelineFile, application: &str, file: &Path) -> Result<Vec<Environment>> {
    let written = &pipeline.environments.value;
    if written.is_empty() {
        let message = "`environments` is empty: there is nowhere to go";
        return Err(Diagnostic::new(message).at(pipeline.environments.place(file)).into());
    }
    let names = written.iter().map(|environment| &environment.value.name);
    refuse_duplicates(names, "an environment", file)?;
    let needs = order::needs(written, file)?;
    let mut environments = Vec::new();
    for index in order::order(written, &needs, file)? {
        let context = Context { pipeline, application, file };
        environments.push(context.environment(&written[index], needs[index].clone())?);
    }
    let gitops = &pipeline.gitops;
    let place = |key: &Option<At<String>>| key.as_ref().map_or(gitops.place(file), |key| key.place(file));
    refuse_shared_paths(&environments, place(&gitops.value.path))?;
    refuse_shared_descriptors(&environments, place(&gitops.value.descriptor))?;
    high_level::refuse_shared(&environments, &place(&gitops.value.high_level))?;
    Ok(environments)
}

struct Context<'a> {
    pipeline: &'a PipelineFile,
    application: &'a str,
    file: &'a Path,
}

impl Context<'_> {
    fn environment(&self, written: &At<schema::Environment>, needs: Vec<String>) -> Result<Environment> {
        let file = self.file;
        let environment = &written.value;
        let name = environment.name.value.clone();
        let names: paths::Names = &[("environment", &name), ("application", self.application)];
        let gitops = gitops::resolve(&self.pipeline.gitops, names, file)?;
        let targets = self.targets(environment)?;
        let mut variables: Vec<VariableSource> = sources::resolve(&self.pipeline.variables, file)?;
        variables.extend(sources::resolve(&environment.variables, file)?);
        let on_failure = environment.on_failure.as_ref();
        let overlay = |path: &At<String>| -> Result<_> {
            Ok((paths::relative(&path.value, &path.place(file))?.into(), path.place(file)))
        };
        Ok(Environment {
            place: environment.name.place(file),
            needs,
            targets,
            variables,
            rollout: rollout::resolve(&environment.rollout, &gitops, file)?,
            gitops,
            merge: match environment.merge {
                schema::Merge::Auto => MergePolicy::Auto,
                schema::Merge::Manual => MergePolicy::Manual,
            },
            labels: environment.labels.iter().map(|it| scalars::line(it, file)).collect::<Result<_>>()?,
            reviewers: environment
                .reviewers
                .iter()
                .map(|it| scalars::line(it, file))
                .collect::<Result<_>>()?,
            overlays: environment.overlays.iter().map(overlay).collect::<Result<_>>()?,
            gates: gates::resolve(&environment.gates, &self.pipeline.environments.value, file)?,
            checks: rollout::checks(&environment.checks, file)?,
            on_failure: match on_failure.map(|it| it.value) {
                Some(schema::OnFailure::Rollback) => OnFailure::Rollback,
                Some(schema::OnFailure::Stop) | None => OnFailure::Stop,
            },
            on_failure_place: on_failure.map(|it| it.place(file)),
            secrets_allowed: environment.secrets == schema::Secrets::Allow,
            name,
        })
    }

    fn targets(&self, environment: &schema::Environment) -> Result<Vec<Target>> {
        if let Some(folder) = &environment.targets_from {
            return self.leaves(environment, folder);
        }
        let Some(written) = &environment.targets else {
            return Ok(vec![self.target(environment, &environment.name, &[], false)?]);
        };
        if written.value.is_empty() {
            let message = "`targets` is empty: the environment would go nowhere";
            let hint = "leave `targets` out for one target of the environment's name";
            return Err(Diagnostic::new(message).at(written.place(self.file)).hint(hint).into());
        }
        refuse_duplicates(written.value.iter().map(|it| &it.value.name), "a target", self.file)?;
        let several = written.value.len() > 1;
        let target =
            |it: &At<schema::Target>| self.target(environment, &it.value.name, &it.value.variables, several);
        written.value.iter().map(target).collect()
    }

    fn leaves(&self, environment: &schema::Environment, folder: &At<String>) -> Result<Vec<Target>> {
        if environment.targets.is_some() {
            let message = "an environment has either `targets` or `targetsFrom`";
            return Err(Diagnostic::new(message).at(folder.place(self.file)).into());
        }
        let leaves = leaves::find(folder, &environment.name.value, self.file)?;
        refuse_duplicates(leaves.iter().map(|leaf| &leaf.name), "a target", self.file)?;
        let several = leaves.len() > 1;
        let target = |leaf: leaves::Leaf| {
            let target = self.target(environment, &leaf.name, &[], several)?;
            Ok(Target { variables: leaf.variables, ..target })
        };
        leaves.into_iter().map(target).collect()
    }

    fn target(
        &self,
        environment: &schema::Environment,
        name: &At<String>,
        variables: &[At<schema::VariableSource>],
        several: bool,
    ) -> Result<Target> {
        let names: paths::Names = &[
            ("environment", &environment.name.value),
            ("application", self.application),
            ("target", &name.value),
        ];
        let path = gitops::target_path(&self.pipeline.gitops, names, several, self.file)?;
        Ok(Target { name: name.value.clone(), path, variables: sources::resolve(variables, self.file)? })
    }
}

/// Names are DNS labels, and no two are the same.
fn refuse_duplicates<'a>(names: impl Iterator<Item = &'a At<String>>, what: &str, file: &Path) -> Result<()> {
    let mut seen: Vec<&At<String>> = Vec::new();
    for name in names {
        scalars::dns_label(name, what, file)?;
        if let Some(first) = seen.iter().find(|other| other.value == name.value) {
            let message = format!("the name `{}` is taken by line {}", name.value, first.line);
            return Err(Diagnostic::new(message).at(name.place(file)).into());
        }
        seen.push(name);
    }
    Ok(())
}

/// Two environments or targets in one folder would undo one another's work, and operators apply
/// folders with all that is below.
fn refuse_shared_paths(environments: &[Environment], place: Place) -> Result<()> {
    let mut seen: Vec<(&Environment, &str, &str)> = Vec::new();
    for environment in environments {
        for target in &environment.targets {
            let shared = |(other, _, path): &&(&Environment, &str, &str)| {
                other.gitops.branch == environment.gitops.branch
                    && (paths::is_inside(path, &target.path) || paths::is_inside(&target.path, path))
            };
            if let Some((other, name, path)) = seen.iter().find(shared) {
                let message = format!(
                    "`{}/{}` would go to `{}`, and `{}/{name}` to `{path}`: on one branch, one inside the other",
                    environment.name, target.name, target.path, other.name
                );
                let hint = "use `{{ environment }}` and `{{ target }}` in `gitops.path`";
                return Err(Diagnostic::new(message).at(place).hint(hint).into());
            }
            seen.push((environment, &target.name, &target.path));
        }
    }
    Ok(())
}

fn refuse_shared_descriptors(environments: &[Environment], place: Place) -> Result<()> {
    for (index, environment) in environments.iter().enumerate() {
        let Gitops { branch, descriptor, .. } = &environment.gitops;
        let same =
            |other: &&Environment| other.gitops.branch == *branch && other.gitops.descriptor == *descriptor;
        if let Some(other) = environments[..index].iter().find(same) {
            let message =
                format!("`{}` and `{}` share the descriptor `{descriptor}`", other.name, environment.name);
            let hint = "use `{{ environment }}` in `gitops.descriptor`";
            return Err(Diagnostic::new(message).at(place).hint(hint).into());
        }
    }
    refuse_applied_descriptors(environments, place)
}

/// A descriptor is no manifest, nor is the index of a chart repository; operators would stumble
/// over them.
fn refuse_applied_descriptors(environments: &[Environment], place: Place) -> Result<()> {
    for environment in environments {
        let Gitops { branch, descriptor, package, .. } = &environment.gitops;
        let on_branch = environments.iter().filter(|other| other.gitops.branch == *branch);
        let targets: Vec<_> = on_branch.flat_map(|other| &other.targets).collect();
        let applied = |path: &str| targets.iter().find(|target| paths::is_inside(path, &target.path));
        if let Some(target) = applied(descriptor) {
            let message =
                format!("the descriptor `{descriptor}` stands in `{}`, which operators apply", target.path);
            let hint = "give `gitops.descriptor` a folder of its own";
            return Err(Diagnostic::new(message).at(place).hint(hint).into());
        }
        if let Some((package, target)) = package.as_ref().and_then(|it| Some((it, applied(&it.into)?))) {
            let message = format!(
                "the chart repository `{}` stands in `{}`, which operators apply",
                package.into, target.path
            );
            let hint = "give `gitops.package.into` a folder of its own";
            return Err(Diagnostic::new(message).at(package.place.clone()).hint(hint).into());
        }
    }
    Ok(())
}
