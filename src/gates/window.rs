//! `window:`
//!
//! A window is a list of stretches of time, one for each day that it has, in its time zone. One that ends
//! before it begins lasts into the next day. Where clocks are changed, a time that does not exist is the same
//! time by the clock before the change, and of one that exists twice the first counts.

use std::fmt;

use anyhow::{Context, Result};
use jiff::civil::{Date, Time, Weekday};
use jiff::{Timestamp, ToSpan, tz};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Asked, Closed, Decide, Decision, Opens};
use crate::vocabulary::Diagnostic;
use crate::yaml::written_as;

/// The hours in which releases enter
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Window {
    /// Every day when absent
    #[serde(default)]
    pub days: Vec<Day>,
    /// `"09:00-16:00"`, in quotes; `"22:00-04:00"` lasts into the next day
    pub hours: Option<Hours>,
    /// `Europe/Amsterdam`; UTC when absent
    pub timezone: Option<TimeZone>,
}

/// A day of the week
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

#[derive(Debug, Clone)]
pub struct Hours {
    pub from: Time,
    pub to: Time,
}

#[derive(Debug, Clone)]
pub struct TimeZone(pub String);

written_as!(Hours = String, TimeZone = String);

impl TryFrom<String> for Hours {
    type Error = Diagnostic;

    fn try_from(text: String) -> Result<Self, Diagnostic> {
        let time = |text: &str| text.trim().parse::<Time>().ok();
        let both = text.split_once('-').and_then(|(from, to)| Some((time(from)?, time(to)?)));
        let both = both.filter(|(from, to)| from != to);
        both.map(|(from, to)| Self { from, to }).ok_or_else(|| {
            Diagnostic::new(format!("`{}` is not a range of hours", text.escape_debug()))
                .hint("write `\"09:00-16:00\"`, in quotes")
        })
    }
}

impl TryFrom<String> for TimeZone {
    type Error = Diagnostic;

    fn try_from(text: String) -> Result<Self, Diagnostic> {
        // Without a database of time zones no name is known; that is not the file's fault.
        let has_zones = tz::TimeZone::get("Europe/Amsterdam").is_ok();
        if has_zones && tz::TimeZone::get(&text).is_err() {
            return Err(Diagnostic::new(format!("unknown time zone `{}`", text.escape_debug()))
                .hint("for example `Europe/Amsterdam`"));
        }
        Ok(Self(text))
    }
}

/// How many days are looked at before and after now: every window opens once a week, except where a change
/// of clocks takes a short one away.
const DAYS: i32 = 15;

impl Decide for Window {
    fn decide(&self, asked: &Asked) -> Result<Decision> {
        let stretches = self.stretches(asked.now)?;
        if let Some((_, end)) = stretches.iter().find(|(begin, end)| (*begin..*end).contains(&asked.now)) {
            return Ok(Decision::Open(Some(*end)));
        }
        let since = stretches.iter().rfind(|(_, end)| *end <= asked.now).map(|(_, end)| *end);
        let next = stretches.iter().find(|(begin, _)| *begin > asked.now);
        Ok(Decision::Closed(Closed {
            why: format!("releases enter {self}"),
            since,
            opens: next.map_or(Opens::Never, |(begin, _)| Opens::At(*begin)),
            closes_again: next.map(|(_, end)| *end),
        }))
    }
}

impl Window {
    /// The times around `now` in which it is open, in their order; none touches another.
    fn stretches(&self, now: Timestamp) -> Result<Vec<(Timestamp, Timestamp)>> {
        let name = self.timezone.as_ref().map_or("UTC", |TimeZone(name)| name);
        let zone = tz::TimeZone::get(name)
            .with_context(|| format!("the time zone `{name}` is not known on this machine"))?;
        let today = now.to_zoned(zone.clone()).date();
        let mut found: Vec<(Timestamp, Timestamp)> = Vec::new();
        for offset in -DAYS..=DAYS {
            let date = today.checked_add(offset.days())?;
            if !self.has(date.weekday()) {
                continue;
            }
            let (begin, end) = self.on(date, &zone)?;
            match found.last_mut().filter(|(_, before)| *before >= begin) {
                Some((_, before)) => *before = end.max(*before),
                None if begin < end => found.push((begin, end)),
                None => {}
            }
        }
        Ok(found)
    }

    fn has(&self, weekday: Weekday) -> bool {
        self.days.is_empty() || self.days.iter().any(|day| day.weekday() == weekday)
    }

    /// The stretch of one day.
    fn on(&self, date: Date, zone: &tz::TimeZone) -> Result<(Timestamp, Timestamp)> {
        let midnight = Time::midnight();
        let (from, to) = self.hours.as_ref().map_or((midnight, midnight), |hours| (hours.from, hours.to));
        let last = if to <= from { date.tomorrow()? } else { date };
        let at = |date: Date, time: Time| -> Result<Timestamp> {
            Ok(date.to_datetime(time).to_zoned(zone.clone())?.timestamp())
        };
        Ok((at(date, from)?, at(last, to)?))
    }
}

impl Day {
    fn weekday(self) -> Weekday {
        match self {
            Day::Mon => Weekday::Monday,
            Day::Tue => Weekday::Tuesday,
            Day::Wed => Weekday::Wednesday,
            Day::Thu => Weekday::Thursday,
            Day::Fri => Weekday::Friday,
            Day::Sat => Weekday::Saturday,
            Day::Sun => Weekday::Sunday,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Day::Mon => "Monday",
            Day::Tue => "Tuesday",
            Day::Wed => "Wednesday",
            Day::Thu => "Thursday",
            Day::Fri => "Friday",
            Day::Sat => "Saturday",
            Day::Sun => "Sunday",
        }
    }
}

/// `on Monday, Tuesday from 09:00 to 16:00 (Europe/Amsterdam)`
impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days: Vec<&str> = self.days.iter().map(|day| day.name()).collect();
        match days.is_empty() {
            true => f.write_str("every day")?,
            false => write!(f, "on {}", days.join(", "))?,
        }
        if let Some(Hours { from, to }) = &self.hours {
            write!(f, " from {} to {}", from.strftime("%H:%M"), to.strftime("%H:%M"))?;
        }
        write!(f, " ({})", self.timezone.as_ref().map_or("UTC", |TimeZone(name)| name))
    }
}
