//! The types of Kubernetes' fields, for scalars whose source does not settle what they are.
//!
//! Labels, `env[].value` or `args` can only be text, so a number there is the text that is written; a
//! value of a source without types becomes a number where `replicas` stands, and text where
//! `data` does. What is known of a custom resource is its metadata and the pod templates in it.

use std::cell::OnceCell;

use serde_json::{Map, Value};

use crate::kubernetes::{self, Field, Shape};
use crate::variables::{Data, Entries, Scalar};
use crate::yaml::{self, Kind, Node};

/// A document as Kubernetes reads it.
pub fn document(data: Data) -> Value {
    value(data, &Position::root())
}

/// The same of a document that has values of its own only.
pub fn of_node(node: Node) -> Value {
    node_value(node, &Position::root())
}

fn node_value(node: Node, at: &Position) -> Value {
    match node.kind {
        Kind::Sequence(items) => {
            let at = at.item();
            items.into_iter().map(|item| node_value(item, &at)).collect()
        }
        Kind::Mapping(entries) => {
            let own = at.in_map(&entries);
            let at = own.as_ref().unwrap_or(at);
            let mut map = Map::with_capacity(entries.len());
            for (key, node) in entries {
                let key = key.into_scalar_text();
                let value = node_value(node, &at.key(&key));
                map.insert(key, value);
            }
            Value::Object(map)
        }
        Kind::Bool(_) | Kind::Number(_) if at.is_text() => node.spelling().into(),
        _ => node.into_value(),
    }
}

fn value(data: Data, at: &Position) -> Value {
    match data {
        Data::Scalar(scalar) => at.fit(&scalar),
        Data::List(items) => {
            let at = at.item();
            items.into_iter().map(|item| value(item, &at)).collect()
        }
        Data::Map(entries) => {
            let own = at.in_map(&entries);
            let at = own.as_ref().unwrap_or(at);
            let mut map = Map::with_capacity(entries.len());
            for (key, data) in entries {
                let below = at.key(&key);
                let value = value(data, &below);
                map.insert(key, value);
            }
            Value::Object(map)
        }
    }
}

/// A value of a document that Kubernetes refuses for its type.
#[derive(Debug, PartialEq, Eq)]
pub struct Misfit {
    /// `spec.ports[0].port`
    pub path: String,
    pub found: &'static str,
    pub expected: &'static str,
}

/// The first value of a manifest that is of another type than its field.
pub fn misfit(manifest: &Value) -> Option<Misfit> {
    find_misfit(manifest, &Position::root(), &mut Vec::new())
}

fn find_misfit<'a>(value: &'a Value, at: &Position, path: &mut Vec<Step<'a>>) -> Option<Misfit> {
    match value {
        Value::Array(items) => {
            let at = at.item();
            items.iter().enumerate().find_map(|(index, item)| {
                path.push(Step::Item(index));
                let found = find_misfit(item, &at, path);
                path.pop();
                found
            })
        }
        Value::Object(map) => {
            let own = at.in_map(map);
            let at = own.as_ref().unwrap_or(at);
            map.iter().find_map(|(key, value)| {
                path.push(Step::Key(key));
                let found = find_misfit(value, &at.key(key), path);
                path.pop();
                found
            })
        }
        scalar => {
            let (found, expected) = at.misfit(scalar)?;
            Some(Misfit { path: shown(path), found, expected })
        }
    }
}

fn shown(path: &[Step]) -> String {
    let text = path.iter().fold(String::new(), |text, step| match step {
        Step::Key(key) => format!("{text}.{key}"),
        Step::Item(index) => format!("{text}[{index}]"),
    });
    text.trim_start_matches('.').to_owned()
}

enum Step<'a> {
    Key(&'a str),
    Item(usize),
}

/// Where in a document a value stands. What its field is is found when it is asked for: most values
/// are text, and need not ask.
pub struct Position<'a> {
    parent: Option<&'a Position<'a>>,
    kind: At<'a>,
    field: OnceCell<Option<Field>>,
}

enum At<'a> {
    /// A document, or a map in it of which nothing is known.
    Unknown,
    /// A whole resource of a kind that is not known.
    Custom,
    Known(Field),
    Key(&'a str),
    Item,
}

/// A map, as far as it tells what it is.
pub trait Fields {
    fn text(&self, key: &str) -> Option<&str>;
    fn has_list(&self, key: &str) -> bool;
    fn map_has_list(&self, key: &str, below: &str) -> bool;
}

impl<'a> Position<'a> {
    pub fn root() -> Self {
        Self { parent: None, kind: At::Unknown, field: OnceCell::new() }
    }

    fn below(&'a self, kind: At<'a>) -> Position<'a> {
        Position { parent: Some(self), kind, field: OnceCell::new() }
    }

    pub fn key(&'a self, name: &'a str) -> Position<'a> {
        self.below(At::Key(name))
    }

    pub fn item(&'a self) -> Position<'a> {
        self.below(At::Item)
    }

    /// What a map is, if that is not known from where it stands: a resource, or a part of a pod.
    pub fn in_map(&self, map: &impl Fields) -> Option<Position<'static>> {
        let is_known = || self.field().is_some_and(|field| field.shape() != Shape::Any);
        let kind = if let (Some(api_version), Some(kind)) = (map.text("apiVersion"), map.text("kind")) {
            kubernetes::kind(api_version, kind).map_or(At::Custom, |kind| At::Known(kind.root()))
        } else if map.has_list("containers") {
            At::Known(kubernetes::pod_template().field("spec")?)
        } else if map.map_has_list("spec", "containers") {
            At::Known(kubernetes::pod_template())
        } else {
            return None;
        };
        (!is_known()).then(|| Position { parent: None, kind, field: OnceCell::new() })
    }

    fn field(&self) -> Option<Field> {
        *self.field.get_or_init(|| match (&self.kind, self.parent) {
            (At::Known(field), _) => Some(*field),
            (At::Key("metadata"), Some(Position { kind: At::Custom, .. })) => {
                kubernetes::kind("v1", "ConfigMap")?.root().field("metadata")
            }
            (At::Key(name), Some(parent)) => parent.field()?.field(name),
            (At::Item, Some(parent)) => parent.field()?.item(),
            _ => None,
        })
    }

    /// Whether Kubernetes has text here.
    fn is_text(&self) -> bool {
        self.field().is_some_and(|field| field.shape() == Shape::String)
    }

    /// The scalar with the type of the field.
    pub fn fit(&self, scalar: &Scalar) -> Value {
        if let Scalar::Typed(value @ (Value::String(_) | Value::Null), _) = scalar {
            return value.clone();
        }
        match (self.field().map(Field::shape), scalar) {
            (Some(Shape::String), scalar) => scalar.text().map_or(Value::Null, |text| text.into()),
            (Some(Shape::Integer | Shape::Number | Shape::Boolean), Scalar::Untyped(text)) => plain(text),
            _ => scalar.to_value(),
        }
    }

    /// What a scalar is and what it must be, where that differs.
    fn misfit(&self, scalar: &Value) -> Option<(&'static str, &'static str)> {
        match scalar {
            Value::Null => None,
            // Text that could be no number is left to others: it may be anything, and most values are text.
            Value::String(text) if matches!(plain(text), Value::String(_)) => None,
            _ => match (self.field()?.shape(), scalar) {
                (Shape::String, Value::Number(_)) => Some(("a number", "text")),
                (Shape::String, Value::Bool(_)) => Some(("a boolean", "text")),
                (Shape::Integer | Shape::Number, Value::String(_)) => Some(("text", "a number")),
                (Shape::Boolean, Value::String(_)) => Some(("text", "true or false")),
                _ => None,
            },
        }
    }
}

/// A text as it would be read in a manifest, where that is a number or a boolean.
fn plain(text: &str) -> Value {
    let nodes =
        if may_be_other(text) { yaml::parse(text, "".as_ref()).unwrap_or_default() } else { Vec::new() };
    match nodes.as_slice() {
        [node] if matches!(node.kind, Kind::Bool(_) | Kind::Number(_)) => node.to_value(),
        _ => text.into(),
    }
}

/// Whether it takes a reader to tell that a text is no number and no boolean.
fn may_be_other(text: &str) -> bool {
    const WORDS: [&str; 8] = ["true", "false", "yes", "no", "on", "off", "y", "n"];
    text.starts_with(|c: char| c.is_ascii_digit() || "-+.".contains(c))
        || WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

impl Fields for Entries {
    fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Data::Scalar(Scalar::Typed(Value::String(text), _) | Scalar::Untyped(text)) => Some(text),
            _ => None,
        }
    }

    fn has_list(&self, key: &str) -> bool {
        matches!(self.get(key), Some(Data::List(_)))
    }

    fn map_has_list(&self, key: &str, below: &str) -> bool {
        matches!(self.get(key), Some(Data::Map(map)) if map.has_list(below))
    }
}

impl Fields for Vec<(Node, Node)> {
    fn text(&self, key: &str) -> Option<&str> {
        match &entry(self, key)?.kind {
            Kind::String(text) => Some(text),
            _ => None,
        }
    }

    fn has_list(&self, key: &str) -> bool {
        entry(self, key).is_some_and(|node| matches!(node.kind, Kind::Sequence(_)))
    }

    fn map_has_list(&self, key: &str, below: &str) -> bool {
        entry(self, key).is_some_and(|node| matches!(&node.kind, Kind::Mapping(map) if map.has_list(below)))
    }
}

fn entry<'a>(entries: &'a [(Node, Node)], key: &str) -> Option<&'a Node> {
    let is_key = |node: &Node| matches!(&node.kind, Kind::String(text) if text == key);
    entries.iter().find(|(name, _)| is_key(name)).map(|(_, value)| value)
}

impl Fields for Map<String, Value> {
    fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }

    fn has_list(&self, key: &str) -> bool {
        self.get(key).is_some_and(Value::is_array)
    }

    fn map_has_list(&self, key: &str, below: &str) -> bool {
        self.get(key).and_then(Value::as_object).is_some_and(|map| map.has_list(below))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::*;

    /// A document in which `u:…` is a text of a source without types.
    fn read(text: &str) -> Value {
        fn untyped(data: Data) -> Data {
            match data {
                Data::Scalar(Scalar::Typed(Value::String(text), _)) if text.starts_with("u:") => {
                    Data::untyped(&text[2..])
                }
                Data::List(items) => Data::List(items.into_iter().map(untyped).collect()),
                Data::Map(map) => Data::Map(map.into_iter().map(|(key, it)| (key, untyped(it))).collect()),
                other => other,
            }
        }
        document(untyped(Data::of_node(yaml::parse(text, Path::new("")).unwrap().remove(0))))
    }

    #[test]
    fn fields_that_are_text_get_text_as_it_is_written() {
        let text = "{apiVersion: v1, kind: ConfigMap, metadata: {name: 1.10, labels: {rev: 0755, tls: yes}},
            data: {port: 8080, sha: 'u:706798e8', none: null}, immutable: 'u:true'}";
        assert_eq!(
            read(text),
            json!({"apiVersion": "v1", "kind": "ConfigMap",
                "metadata": {"name": "1.10", "labels": {"rev": "0755", "tls": "yes"}},
                "data": {"port": "8080", "sha": "706798e8", "none": null}, "immutable": true})
        );
    }

    #[test]
    fn scalars_without_type_get_the_type_of_their_field() {
        let text = "{apiVersion: apps/v1, kind: Deployment, spec: {replicas: 'u:3', paused: 'u:false',
            template: {spec: {containers: [{ports: [{containerPort: 'u:8080'}], args: [--port, 'u:8080', 1_0],
            resources: {limits: {cpu: 'u:2', memory: 'u:1Gi'}}, livenessProbe: {httpGet: {port: 'u:http'}}}],
            volumes: [{configMap: {name: 'u:1', defaultMode: 'u:0755'}}]}}}}";
        let value = read(text);
        assert_eq!(value["spec"]["replicas"], json!(3));
        assert_eq!(value["spec"]["paused"], json!(false));
        let pod = &value["spec"]["template"]["spec"];
        let container = &pod["containers"][0];
        assert_eq!(container["ports"][0]["containerPort"], json!(8080));
        assert_eq!(container["args"], json!(["--port", "8080", "1_0"]));
        assert_eq!(container["resources"]["limits"], json!({"cpu": 2, "memory": "1Gi"}));
        assert_eq!(container["livenessProbe"]["httpGet"]["port"], json!("http"));
        assert_eq!(pod["volumes"][0]["configMap"], json!({"name": "1", "defaultMode": 493}));
    }

    #[test]
    fn metadata_and_pods_of_custom_resources_are_known() {
        let text = "{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {labels: {rev: 1.10}},
            spec: {replicas: 'u:3', ratio: 'u:1.10', template: {metadata: {annotations: {a: 1}},
            spec: {containers: [{env: [{name: A, value: true}]}]}}}}";
        let value = read(text);
        assert_eq!(value["metadata"]["labels"]["rev"], json!("1.10"));
        assert_eq!(value["spec"]["replicas"], json!(3));
        assert_eq!(value["spec"]["ratio"], json!("1.10"));
        assert_eq!(value["spec"]["template"]["metadata"]["annotations"]["a"], json!("1"));
        let containers = &value["spec"]["template"]["spec"]["containers"];
        assert_eq!(containers[0]["env"][0]["value"], json!("true"));
    }

    #[test]
    fn items_of_a_list_are_resources() {
        let text =
            "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: ConfigMap, data: {a: 1.10}}]}";
        assert_eq!(read(text)["items"][0]["data"]["a"], json!("1.10"));
    }

    #[test]
    fn what_kubernetes_would_refuse_is_found() {
        let found = |manifest: Value| {
            misfit(&manifest).map(|it| format!("{}: {} {}", it.path, it.found, it.expected))
        };
        let pod = |container: Value| json!({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [container]}});
        assert_eq!(
            found(pod(json!({"env": [{"name": "A", "value": 1}]}))).unwrap(),
            "spec.containers[0].env[0].value: a number text"
        );
        assert_eq!(
            found(pod(json!({"ports": [{"containerPort": "80"}]}))).unwrap(),
            "spec.containers[0].ports[0].containerPort: text a number"
        );
        assert_eq!(found(pod(json!({"name": "1", "args": ["1"], "tty": true}))), None);
        assert_eq!(found(json!({"apiVersion": "x/v1", "kind": "X", "spec": {"a": 1, "b": "1"}})), None);
    }
}
