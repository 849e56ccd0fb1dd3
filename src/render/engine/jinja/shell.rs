//! `jinja` with the delimiters `$VAR`: `$name`, `${name}`, `${db.host}`, and `$$` for a dollar
//! sign. No blocks, no filters. Anything else behind a dollar sign, like Kubernetes' own
//! `$(NAME)`, is left alone.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::Value;

use crate::render::contract::{Engine, Input, Rendered};
use crate::render::template::files::{Role, SourceFile};
use crate::render::template::names::Names;
use crate::render::template::sentinel::Sentinel;
use crate::render::template::source::Source;
use crate::render::template::tokens::Tokens;
use crate::vocabulary::{Diagnostic, Place};

pub struct Shell {
    templates: Vec<Source>,
    sentinels: Vec<Sentinel>,
}

enum Part<'a> {
    Text(&'a str),
    Name(&'a str),
}

impl Shell {
    pub fn new(files: Vec<SourceFile>) -> Self {
        let templates = files.into_iter().filter(|file| file.role != Role::Include);
        let templates: Vec<_> = templates.map(Source::from).collect();
        let sentinels = Sentinel::candidates(templates.iter().map(|source| source.text.as_str()));
        Self { templates, sentinels }
    }
}

impl Engine for Shell {
    fn used_names(&self) -> BTreeSet<String> {
        let parts = self.templates.iter().flat_map(|source| parts(&source.text));
        let names = parts.filter_map(|(_, part)| match part {
            Part::Name(name) => Some(name.to_owned()),
            Part::Text(_) => None,
        });
        names.collect()
    }

    fn render(&self, input: &Input) -> Result<Rendered> {
        let sentinel = input.names.sentinel(&self.sentinels)?;
        let mut documents = Vec::new();
        for source in &self.templates {
            let mut tokens = Tokens::default();
            let mut rendered = String::with_capacity(source.text.len());
            for (offset, part) in parts(&source.text) {
                match part {
                    Part::Text(text) => rendered.push_str(text),
                    Part::Name(name) => {
                        let place = || Place::in_text(&source.path, source.text.as_bytes(), offset);
                        let value = lookup(input.names, name).map_err(|error| error.at(place()))?;
                        rendered.push_str(&tokens.add(sentinel, value, None));
                    }
                }
            }
            if !rendered.ends_with('\n') {
                rendered.push('\n');
            }
            documents.extend(tokens.resolve(&rendered, source, sentinel)?);
        }
        Ok(documents.into())
    }
}

fn lookup(names: &Names, name: &str) -> Result<Value, Diagnostic> {
    match names.lookup(name) {
        Some(Value::Null) => Err(Diagnostic::new(format!("`{name}` is null"))
            .hint("give it a value, or write `null` in the template")),
        Some(value) => Ok(value),
        None => {
            let hint = match names.nearest(name) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("give it a value, or write `$$` if `${name}` belongs to another tool"),
            };
            Err(Diagnostic::new(format!("`{name}` is undefined")).hint(hint))
        }
    }
}

/// The text cut at its names, with the offset of each part.
fn parts(text: &str) -> Vec<(usize, Part<'_>)> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while let Some(found) = text[at..].find('$') {
        let dollar = at + found;
        let rest = &text[dollar + 1..];
        if rest.starts_with('$') {
            parts.push((start, Part::Text(&text[start..=dollar])));
            at = dollar + 2;
            start = at;
        } else if let Some((name, length)) = name(rest) {
            parts.push((start, Part::Text(&text[start..dollar])));
            parts.push((dollar, Part::Name(name)));
            at = dollar + 1 + length;
            start = at;
        } else {
            at = dollar + 1;
        }
    }
    parts.push((start, Part::Text(&text[start..])));
    parts
}

/// The name behind a dollar sign, and how many bytes it takes.
fn name(rest: &str) -> Option<(&str, usize)> {
    let in_braces = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
    let bare = |c: char| c.is_alphanumeric() || c == '_';
    let starts = |name: &str| name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    if let Some(inside) = rest.strip_prefix('{') {
        let (name, _) = inside.split_once('}')?;
        return (starts(name) && name.chars().all(in_braces)).then_some((name, name.len() + 2));
    }
    let length = rest.find(|c| !bare(c)).unwrap_or(rest.len());
    starts(&rest[..length]).then_some((&rest[..length], length))
}
