//! The template engines. Each turns the files of a step into documents; none knows another.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use rayon::prelude::*;
use serde_json::Value;

use self::external::External;
use self::files::{Role, SourceFile};
use super::digest::Digest;
use super::names::Names;
use super::overlays::Snippet;
use crate::config::{
    Delimiters, EngineKind, Environment, HelmOptions, JsonnetOptions, KustomizeOptions, Pipeline,
    TemplateStep,
};
use crate::vocabulary::{Diagnostic, Place};

mod external;
mod files;
mod helm;
mod jinja;
mod jsonnet;
mod kustomize;
mod output;
mod placeholders;
mod plain;
mod scratch;
mod shell;
pub mod source;
mod tool;
mod tree;
mod varying;

pub use jinja::inline;

/// One YAML document that a template gave.
#[derive(Debug, Clone)]
pub struct Document {
    pub value: Value,
    /// Its first line, in the template where that can be known.
    pub origin: Place,
}

/// All template steps of a pipeline and the overlays of an environment, read and compiled.
/// Rendering does not touch the disk again.
pub struct Templates {
    steps: Vec<Step>,
    overlays: Vec<Step>,
    /// Over the names and bytes of all files of the steps.
    digest: Digest,
}

/// What the steps gave.
#[derive(Debug, Default)]
pub struct Rendered {
    pub documents: Vec<Document>,
    pub warnings: Vec<Diagnostic>,
    /// What each tool got to read, if that is to be kept.
    pub expanded: Vec<Expanded>,
    /// Files outside of the steps' folders that tools read, as they stand on the disk. Which ones
    /// may depend on variables.
    pub outside: Files,
}

/// Contents by path, relative to the pipeline file's folder.
pub type Files = BTreeMap<PathBuf, Vec<u8>>;

/// The text files that the tool of one step got to read.
#[derive(Debug)]
pub struct Expanded {
    /// The step's, from 1.
    pub number: usize,
    /// By path, with `/`, relative to the pipeline file's folder.
    pub files: BTreeMap<String, String>,
}

enum Step {
    External(Box<External>),
    Jinja(Box<jinja::Engine>),
    Shell(shell::Engine),
    Plain(plain::Engine),
}

impl Templates {
    pub fn load(pipeline: &Pipeline, environment: &Environment) -> Result<Self> {
        let mut digest = Digest::default();
        let mut steps = Vec::new();
        for (index, step) in pipeline.templates.iter().enumerate() {
            refuse_input(step, index)?;
            steps.push(load(step, index + 1, pipeline, environment, &mut digest)?);
        }
        let overlays: Vec<TemplateStep> = environment.overlays.iter().map(overlay).collect();
        let overlays = overlays.iter().map(|step| load_own(step, pipeline, &mut digest));
        let overlays = overlays.collect::<Result<_>>()?;
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
        self.steps.iter().chain(&self.overlays).flat_map(Step::used_names).collect()
    }

    /// Runs the steps; their documents are concatenated in the order of the steps, except that one
    /// with `input` gets those before it and gives its own instead. `process` is the process
    /// environment, for tools.
    pub fn render(&self, names: &Names, process: &[(String, String)]) -> Result<Rendered> {
        let mut rendered = Rendered::default();
        // Only a step with `input` needs another one to be done, and it needs all of them.
        for chain in self.steps.chunk_by(|_, next| !next.takes_input()) {
            let before = match chain.first() {
                Some(first) if first.takes_input() => std::mem::take(&mut rendered.documents),
                _ => Vec::new(),
            };
            for result in run(chain, |step| step.render(names, process, &before)) {
                let Rendered { documents, warnings, expanded, outside } = result?;
                rendered.documents.extend(documents);
                rendered.warnings.extend(warnings);
                rendered.expanded.extend(expanded);
                rendered.outside.extend(outside);
            }
        }
        Ok(rendered)
    }

    /// The snippets of the environment, in order.
    pub fn overlays(&self, names: &Names) -> Result<Vec<Snippet>> {
        let mut snippets = Vec::new();
        for step in &self.overlays {
            let documents = step.render(names, &[], &[])?.documents;
            snippets
                .extend(documents.into_iter().map(|snippet| Snippet::read(snippet.value, snippet.origin)));
        }
        snippets.into_iter().collect()
    }
}

impl From<Vec<Document>> for Rendered {
    fn from(documents: Vec<Document>) -> Self {
        Self { documents, ..Self::default() }
    }
}

/// Tools run in parallel. The engines in this process are done before threads would have started.
fn run<T: Send>(steps: &[Step], render: impl Fn(&Step) -> T + Sync + Send) -> Vec<T> {
    match steps.len() > 1 && steps.iter().any(|step| matches!(step, Step::External(_))) {
        true => steps.par_iter().map(render).collect(),
        false => steps.iter().map(render).collect(),
    }
}

/// A path of `overlays:` as a step: templates when they have expressions, else YAML as it is.
fn overlay((path, place): &(PathBuf, Place)) -> TemplateStep {
    TemplateStep {
        path: path.to_owned(),
        place: place.clone(),
        engine: None,
        delimiters: Delimiters::default(),
        input: None,
        placeholders: None,
        timeout: Duration::ZERO,
        helm: HelmOptions::default(),
        kustomize: KustomizeOptions::default(),
        jsonnet: JsonnetOptions::default(),
    }
}

fn load(
    step: &TemplateStep,
    number: usize,
    pipeline: &Pipeline,
    environment: &Environment,
    digest: &mut Digest,
) -> Result<Step> {
    match external(step, pipeline, digest)? {
        Some(mut external) => {
            external.keep = environment.gitops.high_level.is_some().then_some(number);
            Ok(Step::External(Box::new(external)))
        }
        None => load_own(step, pipeline, digest),
    }
}

/// A step of one of Towline's own engines.
fn load_own(step: &TemplateStep, pipeline: &Pipeline, digest: &mut Digest) -> Result<Step> {
    let path = pipeline.below_root(&step.path);
    let files = files::load(&path, &pipeline.root, &step.place)?;
    for file in &files {
        digest.add(&format!("{}/{}", step.path.display(), file.name), file.text.as_bytes());
    }
    Step::new(step, files)
}

impl Step {
    fn new(step: &TemplateStep, files: Vec<SourceFile>) -> Result<Self> {
        let kind = step.engine.unwrap_or_else(|| detect(step.delimiters, &files));
        Ok(match (kind, step.delimiters) {
            (EngineKind::Plain, _) => Step::Plain(plain::Engine::new(files)),
            (_, Delimiters::Shell) => Step::Shell(shell::Engine::new(files)),
            (_, delimiters) => Step::Jinja(Box::new(jinja::Engine::new(delimiters, files)?)),
        })
    }

    fn takes_input(&self) -> bool {
        matches!(self, Step::External(external) if external.takes_input())
    }

    fn render(&self, names: &Names, process: &[(String, String)], before: &[Document]) -> Result<Rendered> {
        Ok(match self {
            Step::External(engine) => engine.render(names, process, before)?,
            Step::Jinja(engine) => engine.render(names)?.into(),
            Step::Shell(engine) => engine.render(names)?.into(),
            Step::Plain(engine) => engine.render()?.into(),
        })
    }

    fn used_names(&self) -> BTreeSet<String> {
        match self {
            Step::External(engine) => engine.used_names(),
            Step::Jinja(engine) => engine.used_names(),
            Step::Shell(engine) => engine.used_names(),
            Step::Plain(_) => BTreeSet::new(),
        }
    }
}

fn detect(delimiters: Delimiters, files: &[SourceFile]) -> EngineKind {
    let marked = |text: &str| match delimiters {
        Delimiters::Braces => ["{{", "{%"].iter().any(|open| text.contains(open)),
        Delimiters::DollarBraces => ["${{", "${%"].iter().any(|open| text.contains(open)),
        Delimiters::Hash => ["#{", "#%"].iter().any(|open| text.contains(open)),
        Delimiters::Angle => ["<<", "<%"].iter().any(|open| text.contains(open)),
        Delimiters::Shell => text.contains('$'),
    };
    let is_template =
        |file: &SourceFile| file.role == Role::Template || file.role == Role::Manifest && marked(&file.text);
    if files.iter().any(is_template) { EngineKind::Jinja } else { EngineKind::Plain }
}

fn refuse_input(step: &TemplateStep, index: usize) -> Result<()> {
    if step.input.is_none() || index > 0 {
        return Ok(());
    }
    let message = "`input` hands over what the steps before give, and this is the first";
    Err(Diagnostic::new(message).at(step.place.clone()).into())
}

/// The step, if its engine is none of Towline's own.
fn external(step: &TemplateStep, pipeline: &Pipeline, digest: &mut Digest) -> Result<Option<External>> {
    match step.engine.or_else(|| other_engine(&pipeline.root.join(&step.path))) {
        Some(engine) => External::new(step, engine, pipeline, digest),
        None => Ok(None),
    }
}

/// The engine of a folder that is plainly another tool's.
fn other_engine(path: &Path) -> Option<EngineKind> {
    let kustomizations = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
    if path.join("Chart.yaml").is_file() {
        return Some(EngineKind::Helm);
    }
    if kustomizations.iter().any(|name| path.join(name).is_file()) {
        return Some(EngineKind::Kustomize);
    }
    let is_jsonnet = |path: &Path| path.extension().is_some_and(|end| end == "jsonnet");
    let mut inside = path.read_dir().into_iter().flatten().flatten();
    (is_jsonnet(path) || inside.any(|entry| is_jsonnet(&entry.path()))).then_some(EngineKind::Jsonnet)
}
