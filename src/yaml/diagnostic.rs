//! What `serde-saphyr` says of a file, in words for people.

use std::path::Path;

use serde_saphyr::{Error, UserMessageFormatter};

use crate::vocabulary::{Diagnostic, Place, nearest};

/// A `serde-saphyr` error as ours: one line, with the place, in the words of the file.
pub fn diagnostic(error: &Error, file: &Path) -> Diagnostic {
    let place = match error.location() {
        Some(at) => Place::new(file, at.line() as usize, at.column() as usize),
        None => Place::file(file),
    };
    message(error.without_snippet()).at(place)
}

fn message(error: &Error) -> Diagnostic {
    match error {
        Error::SerdeUnknownField { field, expected, .. } => {
            Diagnostic::new(format!("unknown key `{field}`")).hint(one_of(field, expected))
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            Diagnostic::new(format!("unknown value `{variant}`")).hint(one_of(variant, expected))
        }
        Error::SerdeMissingField { field, .. } => Diagnostic::new(format!("missing key `{field}`")),
        Error::NullIntoString { .. } => Diagnostic::new("the value is missing: text is expected here"),
        Error::SerdeInvalidType { unexpected, expected, .. }
        | Error::SerdeInvalidValue { unexpected, expected, .. } => {
            Diagnostic::new(format!("expected {expected}, found {unexpected}"))
        }
        Error::Unexpected { expected, .. } => Diagnostic::new(format!("expected {}", in_words(expected))),
        Error::InvalidScalar { ty, .. } => Diagnostic::new(format!("expected {}", in_words(ty))),
        Error::DuplicateMappingKey { key: Some(key), .. } => {
            Diagnostic::new(format!("duplicate key `{key}`"))
        }
        Error::ExternallyTaggedEnumExpectedScalarOrMapping { .. }
        | Error::ExpectedStringKeyForExternallyTaggedEnum { .. }
        | Error::UnexpectedValueForUnitEnumVariant { .. } => {
            Diagnostic::new("expected one of the values that are possible here, found a list or a map")
        }
        Error::ExpectedMappingEndAfterEnumVariantValue { .. } => {
            Diagnostic::new("expected one key here, found several")
        }
        Error::MultipleDocuments { .. } => Diagnostic::new("the file contains more than one YAML document"),
        _ => Diagnostic::new(library_message(error)),
    }
}

/// The parser's and Rust's names for types, as people call them.
fn in_words(expected: &str) -> &str {
    match expected {
        "string scalar" => "text",
        "sequence start" => "a list",
        "mapping start" => "a map",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, 0 or more",
        "bool" | "boolean" => "true or false",
        other => other,
    }
}

/// The nearest of the names that are possible, or all of them when none is near.
fn one_of(typed: &str, expected: &[&str]) -> String {
    match nearest(typed, expected.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("expected one of: {}", expected.join(", ")),
    }
}

fn library_message(error: &Error) -> String {
    let text = error.render_with_formatter(&UserMessageFormatter);
    // The message ends with the position, which the place already tells.
    let message = text.split(" at line ").next().unwrap_or(&text);
    message.trim_end_matches([',', ';']).to_owned()
}
