//! The tree that a commit of the base branch has with a rendering in place of what is deployed there.

use anyhow::Result;
use git2::Oid;

use super::{edited, ownership};
use crate::git::{Edits, Repository};
use crate::gitops::Deployment;
use crate::render::Rendering;
use crate::render::ownership::Drift;

/// The tree of `base` with the rendering in place of what is deployed there, and what that undoes of
/// what people did by hand.
pub fn tree_on(
    repository: &Repository,
    base: Oid,
    deployed: Option<&Deployment>,
    rendering: &Rendering,
) -> Result<(Oid, Vec<Drift>)> {
    // These come first, because they know better why a chart cannot be released again.
    let edited = edited::files(repository, base, rendering)?;
    let (mut edits, drift) = ownership::edits(repository, base, deployed, rendering)?;
    edits.extend(edited.into_iter().map(|file| (file.after.path, Some(file.after.content))));
    Ok((repository.edit_tree(Some(repository.tree_id(base)?), &edits)?, drift))
}

/// Whether `tree` differs from the tree of `base` by the rendering's descriptor alone.
pub fn is_record_only(repository: &Repository, base: Oid, tree: Oid, rendering: &Rendering) -> Result<bool> {
    let record = rendering.files.iter().filter(|file| file.path == rendering.descriptor);
    let record: Edits = record.map(|file| (file.path.clone(), Some(file.content.clone()))).collect();
    repository.differs_by(repository.tree_id(base)?, tree, &record)
}
