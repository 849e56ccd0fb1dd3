//! What can be reached from outside, and what no longer.

use serde_json::Value;

use super::super::resource::{Resource, items, shown, texts};
use super::table::RiskId;

pub fn exposures(resource: Resource) -> Vec<(RiskId, String)> {
    let hosts = hosts(resource).into_iter();
    let mut found: Vec<_> =
        hosts.map(|host| (RiskId::IngressHost, format!("serves the host {}", shown(&host)))).collect();
    if resource.is("", &["Service"]) {
        found.extend(ports(resource));
    }
    found
}

fn ports(service: Resource) -> Vec<(RiskId, String)> {
    match service.at("/spec/type").as_str() {
        Some("LoadBalancer") => vec![(RiskId::LoadBalancer, "opens a load balancer".to_owned())],
        Some("NodePort") => {
            let opened = items(service.at("/spec/ports")).map(|port| match &port["nodePort"] {
                Value::Null => {
                    format!("opens a port on every node for the port {}", shown(&port["port"].to_string()))
                }
                number => format!("opens the port {} on every node", shown(&number.to_string())),
            });
            opened.map(|message| (RiskId::NodePort, message)).collect()
        }
        _ => Vec::new(),
    }
}

/// What two states of a resource no longer serve, or serve from other pods.
pub fn lost(before: Resource, after: Resource) -> Vec<(RiskId, String)> {
    let kept = hosts(after);
    let gone = hosts(before).into_iter().filter(|host| !kept.contains(host));
    let mut lost: Vec<_> = gone
        .map(|host| (RiskId::HostRemoved, format!("no longer serves the host {}", shown(&host))))
        .collect();
    if before.is("", &["Service"]) && before.at("/spec/selector") != after.at("/spec/selector") {
        lost.push((
            RiskId::SelectorChanged,
            "changes `spec.selector`: other pods get the traffic".to_owned(),
        ));
    }
    lost
}

/// The hosts that a resource serves; `*` where that is every host.
fn hosts(resource: Resource) -> Vec<String> {
    let listed = |pointer: &str| -> Vec<String> { texts(resource.at(pointer)).map(str::to_owned).collect() };
    match (resource.group, resource.kind) {
        ("networking.k8s.io" | "extensions", "Ingress") => {
            let hosts = items(resource.at("/spec/rules")).map(|rule| rule["host"].as_str().unwrap_or("*"));
            let every = ["/spec/defaultBackend", "/spec/backend"].iter().any(|at| !resource.at(at).is_null());
            hosts.chain(every.then_some("*")).map(str::to_owned).collect()
        }
        ("gateway.networking.k8s.io", "HTTPRoute" | "GRPCRoute" | "TLSRoute") => listed("/spec/hostnames"),
        ("networking.istio.io", "VirtualService") => listed("/spec/hosts"),
        ("route.openshift.io", "Route") => {
            resource.at("/spec/host").as_str().map(str::to_owned).into_iter().collect()
        }
        _ => Vec::new(),
    }
}
