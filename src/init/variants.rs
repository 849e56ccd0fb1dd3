//! The ways in which something may be meant: manifests may have expressions, or belong to a tool that
//! uses the same braces; charts and kustomizations may have placeholders.

use std::path::Path;

use serde_json::json;

use super::candidate::{Candidate, Step};
use super::marks::Mark;
use super::read;
use crate::config::{Delimiters, EngineKind};
use crate::render::has_expressions;

/// A way to render a candidate.
pub struct Variant {
    pub candidate: Candidate,
    /// What marks the names that may be given values to begin with; `None`: none may.
    pub mark: Option<Mark>,
    /// Whether files that cannot be rendered may be left out.
    pub may_leave_out: bool,
}

/// In the order in which they are tried.
pub fn variants(candidate: &Candidate, root: &Path) -> Vec<Variant> {
    let as_it_is = Variant { candidate: candidate.clone(), mark: None, may_leave_out: true };
    if candidate.last().is_own() {
        return of_manifests(candidate, root);
    }
    if candidate.last().engine == EngineKind::Jsonnet {
        return vec![as_it_is];
    }
    let marks = [(Mark::Shell, "shell"), (Mark::Tokens, "tokens")].into_iter();
    let with = marks.filter_map(|(mark, style)| with_placeholders(candidate, root, mark, style));
    std::iter::once(as_it_is).chain(with).collect()
}

fn of_manifests(candidate: &Candidate, root: &Path) -> Vec<Variant> {
    let files = files(candidate.last(), root);
    let texts: Vec<String> = files.iter().map(|file| read::text(root, file)).collect();
    let is_template = files.iter().any(|file| file.ends_with(".j2") || file.ends_with(".jinja"));
    let has_braces = is_template || texts.iter().any(|text| has_expressions(Delimiters::Braces, text));
    let is_marked = |mark: Mark| texts.iter().any(|text| !mark.names(text).is_empty());
    let with = |delimiters: Option<&str>, mark| {
        let mut candidate = candidate.clone();
        for step in &mut candidate.steps {
            step.engine = EngineKind::Jinja;
            step.keys.extend(delimiters.map(|it| ("delimiters".to_owned(), it.into())));
        }
        Variant { candidate, mark, may_leave_out: mark.is_some() }
    };
    let mut variants = Vec::new();
    // What fails here may have braces of another tool.
    if has_braces {
        variants.push(with(None, None));
    }
    if !is_template {
        variants.push(Variant { candidate: candidate.clone(), mark: None, may_leave_out: true });
    }
    if has_braces {
        variants.push(with(None, Some(Mark::Braces)));
    }
    for (mark, delimiters) in [(Mark::Shell, "$VAR"), (Mark::Tokens, "#{ }#")] {
        if is_marked(mark) {
            variants.push(with(Some(delimiters), Some(mark)));
        }
    }
    variants
}

/// With placeholders in the files that have some. The templates of a chart have dollar signs of
/// their own.
fn with_placeholders(candidate: &Candidate, root: &Path, mark: Mark, style: &str) -> Option<Variant> {
    let mut candidate = candidate.clone();
    for step in &mut candidate.steps {
        let is_template = |inside: &str| step.engine == EngineKind::Helm && inside.starts_with("templates/");
        let files = files(step, root);
        let inside = files.iter().filter_map(|file| super::folder::inside(&step.path, file));
        let marked: Vec<&str> = inside
            .filter(|inside| !is_template(inside))
            .filter(|inside| {
                !mark.names(&read::text(root, &super::folder::join(&step.path, inside))).is_empty()
            })
            .collect();
        if !marked.is_empty() {
            *step = step.clone().with("placeholders", json!({"style": style, "files": marked}));
        }
    }
    let has_some = candidate.steps.iter().any(|step| step.keys.contains_key("placeholders"));
    has_some.then_some(Variant { candidate, mark: Some(mark), may_leave_out: true })
}

/// The YAML and JSON files of a step, in all its environments.
pub fn files(step: &Step, root: &Path) -> Vec<String> {
    let ends = [".yaml", ".yml", ".json", ".j2", ".jinja"];
    let ignored = |file: &String| {
        let inside = super::folder::inside(&step.path, file).unwrap_or(file);
        step.ignore
            .iter()
            .any(|it| it == inside || it.strip_suffix("**").is_some_and(|it| inside.starts_with(it)))
    };
    let all = step.paths().into_iter().flat_map(|path| read::below(root, &path));
    all.filter(|file| ends.iter().any(|end| file.ends_with(end)) && !ignored(file)).collect()
}
