//! Recorded: what was proposed or deployed, as a rendering. Rendering is deterministic, so the files that stand in a
//! commit are what would be rendered again; and where the inputs are others by now, they are what was verified.

use anyhow::{Context, Result, anyhow};
use git2::Oid;

use crate::git::Repository;
use crate::gitops::{Deployment, Destination};
use crate::render::descriptor::{EditRecord, TargetRecord};
use crate::render::edits::Change;
use crate::render::{Edit, File, ReleaseInputs, RenderedTarget, Rendering};
use crate::variables::Variables;
use crate::yaml::edit::Path;

/// The rendering that stands in `commit`. Its package is not one of its files: a chart repository keeps its
/// versions.
pub fn rendering(destination: &Destination, deployed: &Deployment, commit: Oid) -> Result<Rendering> {
    let repository = &destination.repository;
    repository.prefetch_folders(commit, deployed.files.iter().map(String::as_str))?;
    let files = deployed.files.iter().map(|path| file(repository, commit, path)).collect::<Result<_>>()?;
    let descriptor = &deployed.descriptor;
    Ok(Rendering {
        application: destination.application.to_owned(),
        environment: destination.environment.name.clone(),
        targets: descriptor.targets.iter().map(target).collect(),
        release: deployed.release(),
        rollback: descriptor.rollback.clone(),
        files,
        high_level: deployed.high_level.clone(),
        folders: destination.environment.folders(),
        edits: descriptor.edits.iter().map(edit).collect::<Result<_>>()?,
        earlier_packages: Vec::new(),
        descriptor: destination.environment.gitops.descriptor.clone(),
        inputs: ReleaseInputs::recorded(&descriptor.inputs),
        ring: descriptor.ring.clone(),
        warnings: Vec::new(),
    })
}

/// The same. Nothing when it edits files of others, or has a chart packaged: the commit does not tell all of
/// these.
pub(super) fn rendering_alone(
    destination: &Destination,
    deployed: &Deployment,
    commit: Oid,
) -> Result<Option<Rendering>> {
    let is_alone = deployed.descriptor.edits.is_empty() && deployed.descriptor.package.is_none();
    is_alone.then(|| rendering(destination, deployed, commit)).transpose()
}

fn target(target: &TargetRecord) -> RenderedTarget {
    RenderedTarget {
        name: target.name.clone(),
        path: target.path.clone(),
        resources: Vec::new(),
        variables: Variables::default(),
    }
}

fn edit(record: &EditRecord) -> Result<Edit> {
    let set = record.set.iter().map(|(path, value)| {
        let parsed: Result<Path, String> = path.parse();
        let parsed = parsed.map_err(|why| anyhow!("cannot set `{path}` in {}: {why}", record.file))?;
        Ok((parsed, value.clone()))
    });
    Ok(Edit { file: record.file.clone(), change: Change::Set(set.collect::<Result<_>>()?) })
}

fn file(repository: &Repository, commit: Oid, path: &str) -> Result<File> {
    let content = repository.read_file(commit, path)?;
    let content = content.with_context(|| format!("commit {commit} lists {path}, which it has not"))?;
    Ok(File { path: path.to_owned(), content })
}
