//! Paths inside the folder of the pipeline file, or of a step.

use std::path::{Component, Path, PathBuf};

use anyhow::{Result, bail};

/// `path` seen from `folder`, without `.` and `..`; an error when it leads out of the root, which
/// `folder` is relative to.
pub fn join(folder: &Path, path: &str) -> Result<PathBuf> {
    match join_above(folder, path, 0) {
        Some(joined) => Ok(joined),
        None => bail!("{path} is outside the folder of the pipeline file"),
    }
}

/// As [`join`], but the path may lead `above` folders out of the root: it begins with a `..` for each.
pub fn join_above(folder: &Path, path: &str, above: usize) -> Option<PathBuf> {
    let mut joined: PathBuf = folder.components().filter(|part| *part != Component::CurDir).collect();
    for component in Path::new(path).components() {
        match component {
            Component::Normal(name) => joined.push(name),
            Component::CurDir => {}
            Component::ParentDir if joined.file_name().is_some() => {
                joined.pop();
            }
            Component::ParentDir if joined.components().count() < above => joined.push(".."),
            _ => return None,
        }
    }
    Some(joined)
}

/// A relative path without `.`, and with `..` at its beginning only.
pub fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir if normal.file_name().is_some() => {
                normal.pop();
            }
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_paths_stay_below_the_root() {
        assert_eq!(join(Path::new("a/b"), "../c/./d").unwrap(), Path::new("a/c/d"));
        assert!(join(Path::new("a"), "../../c").is_err());
        assert!(join(Path::new("a"), "/etc").is_err());
    }

    #[test]
    fn normal_paths_go_up_first() {
        assert_eq!(normal(Path::new("a/./b/../../../c")), Path::new("../c"));
        assert_eq!(normal(Path::new("a/..")), Path::new(""));
    }

    #[test]
    fn paths_may_lead_out_of_the_root_as_far_as_they_are_allowed() {
        let join = |path: &str| join_above(Path::new("a"), path, 2);
        assert_eq!(join("../../b").unwrap(), Path::new("../b"));
        assert_eq!(join("../../../b/../c").unwrap(), Path::new("../../c"));
        assert_eq!(join("../../../../b"), None);
    }
}
