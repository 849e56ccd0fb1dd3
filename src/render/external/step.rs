//! A step whose language is not Towline's own: where its files are, `input`, and placeholders.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::placeholders::Expansion;
use super::scratch::{Edit, Texts};
use super::tool::{self, Runner};
use super::{files, output};
use crate::boundary::Boundary;
use crate::config::TemplateStep;
use crate::process::{Limits, Output};
use crate::render::contract::{Expanded, Files, Input, Loading, Rendered};
use crate::vocabulary::{Diagnostic, Place};

/// A step for another tool.
pub struct ExternalStep {
    pub step: TemplateStep,
    pub application: String,
    /// The step's number, if the files that its tool reads are to be kept.
    keep: Option<usize>,
    root: PathBuf,
    shown: PathBuf,
}

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

impl ExternalStep {
    pub fn new(loading: &Loading) -> Self {
        Self {
            step: loading.step.clone(),
            application: loading.pipeline.application.clone(),
            keep: loading.keep,
            root: loading.pipeline.root.clone(),
            shown: loading.pipeline.file.parent().unwrap_or(Path::new("")).to_owned(),
        }
    }

    /// A step all of whose files take part.
    pub fn with_all_files(loading: &mut Loading) -> Result<Self> {
        if !loading.path().exists() {
            let message = format!("there is no {}", loading.step.path.display());
            return Err(Diagnostic::new(message).at(loading.step.path.place.clone()).into());
        }
        let boundary = Boundary::of(&loading.pipeline.root);
        files::walk(&boundary, &loading.step.path, &mut |path, content| {
            loading.digest.add(&path.to_string_lossy(), &content);
            Ok(())
        })?;
        Ok(Self::new(loading))
    }

    /// Renders the step for one target with `run`, which also gives the files that were read, if
    /// they are kept.
    pub fn render(
        &self,
        input: &Input,
        run: impl FnOnce(Folder, &Runner) -> Result<(Rendered, Option<Texts>)>,
    ) -> Result<Rendered> {
        let placeholders = self.step.placeholders.as_ref();
        let expansion = placeholders.map(|it| Expansion::new(it, input.names)).transpose()?;
        let outside = RefCell::new(Files::new());
        let edit = |path: &Path, content: Vec<u8>| {
            let inside = path.strip_prefix(&**self.step.path);
            if inside.is_err() && **self.step.path != *Path::new(".") {
                outside.borrow_mut().insert(path.to_owned(), content.clone());
            }
            match &expansion {
                Some(expansion) => expansion.expand(inside.unwrap_or(path), &self.shown.join(path), content),
                None => Ok(content),
            }
        };
        let text = self.step.input.as_ref().map(|_| output::write(input.before)).transpose()?;
        let folder = Folder {
            root: &self.root,
            shown: &self.shown,
            path: &self.step.path,
            place: &self.step.path.place,
            input: self.step.input.as_ref().map(|path| &***path).zip(text.as_deref()),
            edit: &edit,
            keep: self.keep.is_some(),
        };
        let limits = Limits { time: self.step.timeout(), output: Output::AtMost(tool::OUTPUT) };
        let (mut rendered, texts) = run(folder, &Runner { process: input.process, limits })
            .map_err(|error| self.with_all_unfilled(error, expansion.as_ref()))?;
        rendered.warnings.extend(expansion.iter().flat_map(Expansion::warnings));
        let expanded = self.keep.zip(texts).map(|(number, files)| Expanded { number, files });
        rendered.expanded.extend(expanded);
        rendered.outside = outside.into_inner();
        Ok(rendered)
    }
}

impl ExternalStep {
    /// The error, or one for all placeholders of the step if one could not be filled.
    fn with_all_unfilled(&self, error: anyhow::Error, expansion: Option<&Expansion>) -> anyhow::Error {
        let Some(expansion) = expansion.filter(|expansion| expansion.is_unfilled()) else { return error };
        // What cannot be read is what the error is about, then.
        let _ = files::walk(&Boundary::of(&self.root), &self.step.path, &mut |path, content| {
            let inside = path.strip_prefix(&**self.step.path).unwrap_or(path);
            let _ = expansion.expand(inside, &self.shown.join(path), content);
            Ok(())
        });
        expansion.error().map_or(error, Into::into)
    }
}

impl Folder<'_> {
    /// The error with the step's place.
    pub fn at_step(&self, error: anyhow::Error) -> anyhow::Error {
        match error.downcast::<Diagnostic>() {
            Ok(diagnostic) => diagnostic.at(self.place.clone()).into(),
            Err(other) => other,
        }
    }
}
