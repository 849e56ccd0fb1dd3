//! The names of resources, which the path of the API has in it.

use super::format;
use crate::findings::document_path::DocumentPath;
use crate::findings::finding::Finding;
use crate::render::Resource;
use crate::vocabulary::FindingId;

/// The group whose names may be anything: a user's, `system:node`.
const FREE: &str = "rbac.authorization.k8s.io/";

/// Whether the name of a resource of one of Kubernetes' own kinds is one.
pub fn check(resource: &Resource) -> Option<Finding> {
    if resource.id.api_version.starts_with(FREE) {
        return None;
    }
    // A generated one is made by the cluster.
    let name = resource.manifest["metadata"]["name"].as_str()?;
    let why = match resource.id.kind.as_str() {
        "Service" => format::service_name(name),
        "Namespace" => format::dns_label(name),
        _ => format::dns_subdomain(name),
    }?;
    let message = format!("`metadata.name` of {} is `{}`: {why}", resource.id.kind, name.escape_debug());
    let finding = Finding::new(FindingId::InvalidValue, resource, message);
    Some(finding.at(DocumentPath::of_keys("metadata.name")))
}
