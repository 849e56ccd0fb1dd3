//! What a command has to say in the end.

use super::output::{Envelope, Output, ProblemOutput};
use super::problem::Problem;
use crate::vocabulary::text::code_block;
use crate::vocabulary::{Diagnostic, Outcome, Warning};

/// What a command has to say in the end.
#[derive(Debug, Clone)]
pub struct Answer {
    pub outcome: Outcome,
    /// What stdout shows to people.
    pub text: String,
    /// Whether `text` is a document that programs read too, every byte of which counts.
    pub verbatim: bool,
    /// What stdout shows to programs, beside `command`, `outcome` and `error`.
    pub output: Option<Output>,
    /// Why the outcome is a failure.
    pub problem: Option<Problem>,
    /// Markdown for the summary page of the CI system.
    pub summary: Option<String>,
}

impl Answer {
    pub fn new(outcome: Outcome) -> Self {
        Self { outcome, text: String::new(), verbatim: false, output: None, problem: None, summary: None }
    }

    pub fn failed(error: &anyhow::Error) -> Self {
        Self { problem: Some(Problem::from(error)), ..Self::new(Diagnostic::outcome_of(error)) }
    }

    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    pub fn document(self, text: impl Into<String>) -> Self {
        Self { verbatim: true, ..self.text(text) }
    }

    pub fn output(mut self, output: Output) -> Self {
        self.output = Some(output);
        self
    }

    /// Says why, if the outcome is a failure.
    pub fn because(mut self, why: impl Into<Problem>) -> Self {
        if self.outcome.is_failure() {
            self.problem = Some(why.into());
        }
        self
    }

    /// How it went, in one sentence: the result if it went well, else the problem.
    pub fn says(self, sentence: Diagnostic) -> Self {
        match self.outcome.is_failure() {
            true => self.because(sentence),
            false => {
                self.summary(code_block("text", &sentence.message)).text(format!("{}\n", sentence.message))
            }
        }
    }

    pub fn summary(mut self, markdown: impl Into<String>) -> Self {
        self.summary = Some(markdown.into());
        self
    }

    /// What stdout shows to programs. `command` is as typed, and empty when none was recognized.
    pub fn envelope<'a>(
        &'a self,
        command: &'a str,
        warnings: impl IntoIterator<Item = &'a Warning>,
    ) -> Envelope<'a> {
        Envelope {
            command: Some(command).filter(|name| !name.is_empty()),
            outcome: self.outcome,
            error: self.problem.as_ref().map(ProblemOutput::from),
            warnings: warnings.into_iter().map(ProblemOutput::from).collect(),
            output: self.output.as_ref(),
        }
    }
}
