//! `--all GLOB`: a command for many pipeline files in one process.
//!
//! The command runs in every folder as it would there alone: an error in one is no matter of the others.
//! Folders are done at the same time, and what each has to say is said in their order.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use indexmap::IndexSet;
use rayon::prelude::*;
use walkdir::WalkDir;

use super::context::Context;
use crate::render;
use crate::report::output::{FolderOutput, FoldersOutput, Output, ProblemOutput};
use crate::report::{Answer, Printer};
use crate::vocabulary::text::{counted, listed};
use crate::vocabulary::{Diagnostic, Outcome, paths};
use crate::yaml::Glob;

/// Where a command runs.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct AllArgs {
    /// Run in every folder that matches and has a pipeline file, such as 'apps/*', in one process. May be
    /// repeated
    #[arg(long, value_name = "GLOB", value_parser = glob)]
    all: Vec<FolderGlob>,
}

/// A glob of folders, relative to the current folder.
#[derive(Debug, Clone)]
struct FolderGlob {
    text: String,
    glob: Glob,
}

fn glob(text: &str) -> Result<FolderGlob, String> {
    if text.starts_with('/') || text.split('/').any(|part| part == "..") {
        return Err("it leads out of the current folder, which `-C` can change".to_owned());
    }
    let text = paths::relative(text).map_err(|refused| refused.message)?;
    let glob = Glob::try_from(text.clone()).map_err(|refused| refused.message)?;
    Ok(FolderGlob { text, glob })
}

impl AllArgs {
    /// Runs a command in the folder that the process is in, or in all that a glob names at the same time.
    pub fn run(&self, context: &Context, run: impl Fn(&Context) -> Result<Answer> + Sync) -> Result<Answer> {
        if self.all.is_empty() {
            return run(context);
        }
        let folders = Vec::from_iter(self.folders(&context.file)?);
        render::prepare_threads();
        let done = folders.into_par_iter().map(|folder| Done::of(context, folder, &run)).collect();
        Ok(together(&context.printer, done))
    }

    /// The same, one folder after the other: for commands whose folders share what they open.
    pub fn run_in_turn(&self, context: &Context, run: impl Fn(&Context) -> Result<Answer>) -> Result<Answer> {
        if self.all.is_empty() {
            return run(context);
        }
        let folders = self.folders(&context.file)?;
        let done = folders.into_iter().map(|folder| Done::of(context, folder, &run)).collect();
        Ok(together(&context.printer, done))
    }

    /// The folders that have a pipeline file: those of the first glob first, each glob's by their names.
    fn folders(&self, file: &Path) -> Result<IndexSet<PathBuf>> {
        if file.is_absolute() {
            let message =
                format!("with `--all`, each folder has its own pipeline file, not {}", file.display());
            return Err(Diagnostic::usage(message).hint("write `-f` as it is called in each folder").into());
        }
        let mut folders = IndexSet::new();
        for glob in &self.all {
            let mut found = glob.folders()?;
            found.retain(|folder| folder.join(file).is_file());
            if found.is_empty() {
                let message = format!("no folder matches `{}` and has a {}", glob.text, file.display());
                let above = Path::new(&glob.text).parent().filter(|_| Path::new(&glob.text).ends_with(file));
                let hint = match above.filter(|above| *above != Path::new("")) {
                    Some(above) => format!("name the folders: `--all '{}'`", above.display()),
                    None => {
                        "globs start at the current folder; put them in quotes: `--all 'apps/*'`".to_owned()
                    }
                };
                return Err(Diagnostic::new(message).hint(hint).into());
            }
            folders.extend(found);
        }
        Ok(folders)
    }
}

impl FolderGlob {
    fn folders(&self) -> Result<Vec<PathBuf>> {
        const SPECIAL: [char; 4] = ['*', '?', '[', '{'];
        let parts: Vec<&str> = self.text.split('/').collect();
        let plain = parts.iter().take_while(|part| !part.contains(SPECIAL)).count();
        let top = parts[..plain].iter().collect::<PathBuf>();
        let is_any_depth = self.text.contains("**") || self.text.contains('{');
        let depth = if is_any_depth { usize::MAX } else { parts.len() - plain };
        let start = if plain == 0 { Path::new(".") } else { &top };
        if !start.is_dir() {
            return Ok(Vec::new());
        }
        let matcher = self.glob.0.compile_matcher();
        let mut folders = Vec::new();
        let entries = WalkDir::new(start).max_depth(depth).sort_by_file_name().into_iter();
        for entry in entries.filter_entry(|entry| entry.depth() == 0 || entry.file_name() != ".git") {
            let entry = entry?;
            let path = entry.path().strip_prefix(".").unwrap_or(entry.path());
            if entry.file_type().is_dir() && (matcher.is_match(path) || path == Path::new(&self.text)) {
                folders.push(path.to_owned());
            }
        }
        Ok(folders)
    }
}

/// What a command did in one folder.
struct Done {
    folder: String,
    answer: Answer,
    /// What it said meanwhile.
    printer: Arc<Printer>,
}

impl Done {
    fn of(context: &Context, folder: PathBuf, run: impl Fn(&Context) -> Result<Answer>) -> Self {
        let printer = Arc::new(context.printer.holding());
        let context = context.in_folder(&folder, printer.clone());
        let answer = run(&context).unwrap_or_else(|error| Answer::failed(&error));
        Self { folder: folder.to_string_lossy().into_owned(), answer, printer }
    }
}

/// The answer of all folders, after what each had to say.
fn together(printer: &Printer, done: Vec<Done>) -> Answer {
    let outcome = Outcome::worst(done.iter().map(|it| it.answer.outcome));
    let (mut text, mut summary) = (String::new(), String::new());
    let (mut folders, mut failed) = (Vec::new(), Vec::new());
    let verbatim = done.iter().any(|it| it.answer.verbatim);
    let count = counted(done.len(), "folder");
    for Done { folder, answer, printer: own } in done {
        printer.say_held(&own, &folder);
        answer.problem.iter().for_each(|problem| printer.problem_in(&folder, problem));
        text += &answer.text;
        summary += &answer.summary.unwrap_or_default();
        let error = answer.problem.as_ref().map(ProblemOutput::from);
        let warnings = own.warnings().iter().map(ProblemOutput::from).collect();
        if answer.outcome.is_failure() {
            failed.push(folder.clone());
        }
        folders.push(FolderOutput {
            folder,
            outcome: answer.outcome,
            error,
            warnings,
            output: answer.output,
        });
    }
    let why = format!("{} of {count} failed: {}", failed.len(), listed(&failed));
    let answer = Answer { verbatim, ..Answer::new(outcome) }.because(Diagnostic::new(why)).text(text);
    let answer = answer.output(Output::Folders(FoldersOutput { folders }));
    if summary.is_empty() { answer } else { answer.summary(summary) }
}
