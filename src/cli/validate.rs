//! `towline validate`: checks everything that can be checked without a forge.

use anyhow::Result;

use super::all::AllArgs;
use super::context::Context;
use super::release_args::ReleaseArgs;
use crate::config::{Environment, Pipeline};
use crate::findings::{self, Grouped};
use crate::render::{self, RenderRequest, Rendering, unjudged};
use crate::report::findings::ReportFile;
use crate::report::output::{
    FindingOutput, InvalidEnvironment, Output, ValidEnvironment, ValidateOutput, ValidatedEnvironment,
};
use crate::report::{Answer, Problem};
use crate::source_status;
use crate::vocabulary::text::{code_block, counted, listed};
use crate::vocabulary::{Diagnostic, FindingId, Outcome, Warning, WarningId};

const EXAMPLES: &str = "\
Examples:
  towline validate
  towline validate -f deploy/towline.yaml --set replicas=3
  towline validate --report sarif=findings.sarif --report junit=findings.xml
  towline validate --all 'apps/*'";

/// Check the pipeline file, and the manifests of every environment
///
/// Renders every environment, and checks the manifests against the schemas of Kubernetes. Needs neither a
/// forge nor a release: images without a tag get a placeholder.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    all: AllArgs,
    #[command(flatten)]
    release: ReleaseArgs,
    /// Also write what is found to a file: sarif, junit or code-quality. May be repeated
    #[arg(long, value_name = "FORMAT=FILE")]
    report: Vec<ReportFile>,
}

/// Version and tags of the placeholder release. Also valid as the version of a chart.
const PLACEHOLDER: &str = "0.0.0-validate";

impl Args {
    pub fn run(&self, context: &Context) -> Result<Answer> {
        let answer = self.all.run(context, |context| self.check(context))?;
        let found: Vec<&ValidateOutput> = match &answer.output {
            Some(Output::Validate(output)) => vec![output],
            Some(Output::Folders(folders)) => folders
                .folders
                .iter()
                .filter_map(|folder| match &folder.output {
                    Some(Output::Validate(output)) => Some(output),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        self.report.iter().try_for_each(|report| report.write(&found))?;
        Ok(answer)
    }

    fn check(&self, context: &Context) -> Result<Answer> {
        let pipeline = context.pipeline_for(&self.release)?;
        let args = with_placeholders(&self.release, &pipeline);
        let release = context.release(&pipeline, &args)?;
        let inputs = context.inputs(&pipeline, &args)?;
        let request = |environment| RenderRequest {
            pipeline: &pipeline,
            environment,
            release: &release,
            inputs: &inputs,
            deployed: None,
        };
        let requests: Vec<_> = pipeline.environments.iter().map(request).collect();
        let unknown = source_status::check(&pipeline, &context.process.variables)?;
        context.warn(&pipeline, &Vec::from_iter(unknown))?;
        // Check the later steps first: what is missing there stops every command.
        let renderings = pipeline.environments.iter().zip(render::render_all(&requests));
        let rendered: Vec<(&Environment, Result<Rendering>)> = renderings
            .map(|(environment, rendering)| {
                (environment, pipeline.check_supported(environment).and(rendering))
            })
            .collect();
        let renderings: Vec<&Rendering> = rendered.iter().filter_map(|(_, it)| it.as_ref().ok()).collect();
        let found = findings::find(&pipeline, &renderings)?;
        for (environment, rendering) in &rendered {
            match rendering {
                Ok(rendering) => {
                    warn(context, rendering, &found);
                    note_unknown(context, environment, rendering);
                }
                Err(error) => context.printer.error(error),
            }
        }
        found.iter().for_each(|it| context.printer.found(level(&pipeline, it), &problem(&pipeline, it)));
        Ok(answer(&pipeline, rendered, &found))
    }
}

/// What the command ends with.
fn answer(
    pipeline: &Pipeline,
    rendered: Vec<(&Environment, Result<Rendering>)>,
    found: &[Grouped],
) -> Answer {
    let mut text =
        format!("{}: {}\n", pipeline.file.display(), counted(pipeline.environments.len(), "environment"));
    let mut environments = Vec::new();
    let mut failed = 0;
    for (environment, rendering) in rendered {
        let name = environment.name.clone();
        let (line, checked) = match rendering {
            Ok(rendering) => {
                let valid = ValidEnvironment::from(&rendering);
                let own = found.iter().filter(|it| it.environments.contains(&name));
                let found = listed(&counts(pipeline, own));
                let resources = counted(valid.resources, "resource");
                let line = if found.is_empty() { resources } else { format!("{resources}, {found}") };
                (line, ValidatedEnvironment::Valid(valid))
            }
            Err(error) => {
                failed += 1;
                let error = (&Problem::from(&error)).into();
                let invalid = InvalidEnvironment { name: name.clone(), error };
                ("failed".to_owned(), ValidatedEnvironment::Invalid(invalid))
            }
        };
        text += &format!("{name}: {line}\n");
        environments.push(checked);
    }
    let errors = found.iter().filter(|it| level(pipeline, it) == "error").count();
    let outcome = if failed + errors == 0 { Outcome::Done } else { Outcome::Error };
    let not_rendered =
        format!("{failed} of {} cannot be rendered", counted(environments.len(), "environment"));
    let why = match (failed, errors) {
        (_, 0) => not_rendered,
        (0, _) => format!("{} in manifests", counted(errors, "error")),
        _ => format!("{not_rendered}; {} in the manifests of the others", counted(errors, "error")),
    };
    let findings = found.iter().map(|it| FindingOutput::new(it, level(pipeline, it))).collect();
    let output = ValidateOutput { application: pipeline.application.clone(), environments, findings };
    Answer::new(outcome)
        .because(Diagnostic::new(why))
        .summary(code_block("text", &text))
        .text(text)
        .output(Output::Validate(output))
}

/// `2 errors`, `1 warning`
fn counts<'a>(pipeline: &Pipeline, found: impl Iterator<Item = &'a Grouped>) -> Vec<String> {
    let (errors, warnings): (Vec<_>, Vec<_>) = found.partition(|it| level(pipeline, it) == "error");
    let counts = [(errors.len(), "error"), (warnings.len(), "warning")];
    counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| counted(count, what)).collect()
}

fn level(pipeline: &Pipeline, found: &Grouped) -> &'static str {
    if found.finding.id.is_error() || pipeline.is_strict { "error" } else { "warning" }
}

/// A finding as it is shown: with the environments that it is in, if it is not in all.
fn problem(pipeline: &Pipeline, found: &Grouped) -> Problem {
    let mut diagnostic = found.finding.diagnostic();
    if !found.environments.is_empty() && found.environments.len() < pipeline.environments.len() {
        diagnostic.message += &format!(" (in {})", listed(&found.environments));
    }
    Problem { id: Some(found.finding.id.as_str()), ..Problem::from(diagnostic) }
}

/// Says the warnings of rendering, but not that a value has the wrong type where that is a finding.
fn warn(context: &Context, rendering: &Rendering, found: &[Grouped]) {
    let is_found = |warning: &Warning| {
        let same = found.iter().map(|it| &it.finding).filter(|it| it.id == FindingId::WrongType);
        let mut starts = same.filter_map(|it| {
            let id = it.resource.as_ref()?;
            Some(format!("`{}` of {} `{}` is ", it.path, id.kind, id.name))
        });
        warning.id == WarningId::FieldType
            && starts.any(|start| warning.diagnostic.message.starts_with(&start))
    };
    let warnings = rendering.warnings.iter().filter(|warning| !is_found(warning));
    warnings.for_each(|warning| context.printer.warning(warning));
}

/// Custom resources of which Towline does not know either whether the operator can judge them.
fn note_unknown(context: &Context, environment: &Environment, rendering: &Rendering) {
    let kinds = Vec::from_iter(unjudged::unknown(environment, &rendering.targets));
    if kinds.is_empty() {
        return;
    }
    let note = format!(
        "{}: Flux judges {} by the condition `Ready`; without a status they are healthy as soon as they are applied",
        environment.name,
        listed(&kinds)
    );
    context.printer.note(&Diagnostic::new(note));
}

fn with_placeholders(args: &ReleaseArgs, pipeline: &Pipeline) -> ReleaseArgs {
    let mut args = args.clone();
    args.release.get_or_insert_with(|| PLACEHOLDER.to_owned());
    if args.images.is_empty() {
        // Later arguments win, so these are only defaults.
        let defaults = pipeline.images.iter().map(|image| format!("{}={PLACEHOLDER}", image.name));
        args.image = defaults.chain(args.image).collect();
    }
    args
}
