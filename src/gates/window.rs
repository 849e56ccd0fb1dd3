//! `window:`

use jiff::civil::Time;
use jiff::tz;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::vocabulary::Diagnostic;
use crate::yaml::written_as;

/// The hours in which releases enter
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Window {
    /// Every day when absent
    #[serde(default)]
    pub days: Vec<Day>,
    /// `"09:00-16:00"`, in quotes
    pub hours: Option<Hours>,
    /// `Europe/Amsterdam`; UTC when absent
    pub timezone: Option<TimeZone>,
}

/// A day of the week
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
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
