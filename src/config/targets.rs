//! `targets:` and `targetsFrom:`, a configuration folder as targets: each leaf folder with a
//! `values.yaml` is one, and its variables are the `values.yaml` of all folders on the way to it,
//! the leaf's last.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{gitops, names, pattern};
use crate::variables::VariableSource;
use crate::vocabulary::paths;
use crate::yaml::At;

const FILE: &str = "values.yaml";

/// One destination inside an environment
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Target {
    /// A DNS label
    pub name: At<String>,
    /// Added behind the environment's variables
    #[serde(default)]
    pub variables: Vec<VariableSource>,
    // Of `gitops.path`: relative, with `/`, without `.` or `..`.
    #[serde(skip)]
    pub path: String,
}

/// Where the targets of an environment come from.
pub(super) struct Destinations<'a> {
    pub environment: &'a At<String>,
    pub application: &'a str,
    /// Relative paths start here.
    pub root: &'a Path,
    pub gitops: &'a At<gitops::Section>,
}

impl Destinations<'_> {
    /// The targets in `list` or `from`: at least one, each with its path.
    pub fn resolve(&self, list: Option<At<Vec<Target>>>, from: Option<&At<String>>) -> Result<Vec<Target>> {
        let mut targets = match (list, from) {
            (Some(_), Some(folder)) => {
                let message = "an environment has either `targets` or `targetsFrom`";
                return Err(folder.error(message).into());
            }
            (Some(list), None) if list.is_empty() => {
                let error = list.error("`targets` is empty: the environment would deploy nothing");
                let hint = "remove `targets` for one target with the environment's name";
                return Err(error.hint(hint).into());
            }
            (Some(list), None) => list.value,
            (None, Some(folder)) => self.leaves(folder)?,
            (None, None) => {
                vec![Target { name: self.environment.clone(), variables: Vec::new(), path: String::new() }]
            }
        };
        names::check_all(targets.iter().map(|target| &target.name), "a target")?;
        let several = targets.len() > 1;
        for target in &mut targets {
            let names: paths::Names = &[
                ("environment", self.environment),
                ("application", self.application),
                ("target", &target.name),
            ];
            target.path = self.gitops.target_path(names, several)?;
        }
        Ok(targets)
    }

    /// The leaves below a folder, in the order of their paths.
    fn leaves(&self, written: &At<String>) -> Result<Vec<Target>> {
        let path = pattern::expand(written, &[("environment", self.environment)])?;
        let path = paths::relative(&path).map_err(|refused| refused.at(written.place.clone()))?;
        let top = Path::new(&path);
        let mut search =
            Search { root: self.root, top, written, environment: self.environment, leaves: Vec::new() };
        if !self.root.join(top).is_dir() {
            return Err(written.error(format!("there is no folder {path}")).into());
        }
        search.folder(top, &[])?;
        match search.leaves.is_empty() {
            true => Err(written.error(format!("no folder below {path} has a {FILE}")).into()),
            false => Ok(search.leaves),
        }
    }
}

struct Search<'a> {
    root: &'a Path,
    top: &'a Path,
    written: &'a At<String>,
    environment: &'a str,
    leaves: Vec<Target>,
}

impl Search<'_> {
    fn folder(&mut self, path: &Path, above: &[VariableSource]) -> Result<()> {
        let mut variables = above.to_vec();
        let own = path.join(FILE);
        let has_own = self.root.join(&own).is_file();
        if has_own {
            variables.push(VariableSource::file(&own, &self.written.place));
        }
        let before = self.leaves.len();
        for name in self.folders(path)? {
            self.folder(&path.join(name), &variables)?;
        }
        if has_own && self.leaves.len() == before {
            let inside = path.strip_prefix(self.top).unwrap_or(path).to_string_lossy().replace('/', "-");
            let value = if inside.is_empty() { self.environment.to_owned() } else { inside };
            let name = At { value, place: self.written.place.clone() };
            self.leaves.push(Target { name, variables, path: String::new() });
        }
        Ok(())
    }

    /// The names of the folders in a folder, sorted. Links are not followed, so there is an end.
    fn folders(&self, path: &Path) -> Result<Vec<String>> {
        let context = || format!("{}: cannot list {}", self.written.place, path.display());
        let mut names = Vec::new();
        for entry in fs::read_dir(self.root.join(path)).with_context(context)? {
            let entry = entry.with_context(context)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type().with_context(context)?.is_dir() && !name.starts_with('.') {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }
}
