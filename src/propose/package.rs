//! Promoting a chart: what an environment gets is, byte for byte, what the one before it got.

use anyhow::Result;
use git2::{ObjectType, Oid};

use crate::chart::Package;
use crate::git::Repository;
use crate::render::edits::Change;
use crate::render::{EarlierPackage, Rendering};
use crate::vocabulary::Diagnostic;

/// An error when an earlier environment has another chart under this version. Packages are made
/// from the source each time; a checkout with other files would go unnoticed.
pub fn refuse_another(repository: &Repository, rendering: &Rendering) -> Result<()> {
    for edit in &rendering.edits {
        let Change::AddPackage(package) = &edit.change else { continue };
        let ours = Oid::hash_object(ObjectType::Blob, &package.bytes)?;
        for earlier in &rendering.earlier_packages {
            let Some(tip) = repository.find_branch(&earlier.branch)? else { continue };
            let theirs = repository.entry_id(tip, &earlier.path)?;
            if theirs.is_some_and(|theirs| theirs != ours) {
                return Err(refusal(package, earlier).into());
            }
        }
    }
    Ok(())
}

fn refusal(package: &Package, earlier: &EarlierPackage) -> Diagnostic {
    let (Package { name, version, .. }, EarlierPackage { environment, path, .. }) = (package, earlier);
    Diagnostic::refused(format!(
        "{name} {version} differs from the chart that {environment} has under this version: {path} has different content"
    ))
    .hint(format!(
        "check out the commit that {environment} was released from, or release this chart under a new version"
    ))
}
