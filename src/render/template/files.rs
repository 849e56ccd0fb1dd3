//! The files of one template step: which of them are manifests, and which are only there to be
//! included.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use walkdir::{DirEntry, WalkDir};

use crate::boundary::{Boundary, Unreadable};
use crate::render::paths::join;
use crate::vocabulary::{Diagnostic, Place, paths};
use crate::yaml;

/// More than this is not a folder of templates but a mistake in `path`.
const MAX_FILES: usize = 10_000;
const MAX_BYTES: u64 = 64 << 20;

/// A text file of a template folder.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Relative to the folder, with `/`.
    pub name: String,
    /// The path as a person would write it, for errors.
    pub path: PathBuf,
    /// Without byte order mark, line ends as `\n`.
    pub text: String,
    pub role: Role,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A template whatever its content: `.j2` or `.jinja` at the end.
    Template,
    /// `.yaml`, `.yml` or `.json`
    Manifest,
    /// Hidden, begins with `_`, or any other file: read only where a template includes it.
    Include,
}

/// Reads the files of the step at `path`, a folder or a file, sorted by the bytes of their names. The
/// path is relative to the boundary's root; `place` is where the step is written, and `reads` says which
/// files are part of it, by their names in the folder.
pub fn load(
    path: &Path,
    boundary: &Boundary,
    place: &Place,
    reads: &dyn Fn(&str) -> bool,
) -> Result<Vec<SourceFile>> {
    let shown = paths::below(boundary.root(), path);
    boundary.check(path).map_err(|error| match error {
        Unreadable::Io(error) => {
            let message = format!("cannot read the templates in {}: {error}", shown.display());
            Diagnostic::new(message).at(place.clone())
        }
        other => other.about(&shown),
    })?;
    let is_folder = shown.is_dir();
    let folder = if is_folder { path } else { path.parent().unwrap_or(Path::new("")) };
    let mut reading = Reading { boundary, folder, reads, files: Vec::new(), bytes: 0 };
    match is_folder {
        true => reading.folder()?,
        false => reading.file(path.file_name().unwrap_or_default().to_string_lossy().into_owned())?,
    }
    reading.files.sort_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
    Ok(reading.files)
}

struct Reading<'a> {
    boundary: &'a Boundary,
    /// Relative to the boundary's root.
    folder: &'a Path,
    reads: &'a dyn Fn(&str) -> bool,
    files: Vec<SourceFile>,
    bytes: u64,
}

impl Reading<'_> {
    fn folder(&mut self) -> Result<()> {
        let folder = self.shown("");
        let entries = WalkDir::new(&folder).min_depth(1).into_iter();
        // `.git` and its like are no templates.
        let is_hidden = |entry: &DirEntry| entry.file_name().as_encoded_bytes().starts_with(b".");
        for entry in entries.filter_entry(|entry| !(entry.file_type().is_dir() && is_hidden(entry))) {
            let entry = entry.with_context(|| format!("cannot list {}", folder.display()))?;
            let inside = entry.path().strip_prefix(&folder)?;
            let Some(name) = inside.to_str() else {
                let message = format!("the file name {:?} is not UTF-8", entry.file_name());
                let folder = folder.join(inside.parent().unwrap_or(inside));
                return Err(Diagnostic::new(message).at(Place::file(folder)).into());
            };
            if !(self.reads)(name) {
                continue;
            }
            if entry.path_is_symlink() && entry.path().is_dir() {
                return Err(Diagnostic::new("a link to a folder, which templates cannot use")
                    .at(Place::file(entry.path()))
                    .hint("move the folder here, or link its files one by one")
                    .into());
            }
            if !entry.file_type().is_dir() {
                self.file(name.to_owned())?;
            }
        }
        Ok(())
    }

    /// A path as a person would write it.
    fn shown(&self, name: &str) -> PathBuf {
        paths::below(self.boundary.root(), &self.folder.join(name))
    }

    fn file(&mut self, name: String) -> Result<()> {
        let shown = self.shown(&name);
        let role = role(&name);
        let bytes = match self.boundary.read(&self.folder.join(&name)) {
            // A socket beside the templates hurts nobody.
            Err(Unreadable::Odd { .. }) if role == Role::Include => return Ok(()),
            read => read.map_err(|error| error.about(&shown))?,
        };
        self.bytes += bytes.len() as u64;
        if self.files.len() >= MAX_FILES || self.bytes > MAX_BYTES {
            let message = format!("more than {MAX_FILES} files or {} MiB of templates", MAX_BYTES >> 20);
            let hint = "set `path` to a folder that contains only the templates";
            return Err(Diagnostic::new(message).at(Place::file(self.shown(""))).hint(hint).into());
        }
        match yaml::text(bytes, &shown) {
            Ok(text) => self.files.push(SourceFile { name, path: shown, text: normalised(text), role }),
            // A picture beside the templates hurts nobody.
            Err(_) if role == Role::Include => {}
            Err(error) => {
                return Err(error
                    .hint("save it as UTF-8, or start its name with `_` if it is not a template")
                    .into());
            }
        }
        Ok(())
    }
}

fn role(name: &str) -> Role {
    let file = name.rsplit('/').next().unwrap_or(name);
    if file.starts_with(['.', '_']) {
        return Role::Include;
    }
    let template = file.strip_suffix(".j2").or_else(|| file.strip_suffix(".jinja"));
    let manifest = [".yaml", ".yml", ".json"].iter().any(|end| template.unwrap_or(file).ends_with(end));
    match (manifest, template) {
        (false, _) => Role::Include,
        (true, Some(_)) => Role::Template,
        (true, None) => Role::Manifest,
    }
}

/// Editors on Windows leave a byte order mark and `\r\n`; neither means anything in YAML.
fn normalised(text: String) -> String {
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    };
    if text.contains("\r\n") { text.replace("\r\n", "\n") } else { text }
}

/// The name of a file that `parent` includes as `name`; `None` when that leaves the folder.
pub fn resolve_include(name: &str, parent: &str) -> Option<String> {
    let is_relative = name.starts_with("./") || name.starts_with("../");
    let folder = Path::new(parent).parent().filter(|_| is_relative).unwrap_or(Path::new(""));
    join(folder, name).ok()?.into_os_string().into_string().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn includes_start_at_the_folder_or_at_the_file() {
        let resolved = |name| resolve_include(name, "sub/a.yaml").unwrap_or_else(|| "outside".into());
        assert_eq!(resolved("_x.yaml"), "_x.yaml");
        assert_eq!(resolved("./_x.yaml"), "sub/_x.yaml");
        assert_eq!(resolved("../_x.yaml"), "_x.yaml");
        assert_eq!(resolved("../../_x.yaml"), "outside");
        assert_eq!(resolved("/etc/passwd"), "outside");
    }

    #[test]
    fn roles() {
        assert_eq!(role("a/b.yaml.j2"), Role::Template);
        assert_eq!(role("b.json"), Role::Manifest);
        assert_eq!(role("a/_b.yaml"), Role::Include);
        assert_eq!(role("a/.b.yaml"), Role::Include);
        assert_eq!(role("NOTES.txt.j2"), Role::Include);
    }
}
