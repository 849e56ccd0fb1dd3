//! `kustomization.yaml`: the list of a target's resources, for those who want one.

use anyhow::Result;
use serde_json::json;

use super::manifest::Resource;
use crate::yaml;

/// The file's name in the target's folder.
pub const FILE: &str = "kustomization.yaml";

pub fn write(resources: &[Resource]) -> Result<String> {
    let mut files: Vec<_> = resources.iter().map(|resource| resource.file.as_str()).collect();
    files.dedup();
    yaml::write(&json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": files,
    }))
}
