//! Which fields of a resource change.

use std::collections::BTreeSet;
use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::config::FieldPattern;
use crate::kubernetes::{self, Field};
use crate::release::Image;
use crate::yaml;

/// A field that is another one, or on one side only
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FieldChange {
    /// The names from the resource down; an item of a list has its keys, else its number
    pub path: Vec<String>,
    /// `null` when it is new
    pub before: Option<Value>,
    /// `null` when it is gone
    pub after: Option<Value>,
}

/// The fields in which two versions of a resource differ, the innermost, as they are written. What is
/// merged without people is decided by these.
pub fn fields(before: &Value, after: &Value) -> Vec<FieldChange> {
    let mut found = Found { fields: Vec::new(), is_reordered: false, reads_meaning: false };
    found.compare(&mut Vec::new(), Some(before), Some(after), None);
    found.fields
}

/// The fields in which two versions of a resource differ in meaning: items of lists are those that have the
/// keys of the Kubernetes API in common, and texts that hold YAML or JSON are looked into.
pub fn meaning(before: &Value, after: &Value) -> Found {
    let kind = |value: &Value| kubernetes::kind(value["apiVersion"].as_str()?, value["kind"].as_str()?);
    let root = kind(after).or_else(|| kind(before)).map(kubernetes::Kind::root);
    let mut found = Found { fields: Vec::new(), is_reordered: false, reads_meaning: true };
    found.compare(&mut Vec::new(), Some(before), Some(after), root);
    found
}

/// What is different.
pub struct Found {
    pub fields: Vec<FieldChange>,
    /// Whether items of a list stand in another order.
    pub is_reordered: bool,
    /// Whether more than what is written counts.
    reads_meaning: bool,
}

/// What a map or a list holds, by name.
type Children<'a> = Vec<(String, &'a Value)>;

impl Found {
    fn compare(
        &mut self,
        path: &mut Vec<String>,
        before: Option<&Value>,
        after: Option<&Value>,
        of: Option<Field>,
    ) {
        if before == after {
            return;
        }
        if let (Some(Value::String(one)), Some(Value::String(other))) = (before, after)
            && self.reads_meaning
            && let (Some(one), Some(other)) = (document(one), document(other))
        {
            return self.compare(path, Some(&one), Some(&other), None);
        }
        if self.reads_meaning
            && let (Some(one), Some(other)) = (before.and_then(scalars), after.and_then(scalars))
        {
            let is_reordered = of.is_some_and(Field::is_union) && one.iter().all(|it| other.contains(it));
            if is_reordered && one.len() == other.len() {
                self.is_reordered = true;
                return;
            }
            return self.push(path, before, after);
        }
        let inner = |value| children(value, of);
        let (Some(one), Some(other)) = (before.and_then(inner), after.and_then(inner)) else {
            return self.push(path, before, after);
        };
        self.is_reordered |= before.is_some_and(Value::is_array) && is_reordered(&one, &other);
        let names: BTreeSet<&String> = one.iter().chain(&other).map(|(name, _)| name).collect();
        for name in names {
            let find = |side: &Children| side.iter().position(|(known, _)| known == name);
            let inner = of.and_then(|of| of.item().or_else(|| of.field(name)));
            path.push(name.clone());
            self.compare(path, find(&one).map(|at| one[at].1), find(&other).map(|at| other[at].1), inner);
            path.pop();
        }
    }

    fn push(&mut self, path: &[String], before: Option<&Value>, after: Option<&Value>) {
        let (before, after) = (before.cloned(), after.cloned());
        self.fields.push(FieldChange { path: path.to_vec(), before, after });
    }
}

/// The items of a list that has neither maps nor lists.
fn scalars(value: &Value) -> Option<&Vec<Value>> {
    value.as_array().filter(|items| items.iter().all(|item| !item.is_object() && !item.is_array()))
}

/// Whether the items that both sides have stand in another order.
fn is_reordered(one: &Children, other: &Children) -> bool {
    let common = |side: &Children, of: &Children| -> Vec<String> {
        let names = side.iter().map(|(name, _)| name);
        names.filter(|name| of.iter().any(|(known, _)| known == *name)).cloned().collect()
    };
    common(one, other) != common(other, one)
}

fn children<'a>(value: &'a Value, of: Option<Field>) -> Option<Children<'a>> {
    match value {
        Value::Object(map) => Some(map.iter().map(|(name, value)| (name.clone(), value)).collect()),
        Value::Array(items) => {
            let names = keys(items, of).or_else(|| unique(items.iter().map(|item| text(&item["name"]))));
            let numbers = || (0..items.len()).map(|index| index.to_string()).collect();
            Some(names.unwrap_or_else(numbers).into_iter().zip(items).collect())
        }
        _ => None,
    }
}

/// What the API tells the items of a list apart by: `80`, `53/UDP`.
fn keys(items: &[Value], of: Option<Field>) -> Option<Vec<String>> {
    let of = of?;
    let mut keys: Vec<&str> = of.list_map_keys().collect();
    if keys.is_empty() {
        keys.extend(of.merge_key());
    }
    let name = |item: &Value| {
        let given: Vec<String> = keys.iter().filter_map(|key| text(&item[*key])).collect();
        (!given.is_empty()).then(|| given.join("/"))
    };
    unique(items.iter().map(name))
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The names, if every item has one of its own.
fn unique(names: impl Iterator<Item = Option<String>>) -> Option<Vec<String>> {
    let names: Vec<String> = names.collect::<Option<_>>()?;
    (names.iter().collect::<BTreeSet<_>>().len() == names.len()).then_some(names)
}

/// Longer texts are compared as texts.
const LONGEST: usize = 1 << 20;

/// The map or list that a text holds as YAML or JSON.
fn document(text: &str) -> Option<Value> {
    let may_be_one =
        text.len() <= LONGEST && (text.contains('\n') || text.trim_start().starts_with(['{', '[']));
    let documents = may_be_one.then(|| yaml::parse(text, Path::new("text")).ok())??;
    let [document] = documents.as_slice() else { return None };
    Some(document.to_value()).filter(|value| value.is_object() || value.is_array())
}

impl FieldChange {
    /// `spec.template.spec.containers.web.image`
    pub fn name(&self) -> String {
        self.path.join(".")
    }

    /// Whether one of the patterns is about it.
    pub fn is_covered(&self, patterns: &[FieldPattern], images: &[Image]) -> bool {
        patterns.iter().any(|pattern| match pattern {
            FieldPattern::Images => self.is_of_images(images),
            FieldPattern::Replicas => {
                matches!(self.name().as_str(), "spec.replicas" | "spec.minReplicas" | "spec.maxReplicas")
            }
            FieldPattern::Path(names) => {
                let fits = |(name, part): (&String, &String)| name == "*" || name == part;
                names.len() <= self.path.len() && names.iter().zip(&self.path).all(fits)
            }
        })
    }

    /// Whether it goes from one tag or digest of an image of the release to another.
    fn is_of_images(&self, images: &[Image]) -> bool {
        let of = |value: &Option<Value>, image: &Image| {
            let rest =
                value.as_ref().and_then(Value::as_str).and_then(|text| text.strip_prefix(&*image.repository));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '@']))
        };
        images.iter().any(|image| of(&self.before, image) && of(&self.after, image))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(before: Value, after: Value) -> Vec<String> {
        fields(&before, &after).iter().map(FieldChange::name).collect()
    }

    #[test]
    fn items_have_their_names() {
        let containers = |names: &[&str]| -> Value {
            names.iter().map(|name| json!({"name": name, "image": "a"})).collect()
        };
        assert_eq!(names(containers(&["a", "b"]), containers(&["b", "c"])), ["a", "c"]);
        assert_eq!(names(json!([1, 2]), json!([1, 3, 4])), ["1", "2"]);
        assert_eq!(names(json!({"a": {"b": 1}}), json!({"a": {"b": 1, "c": {}}})), ["a.c"]);
        assert_eq!(names(json!({"a": [1]}), json!({"a": "x"})), ["a"]);
    }

    fn told(before: Value, after: Value) -> (Vec<String>, bool) {
        let found = meaning(&before, &after);
        (found.fields.iter().map(FieldChange::name).collect(), found.is_reordered)
    }

    #[test]
    fn items_have_the_keys_of_the_api() {
        let service = |ports: Value| json!({"apiVersion": "v1", "kind": "Service", "spec": {"ports": ports}});
        let one =
            service(json!([{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}, {"port": 80}]));
        let other = service(
            json!([{"port": 80, "targetPort": 8080}, {"port": 53, "protocol": "UDP"}, {"port": 443}]),
        );
        assert_eq!(
            told(one, other),
            (
                ["spec.ports.443", "spec.ports.53/TCP", "spec.ports.80.targetPort"]
                    .map(String::from)
                    .to_vec(),
                true
            )
        );
        let role = |verbs: Value| json!({"kind": "Role", "rules": [{"verbs": verbs}]});
        assert_eq!(told(role(json!(["a", "b"])), role(json!(["b"]))).0, ["rules.0.verbs"]);
    }

    #[test]
    fn texts_that_hold_documents_are_looked_into() {
        let map = |text: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a.yaml": text}});
        let (before, after) = ("a: 1\nb:\n  c: x\n", "{\"b\": {\"c\": \"y\"}, \"a\": 1}");
        assert_eq!(told(map(before), map(after)).0, ["data.a.yaml.b.c"]);
        assert!(told(map("a: 1\nb: 2\n"), map("b: 2\n\na: 1\n")).0.is_empty());
        assert_eq!(told(map("two words\n"), map("a: 1\n")).0, ["data.a.yaml"]);
        assert_eq!(
            names(map(before), map(after)),
            ["data.a.yaml"],
            "what is merged without people is as written"
        );
    }

    #[test]
    fn an_image_is_covered_while_its_repository_stays() {
        let image =
            Image { name: "web".into(), repository: "ghcr.io/acme/web".into(), tag: None, digest: None };
        let covered = |before: &str, after: &str| {
            let change = &fields(&json!({"image": before}), &json!({"image": after}))[0];
            change.is_covered(&[FieldPattern::Images], std::slice::from_ref(&image))
        };
        assert!(covered("ghcr.io/acme/web:1", "ghcr.io/acme/web:2"));
        assert!(covered("ghcr.io/acme/web", "ghcr.io/acme/web@sha256:0"));
        assert!(!covered("ghcr.io/acme/web:1", "ghcr.io/acme/web-admin:2"));
        assert!(!covered("ghcr.io/other/web:1", "ghcr.io/acme/web:2"));
    }

    #[test]
    fn a_path_covers_what_is_below_it() {
        let change = |path: &str| FieldChange {
            path: path.split('.').map(str::to_owned).collect(),
            before: None,
            after: None,
        };
        let pattern = FieldPattern::Path(["spec", "*", "labels"].map(String::from).to_vec());
        let covers = |path| change(path).is_covered(std::slice::from_ref(&pattern), &[]);
        assert!(covers("spec.template.labels"));
        assert!(covers("spec.template.labels.app"));
        assert!(!covers("spec.template"));
        assert!(!covers("spec.template.name"));
    }
}
