//! Resources whose deletion is missed: by data, by users, by those who are protected.

use super::super::resource::{Resource, items, shown};
use super::table::RiskId::{
    self, DeletedData, DeletedEndpoint, DeletedProtection, DeletedVersion, DeletedWorkload,
};

/// API group, kinds, and what their deletion does.
const MISSED: &[(&str, &[&str], RiskId, &str)] = &[
    (
        "",
        &["PersistentVolumeClaim"],
        DeletedData,
        "deletes the claim, and with most storage classes its data",
    ),
    ("", &["PersistentVolume"], DeletedData, "deletes the volume"),
    ("", &["Namespace"], DeletedData, "deletes the namespace and everything in it"),
    (
        "apiextensions.k8s.io",
        &["CustomResourceDefinition"],
        DeletedData,
        "deletes the definition and every resource of its kind",
    ),
    ("apps", &["Deployment", "StatefulSet", "DaemonSet"], DeletedWorkload, "deletes the workload"),
    ("argoproj.io", &["Rollout"], DeletedWorkload, "deletes the workload"),
    ("serving.knative.dev", &["Service"], DeletedWorkload, "deletes the workload"),
    ("", &["Service"], DeletedEndpoint, "deletes the Service: clients no longer reach its pods"),
    (
        "networking.k8s.io",
        &["Ingress"],
        DeletedEndpoint,
        "deletes the Ingress: its hosts are no longer served",
    ),
    ("extensions", &["Ingress"], DeletedEndpoint, "deletes the Ingress: its hosts are no longer served"),
    (
        "gateway.networking.k8s.io",
        &["Gateway", "GRPCRoute", "HTTPRoute", "TCPRoute", "TLSRoute", "UDPRoute"],
        DeletedEndpoint,
        "deletes the route: what it served is no longer reached",
    ),
    (
        "route.openshift.io",
        &["Route"],
        DeletedEndpoint,
        "deletes the route: what it served is no longer reached",
    ),
    (
        "networking.k8s.io",
        &["NetworkPolicy"],
        DeletedProtection,
        "deletes the policy: its pods accept more traffic",
    ),
    (
        "cilium.io",
        &["CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"],
        DeletedProtection,
        "deletes the policy: its pods accept more traffic",
    ),
    (
        "policy",
        &["PodDisruptionBudget"],
        DeletedProtection,
        "deletes the budget: drains may stop all of its pods at once",
    ),
    (
        "",
        &["ResourceQuota", "LimitRange"],
        DeletedProtection,
        "deletes what limits the namespace's resources",
    ),
];

/// Nothing where the operator is told to leave it in the cluster.
pub fn of(resource: Resource) -> Option<(RiskId, String)> {
    let found = MISSED.iter().find(|(group, kinds, ..)| resource.is(group, kinds));
    let (.., id, what) = found.filter(|_| !resource.is_kept())?;
    Some((*id, (*what).to_owned()))
}

/// Versions that a definition served before.
pub fn of_versions(before: Resource, after: Resource) -> Vec<(RiskId, String)> {
    if !before.is("apiextensions.k8s.io", &["CustomResourceDefinition"]) {
        return Vec::new();
    }
    let served = |side: Resource| -> Vec<String> {
        let versions = items(side.at("/spec/versions")).filter(|version| version["served"] != false);
        versions.filter_map(|version| version["name"].as_str()).map(str::to_owned).collect()
    };
    let kept = served(after);
    let gone = served(before).into_iter().filter(|version| !kept.contains(version));
    gone.map(|version| (DeletedVersion, format!("no longer serves the version {}", shown(&version))))
        .collect()
}
