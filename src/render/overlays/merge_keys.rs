//! How the Kubernetes API merges each list: the data that makes a merge patch "strategic".
//!
//! The tables are the `patchStrategy` and `patchMergeKey` tags of the types in `k8s.io/api` and
//! `k8s.io/apimachinery`, as of Kubernetes 1.32. A list without a tag is replaced. The strategy
//! `retainKeys` is not here: it says how a patch is *made*; one that has `$retainKeys` says it
//! itself.

use crate::render::manifest::group_version;

/// How a value in a patch meets the one in the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Maps are merged key by key, anything else takes the patch's value.
    Default,
    /// The patch's value takes the place of the resource's, also of a map.
    Replace,
    /// Elements of a list are merged with those whose value of this key is the same.
    MergeBy(&'static str),
    /// A list of scalars; those of the patch are added.
    Union,
}

/// The rules for one kind of the Kubernetes API.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    pod_spec: &'static [&'static str],
    fields: &'static [(&'static [&'static str], Rule)],
}

/// The rules of a kind, or `None` if it is none of the Kubernetes API's own: a custom resource.
pub fn schema(api_version: &str, kind: &str) -> Option<Schema> {
    let (group, _) = group_version(api_version);
    GROUPS.contains(&group).then(|| Schema { pod_spec: pod_spec(kind), fields: fields(kind) })
}

impl Schema {
    /// The rule for the field at `path`: names of fields from the root, without list indices.
    pub fn rule(&self, path: &[&str]) -> Rule {
        if let [.., "metadata", field] = path
            && let Some(rule) = rule_of(METADATA, &[field])
        {
            return rule;
        }
        if !self.pod_spec.is_empty()
            && let Some(rest) = path.strip_prefix(self.pod_spec)
        {
            return pod_rule(rest);
        }
        rule_of(self.fields, path).unwrap_or(Rule::Default)
    }
}

fn pod_rule(path: &[&str]) -> Rule {
    let rule = match path {
        ["containers" | "initContainers" | "ephemeralContainers", field] => rule_of(CONTAINER, &[field]),
        _ => rule_of(POD_SPEC, path),
    };
    rule.unwrap_or(Rule::Default)
}

fn rule_of(table: &[(&[&str], Rule)], path: &[&str]) -> Option<Rule> {
    table.iter().find(|(field, _)| *field == path).map(|(_, rule)| *rule)
}

/// Groups of the Kubernetes API itself. Other groups' kinds are custom resources.
const GROUPS: &[&str] = &[
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "extensions",
    "flowcontrol.apiserver.k8s.io",
    "internal.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
    "storagemigration.k8s.io",
];

/// Where a kind keeps its `PodSpec`; empty if it has none.
fn pod_spec(kind: &str) -> &'static [&'static str] {
    match kind {
        "Pod" => &["spec"],
        "PodTemplate" => &["template", "spec"],
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Job" => {
            &["spec", "template", "spec"]
        }
        "CronJob" => &["spec", "jobTemplate", "spec", "template", "spec"],
        _ => &[],
    }
}

/// `ObjectMeta`, wherever it stands.
const METADATA: &[(&[&str], Rule)] =
    &[(&["finalizers"], Rule::Union), (&["ownerReferences"], Rule::MergeBy("uid"))];

const POD_SPEC: &[(&[&str], Rule)] = &[
    (&["containers"], Rule::MergeBy("name")),
    (&["ephemeralContainers"], Rule::MergeBy("name")),
    (&["hostAliases"], Rule::MergeBy("ip")),
    (&["imagePullSecrets"], Rule::MergeBy("name")),
    (&["initContainers"], Rule::MergeBy("name")),
    (&["resourceClaims"], Rule::MergeBy("name")),
    (&["schedulingGates"], Rule::MergeBy("name")),
    (&["topologySpreadConstraints"], Rule::MergeBy("topologyKey")),
    (&["volumes"], Rule::MergeBy("name")),
];

/// `Container` and `EphemeralContainer`.
const CONTAINER: &[(&[&str], Rule)] = &[
    (&["env"], Rule::MergeBy("name")),
    (&["ports"], Rule::MergeBy("containerPort")),
    (&["volumeDevices"], Rule::MergeBy("devicePath")),
    (&["volumeMounts"], Rule::MergeBy("mountPath")),
];

/// The fields of single kinds. Of `status`, which no manifest sets, only the conditions.
fn fields(kind: &str) -> &'static [(&'static [&'static str], Rule)] {
    match kind {
        "Service" => &[(&["spec", "ports"], Rule::MergeBy("port")), CONDITIONS],
        "ServiceAccount" => &[(&["secrets"], Rule::MergeBy("name"))],
        "PodDisruptionBudget" => &[(&["spec", "selector"], Rule::Replace), CONDITIONS],
        "CSINode" => &[(&["spec", "drivers"], Rule::MergeBy("name"))],
        "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration" => &[
            (&["webhooks"], Rule::MergeBy("name")),
            (&["webhooks", "matchConditions"], Rule::MergeBy("name")),
        ],
        "MutatingAdmissionPolicy" | "ValidatingAdmissionPolicy" => &[
            (&["spec", "matchConditions"], Rule::MergeBy("name")),
            (&["spec", "variables"], Rule::MergeBy("name")),
        ],
        _ => &[CONDITIONS],
    }
}

const CONDITIONS: (&[&str], Rule) = (&["status", "conditions"], Rule::MergeBy("type"));
