//! What the Kubernetes API knows of its own kinds: the types of their fields, how their lists are
//! merged, which must be there, whether they belong to a namespace, and which minors have them.
//!
//! The data stand in `types.txt`, which `.ci/kubernetes-types` makes from the OpenAPI descriptions
//! of many releases (<https://github.com/kubernetes/kubernetes>, Apache License 2.0). It begins with
//! the minors of which everything is known, and a line for each kind:
//!
//! ```text
//! minors 25 37
//! apps/v1 Deployment apps.v1.Deployment namespaced
//! autoscaling/v2beta2 HorizontalPodAutoscaler autoscaling.v2beta2.HorizontalPodAutoscaler namespaced until=25
//! ```
//!
//! and goes on with a paragraph for each type, a line for each field: its name, its type, how a patch is
//! merged into it, whether it is required, and the first and the last minor that have it:
//!
//! ```text
//! core.v1.Container
//!  args [string]
//!  name string required
//!  ports [core.v1.ContainerPort] merge=containerPort keys=containerPort,protocol
//!  restartPolicyRules [core.v1.ContainerRestartRule] since=34
//! ```
//!
//! `[…]` is a list and `{…}` a map with any keys. `required=36..` is required since 1.36, `required=..32`
//! until 1.32. Kinds of custom resources are not known. [`mod@values`] has the values of fields that take only
//! some, which the descriptions do not tell.

mod minor;
mod values;

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

pub use minor::{Minor, Stage};

static TEXT: &str = include_str!("types.txt");

/// The kinds, by `apiVersion kind`, and the lines of the fields of each type.
struct Index {
    minors: (Minor, Minor),
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
        let (shape, notes) = of.split_once(' ').unwrap_or((of, ""));
        (name, Field { shape, notes })
    })
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let (head, types) = TEXT.split_once("\n\n").unwrap_or_default();
    let (minors, kinds) = head.split_once('\n').unwrap_or_default();
    let minor = |at: usize| minors.split(' ').nth(at).and_then(Minor::read).unwrap_or_default();
    let kinds = kinds.lines().filter_map(|line| {
        let (at, _) = line.match_indices(' ').nth(1)?;
        let (root, rest) = line[at + 1..].split_once(' ')?;
        let (scope, notes) = rest.split_once(' ').unwrap_or((rest, ""));
        Some((&line[..at], Kind { root, is_namespaced: scope == "namespaced", notes }))
    });
    Index {
        minors: (minor(1), minor(2)),
        kinds: kinds.collect(),
        types: types
            .split("\n\n")
            .filter_map(|it| it.split_once('\n'))
            .map(|(name, text)| (name, Type { text, fields: OnceLock::new() }))
            .collect(),
    }
});

/// The oldest and the newest minor against which manifests can be checked.
pub fn minors() -> (Minor, Minor) {
    INDEX.minors
}

/// A kind of the Kubernetes API.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    root: &'static str,
    /// Whether its objects stand in a namespace.
    pub is_namespaced: bool,
    /// Which minors have it: `since=30 until=33`.
    notes: &'static str,
}

/// The type of a value, and what else is known of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// As it is written in the data: `[core.v1.Container]`.
    shape: &'static str,
    /// What stands behind it: `merge=name keys=name`.
    notes: &'static str,
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

/// All kinds: `apps/v1`, `Deployment`, and what is known of it. In no order.
pub fn kinds() -> impl Iterator<Item = (&'static str, &'static str, Kind)> {
    INDEX.kinds.iter().filter_map(|(name, kind)| {
        let (api_version, name) = name.split_once(' ')?;
        Some((api_version, name, *kind))
    })
}

impl Kind {
    /// The whole object.
    pub fn root(self) -> Field {
        Field::of(self.root)
    }

    /// Whether a minor has it.
    pub fn stage(self, minor: Minor) -> Stage {
        Stage::of(self.notes, minor)
    }
}

/// A pod template, as it stands in the `spec.template` of a Deployment, and in custom resources that
/// have one.
pub fn pod_template() -> Field {
    Field::of("core.v1.PodTemplateSpec")
}

impl Field {
    fn of(shape: &'static str) -> Self {
        Self { shape, notes: "" }
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

    /// The fields of an object, by name.
    pub fn fields(self) -> impl Iterator<Item = (&'static str, Self)> {
        INDEX.types.get(self.shape).into_iter().flat_map(|it| fields(it.text))
    }

    /// An element of a list.
    pub fn item(self) -> Option<Self> {
        Some(Self::of(self.shape.strip_prefix('[')?.strip_suffix(']')?))
    }

    /// Whether a minor has it.
    pub fn stage(self, minor: Minor) -> Stage {
        Stage::of(self.notes, minor)
    }

    /// Whether a minor takes no object without it.
    pub fn is_required(self, minor: Minor) -> bool {
        self.note("required").is_some_and(|range| minor.is_in(range))
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
        self.notes.split(' ').find_map(|note| note.strip_prefix(name))
    }
}

/// The values that the field of a type takes, where it takes only some.
pub fn values(of_type: &str, field: &str) -> Option<&'static [&'static str]> {
    values::of(of_type, field)
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
    fn every_field_with_values_of_its_own_is_there() {
        for (of_type, field, _) in values::VALUES {
            let shape = INDEX.types.get(of_type).and_then(|it| it.field(field)).map(Field::shape);
            assert!(matches!(shape, Some(Shape::String | Shape::List)), "{of_type}.{field}: {shape:?}");
        }
    }

    #[test]
    fn what_a_minor_has_is_known() {
        let (oldest, newest) = minors();
        assert!(newest.to_string() == "1.37" && oldest.to_string() == "1.25");
        let minor = |text: &str| Minor::read(text).unwrap();
        let budget = kind("policy/v1beta1", "PodDisruptionBudget").unwrap();
        assert!(matches!(budget.stage(oldest), Stage::Gone));
        let policy = kind("admissionregistration.k8s.io/v1", "MutatingAdmissionPolicy").unwrap();
        assert!(matches!(policy.stage(minor("35")), Stage::NotYet(since) if since == minor("36")));
        assert!(matches!(policy.stage(minor("36")), Stage::There));
        let set = kind("apps/v1", "StatefulSet").unwrap().root().field("spec").unwrap();
        let name = set.field("serviceName").unwrap();
        assert!(name.is_required(minor("32")) && !name.is_required(minor("33")));
        assert!(set.field("selector").unwrap().is_required(newest));
        assert!(!set.field("replicas").unwrap().is_required(newest));
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
