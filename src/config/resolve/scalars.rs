//! Texts with a meaning of their own: names, durations, times, globs.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use jiff::{Span, SpanRelativeTo, Timestamp};

use crate::vocabulary::Diagnostic;
use crate::yaml::At;

/// Deadlines are added to times; a bound keeps every sum a time.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// A name that becomes part of paths, branches and contexts.
pub fn dns_label(text: &At<String>, what: &str, file: &Path) -> Result<String> {
    let name = &text.value;
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let good = (1..=63).contains(&name.len())
        && name.chars().all(inner)
        && !name.starts_with('-')
        && !name.ends_with('-');
    if good {
        return Ok(name.clone());
    }
    let message = format!("`{}` is not a name for {what}", name.escape_debug());
    let hint = "a DNS label: lower-case letters, digits and `-`, at most 63, no `-` at either end";
    Err(Diagnostic::new(message).at(text.place(file)).hint(hint).into())
}

/// Text for people: one line, not empty.
pub fn line(text: &At<String>, file: &Path) -> Result<String> {
    if text.value.trim().is_empty() {
        return Err(Diagnostic::new("the text is empty").at(text.place(file)).into());
    }
    if text.value.chars().any(char::is_control) {
        return Err(Diagnostic::new("the text has to be one line").at(text.place(file)).into());
    }
    Ok(text.value.clone())
}

/// `30s`, `5m`, `2h`, `1d`, `1h30m`
pub fn duration(text: &At<String>, file: &Path) -> Result<Duration> {
    let parsed =
        text.value.parse::<Span>().and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()));
    let duration = parsed.ok().and_then(|duration| Duration::try_from(duration).ok());
    match duration.filter(|duration| *duration <= LONGEST) {
        Some(duration) => Ok(duration),
        None => {
            let message = format!("`{}` is not a duration of at most a year", text.value.escape_debug());
            let hint = "write it with units: `30s`, `5m`, `2h`, `1d`, `1h30m`";
            Err(Diagnostic::new(message).at(text.place(file)).hint(hint).into())
        }
    }
}

pub fn timestamp(text: &At<String>, file: &Path) -> Result<Timestamp> {
    text.value.parse().map_err(|_| {
        let message = format!("`{}` is not a point in time", text.value.escape_debug());
        let hint = "write it with date, time and zone: `2026-12-20T00:00:00Z`";
        Diagnostic::new(message).at(text.place(file)).hint(hint).into()
    })
}

/// A glob that can be compiled; it is kept as text.
pub fn glob(text: &At<String>, file: &Path) -> Result<String> {
    let compiled = globset::GlobBuilder::new(&text.value).literal_separator(true).build();
    match compiled {
        Ok(_) if !text.value.is_empty() => Ok(text.value.clone()),
        Ok(_) => Err(Diagnostic::new("the glob is empty").at(text.place(file)).into()),
        Err(error) => {
            let message = format!("`{}` is not a glob: {}", text.value.escape_debug(), error.kind());
            Err(Diagnostic::new(message).at(text.place(file)).into())
        }
    }
}

/// `1.34`
pub fn kubernetes_version(text: &At<String>, file: &Path) -> Result<String> {
    let number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    if text.value.split_once('.').is_some_and(|(major, minor)| number(major) && number(minor)) {
        return Ok(text.value.clone());
    }
    let message = format!("`{}` is not a version of Kubernetes", text.value.escape_debug());
    let hint = "write major and minor, in quotes: `\"1.34\"`";
    Err(Diagnostic::new(message).at(text.place(file)).hint(hint).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> At<String> {
        At { value: text.to_owned(), line: 1, column: 1 }
    }

    #[test]
    fn durations_have_units() {
        let seconds = |text| duration(&at(text), Path::new("f")).ok().map(|it| it.as_secs());
        assert_eq!(seconds("30s"), Some(30));
        assert_eq!(seconds("1h30m"), Some(5400));
        assert_eq!(seconds("2d"), Some(172_800));
        assert_eq!(seconds("0s"), Some(0));
        for bad in ["", "30", "-5m", "5m ago", "1 fortnight", "2mo", "1y", "400d", "999999999999d"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }

    #[test]
    fn names_are_dns_labels() {
        let good = |text: &str| dns_label(&at(text), "x", Path::new("f")).is_ok();
        assert!(good("prod-eu") && good("a") && good(&"a".repeat(63)));
        for bad in ["", "-a", "a-", "A", "a.b", "a/b", "a_b", "é", "a\n", &"a".repeat(64)] {
            assert!(!good(bad), "{bad}");
        }
    }
}
