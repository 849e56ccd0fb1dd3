//! Which running pods read a ConfigMap or a Secret only when they start.

use serde_json::Value;

use super::super::resource::{Resource, items};
use super::workload::Workload;

/// The `ConfigMap` or `Secret` in the cluster that a resource is, or is made into.
pub fn of(resource: Resource<'_>) -> Option<(&'static str, &str)> {
    let made = |pointer: &str| resource.at(pointer).as_str().unwrap_or(resource.name());
    match (resource.group, resource.kind) {
        ("", "ConfigMap") => Some(("ConfigMap", resource.name())),
        ("", "Secret") => Some(("Secret", resource.name())),
        ("bitnami.com", "SealedSecret") => Some(("Secret", made("/spec/template/metadata/name"))),
        ("external-secrets.io", "ExternalSecret") => Some(("Secret", made("/spec/target/name"))),
        _ => None,
    }
}

/// Whether what it holds is different.
pub fn is_changed(before: Resource, after: Resource) -> bool {
    let fields = ["/data", "/binaryData", "/stringData", "/spec/encryptedData", "/spec/data"];
    fields.iter().any(|field| before.at(field) != after.at(field))
}

/// Whether pods of the workload read it only when they start: into their environment, or as a file
/// that is mounted by itself. Other files are replaced while they run.
pub fn is_read_at_start(workload: Workload, (kind, name): (&str, &str)) -> bool {
    let spec = &workload.template["spec"];
    let containers = ["initContainers", "containers"].into_iter().flat_map(|list| items(&spec[list]));
    { containers }.any(|container| {
        let (from, key) = match kind {
            "ConfigMap" => ("configMapRef", "configMapKeyRef"),
            _ => ("secretRef", "secretKeyRef"),
        };
        let whole = items(&container["envFrom"]).any(|source| source[from]["name"] == name);
        let single = items(&container["env"]).any(|variable| variable["valueFrom"][key]["name"] == name);
        let single_files = items(&container["volumeMounts"])
            .filter(|mount| ["subPath", "subPathExpr"].iter().any(|field| !mount[*field].is_null()));
        let is_of_it = |mount: &Value| {
            let volume = items(&spec["volumes"]).find(|volume| volume["name"] == mount["name"]);
            volume.is_some_and(|volume| is_filled_from(volume, kind, name))
        };
        whole || single || { single_files }.any(is_of_it)
    })
}

fn is_filled_from(volume: &Value, kind: &str, name: &str) -> bool {
    let is_it = |source: &Value| match kind {
        "ConfigMap" => source["configMap"]["name"] == name,
        _ => source["secret"]["secretName"] == name || source["secret"]["name"] == name,
    };
    is_it(volume) || items(&volume["projected"]["sources"]).any(is_it)
}
