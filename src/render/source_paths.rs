//! The files in the source tree that a pipeline is rendered from: where they are, without reading
//! more than kustomizations and Jsonnet, which refer to others.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::engine;
use super::external::files;
use crate::config::{HelmValues, NumberedStep, Pipeline};
use crate::vocabulary::paths;

/// The files of a pipeline. All paths are relative to its folder, with `/`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourcePaths {
    /// The same for every environment: the pipeline file, templates, overlays, charts. Files and
    /// folders.
    pub shared: Vec<PathBuf>,
    /// Files of one environment or target, with `{{ }}` where their names differ.
    pub varying: Vec<String>,
    /// The pipeline file's folder.
    root: PathBuf,
}

impl SourcePaths {
    /// Those of all environments of a pipeline.
    pub fn of(pipeline: &Pipeline) -> Result<Self> {
        let mut found = Self { root: pipeline.root.clone(), ..Self::default() };
        found.shared.extend(pipeline.file.file_name().map(PathBuf::from));
        for step in &pipeline.templates {
            for values in step.values() {
                if let HelmValues::File(path) = &values.value {
                    found.file(path.as_str());
                }
            }
        }
        let mut seen = HashSet::new();
        for environment in &pipeline.environments {
            for target in &environment.targets {
                for NumberedStep { number, step, .. } in pipeline.steps(environment, target)? {
                    if seen.insert((number, step.path.to_path_buf())) {
                        found.shared.extend(engine::sources(&pipeline.root, &step)?);
                    }
                }
            }
            found.shared.extend(environment.overlays.iter().map(|overlay| overlay.path.to_path_buf()));
            found.shared.extend(environment.gitops.package.iter().map(|package| package.chart.to_path_buf()));
            let targets = environment.targets.iter().flat_map(|target| &target.variables);
            found.varying.extend(
                environment.variables.iter().chain(targets).filter_map(|it| it.path()).map(str::to_owned),
            );
        }
        found.shared.sort();
        found.shared.dedup();
        found.varying.sort();
        found.varying.dedup();
        Ok(found)
    }

    fn file(&mut self, path: &str) {
        match paths::placeholders(path).next() {
            None => self.shared.push(path.into()),
            Some(_) => self.varying.push(path.to_owned()),
        }
    }

    /// As git's patterns, which git takes behind a `--`. What a link leads to is among them.
    pub fn pathspecs(&self) -> Vec<String> {
        let linked = self.shared.iter().flat_map(|path| files::linked(&self.root, path));
        let shared = self.shared.iter().cloned().chain(linked);
        let shared = shared.map(|path| format!(":(literal){}", shown(&path)));
        shared.chain(self.varying.iter().map(|path| format!(":(glob){}", glob(path)))).collect()
    }
}

/// A path with `{{ }}` as a glob.
fn glob(path: &str) -> String {
    let mut glob = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once("{{") {
        escape(before, &mut glob);
        glob.push('*');
        rest = after.split_once("}}").map_or("", |(_, behind)| behind);
    }
    escape(rest, &mut glob);
    glob
}

fn escape(text: &str, into: &mut String) {
    for c in text.chars() {
        if matches!(c, '*' | '?' | '[' | '\\') {
            into.push('\\');
        }
        into.push(c);
    }
}

pub(super) fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_a_star_and_what_git_would_expand_is_escaped() {
        let varying = vec!["config/{{ environment }}/a[1].yaml".to_owned()];
        let paths = SourcePaths { shared: vec!["a*".into()], varying, ..SourcePaths::default() };
        assert_eq!(paths.pathspecs(), [":(literal)a*", ":(glob)config/*/a\\[1].yaml"]);
    }
}
