//! The inputs of a release: what its manifests are made from in every environment, as digests.
//!
//! Two releases of one version, commit and images are still two when these differ: a template was
//! changed and not committed, or a value was set on the command line. Variable files of single
//! environments have no part in them, and neither has what git ignores and no template is: hidden
//! files and backups of editors. Other files that git ignores are rendered, so they count.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::digest::Digest;
use super::external::files;
use super::source_paths::{SourcePaths, shown};
use crate::boundary::Boundary;
use crate::config::Pipeline;
use crate::release;
use crate::variables::{self, Inputs, Scope};
use crate::vocabulary::text::hex;

/// What stands for the values of the command line among the files.
const COMMAND_LINE: &str = "--set and --vars";
/// As many characters as tell two contents of one file apart; all of them decide with
/// [`ReleaseInputs::digest`].
const SHORT: usize = 16;
/// Where a pipeline file is when nothing else is recorded.
pub const USUAL_PLACE: &str = "towline.yaml";
/// More files than this are recorded by their outermost folders: a descriptor is for people, too.
const MOST: usize = 1000;

/// Digests of what a release is made from. The same for all environments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReleaseInputs {
    /// `sha256:…` over all names and bytes. Empty when it is not known.
    pub digest: String,
    /// The beginning of each file's own digest, by its path from the pipeline file's folder.
    pub files: BTreeMap<String, String>,
    /// Where the pipeline file is in its repository, unless that is `towline.yaml`.
    pub pipeline: Option<String>,
}

/// Digests of what the rendering was made from. Secrets have no part in them: who knows
/// everything else could otherwise guess them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InputDigests {
    /// Of all that the release is made from in any environment. `None`: an older version of
    /// Towline did not record it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// Each file that `release` is over, by its path in the source, with the beginning of its own
    /// digest.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
    /// Where the pipeline file is in the source repository. `None`: at its root, or an older version of
    /// Towline did not record it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<String>,
    pub templates: String,
    pub variables: String,
}

impl ReleaseInputs {
    pub fn read(pipeline: &Pipeline, inputs: &Inputs) -> Result<Self> {
        let mut reading = Reading { inputs, digests: BTreeMap::new() };
        for path in SourcePaths::of(pipeline)?.shared {
            reading.add(&pipeline.root, &path)?;
        }
        if !inputs.set.is_empty() || !inputs.files.is_empty() {
            let bytes = command_line(&pipeline.root, inputs)?;
            reading.digests.insert(COMMAND_LINE.to_owned(), Sha256::digest(bytes).into());
        }
        let mut digest = Digest::default();
        reading.digests.iter().for_each(|(name, content)| digest.add(name, content));
        if reading.digests.len() > MOST {
            reading.fold();
        }
        let short = |digest: [u8; 32]| hex(&digest)[..SHORT].to_owned();
        let files = reading.digests.into_iter().map(|(name, digest)| (name, short(digest)));
        Ok(Self { digest: digest.finish(), files: files.collect(), pipeline: Self::place(pipeline) })
    }

    /// Where the pipeline file is in its repository, unless that is the usual place.
    pub fn place(pipeline: &Pipeline) -> Option<String> {
        release::path_in_repository(&pipeline.file).filter(|path| path != USUAL_PLACE)
    }

    /// What a descriptor has of them.
    pub fn recorded(inputs: &InputDigests) -> Self {
        Self {
            digest: inputs.release.clone().unwrap_or_default(),
            files: inputs.files.clone(),
            pipeline: inputs.pipeline.clone(),
        }
    }

    /// The names of the inputs that are not as recorded; `None` when all of them are. What an older
    /// version recorded tells nothing, so it is different.
    pub fn difference(&self, recorded: &InputDigests) -> Option<Vec<String>> {
        if recorded.release.as_ref() == Some(&self.digest) {
            return None;
        }
        let names = self.files.keys().chain(recorded.files.keys());
        let mut names: Vec<String> =
            names.filter(|name| self.files.get(*name) != recorded.files.get(*name)).cloned().collect();
        names.sort();
        names.dedup();
        Some(names)
    }
}

struct Reading<'a> {
    inputs: &'a Inputs,
    digests: BTreeMap<String, [u8; 32]>,
}

impl Reading<'_> {
    /// Puts a digest of each outermost folder in place of the files below it.
    fn fold(&mut self) {
        let mut folders: BTreeMap<String, Sha256> = BTreeMap::new();
        for (name, digest) in std::mem::take(&mut self.digests) {
            let Some((folder, _)) = name.split_once('/') else {
                self.digests.insert(name, digest);
                continue;
            };
            let folder = folders.entry(format!("{folder}/")).or_default();
            folder.update(Sha256::digest(name.as_bytes()));
            folder.update(digest);
        }
        self.digests.extend(folders.into_iter().map(|(name, folder)| (name, folder.finalize().into())));
    }

    /// A path that does not exist is left out: the environment whose overlay it is says so when it
    /// is rendered.
    fn add(&mut self, root: &Path, path: &Path) -> Result<()> {
        match fs::symlink_metadata(root.join(path)) {
            Err(_) => Ok(()),
            Ok(_) => files::walk(&Boundary::of(root), path, &mut |path, content| {
                if !(is_scratch(path) && self.inputs.ignored.iter().any(|ignored| path.starts_with(ignored)))
                {
                    let name = shown(path.strip_prefix(".").unwrap_or(path));
                    self.digests.insert(name, Sha256::digest(&content).into());
                }
                Ok(())
            })
            .map(drop),
        }
    }
}

/// What systems and editors leave behind, by its name.
fn is_scratch(path: &Path) -> bool {
    let ends = ["~", ".swp", ".swo", ".bak", ".orig", ".rej", ".tmp"];
    path.iter().filter_map(|part| part.to_str()).any(|part| part.starts_with('.'))
        || path.to_str().is_some_and(|path| ends.iter().any(|end| path.ends_with(end)))
}

fn command_line(root: &Path, inputs: &Inputs) -> Result<Vec<u8>> {
    let scope = Scope { environment: "", target: "", root, inputs, expressions: None };
    let variables = variables::resolve([], &scope).context("cannot read `--set` and `--vars`")?;
    let mut leaves: Vec<_> =
        variables.leaves.iter().map(|leaf| (&leaf.name, leaf.value.as_written())).collect();
    leaves.sort_by(|one, other| one.0.cmp(other.0));
    Ok(json!(leaves).to_string().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names<'a>(reading: &'a Reading<'_>) -> Vec<&'a str> {
        reading.digests.keys().map(String::as_str).collect()
    }

    #[test]
    fn too_many_files_are_recorded_by_their_folders() {
        let inputs = Inputs::default();
        let fold = |last: u8| {
            let digests = ["a", "d/x", "d/y/z", "e/x"].map(|name| (name.to_owned(), [0; 32]));
            let mut reading = Reading { inputs: &inputs, digests: digests.into() };
            reading.digests.insert("d/last".to_owned(), [last; 32]);
            reading.fold();
            reading
        };
        let (one, other) = (fold(1), fold(2));
        assert_eq!(names(&one), ["a", "d/", "e/"]);
        assert_ne!(one.digests["d/"], other.digests["d/"]);
        assert_eq!(one.digests["e/"], other.digests["e/"]);
    }
}
