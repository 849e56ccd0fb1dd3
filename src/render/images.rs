//! The release's images, put wherever a container names one of their repositories.

use std::collections::BTreeSet;

use serde_json::Value;

use super::manifest::RenderedTarget;
use super::texts;
use crate::config::DeclaredImage;
use crate::release::Image;
use crate::vocabulary::Diagnostic;

/// The fields of pod templates, of any kind of resource, that hold containers.
const CONTAINERS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

/// The repositories that the containers of a manifest name, as they are written there.
pub fn repositories(manifest: &Value) -> Vec<String> {
    let mut found = Vec::new();
    match manifest {
        Value::Array(items) => items.iter().for_each(|item| found.extend(repositories(item))),
        Value::Object(map) => {
            for (key, value) in map {
                if CONTAINERS.contains(&key.as_str()) {
                    let images = value.as_array().into_iter().flatten().filter_map(|it| it["image"].as_str());
                    found.extend(images.map(|reference| without_version(reference).to_owned()));
                }
                found.extend(repositories(value));
            }
        }
        _ => {}
    }
    found
}

/// Which images some manifest uses.
#[derive(Debug, Default)]
pub struct Used(BTreeSet<String>);

/// Sets the image of every container, anywhere in `manifest`, that names a declared repository.
pub fn set(manifest: &mut Value, images: &[Image], used: &mut Used) {
    match manifest {
        Value::Array(items) => items.iter_mut().for_each(|item| set(item, images, used)),
        Value::Object(map) => {
            for (key, value) in map {
                if CONTAINERS.contains(&key.as_str()) {
                    set_in_containers(value, images, used);
                }
                set(value, images, used);
            }
        }
        _ => {}
    }
}

fn set_in_containers(containers: &mut Value, images: &[Image], used: &mut Used) {
    for container in containers.as_array_mut().into_iter().flatten() {
        let Some(Value::String(reference)) = container.get_mut("image") else { continue };
        let repository = repository(reference);
        let named = |image: &&Image| self::repository(&image.repository) == repository;
        if let Some(image) = images.iter().find(named) {
            *reference = image.reference();
            used.0.insert(image.name.clone());
        }
    }
}

impl Used {
    /// Adds what another target uses.
    pub fn extend(&mut self, other: Used) {
        self.0.extend(other.0);
    }

    /// Takes note of the images that stand in manifests outside of containers, and of those that
    /// templates ask for. `names` are the names that they ask for; finding them takes a while.
    pub fn note(
        &mut self,
        names: impl FnOnce() -> BTreeSet<String>,
        targets: &[RenderedTarget],
        images: &[Image],
    ) {
        let unused: Vec<_> = images.iter().filter(|image| !self.0.contains(&image.name)).collect();
        if unused.is_empty() {
            return;
        }
        let names = names();
        for image in unused {
            let dotted = format!("images.{}", image.name);
            let asked = |name: &String| name == &dotted || name.starts_with(&format!("{dotted}."));
            let reference = image.reference();
            let resources = targets.iter().flat_map(|target| &target.resources);
            let mut texts = resources.flat_map(|resource| texts::texts(&resource.manifest));
            if names.iter().any(asked) || texts.any(|text| text.contains(&reference)) {
                self.0.insert(image.name.clone());
            }
        }
    }

    /// An error when nothing uses a declared image that may not be unused: its release would change
    /// nothing, and be called verified.
    pub fn refuse_unused(&self, declared: &[DeclaredImage], environment: &str) -> Result<(), Diagnostic> {
        let Some(image) = declared.iter().find(|image| !image.unused && !self.0.contains(&image.name)) else {
            return Ok(());
        };
        let DeclaredImage { name, repository, place, .. } = image;
        let message = format!("no manifest of {environment} uses the image `{name}` ({repository})");
        Err(Diagnostic::new(message).at(place.clone()).hint(format!(
            "use that repository in a container's `image`, or write `{{{{ images.{name} }}}}` in a template; if \
             no manifest should use it, declare `{name}: {{repository: {repository}, unused: true}}`"
        )))
    }
}

/// The repository of a reference, with the registry that is meant when none is written.
fn repository(reference: &str) -> String {
    let name = without_version(reference);
    let (registry, path) = match name.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (first, rest),
        _ => ("docker.io", name),
    };
    let registry = if registry == "index.docker.io" { "docker.io" } else { registry };
    let library = if registry == "docker.io" && !path.contains('/') { "library/" } else { "" };
    format!("{registry}/{library}{path}")
}

/// A reference without tag and digest.
fn without_version(reference: &str) -> &str {
    let (name, _) = reference.split_once('@').unwrap_or((reference, ""));
    match name.rsplit_once(':') {
        // A colon before the last slash is that of a port.
        Some((name, tag)) if !tag.contains('/') => name,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::repository;

    #[test]
    fn repositories_are_compared_with_their_registry() {
        assert_eq!(repository("nginx"), "docker.io/library/nginx");
        assert_eq!(repository("library/nginx:1.2@sha256:aa"), "docker.io/library/nginx");
        assert_eq!(repository("index.docker.io/acme/web:1"), "docker.io/acme/web");
        assert_eq!(repository("localhost:5000/web"), "localhost:5000/web");
        assert_eq!(repository("ghcr.io/acme/web:1.2"), "ghcr.io/acme/web");
    }
}
