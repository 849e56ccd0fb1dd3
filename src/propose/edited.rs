//! Files of the GitOps repository that others own too and that a rendering edits: what they become,
//! seen from a base.

use std::path::Path;

use anyhow::Result;
use git2::Oid;

use crate::git::Repository;
use crate::render::{Edit, File, Rendering};
use crate::vocabulary::Diagnostic;
use crate::yaml;

/// A file before and after its edits.
pub struct Edited {
    /// Nothing when there is no such file yet.
    pub before: Option<String>,
    pub after: File,
}

/// Towline does not write through links: what they lead to has other owners, or is elsewhere.
fn refuse_link(repository: &Repository, base: Oid, path: &str) -> Result<()> {
    let Some((link, leads)) = repository.find_link(base, path)? else { return Ok(()) };
    Err(Diagnostic::refused(format!(
        "{link} is a symbolic link to {leads}, and Towline does not write through links"
    ))
    .hint("in `gitops.edits`, name the file that the link leads to")
    .into())
}

/// Every edited file, as it stands at `base` and as it will be.
pub fn files(repository: &Repository, base: Oid, rendering: &Rendering) -> Result<Vec<Edited>> {
    let edited = |edit: &Edit| {
        let path = Path::new(&edit.file);
        let before = repository.read_file(base, &edit.file)?;
        if before.is_none() {
            refuse_link(repository, base, &edit.file)?;
        }
        let before = before.map(|content| yaml::text(content, path)).transpose()?;
        let content = edit.apply(before.as_deref())?.into_bytes();
        Ok(Edited { before, after: File { path: edit.file.clone(), content } })
    };
    rendering.edits.iter().map(edited).collect()
}
