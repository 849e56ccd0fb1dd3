//! The board: what is known of every environment while a command runs, for people who watch.

use jiff::{SignedDuration, Timestamp};

use crate::secrets;
use crate::vocabulary::text::one_line;

/// How a subject is doing, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Bad,
    /// It may end either way.
    Doubtful,
    /// Something is being done, or waited for.
    Working,
    Good,
}

/// An environment.
#[derive(Debug, Clone)]
pub struct Panel {
    pub name: String,
    pub state: State,
    pub headline: String,
    pub facts: Facts,
    /// Its reporters and checks.
    pub rows: Vec<Row>,
    /// Nothing more happens in it, and nothing failed.
    pub has_ended: bool,
}

/// What there is to know beside the headline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The address of the pull request.
    pub pull: Option<String>,
    /// What it was merged as.
    pub commit: Option<String>,
    /// Since when it has been waited for what comes next: the merge, or the reporters.
    pub since: Option<Timestamp>,
    /// When time alone changes something.
    pub deadline: Option<Timestamp>,
}

/// A reporter or a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// In a log, behind the name of the environment.
    pub name: String,
    /// The same on a board, where room is scarce.
    pub label: String,
    pub state: State,
    /// `failing`
    pub word: &'static str,
    /// The same in a log, where there is room for more: `failing, may recover`
    pub phrase: &'static str,
    pub since: Option<Timestamp>,
    /// Its own words.
    pub text: String,
    pub url: Option<String>,
}

impl Row {
    /// The row in single lines, with nothing in them that a terminal would obey, and no secret: half of one,
    /// where a line is cut, is not found.
    pub fn tidy(&self) -> Self {
        let tidy = |text: &str| one_line(&secrets::redact(text));
        let url = self.url.as_deref().map(tidy);
        Self { label: tidy(&self.label), text: tidy(&self.text), url, ..self.clone() }
    }

    /// What a log says of it.
    pub fn line(&self) -> String {
        let mut line = match self.text.as_str() {
            "" => self.phrase.to_owned(),
            text => format!("{} ({text})", self.phrase),
        };
        if let Some(url) = &self.url {
            line += &format!(" {url}");
        }
        line
    }

    /// `failed 12s`
    pub fn status(&self, now: Timestamp) -> String {
        match self.since {
            Some(since) => format!("{} {}", self.word, age(since, now)),
            None => self.word.to_owned(),
        }
    }
}

/// How long it is from one time to another, in words.
pub fn age(since: Timestamp, now: Timestamp) -> String {
    let seconds = (now.as_second() - since.as_second()).max(0);
    format!("{:#}", SignedDuration::from_secs(seconds))
}
