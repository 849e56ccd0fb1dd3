//! Provenance: what a rendering was made from, as an in-toto statement with SLSA's predicate.
//!
//! See <https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md> and
//! <https://slsa.dev/spec/v1.0/provenance>. The same rendering gives the same bytes: no time and no name of a machine
//! is in it.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::descriptor::Descriptor;
use super::manifest::File;
use super::rendering::Rendering;
use crate::vocabulary::text::hex;

const STATEMENT: &str = "https://in-toto.io/Statement/v1";
const PREDICATE: &str = "https://slsa.dev/provenance/v1";
/// How the fields of the build definition are to be read: docs/provenance.md.
const BUILD_TYPE: &str = "https://towline.dev/render/v1";

impl Rendering {
    /// The statement. Its subjects are all files of the GitOps repository that belong to the rendering.
    pub fn statement(&self) -> Result<Value> {
        let record = self.files.iter().find(|file| file.path == self.descriptor);
        let record = record.context("a rendering without a descriptor")?;
        let descriptor = Descriptor::parse(record.content.clone(), Path::new(&self.descriptor))?;
        let release = &self.release;
        Ok(json!({
            "_type": STATEMENT,
            "subject": self.files.iter().map(subject).collect::<Vec<_>>(),
            "predicateType": PREDICATE,
            "predicate": {
                "buildDefinition": {
                    "buildType": BUILD_TYPE,
                    "externalParameters": {
                        "application": self.application,
                        "environment": self.environment,
                        "release": release.version,
                        "pipelineFile": descriptor.inputs.pipeline.as_deref().unwrap_or(super::USUAL_PLACE),
                        "images": release.images.iter().map(|image| (image.name.clone(), image.reference().into())).collect::<serde_json::Map<_, Value>>(),
                    },
                    "internalParameters": {
                        "templates": descriptor.inputs.templates,
                        "variables": descriptor.inputs.variables,
                        "inputs": descriptor.inputs.release,
                        "inputFiles": descriptor.inputs.files,
                    },
                    "resolvedDependencies": source(self).into_iter().collect::<Vec<_>>(),
                },
                "runDetails": {
                    "builder": {"id": "https://towline.dev", "version": {"towline": version(&descriptor.tool)}},
                    "metadata": {"invocationId": release.build},
                },
            },
        }))
    }
}

fn subject(file: &File) -> Value {
    json!({"name": file.path, "digest": {"sha256": hex(&Sha256::digest(&file.content))}})
}

/// The source commit, where it is known.
fn source(rendering: &Rendering) -> Option<Value> {
    let commit = rendering.release.commit.as_ref()?;
    let repository = rendering.release.repository.as_deref().unwrap_or("unknown");
    Some(json!({"uri": format!("git+{repository}@{commit}"), "digest": {"gitCommit": commit}}))
}

fn version(tool: &str) -> &str {
    tool.strip_prefix("towline ").unwrap_or(tool)
}
