//! The risks that a change may have, each with an id that people can look up. `docs/pull-requests.md`
//! lists them.

use schemars::JsonSchema;
use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Data or service is lost, the cluster is given away, or the change is refused
    High,
    /// A protection is taken away, or something is opened
    Medium,
    /// Worth a look
    Low,
}

impl Severity {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

macro_rules! risks {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal, $severity:ident;)*) => {
        /// What is risky.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
        pub enum RiskId {
            $(#[serde(rename = $text)] $name,)*
        }

        impl RiskId {
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// As people and programs read it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            pub fn severity(self) -> Severity {
                match self {
                    $(Self::$name => Severity::$severity,)*
                }
            }

            /// What it is about, in a sentence of Markdown without a period.
            pub fn description(self) -> String {
                let lines: &[&str] = match self {
                    $(Self::$name => &[$($doc),*],)*
                };
                let lines: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
                lines.join(" ")
            }
        }
    };
}

risks! {
    /// A claim, volume, namespace or custom resource definition is deleted, with what it holds
    DeletedData = "deleted-data", High;
    /// A Deployment, StatefulSet, DaemonSet or Rollout is deleted
    DeletedWorkload = "deleted-workload", High;
    /// A Service, an Ingress or a route is deleted
    DeletedEndpoint = "deleted-endpoint", High;
    /// A custom resource definition no longer serves a version
    DeletedVersion = "deleted-version", High;
    /// A field changes that Kubernetes lets nobody change on a resource that exists
    ImmutableField = "immutable-field", High;
    /// Such a field changes on a resource that the operator may delete and create again
    Recreated = "recreated", High;
    /// The storage of a claim gets smaller, which Kubernetes refuses
    VolumeShrunk = "volume-shrunk", High;
    /// A workload gets 0 replicas
    ScaledToZero = "scaled-to-zero", High;
    /// An image goes back to an older version
    ImageDowngrade = "image-downgrade", High;
    /// Somebody is bound to the role `cluster-admin`
    ClusterAdmin = "cluster-admin", High;
    /// A role is given to everybody who reaches the cluster
    BoundToEveryone = "bound-to-everyone", High;
    /// A role has `*` in its verbs, resources, API groups or URLs
    RbacWildcard = "rbac-wildcard", High;
    /// A role has the verb `escalate`, `bind` or `impersonate`
    RbacEscalation = "rbac-escalation", High;
    /// A container is privileged
    Privileged = "privileged", High;
    /// A pod mounts a path of its node
    HostPath = "host-path", High;
    /// A pod shares the network, the processes or the memory of its node
    HostNamespace = "host-namespace", High;
    /// A container gets capabilities of the kernel
    AddedCapability = "added-capability", Medium;
    /// A container may get more privileges than it starts with
    PrivilegeEscalation = "privilege-escalation", Medium;
    /// A `securityContext` forbids less than before
    SecurityContextRemoved = "security-context-removed", Medium;
    /// A NetworkPolicy, PodDisruptionBudget, ResourceQuota or LimitRange is deleted
    DeletedProtection = "deleted-protection", Medium;
    /// A workload gets half of its replicas or fewer
    ScaledDown = "scaled-down", Medium;
    /// A container loses a probe
    ProbeRemoved = "probe-removed", Medium;
    /// A container loses a limit or a request for resources
    LimitRemoved = "limit-removed", Medium;
    /// A Service sends its traffic to other pods
    SelectorChanged = "selector-changed", Medium;
    /// A host is no longer served
    HostRemoved = "host-removed", Medium;
    /// A Service opens a load balancer
    LoadBalancer = "load-balancer", Medium;
    /// A port is opened on nodes
    NodePort = "node-port", Medium;
    /// A host is served that was not before
    IngressHost = "ingress-host", Low;
}
