//! Secrets that would be in git as they are. Base64 hides nothing.

use super::document_path::DocumentPath;
use super::finding::{Finding, named};
use super::scene::Scene;
use crate::vocabulary::FindingId;

pub fn check(scene: &Scene, found: &mut Vec<Finding>) {
    if scene.environment.secrets_allowed {
        return;
    }
    for resource in
        scene.target.resources.iter().filter(|it| it.id.kind == "Secret" && it.id.api_version == "v1")
    {
        if is_encrypted(&resource.manifest) {
            continue;
        }
        let has_values = |part: &&str| resource.manifest[*part].as_object().is_some_and(|it| !it.is_empty());
        let Some(part) = ["data", "stringData"].into_iter().find(has_values) else { continue };
        let message = format!("the values of {} would be in git for everybody to read", named(&resource.id));
        found.push(
            Finding::new(FindingId::PlainSecret, resource, message).at(DocumentPath::of_keys(part)).hint(
                "commit a SealedSecret or an ExternalSecret in its place, or encrypt it with SOPS; \
                 `secrets: allow` on the environment accepts it",
            ),
        );
    }
}

/// Whether SOPS has encrypted a manifest.
pub fn is_encrypted(manifest: &serde_json::Value) -> bool {
    manifest["sops"].get("mac").is_some()
}
