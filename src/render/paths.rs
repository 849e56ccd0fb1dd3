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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_paths_stay_below_the_root() {
        assert_eq!(join(Path::new("a/b"), "../c/./d").unwrap(), Path::new("a/c/d"));
        assert!(join(Path::new("a"), "../../c").is_err());
        assert!(join(Path::new("a"), "/etc").is_err());
    }
}
