//! What is going on while a command runs: on a terminal a board that is drawn again and again;
//! elsewhere a plain line whenever something changes, and only then.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anstyle::AnsiColor;
use indicatif::{ProgressBar, ProgressState, ProgressStyle, style::ProgressTracker};
use jiff::Timestamp;
use serde_json::json;

use super::board::{Facts, Panel, Row, State};
use super::clean::Clean;
use super::layout::{self, Frame};
use super::stream::write_stderr;
use super::{Style, terminal};
use crate::secrets;
use crate::vocabulary::text::one_line;

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Hidden,
    /// A board on a terminal.
    Live,
    Lines,
    JsonLines,
}

/// How often the board is drawn.
const TURN: Duration = Duration::from_millis(120);

#[derive(Debug)]
pub struct Progress {
    mode: Mode,
    style: Style,
    live: ProgressBar,
    board: Arc<Mutex<Board>>,
    /// What was last said of each subject, in lines.
    log: Mutex<Vec<Subject>>,
}

#[derive(Debug, Default)]
struct Board {
    panels: Vec<Panel>,
    /// What time it was, and when that was said.
    clock: Option<(Timestamp, Instant)>,
}

#[derive(Debug)]
struct Subject {
    name: String,
    state: State,
    text: String,
}

impl Progress {
    pub fn new(mode: Mode, style: Style) -> Self {
        let board = Arc::<Mutex<Board>>::default();
        let live = if mode == Mode::Live { drawn(&board, style) } else { ProgressBar::hidden() };
        Self { mode, style, live, board, log: Mutex::default() }
    }

    /// Says how an environment is doing. Saying the same again shows nothing new.
    pub fn show(&self, environment: &str, state: State, text: &str) {
        self.show_briefly(environment, state, text, text);
    }

    /// The same, with fewer words for the board.
    pub fn show_briefly(&self, environment: &str, state: State, text: &str, headline: &str) {
        self.write_news(environment, state, text);
        self.change(environment, |panel| panel.state = state);
        self.headline(environment, headline);
    }

    /// What the board says of an environment, where rows say the rest.
    pub fn headline(&self, environment: &str, headline: &str) {
        self.change(environment, |panel| panel.headline = one_line(&secrets::redact(headline)));
    }

    /// What the board shows beside the headline.
    pub fn tell(&self, environment: &str, now: Timestamp, change: impl FnOnce(&mut Facts)) {
        self.board().clock = Some((now, Instant::now()));
        self.change(environment, |panel| change(&mut panel.facts));
    }

    /// Says how a reporter or a check of an environment is doing.
    pub fn row(&self, environment: &str, row: Row) {
        self.write_news(&format!("{environment} {}", row.name), row.state, &row.line());
        self.change(environment, |panel| {
            let row = row.tidy();
            match panel.rows.iter_mut().find(|known| known.name == row.name) {
                Some(known) => *known = row,
                None => panel.rows.push(row),
            }
        });
    }

    /// Nothing more happens in an environment, and nothing failed there: a line of it is enough.
    pub fn end(&self, environment: &str) {
        self.change(environment, |panel| panel.has_ended = true);
    }

    /// A sign of life where nothing moves: what was last said of `name`, once more.
    pub fn still(&self, name: &str) {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(subject) = log.iter().find(|subject| subject.name == one_line(name)) {
            self.write_line(subject.state, &subject.name, &format!("still: {}", subject.text));
        }
    }

    /// Takes the board away. What did not go well stays on the screen, with every link.
    pub fn finish(&self) {
        if self.mode != Mode::Live {
            return;
        }
        self.live.finish_and_clear();
        let board = std::mem::take(&mut *self.board());
        write_stderr(&Clean::text(&layout::summary(&board.panels, &board.frame(self.style))));
    }

    /// Does something to the terminal that the board must not be mixed with.
    pub fn suspend<R>(&self, action: impl FnOnce() -> R) -> R {
        if self.mode == Mode::Live { self.live.suspend(action) } else { action() }
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, environment: &str, change: impl FnOnce(&mut Panel)) {
        if self.mode != Mode::Live {
            return;
        }
        change(self.board().panel(environment));
        self.live.enable_steady_tick(TURN);
    }

    fn write_news(&self, name: &str, state: State, text: &str) {
        if matches!(self.mode, Mode::Live | Mode::Hidden) {
            return;
        }
        let (name, text) = (one_line(name), one_line(text));
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let known = log.iter_mut().find(|subject| subject.name == name);
        let is_known = known.as_ref().is_some_and(|it| (it.state, &it.text) == (state, &text));
        if is_known {
            return;
        }
        self.write_line(state, &name, &text);
        match known {
            Some(subject) => (subject.state, subject.text) = (state, text),
            None => log.push(Subject { name, state, text }),
        }
    }

    fn write_line(&self, state: State, name: &str, text: &str) {
        match self.mode {
            Mode::Lines => {
                write_stderr(&Clean::text(&format!("{}: {text}\n", self.painted(state, name))));
            }
            Mode::JsonLines => {
                let line = json!({"level": "info", "subject": name, "message": text});
                Clean::json_line(&line).iter().for_each(write_stderr);
            }
            Mode::Live | Mode::Hidden => {}
        }
    }

    fn painted(&self, state: State, text: &str) -> String {
        match state {
            State::Working => self.style.color(AnsiColor::Cyan, text),
            State::Doubtful => self.style.color(AnsiColor::Yellow, text),
            State::Good => self.style.color(AnsiColor::Green, text),
            State::Bad => self.style.color(AnsiColor::Red, text),
        }
    }
}

impl Board {
    fn panel(&mut self, environment: &str) -> &mut Panel {
        let known = self.panels.iter().position(|panel| panel.name == environment);
        let index = known.unwrap_or_else(|| {
            self.panels.push(Panel {
                name: environment.to_owned(),
                state: State::Working,
                headline: String::new(),
                facts: Facts::default(),
                rows: Vec::new(),
                has_ended: false,
            });
            self.panels.len() - 1
        });
        &mut self.panels[index]
    }

    fn frame(&self, style: Style) -> Frame {
        let (columns, rows) = terminal::size(std::io::stderr()).unwrap_or((80, 24));
        let now = self
            .clock
            .map_or(Timestamp::UNIX_EPOCH, |(then, said)| then.checked_add(said.elapsed()).unwrap_or(then));
        Frame { columns, rows, now, spinner: ' ', style }
    }
}

/// Draws the board on stderr, for as long as it is not finished.
#[derive(Clone)]
struct Drawing {
    board: Arc<Mutex<Board>>,
    style: Style,
}

fn drawn(board: &Arc<Mutex<Board>>, style: Style) -> ProgressBar {
    let drawing = Drawing { board: board.clone(), style };
    let board = ProgressStyle::with_template("{board}").unwrap_or_else(|_| ProgressStyle::default_spinner());
    ProgressBar::new_spinner().with_style(board.with_key("board", drawing))
}

impl ProgressTracker for Drawing {
    fn clone_box(&self) -> Box<dyn ProgressTracker> {
        Box::new(self.clone())
    }

    fn tick(&mut self, _: &ProgressState, _: std::time::Instant) {}

    fn reset(&mut self, _: &ProgressState, _: std::time::Instant) {}

    /// The size is asked for each time, because people resize terminals.
    fn write(&self, state: &ProgressState, to: &mut dyn std::fmt::Write) {
        const SPINNER: [char; 8] = ['⠁', '⠂', '⠄', '⡀', '⢀', '⠠', '⠐', '⠈'];
        let turn = (state.elapsed().as_millis() / TURN.as_millis()) as usize;
        let board = self.board.lock().unwrap_or_else(PoisonError::into_inner);
        let frame = Frame { spinner: SPINNER[turn % SPINNER.len()], ..board.frame(self.style) };
        // Writing to memory cannot fail.
        _ = to.write_str(Clean::text(&layout::lines(&board.panels, &frame).join("\n")).as_str());
    }
}
