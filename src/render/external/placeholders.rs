//! Placeholders in files of another engine: a Helm `values.yaml` with `$IMAGE_REPO`, a
//! `kustomization.yaml` with `#{TAG}#`. They are expanded as text before the engine reads the
//! files, because text is all that this crate knows of another engine's language. So a value can
//! change such a file's structure, which in templates of Towline's own it cannot.

use std::path::Path;

use anyhow::Result;
use globset::{GlobSet, GlobSetBuilder};
use serde_json::Value;

use crate::config::{PlaceholderStyle, Placeholders};
use crate::render::template::expressions;
use crate::render::template::names::Names;
use crate::vocabulary::{Diagnostic, Place};
use crate::yaml::Glob;

/// The placeholders of one step and one target.
pub struct Expansion<'a> {
    style: PlaceholderStyle,
    files: GlobSet,
    ignore: GlobSet,
    names: &'a Names,
}

impl<'a> Expansion<'a> {
    pub fn new(placeholders: &Placeholders, names: &'a Names) -> Result<Self> {
        let everything = [Glob::try_from("**".to_owned())?];
        let files = if placeholders.files.is_empty() { &everything[..] } else { &placeholders.files };
        let (files, ignore) = (globs(files)?, globs(&placeholders.ignore)?);
        Ok(Self { style: placeholders.style, files, ignore, names })
    }

    /// Expands a file. `inside` is its path in the step's folder, `shown` the one for errors.
    /// What is not text has no placeholders.
    pub fn expand(&self, inside: &Path, shown: &Path, content: Vec<u8>) -> Result<Vec<u8>> {
        if !self.files.is_match(inside) || self.ignore.is_match(inside) {
            return Ok(content);
        }
        let text = match String::from_utf8(content) {
            Ok(text) => text,
            Err(error) => return Ok(error.into_bytes()),
        };
        let expanded = match self.style {
            PlaceholderStyle::Jinja => expressions::expand(&text, shown, self.names)?,
            PlaceholderStyle::Shell => self.replace(&text, shown, "$", shell)?,
            PlaceholderStyle::Tokens => self.replace(&text, shown, "#{", token)?,
        };
        Ok(expanded.into_bytes())
    }

    /// Replaces what `read` finds behind each `mark`.
    fn replace(&self, text: &str, shown: &Path, mark: &str, read: fn(&str) -> Found) -> Result<String> {
        let mut expanded = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(mark) {
            expanded.push_str(before);
            rest = match read(after) {
                Found::Name(name, rest) => {
                    let offset = text.len() - after.len() - mark.len();
                    expanded.push_str(
                        &self
                            .value(name)
                            .map_err(|error| error.at(Place::in_text(shown, text.as_bytes(), offset)))?,
                    );
                    rest
                }
                Found::Escaped(rest) => {
                    expanded.push_str(mark);
                    let end = rest.find(mark).unwrap_or(rest.len());
                    expanded.push_str(&rest[..end]);
                    &rest[end..]
                }
                Found::Nothing => {
                    expanded.push_str(mark);
                    after
                }
            };
        }
        expanded.push_str(rest);
        Ok(expanded)
    }

    fn value(&self, name: &str) -> Result<String, Diagnostic> {
        let refused = |what: &str, hint: String| Err(Diagnostic::new(format!("`{name}` {what}")).hint(hint));
        match self.names.lookup(name) {
            Some(Value::String(text)) => Ok(text),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => Ok(value.to_string()),
            Some(Value::Null) => refused("is null", "give it a value".to_owned()),
            Some(_) => {
                refused("is a map or list, which text cannot contain", "name a value in it".to_owned())
            }
            None => match self.names.nearest(name) {
                Some(near) => refused("is undefined", format!("did you mean `{near}`?")),
                None => {
                    let hint = "give it a value, or exclude the file with `placeholders: {ignore: […]}`";
                    refused("is undefined", hint.to_owned())
                }
            },
        }
    }
}

enum Found<'a> {
    /// A name, and what stands behind the placeholder.
    Name(&'a str, &'a str),
    /// The mark itself is meant, and this stands behind it.
    Escaped(&'a str),
    Nothing,
}

/// `$NAME` and `${NAME}`; `$$NAME` is `$NAME`. Any other dollar sign is left alone.
fn shell(after: &str) -> Found<'_> {
    if let Some(escaped) = after.strip_prefix('$').filter(|escaped| matches!(shell(escaped), Found::Name(..)))
    {
        return Found::Escaped(escaped);
    }
    if let Some((name, rest)) = after.strip_prefix('{').and_then(|inside| inside.split_once('}')) {
        return if is_name(name) { Found::Name(name, rest) } else { Found::Nothing };
    }
    let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(after.len());
    let (name, rest) = after.split_at(end);
    if is_name(name) { Found::Name(name, rest) } else { Found::Nothing }
}

/// `#{NAME}#`
fn token(after: &str) -> Found<'_> {
    match after.split_once("}#").map(|(name, rest)| (name.trim(), rest)) {
        Some((name, rest)) if is_name(name) => Found::Name(name, rest),
        _ => Found::Nothing,
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

fn globs(globs: &[Glob]) -> Result<GlobSet> {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        set.add(glob.0.clone());
    }
    Ok(set.build()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let values = serde_json::json!({"TAG": "1.2", "replicas": 3, "db": {"host": "h"}, "none": null});
        Names::of_values(values.as_object().cloned().unwrap_or_default())
    }

    fn expanded(style: PlaceholderStyle, text: &str) -> String {
        let placeholders = Placeholders {
            style,
            files: Vec::new(),
            ignore: vec![Glob::try_from("ignored/**".to_owned()).unwrap()],
        };
        let names = names();
        let expansion = Expansion::new(&placeholders, &names).unwrap();
        let file = Path::new(if text.contains("ignored") { "ignored/a" } else { "a/b.yaml" });
        match expansion.expand(file, Path::new("b.yaml"), text.as_bytes().to_vec()) {
            Ok(bytes) => String::from_utf8(bytes).unwrap(),
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn shell_names_are_expanded_and_other_dollar_signs_left() {
        let expanded = |text| expanded(PlaceholderStyle::Shell, text);
        assert_eq!(expanded("a: $TAG-x ${replicas} ${db.host}"), "a: 1.2-x 3 h");
        assert_eq!(expanded("$(NAME) $$(NAME) $1 $$ ${1} cost: 5$"), "$(NAME) $$(NAME) $1 $$ ${1} cost: 5$");
        assert_eq!(expanded("$$TAG $${TAG}"), "$TAG ${TAG}");
        assert_eq!(expanded("$TAG ignored"), "$TAG ignored");
        assert_eq!(expanded("x\ny: $TAGS"), "error: b.yaml:2:4: `TAGS` is undefined");
        assert_eq!(expanded("$db"), "error: b.yaml:1:1: `db` is a map or list, which text cannot contain");
        assert_eq!(expanded("$none"), "error: b.yaml:1:1: `none` is null");
    }

    #[test]
    fn tokens_are_expanded() {
        let expanded = |text| expanded(PlaceholderStyle::Tokens, text);
        assert_eq!(expanded("tag: #{TAG}# #{ db.host }# # {x} #{}#"), "tag: 1.2 h # {x} #{}#");
        assert_eq!(expanded("#{TAGG}#"), "error: b.yaml:1:1: `TAGG` is undefined");
    }

    #[test]
    fn jinja_expressions_are_expanded() {
        let expanded = |text| expanded(PlaceholderStyle::Jinja, text);
        assert_eq!(expanded("tag: {{ TAG }}\n{% if replicas > 1 %}many{% endif %}\n"), "tag: 1.2\nmany\n");
        assert_eq!(expanded("x\ny: {{ TAGG }}"), "error: b.yaml:2:7: `TAGG` is undefined");
    }
}
