//! A template's text, and where in it a line of the rendered text comes from.

use std::path::PathBuf;

use anyhow::Error;

use super::files::SourceFile;
use super::sentinel::Sentinel;
use crate::vocabulary::{Diagnostic, Place};

/// A template that gives manifests.
#[derive(Debug, Clone)]
pub struct Source {
    /// Relative to the template folder.
    pub name: String,
    /// For errors.
    pub path: PathBuf,
    pub text: String,
}

impl From<SourceFile> for Source {
    fn from(file: SourceFile) -> Self {
        Self { name: file.name, path: file.path, text: file.text }
    }
}

impl Source {
    /// The place in the template of a line of the rendered text, as well as it can be known.
    ///
    /// Tokens contain no line ends, so a template without blocks keeps its lines. With blocks,
    /// a line that stands just once in the template and has no values is found by its text.
    pub fn place(&self, rendered: &str, line: usize, sentinel: Sentinel) -> Place {
        Place::new(&self.path, self.line(rendered, line, sentinel).unwrap_or(0), 0)
    }

    /// An error at a line of the rendered text.
    pub fn diagnostic(&self, message: String, rendered: &str, line: usize, sentinel: Sentinel) -> Diagnostic {
        let text = rendered.lines().nth(line.saturating_sub(1)).unwrap_or_default();
        let shown = sentinel.shown(text.trim());
        let diagnostic = match self.line(rendered, line, sentinel) {
            Some(line) => Diagnostic::new(message).at(Place::new(&self.path, line, 0)),
            None if line == 0 => Diagnostic::new(message).at(Place::file(&self.path)),
            None => Diagnostic::new(format!("{message}, in line {line} of the rendered text"))
                .at(Place::file(&self.path)),
        };
        if shown.is_empty() {
            diagnostic
        } else {
            Diagnostic { message: format!("{}: `{shown}`", diagnostic.message), ..diagnostic }
        }
    }

    /// What the YAML parser said about the rendered text, said about the template.
    pub fn yaml_error(&self, error: Error, rendered: &str, sentinel: Sentinel) -> Error {
        let Some(Diagnostic { message, place, hint, .. }) = error.downcast_ref::<Diagnostic>() else {
            return error;
        };
        let line = place.as_ref().map_or(0, |place| place.line);
        let message = format!("not YAML: {}", sentinel.shown(message));
        let diagnostic = self.diagnostic(message, rendered, line, sentinel);
        Diagnostic { hint: hint.clone(), ..diagnostic }.into()
    }

    fn line(&self, rendered: &str, line: usize, sentinel: Sentinel) -> Option<usize> {
        if line == 0 {
            return None;
        }
        if !self.has_blocks() && self.text.lines().count() == rendered.lines().count() {
            return Some(line);
        }
        let text = rendered.lines().nth(line - 1)?;
        if sentinel.marks(text) {
            return None;
        }
        let mut same = self.text.lines().enumerate().filter(|(_, candidate)| *candidate == text);
        let (index, _) = same.next()?;
        same.next().is_none().then_some(index + 1)
    }

    /// Whether there may be a block, with any of the delimiters.
    fn has_blocks(&self) -> bool {
        ["{%", "#%", "<%"].iter().any(|open| self.text.contains(open))
    }
}
