//! `towline verify [ENV]`: renders what is deployed again, and compares.

use anyhow::{Context as _, Result};

use super::context::Context;
use crate::config::Environment;
use crate::promote::verify::{self, DifferenceKind, Verified};
use crate::report::Answer;
use crate::report::output::{Output, VerifyOutput};
use crate::variables::Inputs;
use crate::vocabulary::text::{code_block, counted, one_line};
use crate::vocabulary::{Diagnostic, Outcome};

const EXAMPLES: &str = "\
Examples:
  towline verify
  towline verify prod
  towline verify prod --statement > prod.intoto.json";

/// Check that what is deployed is what its release renders to
///
/// Renders the release that the GitOps repository records again, and compares every file. Needs the
/// source of that release: check its commit out first. Exit with 5 if a file differs.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Environment to verify [default: all]
    #[arg(value_name = "ENV")]
    environment: Option<String>,
    /// Print an in-toto statement with SLSA provenance of what is deployed, to be signed. Needs ENV
    #[arg(long, requires = "environment")]
    statement: bool,
    /// Set a variable, as it was set for the release. May be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Read variables from a file, as for the release. May be repeated
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    vars: Vec<std::path::PathBuf>,
}

impl Args {
    pub fn run(&self, context: &Context) -> Result<Answer> {
        let pipeline = context.pipeline()?;
        let args = super::release_args::ReleaseArgs {
            set: self.set.clone(),
            vars: self.vars.clone(),
            ..Default::default()
        };
        let inputs: Inputs = context.inputs(&pipeline, &args)?;
        let destinations = context.destinations(&pipeline);
        let environments: Vec<&Environment> = match &self.environment {
            Some(name) => vec![pipeline.environment(name)?],
            None => pipeline.environments.iter().collect(),
        };
        let mut found = Vec::new();
        for environment in environments {
            let verified = verify::verify(&destinations, environment, &inputs)
                .with_context(|| format!("cannot verify environment `{}`", environment.name));
            found.push((environment.name.clone(), verified));
        }
        // One that cannot be verified hides no other.
        if self.environment.is_some() || found.iter().all(|(_, verified)| verified.is_err()) {
            found =
                found.into_iter().map(|(name, verified)| Ok((name, Ok(verified?)))).collect::<Result<_>>()?;
        }
        if let (true, [(name, Ok(verified))]) = (self.statement, found.as_slice()) {
            return statement(name, verified.as_ref());
        }
        Ok(answer(&pipeline.application, &found))
    }
}

fn statement(name: &str, verified: Option<&Verified>) -> Result<Answer> {
    let Some(verified) = verified else {
        return Err(Diagnostic::new(format!("nothing is deployed in {name}"))
            .hint("promote a release there first")
            .into());
    };
    if let Some(ring) = &verified.rendering.ring {
        let message = format!(
            "{} is in {ring} of {name}: not all that stands there was made from it",
            verified.release.version
        );
        return Err(Diagnostic::refused(message).hint("promote it to the end first").into());
    }
    if let Some(difference) = verified.differences.first() {
        let message = format!("{name} is not what its release renders to: {} differs", difference.path);
        let hint = format!("run `towline verify {name}` to see all differences");
        return Err(Diagnostic { outcome: Outcome::Failed, ..Diagnostic::new(message).hint(hint) }.into());
    }
    let text = serde_json::to_string_pretty(&verified.rendering.statement()?)? + "\n";
    let output = VerifyOutput::new(std::slice::from_ref(&(name.to_owned(), Ok(Some(verified.clone())))));
    Ok(Answer::new(Outcome::Done).output(Output::Verify(output)).document(text))
}

fn answer(application: &str, found: &[(String, Result<Option<Verified>>)]) -> Answer {
    let mut text = String::new();
    let (mut differing, mut failed) = (0, None);
    for (name, verified) in found {
        let verified = match verified {
            Ok(Some(verified)) => verified,
            Ok(None) => {
                text += &format!("{name}: nothing is deployed\n");
                continue;
            }
            Err(error) => {
                failed = failed.or(Some(error));
                text += &format!("{name}: {}\n", one_line(&Diagnostic::line(error)));
                continue;
            }
        };
        let files = counted(verified.same, "file");
        let version = one_line(&verified.release.version);
        if verified.differences.is_empty() {
            text += &format!("{name}: {version} is what stands there, {files}\n");
            continue;
        }
        differing += 1;
        text += &format!(
            "{name}: {version} is not what stands there: {} of {}\n",
            counted(verified.differences.len(), "difference"),
            counted(verified.same + verified.differences.len(), "file"),
        );
        for difference in &verified.differences {
            let what = match difference.kind {
                DifferenceKind::Changed => "differs",
                DifferenceKind::Missing => "is missing",
                DifferenceKind::NotRendered => "is not rendered",
            };
            let by = difference.by.as_ref().map_or_else(String::new, |(commit, author, at)| {
                format!(", since {author} committed {commit} at {at}")
            });
            text += &format!("  {}\n", one_line(&format!("{} {what}{by}", difference.path)));
        }
    }
    let outcome = match failed {
        _ if differing > 0 => Outcome::Failed,
        Some(error) => Diagnostic::outcome_of(error),
        None => Outcome::Done,
    };
    let output = Output::Verify(VerifyOutput::new(found));
    if let (0, Some(error)) = (differing, failed) {
        return Answer::new(outcome).output(output).text(text).because(error);
    }
    let message =
        format!("{application} is not what its release renders to in {}", counted(differing, "environment"));
    let hint = "to put it back, run `towline promote --overwrite-drift` with the release";
    Answer::new(outcome)
        .output(output)
        .summary(code_block("text", &text))
        .text(text)
        .because(Diagnostic::new(message).hint(hint))
}
