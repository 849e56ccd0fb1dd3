//! `formerly:`: what an application, an environment or its files were called before. Only the pipeline
//! file says so; nothing that stands in the GitOps repository gives a right to its files.

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;

use super::gitops::Section;
use super::names;
use super::pattern;
use super::targets::Target;
use crate::vocabulary::paths::Names;
use crate::yaml::At;

/// What an environment was called, and where its files were
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "Formerly")]
pub(super) struct Formerly {
    /// The environment's name
    name: Option<At<String>>,
    /// The folder of its manifests, or one above those of its targets; what `gitops.path` gives with
    /// the old names when absent
    path: Option<At<String>>,
    /// The descriptor's file; what `gitops.descriptor` gives with the old names when absent
    descriptor: Option<At<String>>,
}

/// Where an environment's files come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Former {
    pub application: String,
    pub environment: String,
    /// The descriptor's path in the repository.
    pub descriptor: String,
    /// Where it had its files.
    pub folders: Vec<String>,
}

/// An environment as it is now.
pub(super) struct Now<'a> {
    pub application: &'a str,
    pub environment: &'a At<String>,
    pub branch: &'a str,
    pub targets: &'a [Target],
}

/// What `application` and `formerly` say an environment was, if they say something.
pub(super) fn resolve(
    application: Option<&At<String>>,
    formerly: Option<&At<Formerly>>,
    gitops: &At<Section>,
    now: &Now,
) -> Result<Option<Former>> {
    if application.is_none() && formerly.is_none() {
        return Ok(None);
    }
    let said = formerly.map(|it| &it.value);
    let old_application = application.map_or(now.application, |it| it.as_str());
    let old_name = said.and_then(|it| it.name.as_ref());
    application.map_or(Ok(()), |it| names::check(it, "an application"))?;
    old_name.map_or(Ok(()), |it| names::check(it, "an environment"))?;
    let old_environment = old_name.map_or(now.environment.as_str(), |it| it.as_str());
    let names = [("environment", old_environment), ("application", old_application)];
    let several = now.targets.len() > 1;
    let all_names: Names = &match now.targets {
        [only] => only.names(&names),
        _ => names.to_vec(),
    };
    let old = gitops.resolve(all_names)?;
    if old.branch != now.branch {
        let message =
            format!("`{old_environment}` was on the branch `{}`, not on `{}`", old.branch, now.branch);
        let hint = "files cannot move to another branch in one pull request: deploy first, then take the old \
                    environment out with `towline remove`";
        return Err(old_name.unwrap_or(now.environment).error(message).hint(hint).into());
    }
    let descriptor = match said.and_then(|it| it.descriptor.as_ref()) {
        Some(descriptor) => pattern::in_gitops(descriptor, all_names)?,
        None => old.descriptor,
    };
    let folders = match said.and_then(|it| it.path.as_ref()) {
        Some(path) => vec![pattern::folder_in_gitops(path, all_names)?],
        None => now
            .targets
            .iter()
            .map(|target| gitops.target_path(&target.names(&names), several))
            .collect::<Result<_>>()?,
    };
    let high_levels =
        now.targets.iter().filter_map(|it| gitops.high_level(&it.names(&names), several).transpose());
    let high_levels = high_levels.collect::<Result<Vec<_>>>()?;
    Ok(Some(Former {
        application: old_application.to_owned(),
        environment: old_environment.to_owned(),
        descriptor,
        folders: folders.into_iter().chain(old.high_level).chain(high_levels).collect(),
    }))
}
