//! What an engine is: it reads the files of a step once, and makes them documents for each target.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::deployed::Deployed;
use super::digest::Digest;
use super::manifest::Document;
use super::template::files::{self, SourceFile};
use super::template::names::Names;
use crate::boundary::Boundary;
use crate::config::{Delimiters, EngineKind, Pipeline, TemplateStep};
use crate::vocabulary::Warning;

/// A row in the table of engines.
pub struct EngineRow {
    pub kind: EngineKind,
    /// Which steps that name no engine are for this one.
    pub claim: Claim,
    pub load: fn(&mut Loading) -> Result<Box<dyn Engine>>,
}

/// How an engine knows its steps.
pub enum Claim {
    /// Those of another tool: by the names of the files.
    Path(fn(&Path) -> bool),
    /// Those of Towline's own: by what is in the templates.
    Templates(fn(Delimiters, &[SourceFile]) -> bool),
}

/// A step that is being loaded.
pub struct Loading<'a> {
    pub step: &'a TemplateStep,
    pub pipeline: &'a Pipeline,
    /// The step's number, from 1, if the files that its tool reads are to be kept.
    pub keep: Option<usize>,
    /// Over the names and bytes of all files that take part. Every engine adds its own.
    pub digest: &'a mut Digest,
    templates: OnceCell<Vec<SourceFile>>,
}

/// A step, loaded.
pub trait Engine: Send + Sync {
    /// The names that it asks for, dotted, as far as that is known without rendering.
    fn used_names(&self) -> BTreeSet<String>;

    fn render(&self, input: &Input) -> Result<Rendered>;
}

/// What a step is rendered from, beside its files.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    pub names: &'a Names,
    /// The process environment, for tools.
    pub process: &'a [(String, String)],
    /// What the GitOps repository has, if it was read, and the target's folder there.
    pub deployed: Option<&'a Deployed>,
    pub folder: &'a str,
    /// What the steps before gave, for a step with `input`.
    pub before: &'a [Document],
}

/// What a step gave.
#[derive(Debug, Default)]
pub struct Rendered {
    pub documents: Vec<Document>,
    pub warnings: Vec<Warning>,
    /// What each tool got to read, if that is to be kept.
    pub expanded: Vec<Expanded>,
    /// Files outside of the step's folder that its tool read, as they stand on the disk. Which ones
    /// may depend on variables.
    pub outside: Files,
    /// Where the resources are that name no namespace.
    pub namespace: Option<String>,
    /// Resources with generated values that git keeps.
    pub kept: Vec<Kept>,
    /// What to do about it if there are no documents.
    pub if_empty: Option<&'static str>,
}

/// A resource with generated values that git keeps, as it is to be found there again.
#[derive(Debug)]
pub struct Kept {
    pub kind: String,
    pub name: String,
    /// `None`: any.
    pub namespace: Option<String>,
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

impl EngineRow {
    /// Whether the files are in another tool's language. Such steps take a while, so they run in
    /// parallel, and they cannot be overlays.
    pub fn is_external(&self) -> bool {
        matches!(self.claim, Claim::Path(_))
    }

    /// Whether a step is for this engine.
    pub fn takes(&self, loading: &Loading) -> Result<bool> {
        match (loading.step.engine(), &self.claim) {
            (Some(kind), _) => Ok(self.kind == kind),
            (None, Claim::Path(claims)) => Ok(claims(&loading.path())),
            (None, Claim::Templates(claims)) => Ok(claims(loading.step.delimiters(), loading.templates()?)),
        }
    }
}

impl<'a> Loading<'a> {
    pub fn new(
        step: &'a TemplateStep,
        pipeline: &'a Pipeline,
        keep: Option<usize>,
        digest: &'a mut Digest,
    ) -> Self {
        Self { step, pipeline, keep, digest, templates: OnceCell::new() }
    }

    /// Where the step's files are.
    pub fn path(&self) -> PathBuf {
        self.pipeline.root.join(&**self.step.path)
    }

    /// The step's files as templates of Towline's own, read once.
    pub fn templates(&self) -> Result<&[SourceFile]> {
        if let Some(files) = self.templates.get() {
            return Ok(files);
        }
        let is_outermost = **self.step.path == *Path::new(".");
        let pipeline = self.pipeline.file.file_name().and_then(|name| name.to_str());
        let is_part = self.step.reads();
        let reads = |name: &str| !(is_outermost && Some(name) == pipeline) && is_part(name);
        let files =
            files::load(&self.step.path, &Boundary::of(&self.pipeline.root), &self.step.path.place, &reads)?;
        Ok(self.templates.get_or_init(|| files))
    }

    /// The same files, for an engine to keep. They become part of the digest.
    pub fn take_templates(&mut self) -> Result<Vec<SourceFile>> {
        self.templates()?;
        let files = self.templates.take().unwrap_or_default();
        for file in &files {
            self.digest.add(&format!("{}/{}", self.step.path.display(), file.name), file.text.as_bytes());
        }
        Ok(files)
    }
}

impl Rendered {
    /// Adds what a further step gave.
    pub fn extend(&mut self, other: Rendered) {
        let Rendered { documents, warnings, expanded, outside, namespace: _, kept, if_empty: _ } = other;
        self.kept.extend(kept);
        self.documents.extend(documents);
        self.warnings.extend(warnings);
        self.expanded.extend(expanded);
        self.outside.extend(outside);
    }
}

impl From<Vec<Document>> for Rendered {
    fn from(documents: Vec<Document>) -> Self {
        Self { documents, ..Self::default() }
    }
}
