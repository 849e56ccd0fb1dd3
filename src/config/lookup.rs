//! What steps ask of a resolved pipeline: an environment by its name, a path, and whether all
//! that the file declares for a step is there yet.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{Environment, Pipeline};
use crate::vocabulary::{Diagnostic, Place, nearest, not_supported_yet, paths};

/// A step that may need something of the pipeline file that is not there yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Render,
    /// Proposing, merging, promoting: includes what rendering needs. A gate that only one of them
    /// heard could be walked around with the others.
    Deploy,
}

impl Pipeline {
    /// The environment of this name.
    pub fn environment(&self, name: &str) -> Result<&Environment> {
        if let Some(environment) = self.environments.iter().find(|environment| environment.name == name) {
            return Ok(environment);
        }
        let names = || self.environments.iter().map(|environment| environment.name.as_str());
        let hint = match nearest(name, names()) {
            // A shell makes several words of a glob that has no quotes.
            _ if name.contains('/') => "put a glob in quotes: `--all 'apps/*'`".to_owned(),
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are: {}", names().collect::<Vec<_>>().join(", ")),
        };
        let message = format!("there is no environment `{}`", name.escape_debug());
        Err(Diagnostic::new(message).at(Place::file(&self.file)).hint(hint).into())
    }

    /// A relative path of the pipeline file, as it is from the working directory.
    pub fn below_root(&self, path: &Path) -> PathBuf {
        paths::below(&self.root, path)
    }

    /// An error when the step would need something that is declared for this environment and is
    /// not supported yet. Nothing that is declared is passed over silently.
    pub fn check_supported(&self, environment: &Environment, step: Step) -> Result<()> {
        let unsupported = self
            .not_in_render(environment)
            .or_else(|| (step >= Step::Deploy).then(|| self.not_in_deploy(environment)).flatten());
        match unsupported {
            None => Ok(()),
            Some((what, place)) => Err(not_supported_yet(what, Some(place))),
        }
    }

    fn not_in_render(&self, environment: &Environment) -> Option<(String, Place)> {
        if let Some(validate) = &self.validate {
            return Some(("`validate`".to_owned(), validate.place.clone()));
        }
        let gitops = &environment.gitops;
        if !gitops.interop.is_empty() {
            return Some(("`gitops.interop`".to_owned(), gitops.place.clone()));
        }
        let targets = environment.targets.iter().flat_map(|target| &target.variables);
        let source = environment.variables.iter().chain(targets).find(|source| !source.is_supported())?;
        Some((format!("variables from `{}`", source.key), source.place.clone()))
    }

    fn not_in_deploy(&self, environment: &Environment) -> Option<(String, Place)> {
        if let Some(gate) = environment.gates.iter().find(|gate| !gate.is_supported()) {
            return Some((format!("the gate `{}`", gate.key), gate.place.clone()));
        }
        if let Some(freeze) = self.freeze.iter().find(|freeze| freeze.covers(&environment.name)) {
            return Some(("`freeze`".to_owned(), freeze.place.clone()));
        }
        None
    }
}
