//! Paths that git passes through a filter (git-crypt, LFS) on the way into the repository. Towline
//! writes objects without a checkout, so it runs no filters: what would have to be encrypted would be
//! committed as plain text.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};
use git2::{AttrCheckFlags, AttrValue, Oid};

use super::repository::Repository;
use crate::scratch::{Folder, write};

/// The file in which filters are declared, in any folder.
pub(super) const ATTRIBUTES: &str = ".gitattributes";

/// A path, and the name of its filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filtered {
    pub path: String,
    pub filter: String,
}

impl Repository {
    /// The first of the paths that has a filter according to the `.gitattributes` of `commit`.
    pub fn find_filtered(&self, commit: Oid, paths: &[&str]) -> Result<Option<Filtered>> {
        let above = paths.iter().flat_map(|path| Path::new(path).ancestors().skip(1));
        let files = above.map(|folder| folder.join(ATTRIBUTES).to_string_lossy().into_owned());
        let files: BTreeSet<String> = files.collect();
        self.prefetch(commit, files.iter().map(String::as_str))?;
        let mut found = Vec::new();
        for file in &files {
            found.extend(self.read_file(commit, file)?.map(|content| (file, content)));
        }
        let is_about_filters = |content: &[u8]| content.windows(6).any(|word| word == b"filter");
        match found.iter().any(|(_, content)| is_about_filters(content)) {
            true => first_filtered(&found, paths).context("cannot read .gitattributes"),
            false => Ok(None),
        }
    }
}

/// libgit2 knows the rules and macros of these files, but reads them from a checkout only.
fn first_filtered(attributes: &[(&String, Vec<u8>)], paths: &[&str]) -> Result<Option<Filtered>> {
    let scratch = Folder::new()?;
    let git = git2::Repository::init(scratch.path())?;
    for (path, content) in attributes {
        write(&scratch.path().join(path), content)?;
    }
    for path in paths {
        let value = git.get_attr(Path::new(path), "filter", AttrCheckFlags::FILE_THEN_INDEX)?;
        if let AttrValue::String(filter) = AttrValue::from_string(value) {
            return Ok(Some(Filtered { path: (*path).to_owned(), filter: filter.to_owned() }));
        }
    }
    Ok(None)
}
