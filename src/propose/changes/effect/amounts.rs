//! The resources that pods ask for and may use, added up exactly.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::super::quantity::Quantity;
use super::super::resource::{Resource, items};
use super::workload::{Pods, Workload, autoscalers};

/// The sum of a resource over all pods of the application
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Amount {
    /// `cpu`, `memory` and others
    pub resource: String,
    /// What is reserved on nodes
    pub requests: Step,
    /// What may be used
    pub limits: Step,
}

/// A quantity before and after
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    pub before: String,
    pub after: String,
}

impl Step {
    pub fn is_change(&self) -> bool {
        self.before != self.after
    }
}

/// Every resource that a container names, `cpu` and `memory` first.
pub fn amounts(before: &[Resource], after: &[Resource]) -> Vec<Amount> {
    let mut names: Vec<&str> =
        [before, after].into_iter().flat_map(names).collect::<BTreeSet<_>>().into_iter().collect();
    names.sort_by_key(|name| !matches!(*name, "cpu" | "memory"));
    let step = |which: &str, name: &str| Step {
        before: total(before, which, name).to_string(),
        after: total(after, which, name).to_string(),
    };
    let amount = |name: &str| Amount {
        resource: name.to_owned(),
        requests: step("requests", name),
        limits: step("limits", name),
    };
    names.into_iter().map(amount).collect()
}

fn names<'a>(all: &[Resource<'a>]) -> BTreeSet<&'a str> {
    let containers = all.iter().filter_map(|it| Workload::of(*it)).flat_map(|workload| {
        let spec = &workload.template["spec"];
        ["initContainers", "containers"].into_iter().flat_map(|list| items(&spec[list]))
    });
    let maps =
        containers.flat_map(|it| ["requests", "limits"].map(|which| it["resources"][which].as_object()));
    maps.flatten().flat_map(|map| map.keys().map(String::as_str)).collect()
}

/// Over all workloads with a number of pods. An autoscaler's minimum counts; what runs on every node does not.
fn total(all: &[Resource], which: &str, name: &str) -> Quantity {
    let autoscalers = autoscalers(all);
    let of = |workload: Workload| match workload.pods(&autoscalers) {
        Pods::Exactly(pods) | Pods::AtLeast(pods) => of_pod(&workload.template["spec"], which, name) * pods,
        Pods::PerNode => Quantity::default(),
    };
    all.iter().filter_map(|it| Workload::of(*it)).map(of).sum()
}

/// As the scheduler counts: containers that run before the others need no room beside them, except
/// those that stay.
fn of_pod(spec: &Value, which: &str, name: &str) -> Quantity {
    if let Some(whole) = Quantity::of(&spec["resources"][which][name]) {
        return whole;
    }
    let of = |container: &Value| {
        let resources = &container["resources"];
        let own = Quantity::of(&resources[which][name]);
        // A limit alone is a request, too.
        own.or_else(|| Quantity::of(&resources["limits"][name]))
            .filter(|_| which == "requests" || own.is_some())
    };
    let (mut staying, mut starting) = (Quantity::default(), Quantity::default());
    for container in items(&spec["initContainers"]) {
        let needed = of(container).unwrap_or_default();
        starting = starting.max(staying + needed);
        if container["restartPolicy"] == "Always" {
            staying = staying + needed;
        }
    }
    let running = items(&spec["containers"]).filter_map(of).sum::<Quantity>() + staying;
    running.max(starting)
}
