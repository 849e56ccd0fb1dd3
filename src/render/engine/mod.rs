//! The template engines, and the steps that they run.
//!
//! An engine is a file or a folder here and a row in [`ENGINES`]; it implements
//! [`Engine`] and knows no other engine. What engines have in common stands
//! below them: Towline's own template language in [`template`](super::template), and what it takes to
//! run another tool in [`external`](super::external). The name of an engine in the pipeline file, and
//! its keys, are in [`config`](crate::config).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use rayon::prelude::*;

use super::contract::{Claim, Engine, EngineRow, Files, Input, Loading, Rendered};
use super::digest::Digest;
use super::manifest::Document;
use super::overlays::{Selector, Snippet};
use super::template::names::Names;
use crate::config::{Delimiters, EngineKind, Environment, Overlay, Pipeline, TemplateStep};
use crate::vocabulary::Diagnostic;
use crate::yaml::At;

mod helm;
mod jinja;
mod jsonnet;
mod kustomize;
mod plain;

/// All engines. The first that claims a step without `engine` gets it.
static ENGINES: [EngineRow; 5] =
    [helm::ENGINE, kustomize::ENGINE, jsonnet::ENGINE, jinja::ENGINE, plain::ENGINE];

/// All template steps of a pipeline and the overlays of an environment, read and compiled.
/// Rendering does not touch the disk again, except for tools.
pub struct Templates {
    steps: Vec<Step>,
    overlays: Vec<LoadedOverlay>,
    /// Over the names and bytes of all files of the steps.
    digest: Digest,
}

/// Patches, and what they are for unless they say so themselves.
struct LoadedOverlay {
    step: Step,
    to: Option<Selector>,
}

struct Step {
    engine: Box<dyn Engine>,
    is_external: bool,
    takes_input: bool,
}

impl Templates {
    pub fn load(pipeline: &Pipeline, environment: &Environment) -> Result<Self> {
        let mut digest = Digest::default();
        let keep = environment.high_level_folders().next().is_some();
        let mut steps = Vec::new();
        for (index, step) in pipeline.templates.iter().enumerate() {
            refuse_input(step, index)?;
            let loading = Loading::new(step, pipeline, keep.then_some(index + 1), &mut digest);
            steps.push(Step::load(loading, true)?);
        }
        let mut overlays = Vec::new();
        for overlay in &environment.overlays {
            overlays.push(LoadedOverlay::load(overlay, pipeline, &mut digest)?);
        }
        Ok(Self { steps, overlays, digest })
    }

    /// `sha256:…` over all files that take part, also those outside of the steps' folders.
    pub fn digest(&self, outside: &Files) -> String {
        let mut digest = self.digest.clone();
        outside.iter().for_each(|(path, content)| digest.add(&path.to_string_lossy(), content));
        digest.finish()
    }

    /// The names that some template or overlay asks for, dotted.
    pub fn used_names(&self) -> BTreeSet<String> {
        let steps = self.steps.iter().chain(self.overlays.iter().map(|overlay| &overlay.step));
        steps.flat_map(|step| step.engine.used_names()).collect()
    }

    /// Runs the steps; their documents are concatenated in the order of the steps, except that one
    /// with `input` gets those before it and gives its own instead. `process` is the process
    /// environment, for tools.
    pub fn render(&self, names: &Names, process: &[(String, String)]) -> Result<Rendered> {
        let mut rendered = Rendered::default();
        // Only a step with `input` needs another one to be done, and it needs all of them.
        for chain in self.steps.chunk_by(|_, next| !next.takes_input) {
            let before = match chain.first() {
                Some(first) if first.takes_input => std::mem::take(&mut rendered.documents),
                _ => Vec::new(),
            };
            for result in run(chain, &Input { names, process, before: &before }) {
                rendered.extend(result?);
            }
        }
        Ok(rendered)
    }

    /// The snippets of the environment, in order.
    pub fn overlays(&self, names: &Names) -> Result<Vec<Snippet>> {
        let input = Input { names, process: &[], before: &[] };
        let mut snippets = Vec::new();
        for LoadedOverlay { step, to } in &self.overlays {
            for Document { value, origin } in step.engine.render(&input)?.documents {
                snippets.push(Snippet::parse(value, origin, to.as_ref())?);
            }
        }
        Ok(snippets)
    }
}

/// The engine of a folder or file that is plainly another tool's.
pub fn external_engine(path: &Path) -> Option<EngineKind> {
    let claims = |row: &&EngineRow| matches!(row.claim, Claim::Path(claims) if claims(path));
    ENGINES.iter().find(claims).map(|row| row.kind)
}

/// Files and folders that a step is made from, relative to `root`, as far as that is known without
/// rendering.
pub fn sources(root: &Path, step: &TemplateStep) -> Result<Vec<PathBuf>> {
    if step.engine().or_else(|| external_engine(&root.join(&**step.path))) == Some(EngineKind::Jsonnet) {
        return jsonnet::sources(root, step);
    }
    let referenced = kustomize::referenced(root, &step.path)?;
    Ok([step.path.to_path_buf()].into_iter().chain(referenced).collect())
}

impl LoadedOverlay {
    /// The patches are templates when they have expressions, else YAML as it is.
    fn load(overlay: &At<Overlay>, pipeline: &Pipeline, digest: &mut Digest) -> Result<Self> {
        let At { value: Overlay { path, to, .. }, place } = overlay;
        let path = At { value: path.clone(), place: place.clone() };
        let delimiters = delimiters_of(overlay, &pipeline.templates)?;
        let delimiters = delimiters.map(|value| At { value, place: place.clone() });
        let step = TemplateStep::at(path, delimiters);
        let to = to.clone().map(Selector::new).transpose().map_err(|wrong| wrong.at(place.clone()))?;
        Ok(Self { step: Step::load(Loading::new(&step, pipeline, None, digest), false)?, to })
    }
}

/// The delimiters of an overlay: its own, or those that the templates name. `None`: the usual ones.
fn delimiters_of(overlay: &At<Overlay>, templates: &[TemplateStep]) -> Result<Option<Delimiters>> {
    if overlay.delimiters.is_some() {
        return Ok(overlay.delimiters);
    }
    let mut named = templates.iter().filter_map(TemplateStep::own_delimiters);
    let first = named.next();
    match first.is_some_and(|first| named.any(|other| other != first)) {
        true => Err(overlay
            .error("the templates have several `delimiters`, so this overlay needs its own")
            .hint(format!("write `{{path: {}, delimiters: \"{{{{ }}}}\"}}`", overlay.path.as_str()))
            .into()),
        false => Ok(first),
    }
}

impl Step {
    /// Loads a step with the engine that it names, or the one that claims it.
    fn load(mut loading: Loading, may_be_external: bool) -> Result<Self> {
        for row in ENGINES.iter().filter(|row| may_be_external || !row.is_external()) {
            if row.takes(&loading)? {
                let engine = (row.load)(&mut loading)?;
                let (is_external, takes_input) = (row.is_external(), loading.step.input.is_some());
                return Ok(Self { engine, is_external, takes_input });
            }
        }
        bail!("{}: there is no engine for this step", loading.step.path.place)
    }
}

/// Tools run in parallel. The engines in this process are done before threads would have started.
fn run(steps: &[Step], input: &Input) -> Vec<Result<Rendered>> {
    match steps.len() > 1 && steps.iter().any(|step| step.is_external) {
        true => steps.par_iter().map(|step| step.engine.render(input)).collect(),
        false => steps.iter().map(|step| step.engine.render(input)).collect(),
    }
}

fn refuse_input(step: &TemplateStep, index: usize) -> Result<()> {
    if step.input.is_none() || index > 0 {
        return Ok(());
    }
    let message = "`input` receives the output of the steps before, and this is the first step";
    Err(Diagnostic::new(message).at(step.path.place.clone()).into())
}
