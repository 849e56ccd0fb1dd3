//! One namespace for all resources that belong to one, as Kustomize sets it.
//!
//! The only Namespace among them gets its name. What refers to a resource with its namespace follows where
//! the resource is among them: subjects of role bindings, services of webhooks.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::metadata::{self, DEFAULT_NAMESPACE, identity};
use crate::render::manifest::Document;
use crate::render::scope::Scopes;

/// Sets the namespace of everything.
pub fn set(documents: &mut [Document], namespace: &str) {
    let scopes = Scopes::of(documents.iter().map(|document| &document.value));
    let moved = Moved::of(documents, &scopes);
    let namespaces = documents.iter().filter(|it| it.value["kind"] == "Namespace").count();
    for Document { value, .. } in documents {
        let own = identity(value).1.map(str::to_owned);
        let is_only_namespace = namespaces == 1 && value["kind"] == "Namespace";
        let is_namespaced = scopes.is_namespaced(value);
        follow(value, namespace, own.as_deref(), &moved);
        let Some(metadata) = metadata::of(value) else { continue };
        if is_only_namespace {
            metadata.insert("name".to_owned(), namespace.into());
        } else if is_namespaced {
            insert_behind(metadata, "name", "namespace", namespace);
        }
    }
}

/// Resources that get another namespace: kind, namespace, name.
struct Moved(HashSet<(String, String, String)>);

impl Moved {
    fn of(documents: &[Document], scopes: &Scopes) -> Self {
        let namespaced = documents.iter().map(|it| &it.value).filter(|it| scopes.is_namespaced(it));
        let key = |it: &Value| {
            let (kind, namespace, name) = identity(it);
            (kind.to_owned(), namespace.unwrap_or(DEFAULT_NAMESPACE).to_owned(), name.to_owned())
        };
        Self(namespaced.map(key).collect())
    }

    /// Whether what is meant by a name in a namespace is among them.
    fn has(&self, kind: &str, namespace: Option<&str>, name: &str) -> bool {
        let namespace = namespace.unwrap_or(DEFAULT_NAMESPACE);
        self.0.contains(&(kind.to_owned(), namespace.to_owned(), name.to_owned()))
    }
}

/// Changes the namespaces that are written beside names.
fn follow(manifest: &mut Value, namespace: &str, own: Option<&str>, moved: &Moved) {
    match manifest["kind"].as_str().unwrap_or_default() {
        "RoleBinding" | "ClusterRoleBinding" => {
            let subjects = manifest.get_mut("subjects").and_then(Value::as_array_mut);
            for subject in subjects.into_iter().flatten().filter_map(Value::as_object_mut) {
                let text = |key: &str| subject.get(key).and_then(Value::as_str);
                let name = text("name").unwrap_or_default();
                let written = text("namespace").or(own);
                let is_account = text("kind") == Some("ServiceAccount");
                if is_account && (name == "default" || moved.has("ServiceAccount", written, name)) {
                    insert_behind(subject, "name", "namespace", namespace);
                }
            }
        }
        "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration" => {
            let webhooks = manifest.get_mut("webhooks").and_then(Value::as_array_mut);
            for webhook in webhooks.into_iter().flatten() {
                follow_service(webhook.pointer_mut("/clientConfig/service"), namespace, moved);
            }
        }
        "APIService" => follow_service(manifest.pointer_mut("/spec/service"), namespace, moved),
        "CustomResourceDefinition" => {
            let service = manifest.pointer_mut("/spec/conversion/webhook/clientConfig/service");
            follow_service(service, namespace, moved);
        }
        _ => {}
    }
}

fn follow_service(service: Option<&mut Value>, namespace: &str, moved: &Moved) {
    let Some(Value::Object(service)) = service else { return };
    let text = |key: &str| service.get(key).and_then(Value::as_str);
    if moved.has("Service", text("namespace"), text("name").unwrap_or_default()) {
        insert_behind(service, "name", "namespace", namespace);
    }
}

/// Sets a key; a new one stands behind another, where people expect it.
fn insert_behind(map: &mut Map<String, Value>, other: &str, key: &str, value: &str) {
    let place = map.keys().position(|name| name == other).map_or(map.len(), |index| index + 1);
    match map.get_mut(key) {
        Some(old) => *old = value.into(),
        None => drop(map.shift_insert(place, key.to_owned(), value.into())),
    }
}
