//! Repropose: a proposal that conflicts with its base, put onto the new base from what stands on its own
//! branch. Rendering is deterministic, so the files there are what would be rendered again, and
//! whoever only awaits a proposal needs neither templates nor release to keep it mergeable.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};
use git2::Oid;

use super::current_state::by_people;
use super::{Proposal, propose};
use crate::clock::Clock;
use crate::config::Environment;
use crate::forge::{Forge, PullRequest};
use crate::git::Repository;
use crate::release::{self, Release};
use crate::render::descriptor::Descriptor;
use crate::render::{File, RenderedTarget, Rendering};
use crate::variables::Variables;

/// Where the proposal is.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    pub repository: &'a Repository,
    pub forge: &'a dyn Forge,
    pub clock: &'a dyn Clock,
    pub environment: &'a Environment,
}

/// Proposes once more what `pull` proposes. Nothing where its branch does not tell all of it: people
/// have committed there, it edits files of others, which are other files by now, or it holds
/// secrets, which only the variables tell from other values.
pub fn repropose(request: &Request, pull: &PullRequest) -> Result<Option<Proposal>> {
    let Request { repository, forge, clock, environment } = *request;
    if environment.secrets_allowed || has_peoples_commits(request, pull)? {
        return Ok(None);
    }
    let Some(rendering) = rendering(repository, pull.head_commit, environment)? else { return Ok(None) };
    let allow_older = was_older(request, pull.head_commit, &rendering.release)?;
    let request = super::Request {
        repository,
        forge,
        clock,
        environment,
        rendering: &rendering,
        source_repository: None,
        force: false,
        allow_older,
    };
    propose(&request).map(Some)
}

fn has_peoples_commits(request: &Request, pull: &PullRequest) -> Result<bool> {
    let base = request.repository.branch_tip(&request.environment.gitops.branch)?;
    let commits = request.repository.commits_since(base, pull.head_commit)?;
    Ok(!by_people(request.repository, commits)?.is_empty())
}

/// Whether what it was proposed to take the place of was newer: then somebody wanted it so.
fn was_older(request: &Request, head: Oid, proposed: &Release) -> Result<bool> {
    let Request { repository, environment, .. } = *request;
    let Some(&below) = repository.parents(head)?.first() else { return Ok(false) };
    let path = &environment.gitops.descriptor;
    let Some(text) = repository.read_file(below, path)? else { return Ok(false) };
    let deployed = Descriptor::read(&String::from_utf8_lossy(&text), Path::new(path))?.into_release();
    Ok(release::order(proposed, &deployed, None) == Some(Ordering::Less))
}

/// The rendering that stands in `commit`.
fn rendering(repository: &Repository, commit: Oid, environment: &Environment) -> Result<Option<Rendering>> {
    let path = &environment.gitops.descriptor;
    let Some(text) = repository.read_file(commit, path)? else { return Ok(None) };
    let descriptor = Descriptor::read(&String::from_utf8_lossy(&text), Path::new(path))?;
    if !descriptor.edits.is_empty() || descriptor.package.is_some() {
        return Ok(None);
    }
    let high_level: BTreeSet<String> = descriptor.high_level_files().collect();
    let mut paths: BTreeSet<String> = descriptor.files().chain(high_level.iter().cloned()).collect();
    paths.insert(path.clone());
    repository.prefetch_folders(commit, paths.iter().map(String::as_str))?;
    let files = paths.into_iter().map(|path| file(repository, commit, path)).collect::<Result<_>>()?;
    let target = |target: &crate::render::descriptor::TargetRecord| RenderedTarget {
        name: target.name.clone(),
        path: target.path.clone(),
        resources: Vec::new(),
        variables: Variables::default(),
    };
    Ok(Some(Rendering {
        application: descriptor.application.name.clone(),
        environment: descriptor.environment.clone(),
        targets: descriptor.targets.iter().map(target).collect(),
        release: descriptor.into_release(),
        files,
        high_level,
        edits: Vec::new(),
        earlier_packages: Vec::new(),
        descriptor: path.clone(),
        warnings: Vec::new(),
    }))
}

fn file(repository: &Repository, commit: Oid, path: String) -> Result<File> {
    let content = repository.read_file(commit, &path)?;
    let content = content.with_context(|| format!("commit {commit} lists {path}, which it has not"))?;
    Ok(File { path, content })
}
