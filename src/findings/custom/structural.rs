//! A value beside the schema of a custom resource: OpenAPI v3 as definitions have it, and the same words of
//! JSON Schema.
//!
//! A definition drops what it does not name, so that is an unknown field. What only judges a value (`anyOf`,
//! `oneOf`, `not`) names no fields. Rules in CEL are not evaluated.

use serde_json::{Map, Value};

use super::constraint;
use super::schemas::Schema;
use crate::findings::document_path::DocumentPath;
use crate::vocabulary::{FindingId, nearest};

/// Something that the schema refuses.
pub struct Wrong {
    pub id: FindingId,
    pub path: DocumentPath,
    /// What goes behind the name of the field: `is text, and …`.
    pub what: String,
    pub hint: Option<String>,
}

/// Fields of every resource, which its definition need not name.
const OF_ALL: [&str; 4] = ["apiVersion", "kind", "metadata", "status"];

/// References that lead to one another without an end are followed no further.
const LONGEST_CHAIN: usize = 32;

pub fn check(manifest: &Value, schema: &Schema) -> Vec<Wrong> {
    let mut check = Check { root: &schema.value, is_structural: schema.is_structural, found: Vec::new() };
    check.value(manifest, &schema.value, &DocumentPath::default());
    check.found
}

struct Check<'a> {
    root: &'a Value,
    is_structural: bool,
    found: Vec<Wrong>,
}

impl<'a> Check<'a> {
    fn value(&mut self, value: &Value, schema: &'a Value, path: &DocumentPath) {
        let schema = self.resolved(schema);
        if value.is_null() {
            return;
        }
        if let Some((what, hint)) = constraint::wrong_type(value, schema) {
            self.add(FindingId::WrongType, path, what, hint.map(str::to_owned));
            return;
        }
        if let Some((what, hint)) = constraint::not_allowed(value, schema) {
            self.add(FindingId::InvalidValue, path, what, hint);
        }
        match value {
            Value::Object(map) => self.object(map, schema, path),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(item, &schema["items"], &path.clone().item(index));
                }
            }
            _ => {}
        }
        self.alternatives(value, schema, path);
    }

    fn object(&mut self, map: &Map<String, Value>, schema: &'a Value, path: &DocumentPath) {
        let is_resource = path.0.is_empty() || schema["x-kubernetes-embedded-resource"] == true;
        for (key, value) in map {
            let below = path.clone().key(key);
            if let Some(of) = schema["properties"].get(key) {
                // What the cluster writes it does not read.
                if !(path.0.is_empty() && key == "status") {
                    self.value(value, of, &below);
                }
            } else if is_resource && OF_ALL.contains(&key.as_str()) {
            } else if let Some(of) = schema.get("additionalProperties").filter(|it| it.is_object()) {
                self.value(value, of, &below);
            } else if self.refuses_unknown(schema) {
                let known = schema["properties"].as_object().into_iter().flat_map(Map::keys);
                let hint =
                    nearest(key, known.map(String::as_str)).map(|name| format!("did you mean `{name}`?"));
                self.add(
                    FindingId::UnknownField,
                    &below,
                    "is a field that its schema does not have".to_owned(),
                    hint,
                );
            }
        }
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for name in required.filter(|name| map.get(*name).is_none_or(Value::is_null)) {
            // A default fills it in.
            if schema["properties"][name].get("default").is_none() {
                let below = path.clone().key(name);
                self.add(
                    FindingId::MissingField,
                    &below,
                    "is missing, and its schema requires it".to_owned(),
                    None,
                );
            }
        }
    }

    fn refuses_unknown(&self, schema: &Value) -> bool {
        match schema.get("additionalProperties") {
            Some(Value::Bool(allowed)) => !allowed,
            _ if schema["x-kubernetes-preserve-unknown-fields"] == true => false,
            // Without a type there may be anything.
            _ => self.is_structural && schema["type"] == "object",
        }
    }

    fn alternatives(&mut self, value: &Value, schema: &'a Value, path: &DocumentPath) {
        for part in list(schema, "allOf") {
            let wrong = self.judged(value, part, path);
            self.found.extend(wrong);
        }
        let hits = |name: &str| {
            let parts = list(schema, name);
            let hits = parts.iter().filter(|part| self.judged(value, part, path).is_empty()).count();
            (!parts.is_empty()).then_some(hits)
        };
        let none = hits("anyOf") == Some(0);
        let one = hits("oneOf");
        let not = schema.get("not").is_some_and(|not| self.judged(value, not, path).is_empty());
        if none || one == Some(0) {
            self.add(
                FindingId::InvalidValue,
                path,
                "is none of the alternatives of its schema".to_owned(),
                None,
            );
        } else if one.is_some_and(|hits| hits > 1) {
            self.add(
                FindingId::InvalidValue,
                path,
                "is several of the alternatives of its schema".to_owned(),
                None,
            );
        } else if not {
            self.add(FindingId::InvalidValue, path, "is what its schema excludes".to_owned(), None);
        }
    }

    /// What a schema that only judges says of a value.
    fn judged(&self, value: &Value, schema: &'a Value, path: &DocumentPath) -> Vec<Wrong> {
        let mut check = Check { root: self.root, is_structural: false, found: Vec::new() };
        check.value(value, schema, path);
        check.found
    }

    /// The schema that a reference leads to.
    fn resolved(&self, schema: &'a Value) -> &'a Value {
        let mut schema = schema;
        for _ in 0..LONGEST_CHAIN {
            let Some(pointer) = schema["$ref"].as_str().and_then(|it| it.strip_prefix('#')) else { break };
            let Some(next) = self.root.pointer(pointer) else { break };
            schema = next;
        }
        schema
    }

    fn add(&mut self, id: FindingId, path: &DocumentPath, what: String, hint: Option<String>) {
        self.found.push(Wrong { id, path: path.clone(), what, hint });
    }
}

fn list<'a>(schema: &'a Value, name: &str) -> &'a [Value] {
    schema[name].as_array().map(Vec::as_slice).unwrap_or_default()
}
