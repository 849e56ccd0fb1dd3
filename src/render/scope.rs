//! Whether resources of a kind belong to a namespace.

use std::collections::HashSet;

use serde_json::Value;

use super::manifest::group_version;
use crate::kubernetes;

/// Kinds of custom resources, in wide use, that belong to the whole cluster.
const CLUSTER_WIDE: [(&str, &str); 22] = [
    ("argoproj.io", "ClusterWorkflowTemplate"),
    ("argoproj.io", "ClusterAnalysisTemplate"),
    ("cert-manager.io", "ClusterIssuer"),
    ("cilium.io", "CiliumClusterwideNetworkPolicy"),
    ("crd.projectcalico.org", "GlobalNetworkPolicy"),
    ("external-secrets.io", "ClusterExternalSecret"),
    ("external-secrets.io", "ClusterSecretStore"),
    ("gateway.networking.k8s.io", "GatewayClass"),
    ("karpenter.k8s.aws", "EC2NodeClass"),
    ("karpenter.sh", "NodePool"),
    ("keda.sh", "ClusterTriggerAuthentication"),
    ("kyverno.io", "ClusterCleanupPolicy"),
    ("kyverno.io", "ClusterPolicy"),
    ("mutations.gatekeeper.sh", "Assign"),
    ("mutations.gatekeeper.sh", "AssignMetadata"),
    ("operator.tigera.io", "Installation"),
    ("pkg.crossplane.io", "Provider"),
    ("policy.networking.k8s.io", "AdminNetworkPolicy"),
    ("serving.kserve.io", "ClusterServingRuntime"),
    ("snapshot.storage.k8s.io", "VolumeSnapshotClass"),
    ("tekton.dev", "ClusterTask"),
    ("templates.gatekeeper.sh", "ConstraintTemplate"),
];

/// Knows the kinds that belong to the whole cluster: those of Kubernetes, well-known ones, and those whose
/// definition is among the manifests.
pub struct Scopes(HashSet<(String, String)>);

impl Scopes {
    pub fn of<'a>(manifests: impl Iterator<Item = &'a Value>) -> Self {
        let definitions = manifests.filter(|it| it["kind"] == "CustomResourceDefinition");
        let cluster_wide = definitions.filter(|it| it["spec"]["scope"] == "Cluster").filter_map(|it| {
            let text = |value: &Value| value.as_str().map(str::to_owned);
            Some((text(&it["spec"]["group"])?, text(&it["spec"]["names"]["kind"])?))
        });
        Self(cluster_wide.collect())
    }

    /// Whether a resource belongs to a namespace. Of a kind of which nothing is known, it is taken to.
    pub fn is_namespaced(&self, manifest: &Value) -> bool {
        let text = |key: &str| manifest[key].as_str().unwrap_or_default();
        let (api_version, kind) = (text("apiVersion"), text("kind"));
        if let Some(known) = kubernetes::kind(api_version, kind) {
            return known.is_namespaced;
        }
        let (group, _) = group_version(api_version);
        !CLUSTER_WIDE.contains(&(group, kind)) && !self.0.contains(&(group.to_owned(), kind.to_owned()))
    }
}
