//! What a commit of the GitOps repository says is deployed: the descriptor, as far as it is
//! needed here. Read leniently, because a newer Towline may have written it.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};
use git2::Oid;
use serde::Deserialize;

use crate::error::Diagnostic;
use crate::git::Repository;
use crate::release::{Image, Release};
use crate::render::Rendering;
use crate::yaml;

/// A deployment, as its descriptor tells.
#[derive(Debug, Clone)]
pub struct Deployed {
    pub release: Release,
    /// The files that Towline owns: those that the descriptor lists, and itself.
    pub files: BTreeSet<String>,
}

impl Deployed {
    /// The deployment of the rendering's application and environment at `commit`, if any.
    pub fn read(repository: &Repository, commit: Oid, rendering: &Rendering) -> Result<Option<Self>> {
        let path = &rendering.descriptor;
        let rendered = rendering.files.iter().map(|file| file.path.as_str());
        repository.prefetch(commit, rendered.chain([path.as_str()]))?;
        let Some(content) = repository.read_file(commit, path)? else { return Ok(None) };
        let descriptor = parse(&content, path).with_context(|| {
            format!("cannot read the descriptor in commit {commit} of {}", repository.location())
        })?;
        descriptor.check_owner(rendering)?;
        let deployed = descriptor.into_deployed(path);
        repository.prefetch(commit, deployed.files.iter().map(String::as_str))?;
        Ok(Some(deployed))
    }
}

#[derive(Deserialize)]
struct Descriptor {
    application: Application,
    environment: String,
    release: ReleaseRecord,
    #[serde(default)]
    images: Vec<Image>,
    #[serde(default)]
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Application {
    name: String,
}

#[derive(Deserialize)]
struct ReleaseRecord {
    version: String,
    build: Option<String>,
    commit: Option<String>,
    repository: Option<String>,
    branch: Option<String>,
}

#[derive(Deserialize)]
struct Target {
    path: String,
    #[serde(default)]
    files: Vec<String>,
}

fn parse(content: &[u8], path: &str) -> Result<Descriptor> {
    let text = std::str::from_utf8(content).with_context(|| format!("{path} is not UTF-8"))?;
    let document = yaml::parse(text, Path::new(path))?.into_iter().next();
    let value = document.map(|node| node.to_value()).unwrap_or_default();
    serde_json::from_value(value).map_err(|error| {
        Diagnostic::new(format!("{path} is not a deployment descriptor: {error}"))
            .hint("restore the file from the history of the GitOps repository")
            .into()
    })
}

impl Descriptor {
    /// Two applications that share a descriptor would delete each other's files.
    fn check_owner(&self, rendering: &Rendering) -> Result<()> {
        if self.application.name == rendering.application && self.environment == rendering.environment {
            return Ok(());
        }
        let message = format!(
            "{} describes {} in {}, not {} in {}",
            rendering.descriptor,
            self.application.name,
            self.environment,
            rendering.application,
            rendering.environment
        );
        Err(Diagnostic::new(message)
            .hint("give each application and environment its own `gitops.descriptor`")
            .into())
    }

    fn into_deployed(self, path: &str) -> Deployed {
        let listed = self.targets.iter().flat_map(|target| {
            target.files.iter().map(|file| format!("{}/{file}", target.path.trim_end_matches('/')))
        });
        let files = listed.chain([path.to_owned()]).collect();
        let ReleaseRecord { version, build, commit, repository, branch } = self.release;
        Deployed {
            release: Release { version, build, commit, repository, branch, images: self.images },
            files,
        }
    }
}
