//! Which steps of `templates:` are for a target, and where their files are: `only`, and `{{ }}` in
//! `path`.

use anyhow::Result;

use super::{Environment, Pipeline, Target, TemplateStep};
use crate::vocabulary::paths::{self, Names};
use crate::vocabulary::{Diagnostic, nearest};
use crate::yaml::{At, RelativePath};

/// A step for one target, with its path filled in.
#[derive(Debug, Clone)]
pub struct NumberedStep {
    /// Its number in the pipeline file, from 1.
    pub number: usize,
    pub step: TemplateStep,
    /// Whether other targets or environments may have another path.
    pub varies: bool,
}

impl Pipeline {
    /// The steps for a target of an environment, in order.
    pub fn steps(&self, environment: &Environment, target: &Target) -> Result<Vec<NumberedStep>> {
        let names: Names = &[
            ("environment", &environment.name),
            ("target", &target.name),
            ("application", &self.application),
        ];
        let steps = self.templates.iter().zip(1..).filter(|(step, _)| step.is_for(&environment.name));
        steps
            .map(|(step, number)| {
                let mut step = step.clone();
                let varies = paths::placeholders(step.path.as_str()).next().is_some();
                if varies {
                    step.path.value = filled_in(&step.path, names)?;
                }
                Ok(NumberedStep { number, step, varies })
            })
            .collect()
    }

    /// Refuses paths that cannot be filled in, and globs of `only` that are for no environment.
    pub(super) fn check_steps(&self) -> Result<()> {
        for environment in &self.environments {
            for target in &environment.targets {
                self.steps(environment, target)?;
            }
        }
        let names = || self.environments.iter().map(|environment| environment.name.as_str());
        let globs = self.templates.iter().filter_map(|step| step.only.as_ref()).flat_map(|only| &only.value);
        for glob in globs {
            if !names().any(|name| glob.0.compile_matcher().is_match(name)) {
                let message = format!("`only` names `{}`, which is no environment", glob.0.glob());
                let hint = match nearest(glob.0.glob(), names()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the environments are: {}", names().collect::<Vec<_>>().join(", ")),
                };
                return Err(glob.error(message).hint(hint).into());
            }
        }
        Ok(())
    }
}

fn filled_in(path: &At<RelativePath>, names: Names) -> Result<RelativePath> {
    let refused = |refused: Diagnostic| refused.at(path.place.clone());
    let text = paths::expand(path.as_str(), names).map_err(refused)?;
    Ok(RelativePath::try_from(text).map_err(refused)?)
}

impl TemplateStep {
    fn is_for(&self, environment: &str) -> bool {
        let matches = |only: &At<Vec<At<crate::yaml::Glob>>>| {
            only.iter().any(|glob| glob.0.compile_matcher().is_match(environment))
        };
        self.only.as_ref().is_none_or(matches)
    }
}
