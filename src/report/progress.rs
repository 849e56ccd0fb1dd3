//! What is going on while a command runs: on a terminal one live line a subject (an environment,
//! a reporter, a check); elsewhere a plain line whenever something changes, and only then.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anstyle::AnsiColor;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::json;

use super::Style;
use super::stream::write_stderr;
use crate::vocabulary::text::one_line;

/// How a subject is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Something is being done, or waited for.
    Working,
    Good,
    Bad,
}

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Hidden,
    /// Live lines on a terminal.
    Live,
    Lines,
    JsonLines,
}

#[derive(Debug)]
pub struct Progress {
    mode: Mode,
    style: Style,
    live: MultiProgress,
    /// Whether spinners turn by themselves.
    turning: bool,
    subjects: Mutex<Vec<Subject>>,
}

#[derive(Debug)]
struct Subject {
    name: String,
    state: State,
    text: String,
    age: String,
    bar: Option<ProgressBar>,
}

impl Progress {
    pub fn new(mode: Mode, style: Style) -> Self {
        Self { mode, style, live: MultiProgress::new(), turning: true, subjects: Mutex::default() }
    }

    /// Says how `name` is doing. Saying the same again shows nothing new but the age, and that only
    /// in live lines.
    pub fn show(&self, name: &str, state: State, text: &str, age: &str) {
        if self.mode == Mode::Hidden {
            return;
        }
        let (name, text) = (one_line(name), one_line(text));
        let mut subjects = self.subjects.lock().unwrap_or_else(PoisonError::into_inner);
        let known = subjects.iter_mut().find(|subject| subject.name == name);
        let same = |subject: &&mut Subject| (subject.state, &subject.text) == (state, &text);
        if known.as_ref().is_none_or(|subject| !same(subject)) {
            self.write_line(state, &name, &text);
        }
        match known {
            Some(subject) => (subject.state, subject.text, subject.age) = (state, text, age.to_owned()),
            None => {
                let bar = (self.mode == Mode::Live).then(|| self.live.add(spinner()));
                subjects.push(Subject { name, state, text, age: age.to_owned(), bar });
            }
        }
        self.redraw(&subjects);
    }

    /// A sign of life where nothing moves: what was last said of `name`, once more.
    pub fn still(&self, name: &str) {
        let subjects = self.subjects.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(subject) = subjects.iter().find(|subject| subject.name == one_line(name)) {
            self.write_line(subject.state, &subject.name, &format!("still: {}", subject.text));
        }
    }

    fn write_line(&self, state: State, name: &str, text: &str) {
        match self.mode {
            Mode::Lines => write_stderr(&format!("{}: {text}\n", self.painted(state, name))),
            Mode::JsonLines => {
                let line = json!({"level": "info", "subject": name, "message": text});
                write_stderr(&format!("{line}\n"));
            }
            Mode::Live | Mode::Hidden => {}
        }
    }

    /// Takes the live lines away that tell more about `name`: those whose names begin with it.
    pub fn fold(&self, name: &str) {
        let is_part =
            |subject: &Subject| subject.name.strip_prefix(name).is_some_and(|rest| rest.starts_with(' '));
        let mut subjects = self.subjects.lock().unwrap_or_else(PoisonError::into_inner);
        for part in subjects.extract_if(.., |subject| is_part(subject)) {
            if let Some(bar) = part.bar {
                bar.finish_and_clear();
                self.live.remove(&bar);
            }
        }
        self.redraw(&subjects);
    }

    /// Names stand in a column, so that every line is drawn again when a longer one comes.
    fn redraw(&self, subjects: &[Subject]) {
        let width = subjects.iter().map(|subject| subject.name.chars().count()).max().unwrap_or(0);
        for Subject { name, state, text, age, bar } in subjects {
            let Some(bar) = bar else { continue };
            let name = self.painted(*state, &format!("{name:width$}"));
            let line = match age.as_str() {
                "" => format!("{name}  {text}"),
                age => format!("{name}  {age}  {text}"),
            };
            match state {
                State::Working => {
                    bar.set_message(line);
                    if self.turning {
                        bar.enable_steady_tick(Duration::from_millis(120));
                    }
                }
                State::Good => bar.finish_with_message(line),
                State::Bad => bar.abandon_with_message(line),
            }
        }
    }

    /// Leaves what is shown on the screen, and draws no more.
    pub fn finish(&self) {
        for subject in self.subjects.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            if let Some(bar) = subject.bar {
                bar.abandon();
            }
        }
    }

    /// Does something to the terminal that live lines must not be mixed with.
    pub fn suspend<R>(&self, action: impl FnOnce() -> R) -> R {
        if self.mode == Mode::Live { self.live.suspend(action) } else { action() }
    }

    fn painted(&self, state: State, text: &str) -> String {
        match state {
            State::Working => self.style.color(AnsiColor::Cyan, text),
            State::Good => self.style.color(AnsiColor::Green, text),
            State::Bad => self.style.color(AnsiColor::Red, text),
        }
    }
}

fn spinner() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {wide_msg}");
    ProgressBar::new_spinner().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
}

#[cfg(test)]
mod tests {
    use indicatif::{InMemoryTerm, ProgressDrawTarget};

    use super::*;

    /// What stands on the terminal, without the spinners.
    fn screen(term: &InMemoryTerm) -> String {
        let lines = term.contents();
        let lines = lines.lines().map(|line| line.chars().skip(2).collect::<String>());
        lines.map(|line| format!("{}\n", line.trim_end())).collect()
    }

    #[test]
    fn a_terminal_shows_a_line_for_each_reporter_with_its_age() {
        let term = InMemoryTerm::new(10, 100);
        let live = MultiProgress::with_draw_target(ProgressDrawTarget::term_like(Box::new(term.clone())));
        let progress = Progress { live, turning: false, ..Progress::new(Mode::Live, Style::plain()) };
        progress.show("dev", State::Working, "1 of 2 from kustomization/web/*", "");
        progress.show("dev kustomization/web/eu", State::Working, "in progress (progressing)", "5s");
        insta::assert_snapshot!(screen(&term), @"
        dev                       1 of 2 from kustomization/web/*
        dev kustomization/web/eu  5s  in progress (progressing)
        ");
        // The same text again makes no new line, but it is older now.
        progress.show("dev kustomization/web/eu", State::Working, "in progress (progressing)", "1m");
        progress.show(
            "dev kustomization/web/us",
            State::Bad,
            "failed (health check failed) https://us",
            "2s",
        );
        insta::assert_snapshot!(screen(&term), @"
        dev                       1 of 2 from kustomization/web/*
        dev kustomization/web/eu  1m  in progress (progressing)
        dev kustomization/web/us  2s  failed (health check failed) https://us
        ");
        progress.fold("dev");
        progress.show("dev", State::Bad, "failed", "");
        insta::assert_snapshot!(screen(&term), @"dev  failed");
    }
}
