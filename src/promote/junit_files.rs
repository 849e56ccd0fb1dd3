//! Which files the `junit` of a check names: one file, or all that match a glob.

use std::path::{Path, PathBuf};

use anyhow::Result;
use globset::GlobBuilder;
use walkdir::WalkDir;

/// The files below `root` that are there, sorted. `*` does not match `/`, `**` does.
pub fn junit_files(root: &Path, pattern: &str) -> Result<Vec<PathBuf>> {
    let is_glob = |text: &str| text.contains(['*', '?', '[', '{']);
    if !is_glob(pattern) {
        let path = root.join(pattern);
        return Ok(if path.try_exists()? { vec![path] } else { Vec::new() });
    }
    let matcher = GlobBuilder::new(pattern).literal_separator(true).build()?.compile_matcher();
    // Only the folders that the pattern can match in are searched.
    let fixed: PathBuf = pattern.split('/').take_while(|part| !is_glob(part)).collect();
    let start = root.join(fixed);
    if !start.try_exists()? {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in WalkDir::new(&start).sort_by_file_name() {
        let entry = entry?;
        let relative = entry.path().strip_prefix(root)?;
        if entry.file_type().is_file() && matcher.is_match(relative) {
            files.push(entry.into_path());
        }
    }
    Ok(files)
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
            let files = junit_files(root, pattern).unwrap();
            files.iter().map(|path| path.strip_prefix(root).unwrap().display().to_string()).collect()
        };
        assert_eq!(found("build/*/*.xml"), ["build/a/x.xml"]);
        assert_eq!(found("build/**/*.xml"), ["build/a/b/y.xml", "build/a/x.xml", "build/z.xml"]);
        assert_eq!(found("build/z.xml"), ["build/z.xml"]);
        assert_eq!(found("missing/*.xml"), [""; 0]);
        assert_eq!(found("missing.xml"), [""; 0]);
    }
}
