//! Selectors of labels: a workload's must match its own template, and a Service's some pod.

use serde_json::Value;

use super::document_path::DocumentPath;
use super::finding::{Finding, named};
use super::pods::{Pod, may_share_namespace};
use super::scene::Scene;
use crate::vocabulary::FindingId;

pub fn check(scene: &Scene, found: &mut Vec<Finding>) {
    let pods = Pod::all(&scene.target.resources);
    found.extend(pods.iter().filter_map(own_template));
    if pods.is_empty() {
        return;
    }
    for resource in &scene.target.resources {
        let selector = match resource.id.kind.as_str() {
            "Service" => "spec.selector",
            "PodDisruptionBudget" => "spec.selector.matchLabels",
            _ => continue,
        };
        let labels = selector.split('.').try_fold(&resource.manifest, |value, key| value.get(key));
        let Some(Value::Object(labels)) =
            labels.filter(|labels| labels.as_object().is_some_and(|it| !it.is_empty()))
        else {
            continue;
        };
        let hits = |pod: &&Pod| {
            has_all(&pod.metadata["labels"], labels) && may_share_namespace(pod.resource, resource)
        };
        if !pods.iter().any(|pod| hits(&pod)) {
            let message = format!("`{selector}` of {} selects no pods of this release", named(&resource.id));
            let finding = Finding::new(FindingId::SelectsNothing, resource, message);
            let finding = finding.at(DocumentPath::of_keys(selector));
            found.push(finding.hint(
                "write labels that a pod template has; ignore this if the pods are another application's",
            ));
        }
    }
}

/// A workload of which the cluster refuses the selector.
fn own_template(pod: &Pod) -> Option<Finding> {
    let selector = pod.resource.manifest["spec"].get("selector")?;
    let labels = &pod.metadata["labels"];
    // Jobs get a selector of their own, and that of a ReplicationController is the labels alone.
    let wrong = match pod.resource.id.kind.as_str() {
        "ReplicationController" => selector.as_object().filter(|it| !has_all(labels, it)).map(|_| "selector"),
        "Job" | "CronJob" | "Pod" | "PodTemplate" => None,
        _ => mismatch(selector, labels),
    }?;
    let path = DocumentPath::of_keys("spec").key("selector");
    let path = if wrong == "selector" { path } else { path.key(wrong) };
    let message =
        format!("`{path}` of {} does not match the labels of its pod template", named(&pod.resource.id));
    let finding = Finding::new(FindingId::SelectorMismatch, pod.resource, message).at(path);
    Some(finding.hint("give `spec.template.metadata.labels` the labels of the selector"))
}

/// The part of a label selector that labels do not match.
fn mismatch(selector: &Value, labels: &Value) -> Option<&'static str> {
    if selector["matchLabels"].as_object().is_some_and(|wanted| !has_all(labels, wanted)) {
        return Some("matchLabels");
    }
    let expressions = selector["matchExpressions"].as_array().into_iter().flatten();
    expressions.into_iter().any(|it| !holds(it, labels)).then_some("matchExpressions")
}

fn has_all(labels: &Value, wanted: &serde_json::Map<String, Value>) -> bool {
    wanted.iter().all(|(key, value)| labels.get(key).is_some_and(|it| it == value))
}

fn holds(expression: &Value, labels: &Value) -> bool {
    let value = expression["key"].as_str().and_then(|key| labels.get(key));
    let listed =
        || expression["values"].as_array().is_some_and(|values| value.is_some_and(|it| values.contains(it)));
    match expression["operator"].as_str() {
        Some("In") => listed(),
        Some("NotIn") => !listed(),
        Some("Exists") => value.is_some(),
        Some("DoesNotExist") => value.is_none(),
        // The schema says what is wrong with another one.
        _ => true,
    }
}
