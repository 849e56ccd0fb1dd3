//! The template engines. Each turns the files of a step into documents; none knows another.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use serde_json::Value;

use self::files::{Role, SourceFile};
use super::digest::Digest;
use super::names::Names;
use crate::error::{Place, not_supported_yet};
use crate::pipeline::{Delimiters, EngineKind, Pipeline, TemplateStep};

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

/// All template steps of a pipeline, read and compiled. Rendering does not touch the disk again.
pub struct Templates {
    steps: Vec<Step>,
    /// `sha256:…` over the names and bytes of all files.
    pub digest: String,
    /// The names that some template asks for, dotted.
    pub used_names: BTreeSet<String>,
}

enum Step {
    Jinja(jinja::Engine),
    Shell(shell::Engine),
    Plain(plain::Engine),
}

impl Templates {
    pub fn load(pipeline: &Pipeline) -> Result<Self> {
        let mut digest = Digest::default();
        let mut used_names = BTreeSet::new();
        let mut steps = Vec::new();
        for step in &pipeline.templates {
            let path = pipeline.below_root(&step.path);
            refuse_later_engines(step, &path)?;
            let files = files::load(&path, &pipeline.root, &step.place)?;
            for file in &files {
                digest.add(&format!("{}/{}", step.path.display(), file.name), file.text.as_bytes());
            }
            let step = Step::new(step, files)?;
            used_names.extend(step.used_names());
            steps.push(step);
        }
        Ok(Self { steps, digest: digest.finish(), used_names })
    }

    /// Runs the steps in order; their documents are concatenated.
    pub fn render(&self, names: &Names) -> Result<Vec<Document>> {
        let mut documents = Vec::new();
        for step in &self.steps {
            documents.extend(match step {
                Step::Jinja(engine) => engine.render(names)?,
                Step::Shell(engine) => engine.render(names)?,
                Step::Plain(engine) => engine.render()?,
            });
        }
        Ok(documents)
    }
}

impl Step {
    fn new(step: &TemplateStep, files: Vec<SourceFile>) -> Result<Self> {
        let kind = step.engine.unwrap_or_else(|| detect(step.delimiters, &files));
        Ok(match (kind, step.delimiters) {
            (EngineKind::Plain, _) => Step::Plain(plain::Engine::new(files)),
            (_, Delimiters::Shell) => Step::Shell(shell::Engine::new(files)),
            (_, delimiters) => Step::Jinja(jinja::Engine::new(delimiters, files)?),
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
