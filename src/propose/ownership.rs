//! Which files a proposal may touch: those that the previous descriptor lists, and those that are
//! not there yet.

use anyhow::Result;
use git2::{ObjectType, Oid};

use crate::git::{Edits, Repository};
use crate::gitops::Deployment;
use crate::render::Rendering;
use crate::vocabulary::Diagnostic;

/// The edits that take the previous rendering away and put this one in its place.
pub fn edits(
    repository: &Repository,
    base: Oid,
    deployed: Option<&Deployment>,
    rendering: &Rendering,
) -> Result<Edits> {
    let owned = |path: &str| deployed.is_some_and(|deployed| deployed.files.contains(path));
    let mut in_the_way = Vec::new();
    for file in rendering.files.iter().filter(|file| !owned(&file.path)) {
        let existing = repository.entry_id(base, &file.path)?;
        if existing.is_some() && existing != Some(Oid::hash_object(ObjectType::Blob, &file.content)?) {
            in_the_way.push(file.path.as_str());
        }
    }
    if !in_the_way.is_empty() {
        return Err(refusal(&in_the_way, rendering).into());
    }
    let removed = deployed.into_iter().flat_map(|deployed| &deployed.files).map(|path| (path.clone(), None));
    let written = rendering.files.iter().map(|file| (file.path.clone(), Some(file.content.clone())));
    Ok(removed.chain(written).collect())
}

fn refusal(paths: &[&str], rendering: &Rendering) -> Diagnostic {
    const SHOWN: usize = 5;
    let mut list = paths.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    if paths.len() > SHOWN {
        list += &format!(" and {} more", paths.len() - SHOWN);
    }
    Diagnostic::refused(format!("already in the GitOps repository, and not owned by Towline: {list}")).hint(
        format!(
            "remove or move it, or change `gitops.path`; Towline overwrites only files that {} lists",
            rendering.descriptor
        ),
    )
}
