//! Placeholders in files of another engine: a Helm `values.yaml` with `$IMAGE_REPO`, a
//! `kustomization.yaml` with `#{TAG}#`.
//!
//! A file that is YAML gets its values scalar by scalar, each written so that it is read as what it is.
//! The rest of the file stays byte for byte. Any other file, such as a chart's template, is text, and
//! text is all that this crate knows of another engine's language: there a value can change the
//! structure, which in templates of Towline's own it cannot.

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use globset::{GlobSet, GlobSetBuilder};

use super::marked::{Marked, Slot};
use super::yaml_file;
use crate::bounds;
use crate::config::{PlaceholderStyle, Placeholders};
use crate::render::template::expressions;
use crate::render::template::names::Names;
use crate::render::template::placeholders::{self, Filled, Part, Unfilled};
use crate::render::template::sentinel::{Sentinel, Taken};
use crate::render::template::spelling::Tokenized;
use crate::render::template::tokens::Interpolated;
use crate::vocabulary::{Diagnostic, Place, Warning, WarningId};
use crate::yaml::Glob;

/// The placeholders of one step and one target.
pub struct Expansion<'a> {
    style: PlaceholderStyle,
    files: GlobSet,
    ignore: GlobSet,
    names: &'a Names,
    /// Those that no value contains.
    sentinels: Vec<Sentinel>,
    unfilled: RefCell<Vec<(Place, Unfilled)>>,
    warnings: RefCell<Vec<Warning>>,
}

impl<'a> Expansion<'a> {
    pub fn new(placeholders: &Placeholders, names: &'a Names) -> Result<Self> {
        let everything = [Glob::try_from("**".to_owned())?];
        let files = if placeholders.files.is_empty() { &everything[..] } else { &placeholders.files };
        let (files, ignore) = (globs(files)?, globs(&placeholders.ignore)?);
        let sentinels = Sentinel::candidates(&Taken::by(names.texts()));
        let (unfilled, warnings) = (RefCell::default(), RefCell::default());
        Ok(Self { style: placeholders.style, files, ignore, names, sentinels, unfilled, warnings })
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
        // The mark that a file may begin with is no character of YAML.
        let (start, text) = text.split_at(if text.starts_with('\u{feff}') { 3 } else { 0 });
        let marked = match self.style {
            PlaceholderStyle::Jinja => self.jinja(text, shown)?,
            PlaceholderStyle::Shell | PlaceholderStyle::Tokens => self.mark(text, shown)?,
        };
        let filled = match is_yaml(inside).then(|| yaml_file::fill(&marked, inside)).flatten() {
            Some(filled) => filled,
            None => marked.as_text(shown),
        };
        filled.map(|filled| [start, &filled].concat().into_bytes()).map_err(|unfilled| {
            self.unfilled.borrow_mut().extend(unfilled.clone());
            placeholders::error(unfilled).map_or_else(|| anyhow::anyhow!("no placeholder"), Into::into)
        })
    }

    /// Whether there was a placeholder that could not be filled.
    pub fn is_unfilled(&self) -> bool {
        !self.unfilled.borrow().is_empty()
    }

    /// The error for all placeholders that could not be filled so far.
    pub fn error(&self) -> Option<Diagnostic> {
        let mut unfilled = self.unfilled.take();
        unfilled.sort_by_key(|(place, _)| place.to_string());
        unfilled.dedup_by_key(|(place, _)| place.to_string());
        placeholders::error(unfilled)
    }

    pub fn warnings(&self) -> Vec<Warning> {
        self.warnings.take()
    }

    fn jinja(&self, text: &str, shown: &Path) -> Result<Marked> {
        let (Tokenized { text, tokens, warning }, sentinel) =
            bounds::within(bounds::TIME, &Arc::new(Place::file(shown)), || {
                expressions::tokenize(text, shown, self.names, is_yaml(shown))
            })?;
        self.warnings
            .borrow_mut()
            .extend(warning.map(|it| Warning::new(it.id, it.diagnostic.at(Place::file(shown)))));
        let slot = |interpolated: Interpolated| {
            let written = interpolated.text().unwrap_or_default();
            Slot { written, value: Ok(interpolated) }
        };
        Ok(Marked { text, sentinel, slots: tokens.into_iter().map(slot).collect() })
    }

    fn mark(&self, text: &str, shown: &Path) -> Result<Marked> {
        let taken = Taken::by([text]);
        let sentinel = self.sentinels.iter().find(|sentinel| !taken.has(**sentinel)).copied();
        let sentinel = sentinel.with_context(|| {
            format!("{} uses too many private-use characters to mark its placeholders", shown.display())
        })?;
        let mut marked = Marked { text: String::with_capacity(text.len()), sentinel, slots: Vec::new() };
        for (offset, part) in placeholders::parts(text, self.style) {
            let place = || Place::in_text(shown, text.as_bytes(), offset);
            match part {
                Part::Text(text) => marked.text.push_str(text),
                Part::Unended { name, text } => {
                    self.unended(name, text, &place);
                    marked.text.push_str("#{");
                    marked.text.push_str(text);
                }
                Part::Placeholder(inside) => {
                    let written = placeholders::written(text, offset, inside);
                    match placeholders::fill(inside, self.style, self.names) {
                        Ok(Filled::Left(left)) => {
                            self.warn(left.at(place()));
                            marked.text.push_str(written);
                        }
                        Ok(Filled::Value(data)) => marked.push(written, Ok(Interpolated::new(data))),
                        Err(unfilled) => marked.push(written, Err((place(), unfilled))),
                    }
                }
            }
        }
        Ok(marked)
    }

    /// `#{NAME}`, the suffix that older token replacers had.
    fn unended(&self, name: &str, text: &str, place: &dyn Fn() -> Place) {
        if self.names.placeholder(name).is_some() {
            let diagnostic = Diagnostic::new(format!("`#{{{text}` is no placeholder and is left as it is"));
            self.warn(diagnostic.at(place()).hint(format!("write `#{{{name}}}#`")));
        }
    }

    fn warn(&self, diagnostic: Diagnostic) {
        self.warnings.borrow_mut().push(Warning::new(WarningId::PlaceholderLeft, diagnostic));
    }
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|end| ["yaml", "yml", "json"].iter().any(|yaml| end == *yaml))
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
    use serde_json::json;

    use super::*;
    use crate::variables::Data;

    fn expanded_file(style: PlaceholderStyle, file: &str, text: &str) -> String {
        let placeholders = Placeholders {
            style,
            files: Vec::new(),
            ignore: vec![Glob::try_from("ignored/**".to_owned()).unwrap()],
        };
        let values = json!({"TAG": "1.2", "SHA": "706798e8", "replicas": 3, "db": {"host": "h"}, "none": null,
            "text": "a: b # c", "lines": "x\ny\n", "on": true});
        let mut names = Names::of_values(values.as_object().cloned().unwrap_or_default());
        for (name, text) in [("PORT", "8080"), ("NO", "no"), ("OCTAL", "0755"), ("FALSE", "false")] {
            names.values.insert(name.to_owned(), Data::untyped(text));
        }
        let expansion = Expansion::new(&placeholders, &names).unwrap();
        match expansion.expand(Path::new(file), Path::new(file), text.as_bytes().to_vec()) {
            Ok(bytes) => String::from_utf8(bytes).unwrap(),
            Err(error) => format!("error: {error}"),
        }
    }

    fn shell(file: &str, text: &str) -> String {
        expanded_file(PlaceholderStyle::Shell, file, text)
    }

    #[test]
    fn values_of_yaml_files_are_read_as_what_they_are() {
        let values = |text| shell("values.yaml", text);
        assert_eq!(values("a: $TAG # $TAG\n"), "a: \"1.2\" # $TAG\n");
        assert_eq!(
            values("a: $SHA\nb: '$SHA'\nc: x-$SHA\n"),
            "a: \"706798e8\"\nb: \"706798e8\"\nc: x-706798e8\n"
        );
        assert_eq!(values("{a: $replicas, b: \"$replicas\", c: $PORT}"), "{a: 3, b: \"3\", c: 8080}");
        assert_eq!(
            values("a: $NO\nb: $OCTAL\nc: $FALSE\nd: $on\n"),
            "a: \"no\"\nb: \"0755\"\nc: false\nd: true\n"
        );
        assert_eq!(values("a: $text\n"), "a: \"a: b # c\"\n");
        assert_eq!(values("a: $db\n"), "a: {\"host\":\"h\"}\n");
        assert_eq!(values("$SHA: [$TAG, b]\n"), "\"706798e8\": [\"1.2\", b]\n");
        assert_eq!(values("a: ghcr.io/x:$TAG\n"), "a: ghcr.io/x:1.2\n");
        assert_eq!(
            values("\u{feff}é: ü$TAG # ö\r\nb: &x $SHA\r\nc: *x\r\n"),
            "\u{feff}é: \"ü1.2\" # ö\r\nb: &x \"706798e8\"\r\nc: *x\r\n"
        );
    }

    #[test]
    fn a_block_gets_lines_at_its_indentation() {
        let text = "a:\n  b: |\n    1 $lines\n    2 $TAG\n  c: >-\n    $text\n";
        let expected = "a:\n  b: |\n    1 x\n    y\n    2 1.2\n  c: >-\n    a: b # c\n";
        assert_eq!(shell("values.yaml", text), expected);
    }

    #[test]
    fn resources_and_kustomizations_get_the_types_of_their_fields() {
        let patch = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {port: $PORT, on: $on}\n";
        let expected =
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {port: \"8080\", on: \"true\"}\n";
        assert_eq!(shell("patch.yaml", patch), expected);
        let kustomization = "images: [{name: a, newTag: $PORT}]\nreplicas: [{name: a, count: $PORT}]\n";
        let expected = "images: [{name: a, newTag: \"8080\"}]\nreplicas: [{name: a, count: 8080}]\n";
        assert_eq!(shell("base/kustomization.yaml", kustomization), expected);
        assert_eq!(
            shell("Chart.yaml", "version: 1.0.0\nappVersion: $PORT\n"),
            "version: 1.0.0\nappVersion: \"8080\"\n"
        );
    }

    #[test]
    fn what_is_no_yaml_is_text() {
        assert_eq!(shell("templates/a.tpl", "{{ $x }} $SHA"), "error: templates/a.tpl:1:4: `x` is undefined");
        assert_eq!(shell("a.sh", "echo $SHA # $TAG ${#a[@]}"), "echo 706798e8 # 1.2 ${#a[@]}");
        assert_eq!(
            shell("templates/a.yaml", "{{- if }}\na: $SHA\n{{- end }}\n"),
            "{{- if }}\na: 706798e8\n{{- end }}\n"
        );
        assert_eq!(shell("ignored/a.yaml", "a: $TAG"), "a: $TAG");
    }

    #[test]
    fn json_stays_json() {
        assert_eq!(
            shell("a.json", r#"{"a": "$SHA", "b": "x$text"}"#),
            r#"{"a": "706798e8", "b": "xa: b # c"}"#
        );
    }

    #[test]
    fn all_that_cannot_be_filled_is_told_at_once() {
        assert_eq!(shell("b.yaml", "x: 1\n# $NONE\ny: $TAGS"), "error: b.yaml:3:4: `TAGS` is undefined");
        assert_eq!(
            shell("b.yaml", "y: x$db"),
            "error: b.yaml:1:4: `$db` is a map or list, which text cannot contain"
        );
        assert_eq!(shell("b.yaml", "y: $none"), "error: b.yaml:1:4: `none` is null");
        assert_eq!(
            shell("b.yaml", "y: $TAGS\nz: [$A, '$B']"),
            "error: 3 placeholders cannot be filled:\n  b.yaml:1:4: `TAGS` is undefined; did you mean `TAG`?\n  \
             b.yaml:2:5: `A` is undefined\n  b.yaml:2:10: `B` is undefined"
        );
    }

    #[test]
    fn tokens_and_expressions_are_filled_alike() {
        let tokens = |text| expanded_file(PlaceholderStyle::Tokens, "a.yaml", text);
        assert_eq!(tokens("tag: #{TAG}#\nb: x # {x} #{}#\n"), "tag: \"1.2\"\nb: x # {x} #{}#\n");
        assert_eq!(tokens("tag: \"#{SHA}#\"\nb: x-#{ db.host }#\n"), "tag: \"706798e8\"\nb: x-h\n");
        let jinja = |text| expanded_file(PlaceholderStyle::Jinja, "a.yaml", text);
        assert_eq!(
            jinja("tag: {{ TAG }}\n{% if replicas > 1 %}many: {{ SHA }}{% endif %}\n"),
            "tag: \"1.2\"\nmany: \"706798e8\"\n"
        );
        assert_eq!(jinja("x\ny: {{ TAGG }}"), "error: a.yaml:2:7: `TAGG` is undefined");
    }
}
