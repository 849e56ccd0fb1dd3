//! The template engines, and the steps that they run.
//!
//! An engine is a file or a folder here and a row in [`ENGINES`]; it implements
//! [`Engine`] and knows no other engine. What engines have in common stands
//! below them: Towline's own template language in [`template`](super::template), and what it takes to
//! run another tool in [`external`](super::external). The name of an engine in the pipeline file, and
//! its keys, are in [`config`](crate::config).

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use rayon::prelude::*;

use super::contract::{Claim, Engine, EngineRow, Files, Input, Loading, Rendered};
use super::digest::Digest;
use super::layout;
use super::manifest::Document;
use super::namespaces::Namespaces;
use super::overlays::{Selector, Snippet};
use super::request::RenderRequest;
use super::template::names::Names;
use crate::config::{
    Delimiters, EngineKind, Environment, NumberedStep, Overlay, Pipeline, Target, TemplateStep,
};
use crate::vocabulary::{Diagnostic, Place, Warning};
use crate::yaml::{At, RelativePath};

/// What to do about a step of Towline's own engines that has no manifests.
const TEMPLATE_NAMES: &str = "names of templates end in .yaml, .yml or .json (optionally followed by .j2 or .jinja) and do not start with `.` or `_`";

/// What to do about a program that has none.
const NO_MANIFESTS: &str = "let it return at least one manifest";

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
    /// Steps of one or more targets; those of all, unless a path has `{{ target }}`.
    sets: Vec<Vec<Step>>,
    /// The set of each target, by the target's name.
    of_target: HashMap<String, usize>,
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
    path: At<RelativePath>,
    engine: Box<dyn Engine>,
    is_external: bool,
    takes_input: bool,
}

impl Templates {
    pub fn load(pipeline: &Pipeline, environment: &Environment) -> Result<Self> {
        let mut digest = Digest::default();
        let keep = environment.high_level_folders().next().is_some();
        let (mut sets, mut known, mut of_target) = (Vec::new(), HashMap::new(), HashMap::new());
        for target in &environment.targets {
            let steps = pipeline.steps(environment, target)?;
            let paths: Vec<PathBuf> = steps.iter().map(|it| it.step.path.to_path_buf()).collect();
            let index = *known.entry(paths).or_insert(sets.len());
            of_target.insert(target.name.value.clone(), index);
            if index == sets.len() {
                sets.push(load_steps(pipeline, &steps, keep, &mut digest)?);
            }
        }
        let mut overlays = Vec::new();
        for overlay in &environment.overlays {
            overlays.push(LoadedOverlay::load(overlay, pipeline, &mut digest)?);
        }
        Ok(Self { sets, of_target, overlays, digest })
    }

    /// `sha256:…` over all files that take part, also those outside of the steps' folders.
    pub fn digest(&self, outside: &Files) -> String {
        let mut digest = self.digest.clone();
        outside.iter().for_each(|(path, content)| digest.add(&path.to_string_lossy(), content));
        digest.finish()
    }

    /// The names that some template or overlay asks for, dotted.
    pub fn used_names(&self) -> BTreeSet<String> {
        let steps = self.sets.iter().flatten().chain(self.overlays.iter().map(|overlay| &overlay.step));
        steps.flat_map(|step| step.engine.used_names()).collect()
    }

    /// Runs the steps for a target; their documents are concatenated in the order of the steps, except
    /// that one with `input` gets those before it and gives its own instead.
    pub fn render(&self, request: &RenderRequest, target: &Target, names: &Names) -> Result<Rendered> {
        let steps = self.of_target.get(&target.name.value).map_or(&[][..], |index| &self.sets[*index]);
        let (process, deployed) = (&request.inputs.process, request.deployed);
        let (mut rendered, mut namespaces, mut empty) =
            (Rendered::default(), Namespaces::default(), Vec::new());
        // Only a step with `input` needs another one to be done, and it needs all of them.
        for chain in steps.chunk_by(|_, next| !next.takes_input) {
            let mut handed_over = None;
            let before = match chain.first() {
                Some(first) if first.takes_input => {
                    handed_over = namespaces.hand_over(&mut rendered.documents);
                    std::mem::take(&mut rendered.documents)
                }
                _ => Vec::new(),
            };
            let input = Input { names, process, deployed, folder: &target.path, before: &before };
            for (step, result) in chain.iter().zip(run(chain, &input)) {
                let mut result = result?;
                result.documents = layout::flatten(result.documents);
                let namespace = handed_over.take().filter(|_| step.takes_input).or(result.namespace.take());
                namespaces.add(result.documents.len(), namespace.as_ref());
                empty.extend(result.documents.is_empty().then(|| step.is_empty(result.if_empty)));
                rendered.extend(result);
            }
        }
        if rendered.documents.is_empty() && !request.environment.gitops.has_more_than_manifests() {
            return Err(nothing(request, empty).into());
        }
        namespaces.place(&mut rendered.documents);
        Ok(rendered)
    }

    /// The snippets of the environment, in order. What is said of their templates is added to `warnings`.
    pub fn overlays(&self, names: &Names, warnings: &mut Vec<Warning>) -> Result<Vec<Snippet>> {
        let input = Input { names, process: &[], deployed: None, folder: "", before: &[] };
        let mut snippets = Vec::new();
        for LoadedOverlay { step, to } in &self.overlays {
            let rendered = step.engine.render(&input)?;
            warnings.extend(rendered.warnings);
            for Document { value, origin } in rendered.documents {
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
                let path = loading.step.path.clone();
                return Ok(Self { path, engine, is_external, takes_input });
            }
        }
        bail!("{}: there is no engine for this step", loading.step.path.place)
    }

    fn is_empty(&self, hint: Option<&'static str>) -> Diagnostic {
        Diagnostic::new(format!("{} renders no resources", self.path.display()))
            .at(self.path.place.clone())
            .hint(hint.unwrap_or(if self.is_external { NO_MANIFESTS } else { TEMPLATE_NAMES }))
    }
}

/// The error of a target without any resources. `empty` is what each of its steps says.
fn nothing(request: &RenderRequest, mut empty: Vec<Diagnostic>) -> Diagnostic {
    let RenderRequest { pipeline, environment, .. } = request;
    if empty.len() == 1 {
        return empty.remove(0);
    }
    let (message, hint) = match empty.first().and_then(|it| it.hint.clone()) {
        Some(hint) => ("none of the steps renders resources".to_owned(), hint),
        None => (
            format!("no step is for environment `{}`", environment.name),
            "add the environment to `only` of a step, or remove it from `environments`".to_owned(),
        ),
    };
    let place = empty.into_iter().find_map(|it| it.place).unwrap_or(Place::file(&pipeline.file));
    Diagnostic::new(message).at(place).hint(hint)
}

/// Tools run in parallel. The engines in this process are done before threads would have started.
fn run(steps: &[Step], input: &Input) -> Vec<Result<Rendered>> {
    match steps.len() > 1 && steps.iter().any(|step| step.is_external) {
        true => steps.par_iter().map(|step| step.engine.render(input)).collect(),
        false => steps.iter().map(|step| step.engine.render(input)).collect(),
    }
}

fn load_steps(
    pipeline: &Pipeline,
    steps: &[NumberedStep],
    keep: bool,
    digest: &mut Digest,
) -> Result<Vec<Step>> {
    let load = |(index, NumberedStep { number, step, varies }): (usize, &NumberedStep)| {
        refuse_input(step, index)?;
        let loading = Loading::new(step, pipeline, keep.then_some(*number), digest);
        if *varies && !loading.path().exists() {
            return Err(Diagnostic::new(format!("there is no {}", step.path.display()))
                .at(step.path.place.clone())
                .hint("create it, or list the environments that have one: `only: [dev, prod-*]` on the step")
                .into());
        }
        Step::load(loading, true)
    };
    steps.iter().enumerate().map(load).collect()
}

fn refuse_input(step: &TemplateStep, index: usize) -> Result<()> {
    if step.input.is_none() || index > 0 {
        return Ok(());
    }
    let message = "`input` receives the output of the steps before, and this is the first step";
    Err(Diagnostic::new(message).at(step.path.place.clone()).into())
}
