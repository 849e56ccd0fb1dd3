//! What the Kubernetes API knows of its own kinds: the types of their fields, how their lists are
//! merged, and whether they belong to a namespace.
//!
//! The data stand in `types.txt`, which `.ci/kubernetes-types` makes from the OpenAPI descriptions
//! of many releases (<https://github.com/kubernetes/kubernetes>, Apache License 2.0). It begins with
//! a line for each kind:
//!
//! ```text
//! apps/v1 Deployment apps.v1.Deployment namespaced
//! ```
//!
//! and goes on with a paragraph for each type, a line for each field: its name, its type, and how a
//! patch is merged into it:
//!
//! ```text
//! core.v1.Container
//!  args [string]
//!  ports [core.v1.ContainerPort] merge=containerPort keys=containerPort,protocol
//! ```
//!
//! `[…]` is a list and `{…}` a map with any keys. Kinds of custom resources are not known.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

static TEXT: &str = include_str!("types.txt");

/// The kinds, by `apiVersion kind`, and the lines of the fields of each type.
struct Index {
    kinds: HashMap<&'static str, Kind>,
    types: HashMap<&'static str, Type>,
}

/// The fields of a type, read when one of them is first asked for: there are thousands, and a manifest
/// has a few.
struct Type {
    text: &'static str,
    fields: OnceLock<HashMap<&'static str, Field>>,
}

impl Type {
    fn field(&self, name: &str) -> Option<Field> {
        self.fields.get_or_init(|| fields(self.text).collect()).get(name).copied()
    }
}

fn fields(text: &'static str) -> impl Iterator<Item = (&'static str, Field)> {
    let lines = text.lines().filter_map(|line| line.strip_prefix(' ')?.split_once(' '));
    lines.map(|(name, of)| {
        let (shape, merge) = of.split_once(' ').unwrap_or((of, ""));
        (name, Field { shape, merge })
    })
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let (kinds, types) = TEXT.split_once("\n\n").unwrap_or_default();
    let kinds = kinds.lines().filter_map(|line| {
        let (rest, scope) = line.rsplit_once(' ')?;
        let (kind, name) = rest.rsplit_once(' ')?;
        Some((kind, Kind { root: name, is_namespaced: scope == "namespaced" }))
    });
    Index {
        kinds: kinds.collect(),
        types: types
            .split("\n\n")
            .filter_map(|it| it.split_once('\n'))
            .map(|(name, text)| (name, Type { text, fields: OnceLock::new() }))
            .collect(),
    }
});

/// A kind of the Kubernetes API.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    root: &'static str,
    /// Whether its objects stand in a namespace.
    pub is_namespaced: bool,
}

/// The type of a value, and how a patch is merged into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// As it is written in the data: `[core.v1.Container]`.
    shape: &'static str,
    /// What stands behind it: `merge=name keys=name`.
    merge: &'static str,
}

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    String,
    Integer,
    Number,
    Boolean,
    /// `500m`, `1Gi`, `2`: text or a number.
    Quantity,
    /// A port: its name or its number.
    IntOrString,
    List,
    /// A map with any keys, whose values have the same type.
    Map,
    /// A map with the fields of this type: `core.v1.Container`.
    Object(&'static str),
    /// Anything: a custom resource, a JSON schema.
    Any,
}

/// The kind, if it is one of the Kubernetes API's own.
pub fn kind(api_version: &str, kind: &str) -> Option<Kind> {
    INDEX.kinds.get(format!("{api_version} {kind}").as_str()).copied()
}

impl Kind {
    /// The whole object.
    pub fn root(self) -> Field {
        Field::of(self.root)
    }
}

/// A pod template, as it stands in the `spec.template` of a Deployment, and in custom resources that
/// have one.
pub fn pod_template() -> Field {
    Field::of("core.v1.PodTemplateSpec")
}

impl Field {
    fn of(shape: &'static str) -> Self {
        Self { shape, merge: "" }
    }

    pub fn shape(self) -> Shape {
        match self.shape {
            "string" => Shape::String,
            "integer" => Shape::Integer,
            "number" => Shape::Number,
            "boolean" => Shape::Boolean,
            "quantity" => Shape::Quantity,
            "int-or-string" => Shape::IntOrString,
            "any" => Shape::Any,
            shape if shape.starts_with('[') => Shape::List,
            shape if shape.starts_with('{') => Shape::Map,
            name => Shape::Object(name),
        }
    }

    /// The field `name` of an object, or a value of a map. `None` if the type has no such field.
    pub fn field(self, name: &str) -> Option<Self> {
        if let Some(of) = self.shape.strip_prefix('{').and_then(|shape| shape.strip_suffix('}')) {
            return Some(Self::of(of));
        }
        INDEX.types.get(self.shape)?.field(name)
    }

    /// An element of a list.
    pub fn item(self) -> Option<Self> {
        Some(Self::of(self.shape.strip_prefix('[')?.strip_suffix(']')?))
    }

    /// The keys that tell the elements of a list apart, as server-side apply and Kustomize have it.
    pub fn list_map_keys(self) -> impl Iterator<Item = &'static str> {
        self.note("keys=").into_iter().flat_map(|keys| keys.split(','))
    }

    /// The key by which `kubectl` merges a list.
    pub fn merge_key(self) -> Option<&'static str> {
        self.note("merge=")
    }

    /// Whether a patch adds its scalars to the list.
    pub fn is_union(self) -> bool {
        self.note("union").is_some()
    }

    /// Whether a patch replaces the whole value, also where it is a map.
    pub fn is_replaced(self) -> bool {
        self.note("replace").is_some()
    }

    fn note(self, name: &str) -> Option<&'static str> {
        self.merge.split(' ').find_map(|note| note.strip_prefix(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(kind: Kind, path: &[&str]) -> Option<Field> {
        path.iter().try_fold(kind.root(), |field, name| match *name {
            "*" => field.item(),
            name => field.field(name),
        })
    }

    #[test]
    fn every_type_that_is_named_is_there() {
        for (name, of_type) in &INDEX.types {
            for (field, of) in of_type.text.lines().filter_map(|line| line.trim().split_once(' ')) {
                let shape = of.split(' ').next().unwrap().trim_matches(['[', ']', '{', '}']);
                let known = matches!(
                    Field::of(INDEX.types.get_key_value(shape).map_or("", |(name, _)| name)).shape(),
                    Shape::Object(name) if !name.is_empty()
                );
                let leaf = ["string", "integer", "number", "boolean", "quantity", "int-or-string", "any"];
                assert!(known || leaf.contains(&shape), "{name}.{field}: {of}");
            }
        }
        for (kind, of) in &INDEX.kinds {
            assert!(INDEX.types.contains_key(of.root), "{kind}: {}", of.root);
        }
    }

    #[test]
    fn fields_have_the_types_of_the_api() {
        let deployment = kind("apps/v1", "Deployment").unwrap();
        let shape = |path: &[&str]| at(deployment, path).map(Field::shape);
        assert_eq!(shape(&["spec", "replicas"]), Some(Shape::Integer));
        assert_eq!(shape(&["metadata", "labels", "any"]), Some(Shape::String));
        let container = ["spec", "template", "spec", "containers", "*"];
        let below = |path: &[&str]| shape(&[&container, path].concat());
        assert_eq!(below(&["args", "*"]), Some(Shape::String));
        assert_eq!(below(&["resources", "limits", "cpu"]), Some(Shape::Quantity));
        assert_eq!(below(&["livenessProbe", "httpGet", "port"]), Some(Shape::IntOrString));
        assert_eq!(below(&["ports", "*"]), Some(Shape::Object("core.v1.ContainerPort")));
        assert_eq!(below(&["imagee"]), None);
        assert!(kind("example.com/v1", "Deployment").is_none());
    }

    #[test]
    fn lists_have_the_keys_of_the_api() {
        let service = kind("v1", "Service").unwrap();
        let ports = at(service, &["spec", "ports"]).unwrap();
        assert_eq!(ports.merge_key(), Some("port"));
        assert_eq!(ports.list_map_keys().collect::<Vec<_>>(), ["port", "protocol"]);
        assert!(at(service, &["metadata", "finalizers"]).unwrap().is_union());
        let budget = kind("policy/v1", "PodDisruptionBudget").unwrap();
        assert!(at(budget, &["spec", "selector"]).unwrap().is_replaced());
    }

    #[test]
    fn kinds_of_the_whole_cluster_have_no_namespace() {
        assert!(kind("v1", "ConfigMap").unwrap().is_namespaced);
        assert!(!kind("v1", "Namespace").unwrap().is_namespaced);
        assert!(!kind("rbac.authorization.k8s.io/v1", "ClusterRole").unwrap().is_namespaced);
    }
}
