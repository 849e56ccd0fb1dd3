//! Which fields of a resource change.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::config::FieldPattern;
use crate::release::Image;

/// A field that is another one, or on one side only.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldChange {
    /// The names from the resource down; an item of a list has its `name`, else its number.
    pub path: Vec<String>,
    before: Option<Value>,
    after: Option<Value>,
}

/// The fields in which two versions of a resource differ, the innermost.
pub fn fields(before: &Value, after: &Value) -> Vec<FieldChange> {
    let mut found = Vec::new();
    compare(&mut Vec::new(), Some(before), Some(after), &mut found);
    found
}

fn compare(
    path: &mut Vec<String>,
    before: Option<&Value>,
    after: Option<&Value>,
    found: &mut Vec<FieldChange>,
) {
    if before == after {
        return;
    }
    let (Some(one), Some(other)) = (before.and_then(children), after.and_then(children)) else {
        found.push(FieldChange { path: path.clone(), before: before.cloned(), after: after.cloned() });
        return;
    };
    let names: BTreeSet<&String> = one.iter().chain(&other).map(|(name, _)| name).collect();
    for name in names {
        let of = |side: &[(String, &Value)]| side.iter().position(|(known, _)| known == name);
        path.push(name.clone());
        compare(path, of(&one).map(|at| one[at].1), of(&other).map(|at| other[at].1), found);
        path.pop();
    }
}

/// What a map or a list holds, by name.
fn children(value: &Value) -> Option<Vec<(String, &Value)>> {
    match value {
        Value::Object(map) => Some(map.iter().map(|(name, value)| (name.clone(), value)).collect()),
        Value::Array(items) => {
            let names: Option<Vec<&str>> = items.iter().map(|item| item["name"].as_str()).collect();
            let unique = |names: &Vec<&str>| names.iter().collect::<BTreeSet<_>>().len() == names.len();
            Some(match names.filter(unique) {
                Some(names) => names.into_iter().map(str::to_owned).zip(items).collect(),
                None => items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect(),
            })
        }
        _ => None,
    }
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
