//! What is left to be filled in: `$NAME`, `#{NAME}#` and `{{ name }}` in files, and in manifests that
//! were made from them.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::kubernetes::{self, Field, Shape};

/// What marks a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// `$NAME` and `${NAME}`, upper case: what scripts replace before manifests are applied.
    Shell,
    /// `#{NAME}#`
    Tokens,
    /// `{{ name }}`
    Braces,
}

static SHELL: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:^|[^$])\$(?:\{([A-Z][A-Z0-9_]*)[}:]|([A-Z][A-Z0-9_]*))").ok());
static TOKENS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"#\{\s*([A-Za-z_][\w.]*)\s*\}#").ok());
static BRACES: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\{[{%][^{}%]*?([A-Za-z_][\w.]*)").ok());

impl Mark {
    pub const ALL: [Mark; 3] = [Mark::Shell, Mark::Tokens, Mark::Braces];

    /// The names that a text has this mark on.
    pub fn names(self, text: &str) -> BTreeSet<String> {
        let regex = match self {
            Mark::Shell => &SHELL,
            Mark::Tokens => &TOKENS,
            Mark::Braces => &BRACES,
        };
        let found = regex.iter().flat_map(|regex| regex.captures_iter(text));
        found
            .filter_map(|it| it.iter().skip(1).flatten().next().map(|name| name.as_str().to_owned()))
            .collect()
    }

    fn is_in(self, text: &str) -> bool {
        !self.names(text).is_empty()
    }
}

/// Fields whose texts are never a script, or a template of another tool.
const NAMES: [&str; 6] = ["name", "namespace", "image", "host", "hosts", "storageClassName"];

/// Whether a field of a manifest is still to be filled in. Only fields that are never scripts or
/// templates of another tool tell, of kinds of the Kubernetes API.
pub fn is_unfilled(manifest: &Value) -> bool {
    let text = |key: &str| manifest[key].as_str().unwrap_or_default();
    let kind = kubernetes::kind(text("apiVersion"), text("kind"));
    kind.is_some_and(|kind| is_unfilled_in("", Some(kind.root()), manifest))
}

fn is_unfilled_in(name: &str, field: Option<Field>, value: &Value) -> bool {
    let shape = field.map(Field::shape);
    match value {
        Value::String(text) => {
            let is_told = NAMES.contains(&name)
                || matches!(shape, Some(Shape::Integer | Shape::Number | Shape::Boolean | Shape::Quantity));
            is_told && Mark::ALL.iter().any(|mark| mark.is_in(text))
        }
        Value::Array(items) => {
            let field = field.and_then(Field::item);
            items.iter().any(|item| is_unfilled_in(name, field, item))
        }
        Value::Object(map) => map
            .iter()
            .any(|(key, value)| is_unfilled_in(key, field.and_then(|field| field.field(key)), value)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_in_files() {
        let names = |mark: Mark, text| mark.names(text).into_iter().collect::<Vec<_>>();
        assert_eq!(names(Mark::Shell, "a: $TAG\nb: ${REPO}/x:${TAG:-1} $$NO $(NO) $no"), ["REPO", "TAG"]);
        assert_eq!(names(Mark::Tokens, "a: #{TAG}# # {x} #{db.host}#"), ["TAG", "db.host"]);
        assert_eq!(names(Mark::Braces, "a: {{ host }}{% if debug %}"), ["host", "if"]);
    }

    #[test]
    fn fields_that_are_to_be_filled_in() {
        let deployment = |spec: Value| json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": spec});
        let container = |it: Value| deployment(json!({"template": {"spec": {"containers": [it]}}}));
        assert!(is_unfilled(&deployment(json!({"replicas": "$REPLICAS"}))));
        assert!(is_unfilled(&container(json!({"image": "$REPO/web:$TAG"}))));
        assert!(!is_unfilled(&container(json!({"image": "web", "args": ["echo $HOME ${X}"]}))));
        let rule = json!({"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule", "name": "{{ $labels.x }}"});
        assert!(!is_unfilled(&rule));
    }
}
