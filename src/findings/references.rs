//! References to objects by their names: ConfigMaps, Secrets, service accounts, claims, Services, and what
//! is named inside of a pod.
//!
//! What nothing in the release provides may be there already, so it is a warning. What the release provides
//! without the key or the port that is asked for is an error.

use serde_json::Value;

use super::document_path::DocumentPath;
use super::finding::{Finding, named};
use super::pods::{Container, Pod, items, may_share_namespace};
use super::provided::{self, Provided};
use super::scene::Scene;
use crate::render::Resource;
use crate::vocabulary::{FindingId, nearest};

/// Somebody who refers to objects.
struct User<'a, 'f> {
    resources: &'a [Resource],
    resource: &'a Resource,
    found: &'f mut Vec<Finding>,
}

pub fn check(scene: &Scene, found: &mut Vec<Finding>) {
    let resources = scene.target.resources.as_slice();
    for resource in resources {
        let mut user = User { resources, resource, found };
        if let Some(pod) = Pod::of(resource) {
            user.pod(&pod);
        }
        let spec = &resource.manifest["spec"];
        let path = DocumentPath::of_keys("spec");
        match resource.id.kind.as_str() {
            "Ingress" => user.ingress(spec, &path),
            "Service" => user.service(spec, &path),
            "HorizontalPodAutoscaler" => user.scaled(spec, &path),
            "RoleBinding" => user.role(),
            _ => {}
        }
    }
}

impl<'a> User<'a, '_> {
    fn pod(&mut self, pod: &Pod) {
        let account =
            ["serviceAccountName", "serviceAccount"].into_iter().find(|key| pod.spec.get(key).is_some());
        if let Some(account) = account {
            self.object("ServiceAccount", &pod.spec[account], pod.path.clone().key(account));
        }
        for (volume, path) in items(pod.spec, "volumes", &pod.path) {
            self.volume(volume, &path);
            for (source, path) in items(&volume["projected"], "sources", &path.clone().key("projected")) {
                self.keyed("ConfigMap", &source["configMap"], "name", path.clone().key("configMap"));
                self.keyed("Secret", &source["secret"], "name", path.clone().key("secret"));
            }
        }
        for container in pod.containers() {
            self.environment(&container);
            self.mounts(pod, &container);
        }
    }

    fn volume(&mut self, volume: &Value, path: &DocumentPath) {
        self.keyed("ConfigMap", &volume["configMap"], "name", path.clone().key("configMap"));
        self.keyed("Secret", &volume["secret"], "secretName", path.clone().key("secret"));
        let claim = path.clone().key("persistentVolumeClaim").key("claimName");
        self.object("PersistentVolumeClaim", &volume["persistentVolumeClaim"]["claimName"], claim);
    }

    fn environment(&mut self, container: &Container) {
        for (variable, path) in items(container.value, "env", &container.path) {
            let (from, path) = (&variable["valueFrom"], path.key("valueFrom"));
            self.keyed("ConfigMap", &from["configMapKeyRef"], "name", path.clone().key("configMapKeyRef"));
            self.keyed("Secret", &from["secretKeyRef"], "name", path.clone().key("secretKeyRef"));
        }
        for (source, path) in items(container.value, "envFrom", &container.path) {
            self.keyed("ConfigMap", &source["configMapRef"], "name", path.clone().key("configMapRef"));
            self.keyed("Secret", &source["secretRef"], "name", path.clone().key("secretRef"));
        }
    }

    /// Volumes that a container mounts must be there.
    fn mounts(&mut self, pod: &Pod, container: &Container) {
        let volumes = pod.spec["volumes"].as_array().into_iter().flatten();
        let claims = pod.resource.manifest["spec"]["volumeClaimTemplates"].as_array().into_iter().flatten();
        let names: Vec<&str> = volumes
            .filter_map(|volume| volume["name"].as_str())
            .chain(claims.filter_map(|claim| claim["metadata"]["name"].as_str()))
            .collect();
        for (mount, path) in items(container.value, "volumeMounts", &container.path) {
            let Some(name) = mount["name"].as_str().filter(|name| !names.contains(name)) else { continue };
            let message = format!(
                "the container `{}` of {} mounts `{name}`, which is no volume of the pod",
                container.name(),
                named(&self.resource.id)
            );
            self.broken(message, path.key("name"), name, &names);
        }
    }

    /// A reference to an object, and to keys of it: `key`, or those of `items`.
    fn keyed(&mut self, kind: &str, reference: &Value, field: &str, path: DocumentPath) {
        if reference["optional"] == true {
            return;
        }
        let Some(object) = self.object(kind, &reference[field], path.clone().key(field)) else { return };
        let keys: Vec<&str> = ["data", "binaryData", "stringData"]
            .into_iter()
            .flat_map(|part| object.manifest[part].as_object().into_iter().flat_map(|it| it.keys()))
            .map(String::as_str)
            .collect();
        let own = reference["key"].as_str().map(|key| (key, path.clone().key("key")));
        let listed = items(reference, "items", &path)
            .filter_map(|(item, path)| Some((item["key"].as_str()?, path.key("key"))));
        for (key, path) in own.into_iter().chain(listed) {
            if !keys.contains(&key) {
                let message = format!(
                    "{} refers to the key `{key}`, which {} does not have",
                    named(&self.resource.id),
                    named(&object.id)
                );
                self.broken(message, path, key, &keys);
            }
        }
    }

    /// A reference to an object of a kind; gives the object if it is in the release.
    fn object(&mut self, kind: &str, name: &Value, path: DocumentPath) -> Option<&'a Resource> {
        let name = name.as_str().filter(|name| !name.is_empty())?;
        match provided::find(self.resources, self.resource, kind, name) {
            Provided::There(resource) => return Some(resource),
            Provided::Made => return None,
            Provided::Missing => {}
        }
        let message = format!(
            "{} refers to the {kind} `{name}`, which nothing in this release provides",
            named(&self.resource.id)
        );
        let there = self.resources.iter().filter(|it| it.id.kind == kind);
        let elsewhere = there.clone().find(|it| it.id.name == name);
        let hint = match (elsewhere, nearest(name, there.map(|it| it.id.name.as_str()))) {
            (Some(it), _) => {
                format!("there is one in the namespace `{}`", it.id.namespace.as_deref().unwrap_or_default())
            }
            (None, Some(near)) => format!("did you mean `{near}`?"),
            (None, None) => {
                "add it, or accept this in `validate.ignore` if something else makes it".to_owned()
            }
        };
        self.found
            .push(Finding::new(FindingId::MissingReference, self.resource, message).at(path).hint(hint));
        None
    }

    fn ingress(&mut self, spec: &Value, path: &DocumentPath) {
        self.backend(&spec["defaultBackend"], path.clone().key("defaultBackend"));
        for (rule, path) in items(spec, "rules", path) {
            for (entry, path) in items(&rule["http"], "paths", &path.key("http")) {
                self.backend(&entry["backend"], path.key("backend"));
            }
        }
    }

    /// The Service behind a path, and its port.
    fn backend(&mut self, backend: &Value, path: DocumentPath) {
        let (reference, path) = (&backend["service"], path.key("service"));
        let Some(service) = self.object("Service", &reference["name"], path.clone().key("name")) else {
            return;
        };
        let ports = || service.manifest["spec"]["ports"].as_array().into_iter().flatten();
        let fields = [("number", "port"), ("name", "name")];
        let Some((key, field)) = fields.into_iter().find(|(key, _)| reference["port"].get(key).is_some())
        else {
            return;
        };
        let wanted = &reference["port"][key];
        if ports().any(|port| port[field] == *wanted) || service.manifest["spec"]["type"] == "ExternalName" {
            return;
        }
        let names: Vec<&str> = ports().filter_map(|port| port["name"].as_str()).collect();
        let shown = wanted.as_str().map_or_else(|| wanted.to_string(), str::to_owned);
        let message = format!(
            "{} refers to the port `{shown}`, which {} does not have",
            named(&self.resource.id),
            named(&service.id)
        );
        self.broken(message, path.key("port").key(key), &shown, &names);
    }

    /// A port that a Service names must be one of the pods that it selects.
    fn service(&mut self, spec: &Value, path: &DocumentPath) {
        let Some(selector) = spec["selector"].as_object().filter(|it| !it.is_empty()) else { return };
        let pods: Vec<Pod> = Pod::all(self.resources)
            .into_iter()
            .filter(|pod| may_share_namespace(pod.resource, self.resource))
            .filter(|pod| selector.iter().all(|(key, value)| pod.metadata["labels"].get(key) == Some(value)))
            .collect();
        if pods.is_empty() {
            return;
        }
        let ports = pods
            .iter()
            .flat_map(Pod::containers)
            .flat_map(|it| it.value["ports"].as_array().into_iter().flatten());
        let names: Vec<&str> = ports.filter_map(|port| port["name"].as_str()).collect();
        for (port, path) in items(spec, "ports", path) {
            let Some(name) = port["targetPort"].as_str().filter(|name| !names.contains(name)) else {
                continue;
            };
            let message = format!(
                "{} refers to the port `{name}`, which no pod that it selects has",
                named(&self.resource.id)
            );
            self.broken(message, path.key("targetPort"), name, &names);
        }
    }

    fn scaled(&mut self, spec: &Value, path: &DocumentPath) {
        let reference = &spec["scaleTargetRef"];
        if let Some(kind) = reference["kind"].as_str() {
            self.object(kind, &reference["name"], path.clone().key("scaleTargetRef").key("name"));
        }
    }

    fn role(&mut self) {
        let reference = &self.resource.manifest["roleRef"];
        if reference["kind"] == "Role" {
            self.object("Role", &reference["name"], DocumentPath::of_keys("roleRef.name"));
        }
    }

    fn broken(&mut self, message: String, path: DocumentPath, name: &str, names: &[&str]) {
        let finding = Finding::new(FindingId::BrokenReference, self.resource, message).at(path);
        let hint = match nearest(name, names.iter().copied()) {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None if names.is_empty() => None,
            None => Some(format!("there are: {}", crate::vocabulary::text::listed(names))),
        };
        self.found.push(Finding { hint, ..finding });
    }
}
