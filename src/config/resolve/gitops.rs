//! `gitops:`: where the manifests of one environment go, and which forge holds them.

use std::path::Path;

use anyhow::Result;

use super::{edits, package, paths, remote};
use crate::config::{Gitops, schema};
use crate::vocabulary::ForgeKind;
use crate::vocabulary::MergeMethod;
use crate::vocabulary::{Diagnostic, Place};
use crate::yaml::At;

const PATH: &str = "{{ environment }}/{{ application }}";
const DESCRIPTOR: &str = "descriptors/{{ environment }}/{{ application }}.yaml";

/// The GitOps settings as they are for one environment.
pub fn resolve(gitops: &At<schema::Gitops>, names: paths::Names, file: &Path) -> Result<Gitops> {
    let schema::Gitops {
        repository,
        forge,
        branch,
        merge_method,
        descriptor,
        high_level,
        kustomization,
        interop,
        edits,
        package,
        ..
    } = &gitops.value;
    let place = repository.place(file);
    let (repository, forge) = remote::resolve(&repository.value, forge.map(ForgeKind::from), &place)?;
    let edits = edits::resolve(edits, names, file)?;
    Ok(Gitops {
        repository,
        forge,
        branch: match branch {
            Some(branch) => branch_name(branch, names, file)?,
            None => "main".to_owned(),
        },
        merge_method: match merge_method {
            schema::MergeMethod::Merge => MergeMethod::Merge,
            schema::MergeMethod::Squash => MergeMethod::Squash,
            schema::MergeMethod::FastForward => MergeMethod::FastForward,
        },
        descriptor: in_gitops(descriptor.as_ref(), DESCRIPTOR, names, &gitops.place(file), file)?,
        high_level: match high_level {
            Some(path) => Some(in_gitops(Some(path), "", names, &gitops.place(file), file)?),
            None => None,
        },
        kustomization: *kustomization,
        interop: interop.iter().map(|tool| interop_name(*tool).to_owned()).collect(),
        package: package.as_ref().map(|it| package::resolve(it, &edits, names, file)).transpose()?,
        edits,
        place: gitops.place(file),
    })
}

/// The folder of one target. Where there are several, each needs one of its own.
pub fn target_path(
    gitops: &At<schema::Gitops>,
    names: paths::Names,
    several: bool,
    file: &Path,
) -> Result<String> {
    let place = match &gitops.value.path {
        Some(path) => path.place(file),
        None => gitops.place(file),
    };
    let mut pattern = gitops.value.path.as_ref().map_or(PATH, |path| &path.value).to_owned();
    if several && !paths::placeholders(&pattern).any(|name| name == "target") {
        pattern.push_str("/{{ target }}");
    }
    paths::in_gitops(&paths::expand(&pattern, names, &place)?, &place)
}

fn in_gitops(
    written: Option<&At<String>>,
    default: &str,
    names: paths::Names,
    gitops: &Place,
    file: &Path,
) -> Result<String> {
    let (pattern, place) = match written {
        Some(path) => (path.value.as_str(), path.place(file)),
        None => (default, gitops.clone()),
    };
    paths::in_gitops(&paths::expand(pattern, names, &place)?, &place)
}

fn branch_name(branch: &At<String>, names: paths::Names, file: &Path) -> Result<String> {
    let place = branch.place(file);
    let name = paths::expand(&branch.value, names, &place)?;
    if git2::Branch::name_is_valid(&name).unwrap_or(false) {
        return Ok(name);
    }
    let message = format!("`{}` is not a name for a branch", name.escape_debug());
    Err(Diagnostic::new(message).at(place).hint("without `refs/heads/`").into())
}

fn interop_name(tool: schema::Interop) -> &'static str {
    match tool {
        schema::Interop::Kalypso => "kalypso",
        schema::Interop::Hydrator => "hydrator",
    }
}

impl From<schema::Forge> for ForgeKind {
    fn from(forge: schema::Forge) -> Self {
        match forge {
            schema::Forge::Local => Self::Local,
            schema::Forge::Github => Self::GitHub,
            schema::Forge::AzureDevOps => Self::AzureDevOps,
            schema::Forge::Gitlab => Self::GitLab,
            schema::Forge::Gitea => Self::Gitea,
        }
    }
}
