//! `towline render`: to stdout as one YAML stream, into a folder, as a difference, or explained.

use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::{Value, json};

use super::context::Context;
use super::release_args::ReleaseArgs;
use crate::config::{Environment, Pipeline};
use crate::propose::Changes;
use crate::render::edits::Change;
use crate::render::{self, Edit, RenderRequest, RenderedTarget, Rendering, Resource};
use crate::report::{Answer, Problem, diff, explain, json, records};
use crate::vocabulary::{Diagnostic, Outcome};

/// Render manifests: to stdout, or into a folder
///
/// Without options, the manifests are printed as one YAML stream.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").multiple(false))]
pub struct Args {
    /// The environments; all of them when none is named
    #[arg(value_name = "ENV")]
    environments: Vec<String>,
    /// Write the files as they would stand in the GitOps repository
    #[arg(short = 'o', long, value_name = "DIR", value_hint = clap::ValueHint::DirPath, group = "what")]
    output_dir: Option<PathBuf>,
    /// Show what would change in the GitOps repository, resource by resource
    #[arg(long, group = "what")]
    diff: bool,
    /// Show where the value of each variable comes from
    #[arg(long, group = "what")]
    explain: bool,
    #[command(flatten)]
    release: ReleaseArgs,
}

impl Args {
    /// JSON: `application`, `release` (see [`records::release`]), `warnings`, `environments`: a
    /// list of `{"name", "targets": [{"name", "path", …}]}`. A target has `resources` or, with
    /// `--explain`, `variables`; with `--diff` an environment has `changes` instead of
    /// `targets`. Beside `resources` stand `edits`, see [`edits`].
    pub fn run(&self, context: &Context) -> Result<Answer> {
        let pipeline = context.pipeline()?;
        let environments = selected(&pipeline, &self.environments)?;
        let release = context.release(&pipeline, &self.release)?;
        let inputs = context.inputs(&self.release);
        let request = |environment| RenderRequest {
            pipeline: &pipeline,
            environment,
            release: &release,
            inputs: &inputs,
        };
        let requests: Vec<_> = environments.iter().copied().map(request).collect();
        let mut renderings = Vec::new();
        for (environment, rendering) in environments.into_iter().zip(render::render_all(&requests)) {
            let rendering = rendering?;
            rendering.warnings.iter().for_each(|warning| context.printer.warning(warning));
            renderings.push((environment, rendering));
        }
        let written = match &self.output_dir {
            Some(folder) => write(context, folder, &renderings)?,
            None => Vec::new(),
        };
        let warnings = renderings.iter().flat_map(|(_, rendering)| &rendering.warnings);
        let warnings = warnings.chain(written.iter().flatten());
        let warnings = warnings.map(|warning| Value::Object(json::problem(&Problem::from(warning))));
        let answer = Answer::new(Outcome::Done)
            .field("application", pipeline.application.as_str())
            .field("release", records::release(&release))
            .field("warnings", warnings.collect::<Value>());
        match &self.output_dir {
            Some(folder) => Ok(show_written(answer, folder, &renderings, &written)),
            None if self.diff => show_diff(answer, context, &pipeline, &renderings),
            None if self.explain => Ok(show_variables(answer, context, &renderings)),
            None => Ok(show_manifests(answer, context, &renderings)),
        }
    }
}

/// The named environments in the order of the pipeline; all of them when none is named.
fn selected<'a>(pipeline: &'a Pipeline, names: &[String]) -> Result<Vec<&'a Environment>> {
    for name in names {
        pipeline.environment(name)?;
    }
    let is_selected = |environment: &&Environment| names.is_empty() || names.contains(&environment.name);
    Ok(pipeline.environments.iter().filter(is_selected).collect())
}

type Rendered<'a> = (&'a Environment, Rendering);

/// Writes them all; the warnings of each.
fn write(context: &Context, folder: &Path, renderings: &[Rendered]) -> Result<Vec<Vec<Diagnostic>>> {
    let write = |(_, rendering): &Rendered| {
        let warnings = rendering.write_to(folder)?;
        warnings.iter().for_each(|warning| context.printer.warning(warning));
        Ok(warnings)
    };
    renderings.iter().map(write).collect()
}

fn show_written(
    answer: Answer,
    folder: &Path,
    renderings: &[Rendered],
    warnings: &[Vec<Diagnostic>],
) -> Answer {
    let mut text = String::new();
    for ((environment, rendering), not_edited) in renderings.iter().zip(warnings) {
        let count = rendering.files.len();
        text += &format!("{}: {count} files in {}", environment.name, folder.display());
        text += &match rendering.edits.len() - not_edited.len() {
            0 => "\n".to_owned(),
            edited => format!(", {edited} edited\n"),
        };
    }
    let list = renderings.iter().map(|(_, rendering)| with_resources(rendering, false));
    answer.text(text).field("folder", folder.to_string_lossy()).field("environments", list.collect::<Value>())
}

fn show_manifests(answer: Answer, context: &Context, renderings: &[Rendered]) -> Answer {
    for (environment, rendering) in renderings {
        let edits = rendering.edits.iter();
        edits.for_each(|edit| context.printer.note(&beside_the_manifests(environment, edit)));
    }
    let text: String = renderings.iter().map(|(_, rendering)| rendering.stream()).collect();
    let list = renderings.iter().map(|(_, rendering)| with_resources(rendering, true));
    answer.document(text).field("environments", list.collect::<Value>())
}

/// Edits are no manifests, so the stream cannot have them.
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

/// `[{"file", "set": {path: value}}]`, or with `package` (`name`, `version`, `digest`) for the
/// index of a chart repository.
fn edits(rendering: &Rendering) -> Value {
    let record = |edit: &Edit| match &edit.change {
        Change::Set(set) => {
            let set = set.iter().map(|(path, value)| (path.to_string(), value.clone()));
            json!({"file": edit.file, "set": set.collect::<Value>()})
        }
        Change::AddPackage(package) => {
            let digest = format!("sha256:{}", package.digest());
            let package = json!({"name": package.name, "version": package.version, "digest": digest});
            json!({"file": edit.file, "package": package})
        }
    };
    rendering.edits.iter().map(record).collect()
}

fn show_variables(answer: Answer, context: &Context, renderings: &[Rendered]) -> Answer {
    let mut tables = Vec::new();
    for (environment, rendering) in renderings {
        for target in &rendering.targets {
            let heading = match target.name == environment.name {
                true => environment.name.clone(),
                false => format!("{}, target {}", environment.name, target.name),
            };
            let table = explain::table(&target.variables, context.printer.stdout);
            tables.push(if renderings.len() > 1 || rendering.targets.len() > 1 {
                format!("{heading}:\n{table}")
            } else {
                table
            });
        }
    }
    let list = renderings.iter().map(|(_, rendering)| {
        environment(rendering, |target| ("variables", explain::list(&target.variables)))
    });
    answer.text(tables.join("\n")).field("environments", list.collect::<Value>())
}

/// The unified diff against the tip of each environment's branch.
fn show_diff(
    answer: Answer,
    context: &Context,
    pipeline: &Pipeline,
    renderings: &[Rendered],
) -> Result<Answer> {
    let mut text = String::new();
    let mut list = Vec::new();
    for (environment, rendering) in renderings {
        let repository = context.gitops(pipeline, environment)?.repository;
        let base = repository.branch_tip(&environment.gitops.branch)?;
        let changes = Changes::between(&repository, base, rendering)?;
        text += &diff::text(&changes, context.printer.stdout);
        list.push(
            json!({"name": environment.name, "base": base.to_string(), "changes": diff::record(&changes)}),
        );
    }
    Ok(answer.document(text).field("environments", list))
}

fn environment(rendering: &Rendering, what: impl Fn(&RenderedTarget) -> (&'static str, Value)) -> Value {
    let targets = rendering.targets.iter().map(|target| {
        let (name, value) = what(target);
        let mut record = json!({"name": target.name, "path": target.path});
        record[name] = value;
        record
    });
    json!({"name": rendering.environment, "descriptor": rendering.descriptor, "targets": targets.collect::<Value>()})
}

fn with_resources(rendering: &Rendering, with_manifests: bool) -> Value {
    let mut record = environment(rendering, |target| ("resources", resources(target, with_manifests)));
    record["edits"] = edits(rendering);
    record
}

fn resources(target: &RenderedTarget, with_manifests: bool) -> Value {
    let record = |resource: &Resource| {
        let mut record = json!({
            "apiVersion": resource.id.api_version,
            "kind": resource.id.kind,
            "namespace": resource.id.namespace,
            "name": resource.id.name,
            "file": resource.file,
            "template": json::place(&resource.origin),
        });
        if with_manifests {
            record["manifest"] = resource.manifest.clone();
        }
        record
    };
    target.resources.iter().map(record).collect()
}
