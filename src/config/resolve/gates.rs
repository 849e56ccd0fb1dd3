//! `gates:`: checked in full, though none of them is evaluated yet.

use std::path::Path;

use anyhow::Result;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::scalars;
use crate::config::{Gate, schema};
use crate::vocabulary::{Diagnostic, nearest};
use crate::yaml::At;

/// The gates of one environment.
pub fn resolve(
    gates: &[At<schema::Gate>],
    environments: &[At<schema::Environment>],
    file: &Path,
) -> Result<Vec<Gate>> {
    gates.iter().map(|gate| one(gate, environments, file)).collect()
}

fn one(gate: &At<schema::Gate>, environments: &[At<schema::Environment>], file: &Path) -> Result<Gate> {
    let kind = kind(gate, file)?;
    let schema::Gate { soak, window, status, tests, http, prometheus, run } = &gate.value;
    if let Some(soak) = soak {
        scalars::duration(soak, file)?;
    }
    if let Some(window) = window {
        check_window(&window.value, file)?;
    }
    if let Some(status) = status {
        scalars::glob(&status.value.context, file)?;
    }
    if let Some(tests) = tests {
        check_environment(&tests.value.environment, environments, file)?;
    }
    if let Some(http) = http {
        check_url(&http.value.url, file)?;
        http.value.status.as_ref().map_or(Ok(()), |status| check_status(status, file))?;
    }
    if let Some(prometheus) = prometheus {
        check_url(&prometheus.value.url, file)?;
        check_expectation(&prometheus.value.expect, file)?;
    }
    if let Some(run) = run.as_ref().filter(|run| run.value.trim().is_empty()) {
        return Err(Diagnostic::new("`run` is empty").at(run.place(file)).into());
    }
    Ok(Gate { kind: kind.to_owned(), place: gate.place(file) })
}

fn kind(gate: &At<schema::Gate>, file: &Path) -> Result<&'static str> {
    let schema::Gate { soak, window, status, tests, http, prometheus, run } = &gate.value;
    let kinds = [
        ("soak", soak.is_some()),
        ("window", window.is_some()),
        ("status", status.is_some()),
        ("tests", tests.is_some()),
        ("http", http.is_some()),
        ("prometheus", prometheus.is_some()),
        ("run", run.is_some()),
    ];
    let mut there = kinds.iter().filter(|(_, there)| *there).map(|(kind, _)| *kind);
    match (there.next(), there.next()) {
        (Some(kind), None) => Ok(kind),
        (Some(_), Some(_)) => {
            let hint = "give each a `-` of its own";
            let message = "an entry of `gates` has more than one gate";
            Err(Diagnostic::new(message).at(gate.place(file)).hint(hint).into())
        }
        (None, _) => {
            let hint = "one of: soak, window, status, tests, http, prometheus, run";
            Err(Diagnostic::new("an entry of `gates` without a gate").at(gate.place(file)).hint(hint).into())
        }
    }
}

fn check_window(window: &schema::Window, file: &Path) -> Result<()> {
    if let Some(hours) = &window.hours {
        let time = |text: &str| text.trim().parse::<Time>().ok();
        let both = hours.value.split_once('-').and_then(|(from, to)| Some((time(from)?, time(to)?)));
        if both.is_none_or(|(from, to)| from == to) {
            let message = format!("`{}` are not hours of a day", hours.value.escape_debug());
            let hint = "write `\"09:00-16:00\"`, in quotes";
            return Err(Diagnostic::new(message).at(hours.place(file)).hint(hint).into());
        }
    }
    // Without a database of time zones no name is known; that is not the file's fault.
    let has_zones = TimeZone::get("Europe/Amsterdam").is_ok();
    match &window.timezone {
        Some(zone) if has_zones && TimeZone::get(&zone.value).is_err() => {
            let message = format!("there is no time zone `{}`", zone.value.escape_debug());
            Err(Diagnostic::new(message).at(zone.place(file)).hint("for example `Europe/Amsterdam`").into())
        }
        _ => Ok(()),
    }
}

fn check_environment(name: &At<String>, all: &[At<schema::Environment>], file: &Path) -> Result<()> {
    let names = || all.iter().map(|environment| environment.value.name.value.as_str());
    if names().any(|known| known == name.value) {
        return Ok(());
    }
    let mut error = Diagnostic::new(format!("there is no environment `{}`", name.value.escape_debug()));
    error.hint = nearest(&name.value, names()).map(|near| format!("did you mean `{near}`?"));
    Err(error.at(name.place(file)).into())
}

fn check_url(url: &At<String>, file: &Path) -> Result<()> {
    let rest = url.value.strip_prefix("https://").or_else(|| url.value.strip_prefix("http://"));
    match rest {
        Some(rest) if !rest.is_empty() => Ok(()),
        _ => {
            let message = format!("`{}` is not an HTTP URL", url.value.escape_debug());
            Err(Diagnostic::new(message).at(url.place(file)).into())
        }
    }
}

fn check_status(status: &At<u16>, file: &Path) -> Result<()> {
    match (100..600).contains(&status.value) {
        true => Ok(()),
        false => {
            let message = format!("{} is not an HTTP status", status.value);
            Err(Diagnostic::new(message).at(status.place(file)).into())
        }
    }
}

fn check_expectation(expect: &At<String>, file: &Path) -> Result<()> {
    let operators = ["<=", ">=", "==", "!=", "<", ">"];
    let number = operators.iter().find_map(|operator| expect.value.trim().strip_prefix(operator));
    if number.is_some_and(|number| number.trim().parse::<f64>().is_ok_and(f64::is_finite)) {
        return Ok(());
    }
    let message = format!("`{}` is not a comparison with a number", expect.value.escape_debug());
    let hint = "write `\"< 0.01\"`: one of <, <=, >, >=, ==, != and a number";
    Err(Diagnostic::new(message).at(expect.place(file)).hint(hint).into())
}
