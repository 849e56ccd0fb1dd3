//! Which files of the base a proposal may touch, and what people did there that it would undo.

use anyhow::Result;
use git2::Oid;

use crate::config::is_manifest;
use crate::git::{Edits, Filtered, Repository};
use crate::gitops::{Committed, Deployment};
use crate::render::Rendering;
use crate::render::ownership::{self, Claim, Drift, HandEdit};
use crate::vocabulary::paths::ROOT;
use crate::vocabulary::{Diagnostic, text};

/// So many files are looked at in the root of a branch.
const MOST_IN_ROOT: usize = 100_000;

/// The edits that take the previous rendering away and put this one in its place, and what people
/// did by hand that they undo.
pub fn edits(
    repository: &Repository,
    base: Oid,
    deployed: Option<&Deployment>,
    rendering: &Rendering,
) -> Result<(Edits, Vec<Drift>)> {
    let claim = match deployed {
        Some(deployed) => deployed.claim(repository, &rendering.folders)?,
        None => {
            let descriptors = vec![rendering.descriptor.clone()];
            Claim { descriptors, folders: rendering.folders.clone(), ..Claim::default() }
        }
    };
    refuse_neighbours_in_root(repository, base, &claim, rendering)?;
    let standing = Committed { repository, commit: base };
    let replaced = ownership::replace(&claim, &rendering.files, &standing)?;
    let removed = replaced.stale.into_iter().map(|path| (path, None));
    let written = rendering.files.iter().map(|file| (file.path.clone(), Some(file.content.clone())));
    Ok((removed.chain(written).collect(), replaced.drift))
}

/// An environment whose folder is the root of its branch has everything in it applied. So nobody else may
/// have manifests there.
fn refuse_neighbours_in_root(
    repository: &Repository,
    base: Oid,
    claim: &Claim,
    rendering: &Rendering,
) -> Result<()> {
    if rendering.targets.iter().all(|target| target.path != ROOT) {
        return Ok(());
    }
    let nothing = repository.edit_tree(None, &Edits::new())?;
    let all = repository.differing_paths(nothing, repository.tree_id(base)?, MOST_IN_ROOT)?;
    if all.len() == MOST_IN_ROOT {
        let message = format!("`gitops.path` is the root of a branch with {MOST_IN_ROOT} files or more");
        return Err(Diagnostic::refused(message).hint("set `gitops.path` to a folder").into());
    }
    let is_ours =
        |path: &String| claim.files.contains(path) || rendering.files.iter().any(|file| file.path == *path);
    let is_hidden = |path: &String| path.split('/').any(|part| part.starts_with('.'));
    let others: Vec<&str> = all
        .iter()
        .filter(|path| is_manifest(path) && !is_hidden(path) && !is_ours(path))
        .map(String::as_str)
        .collect();
    if others.is_empty() {
        return Ok(());
    }
    Err(Diagnostic::refused(format!(
        "`gitops.path` is the root of the branch, and operators would apply what else is there: {}",
        text::listed(&others)
    ))
    .hint("give the environment a branch of its own, remove these files, or set `gitops.path` to a folder")
    .into())
}

/// Refuses to write where git would have run a filter.
pub fn refuse_filters(repository: &Repository, base: Oid, rendering: &Rendering) -> Result<()> {
    let written = rendering.files.iter().map(|file| file.path.as_str());
    let edited = rendering.edits.iter().map(|edit| edit.file.as_str());
    let paths: Vec<&str> = written.chain(edited).collect();
    let Some(Filtered { path, filter }) = repository.find_filtered(base, &paths)? else { return Ok(()) };
    Err(Diagnostic::refused(format!(
        "{path} has the filter `{filter}` in .gitattributes, and Towline runs no filters: the file would be \
         committed as it is, neither encrypted nor stored elsewhere"
    ))
    .hint(format!(
        "take the path out with `{} !filter` at the end of .gitattributes, or choose a path without a filter",
        path.rsplit_once('/').map_or("*".to_owned(), |(folder, _)| format!("{folder}/**"))
    ))
    .into())
}

/// Refuses to undo what people did.
pub fn refuse_drift(drift: &[Drift], environment: &str) -> Result<()> {
    match drift.is_empty() {
        true => Ok(()),
        false => Err(drift_in(environment, drift).into()),
    }
}

/// What people did in an environment and a proposal would undo.
pub fn drift_in(environment: &str, drift: &[Drift]) -> Diagnostic {
    let with = |change| {
        let paths = drift.iter().filter(move |drift| drift.change == change);
        paths.map(|drift| drift.path.as_str()).collect::<Vec<_>>()
    };
    let said = [("changed", with(HandEdit::Changed)), ("removed", with(HandEdit::Removed))];
    let said = said.iter().filter(|(_, paths)| !paths.is_empty());
    let said: Vec<_> = said.map(|(what, paths)| format!("{what} by hand: {}", text::listed(paths))).collect();
    Diagnostic::refused(format!("this would undo work of people in {environment}: {}", said.join("; "))).hint(
        "put the change into the templates or variables, and undo it in the GitOps repository; or give it up \
             with `--overwrite-drift`",
    )
}
