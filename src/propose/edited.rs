//! Files of the GitOps repository that people own and in which a rendering sets values: what they
//! become, seen from a base.

use std::path::Path;

use anyhow::Result;
use git2::Oid;

use crate::error::{Diagnostic, Place};
use crate::git::Repository;
use crate::render::{File, Rendering};
use crate::yaml;

/// A file before and after its edits.
pub struct Edited {
    pub before: String,
    pub after: File,
}

/// Every edited file, as it stands at `base` and as it will be. A file or a value that is not
/// there is an error: to create them is their owners' work.
pub fn files(repository: &Repository, base: Oid, rendering: &Rendering) -> Result<Vec<Edited>> {
    let edited = |edit: &crate::render::Edit| {
        let path = Path::new(&edit.file);
        let Some(content) = repository.read_file(base, &edit.file)? else {
            return Err(Diagnostic::new("the file to edit is not in the GitOps repository")
                .at(Place::file(path))
                .hint("add it there first, or correct `file` in `gitops.edits`")
                .into());
        };
        let before = yaml::text(content, path)?;
        let content = yaml::edit::edit(&before, &edit.set, path)?;
        Ok(Edited { before, after: File { path: edit.file.clone(), content } })
    };
    rendering.edits.iter().map(edited).collect()
}
