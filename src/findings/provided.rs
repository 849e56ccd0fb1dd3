//! What a release provides: the objects that are in it, and those that operators make of what is in it.

use serde_json::Value;

use super::pods::may_share_namespace;
use crate::render::{Resource, group_version};

/// Custom resources of which an operator makes a Secret, and where they have its name; the first place that
/// is there counts.
const SECRETS: [(&str, &str, &[&str]); 9] = [
    ("bitnami.com", "SealedSecret", &["/spec/template/metadata/name", "/metadata/name"]),
    ("cert-manager.io", "Certificate", &["/spec/secretName"]),
    (
        "external-secrets.io",
        "ClusterExternalSecret",
        &["/spec/externalSecretSpec/target/name", "/spec/externalSecretName", "/metadata/name"],
    ),
    ("external-secrets.io", "ExternalSecret", &["/spec/target/name", "/metadata/name"]),
    ("onepassword.com", "OnePasswordItem", &["/metadata/name"]),
    ("secrets.hashicorp.com", "VaultDynamicSecret", &["/spec/destination/name"]),
    ("secrets.hashicorp.com", "VaultPKISecret", &["/spec/destination/name"]),
    ("secrets.hashicorp.com", "VaultStaticSecret", &["/spec/destination/name"]),
    ("spv.no", "AzureKeyVaultSecret", &["/spec/output/secret/name"]),
];

/// The same for lists of Secrets: the list, and the name in an entry of it.
const LISTS_OF_SECRETS: [(&str, &str, &str, &str); 2] = [
    ("isindir.github.com", "SopsSecret", "/spec/secretTemplates", "name"),
    ("secrets-store.csi.x-k8s.io", "SecretProviderClass", "/spec/secretObjects", "secretName"),
];

/// Objects that the cluster itself makes in each namespace.
const OF_THE_CLUSTER: [(&str, &str); 3] = [
    ("ConfigMap", "kube-root-ca.crt"),
    ("ConfigMap", "openshift-service-ca.crt"),
    ("ServiceAccount", "default"),
];

/// What a name of a kind means to a resource.
pub enum Provided<'a> {
    /// An object of the release.
    There(&'a Resource),
    /// What an operator or the cluster makes.
    Made,
    Missing,
}

/// What provides the object of a kind that a resource names. `kind` is one of Kubernetes' own.
pub fn find<'a>(resources: &'a [Resource], user: &Resource, kind: &str, name: &str) -> Provided<'a> {
    if OF_THE_CLUSTER.contains(&(kind, name)) {
        return Provided::Made;
    }
    let near = || resources.iter().filter(|it| may_share_namespace(it, user));
    if let Some(there) = near().find(|it| it.id.kind == kind && it.id.name == name) {
        return Provided::There(there);
    }
    let makes = |it: &Resource| match kind {
        "Secret" => makes_secret(it, name),
        // A bundle of certificates, in every namespace.
        "ConfigMap" => it.id.kind == "Bundle" && it.id.name == name,
        "PersistentVolumeClaim" => is_claim_of_set(it, name),
        _ => false,
    };
    match near().any(makes) || resources.iter().any(|it| it.id.kind.starts_with("Cluster") && makes(it)) {
        true => Provided::Made,
        false => Provided::Missing,
    }
}

fn makes_secret(resource: &Resource, name: &str) -> bool {
    let (group, _) = group_version(&resource.id.api_version);
    let is = |of: &str, kind: &str| of == group && kind == resource.id.kind;
    let names = |places: &[&str]| {
        let first = places.iter().find_map(|place| resource.manifest.pointer(place)?.as_str());
        first == Some(name)
    };
    let lists = |(of, kind, list, field): &(&str, &str, &str, &str)| {
        let entries = resource.manifest.pointer(list).and_then(Value::as_array);
        is(of, kind) && entries.into_iter().flatten().any(|entry| entry[*field] == name)
    };
    SECRETS.iter().any(|(of, kind, places)| is(of, kind) && names(places))
        || LISTS_OF_SECRETS.iter().any(lists)
}

/// `data-web-0` is the claim of the first pod of the StatefulSet `web`.
fn is_claim_of_set(resource: &Resource, name: &str) -> bool {
    let claims = resource.manifest["spec"]["volumeClaimTemplates"].as_array();
    let mut claims = claims.into_iter().flatten().filter_map(|claim| claim["metadata"]["name"].as_str());
    resource.id.kind == "StatefulSet"
        && claims.any(|claim| name.strip_prefix(&format!("{claim}-{}-", resource.id.name)).is_some())
}
