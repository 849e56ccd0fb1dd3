//! What pods may do to their nodes, and what keeps them from it.
//!
//! The fields are those of the Pod Security Standards
//! (<https://kubernetes.io/docs/concepts/security/pod-security-standards/>).

use serde_json::Value;

use super::super::resource::{Container, Pod, Resource, in_both, items, shown, texts};
use super::table::RiskId;

pub fn exposures(resource: Resource) -> Vec<(RiskId, String)> {
    let of = |pod: Pod| {
        let of_containers = pod.containers().flat_map(container).collect();
        [host(&pod), volumes(&pod), of_containers].concat()
    };
    resource.pods().into_iter().flat_map(of).collect()
}

/// A value that is hidden counts, too.
fn is_on(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false))
}

fn host(pod: &Pod) -> Vec<(RiskId, String)> {
    let fields = [("hostNetwork", "network"), ("hostPID", "processes"), ("hostIPC", "shared memory")];
    let shared = fields.into_iter().filter(|(field, _)| is_on(&pod.spec[*field]));
    shared.map(|(_, what)| (RiskId::HostNamespace, format!("shares the {what} of the node"))).collect()
}

fn volumes(pod: &Pod) -> Vec<(RiskId, String)> {
    let paths = items(&pod.spec["volumes"]).filter_map(|volume| volume.get("hostPath"));
    let shown_path = |path: &Value| shown(path["path"].as_str().unwrap_or_default());
    paths.map(|path| (RiskId::HostPath, format!("mounts {} of the node", shown_path(path)))).collect()
}

fn container(container: Container) -> Vec<(RiskId, String)> {
    let security = &container.value["securityContext"];
    let name = shown(container.name);
    let mut found = Vec::new();
    if is_on(&security["privileged"]) {
        found.push((RiskId::Privileged, format!("makes the container {name} privileged")));
    }
    if is_on(&security["allowPrivilegeEscalation"]) {
        found.push((RiskId::PrivilegeEscalation, format!("lets the container {name} gain privileges")));
    }
    // What the strictest of the standards allows.
    let added = texts(&security["capabilities"]["add"]).filter(|added| *added != "NET_BIND_SERVICE");
    for capability in added {
        let message = format!("gives the container {name} the capability {}", shown(capability));
        found.push((RiskId::AddedCapability, message));
    }
    for port in items(&container.value["ports"]).map(|port| &port["hostPort"]).filter(|it| is_on(it)) {
        found.push((RiskId::NodePort, format!("opens the port {} of its node", shown(&port.to_string()))));
    }
    found
}

/// What no longer keeps a container from something. What a container says wins over its pod.
pub fn lost_guards(before: Resource, after: Resource) -> Vec<(RiskId, String)> {
    let lost = |[(old, before), (new, after)]: [(Pod, Container); 2]| {
        let (kept, name) = (guards(&new, after), shown(before.name));
        let gone = guards(&old, before).into_iter().filter(move |guard| !kept.contains(guard));
        let message = move |guard| format!("no longer {guard} in the container {name}");
        gone.map(move |guard| (RiskId::SecurityContextRemoved, message(guard)))
    };
    in_both(before, after).into_iter().flat_map(lost).collect()
}

fn guards(pod: &Pod, container: Container) -> Vec<String> {
    let [of_pod, own] = [pod.spec, container.value].map(|it| &it["securityContext"]);
    let effective = |field: &str| if own[field].is_null() { &of_pod[field] } else { &own[field] };
    let mut guards = Vec::new();
    if is_on(effective("runAsNonRoot")) {
        guards.push("forbids root".to_owned());
    }
    if effective("runAsUser").as_u64().is_some_and(|user| user != 0) {
        guards.push("names a user other than root".to_owned());
    }
    if is_on(&own["readOnlyRootFilesystem"]) {
        guards.push("makes the file system read-only".to_owned());
    }
    if own["allowPrivilegeEscalation"] == false {
        guards.push("forbids to gain privileges".to_owned());
    }
    let profile = &effective("seccompProfile")["type"];
    if is_on(profile) && profile != "Unconfined" {
        guards.push("sets a seccomp profile".to_owned());
    }
    let dropped = texts(&own["capabilities"]["drop"]);
    guards.extend(dropped.map(|capability| format!("drops the capability {}", shown(capability))));
    guards
}
