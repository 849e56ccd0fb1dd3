//! YAML in and out: the one reader and the one writer.
//!
//! Reading keeps the position of every node, for errors and for `render --explain`, and how its
//! scalars are written. Scalars are read as `kubectl` reads them (YAML 1.1 booleans, `0644` is
//! octal), and written so that no YAML 1.1 or 1.2 reader takes a string for something else.

use std::path::Path;

use anyhow::Result;

use crate::vocabulary::{Diagnostic, Place};
use reader::read;
use reading::{Duplicates, Keys, Reading};

mod deserialize;
pub mod edit;
mod keys;
mod node;
mod reader;
mod reading;
mod resolve;
mod scalars;
mod section;
mod segments;
mod text_or;
mod typed;
mod write;

pub use node::{Duplicate, Kind, Node};
pub use scalars::{CommandLine, Glob, HttpUrl, Line, Moment, Period, PeriodOr, RelativePath};
pub use section::{Later, Wrong, key, only};
pub(crate) use section::{alternatives, schema_as, written_as};
pub use text_or::TextOr;
pub use typed::{At, Entries, Values, convert, read_document, refuse};
pub use write::{write, write_json};

/// Reads every document of `text`; empty documents are left out. `file` is for errors.
pub fn parse(text: &str, file: &Path) -> Result<Vec<Node>> {
    let reading = Reading { file, keys: Keys::Resolved, duplicates: Duplicates::Refused, empty: false };
    Ok(read(reading, text)?.nodes)
}

/// Reads documents as [`parse`] does, but with the keys of maps as they are written: a variable may
/// be called `y` or `on`.
pub fn parse_named(text: &str, file: &Path) -> Result<Vec<Node>> {
    let reading = Reading { file, keys: Keys::AsWritten, duplicates: Duplicates::Refused, empty: false };
    Ok(read(reading, text)?.nodes)
}

/// Reads documents as [`parse`] does, with the empty ones.
pub fn parse_stream(text: &str, file: &Path) -> Result<Vec<Node>> {
    let reading = Reading { file, keys: Keys::Resolved, duplicates: Duplicates::Refused, empty: true };
    Ok(read(reading, text)?.nodes)
}

/// Reads documents as [`parse`] does, but of duplicate keys the last one counts, as helm has it. Says
/// which these are.
pub fn parse_last_wins(text: &str, file: &Path) -> Result<(Vec<Node>, Vec<Duplicate>)> {
    let reading = Reading { file, keys: Keys::Resolved, duplicates: Duplicates::LastWins, empty: false };
    let documents = read(reading, text)?;
    Ok((documents.nodes, documents.duplicates))
}

/// Reads what can be known of a text that need not be a manifest, as a template before it is rendered:
/// keys may be anything, also twice.
pub fn parse_leniently(text: &str, file: &Path) -> Result<Vec<Node>> {
    let reading = Reading { file, keys: Keys::Anything, duplicates: Duplicates::LastWins, empty: false };
    Ok(read(reading, text)?.nodes)
}

/// Bytes of a file as text: UTF-8, with or without a byte order mark.
pub fn text(bytes: Vec<u8>, file: &Path) -> Result<String, Diagnostic> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
        let diagnostic = Diagnostic::new("the file is not UTF-8 text").at(Place::new(file, line, 0));
        diagnostic.hint("save it as UTF-8")
    })
}

/// Whether there is nothing but comments, or just `null`.
pub fn is_empty(text: &str, file: &Path) -> Result<bool> {
    Ok(parse(text, file)?.iter().all(|document| document.kind == Kind::Null))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn message(text: &str) -> String {
        parse(text, Path::new("file.yaml")).unwrap_err().to_string()
    }

    #[test]
    fn errors_are_one_line_with_the_place_once() {
        assert_eq!(message("a: [1,\nb: 2"), "file.yaml:1:4: unclosed bracket '['");
        assert_eq!(message("a: 1\na: 2"), "file.yaml:2:1: duplicate key `a`");
        assert_eq!(message("a: *x"), "file.yaml:1:4: there is no anchor of this name before");
    }

    #[test]
    fn scalars_are_read_as_kubectl_reads_them() {
        let nodes = parse("[yes, 0644, 0o14, 1_000, '1', 2020-01-01, ~, 1.10]", Path::new("")).unwrap();
        let expected = serde_json::json!([true, 420, 12, 1000, "1", "2020-01-01", null, 1.1]);
        assert_eq!(nodes[0].to_value(), expected);
    }

    #[test]
    fn streams_of_json_and_joined_files_are_documents() {
        let values = |text: &str| -> Vec<Value> {
            parse(text, Path::new("")).unwrap().iter().map(Node::to_value).collect()
        };
        let documents = [serde_json::json!({"a": 1}), serde_json::json!({"b": 2})];
        assert_eq!(values("{\"a\": 1}\n{\"b\": 2}\n"), documents);
        assert_eq!(values("\u{feff}a: 1\n\u{feff}---\nb: 2\n"), documents);
        assert_eq!(values("a: 1\n---\n\u{feff}b: 2\n"), documents);
        assert_eq!(message("{\"a\": 1}\n{\"a\": 1, \"a\": 2}"), "file.yaml:2:10: duplicate key `a`");
        let many = "a: &x 1\nb: *x\n---\n".repeat(20_000);
        assert_eq!(parse(&many, Path::new("")).unwrap().len(), 20_000);
    }

    #[test]
    fn scalars_know_how_they_are_written() {
        let nodes = parse("[1.10, 0755, yes, ~, 1_000, 'a', 12, '1.10', ]", Path::new("")).unwrap();
        let Kind::Sequence(items) = &nodes[0].kind else { panic!("{nodes:?}") };
        let spellings: Vec<_> = items.iter().map(Node::spelling).collect();
        assert_eq!(spellings, ["1.10", "0755", "yes", "~", "1_000", "a", "12", "1.10"]);
    }

    #[test]
    fn duplicate_keys_can_be_accepted_and_are_told() {
        let text = "a: 1\n---\nspec:\n- {b: 1, c: 2, b: 3}\n";
        let (nodes, duplicates) = parse_last_wins(text, Path::new("")).unwrap();
        assert_eq!(nodes[1].to_value(), serde_json::json!({"spec": [{"c": 2, "b": 3}]}));
        let path = "spec[0].b".to_owned();
        assert_eq!(duplicates, [Duplicate { path, document: 1, line: 4, column: 16 }]);
    }

    #[test]
    fn strings_that_look_like_something_else_are_quoted() {
        let value = serde_json::json!({"on": "no", "a": "1_000", "b": "706798e8", "c": "1:30", "d": ""});
        let text = "\"on\": \"no\"\na: \"1_000\"\nb: \"706798e8\"\nc: \"1:30\"\nd: \"\"\n";
        assert_eq!(write(&value).unwrap(), text);
    }
}
