//! `towline validate`: everything that can be known without a forge.

use anyhow::Result;
use serde_json::{Value, json};

use super::context::Context;
use super::release_args::ReleaseArgs;
use crate::config::{Pipeline, Step};
use crate::render::{self, RenderRequest, Rendering};
use crate::report::{Answer, Problem, ci, json};
use crate::vocabulary::{Diagnostic, Outcome};

/// Check the pipeline file, and that every environment renders
///
/// Needs no forge and no release: an image without a tag gets one that stands for it.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    release: ReleaseArgs,
}

/// The version and the tag of a release that is not there yet. A chart's version may be this, too.
const PLACEHOLDER: &str = "0.0.0-validate";

impl Args {
    /// JSON: `application`, `environments`: a list of `{"name", "resources": number, "warnings",
    /// "error"?}`.
    pub fn run(&self, context: &Context) -> Result<Answer> {
        let pipeline = context.pipeline()?;
        let args = with_placeholders(&self.release, &pipeline);
        let release = context.release(&pipeline, &args)?;
        let mut text =
            format!("{}: {}\n", pipeline.file.display(), counted(pipeline.environments.len(), "environment"));
        let inputs = context.inputs(&args);
        let request = |environment| RenderRequest {
            pipeline: &pipeline,
            environment,
            release: &release,
            inputs: &inputs,
        };
        let requests: Vec<_> = pipeline.environments.iter().map(request).collect();
        let mut records = Vec::new();
        let mut failed = 0;
        for (environment, rendering) in pipeline.environments.iter().zip(render::render_all(&requests)) {
            // What a later step lacks is told first: it would stop every command.
            let rendering = pipeline.check_supported(environment, Step::Promote).and(rendering);
            let (line, record) = match rendering {
                Ok(rendering) => {
                    rendering.warnings.iter().for_each(|warning| context.printer.warning(warning));
                    describe(&rendering)
                }
                Err(error) => {
                    failed += 1;
                    context.printer.error(&error);
                    let error = json::problem(&Problem::from(&error));
                    ("failed".to_owned(), json!({"name": environment.name, "error": error}))
                }
            };
            text += &format!("{}: {line}\n", environment.name);
            records.push(record);
        }
        let outcome = if failed == 0 { Outcome::Done } else { Outcome::Error };
        let why =
            format!("{failed} of {} cannot be rendered", counted(pipeline.environments.len(), "environment"));
        Ok(Answer::new(outcome)
            .because(Diagnostic::new(why))
            .summary(ci::fenced(&text))
            .text(text)
            .field("application", pipeline.application.as_str())
            .field("environments", records))
    }
}

fn describe(rendering: &Rendering) -> (String, Value) {
    let count = rendering.targets.iter().map(|target| target.resources.len()).sum();
    let warnings =
        rendering.warnings.iter().map(|warning| Value::Object(json::problem(&Problem::from(warning))));
    let record = json!({
        "name": rendering.environment,
        "resources": count,
        "warnings": warnings.collect::<Value>(),
    });
    (counted(count, "resource"), record)
}

fn with_placeholders(args: &ReleaseArgs, pipeline: &Pipeline) -> ReleaseArgs {
    let mut args = args.clone();
    args.release.get_or_insert_with(|| PLACEHOLDER.to_owned());
    if args.images.is_empty() {
        // A later one wins, so these are no more than defaults.
        let defaults = pipeline.images.iter().map(|image| format!("{}={PLACEHOLDER}", image.name));
        args.image = defaults.chain(args.image).collect();
    }
    args
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
