//! Steps whose language is not Towline's own: Helm, Kustomize and Jsonnet. What they share is
//! here: `input`, placeholders, and where their files are.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use serde_json::Value;

use super::helm::{self, Chart, Values};
use super::jinja::inline;
use super::jsonnet::{self, Jsonnet};
use super::kustomize::{self, Overlay};
use super::placeholders::Expansion;
use super::scratch::{Edit, Texts};
use super::tool::{self, Runner};
use super::{Document, Expanded, Files, Rendered, output, tree};
use crate::config::{EngineKind, HelmValues, Pipeline, TemplateStep};
use crate::process::Limits;
use crate::render::digest::Digest;
use crate::render::names::Names;
use crate::vocabulary::{Diagnostic, Place};

/// Where the files of a step are, and what happens to them before an engine reads them.
#[derive(Clone, Copy)]
pub struct Folder<'a> {
    /// The pipeline file's folder.
    pub root: &'a Path,
    /// The same folder as the user named it, for errors and origins.
    pub shown: &'a Path,
    /// The step's folder or file, relative to `root`.
    pub path: &'a Path,
    /// The step in the pipeline file.
    pub place: &'a Place,
    /// A file to be put into the folder before, and its text.
    pub input: Option<(&'a Path, &'a str)>,
    /// Expands placeholders.
    pub edit: Edit<'a>,
    /// Whether the files that the tool reads are to be kept.
    pub keep: bool,
}

/// A step that another engine renders.
pub struct External {
    /// The step's number, if the files that its tool reads are to be kept.
    pub keep: Option<usize>,
    step: TemplateStep,
    kind: Kind,
    application: String,
    root: PathBuf,
    shown: PathBuf,
}

enum Kind {
    Helm,
    Kustomize,
    Jsonnet(Jsonnet),
}

impl External {
    /// `None` when the engine is one of Towline's own.
    pub fn new(
        step: &TemplateStep,
        engine: EngineKind,
        pipeline: &Pipeline,
        digest: &mut Digest,
    ) -> Result<Option<Self>> {
        let kind = match engine {
            EngineKind::Helm => Kind::Helm,
            EngineKind::Kustomize => Kind::Kustomize,
            EngineKind::Jsonnet => Kind::Jsonnet(read_jsonnet(step, &pipeline.root)?),
            EngineKind::Jinja | EngineKind::Plain => return Ok(None),
        };
        let shown = pipeline.file.parent().unwrap_or(Path::new("")).to_owned();
        let external = Self {
            keep: None,
            step: step.clone(),
            kind,
            application: pipeline.application.clone(),
            root: pipeline.root.clone(),
            shown,
        };
        external.digest(digest)?;
        Ok(Some(external))
    }

    pub fn takes_input(&self) -> bool {
        self.step.input.is_some()
    }

    /// The names that the step's fields ask for. Those of its files are not known before.
    pub fn used_names(&self) -> BTreeSet<String> {
        let mut texts = Vec::new();
        for values in &self.step.helm.values {
            if let HelmValues::Inline(value, _) = values {
                strings(value, &mut texts);
            }
        }
        texts.iter().flat_map(|text| inline::used_names(text)).collect()
    }

    /// Renders the step. `before` is what the steps before it gave, for `input`.
    pub fn render(
        &self,
        names: &Names,
        process: &[(String, String)],
        before: &[Document],
    ) -> Result<Rendered> {
        let expansion = self.step.placeholders.as_ref().map(|it| Expansion::new(it, names)).transpose()?;
        let outside = Mutex::new(Files::new());
        let edit = |path: &Path, content: Vec<u8>| {
            let inside = path.strip_prefix(&self.step.path);
            if inside.is_err() && self.step.path != Path::new(".") {
                let mut outside = outside.lock().unwrap_or_else(PoisonError::into_inner);
                outside.insert(path.to_owned(), content.clone());
            }
            match &expansion {
                Some(expansion) => expansion.expand(inside.unwrap_or(path), &self.shown.join(path), content),
                None => Ok(content),
            }
        };
        let text = self.step.input.as_ref().map(|_| output::write(before)).transpose()?;
        let folder = Folder {
            root: &self.root,
            shown: &self.shown,
            path: &self.step.path,
            place: &self.step.place,
            input: self.step.input.as_deref().map(Path::new).zip(text.as_deref()),
            edit: &edit,
            keep: self.keep.is_some(),
        };
        let runner = Runner { process, limits: Limits { time: self.step.timeout, output: tool::OUTPUT } };
        let (mut rendered, files) = match &self.kind {
            Kind::Helm => self.helm(folder, &runner, names)?,
            Kind::Kustomize => {
                let allow_remote = self.step.kustomize.allow_remote;
                kustomize::build(&Overlay { folder, allow_remote }, &runner)?
            }
            Kind::Jsonnet(jsonnet) => (self.jsonnet(jsonnet, folder, names)?.into(), None),
        };
        let expanded = self.keep.zip(files).map(|(number, files)| Expanded { number, files });
        rendered.expanded.extend(expanded);
        rendered.outside = outside.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(rendered)
    }

    fn helm(&self, folder: Folder, runner: &Runner, names: &Names) -> Result<(Rendered, Option<Texts>)> {
        let options = &self.step.helm;
        let text = |text: &str| inline::evaluate_text(text, folder.place, names);
        let optional = |it: &Option<String>| it.as_deref().map(text).transpose();
        let release = optional(&options.release)?.unwrap_or_else(|| self.application.clone());
        let (namespace, kube_version) = (optional(&options.namespace)?, optional(&options.kube_version)?);
        let api_versions = options.api_versions.iter().map(|it| text(it)).collect::<Result<Vec<_>>>()?;
        let values = options.values.iter().map(|it| values(it, names)).collect::<Result<Vec<_>>>()?;
        let chart = Chart {
            folder,
            release: &release,
            namespace: namespace.as_deref(),
            kube_version: kube_version.as_deref(),
            api_versions: &api_versions,
            values: &values,
            crds: !options.without_crds,
            hooks: options.hooks,
            tests: options.tests,
        };
        helm::template(&chart, runner)
    }

    fn jsonnet(&self, jsonnet: &Jsonnet, folder: Folder, names: &Names) -> Result<Vec<Document>> {
        let mut jsonnet = jsonnet.clone();
        if self.step.placeholders.is_some() {
            let edited = jsonnet
                .files
                .iter()
                .map(|(path, content)| Ok((path.clone(), (folder.edit)(path, content.to_vec())?.into())));
            jsonnet.files = Arc::new(edited.collect::<Result<_>>()?);
        }
        if let Some((path, text)) = folder.input {
            Arc::make_mut(&mut jsonnet.files)
                .insert(step_folder(&self.step.path, &self.root).join(path), text.as_bytes().into());
        }
        let documents = jsonnet::evaluate(&jsonnet, names.to_json())?;
        Ok(documents.into_iter().map(|document| shown(document, folder.shown)).collect())
    }

    /// Adds the step's files to the digest of all templates.
    fn digest(&self, digest: &mut Digest) -> Result<()> {
        let mut add = |path: &Path, content: Vec<u8>| {
            digest.add(&path.to_string_lossy(), &content);
            Ok(())
        };
        if let Kind::Jsonnet(jsonnet) = &self.kind {
            return jsonnet.files.iter().try_for_each(|(path, content)| add(path, content.to_vec()));
        }
        let readable = self.root.join(&self.step.path).exists();
        if !readable {
            let message = format!("there is no {}", self.step.path.display());
            return Err(Diagnostic::new(message).at(self.step.place.clone()).into());
        }
        tree::walk(&self.root, &self.step.path, &self.root, &mut add)
    }
}

fn read_jsonnet(step: &TemplateStep, root: &Path) -> Result<Jsonnet> {
    let jpath = &step.jsonnet.jpath;
    let files = jsonnet::read(root, &step.path, jpath)
        .map_err(|error| error.context(format!("{}: cannot read the step's files", step.place)))?;
    let programs = jsonnet::programs(&files, &step.path, jpath);
    if programs.is_empty() {
        let message = format!("{} has no `.jsonnet` file", step.path.display());
        return Err(Diagnostic::new(message).at(step.place.clone()).into());
    }
    Ok(Jsonnet {
        files: Arc::new(files),
        jpath: jpath.clone(),
        programs,
        variables: step.jsonnet.variables,
        timeout: step.timeout,
    })
}

fn values(values: &HelmValues, names: &Names) -> Result<Values> {
    Ok(match values {
        HelmValues::File(path, place) => {
            Values::File(inline::evaluate_text(path, place, names)?.into(), place.clone())
        }
        HelmValues::Inline(value, place) => Values::Inline(inline::evaluate(value, place, names)?),
        HelmValues::Variables => Values::Inline(Value::Object(names.variables.clone())),
    })
}

/// The folder that a step's files stand in.
fn step_folder<'a>(path: &'a Path, root: &Path) -> &'a Path {
    match root.join(path).is_dir() {
        true if path == Path::new(".") => Path::new(""),
        true => path,
        false => path.parent().unwrap_or(Path::new("")),
    }
}

fn shown(mut document: Document, shown: &Path) -> Document {
    document.origin.file = shown.join(&document.origin.file);
    document
}

fn strings<'a>(value: &'a Value, into: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => into.push(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, into)),
        Value::Object(map) => map.values().for_each(|item| strings(item, into)),
        _ => {}
    }
}
