//! `towline render`: prints manifests, writes them to a folder, shows a diff, or explains variables.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::all::AllArgs;
use super::context::Context;
use super::release_args::ReleaseArgs;
use crate::config::{Environment, Pipeline};
use crate::gitops::{Destinations, Opened};
use crate::propose::{self, Changes};
use crate::render::edits::Change;
use crate::render::{self, Deployed, Edit, RenderRequest, Rendering};
use crate::report::output::{
    ChangedEnvironment, EnvironmentOutput, Output, RenderOutput, RenderedEnvironment,
};
use crate::report::{Answer, diff, explain};
use crate::vocabulary::{Diagnostic, Outcome, Warning, WarningId};

const EXAMPLES: &str = "\
Examples:
  towline render dev --release 1.4.0 --image web=1.4.0
  towline render prod --release 1.4.0 --image web=1.4.0 --diff
  towline render --release 1.4.0 --images images.json -o out
  towline render prod --explain
  towline render --all 'apps/*' --release 1.4.0 -o out";

/// Render manifests to stdout or into a folder
///
/// Without options, prints the manifests as one YAML stream.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, group = clap::ArgGroup::new("what").multiple(false))]
pub struct Args {
    /// Environments to render [default: all]
    #[arg(value_name = "ENV")]
    environments: Vec<String>,
    /// Write the files to this folder, with their paths in the GitOps repository; with --all, to
    /// DIR/FOLDER for each
    #[arg(short = 'o', long, value_name = "DIR", value_hint = clap::ValueHint::DirPath, group = "what")]
    output_dir: Option<PathBuf>,
    /// Show what would change in the GitOps repository, resource by resource
    #[arg(long, group = "what")]
    diff: bool,
    /// Show where the value of each variable comes from
    #[arg(long, group = "what")]
    explain: bool,
    #[command(flatten)]
    all: AllArgs,
    #[command(flatten)]
    release: ReleaseArgs,
}

impl Args {
    pub fn run(&self, context: &Context) -> Result<Answer> {
        if self.diff {
            let opened = Opened::default();
            return self.all.run_in_turn(context, |context| self.render(context, &opened));
        }
        self.all.run(context, |context| self.render(context, &Opened::default()))
    }

    fn render(&self, context: &Context, opened: &Opened) -> Result<Answer> {
        let output_dir = self.output_dir(context);
        let output_dir = output_dir.as_deref();
        let pipeline = context.pipeline_for(&self.release)?;
        let environments = selected(&pipeline, &self.environments)?;
        let release = context.release(&pipeline, &self.release)?;
        let inputs = context.inputs(&pipeline, &self.release)?;
        let destinations = context.destinations_sharing(&pipeline, opened);
        let deployed = self.deployed(context, &destinations, &environments, output_dir)?;
        let requests = environments.iter().zip(&deployed).map(|(environment, deployed)| RenderRequest {
            pipeline: &pipeline,
            environment,
            release: &release,
            inputs: &inputs,
            deployed: deployed.as_ref(),
        });
        let requests: Vec<_> = requests.collect();
        let mut renderings = Vec::new();
        for (environment, rendering) in environments.into_iter().zip(render::render_all(&requests)) {
            let rendering = rendering?;
            rendering.warnings.iter().for_each(|warning| context.printer.warning(warning));
            renderings.push((environment, rendering));
        }
        let written = match output_dir {
            Some(folder) => write(context, &pipeline, folder, &renderings)?,
            None => Vec::new(),
        };
        let (answer, environments) = match output_dir {
            Some(folder) => show_written(folder, &renderings, &written),
            None if self.diff => show_diff(context, &destinations, &renderings)?,
            None if self.explain => show_variables(context, &renderings),
            None => show_manifests(context, &renderings),
        };
        Ok(answer.output(Output::Render(RenderOutput {
            application: pipeline.application.clone(),
            release: (&release).into(),
            folder: output_dir.map(|folder| folder.to_string_lossy().into_owned()),
            environments,
        })))
    }
}

impl Args {
    /// Where files go: with `--all`, each folder has one of its own there.
    fn output_dir(&self, context: &Context) -> Option<PathBuf> {
        let below = |top: &PathBuf| context.folder.as_ref().map_or(top.clone(), |folder| top.join(folder));
        self.output_dir.as_ref().map(below)
    }

    /// What git has of each environment, where a step keeps a part of it.
    fn deployed<'a>(
        &self,
        context: &Context,
        destinations: &Destinations<'a>,
        environments: &[&'a Environment],
        output_dir: Option<&Path>,
    ) -> Result<Vec<Option<Deployed>>> {
        if !Deployed::is_needed(destinations.pipeline) || self.explain {
            return Ok(vec![None; environments.len()]);
        }
        if let Some(folder) = output_dir {
            return Ok(environments.iter().map(|it| Some(Deployed::on_disk(folder, it))).collect());
        }
        if self.diff {
            let read = |it: &&'a Environment| destinations.open(it)?.deployed_manifests().map(Some);
            return environments.iter().map(read).collect();
        }
        let note = "generated values that are kept in git are new here: it was not read";
        context.printer.note(&Diagnostic::new(note).hint("`--diff` shows what `propose` would keep"));
        Ok(vec![None; environments.len()])
    }
}

/// The named environments in the order of the pipeline, or all if none is named.
fn selected<'a>(pipeline: &'a Pipeline, names: &[String]) -> Result<Vec<&'a Environment>> {
    for name in names {
        pipeline.environment(name)?;
    }
    let is_selected = |environment: &&Environment| names.is_empty() || names.contains(&environment.name);
    Ok(pipeline.environments.iter().filter(is_selected).collect())
}

type Rendered<'a> = (&'a Environment, Rendering);

/// Writes all renderings, and returns the warnings of each.
fn write(
    context: &Context,
    pipeline: &Pipeline,
    folder: &Path,
    renderings: &[Rendered],
) -> Result<Vec<Vec<Warning>>> {
    let write = |(_, rendering): &Rendered| {
        let warnings = rendering.write_to(folder)?;
        context.warn(pipeline, &warnings)?;
        Ok(warnings)
    };
    renderings.iter().map(write).collect()
}

/// What people see, and what programs see of each environment.
type Shown = (Answer, Vec<EnvironmentOutput>);

fn done() -> Answer {
    Answer::new(Outcome::Done)
}

fn show_written(folder: &Path, renderings: &[Rendered], warnings: &[Vec<Warning>]) -> Shown {
    let mut text = String::new();
    for ((environment, rendering), not_edited) in renderings.iter().zip(warnings) {
        let count = rendering.files.len();
        text += &format!("{}: {count} files in {}", environment.name, folder.display());
        text += &match rendering.edits.len() - not_edited.len() {
            0 => "\n".to_owned(),
            edited => format!(", {edited} edited\n"),
        };
    }
    (done().text(text), manifests(renderings, false))
}

fn show_manifests(context: &Context, renderings: &[Rendered]) -> Shown {
    for (environment, rendering) in renderings {
        let edits = rendering.edits.iter();
        edits.for_each(|edit| context.printer.note(&beside_the_manifests(environment, edit)));
    }
    let text: String = renderings.iter().map(|(_, rendering)| rendering.stream()).collect();
    (done().document(text), manifests(renderings, true))
}

fn manifests(renderings: &[Rendered], with_content: bool) -> Vec<EnvironmentOutput> {
    let environment = |(_, rendering): &Rendered| RenderedEnvironment::new(rendering, with_content);
    renderings.iter().map(environment).map(EnvironmentOutput::Manifests).collect()
}

/// Edits are not manifests, so they are not part of the stream.
fn beside_the_manifests(environment: &Environment, edit: &Edit) -> Diagnostic {
    let what = match &edit.change {
        Change::Set(set) => {
            let keys: Vec<String> = set.iter().map(|(key, _)| format!("`{key}`")).collect();
            format!("sets {}", keys.join(", "))
        }
        Change::AddPackage(package) => format!("adds {} {}", package.name, package.version),
    };
    Diagnostic::new(format!("{} also {what} in {}", environment.name, edit.file)).hint("`--diff` shows how")
}

fn show_variables(context: &Context, renderings: &[Rendered]) -> Shown {
    let mut tables = Vec::new();
    for (environment, rendering) in renderings {
        for target in &rendering.targets {
            let heading = match target.name == environment.name {
                true => environment.name.clone(),
                false => format!("{}, target {}", environment.name, target.name),
            };
            let heading = match &context.folder {
                Some(folder) => format!("{}: {heading}", folder.display()),
                None => heading,
            };
            let table = explain::table(&target.variables, context.printer.stdout);
            let is_one_of_many =
                renderings.len() > 1 || rendering.targets.len() > 1 || context.folder.is_some();
            tables.push(if is_one_of_many { format!("{heading}:\n{table}") } else { table });
        }
    }
    let list = renderings.iter().map(|(_, rendering)| EnvironmentOutput::Variables(rendering.into()));
    (done().text(tables.join("\n")), list.collect())
}

/// The unified diff against the tip of each environment's branch.
fn show_diff<'a>(
    context: &Context,
    destinations: &Destinations<'a>,
    renderings: &[Rendered<'a>],
) -> Result<Shown> {
    let mut text = String::new();
    let mut list = Vec::new();
    for (environment, rendering) in renderings {
        let destination = context.open(destinations, environment)?;
        let base = destination.base_tip()?;
        let changes = Changes::between(&destination, base, rendering)?;
        text += &diff::text(&changes, context.printer.stdout);
        let (name, base, drift) = (environment.name.clone(), base.to_string(), changes.drift.clone());
        if !drift.is_empty() {
            let warning = Warning::new(WarningId::Drift, propose::drift_in(&name, &drift));
            context.warn(destinations.pipeline, &[warning])?;
        }
        list.push(EnvironmentOutput::Changes(ChangedEnvironment { name, base, changes, drift }));
    }
    Ok((done().document(text), list))
}
