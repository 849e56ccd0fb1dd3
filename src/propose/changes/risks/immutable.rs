//! Fields that nobody can change on a resource that exists, as the validation of the Kubernetes API
//! has them (`ValidateImmutableField` and its like in
//! <https://github.com/kubernetes/kubernetes/tree/master/pkg/apis>).

use serde_json::Value;

use super::super::fields::FieldChange;
use super::super::quantity::Quantity;
use super::super::resource::{Resource, shown};
use super::table::RiskId;

/// What a field that is left out is.
#[derive(Debug, Clone, Copy)]
enum Unset {
    /// Another value than any that is written.
    Nothing,
    /// This one.
    Is(&'static str),
    /// What the server or a controller filled in, which cannot be told.
    Unknown,
}
use Unset::{Is, Nothing, Unknown};

/// API group, kind, and its fields.
type Row = (&'static str, &'static str, &'static [(&'static str, Unset)]);

const TABLE: &[Row] = &[
    ("apps", "Deployment", &[("selector", Nothing)]),
    ("apps", "ReplicaSet", &[("selector", Nothing)]),
    ("apps", "DaemonSet", &[("selector", Nothing)]),
    (
        "apps",
        "StatefulSet",
        &[
            ("selector", Nothing),
            ("serviceName", Nothing),
            ("podManagementPolicy", Is("OrderedReady")),
            ("volumeClaimTemplates", Nothing),
        ],
    ),
    (
        "batch",
        "Job",
        &[
            ("selector", Unknown),
            ("template", Nothing),
            ("completionMode", Is("NonIndexed")),
            ("completions", Unknown),
            ("podFailurePolicy", Nothing),
            ("backoffLimitPerIndex", Nothing),
            ("successPolicy", Nothing),
            ("managedBy", Nothing),
        ],
    ),
    (
        "",
        "PersistentVolumeClaim",
        &[
            ("accessModes", Nothing),
            ("storageClassName", Unknown),
            ("volumeName", Unknown),
            ("volumeMode", Is("Filesystem")),
            ("selector", Nothing),
            ("dataSource", Unknown),
            ("dataSourceRef", Unknown),
        ],
    ),
    ("", "PersistentVolume", &[("volumeMode", Is("Filesystem")), ("nodeAffinity", Unknown)]),
    ("", "Service", &[("clusterIP", Unknown), ("loadBalancerClass", Unknown)]),
    ("", "ResourceQuota", &[("scopes", Nothing)]),
    ("networking.k8s.io", "IngressClass", &[("controller", Nothing)]),
    ("networking.k8s.io", "IPAddress", &[("parentRef", Nothing)]),
    (
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        &[("group", Nothing), ("scope", Nothing), ("names/plural", Nothing), ("names/kind", Nothing)],
    ),
    ("storage.k8s.io", "CSIDriver", &[("attachRequired", Unknown), ("volumeLifecycleModes", Unknown)]),
    (
        "storage.k8s.io",
        "VolumeAttachment",
        &[("attacher", Nothing), ("nodeName", Nothing), ("source", Nothing)],
    ),
    ("resource.k8s.io", "ResourceClaim", &[("devices", Nothing)]),
    ("resource.k8s.io", "ResourceClaimTemplate", &[("spec", Nothing)]),
    ("certificates.k8s.io", "CertificateSigningRequest", &[("request", Nothing), ("signerName", Nothing)]),
];

/// The same, of kinds whose fields do not stand in `spec`.
const WITHOUT_SPEC: &[Row] = &[
    ("", "Secret", &[("type", Is("Opaque"))]),
    ("rbac.authorization.k8s.io", "RoleBinding", ROLE_REF),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding", ROLE_REF),
    (
        "storage.k8s.io",
        "StorageClass",
        &[
            ("provisioner", Nothing),
            ("parameters", Nothing),
            ("reclaimPolicy", Is("Delete")),
            ("volumeBindingMode", Is("Immediate")),
        ],
    ),
    ("storage.k8s.io", "VolumeAttributesClass", &[("driverName", Nothing), ("parameters", Nothing)]),
    ("storage.k8s.io", "CSIStorageCapacity", &[("nodeTopology", Nothing), ("storageClassName", Nothing)]),
    (
        "scheduling.k8s.io",
        "PriorityClass",
        &[("value", Nothing), ("preemptionPolicy", Is("PreemptLowerPriority"))],
    ),
    ("node.k8s.io", "RuntimeClass", &[("handler", Nothing)]),
    ("discovery.k8s.io", "EndpointSlice", &[("addressType", Nothing)]),
    ("apps", "ControllerRevision", &[("data", Nothing)]),
];

const ROLE_REF: &[(&str, Unset)] = &[("roleRef/kind", Nothing), ("roleRef/name", Nothing)];

/// The fields of a pod that can be changed. Of its containers, only the images.
const OF_PODS: [&str; 6] = [
    "activeDeadlineSeconds",
    "terminationGracePeriodSeconds",
    "tolerations",
    "schedulingGates",
    "nodeSelector",
    "affinity",
];

/// The fields of a volume that say nothing of where its data are.
const OF_VOLUMES: [&str; 8] = [
    "accessModes",
    "capacity",
    "claimRef",
    "mountOptions",
    "nodeAffinity",
    "persistentVolumeReclaimPolicy",
    "storageClassName",
    "volumeAttributesClassName",
];

/// The changes that Kubernetes refuses, or for which the operator makes the resource anew.
pub fn changes(before: Resource, after: Resource, fields: &[FieldChange]) -> Vec<(RiskId, String)> {
    if (before.group, before.kind) != (after.group, after.kind) {
        return Vec::new();
    }
    let mut found: Vec<(RiskId, String)> = refused(before, after, fields)
        .into_iter()
        .map(|field| match after.is_forced() {
            true => (
                RiskId::Recreated,
                format!("changes {}: the operator deletes it and creates it again", shown(&field)),
            ),
            false => (RiskId::ImmutableField, format!("changes {}, which Kubernetes refuses", shown(&field))),
        })
        .collect();
    found.extend(shrunk(before, after));
    found
}

fn refused(before: Resource, after: Resource, fields: &[FieldChange]) -> Vec<String> {
    let of = |table: &'static [Row]| {
        let row = table.iter().find(|(group, kind, _)| before.is(group, &[kind]));
        row.map(|(.., fields)| *fields).unwrap_or_default()
    };
    let in_spec = of(TABLE).iter().map(|(field, unset)| (format!("spec/{field}"), unset));
    let outside = of(WITHOUT_SPEC).iter().map(|(field, unset)| ((*field).to_owned(), unset));
    let changed = in_spec.chain(outside).filter(|(field, unset)| {
        let [old, new] = [before, after].map(|side| side.at(&format!("/{field}")));
        is_other(old, new, **unset) && !is_allowed(field, before, after)
    });
    let changed = changed.map(|(field, _)| field.replace('/', "."));
    changed.chain(further(before, fields)).collect()
}

fn is_other(old: &Value, new: &Value, unset: Unset) -> bool {
    match (old, new, unset) {
        (Value::Null, Value::Null, _) => false,
        (Value::Null, value, Is(default)) | (value, Value::Null, Is(default)) => value != default,
        (Value::Null, _, Unknown) | (_, Value::Null, Unknown) => false,
        (old, new, _) => old != new,
    }
}

/// The cases in which a field can be changed after all.
fn is_allowed(field: &str, before: Resource, after: Resource) -> bool {
    let either = |pointer: &str, value: &str| [before, after].iter().any(|side| side.at(pointer) == value);
    match (before.kind, field) {
        ("Job", "spec/completions") => {
            either("/spec/completionMode", "Indexed")
                && after.at("/spec/completions") == after.at("/spec/parallelism")
        }
        // Where it is to run can be changed before it starts.
        ("Job", "spec/template") => before.at("/spec/suspend") == true,
        ("Service", "spec/clusterIP") => either("/spec/type", "ExternalName"),
        ("Service", "spec/loadBalancerClass") => {
            [before, after].iter().any(|side| side.at("/spec/type") != "LoadBalancer")
        }
        _ => false,
    }
}

/// What no table tells.
fn further(before: Resource, fields: &[FieldChange]) -> Vec<String> {
    match (before.group, before.kind) {
        ("", "ConfigMap" | "Secret") if before.at("/immutable") == true => {
            let frozen = ["data", "binaryData", "stringData", "immutable"];
            let changed = frozen.into_iter().filter(|name| {
                fields.iter().any(|field| field.path.first().is_some_and(|first| first == *name))
            });
            changed.map(str::to_owned).collect()
        }
        ("", "Pod") => {
            let fixed = |path: &[String]| match path {
                [spec, field, ..] if spec == "spec" => {
                    !OF_PODS.contains(&field.as_str()) && path.last().is_none_or(|last| last != "image")
                }
                _ => false,
            };
            fields.iter().filter(|field| fixed(&field.path)).map(FieldChange::name).collect()
        }
        ("", "PersistentVolume") => {
            let source = |path: &[String]| match path {
                [spec, field, ..] => {
                    spec == "spec" && field != "volumeMode" && !OF_VOLUMES.contains(&field.as_str())
                }
                _ => false,
            };
            fields.iter().filter(|field| source(&field.path)).map(FieldChange::name).collect()
        }
        _ => Vec::new(),
    }
}

fn shrunk(before: Resource, after: Resource) -> Option<(RiskId, String)> {
    if !before.is("", &["PersistentVolumeClaim"]) {
        return None;
    }
    let [old, new] = [before, after].map(|side| Quantity::of(side.at("/spec/resources/requests/storage")));
    let (old, new) = (old?, new?);
    let message = format!("shrinks the claim from {old} to {new}, which Kubernetes refuses");
    (new < old).then_some((RiskId::VolumeShrunk, message))
}
