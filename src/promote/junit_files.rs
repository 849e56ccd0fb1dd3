//! Which files the `junit` of a check names: one file, or all that match a glob.

use std::path::{Path, PathBuf};

use anyhow::Result;
use walkdir::WalkDir;

use crate::boundary::Boundary;
use crate::yaml::Glob;

/// The files that are there, relative to the boundary's root, sorted. `*` does not match `/`, `**` does.
/// None of them is outside of the boundary: what an earlier run left is deleted.
pub fn junit_files(boundary: &Boundary, pattern: &str) -> Result<Vec<PathBuf>> {
    let root = boundary.root();
    let is_glob = |text: &str| text.contains(['*', '?', '[', '{']);
    if !is_glob(pattern) {
        let path = Path::new(pattern);
        return match root.join(path).try_exists()? {
            true => check(boundary, path).map(|()| vec![path.to_owned()]),
            false => Ok(Vec::new()),
        };
    }
    let matcher = Glob::try_from(pattern.to_owned())?.0.compile_matcher();
    // Only the folders that the pattern can match in are searched.
    let fixed: PathBuf = pattern.split('/').take_while(|part| !is_glob(part)).collect();
    let start = root.join(fixed);
    if !start.try_exists()? {
        return Ok(Vec::new());
    }
    check(boundary, start.strip_prefix(root)?)?;
    let mut files = Vec::new();
    for entry in WalkDir::new(&start).sort_by_file_name() {
        let entry = entry?;
        let relative = entry.path().strip_prefix(root)?;
        if entry.file_type().is_file() && matcher.is_match(relative) {
            files.push(relative.to_owned());
        }
    }
    Ok(files)
}

fn check(boundary: &Boundary, path: &Path) -> Result<()> {
    Ok(boundary.check(path).map_err(|error| error.about(&boundary.root().join(path)))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stays_in_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for file in ["build/a/x.xml", "build/a/b/y.xml", "build/z.xml", "other/q.xml", "build/a/n.txt"] {
            std::fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
            std::fs::write(root.join(file), "").unwrap();
        }
        let found = |pattern: &str| -> Vec<String> {
            let files = junit_files(&Boundary::around(root), pattern).unwrap();
            files.iter().map(|path| path.display().to_string()).collect()
        };
        assert_eq!(found("build/*/*.xml"), ["build/a/x.xml"]);
        assert_eq!(found("build/**/*.xml"), ["build/a/b/y.xml", "build/a/x.xml", "build/z.xml"]);
        assert_eq!(found("build/z.xml"), ["build/z.xml"]);
        assert_eq!(found("missing/*.xml"), [""; 0]);
        assert_eq!(found("missing.xml"), [""; 0]);
        let inside = Boundary::around(&root.join("build"));
        std::os::unix::fs::symlink("../other", root.join("build/out")).unwrap();
        for pattern in ["out/q.xml", "out/*.xml"] {
            let error = junit_files(&inside, pattern).unwrap_err().to_string();
            assert!(error.contains("is outside"), "{error}");
        }
    }
}
