//! References of images: compared, and as a template asks for one.

use std::collections::HashMap;

use crate::release::Image;

/// The images of a release, by their repositories.
#[derive(Debug)]
pub struct ByRepository<'a> {
    images: &'a [Image],
    indices: HashMap<String, Vec<usize>>,
}

impl<'a> ByRepository<'a> {
    pub fn new(images: &'a [Image]) -> Self {
        let mut indices: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, image) in images.iter().enumerate() {
            indices.entry(repository(&image.repository)).or_default().push(index);
        }
        Self { images, indices }
    }

    pub fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// The images that a reference is of, each with its number in the release.
    pub fn of(&self, reference: &str) -> impl Iterator<Item = (usize, &'a Image)> + use<'a, '_> {
        let indices = self.indices.get(&repository(reference)).map_or(&[][..], Vec::as_slice);
        indices.iter().map(|index| (*index, &self.images[*index]))
    }
}

/// What a template writes for the image of a name. A dash in it would be a subtraction.
pub fn in_templates(name: &str) -> String {
    match name.contains('-') {
        true => format!("images['{name}']"),
        false => format!("images.{name}"),
    }
}

/// The repository of a reference, with the registry that is meant when none is written.
pub fn repository(reference: &str) -> String {
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
pub fn without_version(reference: &str) -> &str {
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
