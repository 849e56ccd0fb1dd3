//! A resource that keeps pods running, and how it replaces them.

use serde_json::Value;

use super::super::resource::{Resource, items};

/// A Deployment, StatefulSet, DaemonSet, ReplicaSet or Rollout.
#[derive(Debug, Clone, Copy)]
pub struct Workload<'a> {
    pub resource: Resource<'a>,
    pub template: &'a Value,
}

/// How many pods it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pods {
    Exactly(u64),
    /// An autoscaler decides, and has at least so many.
    AtLeast(u64),
    /// One on every node that it fits.
    PerNode,
}

/// How a new template reaches the pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rollout {
    /// So many pods are missing at a time, and so many more than usual run, at most. Where that cannot be
    /// told, nothing.
    Rolling(Option<(u64, u64)>),
    /// All pods stop before the first new one starts.
    Recreate,
    /// Not by itself: people delete the pods, or let a paused rollout go on.
    ByHand,
}

impl<'a> Workload<'a> {
    pub fn of(resource: Resource<'a>) -> Option<Self> {
        let is_one = resource.is("apps", &["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"])
            || resource.is("argoproj.io", &["Rollout"]);
        let template = resource.at("/spec/template");
        (is_one && template.is_object()).then_some(Self { resource, template })
    }

    /// How many pods it has, given the autoscalers that there are.
    pub fn pods(self, autoscalers: &[Resource]) -> Pods {
        if self.resource.kind == "DaemonSet" {
            return Pods::PerNode;
        }
        match autoscalers.iter().find_map(|it| self.least_of_autoscaler(*it)) {
            Some(least) => Pods::AtLeast(least),
            None => Pods::Exactly(self.resource.at("/spec/replicas").as_u64().unwrap_or(1)),
        }
    }

    fn least_of_autoscaler(self, scaler: Resource) -> Option<u64> {
        let (field, default) = match (scaler.group, scaler.kind) {
            ("autoscaling", "HorizontalPodAutoscaler") => ("minReplicas", 1),
            ("keda.sh", "ScaledObject") => ("minReplicaCount", 0),
            _ => return None,
        };
        let target = scaler.at("/spec/scaleTargetRef");
        let is_its = target["name"] == self.resource.name()
            && target["kind"].as_str().unwrap_or("Deployment") == self.resource.kind
            && scaler.namespace() == self.resource.namespace();
        is_its.then(|| scaler.at("/spec")[field].as_u64().unwrap_or(default))
    }

    pub fn rollout(self, pods: Pods) -> Rollout {
        let spec = self.resource.at("/spec");
        let strategy = if self.resource.kind == "Deployment" { "strategy" } else { "updateStrategy" };
        let strategy = &spec[strategy];
        match (self.resource.kind, strategy["type"].as_str()) {
            ("ReplicaSet", _) | (_, Some("OnDelete")) => Rollout::ByHand,
            _ if spec["paused"] == true => Rollout::ByHand,
            ("Deployment", Some("Recreate")) => Rollout::Recreate,
            ("Deployment", _) => Rollout::Rolling(rolling(&strategy["rollingUpdate"], pods)),
            ("StatefulSet", _) => Rollout::Rolling(Some((1, 0))),
            _ => Rollout::Rolling(None),
        }
    }

    /// How many of its pods a rollout replaces.
    pub fn replaced(self, pods: Pods) -> Option<u64> {
        let Pods::Exactly(pods) = pods else { return None };
        let kept = self.resource.at("/spec/updateStrategy/rollingUpdate/partition").as_u64().unwrap_or(0);
        Some(pods.saturating_sub(kept))
    }

    /// Whether a tool in the cluster restarts it when its configuration changes.
    pub fn is_reloaded(self) -> bool {
        let annotations =
            [self.resource.at("/metadata/annotations"), &self.template["metadata"]["annotations"]];
        let names = annotations.into_iter().filter_map(Value::as_object).flat_map(|map| map.keys());
        let is_of_reloader =
            |name: &String| name.contains("reloader.stakater.com/") || name.starts_with("wave.pusher.com/");
        { names }.any(is_of_reloader)
    }

    /// Whether a selector of labels means its pods.
    pub fn is_selected(self, selector: &Value) -> bool {
        let labels = &self.template["metadata"]["labels"];
        let fits = |expression: &Value| {
            let value = expression["key"].as_str().and_then(|key| labels.get(key));
            let is_listed = value.is_some_and(|value| items(&expression["values"]).any(|it| it == value));
            match expression["operator"].as_str() {
                Some("In") => is_listed,
                Some("NotIn") => !is_listed,
                Some("Exists") => value.is_some(),
                Some("DoesNotExist") => value.is_none(),
                _ => false,
            }
        };
        let wanted = selector["matchLabels"].as_object().into_iter().flatten();
        selector.is_object()
            && { wanted }.all(|(key, value)| labels.get(key) == Some(value))
            && items(&selector["matchExpressions"]).all(fits)
    }
}

/// Those of the resources that decide how many pods others have.
pub fn autoscalers<'a>(all: &[Resource<'a>]) -> Vec<Resource<'a>> {
    let is_one = |it: &&Resource| {
        it.is("autoscaling", &["HorizontalPodAutoscaler"]) || it.is("keda.sh", &["ScaledObject"])
    };
    all.iter().filter(is_one).copied().collect()
}

/// What may be missing and what may be too much, by the rules of Deployments.
fn rolling(update: &Value, pods: Pods) -> Option<(u64, u64)> {
    let Pods::Exactly(pods) = pods else { return None };
    let share = |field: &str, up: bool| match &update[field] {
        Value::Null => portion(&"25%".into(), pods, up),
        value => portion(value, pods, up),
    };
    match (share("maxUnavailable", false)?, share("maxSurge", true)?) {
        // Else it would never get on.
        (0, 0) => Some((1, 0)),
        (missing, more) => Some((missing.min(pods), more)),
    }
}

/// `2`, or `25%` of so many.
pub fn portion(value: &Value, of: u64, up: bool) -> Option<u64> {
    let Some(percent) = value.as_str() else { return value.as_u64() };
    let percent: u64 = percent.strip_suffix('%')?.parse().ok()?;
    let hundredfold = percent.checked_mul(of)?;
    Some(if up { hundredfold.div_ceil(100) } else { hundredfold / 100 })
}
