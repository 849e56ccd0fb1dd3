//! Init: a first pipeline file, from what is in its folder.
//!
//! What it writes was rendered before, for every environment. What cannot be rendered, and what
//! deploys the same as something else, stands in the file as a comment that says why.
//!
//! ```text
//! find ─► attempt ─► choose ─► images ─► write
//! ```
//!
//! - [`find`]: all that there is, one file a kind: `charts`, `kustomizations`, `jsonnet`, `manifests`,
//!   `configuration`, `compose`; `environments` are told by names of folders; `folder` and `read` read
//! - [`mod@attempt`]: renders each [`candidate`], in its `variants`, on the `bench`; `marks` are what is
//!   left to be filled in
//! - [`choice`]: which of them become steps
//! - [`images`]: what the manifests run
//! - [`plan`], `text`: the file

mod attempt;
mod bench;
mod candidate;
mod charts;
mod choice;
mod compose;
mod configuration;
mod dns_label;
mod environments;
mod find;
mod folder;
mod images;
mod jsonnet;
mod kustomizations;
mod manifests;
mod marks;
mod plan;
mod read;
mod text;
mod variants;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rayon::prelude::*;

use attempt::{Attempt, Failed, attempt};
use bench::Bench;
pub use candidate::{Candidate, Step};
pub use choice::Choose;
use dns_label::dns_label;
use find::Found;
pub use images::FoundImage;
pub use plan::{LeftOut, Plan};

use crate::config;
use crate::render::Rendering;
use crate::scratch::file_beside;
use crate::vocabulary::{Diagnostic, Place};

/// What the file is to say beside what is found.
pub struct InitRequest<'a> {
    /// The pipeline file that is written. Templates are looked for in its folder.
    pub file: PathBuf,
    /// The name of the folder when absent.
    pub application: Option<String>,
    pub repository: String,
    /// The process environment, for tools.
    pub process: Vec<(String, String)>,
    pub choose: Choose<'a>,
}

/// What was written.
#[derive(Debug, Clone)]
pub struct Written {
    pub file: PathBuf,
    pub plan: Plan,
    /// What each environment renders; empty when nothing was found that does.
    pub renderings: Vec<Rendering>,
}

/// Writes a first pipeline file. One that is there already is left alone, which is an error.
pub fn init(request: &InitRequest) -> Result<Written> {
    let file = &request.file;
    if fs::symlink_metadata(file).is_ok() {
        return Err(exists(file));
    }
    let folder = match file.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let application = match &request.application {
        Some(name) => name.clone(),
        None => dns_label(&folder_name(folder)?),
    };
    let Found { candidates, configuration, compose } = find::search(folder)?;
    if let (Some(compose), true) = (compose, candidates.is_empty()) {
        return Err(compose::refused(&compose));
    }
    let repository = request.repository.clone();
    let base = Plan { application, repository, configuration, ..Plan::default() };
    // The names on the command line are checked before anything is tried.
    config::parse(&text::text(&base)?, file).context("cannot write a pipeline file with this")?;
    let bench = Bench { file, root: folder, process: &request.process, base };
    let attempts: Vec<_> = candidates.into_par_iter().map(|candidate| attempt(candidate, &bench)).collect();
    let mut plan = planned(attempts, &bench, request.choose)?;
    let renderings = settled(&mut plan, &bench)?;
    write(file, folder, &text::text(&plan)?)?;
    Ok(Written { file: file.clone(), plan, renderings })
}

/// What becomes of the attempts. Where nothing renders, the first stands in the file all the same.
fn planned(attempts: Vec<Result<Attempt, Failed>>, bench: &Bench, choose: Choose) -> Result<Plan> {
    let (mut rendered, mut failed) = (Vec::new(), Vec::new());
    for attempt in attempts {
        match attempt {
            Ok(attempt) => rendered.push(attempt),
            Err(it) => failed.push(it),
        }
    }
    let (chosen, mut left_out) = choice::choose(rendered, choose)?;
    let mut candidates = Vec::new();
    for Attempt { candidate, left_out: files, .. } in chosen {
        left_out.extend(files);
        candidates.push(candidate);
    }
    failed.sort_by_key(|failed| failed.candidate.rank());
    let mut failed = failed.into_iter();
    let mut failure = None;
    if candidates.is_empty()
        && let Some(Failed { candidate, error }) = failed.next()
    {
        failure = Some(LeftOut::failed(&candidate, "cannot be rendered", &error, bench.file));
        candidates.push(candidate);
    }
    left_out
        .extend(failed.map(|it| LeftOut::failed(&it.candidate, "cannot be rendered", &it.error, bench.file)));
    Ok(Plan { candidates, left_out, failure, ..bench.base.clone() })
}

/// Renders the plan as a whole, and puts the images into it. What renders alone and not with the
/// others is left out.
fn settled(plan: &mut Plan, bench: &Bench) -> Result<Vec<Rendering>> {
    loop {
        match bench.render(plan) {
            Ok(renderings) => {
                plan.images = images::find(&renderings, &plan.application);
                return if plan.images.is_empty() { Ok(renderings) } else { bench.render(plan) };
            }
            Err(_) if plan.candidates.len() <= 1 => return Ok(Vec::new()),
            Err(error) => {
                let Some(last) = plan.candidates.pop() else { return Err(error) };
                let why = "cannot be rendered together with the steps above";
                plan.left_out.push(LeftOut::failed(&last, why, &error, bench.file));
            }
        }
    }
}

impl Written {
    /// A command that shows what the file gives, or what is still wrong.
    pub fn next(&self) -> String {
        if self.renderings.is_empty() {
            return "towline validate".to_owned();
        }
        let mut command = "towline render".to_owned();
        if let Some(environment) = self.plan.environments().first() {
            command += &format!(" {environment}");
        }
        command += " --release 0.1.0";
        for image in &self.plan.images {
            command += &format!(" --image {}=0.1.0", image.name);
        }
        command
    }
}

/// Writes the file as a whole, or not at all when somebody was faster.
fn write(file: &Path, folder: &Path, text: &str) -> Result<()> {
    let context = || format!("cannot write {}", file.display());
    let mut scratch = file_beside(folder, ".towline-").with_context(context)?;
    scratch.write_all(text.as_bytes()).with_context(context)?;
    match scratch.persist_noclobber(file) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Err(exists(file)),
        Err(error) => Err(error.error).with_context(context),
    }
}

fn exists(file: &Path) -> anyhow::Error {
    Diagnostic::refused("the file already exists")
        .at(Place::file(file))
        .hint(format!(
            "check it with `towline validate --file {}`, or pass another path with `--file`",
            file.display()
        ))
        .into()
}

fn folder_name(folder: &Path) -> Result<String> {
    let real = folder.canonicalize().with_context(|| format!("cannot read {}", folder.display()))?;
    Ok(real.file_name().unwrap_or_default().to_string_lossy().into_owned())
}
