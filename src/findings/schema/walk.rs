//! The document beside the types of its fields: unknown fields, missing ones, and wrong types.

use serde_json::{Map, Value};

use super::format;
use crate::findings::described;
use crate::findings::document_path::{DocumentPath, Step};
use crate::findings::finding::{Finding, named};
use crate::kubernetes::{self, Field, Minor, Shape, Stage};
use crate::render::Resource;
use crate::vocabulary::text::{listed, shorten};
use crate::vocabulary::{FindingId, nearest};

/// As much of a value as a message shows.
const SHOWN: usize = 40;

/// Everything that is wrong with a resource of one of Kubernetes' own kinds.
pub fn check(resource: &Resource, root: Field, minor: Minor, found: &mut Vec<Finding>) {
    let mut walk = Walk { resource, minor, path: Vec::new(), found };
    walk.value(&resource.manifest, root);
}

/// What is wrong with the metadata of any resource.
pub fn check_metadata(resource: &Resource, minor: Minor, found: &mut Vec<Finding>) {
    let metadata = kubernetes::kind("v1", "ConfigMap").and_then(|kind| kind.root().field("metadata"));
    let mut walk = Walk { resource, minor, path: vec![At::Key("metadata")], found };
    if let Some(field) = metadata {
        walk.value(&resource.manifest["metadata"], field);
    }
}

#[derive(Clone, Copy)]
enum At<'a> {
    Key(&'a str),
    Item(usize),
}

struct Walk<'a, 'f> {
    resource: &'a Resource,
    minor: Minor,
    path: Vec<At<'a>>,
    found: &'f mut Vec<Finding>,
}

impl<'a> Walk<'a, '_> {
    fn value(&mut self, value: &'a Value, field: Field) {
        match (field.shape(), value) {
            // What is empty is as good as absent.
            (_, Value::Null) | (Shape::Any, _) => {}
            (Shape::Object(of_type), Value::Object(map)) => self.object(map, field, of_type),
            (Shape::Map, Value::Object(map)) => {
                for (key, value) in map {
                    self.below(At::Key(key), |walk| {
                        field.field(key).into_iter().for_each(|field| walk.value(value, field));
                    });
                }
            }
            (Shape::List, Value::Array(items)) => {
                for (index, value) in items.iter().enumerate() {
                    self.below(At::Item(index), |walk| {
                        field.item().into_iter().for_each(|field| walk.value(value, field));
                    });
                }
            }
            (shape, value) if fits(shape, value) => {}
            (shape, value) => self.wrong_type(value, shape),
        }
    }

    fn object(&mut self, map: &'a Map<String, Value>, field: Field, of_type: &'static str) {
        for (key, value) in map {
            match field.field(key) {
                Some(below) if below.stage(self.minor) == Stage::There => {
                    self.below(At::Key(key), |walk| {
                        let before = walk.found.len();
                        walk.value(value, below);
                        // What has the wrong type has been said.
                        if walk.found.len() == before {
                            walk.allowed(value, of_type, key);
                        }
                    });
                }
                // The cluster writes it, and ignores what is in a manifest.
                None if key == "status" && self.path.is_empty() => {}
                known => self.unknown(key, known, field),
            }
        }
        let minor = self.minor;
        let missing = field.fields().filter(|(name, field)| {
            field.is_required(minor)
                && field.stage(minor) == Stage::There
                && map.get(*name).is_none_or(Value::is_null)
        });
        for (name, _) in missing {
            let message =
                format!("{} has no `{}`, which Kubernetes requires", self.named(), self.path_to(name));
            self.add(FindingId::MissingField, Some(name), message, None);
        }
    }

    fn below(&mut self, step: At<'a>, walk: impl FnOnce(&mut Self)) {
        self.path.push(step);
        walk(self);
        self.path.pop();
    }

    fn unknown(&mut self, key: &'a str, known: Option<Field>, field: Field) {
        let path = self.path_to(key);
        let (message, hint) = match known.map(|field| field.stage(self.minor)) {
            Some(Stage::NotYet(since)) => (
                format!(
                    "`{path}` of {} is there since Kubernetes {since}, not in {}",
                    self.named(),
                    self.minor
                ),
                None,
            ),
            Some(_) => {
                (format!("Kubernetes {} has no `{path}` of {} any more", self.minor, self.named()), None)
            }
            None => {
                let there = field.fields().filter(|(_, field)| field.stage(self.minor) == Stage::There);
                let near = nearest(key, there.map(|(name, _)| name));
                let hint = near.map(|name| format!("did you mean `{name}`?"));
                (format!("Kubernetes knows no field `{path}` of {}", self.named()), hint)
            }
        };
        self.add(FindingId::UnknownField, Some(key), message, hint);
    }

    fn wrong_type(&mut self, value: &Value, shape: Shape) {
        let (is, takes) = (described::value(value), described::shape(shape));
        let path = self.path_to("");
        let message = match path.as_str() {
            "" => format!("{} is {is}, and Kubernetes takes only {takes}", self.named()),
            path => format!("`{path}` of {} is {is}, and Kubernetes takes only {takes} there", self.named()),
        };
        self.add(FindingId::WrongType, None, message, described::remedy(value, shape).map(str::to_owned));
    }

    /// Whether the field takes the value, which has its type.
    fn allowed(&mut self, value: &'a Value, of_type: &str, field: &str) {
        if let Some(values) = kubernetes::values(of_type, field) {
            self.one_of(value, values);
        }
        for format::Wrong { key, value, why } in format::check(value, of_type, field) {
            let mut path = self.document_path(None);
            path.0.extend(key.map(Step::Key));
            let named = self.named();
            let message = match value.map(|value| shorten(&value, SHOWN)) {
                Some(value) => format!("`{path}` of {named} is `{}`: {why}", value.escape_debug()),
                None => format!("`{path}` of {named}: {why}"),
            };
            let finding = Finding::new(FindingId::InvalidValue, self.resource, message);
            self.found.push(finding.at(path));
        }
    }

    fn one_of(&mut self, value: &'a Value, values: &[&str]) {
        if let Value::Array(items) = value {
            for (index, item) in items.iter().enumerate() {
                self.below(At::Item(index), |walk| walk.one_of(item, values));
            }
            return;
        }
        // Empty is the default.
        let Some(text) = value.as_str().filter(|text| !text.is_empty() && !values.contains(text)) else {
            return;
        };
        let hint = match nearest(text, values.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("expected one of: {}", listed(values)),
        };
        let shown = shorten(text, SHOWN);
        let message = format!(
            "`{}` of {} is `{}`, which Kubernetes does not know there",
            self.path_to(""),
            self.named(),
            shown.escape_debug()
        );
        self.add(FindingId::InvalidValue, None, message, Some(hint));
    }

    fn add(&mut self, id: FindingId, key: Option<&str>, message: String, hint: Option<String>) {
        let finding = Finding::new(id, self.resource, message).at(self.document_path(key));
        self.found.push(Finding { hint, ..finding });
    }

    fn named(&self) -> String {
        named(&self.resource.id)
    }

    fn path_to(&self, key: &str) -> String {
        self.document_path(Some(key).filter(|key| !key.is_empty())).to_string()
    }

    fn document_path(&self, key: Option<&str>) -> DocumentPath {
        let steps = self.path.iter().map(|at| match at {
            At::Key(key) => Step::Key((*key).to_owned()),
            At::Item(index) => Step::Item(*index),
        });
        DocumentPath(steps.chain(key.map(|key| Step::Key(key.to_owned()))).collect())
    }
}

/// Whether a scalar is of a type.
fn fits(shape: Shape, value: &Value) -> bool {
    let is_whole = || value.as_f64().is_some_and(|number| number.fract() == 0.0);
    match shape {
        Shape::String => value.is_string(),
        Shape::Boolean => value.is_boolean(),
        Shape::Number => value.is_number(),
        Shape::Integer => is_whole(),
        Shape::Quantity => value.is_number() || value.is_string(),
        Shape::IntOrString => value.is_string() || is_whole(),
        Shape::Any => true,
        Shape::List | Shape::Map | Shape::Object(_) => false,
    }
}
