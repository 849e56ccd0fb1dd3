//! What commands need besides their arguments: the pipeline, the GitOps repository, the clock.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;

use super::global::Global;
use super::process::Process;
use super::release_args::ReleaseArgs;
use crate::clock::{Clock, SystemClock};
use crate::config::{self, Environment, Pipeline};
use crate::forge::Access;
use crate::gitops::{Destination, Destinations, Opened};
use crate::http::Tally;
use crate::notify::{Notifier, Tracker};
use crate::release::{self, Release};
use crate::render::SourcePaths;
use crate::report::Printer;
use crate::variables::Inputs;
use crate::vocabulary::{Diagnostic, Warning};

pub struct Context<'a> {
    pub global: &'a Global,
    /// The pipeline file.
    pub file: PathBuf,
    /// The folder of `--all` that this is for.
    pub folder: Option<PathBuf>,
    pub process: &'a Process,
    pub printer: Arc<Printer>,
    pub clock: Arc<dyn Clock>,
    /// Counts requests to forges; printed at the end with `-v`.
    pub tally: Tally,
}

impl<'a> Context<'a> {
    pub fn new(global: &'a Global, process: &'a Process, printer: Arc<Printer>) -> Self {
        let (file, clock) = (global.file.clone(), Arc::new(SystemClock));
        Self { global, file, folder: None, process, printer, clock, tally: Tally::default() }
    }

    /// The same for the pipeline file of another folder.
    pub fn in_folder(&self, folder: &Path, printer: Arc<Printer>) -> Self {
        let (file, folder) = (folder.join(&self.file), Some(folder.to_owned()));
        let (clock, tally) = (self.clock.clone(), self.tally.clone());
        Self { global: self.global, file, folder, process: self.process, printer, clock, tally }
    }

    pub fn pipeline(&self) -> Result<Pipeline> {
        self.printer.detail(format!("reading {}", self.file.display()));
        config::load(&self.file)
    }

    /// The pipeline of a command that renders, which `--strict` can make strict.
    pub fn pipeline_for(&self, args: &ReleaseArgs) -> Result<Pipeline> {
        let mut pipeline = self.pipeline()?;
        pipeline.is_strict |= args.strict;
        Ok(pipeline)
    }

    /// Says what was not done, or not as it may be meant; an error where the pipeline is strict.
    pub fn warn(&self, pipeline: &Pipeline, warnings: &[Warning]) -> Result<()> {
        if pipeline.is_strict {
            Warning::refuse(warnings)?;
        }
        warnings.iter().for_each(|warning| self.printer.warning(warning));
        Ok(())
    }

    /// Variables from the command line and the process environment.
    pub fn inputs(&self, pipeline: &Pipeline, args: &ReleaseArgs) -> Result<Inputs> {
        Ok(Inputs {
            set: args.set.clone(),
            files: args.vars.clone(),
            process: self.process.variables.clone(),
            ignored: {
                let paths = SourcePaths::of(pipeline)?;
                release::ignored_files(&pipeline.root, &paths.shared, &paths.pathspecs())
            },
        })
    }

    /// The release, made from what is committed; from other files only with `allow_dirty`.
    pub fn committed_release(
        &self,
        pipeline: &Pipeline,
        args: &ReleaseArgs,
        allow_dirty: bool,
    ) -> Result<Release> {
        let release = self.release(pipeline, args)?;
        let files = SourcePaths::of(pipeline)?.pathspecs();
        release::committed(release, &pipeline.root, &files, allow_dirty)
    }

    pub fn release(&self, pipeline: &Pipeline, args: &ReleaseArgs) -> Result<Release> {
        let arguments = release::Arguments {
            version: args.release.clone(),
            build: args.build.clone(),
            commit: args.commit.clone(),
            images: args.image.clone(),
            images_from: args.images.clone(),
            environment: self.process.variables.clone(),
        };
        let release = release::resolve(&arguments, pipeline)?;
        let other = release::other_commit_in_ci(&arguments, &release);
        self.warn(pipeline, &Vec::from_iter(other))?;
        let commit = release.commit.as_deref().unwrap_or("an unknown commit");
        self.printer.detail(format!("release {} of {} from {commit}", release.version, pipeline.application));
        Ok(release)
    }

    pub fn destinations<'p>(&self, pipeline: &'p Pipeline) -> Destinations<'p> {
        self.destinations_sharing(pipeline, &Opened::default())
    }

    /// Destinations that open nothing which is open already.
    pub fn destinations_sharing<'p>(&self, pipeline: &'p Pipeline, opened: &Opened) -> Destinations<'p> {
        Destinations::sharing(pipeline, self.access(), opened)
    }

    /// Opens the GitOps repository of an environment, and its forge.
    pub fn open<'p>(
        &self,
        destinations: &Destinations<'p>,
        environment: &'p Environment,
    ) -> Result<Destination<'p>> {
        self.printer.detail(format!("opening the GitOps repository {}", environment.gitops.repository));
        destinations.open(environment)
    }

    /// Tells webhooks what happens while the result lives.
    pub fn tracker<'p>(&self, pipeline: &'p Pipeline) -> Tracker<'p> {
        let printer = self.printer.clone();
        let warn = Arc::new(move |warning: Warning| printer.warning(&warning));
        let notifier = Notifier::new(pipeline, &self.process.variables, self.clock.clone(), warn);
        Tracker::new(pipeline, self.clock.clone(), notifier)
    }

    pub fn access(&self) -> Access {
        let printer = self.printer.clone();
        Access {
            variables: self.process.variables.clone(),
            clock: self.clock.clone(),
            notify: Arc::new(move |line| printer.note(&Diagnostic::new(line))),
            tally: self.tally.clone(),
        }
    }
}

/// The error of a run that was not to wait: what is not known yet is no result.
pub fn nothing_seen(error: anyhow::Error, once: bool) -> anyhow::Error {
    match once && Diagnostic::passes(&error) {
        true => error.context("there is no result yet; run this again when the forge can be reached"),
        false => error,
    }
}
