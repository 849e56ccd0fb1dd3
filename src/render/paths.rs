//! Paths inside the folder of the pipeline file, or of a step.

use std::path::{Component, Path, PathBuf};

use anyhow::{Result, bail};

/// `path` seen from `folder`, without `.` and `..`; an error when it leads out of the root, which
/// `folder` is relative to.
pub fn join(folder: &Path, path: &str) -> Result<PathBuf> {
    let mut joined = folder.to_path_buf();
    for component in Path::new(path).components() {
        match component {
            Component::Normal(name) => joined.push(name),
            Component::CurDir => {}
            Component::ParentDir if joined.pop() => {}
            _ => bail!("{path} is outside the folder of the pipeline file"),
        }
    }
    Ok(joined)
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

/// What a pipeline in the folder `root` may read from: its repository, or its own folder where there
/// is none. Without links.
pub fn project(root: &Path) -> PathBuf {
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let repository = root.ancestors().find(|folder| folder.join(".git").exists());
    repository.unwrap_or(&root).to_owned()
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
}
