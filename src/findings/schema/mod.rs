//! Fields, types and API versions of Kubernetes' own kinds, in the minor that manifests are for.
//!
//! - [`api_version`]: whether the minor has the kind at all
//! - [`walk`]: the document beside the types of its fields
//! - [`mod@format`]: texts and numbers of which not every one will do
//! - [`name`]: the names of resources

mod api_version;
mod format;
mod name;
mod walk;

use super::finding::Finding;
use super::plain_secrets::is_encrypted;
use super::scene::Scene;
use crate::kubernetes;

pub fn check(scene: &Scene, found: &mut Vec<Finding>) {
    for resource in &scene.target.resources {
        // Its values are not those that the cluster gets.
        if is_encrypted(&resource.manifest) {
            continue;
        }
        found.extend(api_version::check(resource, scene.minor));
        match kubernetes::kind(&resource.id.api_version, &resource.id.kind) {
            Some(kind) if api_version::is_there(kind, scene.minor) => {
                found.extend(name::check(resource));
                walk::check(resource, kind.root(), scene.minor, found);
            }
            Some(_) => {}
            None => walk::check_metadata(resource, scene.minor, found),
        }
    }
}
