//! Where manifests refer to other resources by name.
//!
//! A reference is known by its field, so that custom resources with pod templates, or with the fields of
//! one, are understood like the kinds of Kubernetes itself: `configMapKeyRef.name` is a ConfigMap wherever
//! it stands, and a map with `kind` and `name` says itself what it means.

use serde_json::{Map, Value};

/// The name of another resource, in a manifest.
pub struct Reference<'a> {
    pub kind: &'a str,
    /// The namespace that is written beside the name.
    pub namespace: Option<&'a str>,
    pub name: &'a mut String,
}

/// Calls `found` with every reference of a manifest.
pub fn visit(manifest: &mut Value, found: &mut dyn FnMut(Reference)) {
    let Value::Object(fields) = manifest else { return };
    for (key, value) in fields {
        match key.as_str() {
            "metadata" | "status" => {}
            key => walk(value, key, found),
        }
    }
}

/// `parent` is the field that holds `value`, or the list that does.
fn walk(value: &mut Value, parent: &str, found: &mut dyn FnMut(Reference)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, parent, found)),
        Value::Object(map) => {
            let text = |key: &str| map.get(key).and_then(Value::as_str).map(str::to_owned);
            let (own_kind, namespace) = (text("kind"), text("namespace"));
            resource_names(map, found);
            for (key, value) in map.iter_mut() {
                match value {
                    Value::String(name) => {
                        let kind = kind_of(parent, key, own_kind.as_deref());
                        if let Some(kind) = kind {
                            found(Reference { kind, namespace: namespace.as_deref(), name });
                        }
                    }
                    value => walk(value, key, found),
                }
            }
        }
        _ => {}
    }
}

/// The kind that a field names a resource of. `own_kind` is what the field `kind` beside it says.
fn kind_of<'a>(parent: &str, key: &str, own_kind: Option<&'a str>) -> Option<&'a str> {
    match (parent, key) {
        (_, "name") if own_kind.is_some() => own_kind,
        ("configMap", "name") | (_, "configMapName") => Some("ConfigMap"),
        ("secret" | "secrets" | "imagePullSecrets" | "pullSecrets", "name") | (_, "secretName") => {
            Some("Secret")
        }
        (_, "serviceAccountName" | "serviceAccount") => Some("ServiceAccount"),
        (_, "claimName") => Some("PersistentVolumeClaim"),
        ("service", "name") | (_, "serviceName") => Some("Service"),
        (_, "priorityClassName") => Some("PriorityClass"),
        (_, "storageClassName") => Some("StorageClass"),
        (_, "ingressClassName") => Some("IngressClass"),
        (_, "runtimeClassName") => Some("RuntimeClass"),
        (parent, "name") => {
            let parent = parent.to_ascii_lowercase();
            let is = |what: &str| {
                parent.ends_with(&format!("{what}ref")) || parent.ends_with(&format!("{what}keyref"))
            };
            if is("configmap") {
                Some("ConfigMap")
            } else if is("secret") {
                Some("Secret")
            } else {
                None
            }
        }
        _ => None,
    }
}

/// The rules of a Role list names beside the resources.
fn resource_names(map: &mut Map<String, Value>, found: &mut dyn FnMut(Reference)) {
    const KINDS: [(&str, &str); 4] = [
        ("configmaps", "ConfigMap"),
        ("secrets", "Secret"),
        ("serviceaccounts", "ServiceAccount"),
        ("services", "Service"),
    ];
    let resources = map.get("resources").and_then(Value::as_array).cloned().unwrap_or_default();
    let Some(Value::Array(names)) = map.get_mut("resourceNames") else { return };
    for (_, kind) in KINDS.iter().filter(|(plural, _)| resources.iter().any(|it| it == plural)) {
        for name in names.iter_mut() {
            if let Value::String(name) = name {
                found(Reference { kind, namespace: None, name });
            }
        }
    }
}
