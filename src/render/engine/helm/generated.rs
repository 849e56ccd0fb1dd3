//! Values that a chart makes anew each time it is rendered: random passwords, certificates, the time
//! of day. Two renderings tell which these are.

use std::fmt;

use anyhow::Result;
use serde_json::Value;

use crate::render::manifest::{Document, described};
use crate::vocabulary::{Diagnostic, Place};

/// More resources than this are named by their kinds in a hint.
const NAMED: usize = 3;

/// A resource with generated values.
#[derive(Debug)]
pub struct Generated {
    /// Which of the chart's documents it is.
    pub index: usize,
    pub fields: Vec<Field>,
}

/// A field that is another one in each rendering.
#[derive(Debug)]
pub struct Field {
    pub path: Vec<Part>,
    /// What the second rendering has.
    pub other: Value,
    /// Whether it is only a value that differs, and not which fields there are.
    pub is_value: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Key(String),
    Index(usize),
}

/// The resources in which two renderings differ. They must have the same resources.
pub fn compare(first: &[Document], second: &[Document], place: &Place) -> Result<Vec<Generated>> {
    if first.len() != second.len() {
        let message = "the chart renders a different number of manifests on every run";
        return Err(Diagnostic::new(message).at(place.clone()).into());
    }
    let mut found = Vec::new();
    for (index, (one, other)) in first.iter().zip(second).enumerate() {
        let mut fields = Vec::new();
        differences(&one.value, &other.value, &mut Vec::new(), &mut fields);
        if !fields.is_empty() {
            found.push(Generated { index, fields });
        }
    }
    Ok(found)
}

fn differences(one: &Value, other: &Value, path: &mut Vec<Part>, found: &mut Vec<Field>) {
    let mut below = |part: Part, one: &Value, other: &Value| {
        path.push(part);
        differences(one, other, path, found);
        path.pop();
    };
    match (one, other) {
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            a.iter().for_each(|(key, value)| below(Part::Key(key.clone()), value, &b[key]));
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let pairs = a.iter().zip(b).enumerate();
            pairs.for_each(|(index, (one, other))| below(Part::Index(index), one, other));
        }
        _ if one == other => {}
        _ => {
            let is_scalar = |value: &Value| !value.is_object() && !value.is_array();
            let is_value = is_scalar(one) && is_scalar(other);
            found.push(Field { path: path.clone(), other: other.clone(), is_value });
        }
    }
}

/// The error that names all of them, and what can be done about it.
pub fn refuse(generated: &[&Generated], documents: &[Document], place: &Place) -> Diagnostic {
    let resource = |it: &&Generated| {
        let document = &documents[it.index];
        let fields: Vec<String> = it.fields.iter().map(|field| format!("`{field}`")).collect();
        (described(&document.value), fields.join(", "), document.origin.clone())
    };
    let hint = hint(generated, documents);
    let resources: Vec<_> = generated.iter().map(resource).collect();
    if let [(name, fields, origin)] = resources.as_slice() {
        let message = format!("{name} differs on every run, so every run would propose a change: {fields}");
        return Diagnostic::new(message).at(origin.clone()).hint(hint);
    }
    let lines = resources.iter().map(|(name, fields, origin)| format!("\n- {name}: {fields} ({origin})"));
    let message = format!(
        "{} resources differ on every run, so every run would propose a change:{}",
        resources.len(),
        lines.collect::<String>()
    );
    Diagnostic::new(message).at(place.clone()).hint(hint)
}

fn hint(generated: &[&Generated], documents: &[Document]) -> String {
    if !generated.iter().all(|it| it.can_be_kept()) {
        return "set the values of the chart that it generates otherwise: names and keys cannot be kept"
            .into();
    }
    let text = |index: usize, pointer: &str| {
        documents[index].value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let mut entries: Vec<String> = generated
        .iter()
        .map(|it| match generated.len() > NAMED {
            true => format!("{{kind: {}}}", text(it.index, "/kind")),
            false => {
                format!("{{kind: {}, name: {}}}", text(it.index, "/kind"), text(it.index, "/metadata/name"))
            }
        })
        .collect();
    entries.sort();
    entries.dedup();
    format!(
        "set them with the chart's values, or generate them once and keep them in git: `keep: [{}]` on the step",
        entries.join(", ")
    )
}

impl Generated {
    /// Whether a value can take the place of each field, and the resource is the same one.
    pub fn can_be_kept(&self) -> bool {
        self.fields.iter().all(|field| field.is_value && !field.is_identity())
    }
}

impl Field {
    fn is_identity(&self) -> bool {
        let keys: Vec<&str> = self.path.iter().filter_map(Part::key).collect();
        matches!(keys[..], ["apiVersion" | "kind"] | ["metadata", "name" | "namespace" | "generateName"])
    }
}

impl Part {
    fn key(&self) -> Option<&str> {
        match self {
            Part::Key(key) => Some(key),
            Part::Index(_) => None,
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.path.iter().enumerate() {
            match part {
                Part::Index(index) => write!(f, "[{index}]")?,
                Part::Key(key) if at == 0 => f.write_str(key)?,
                Part::Key(key) if key.contains('.') => write!(f, "[{key}]")?,
                Part::Key(key) => write!(f, ".{key}")?,
            }
        }
        Ok(())
    }
}
