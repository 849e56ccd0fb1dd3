//! `targets:` and `targetsFrom:`, a configuration folder as targets: each leaf folder with a
//! `values.yaml` is one, and its variables are the `values.yaml` of all folders on the way to it,
//! the leaf's last.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{gitops, names, pattern};
use crate::boundary::Boundary;
use crate::variables::VariableSource;
use crate::vocabulary::{Place, paths};
use crate::yaml::At;

const FILE: &str = "values.yaml";

/// One destination inside an environment
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Target {
    /// A DNS label; or labels with `/` between them, which are its `{{ targetPath }}`, and with `-` its name
    pub name: At<String>,
    /// Added behind the environment's variables
    #[serde(default)]
    pub variables: Vec<VariableSource>,
    // As it is written, or as its folder stands below that of `targetsFrom`.
    #[serde(skip)]
    nested: String,
    // Of `gitops.path`: relative, with `/`, without `..`; `.` is the root.
    #[serde(skip)]
    pub path: String,
    // Of `gitops.highLevel`.
    #[serde(skip)]
    pub high_level: Option<String>,
}

impl Target {
    /// `path` is where it stands among the targets: `eu/left`.
    fn at(path: String, place: &Place, variables: Vec<VariableSource>) -> Self {
        let name = At { value: path, place: place.clone() };
        Self { name, variables, nested: String::new(), path: String::new(), high_level: None }
    }

    /// Where it stands among the targets: `eu/left`.
    pub fn nested(&self) -> &str {
        &self.nested
    }

    /// The end of that: `left`.
    pub fn short_name(&self) -> &str {
        self.nested.rsplit('/').next().unwrap_or(&self.nested)
    }

    /// What a path may call it, beside other names.
    pub(super) fn names<'a>(&'a self, others: paths::Names<'a>) -> Vec<(&'a str, &'a str)> {
        let values = [self.name.as_str(), self.nested(), self.short_name()];
        others.iter().copied().chain(gitops::TARGET_NAMES.into_iter().zip(values)).collect()
    }
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
                let At { value, place } = self.environment;
                vec![Target::at(value.clone(), place, Vec::new())]
            }
        };
        for target in &mut targets {
            let name = target.name.replace('/', "-");
            target.nested = std::mem::replace(&mut target.name.value, name);
        }
        names::check_all(targets.iter().map(|target| &target.name), "a target")?;
        let several = targets.len() > 1;
        for target in &mut targets {
            let names = [("environment", self.environment.as_str()), ("application", self.application)];
            let names = target.names(&names);
            let (path, high_level) =
                (self.gitops.target_path(&names, several)?, self.gitops.high_level(&names, several)?);
            (target.path, target.high_level) = (path, high_level);
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
        let shown = paths::below(self.root, top);
        Boundary::of(self.root).check(top).map_err(|error| error.about(&shown))?;
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
            let inside = path.strip_prefix(self.top).unwrap_or(path).to_string_lossy().into_owned();
            let inside = if inside.is_empty() { self.environment.to_owned() } else { inside };
            self.leaves.push(Target::at(inside, &self.written.place, variables));
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
