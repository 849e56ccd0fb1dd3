//! The template engines. Each turns the files of a step into documents; none knows another.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::Value;

use self::files::{Role, SourceFile};
use super::digest::Digest;
use super::names::Names;
use super::overlays::Snippet;
use crate::error::{Place, not_supported_yet};
use crate::pipeline::{Delimiters, EngineKind, Environment, HelmOptions, Pipeline, TemplateStep};

mod files;
mod jinja;
mod plain;
mod shell;
pub mod source;

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
    /// `sha256:…` over the names and bytes of all files.
    pub digest: String,
}

enum Step {
    Jinja(Box<jinja::Engine>),
    Shell(shell::Engine),
    Plain(plain::Engine),
}

impl Templates {
    pub fn load(pipeline: &Pipeline, environment: &Environment) -> Result<Self> {
        let mut digest = Digest::default();
        let overlays: Vec<TemplateStep> = environment.overlays.iter().map(overlay).collect();
        let mut load = |steps: &[TemplateStep]| -> Result<Vec<Step>> {
            steps.iter().map(|step| load(step, pipeline, &mut digest)).collect()
        };
        let (steps, overlays) = (load(&pipeline.templates)?, load(&overlays)?);
        Ok(Self { steps, overlays, digest: digest.finish() })
    }

    /// The names that some template or overlay asks for, dotted.
    pub fn used_names(&self) -> BTreeSet<String> {
        self.steps.iter().chain(&self.overlays).flat_map(Step::used_names).collect()
    }

    /// Runs the steps in order; their documents are concatenated.
    pub fn render(&self, names: &Names) -> Result<Vec<Document>> {
        render_steps(&self.steps, names)
    }

    /// The snippets of the environment, in order.
    pub fn overlays(&self, names: &Names) -> Result<Vec<Snippet>> {
        render_steps(&self.overlays, names)?
            .into_iter()
            .map(|snippet| Snippet::read(snippet.value, snippet.origin))
            .collect()
    }
}

fn render_steps(steps: &[Step], names: &Names) -> Result<Vec<Document>> {
    let mut documents = Vec::new();
    for step in steps {
        documents.extend(match step {
            Step::Jinja(engine) => engine.render(names)?,
            Step::Shell(engine) => engine.render(names)?,
            Step::Plain(engine) => engine.render()?,
        });
    }
    Ok(documents)
}

/// A text with expressions, outside of any template.
pub struct Expression(jinja::Engine);

impl Expression {
    /// Compiles `text`, which stands at `place`; nothing when it has no expressions.
    pub fn new(text: &str, place: &Place) -> Result<Option<Self>> {
        if !["{{", "{%"].iter().any(|open| text.contains(open)) {
            return Ok(None);
        }
        let text = text.trim();
        let alone = text.starts_with("{{") && text.ends_with("}}") && text.matches("{{").count() == 1;
        let document = if alone { text.to_owned() } else { format!("|-\n  {}", text.replace('\n', "\n  ")) };
        // As many lines as stand above the text in its file, so that errors have the right one.
        let above = "\n".repeat(place.line.saturating_sub(1));
        let file = SourceFile {
            name: "expression".to_owned(),
            path: place.file.clone(),
            text: above + &document,
            role: Role::Template,
        };
        Ok(Some(Self(jinja::Engine::new(Delimiters::default(), vec![file])?)))
    }

    /// Its value: alone, an expression keeps its type; with other text around it, it is text.
    pub fn value(&self, names: &Names) -> Result<Value> {
        let document = self.0.render(names)?.into_iter().next();
        Ok(document.map(|document| document.value).unwrap_or_default())
    }

    /// The names that it asks for, dotted.
    pub fn used_names(&self) -> BTreeSet<String> {
        self.0.used_names()
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
        helm: HelmOptions::default(),
    }
}

fn load(step: &TemplateStep, pipeline: &Pipeline, digest: &mut Digest) -> Result<Step> {
    let path = pipeline.below_root(&step.path);
    refuse_later_engines(step, &path)?;
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

    fn used_names(&self) -> BTreeSet<String> {
        match self {
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

fn refuse_later_engines(step: &TemplateStep, path: &Path) -> Result<()> {
    let found = match step.engine {
        Some(engine) => Some(engine),
        None => later_engine(path),
    };
    let name = match found {
        Some(EngineKind::Helm) => "helm",
        Some(EngineKind::Kustomize) => "kustomize",
        Some(EngineKind::Jsonnet) => "jsonnet",
        Some(EngineKind::Jinja | EngineKind::Plain) | None => return Ok(()),
    };
    Err(not_supported_yet(format_args!("the {name} engine"), Some(step.place.clone())))
}

/// The engine of a folder that is plainly another tool's.
fn later_engine(path: &Path) -> Option<EngineKind> {
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
