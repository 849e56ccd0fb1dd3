//! A template's text, and where in it a line of the rendered text comes from.

use std::cell::OnceCell;
use std::collections::HashMap;
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
    /// Whether there may be a block, with any of the delimiters.
    fn has_blocks(&self) -> bool {
        ["{%", "#%", "<%"].iter().any(|open| self.text.contains(open))
    }
}

/// What a template gave, with tokens in place of values.
///
/// Tokens contain no line ends, so a template without blocks keeps its lines. With blocks, a line that
/// stands just once in the template and has no values is found by its text.
pub struct RenderedText<'a> {
    source: &'a Source,
    pub text: &'a str,
    pub sentinel: Sentinel,
    keeps_lines: OnceCell<bool>,
    lines: OnceCell<Vec<&'a str>>,
    /// The lines of the template, with the number of each that stands there once.
    numbers: OnceCell<HashMap<&'a str, Option<usize>>>,
}

impl<'a> RenderedText<'a> {
    pub fn new(source: &'a Source, text: &'a str, sentinel: Sentinel) -> Self {
        let (keeps_lines, lines, numbers) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { source, text, sentinel, keeps_lines, lines, numbers }
    }

    /// The place in the template of a line of the text, as well as it can be known.
    pub fn place(&self, line: usize) -> Place {
        Place::new(&self.source.path, self.line(line).unwrap_or(0), 0)
    }

    /// An error at a line of the text.
    pub fn diagnostic(&self, message: String, line: usize) -> Diagnostic {
        let text = self.text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
        let shown = self.sentinel.shown(text.trim());
        let diagnostic = match self.line(line) {
            Some(line) => Diagnostic::new(message).at(Place::new(&self.source.path, line, 0)),
            None if line == 0 => Diagnostic::new(message).at(Place::file(&self.source.path)),
            None => Diagnostic::new(format!("{message}, in line {line} of the rendered text"))
                .at(Place::file(&self.source.path)),
        };
        if shown.is_empty() {
            diagnostic
        } else {
            Diagnostic { message: format!("{}: `{shown}`", diagnostic.message), ..diagnostic }
        }
    }

    /// What the YAML parser said about the text, said about the template.
    pub fn yaml_error(&self, error: Error) -> Error {
        let Some(Diagnostic { message, place, hint, .. }) = error.downcast_ref::<Diagnostic>() else {
            return error;
        };
        let line = place.as_ref().map_or(0, |place| place.line);
        let diagnostic = self.diagnostic(format!("not YAML: {}", self.sentinel.shown(message)), line);
        Diagnostic { hint: hint.clone(), ..diagnostic }.into()
    }

    fn line(&self, line: usize) -> Option<usize> {
        let index = line.checked_sub(1)?;
        if self.keeps_lines() {
            return Some(line);
        }
        let text = self.lines.get_or_init(|| self.text.lines().collect()).get(index)?;
        if self.sentinel.marks(text) {
            return None;
        }
        self.numbers.get_or_init(|| numbers(&self.source.text)).get(text).copied().flatten()
    }

    fn keeps_lines(&self) -> bool {
        let count = || self.source.text.lines().count() == self.text.lines().count();
        *self.keeps_lines.get_or_init(|| !self.source.has_blocks() && count())
    }
}

fn numbers(text: &str) -> HashMap<&str, Option<usize>> {
    let mut numbers = HashMap::new();
    for (index, line) in text.lines().enumerate() {
        numbers.entry(line).and_modify(|number| *number = None).or_insert(Some(index + 1));
    }
    numbers
}
