//! Charts that give something else each time they are rendered: with random passwords,
//! certificates, or the time of day. Every run would propose a change, so they are refused.
//!
//! Which functions a template calls cannot be known without rendering it, but their names must
//! stand somewhere in the chart. Only where one does, the chart is rendered a second time.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::Value;
use walkdir::WalkDir;

use crate::render::external::files;
use crate::render::manifest::Document;
use crate::vocabulary::Diagnostic;

/// The functions of Helm and Sprig whose result is not decided by their arguments.
const FUNCTIONS: [&str; 18] = [
    "ago",
    "bcrypt",
    "encryptAES",
    "genCA",
    "genCAWithKey",
    "genPrivateKey",
    "genSelfSignedCert",
    "genSignedCert",
    "htpasswd",
    "now",
    "randAlpha",
    "randAlphaNum",
    "randAscii",
    "randBytes",
    "randInt",
    "randNumeric",
    "shuffle",
    "uuidv4",
];

/// The functions of the time of day. Two renderings may give the same date; tomorrow's will not.
const CLOCK: [&str; 2] = ["ago", "now"];

/// Whether a file below `folder` names one of the functions in an expression, or is an archive,
/// which may.
pub fn is_suspected(folder: &Path) -> Result<bool> {
    for entry in WalkDir::new(folder) {
        let entry = entry?;
        let is_archive = || entry.path().extension().is_some_and(|extension| extension == "tgz");
        if entry.file_type().is_file()
            && (is_archive() || names_function(&String::from_utf8_lossy(&fs::read(entry.path())?)))
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The places in templates below `folder` where a function of the time of day is named: each file's
/// first, relative to the folder.
pub fn clocks(folder: &Path) -> Result<Vec<(PathBuf, usize)>> {
    let mut found = Vec::new();
    files::walk(folder, Path::new("."), folder, &mut |path, content| {
        let text = String::from_utf8_lossy(&content);
        let mut expressions = expressions(&text).filter(|(_, expression)| names_any(expression, &CLOCK));
        if let Some((line, _)) = expressions.next() {
            found.push((path.to_owned(), line));
        }
        Ok(())
    })?;
    Ok(found)
}

/// An error that names the template, if the two renderings are not the same.
pub fn refuse(first: &[Document], second: &[Document]) -> Result<()> {
    for (one, other) in first.iter().zip(second) {
        if let Some(field) = difference(&one.value, &other.value, String::new()) {
            let message = format!(
                "the output of this template differs on every run, in `{}`, so every run would propose a change",
                field.trim_start_matches('.')
            );
            let hint = "take the value from a variable, or from a Secret that something else creates: `randAlphaNum`, `genCA`, `now` and the like cannot be kept in git";
            return Err(Diagnostic::new(message).at(one.origin.clone()).hint(hint).into());
        }
    }
    if first.len() == second.len() {
        return Ok(());
    }
    Err(Diagnostic::new("the chart renders a different number of manifests on every run").into())
}

fn names_function(text: &str) -> bool {
    expressions(text).any(|(_, expression)| names_any(expression, &FUNCTIONS))
}

/// What stands between braces, but for comments, and the line it begins in.
fn expressions(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut line = 1;
    let mut parts = text.split("{{");
    line += parts.next().unwrap_or_default().matches('\n').count();
    parts.filter_map(move |part| {
        let begins = line;
        line += part.matches('\n').count();
        let expression = part.split("}}").next().unwrap_or(part);
        let is_comment = expression.trim_start_matches('-').trim_start().starts_with("/*");
        (!is_comment).then_some((begins, expression))
    })
}

/// Whether a function is called by one of the names; `.Values.now` is none.
fn names_any(expression: &str, names: &[&str]) -> bool {
    let mut words = expression.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '$' | '_')));
    words.any(|word| names.contains(&word))
}

/// The first field in which two values differ.
fn difference(one: &Value, other: &Value, path: String) -> Option<String> {
    match (one, other) {
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            a.iter().find_map(|(key, value)| difference(value, &b[key], format!("{path}.{key}")))
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let mut pairs = a.iter().zip(b).enumerate();
            pairs.find_map(|(index, (one, other))| difference(one, other, format!("{path}[{index}]")))
        }
        _ => (one != other).then_some(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_in_expressions_count() {
        assert!(names_function("password: {{ randAlphaNum 10 | b64enc }}"));
        assert!(names_function("{{- $ca := genCA \"x\" 365 }}"));
        assert!(!names_function("You can now use it. {{ .Values.knownow }} {{ .Values.now }}"));
        assert!(!names_function("{{/* now and then */}}{{- /* now */ -}}"));
        assert!(names_function("{{ (now) }}"));
        assert_eq!(expressions("a\n{{ b }}\n{{ c\n}} {{ d }}").map(|it| it.0).collect::<Vec<_>>(), [2, 3, 4]);
    }
}
