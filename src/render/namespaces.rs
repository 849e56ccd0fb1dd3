//! Where resources are that name no namespace: in that of their release, as `helm install -n` would
//! put them.

use serde_json::{Map, Value};

use super::manifest::Document;
use super::scope::Scopes;

/// Documents and the namespace of each that names none.
#[derive(Default)]
pub struct Namespaces(Vec<Option<String>>);

impl Namespaces {
    /// The next documents are in this namespace.
    pub fn add(&mut self, count: usize, namespace: Option<&String>) {
        self.0.extend(std::iter::repeat_n(namespace.cloned(), count));
    }

    /// Hands the documents over to a step that makes others of them. If all of them have the same
    /// namespace, so do those; patches of kustomizations name no namespace. Otherwise they get it now.
    pub fn hand_over(&mut self, documents: &mut [Document]) -> Option<String> {
        let namespaces = std::mem::take(self);
        match namespaces.0.split_first() {
            Some((first, others)) if others.iter().all(|other| other == first) => first.clone(),
            _ => {
                namespaces.place(documents);
                None
            }
        }
    }

    /// Gives each document that names no namespace the one it is in.
    pub fn place(self, documents: &mut [Document]) {
        if self.0.iter().all(Option::is_none) {
            return;
        }
        let scopes = Scopes::of(documents.iter().map(|it| &it.value));
        for (document, namespace) in documents.iter_mut().zip(self.0) {
            let Some(namespace) = namespace.filter(|_| scopes.is_namespaced(&document.value)) else {
                continue;
            };
            if let Some(Value::Object(metadata)) = document.value.get_mut("metadata") {
                insert(metadata, namespace);
            }
        }
    }
}

/// Behind the name, where people look for it.
fn insert(metadata: &mut Map<String, Value>, namespace: String) {
    match metadata.get_mut("namespace") {
        Some(Value::String(text)) if !text.is_empty() => {}
        Some(empty) => *empty = namespace.into(),
        None => {
            let behind = metadata.keys().position(|key| key == "name").map_or(0, |name| name + 1);
            metadata.shift_insert(behind, "namespace".to_owned(), namespace.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::vocabulary::Place;

    fn placed(values: &[Value]) -> Vec<Option<String>> {
        let mut documents: Vec<Document> =
            values.iter().map(|value| Document { value: value.clone(), origin: Place::default() }).collect();
        let mut namespaces = Namespaces::default();
        namespaces.add(values.len(), Some(&"web".to_owned()));
        namespaces.place(&mut documents);
        let namespace =
            |document: Document| document.value["metadata"]["namespace"].as_str().map(str::to_owned);
        documents.into_iter().map(namespace).collect()
    }

    #[test]
    fn only_what_is_in_a_namespace_and_names_none_gets_one() {
        let resource = |api_version: &str, kind: &str| json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}});
        let definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "b"},
            "spec": {"group": "example.com", "scope": "Cluster", "names": {"kind": "Fleet"}}});
        let web = Some("web".to_owned());
        assert_eq!(placed(&[resource("v1", "ConfigMap"), resource("v1", "Namespace")]), [web.clone(), None]);
        assert_eq!(
            placed(&[definition, resource("example.com/v2", "Fleet"), resource("example.com/v1", "Ship")]),
            [None, None, web]
        );
        let other =
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "namespace": "other"}});
        assert_eq!(placed(&[other]), [Some("other".to_owned())]);
    }
}
