//! Files of the GitOps repository that others own too and that a rendering edits: what they become,
//! seen from a base.

use std::path::Path;

use anyhow::Result;
use git2::Oid;

use crate::git::Repository;
use crate::render::{Edit, File, Rendering};
use crate::yaml;

/// A file before and after its edits.
pub struct Edited {
    /// Nothing when there is no such file yet.
    pub before: Option<String>,
    pub after: File,
}

/// Every edited file, as it stands at `base` and as it will be.
pub fn files(repository: &Repository, base: Oid, rendering: &Rendering) -> Result<Vec<Edited>> {
    let edited = |edit: &Edit| {
        let path = Path::new(&edit.file);
        let before = repository.read_file(base, &edit.file)?;
        let before = before.map(|content| yaml::text(content, path)).transpose()?;
        let content = edit.apply(before.as_deref())?.into_bytes();
        Ok(Edited { before, after: File { path: edit.file.clone(), content } })
    };
    rendering.edits.iter().map(edited).collect()
}
