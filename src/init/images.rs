//! The images of a release: those that the rendered manifests name, so that they are found wherever
//! they are written, in manifests, in the values of a chart, in a kustomization.

use super::candidate::CHANGE_ME;
use super::dns_label::dns_label;
use crate::render::{Rendering, repositories};
use crate::vocabulary::ImageReference;

/// An image that some environment uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundImage {
    /// The logical name.
    pub name: String,
    pub repository: String,
    /// Whether all environments use it.
    pub is_everywhere: bool,
}

/// `application` names the image of a repository that is still to be told.
pub fn find(renderings: &[Rendering], application: &str) -> Vec<FoundImage> {
    let of = |rendering: &Rendering| -> Vec<String> {
        let resources = rendering.targets.iter().flat_map(|target| &target.resources);
        resources.flat_map(|resource| repositories(&resource.manifest)).collect()
    };
    let by_environment: Vec<Vec<String>> = renderings.iter().map(of).collect();
    let mut found: Vec<FoundImage> = Vec::new();
    for repository in by_environment.iter().flatten() {
        let is_known = found.iter().any(|image| image.repository == *repository);
        if is_known || ImageReference::parse(repository).is_err() {
            continue;
        }
        let is_everywhere = by_environment.iter().all(|it| it.contains(repository));
        let taken = |name: &String| found.iter().any(|image| image.name == *name);
        let last = match repository.rsplit('/').next().unwrap_or_default() {
            CHANGE_ME => application.to_owned(),
            last => dns_label(last),
        };
        let name = [last, dns_label(repository)].into_iter().find(|name| !taken(name));
        let image = |name| FoundImage { name, repository: repository.clone(), is_everywhere };
        found.extend(name.map(image));
    }
    found
}
