//! What minijinja says when a template fails, said for people: place, name, and what to do.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::path::PathBuf;
use std::sync::Arc;

use minijinja::{Error, ErrorKind};

use super::dialect::Adapted;
use super::limits::{MAX_DEPTH, MAX_OUTPUT};
use super::names::Names;
use super::unknown_filter::unknown_filter;
use crate::vocabulary::{Diagnostic, Place};

/// The files of a template folder, by name, and the texts that were compiled.
#[derive(Default)]
pub struct Paths(BTreeMap<String, (PathBuf, Arc<Adapted>)>);

impl FromIterator<(String, PathBuf, Arc<Adapted>)> for Paths {
    fn from_iter<I: IntoIterator<Item = (String, PathBuf, Arc<Adapted>)>>(paths: I) -> Self {
        Self(paths.into_iter().map(|(name, path, adapted)| (name, (path, adapted))).collect())
    }
}

/// Why a value does not become a token.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Refusal {
    #[error("null")]
    Null,
    #[error("a filter or `~` on text that already contains values")]
    FilteredText,
    #[error("a {0} cannot be written as a value")]
    NoValue(String),
    #[error("a map or list inside text")]
    Structure,
    #[error("includes `{0}`, which is not in the template folder")]
    Include(String),
}

pub fn refuse(refusal: Refusal) -> Error {
    Error::new(ErrorKind::InvalidOperation, "").with_source(refusal)
}

/// The error for an include of something that is not in the template folder.
pub fn include(name: &str) -> Error {
    refuse(Refusal::Include(name.to_owned()))
}

/// The error with the template that was rendered, where minijinja knows no nearer one.
pub fn with_template(error: Error, name: &str) -> Error {
    if error.name().is_some() {
        error
    } else {
        Error::new(error.kind(), name.to_owned()).with_source(Unplaced(error))
    }
}

/// An error of which minijinja does not know the template.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unplaced(Error);

impl Paths {
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The text of a file as it was compiled.
    pub fn adapted(&self, name: &str) -> &Adapted {
        &self.0[name].1
    }

    pub fn diagnostic(&self, error: &Error, names: Option<&Names>) -> Diagnostic {
        if let Some(Unplaced(inner)) = error.source().and_then(|source| source.downcast_ref()) {
            let place = error.detail().and_then(|name| self.0.get(name)).map(|(path, _)| Place::file(path));
            return Diagnostic { place, ..self.diagnostic(inner, names) };
        }
        let chain = chain(error);
        let place = chain.iter().rev().find_map(|error| self.place(error));
        let refusal = chain.iter().find_map(|error| error.source()?.downcast_ref::<Refusal>());
        let innermost = chain.last().copied().unwrap_or(error);
        let message = match (refusal, is_undefined(innermost)) {
            (Some(refusal), _) => refused(refusal, self.expression(innermost)),
            (None, true) => self.undefined(innermost, names),
            (None, false) => said(innermost),
        };
        let hint =
            message.hint.map(|hint| if self.is_comment(innermost) { COMMENT.to_owned() } else { hint });
        Diagnostic { place, hint, ..message }
    }

    fn place(&self, error: &Error) -> Option<Place> {
        let (path, adapted) = self.0.get(error.name()?)?;
        let column = error.range().and_then(|range| {
            let before = adapted.text.get(..range.start)?;
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            Some(1 + adapted.original(line_start..range.start)?.chars().count())
        });
        Some(Place::new(path, error.line()?, column.unwrap_or(0)))
    }

    /// Whether it stands on a line that YAML takes for a comment.
    fn is_comment(&self, error: &Error) -> bool {
        let adapted = error.name().and_then(|name| self.0.get(name));
        let line =
            adapted.zip(error.line()).and_then(|((_, it), line)| it.text.lines().nth(line.checked_sub(1)?));
        line.is_some_and(|line| line.trim_start().starts_with('#'))
    }

    fn undefined(&self, error: &Error, names: Option<&Names>) -> Diagnostic {
        let detail = error.detail().unwrap_or_default();
        let said = detail.split_once("` is undefined").and_then(|(before, _)| before.rsplit_once('`'));
        let said = said.map(|(_, name)| name.to_owned());
        // In macros, and where a filter finds it, only the place is known.
        let Some(name) = said.or_else(|| self.piece(error)) else {
            return Diagnostic::new("something here is undefined").hint(OTHER_TOOLS);
        };
        let hint = names.and_then(|names| {
            let dashed = self.dashed(error).and_then(|dashed| names.nearest_with_dashes(dashed));
            let nearest = dashed.or_else(|| names.nearest(&name)).map(|it| format!("did you mean `{it}`?"));
            nearest.or_else(|| names.has_root_of(&name).then(|| NO_VALUE.to_owned()))
        });
        let hint = hint.unwrap_or_else(|| format!("{NO_VALUE}; {OTHER_TOOLS}"));
        let is_name = name.chars().all(|c| c.is_alphanumeric() || "_.[]'\"".contains(c));
        let message = if is_name { format!("`{name}`") } else { format!("something in `{name}`") };
        Diagnostic::new(format!("{message} is undefined")).hint(hint)
    }

    /// The name with dashes that the failed piece is in: to minijinja, `my-web` is a subtraction.
    fn dashed(&self, error: &Error) -> Option<&str> {
        let (_, adapted) = self.0.get(error.name()?)?;
        let (before, behind) = adapted.text.split_at_checked(error.range()?.start)?;
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
        let start = before.trim_end_matches(is_part).len();
        let end = behind.find(|c| !is_part(c)).map_or(adapted.text.len(), |end| before.len() + end);
        Some(adapted.text[start..end].trim_matches('-')).filter(|name| name.contains('-'))
    }

    /// The piece of the template that failed, for messages.
    fn expression(&self, error: &Error) -> Option<String> {
        self.piece(error).map(|piece| format!("`{piece}`"))
    }

    fn piece(&self, error: &Error) -> Option<String> {
        let (_, adapted) = self.0.get(error.name()?)?;
        let text = adapted.original(error.range()?)?;
        let text = text.trim();
        (!text.is_empty() && !text.contains('\n')).then(|| text.to_owned())
    }
}

/// The error and those it was caused by.
fn chain<'a>(error: &'a Error) -> Vec<&'a Error> {
    let cause = |&error: &&'a Error| -> Option<&'a Error> { error.source()?.downcast_ref() };
    std::iter::successors(Some(error), cause).collect()
}

fn refused(refusal: &Refusal, expression: Option<String>) -> Diagnostic {
    let named = expression.as_deref().unwrap_or("the value");
    match refusal {
        Refusal::Null => Diagnostic::new(format!("{named} is null")).hint(
            "give it a value, or use the `default` filter with `true`, or write `null` in the template itself",
        ),
        Refusal::FilteredText => Diagnostic::new(format!("{refusal}: {named}"))
            .hint("filter the value itself, before it becomes part of the text, or write it with `| raw`"),
        Refusal::Structure => Diagnostic::new(format!("{named} is {refusal}"))
            .hint("make it the whole value, or use the `tojson` filter"),
        Refusal::NoValue(_) => Diagnostic::new(format!("{named}: {refusal}")),
        Refusal::Include(_) => Diagnostic::new(refusal.to_string())
            .hint("copy the file into the folder; templates cannot read files outside it"),
    }
}

/// Whether something has no value: also the operand of an operator, as the `-` in `images.my-web` is.
fn is_undefined(error: &Error) -> bool {
    let is_operand = |detail: &str| detail.contains("` is undefined");
    match error.kind() {
        ErrorKind::UndefinedError => true,
        ErrorKind::InvalidOperation => error.detail().is_some_and(is_operand),
        _ => false,
    }
}

fn said(error: &Error) -> Diagnostic {
    let detail = error.detail().unwrap_or_default();
    match error.kind() {
        ErrorKind::UnknownFilter => unknown_filter(detail),
        ErrorKind::OutOfFuel => Diagnostic::new("the template takes too many steps")
            .hint("does a loop or macro never end? If the template is meant to be this large, split it"),
        ErrorKind::WriteFailure => {
            Diagnostic::new(format!("the template's text grows beyond {} MiB", MAX_OUTPUT >> 20))
                .hint("is a loop larger than intended?")
        }
        ErrorKind::SyntaxError => Diagnostic::new(format!("syntax error: {detail}")).hint(OTHER_TOOLS),
        ErrorKind::InvalidOperation if detail == "recursion limit exceeded" => {
            Diagnostic::new(format!("includes and macros are nested more than {MAX_DEPTH} deep"))
                .hint("does a macro or an include call itself without end?")
        }
        kind if detail.is_empty() => Diagnostic::new(kind.to_string()),
        kind => Diagnostic::new(format!("{kind}: {detail}")),
    }
}

const COMMENT: &str =
    "a comment of YAML is part of the template: delete it, or write it between `{#` and `#}`";

const NO_VALUE: &str = "give it a value, or use the `default` filter";

const OTHER_TOOLS: &str = "if these braces belong to another tool, set other `delimiters` beside this `path` in \
     the pipeline file (or, in `templates`, `engine: plain`), or put the text between {% raw %} and {% endraw %}";
