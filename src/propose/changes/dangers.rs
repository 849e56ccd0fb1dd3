//! Changes that deserve a second look: lost data, stopped workloads, and fields that Kubernetes
//! does not let anybody change.

use serde_json::Value;

/// Kinds whose deletion takes data, or other resources, with it.
const PRECIOUS: &[(&str, &str)] = &[
    ("PersistentVolumeClaim", "deletes the claim, and with most storage classes its data"),
    ("PersistentVolume", "deletes the volume"),
    ("Namespace", "deletes the namespace and everything in it"),
    ("CustomResourceDefinition", "deletes the definition and every resource of its kind"),
    ("StatefulSet", "deletes a stateful workload"),
];

/// Fields that select what a resource is about.
const SELECTORS: &[(&str, &str)] = &[
    ("Deployment", "/spec/selector"),
    ("StatefulSet", "/spec/selector"),
    ("DaemonSet", "/spec/selector"),
    ("ReplicaSet", "/spec/selector"),
    ("Service", "/spec/selector"),
];

/// Fields that cannot be changed on a resource that exists, or only under conditions.
const IMMUTABLE: &[(&str, &str)] = &[
    ("Job", "/spec/template"),
    ("Job", "/spec/selector"),
    ("Job", "/spec/completionMode"),
    ("PersistentVolumeClaim", "/spec/storageClassName"),
    ("PersistentVolumeClaim", "/spec/accessModes"),
    ("PersistentVolumeClaim", "/spec/volumeName"),
    ("PersistentVolumeClaim", "/spec/volumeMode"),
    ("StatefulSet", "/spec/serviceName"),
    ("StatefulSet", "/spec/podManagementPolicy"),
    ("StatefulSet", "/spec/volumeClaimTemplates"),
    ("StorageClass", "/provisioner"),
    ("StorageClass", "/parameters"),
    ("RoleBinding", "/roleRef"),
    ("ClusterRoleBinding", "/roleRef"),
    ("Service", "/spec/clusterIP"),
    ("Service", "/spec/type"),
];

/// What is dangerous in going from `before` to `after`.
pub fn dangers(before: Option<&Value>, after: Option<&Value>) -> Vec<String> {
    match (before, after) {
        (Some(before), None) => removal(before).into_iter().collect(),
        (Some(before), Some(after)) => change(before, after),
        (None, _) => Vec::new(),
    }
}

fn removal(resource: &Value) -> Option<String> {
    let found = PRECIOUS.iter().find(|(kind, _)| resource["kind"] == *kind);
    found.map(|(_, why)| (*why).to_owned())
}

fn change(before: &Value, after: &Value) -> Vec<String> {
    let mut dangers = Vec::new();
    if after["spec"]["replicas"] == 0 && before["spec"]["replicas"] != 0 {
        dangers.push("scales the workload to 0 replicas".to_owned());
    }
    for field in changed(SELECTORS, before, after) {
        dangers.push(format!("changes {field}: running pods are no longer selected"));
    }
    for field in changed(IMMUTABLE, before, after) {
        dangers.push(format!("changes {field}, which Kubernetes may refuse on an existing resource"));
    }
    let frozen =
        matches!(before["kind"].as_str(), Some("ConfigMap" | "Secret")) && before["immutable"] == true;
    if frozen {
        dangers.push("changes a resource that is marked immutable".to_owned());
    }
    dangers
}

fn changed<'a>(
    fields: &'a [(&str, &str)],
    before: &'a Value,
    after: &'a Value,
) -> impl Iterator<Item = String> + 'a {
    let of_kind = fields.iter().filter(|(kind, _)| before["kind"] == *kind && after["kind"] == *kind);
    of_kind
        .filter(|(_, pointer)| before.pointer(pointer) != after.pointer(pointer))
        .map(|(_, pointer)| pointer.trim_start_matches('/').replace('/', "."))
}
