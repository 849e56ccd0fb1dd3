//! What steps ask of a resolved pipeline: an environment by its name, a path, and whether all
//! that the file declares for a step is there yet.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{Environment, Pipeline};
use crate::vocabulary::{Diagnostic, Place, nearest, not_supported_yet, paths};

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

    /// An error when something is declared for this environment that is not supported yet. Nothing that is declared is passed over silently.
    pub fn check_supported(&self, environment: &Environment) -> Result<()> {
        match self.not_supported(environment) {
            None => Ok(()),
            Some((what, place)) => Err(not_supported_yet(what, Some(place))),
        }
    }

    fn not_supported(&self, environment: &Environment) -> Option<(String, Place)> {
        let gitops = &environment.gitops;
        if !gitops.interop.is_empty() {
            return Some(("`gitops.interop`".to_owned(), gitops.place.clone()));
        }
        let targets = environment.targets.iter().flat_map(|target| &target.variables);
        let source = environment.variables.iter().chain(targets).find(|source| !source.is_supported())?;
        Some((format!("variables from `{}`", source.key), source.place.clone()))
    }
}
