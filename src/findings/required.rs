//! `validate.require`: what every container must have.

use super::document_path::DocumentPath;
use super::finding::{Finding, named};
use super::pods::{Container, Pod};
use super::scene::Scene;
use crate::config::Requirement;
use crate::vocabulary::FindingId;

pub fn check(scene: &Scene, found: &mut Vec<Finding>) {
    let required = |what| scene.settings.require.contains(&what);
    for pod in Pod::all(&scene.target.resources) {
        for container in pod.containers() {
            if required(Requirement::Probes) && pod.goes_on() && !container.is_init {
                found.extend(probes(&pod, &container));
            }
            if required(Requirement::Limits) {
                found.extend(limits(&pod, &container));
            }
            if required(Requirement::RunAsNonRoot) {
                found.extend(root(&pod, &container));
            }
        }
    }
}

fn probes<'a>(pod: &'a Pod, container: &'a Container) -> impl Iterator<Item = Finding> + 'a {
    let missing =
        ["readinessProbe", "livenessProbe"].into_iter().filter(|it| container.value.get(it).is_none());
    missing.map(|probe| missing_field(FindingId::MissingProbe, pod, container, probe))
}

fn limits<'a>(pod: &'a Pod, container: &'a Container) -> impl Iterator<Item = Finding> + 'a {
    let has = |list: &str, name: &str| container.value["resources"][list].get(name).is_some();
    // A limit is a request too, where there is none.
    let fields = [
        ("resources.limits.memory", has("limits", "memory")),
        ("resources.requests.cpu", has("requests", "cpu") || has("limits", "cpu")),
    ];
    let missing = fields.into_iter().filter(|(_, is_there)| !is_there);
    missing.map(|(field, _)| missing_field(FindingId::MissingLimits, pod, container, field))
}

fn root(pod: &Pod, container: &Container) -> Option<Finding> {
    let own = container.value["securityContext"]["runAsNonRoot"].as_bool();
    let of_pod = pod.spec["securityContext"]["runAsNonRoot"].as_bool();
    (own.or(of_pod) != Some(true))
        .then(|| missing_field(FindingId::MayRunAsRoot, pod, container, "securityContext.runAsNonRoot"))
}

fn missing_field(id: FindingId, pod: &Pod, container: &Container, field: &str) -> Finding {
    let what = if id == FindingId::MayRunAsRoot { format!("{field}: true") } else { field.to_owned() };
    let message = format!(
        "the container `{}` of {} has no `{what}`, which `validate.require` asks for",
        container.name(),
        named(&pod.resource.id)
    );
    let mut path = container.path.clone();
    path.0.extend(DocumentPath::of_keys(field).0);
    Finding::new(id, pod.resource, message).at(path)
}
