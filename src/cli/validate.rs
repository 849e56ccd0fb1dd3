//! `towline validate`: checks everything that can be checked without a forge.

use anyhow::Result;

use super::all::AllArgs;
use super::context::Context;
use super::release_args::ReleaseArgs;
use crate::config::{Environment, Pipeline};
use crate::render::{self, RenderRequest, Rendering, unjudged};
use crate::report::output::{
    InvalidEnvironment, Output, ValidEnvironment, ValidateOutput, ValidatedEnvironment,
};
use crate::report::{Answer, Problem};
use crate::source_status;
use crate::vocabulary::text::{code_block, counted, listed};
use crate::vocabulary::{Diagnostic, Outcome};

const EXAMPLES: &str = "\
Examples:
  towline validate
  towline validate -f deploy/towline.yaml --set replicas=3
  towline validate --all 'apps/*'";

/// Check the pipeline file, and that every environment renders
///
/// Needs neither a forge nor a release: images without a tag get a placeholder.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    all: AllArgs,
    #[command(flatten)]
    release: ReleaseArgs,
}

/// Version and tags of the placeholder release. Also valid as the version of a chart.
const PLACEHOLDER: &str = "0.0.0-validate";

impl Args {
    pub fn run(&self, context: &Context) -> Result<Answer> {
        self.all.run(context, |context| self.check(context))
    }

    fn check(&self, context: &Context) -> Result<Answer> {
        let pipeline = context.pipeline_for(&self.release)?;
        let args = with_placeholders(&self.release, &pipeline);
        let release = context.release(&pipeline, &args)?;
        let mut text =
            format!("{}: {}\n", pipeline.file.display(), counted(pipeline.environments.len(), "environment"));
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
        let mut environments = Vec::new();
        let mut failed = 0;
        for (environment, rendering) in pipeline.environments.iter().zip(render::render_all(&requests)) {
            // Check the later steps first: what is missing there stops every command.
            let rendering = pipeline.check_supported(environment).and(rendering);
            let (line, checked) = match rendering {
                Ok(rendering) => {
                    rendering.warnings.iter().for_each(|warning| context.printer.warning(warning));
                    note_unknown(context, environment, &rendering);
                    let valid = ValidEnvironment::from(&rendering);
                    (counted(valid.resources, "resource"), ValidatedEnvironment::Valid(valid))
                }
                Err(error) => {
                    failed += 1;
                    context.printer.error(&error);
                    let (name, error) = (environment.name.clone(), (&Problem::from(&error)).into());
                    let invalid = InvalidEnvironment { name, error };
                    ("failed".to_owned(), ValidatedEnvironment::Invalid(invalid))
                }
            };
            text += &format!("{}: {line}\n", environment.name);
            environments.push(checked);
        }
        let output = ValidateOutput { application: pipeline.application.clone(), environments };
        let outcome = if failed == 0 { Outcome::Done } else { Outcome::Error };
        let why =
            format!("{failed} of {} cannot be rendered", counted(pipeline.environments.len(), "environment"));
        Ok(Answer::new(outcome)
            .because(Diagnostic::new(why))
            .summary(code_block("text", &text))
            .text(text)
            .output(Output::Validate(output)))
    }
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
