//! The values of fields that take only some. Kubernetes' descriptions tell them in prose alone; these
//! are those of the validation in its source (`pkg/apis/*/validation`).

const PROTOCOLS: &[&str] = &["TCP", "UDP", "SCTP"];
const IP_FAMILIES: &[&str] = &["IPv4", "IPv6"];
const TRAFFIC_POLICIES: &[&str] = &["Cluster", "Local"];
const ACCESS_MODES: &[&str] = &["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"];
const VOLUME_MODES: &[&str] = &["Filesystem", "Block"];
const RECLAIM_POLICIES: &[&str] = &["Retain", "Delete", "Recycle"];
const FAILURE_POLICIES: &[&str] = &["Ignore", "Fail"];
const MATCH_POLICIES: &[&str] = &["Exact", "Equivalent"];
const REINVOCATION_POLICIES: &[&str] = &["Never", "IfNeeded"];
const SIDE_EFFECTS: &[&str] = &["None", "NoneOnDryRun", "Some", "Unknown"];
const RESTART_POLICIES: &[&str] = &["Always", "OnFailure", "Never"];
const PULL_POLICIES: &[&str] = &["Always", "IfNotPresent", "Never"];
const MESSAGE_POLICIES: &[&str] = &["File", "FallbackToLogsOnError"];
const DISK_KINDS: &[&str] = &["Shared", "Dedicated", "Managed"];
const PROFILES: &[&str] = &["Localhost", "RuntimeDefault", "Unconfined"];
const NODE_POLICIES: &[&str] = &["Honor", "Ignore"];
const LABEL_OPERATORS: &[&str] = &["In", "NotIn", "Exists", "DoesNotExist"];
const WEBHOOK_SCOPES: &[&str] = &["Cluster", "Namespaced", "*"];
const RETENTION: &[&str] = &["Retain", "Delete"];
const VALIDATION_ACTIONS: &[&str] = &["Deny", "Warn", "Audit"];

/// A type, a field of it, and the values of the field, or of the elements of its list.
pub(super) const VALUES: &[(&str, &str, &[&str])] = &[
    ("admissionregistration.v1.MutatingWebhook", "failurePolicy", FAILURE_POLICIES),
    ("admissionregistration.v1.MutatingWebhook", "matchPolicy", MATCH_POLICIES),
    ("admissionregistration.v1.MutatingWebhook", "reinvocationPolicy", REINVOCATION_POLICIES),
    ("admissionregistration.v1.MutatingWebhook", "sideEffects", SIDE_EFFECTS),
    (
        "admissionregistration.v1.RuleWithOperations",
        "operations",
        &["CREATE", "UPDATE", "DELETE", "CONNECT", "*"],
    ),
    ("admissionregistration.v1.RuleWithOperations", "scope", WEBHOOK_SCOPES),
    (
        "admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec",
        "validationActions",
        VALIDATION_ACTIONS,
    ),
    ("admissionregistration.v1.ValidatingAdmissionPolicySpec", "failurePolicy", FAILURE_POLICIES),
    ("admissionregistration.v1.ValidatingWebhook", "failurePolicy", FAILURE_POLICIES),
    ("admissionregistration.v1.ValidatingWebhook", "matchPolicy", MATCH_POLICIES),
    ("admissionregistration.v1.ValidatingWebhook", "sideEffects", SIDE_EFFECTS),
    ("apiextensions.v1.CustomResourceConversion", "strategy", &["None", "Webhook"]),
    ("apiextensions.v1.CustomResourceDefinitionSpec", "scope", &["Namespaced", "Cluster"]),
    ("apps.v1.DaemonSetUpdateStrategy", "type", &["RollingUpdate", "OnDelete"]),
    ("apps.v1.DeploymentStrategy", "type", &["Recreate", "RollingUpdate"]),
    ("apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy", "whenDeleted", RETENTION),
    ("apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy", "whenScaled", RETENTION),
    ("apps.v1.StatefulSetSpec", "podManagementPolicy", &["OrderedReady", "Parallel"]),
    ("apps.v1.StatefulSetUpdateStrategy", "type", &["RollingUpdate", "OnDelete"]),
    ("autoscaling.v2.HPAScalingPolicy", "type", &["Pods", "Percent"]),
    ("autoscaling.v2.HPAScalingRules", "selectPolicy", &["Max", "Min", "Disabled"]),
    ("autoscaling.v2.MetricSpec", "type", &["Object", "Pods", "Resource", "ContainerResource", "External"]),
    ("autoscaling.v2.MetricTarget", "type", &["Utilization", "Value", "AverageValue"]),
    ("batch.v1.CronJobSpec", "concurrencyPolicy", &["Allow", "Forbid", "Replace"]),
    ("batch.v1.JobSpec", "completionMode", &["NonIndexed", "Indexed"]),
    ("batch.v1.JobSpec", "podReplacementPolicy", &["TerminatingOrFailed", "Failed"]),
    ("batch.v1.PodFailurePolicyOnExitCodesRequirement", "operator", &["In", "NotIn"]),
    ("batch.v1.PodFailurePolicyRule", "action", &["FailJob", "FailIndex", "Ignore", "Count"]),
    ("core.v1.AzureDiskVolumeSource", "cachingMode", &["None", "ReadOnly", "ReadWrite"]),
    ("core.v1.AzureDiskVolumeSource", "kind", DISK_KINDS),
    ("core.v1.Container", "imagePullPolicy", PULL_POLICIES),
    ("core.v1.Container", "restartPolicy", RESTART_POLICIES),
    ("core.v1.Container", "terminationMessagePolicy", MESSAGE_POLICIES),
    ("core.v1.ContainerPort", "protocol", PROTOCOLS),
    ("core.v1.ContainerResizePolicy", "restartPolicy", &["NotRequired", "RestartContainer"]),
    ("core.v1.EndpointPort", "protocol", PROTOCOLS),
    ("core.v1.EphemeralContainer", "imagePullPolicy", PULL_POLICIES),
    ("core.v1.HTTPGetAction", "scheme", &["HTTP", "HTTPS"]),
    ("core.v1.ImageVolumeSource", "pullPolicy", PULL_POLICIES),
    ("core.v1.LimitRangeItem", "type", &["Container", "Pod", "PersistentVolumeClaim"]),
    ("core.v1.NodeSelectorRequirement", "operator", &["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]),
    ("core.v1.PersistentVolumeClaimSpec", "accessModes", ACCESS_MODES),
    ("core.v1.PersistentVolumeClaimSpec", "volumeMode", VOLUME_MODES),
    ("core.v1.PersistentVolumeSpec", "accessModes", ACCESS_MODES),
    ("core.v1.PersistentVolumeSpec", "persistentVolumeReclaimPolicy", RECLAIM_POLICIES),
    ("core.v1.PersistentVolumeSpec", "volumeMode", VOLUME_MODES),
    ("core.v1.PodSecurityContext", "fsGroupChangePolicy", &["Always", "OnRootMismatch"]),
    ("core.v1.PodSecurityContext", "supplementalGroupsPolicy", &["Merge", "Strict"]),
    ("core.v1.PodSpec", "dnsPolicy", &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]),
    ("core.v1.PodSpec", "preemptionPolicy", &["Never", "PreemptLowerPriority"]),
    ("core.v1.PodSpec", "restartPolicy", RESTART_POLICIES),
    ("core.v1.ScopedResourceSelectorRequirement", "operator", LABEL_OPERATORS),
    ("core.v1.SeccompProfile", "type", PROFILES),
    ("core.v1.AppArmorProfile", "type", PROFILES),
    ("core.v1.SecurityContext", "procMount", &["Default", "Unmasked"]),
    ("core.v1.ServicePort", "protocol", PROTOCOLS),
    ("core.v1.ServiceSpec", "externalTrafficPolicy", TRAFFIC_POLICIES),
    ("core.v1.ServiceSpec", "internalTrafficPolicy", TRAFFIC_POLICIES),
    ("core.v1.ServiceSpec", "ipFamilies", IP_FAMILIES),
    ("core.v1.ServiceSpec", "ipFamilyPolicy", &["SingleStack", "PreferDualStack", "RequireDualStack"]),
    ("core.v1.ServiceSpec", "sessionAffinity", &["ClientIP", "None"]),
    ("core.v1.ServiceSpec", "trafficDistribution", &["PreferClose", "PreferSameZone", "PreferSameNode"]),
    ("core.v1.ServiceSpec", "type", &["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]),
    ("core.v1.Taint", "effect", &["NoSchedule", "PreferNoSchedule", "NoExecute"]),
    ("core.v1.Toleration", "effect", &["NoSchedule", "PreferNoSchedule", "NoExecute"]),
    ("core.v1.TopologySpreadConstraint", "nodeAffinityPolicy", NODE_POLICIES),
    ("core.v1.TopologySpreadConstraint", "nodeTaintsPolicy", NODE_POLICIES),
    ("core.v1.TopologySpreadConstraint", "whenUnsatisfiable", &["DoNotSchedule", "ScheduleAnyway"]),
    ("core.v1.VolumeMount", "mountPropagation", &["None", "HostToContainer", "Bidirectional"]),
    ("core.v1.VolumeMount", "recursiveReadOnly", &["Disabled", "IfPossible", "Enabled"]),
    ("discovery.v1.EndpointSlice", "addressType", &["IPv4", "IPv6", "FQDN"]),
    ("meta.v1.LabelSelectorRequirement", "operator", LABEL_OPERATORS),
    ("networking.v1.HTTPIngressPath", "pathType", &["Exact", "Prefix", "ImplementationSpecific"]),
    ("networking.v1.NetworkPolicyPort", "protocol", PROTOCOLS),
    ("networking.v1.NetworkPolicySpec", "policyTypes", &["Ingress", "Egress"]),
    ("policy.v1.PodDisruptionBudgetSpec", "unhealthyPodEvictionPolicy", &["IfHealthyBudget", "AlwaysAllow"]),
    ("rbac.v1.Subject", "kind", &["User", "Group", "ServiceAccount"]),
    ("scheduling.v1.PriorityClass", "preemptionPolicy", &["Never", "PreemptLowerPriority"]),
    ("storage.v1.CSIDriverSpec", "fsGroupPolicy", &["ReadWriteOnceWithFSType", "File", "None"]),
    ("storage.v1.CSIDriverSpec", "volumeLifecycleModes", &["Persistent", "Ephemeral"]),
    ("storage.v1.StorageClass", "reclaimPolicy", RECLAIM_POLICIES),
    ("storage.v1.StorageClass", "volumeBindingMode", &["Immediate", "WaitForFirstConsumer"]),
];

pub(super) fn of(of_type: &str, field: &str) -> Option<&'static [&'static str]> {
    let known = VALUES.iter().find(|(known, name, _)| *known == of_type && *name == field);
    known.map(|(_, _, values)| *values)
}
