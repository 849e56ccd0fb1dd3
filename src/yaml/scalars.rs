//! Scalars with a meaning of their own: durations, times, globs, paths. Each is made of its text
//! once, when it is read, and one that is wrong is refused there.

use std::fmt;
use std::ops::Deref;
use std::path::Path;
use std::time::Duration;

use jiff::{Span, SpanRelativeTo, Timestamp};
use serde::de::{Deserialize, Deserializer};

use super::{schema_as, written_as};
use crate::vocabulary::glob::glob;
use crate::vocabulary::text::shorten;
use crate::vocabulary::{Diagnostic, paths};

/// Deadlines are added to times; a bound keeps every sum a time.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// As much of a text as is worth reading in an error.
const SHOWN: usize = 80;

/// `30s`, `5m`, `2h`, `1d`, `1h30m`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period(pub Duration);

impl TryFrom<String> for Period {
    type Error = Diagnostic;

    fn try_from(text: String) -> Result<Self, Diagnostic> {
        let span = text.parse::<Span>();
        let exact = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours())).ok();
        let duration = exact.and_then(|duration| Duration::try_from(duration).ok());
        duration.filter(|duration| *duration <= LONGEST).map(Period).ok_or_else(|| {
            Diagnostic::new(format!("`{}` is not a duration of at most a year", text.escape_debug()))
                .hint("write it with units: `30s`, `5m`, `2h`, `1d`, `1h30m`")
        })
    }
}

/// A [`Period`] that is so many seconds when none is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PeriodOr<const SECONDS: u64>(pub Duration);

impl<const SECONDS: u64> Default for PeriodOr<SECONDS> {
    fn default() -> Self {
        Self(Duration::from_secs(SECONDS))
    }
}

impl<'de, const SECONDS: u64> Deserialize<'de> for PeriodOr<SECONDS> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let written = Option::<Period>::deserialize(from)?;
        Ok(written.map_or_else(Self::default, |Period(duration)| Self(duration)))
    }
}

schema_as!({const SECONDS: u64} PeriodOr<SECONDS> = Option<Period>);

impl<const SECONDS: u64> Deref for PeriodOr<SECONDS> {
    type Target = Duration;

    fn deref(&self) -> &Duration {
        &self.0
    }
}

impl<const SECONDS: u64> fmt::Debug for PeriodOr<SECONDS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// `2026-12-20T00:00:00Z`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub Timestamp);

impl TryFrom<String> for Moment {
    type Error = Diagnostic;

    fn try_from(text: String) -> Result<Self, Diagnostic> {
        text.parse().map(Moment).map_err(|_| {
            Diagnostic::new(format!("`{}` is not a point in time", text.escape_debug()))
                .hint("write it with date, time and zone: `2026-12-20T00:00:00Z`")
        })
    }
}

/// A glob in which `*` does not match `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob(pub globset::Glob);

impl TryFrom<String> for Glob {
    type Error = Diagnostic;

    fn try_from(text: String) -> Result<Self, Diagnostic> {
        match glob(&text, |it| _ = it.literal_separator(true)) {
            Ok(glob) if !text.is_empty() => Ok(Self(glob)),
            Ok(_) => Err(Diagnostic::new("the glob is empty")),
            Err(why) => {
                let shown = shorten(&text, SHOWN);
                Err(Diagnostic::new(format!("`{}` is not a glob: {why}", shown.escape_debug())))
            }
        }
    }
}

/// A type that is text, of which not every one will do.
macro_rules! text {
    ($($(#[$meta:meta])* $name:ident: $check:expr;)*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        pub struct $name(String);

        impl TryFrom<String> for $name {
            type Error = Diagnostic;

            fn try_from(text: String) -> Result<Self, Diagnostic> {
                let check: fn(String) -> Result<String, Diagnostic> = $check;
                check(text).map(Self)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> String {
                text.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        written_as!($name = String);
    )*};
}

text! {
    /// Text for people: one line, not empty.
    Line: line;
    /// A command line for `sh -c`.
    CommandLine: command_line;
    /// `http://…` or `https://…`
    HttpUrl: http_url;
}

/// A path that stays inside the folder it starts at, with `/` between its parts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RelativePath(String);

impl RelativePath {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for RelativePath {
    type Error = Diagnostic;

    fn try_from(text: String) -> Result<Self, Diagnostic> {
        paths::relative(&text).map(Self)
    }
}

impl AsRef<Path> for RelativePath {
    fn as_ref(&self) -> &Path {
        self
    }
}

impl Deref for RelativePath {
    type Target = Path;

    fn deref(&self) -> &Path {
        Path::new(&self.0)
    }
}

written_as!(Period = String, Moment = String, Glob = String, RelativePath = String);

fn line(text: String) -> Result<String, Diagnostic> {
    if text.trim().is_empty() {
        return Err(Diagnostic::new("the text is empty"));
    }
    match text.chars().any(char::is_control) {
        true => Err(Diagnostic::new("the text must be a single line")),
        false => Ok(text),
    }
}

fn command_line(text: String) -> Result<String, Diagnostic> {
    match text.trim().is_empty() {
        true => Err(Diagnostic::new("`run` is empty")),
        false => Ok(text),
    }
}

fn http_url(text: String) -> Result<String, Diagnostic> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest.is_some_and(|rest| !rest.is_empty()) {
        true => Ok(text),
        false => Err(Diagnostic::new(format!("`{}` is not an HTTP URL", text.escape_debug()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        let seconds = |text: &str| Period::try_from(text.to_owned()).ok().map(|it| it.0.as_secs());
        assert_eq!(seconds("30s"), Some(30));
        assert_eq!(seconds("1h30m"), Some(5400));
        assert_eq!(seconds("2d"), Some(172_800));
        assert_eq!(seconds("0s"), Some(0));
        for bad in ["", "30", "-5m", "5m ago", "1 fortnight", "2mo", "1y", "400d", "999999999999d"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }
}
