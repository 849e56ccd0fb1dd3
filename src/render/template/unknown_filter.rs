//! What to write in place of a filter that does not exist.

use crate::vocabulary::{Diagnostic, nearest};

/// All filters, sorted.
#[rustfmt::skip]
const NAMES: [&str; 58] = [
    "abs", "attr", "b64decode", "b64encode", "batch", "bool", "capitalize", "chain", "combine", "count",
    "d", "default", "dictsort", "first", "float", "format", "from_json", "from_yaml", "groupby", "indent",
    "int", "items", "join", "last", "length", "lines", "list", "lower", "map", "max", "min", "pprint",
    "raw", "regex_replace", "reject", "rejectattr", "replace", "reverse", "round", "safe", "select",
    "selectattr", "sha256", "slice", "sort", "split", "string", "sum", "ternary", "title", "to_json",
    "to_yaml", "tojson", "trim", "unique", "upper", "urlencode", "zip",
];

/// The error for a filter that does not exist, made of what minijinja says of it.
pub fn unknown_filter(detail: &str) -> Diagnostic {
    let name = detail.trim_start_matches("filter ").split(' ').next().unwrap_or_default();
    let near = || nearest(name, NAMES.iter().copied());
    let hint = match name {
        "quote" | "squote" => "values need no quotes: what is text stays text".to_owned(),
        "nindent" | "toYaml" | "to_nice_yaml" => {
            "a map or a list keeps its structure where it is the whole value: write `{{ name }}`, or \
             `{{ name | to_yaml }}` inside text"
                .to_owned()
        }
        _ => {
            near().map_or("docs/values.md lists the filters".to_owned(), |it| format!("did you mean `{it}`?"))
        }
    };
    Diagnostic::new(format!("there is no filter `{name}`")).hint(hint)
}
