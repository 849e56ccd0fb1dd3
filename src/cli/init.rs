//! `towline init`: writes a first pipeline file.

use std::io::{BufRead, Write};

use anyhow::{Context as _, Result};

use super::context::Context;
use crate::init::{self, InitRequest, Written};
use crate::report::Answer;
use crate::report::output::Output;
use crate::vocabulary::text::counted;
use crate::vocabulary::{Diagnostic, Outcome};

const EXAMPLES: &str = "\
Examples:
  towline init
  towline init --application greeting --repository https://github.com/acme/gitops.git";

/// Write a first pipeline file for the current folder
///
/// Finds charts, kustomizations with their overlays, Jsonnet files and manifests, the images in them,
/// and config/ENVIRONMENT.yaml, and renders every environment before it writes. What cannot be
/// rendered, or deploys the same as something else, becomes a comment. On a terminal, asks which of
/// two that deploy the same to use. Never overwrites a file.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Name of the application [default: the folder's name]
    #[arg(long, value_name = "NAME")]
    application: Option<String>,
    /// GitOps repository: a URL, or the path of a bare repository
    #[arg(long, value_name = "REPOSITORY", default_value = "../gitops.git")]
    repository: String,
}

impl Args {
    pub fn run(&self, context: &Context) -> Result<Answer> {
        let asks = context.process.stdin_is_terminal && context.process.stderr_is_terminal;
        let written = init::init(&InitRequest {
            file: context.global.file.clone(),
            application: self.application.clone(),
            repository: self.repository.clone(),
            process: context.process.variables.clone(),
            choose: if asks { &ask } else { &|_| Ok(0) },
        })?;
        let warnings = written.renderings.iter().flat_map(|rendering| &rendering.warnings);
        warnings.for_each(|warning| context.printer.warning(warning));
        let output = Output::Init((&written).into());
        Ok(Answer::new(Outcome::Done).text(text(&written)).output(output))
    }
}

/// Asks which of several to use, until the answer is one of them.
fn ask(options: &[String]) -> Result<usize> {
    let (mut terminal, mut lines) = (std::io::stderr(), std::io::stdin().lock().lines());
    writeln!(terminal, "These deploy the same. Which one do you use?")?;
    for (number, option) in (1..).zip(options) {
        writeln!(terminal, "  {number}. {option}")?;
    }
    loop {
        write!(terminal, "number [1]: ")?;
        let line = lines.next().transpose().context("cannot read the answer")?;
        let Some(line) = line else { return Err(Diagnostic::usage("there was no answer").into()) };
        match line.trim() {
            "" => return Ok(0),
            answer => match answer.parse::<usize>() {
                Ok(number) if (1..=options.len()).contains(&number) => return Ok(number - 1),
                _ => writeln!(terminal, "Type a number from 1 to {}.", options.len())?,
            },
        }
    }
}

fn text(written: &Written) -> String {
    let plan = &written.plan;
    let mut text = format!("wrote {} for {}\n", written.file.display(), plan.application);
    for candidate in plan.candidates.iter().filter(|_| plan.failure.is_none()) {
        text += &format!("found {}\n", candidate.shown());
    }
    if plan.candidates.is_empty() {
        text += "found no manifests: put them into deploy/, or name their folder in `templates`\n";
    }
    for image in &plan.images {
        text += &format!("found the image {}: {}\n", image.name, image.repository);
    }
    if plan.images.is_empty() && !written.renderings.is_empty() {
        text += "found no image: a release changes nothing until `images` names one, or a template uses \
                 `{{ release.version }}`\n";
    }
    for path in plan.configuration.common.iter().chain(plan.configuration.environments.values()) {
        text += &format!("found {path} (variables)\n");
    }
    for name in plan.values().keys() {
        text += &format!("the templates use `{name}`: give it a value in `variables`\n");
    }
    let left_out = plan.left_out.iter().map(|it| ("left out ", it));
    let failure = plan.failure.iter().map(|it| ("", it));
    for (before, it) in left_out.chain(failure) {
        text += &format!("{before}{}: {}\n", it.what, it.why);
        text += &it.hint.iter().map(|hint| format!("  hint: {hint}\n")).collect::<String>();
    }
    for rendering in &written.renderings {
        let count = rendering.targets.iter().map(|target| target.resources.len()).sum();
        text += &format!("{} renders {}\n", rendering.environment, counted(count, "resource"));
    }
    text + &format!("next: {}\n", written.next())
}
