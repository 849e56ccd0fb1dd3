//! The files of one template step: which of them are manifests, which are only there to be
//! included, and that none of them lies outside the step's folder.

use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};

use crate::vocabulary::{Diagnostic, Place};

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

/// Reads the files of the step at `path`, a folder or a file, sorted by the bytes of their names.
/// It must lie inside `root`, links followed; `place` is where the step is written.
pub fn load(path: &Path, root: &Path, place: &Place) -> Result<Vec<SourceFile>> {
    let real = path.canonicalize().map_err(|error| {
        Diagnostic::new(format!("cannot read the templates in {}: {error}", path.display())).at(place.clone())
    })?;
    let real_root = root.canonicalize().with_context(|| format!("cannot read {}", root.display()))?;
    if !real.starts_with(&real_root) {
        return Err(outside(path, "the folder of the pipeline file").into());
    }
    let mut walk = Walk { root: &real, shown: path, files: Vec::new(), bytes: 0 };
    if real.is_dir() {
        walk.folder(&real, "")?;
    } else {
        walk.shown = path.parent().unwrap_or(Path::new(""));
        walk.file(&real, path.file_name().unwrap_or_default().to_string_lossy().into_owned())?;
    }
    walk.files.sort_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
    Ok(walk.files)
}

struct Walk<'a> {
    root: &'a Path,
    shown: &'a Path,
    files: Vec<SourceFile>,
    bytes: u64,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, prefix: &str) -> Result<()> {
        let shown = self.shown.join(prefix);
        let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", shown.display()))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot list {}", shown.display()))?;
            let file_name = entry.file_name();
            let Some(file_name) = file_name.to_str() else {
                let message = format!("the file name {file_name:?} is not UTF-8");
                return Err(Diagnostic::new(message).at(Place::file(&shown)).into());
            };
            let name = format!("{prefix}{file_name}");
            let kind = entry.file_type().with_context(|| format!("cannot read {}", shown.display()))?;
            if kind.is_symlink() {
                self.link(&entry.path(), name)?;
            } else if kind.is_dir() {
                // `.git` and its like are no templates.
                if !file_name.starts_with('.') {
                    self.folder(&entry.path(), &format!("{name}/"))?;
                }
            } else if kind.is_file() {
                self.file(&entry.path(), name)?;
            }
        }
        Ok(())
    }

    /// A link may stand for a file of the same folder, and for nothing else.
    fn link(&mut self, path: &Path, name: String) -> Result<()> {
        let shown = self.shown.join(&name);
        let target = path.canonicalize().with_context(|| format!("cannot follow {}", shown.display()))?;
        if !target.starts_with(self.root) {
            return Err(outside(&shown, "the template folder").into());
        }
        if target.is_dir() {
            return Err(Diagnostic::new("a link to a folder, which templates cannot use")
                .at(Place::file(shown))
                .hint("move the folder here, or link its files one by one")
                .into());
        }
        self.file(&target, name)
    }

    fn file(&mut self, path: &Path, name: String) -> Result<()> {
        let shown = self.shown.join(&name);
        let role = role(&name);
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", shown.display()))?;
        self.bytes += bytes.len() as u64;
        if self.files.len() >= MAX_FILES || self.bytes > MAX_BYTES {
            let message = format!("more than {MAX_FILES} files or {} MiB of templates", MAX_BYTES >> 20);
            let hint = "let `path` name the folder that holds the templates and nothing else";
            return Err(Diagnostic::new(message).at(Place::file(self.shown)).hint(hint).into());
        }
        match String::from_utf8(bytes) {
            Ok(text) => self.files.push(SourceFile { name, path: shown, text: normalised(text), role }),
            // A picture beside the templates hurts nobody.
            Err(_) if role == Role::Include => {}
            Err(error) => {
                let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let line = 1 + valid.iter().filter(|&&byte| byte == b'\n').count();
                let hint = "save it as UTF-8, or begin its name with `_` if it is no template";
                let diagnostic = Diagnostic::new("the file is not UTF-8 text");
                return Err(diagnostic.at(Place::new(shown, line, 0)).hint(hint).into());
            }
        }
        Ok(())
    }
}

fn outside(shown: &Path, of: &str) -> Diagnostic {
    Diagnostic::new(format!("leads out of {of}"))
        .at(Place::file(shown))
        .hint("copy the file into the folder; templates read nothing outside it")
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
    let relative = name.starts_with("./") || name.starts_with("../");
    let base = if relative { parent.rsplit_once('/').map_or("", |(folder, _)| folder) } else { "" };
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for component in Path::new(name).components() {
        match component {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::CurDir => {}
            Component::ParentDir => {
                parts.pop()?;
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
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
