//! What a change is told to be, resource by resource, and in the pull request.

mod effect;
mod pull_request;
mod risks;

use serde_json::{Value, json};
use towline::propose::Changes;
use towline::render::Rendering;

use crate::propose::{Desk, rendering};

/// A resource before and after; `null` where it is not there.
type Case = (Value, Value);

/// A release with these resources.
fn release(version: &str, resources: &[&Value]) -> Rendering {
    let there = resources.iter().enumerate().filter(|(_, value)| !value.is_null());
    let files: Vec<(String, String)> = there
        .map(|(index, value)| (format!("{index:03}.yaml"), towline::yaml::write(value).unwrap()))
        .collect();
    let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    rendering(version, &files)
}

fn before(cases: &[Case]) -> Rendering {
    release("1.0.0", &cases.iter().map(|case| &case.0).collect::<Vec<_>>())
}

fn after(cases: &[Case]) -> Rendering {
    release("1.1.0", &cases.iter().map(|case| &case.1).collect::<Vec<_>>())
}

fn changes(cases: &[Case]) -> Changes {
    let desk = Desk::new();
    desk.deploy(&before(cases));
    desk.changes(&after(cases))
}

fn resource(api_version: &str, kind: &str, name: &str, rest: Value) -> Value {
    let mut value = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}});
    value.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    value
}

fn spec(api_version: &str, kind: &str, name: &str, spec: Value) -> Value {
    resource(api_version, kind, name, json!({"spec": spec}))
}

fn deployment(name: &str, replicas: u64, pod: Value) -> Value {
    let labels = json!({"app": name});
    spec(
        "apps/v1",
        "Deployment",
        name,
        json!({
            "replicas": replicas, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        }),
    )
}

/// A pod with one container.
fn pod(container: Value) -> Value {
    let mut whole = json!({"name": "web", "image": "ghcr.io/acme/web:1.2.0"});
    whole.as_object_mut().unwrap().extend(container.as_object().unwrap().clone());
    json!({"containers": [whole]})
}

fn plain(name: &str) -> Value {
    deployment(name, 4, pod(json!({})))
}

fn rbac(kind: &str, name: &str, rest: Value) -> Value {
    resource("rbac.authorization.k8s.io/v1", kind, name, rest)
}

fn crd(versions: &[&str]) -> Value {
    let versions: Vec<Value> = versions.iter().map(|name| json!({"name": name, "served": true})).collect();
    spec(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        "jobs.acme.com",
        json!({
            "group": "acme.com", "scope": "Namespaced", "names": {"plural": "jobs", "kind": "Job"}, "versions": versions,
        }),
    )
}

fn claim(storage: &str, class: &str) -> Value {
    spec(
        "v1",
        "PersistentVolumeClaim",
        "data",
        json!({
            "accessModes": ["ReadWriteOnce"], "storageClassName": class,
            "resources": {"requests": {"storage": storage}},
        }),
    )
}

fn service(name: &str, of: Value) -> Value {
    spec("v1", "Service", name, of)
}

fn ingress(host: &str) -> Value {
    spec("networking.k8s.io/v1", "Ingress", "web", json!({"rules": [{"host": host}]}))
}
