//! Where manifests have images.
//!
//! Pod templates are found by the names of their fields, in any kind: a custom resource may have one
//! anywhere. Kinds that have images elsewhere are in a table.

use serde_json::Value;

use crate::config::FieldPath;
use crate::render::manifest::group_version;

/// The fields of pod templates that hold containers.
pub const CONTAINERS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

/// The fields of well-known kinds that hold images and belong to no pod template.
const WELL_KNOWN: [(&str, &[&str], &[&str]); 6] = [
    (
        "argoproj.io",
        &["Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate"],
        &[
            "spec.templates[].container.image",
            "spec.templates[].script.image",
            "spec.templates[].sidecars[].image",
            "spec.templateDefaults.container.image",
            "spec.templateDefaults.script.image",
        ],
    ),
    (
        "argoproj.io",
        &["CronWorkflow"],
        &[
            "spec.workflowSpec.templates[].container.image",
            "spec.workflowSpec.templates[].script.image",
            "spec.workflowSpec.templates[].sidecars[].image",
        ],
    ),
    (
        "tekton.dev",
        &["Task", "ClusterTask", "TaskRun", "Pipeline", "PipelineRun", "StepAction"],
        &[
            "spec.image",
            "spec.steps[].image",
            "spec.sidecars[].image",
            "spec.stepTemplate.image",
            "spec.taskSpec.steps[].image",
            "spec.taskSpec.sidecars[].image",
            "spec.taskSpec.stepTemplate.image",
            "spec.tasks[].taskSpec.steps[].image",
            "spec.tasks[].taskSpec.sidecars[].image",
            "spec.finally[].taskSpec.steps[].image",
            "spec.pipelineSpec.tasks[].taskSpec.steps[].image",
            "spec.pipelineSpec.tasks[].taskSpec.sidecars[].image",
            "spec.pipelineSpec.finally[].taskSpec.steps[].image",
        ],
    ),
    (
        "serving.kserve.io",
        &["InferenceService"],
        &["spec.predictor.model.image", "spec.transformer.model.image", "spec.explainer.model.image"],
    ),
    (
        "monitoring.coreos.com",
        &["Prometheus", "PrometheusAgent", "Alertmanager", "ThanosRuler"],
        &["spec.image", "spec.thanos.image"],
    ),
    (
        "sparkoperator.k8s.io",
        &["SparkApplication", "ScheduledSparkApplication"],
        &[
            "spec.image",
            "spec.driver.image",
            "spec.executor.image",
            "spec.template.image",
            "spec.template.driver.image",
            "spec.template.executor.image",
        ],
    ),
];

/// Calls `visit` with every value of `manifest` that is an image: in pod templates, and in the fields of
/// its kind.
pub fn each(manifest: &mut Value, visit: &mut dyn FnMut(&mut Value)) {
    pod_templates(manifest, visit);
    for path in well_known(manifest) {
        path.each(manifest, visit);
    }
}

fn well_known(manifest: &Value) -> Vec<FieldPath> {
    let text = |field: &str| manifest.get(field).and_then(Value::as_str).unwrap_or_default();
    let (kind, (group, _)) = (text("kind"), group_version(text("apiVersion")));
    let rows = WELL_KNOWN.iter().filter(|(of, kinds, _)| *of == group && kinds.contains(&kind));
    rows.flat_map(|(_, _, paths)| paths.iter().filter_map(|path| FieldPath::parse(path))).collect()
}

fn pod_templates(value: &mut Value, visit: &mut dyn FnMut(&mut Value)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| pod_templates(item, visit)),
        Value::Object(map) => {
            for (key, value) in map {
                let images = match key.as_str() {
                    key if CONTAINERS.contains(&key) => "/image",
                    "volumes" => "/image/reference",
                    _ => "",
                };
                if let Some(items) = value.as_array_mut().filter(|_| !images.is_empty()) {
                    items.iter_mut().filter_map(|it| it.pointer_mut(images)).for_each(&mut *visit);
                }
                pod_templates(value, visit);
            }
        }
        _ => {}
    }
}
