//! Texts that may use `{{ environment }}` and the like, filled in.

use anyhow::Result;

use crate::vocabulary::paths::{self, Names};
use crate::yaml::At;

pub fn expand(pattern: &At<String>, names: Names) -> Result<String> {
    Ok(paths::expand(pattern, names).map_err(|refused| refused.at(pattern.place.clone()))?)
}

/// A folder in the GitOps repository, which may be its root.
pub fn folder_in_gitops(pattern: &At<String>, names: Names) -> Result<String> {
    let path = expand(pattern, names)?;
    Ok(paths::folder_in_gitops(&path).map_err(|refused| refused.at(pattern.place.clone()))?)
}

/// A path in the GitOps repository.
pub fn in_gitops(pattern: &At<String>, names: Names) -> Result<String> {
    let path = expand(pattern, names)?;
    Ok(paths::in_gitops(&path).map_err(|refused| refused.at(pattern.place.clone()))?)
}
