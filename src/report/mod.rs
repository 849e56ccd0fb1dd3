//! Output: text, JSON, CI systems, and progress.
//!
//! A command answers with an [`Answer`]; the [`Printer`] shows it. Results go to stdout; warnings,
//! errors and progress go to stderr. Nothing else in the crate prints.

mod answer;
pub mod board;
pub mod ci;
mod clean;
pub mod delivery_text;
pub mod diff;
pub mod events;
pub mod explain;
pub mod findings;
pub mod fit;
mod layout;
pub mod output;
pub mod page;
pub mod plan;
mod problem;
pub mod progress;
pub mod status_detail;
pub mod status_news;
pub mod status_text;
mod stream;
pub mod style;
pub mod table;
mod terminal;
mod text;

use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use indexmap::IndexMap;
use jiff::Timestamp;

use crate::vocabulary::{Diagnostic, Warning};
pub use answer::Answer;
use board::{Row, State};
use ci::Ci;
pub use clean::Clean;
use output::LogLine;
use page::Page;
pub use problem::Problem;
use progress::{Mode, Progress};
use stream::redraw_stdout;
pub use stream::{write_stderr, write_stdout};
use style::Style;

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
    /// What was warned of so far, by its text.
    pub warned: Mutex<IndexMap<String, Warning>>,
    /// What is kept until its turn comes, if that is so: see [`Printer::holding`].
    pub held: Option<Mutex<Vec<Said>>>,
}

/// Something that is said on stderr.
#[derive(Debug)]
pub enum Said {
    Warning(Warning),
    /// Its level, and what it is about.
    Other(&'static str, Problem),
}

impl Printer {
    /// A printer for one of several things that are done at the same time. It keeps what is said until
    /// [`Printer::say_held`].
    pub fn holding(&self) -> Printer {
        Printer {
            command: self.command.clone(),
            progress: Progress::new(Mode::Hidden, self.stderr),
            ci: self.ci.clone(),
            warned: Mutex::default(),
            held: Some(Mutex::default()),
            ..*self
        }
    }

    /// Says what another printer has kept. What names no place is told by its `folder`.
    pub fn say_held(&self, other: &Printer, folder: &str) {
        let held = other.held.as_ref().map(|held| std::mem::take(&mut *lock(held)));
        for said in held.into_iter().flatten() {
            match said {
                Said::Warning(warning) => self.warning(&warning.in_folder(folder)),
                Said::Other(level, problem) => self.say(level, &problem.in_folder(folder)),
            }
        }
    }

    /// What was warned of so far.
    pub fn warnings(&self) -> Vec<Warning> {
        lock(&self.warned).values().cloned().collect()
    }

    /// An error of one of several things that were done.
    pub fn problem_in(&self, folder: &str, problem: &Problem) {
        self.say("error", &problem.clone().in_folder(folder));
    }

    /// Shows how the command ended. An error is a result that could not be written.
    pub fn answer(&self, answer: &Answer) -> Result<()> {
        self.progress.finish();
        let shown = match self.output {
            Format::Text if answer.verbatim => write_stdout(&Clean::document(&answer.text)),
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

    /// Something that the person should know, though the work goes on. What several environments have
    /// in common is said once.
    pub fn warning(&self, warning: &Warning) {
        let is_new = lock(&self.warned).insert(warning.to_string(), warning.clone()).is_none();
        match &self.held {
            Some(held) if is_new => lock(held).push(Said::Warning(warning.clone())),
            None if is_new && self.verbosity > Verbosity::Quiet => {
                self.say("warning", &Problem::from(warning));
            }
            _ => {}
        }
    }

    /// One of several things that were found. Warnings are said as loudly as others are.
    pub fn found(&self, level: &'static str, problem: &Problem) {
        if level == "error" || self.verbosity > Verbosity::Quiet {
            self.say(level, problem);
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

    /// Shows a text in the place of all that the terminal shows.
    pub fn redraw(&self, text: &str) -> Result<()> {
        let rows = terminal::size(std::io::stdout()).map_or(usize::MAX, |(_, rows)| rows);
        redraw_stdout(&self.defuse(text), rows)
    }

    /// Shows lines of a result before it is complete.
    pub fn lines(&self, text: &str) -> Result<()> {
        write_stdout(&self.defuse(text))
    }

    /// Says how an environment is doing while the command runs.
    pub fn show(&self, environment: &str, state: State, text: &str) {
        self.progress.show(environment, state, self.defuse(text).as_str());
    }

    /// The same, with fewer words where there is little room.
    pub fn show_briefly(&self, environment: &str, state: State, text: &str, headline: &str) {
        self.progress.show_briefly(environment, state, self.defuse(text).as_str(), headline);
    }

    /// What the board says of an environment, where rows say the rest.
    pub fn show_headline(&self, environment: &str, headline: &str) {
        self.progress.headline(environment, headline);
    }

    /// Says how a reporter or a check of an environment is doing.
    pub fn row(&self, environment: &str, row: Row) {
        let [name, text] = [&row.name, &row.text].map(|text| self.defuse(text).as_str().to_owned());
        self.progress.row(environment, Row { name, text, ..row });
    }

    /// Where results are read.
    pub fn page(&self, now: Timestamp) -> Page {
        let columns = terminal::size(std::io::stdout()).map(|(columns, _)| columns);
        Page { columns, style: self.stdout, now }
    }

    fn say(&self, level: &'static str, problem: &Problem) {
        if let Some(held) = &self.held {
            lock(held).push(Said::Other(level, problem.clone()));
            return;
        }
        // Without secrets before it is escaped, so that what is hidden hides nothing of an escape.
        let problem = &problem.clone().without_secrets();
        let text = problem_text(level, problem, self.log, self.stderr);
        let text = match (&self.ci, self.log) {
            (Some(ci), Format::Text) => {
                let annotation = ci.annotation(level, problem);
                annotation.unwrap_or_else(|| text.map(|text| ci.defuse(text)))
            }
            (Some(ci), Format::Json) => text.map(|text| ci.defuse(text)),
            (None, _) => text,
        };
        self.progress.suspend(|| write_stderr(&text));
    }

    fn json(&self, answer: &Answer) -> Result<Clean> {
        let text = Clean::json(&answer.envelope(&self.command, lock(&self.warned).values()))?;
        Ok(if self.ci.is_some() { text.map(Ci::defuse_json) } else { text })
    }

    /// Text without secrets, in which nothing reads as a command to the CI system that runs this process.
    fn defuse(&self, text: &str) -> Clean {
        let text = Clean::text(text);
        match &self.ci {
            Some(ci) => text.map(|text| ci.defuse(text)),
            None => text,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The one JSON object, for endings where there is no [`Printer`].
pub fn print_json(command: &str, answer: &Answer) {
    // Where the object cannot be written, there is only the exit code left.
    let _ = Clean::json(&answer.envelope(command, [])).and_then(|text| write_stdout(&text));
}

/// The problem of an answer on stderr, for endings where there is no [`Printer`].
pub fn print_problem(answer: &Answer, log: Format, style: Style) {
    if let Some(problem) = &answer.problem {
        write_stderr(&problem_text("error", problem, log, style));
    }
}

fn problem_text(level: &str, problem: &Problem, log: Format, style: Style) -> Clean {
    match log {
        Format::Text => Clean::text(&text::problem(level, problem, style)),
        // Texts and numbers always have a JSON form.
        Format::Json => Clean::json_line(&LogLine::new(level, problem)).unwrap_or_else(|_| Clean::text("")),
    }
}
