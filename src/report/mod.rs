//! Output: text, JSON, CI systems, and progress.
//!
//! A command answers with an [`Answer`]; the [`Printer`] shows it. Results go to stdout; warnings,
//! errors and progress go to stderr. Nothing else in the crate prints.

pub mod ci;
pub mod diff;
pub mod events;
pub mod explain;
pub mod output;
mod problem;
pub mod progress;
pub mod style;
pub mod table;
mod text;

use std::io::{self, Write};

use anyhow::{Context, Result};

use crate::vocabulary::text::code_block;
use crate::vocabulary::{Diagnostic, Outcome};
use ci::Ci;
use output::{Envelope, LogLine, Output};
pub use problem::Problem;
use progress::{Progress, State};
use style::Style;

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
        let problem = Problem::from(error);
        Self { problem: Some(problem.clone()), ..Self::new(problem.outcome()) }
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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    #[default]
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    Normal,
    Verbose,
}

/// Shows answers, warnings and progress in the way that was asked for.
#[derive(Debug)]
pub struct Printer {
    /// The command, as typed.
    pub command: String,
    pub output: Format,
    pub log: Format,
    pub verbosity: Verbosity,
    pub stdout: Style,
    pub stderr: Style,
    pub progress: Progress,
    pub ci: Option<Ci>,
}

impl Printer {
    /// Shows how the command ended. An error is a result that could not be written.
    pub fn answer(&self, answer: &Answer) -> Result<()> {
        self.progress.finish();
        let shown = match self.output {
            Format::Text if answer.verbatim => write_stdout(&answer.text),
            Format::Text => write_stdout(&self.defuse(&answer.text)),
            Format::Json => self.json(answer).and_then(|text| write_stdout(&text)),
        };
        if let Some(problem) = &answer.problem {
            self.say("error", problem);
        }
        let told = self.ci.as_ref().map_or(Ok(()), |ci| ci.tell(&self.command, answer));
        shown.and(told)
    }

    /// An error that comes on top of the answer.
    pub fn error(&self, error: &anyhow::Error) {
        self.say("error", &Problem::from(error));
    }

    /// Something that the person should know, though the work goes on.
    pub fn warning(&self, warning: &Diagnostic) {
        if self.verbosity > Verbosity::Quiet {
            self.say("warning", &Problem::from(warning));
        }
    }

    /// Something that belongs to the result and has no place in it.
    pub fn note(&self, note: &Diagnostic) {
        if self.verbosity > Verbosity::Quiet {
            self.say("note", &Problem::from(note));
        }
    }

    /// What is being done, for those who asked for it with `-v`.
    pub fn detail(&self, message: impl Into<String>) {
        if self.verbosity == Verbosity::Verbose {
            self.say("info", &Problem::from(&Diagnostic::new(message)));
        }
    }

    /// Says how a subject is doing while the command runs.
    pub fn show(&self, name: &str, state: State, text: &str) {
        self.show_aged(name, state, text, "");
    }

    /// The same, with an age that only live lines show, because it changes all the time.
    pub fn show_aged(&self, name: &str, state: State, text: &str, age: &str) {
        self.progress.show(&self.defuse(name), state, &self.defuse(text), age);
    }

    fn say(&self, level: &str, problem: &Problem) {
        let text = problem_text(level, problem, self.log, self.stderr);
        let text = match (&self.ci, self.log) {
            (Some(ci), Format::Text) => ci.annotation(level, problem).unwrap_or_else(|| ci.defuse(&text)),
            _ => self.defuse(&text),
        };
        self.progress.suspend(|| write_stderr(&text));
    }

    fn json(&self, answer: &Answer) -> Result<String> {
        let text = Envelope::new(&self.command, answer).to_json()?;
        Ok(if self.ci.is_some() { Ci::defuse_json(&text) } else { text })
    }

    /// Text in which nothing reads as a command to the CI system that runs this process.
    fn defuse(&self, text: &str) -> String {
        self.ci.as_ref().map_or_else(|| text.to_owned(), |ci| ci.defuse(text))
    }
}

/// The one JSON object, for endings where there is no [`Printer`].
pub fn print_json(command: &str, answer: &Answer) {
    // Where the object cannot be written, there is only the exit code left.
    let _ = Envelope::new(command, answer).to_json().and_then(|text| write_stdout(&text));
}

/// The problem of an answer on stderr, for endings where there is no [`Printer`].
pub fn print_problem(answer: &Answer, log: Format, style: Style) {
    if let Some(problem) = &answer.problem {
        write_stderr(&problem_text("error", problem, log, style));
    }
}

fn problem_text(level: &str, problem: &Problem, log: Format, style: Style) -> String {
    match log {
        Format::Text => text::problem(level, problem, style),
        Format::Json => LogLine::new(level, problem).to_json(),
    }
}

/// Writes to stdout. A reader that went away (`towline render | head`) has seen enough, which is
/// not an error.
fn write_stdout(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to standard output")
        }
        _ => Ok(()),
    }
}

/// Writes to stderr. There is nowhere left to complain to when that fails.
pub(crate) fn write_stderr(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
