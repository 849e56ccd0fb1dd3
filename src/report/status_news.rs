//! `towline status --watch` where nothing is drawn again: what is new since the last look, line by line. Ages are
//! left out, because they are always new.

use anyhow::Result;

use super::events::reporter_row;
use super::status_text::notes;
use crate::promote::status::detail::EnvironmentDetail;
use crate::promote::status::{Deployed, EnvironmentStatus};
use crate::rollout::Observation;
use crate::vocabulary::Diagnostic;
use crate::vocabulary::text::one_line;

/// Something that is so at the time of a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is about. What is about the same takes its place.
    about: String,
    /// As it is told.
    line: String,
}

impl Fact {
    fn new(about: &str, line: String) -> Self {
        Self { about: about.to_owned(), line: one_line(&line) }
    }
}

/// What is known of an environment that is one of many.
pub fn of_status(name: &str, status: &Result<EnvironmentStatus>) -> Vec<Fact> {
    match status {
        Ok(status) => standing(status),
        Err(error) => vec![Fact::new(name, format!("{name}: {}", Diagnostic::line(error)))],
    }
}

/// What is known of an environment that was looked at in full.
pub fn of_detail(found: &EnvironmentDetail) -> Vec<Fact> {
    let name = &found.status.environment;
    let mut facts = standing(&found.status);
    if let Some(Ok(seen)) = &found.merge {
        facts.push(Fact::new("merge", format!("{name}: {}", seen.state.reason())));
    }
    for (gate, state) in &found.gates {
        let line = format!("{name} gate {}", super::status_detail::gate(gate, state));
        facts.push(Fact::new(&format!("gate {gate}"), line));
    }
    facts
}

fn standing(status: &EnvironmentStatus) -> Vec<Fact> {
    let name = &status.environment;
    let mut facts = vec![Fact::new(name, format!("{name}: {}", deployed(status.deployed.as_ref())))];
    if let Some(proposed) = &status.proposed {
        let version = proposed.release.as_ref().map_or("removal", |release| &release.version);
        let line = format!("{name}: {version} is proposed: {}", proposed.url);
        facts.push(Fact::new(&format!("{name} proposed"), line));
    }
    facts.extend(status.rollout.iter().flat_map(|seen| reporters(name, seen)));
    let notes = notes(status).into_iter().map(|note| format!("{name}: {note}"));
    facts.extend(notes.map(|note| Fact::new(&note, note.clone())));
    facts
}

fn deployed(deployed: Option<&Deployed>) -> String {
    match deployed.map(|it| (&it.release.version, &it.verdict)) {
        None => "nothing is deployed".to_owned(),
        Some((version, None)) => format!("{version} is deployed, without a verdict yet"),
        Some((_, Some(verdict))) => verdict.description.clone(),
    }
}

fn reporters(name: &str, seen: &Observation) -> Vec<Fact> {
    let contexts = seen.reporters.iter().flat_map(|reporter| &reporter.contexts).map(|context| {
        let row = reporter_row(context);
        Fact::new(&format!("{name} {}", row.name), format!("{name} {}: {}", row.name, row.line()))
    });
    contexts.collect()
}

/// The lines that tell people who saw the facts of `before` what is so `now`.
pub fn news(before: &[Fact], now: &[Fact]) -> Vec<String> {
    let is_over = |fact: &&Fact| !now.iter().any(|other| other.about == fact.about);
    let over = before.iter().filter(is_over).map(|fact| format!("no longer: {}", fact.line));
    let new = now.iter().filter(|fact| !before.contains(fact)).map(|fact| fact.line.clone());
    over.chain(new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_news() {
        let fact = |about: &str, line: &str| Fact::new(about, line.to_owned());
        let before = [fact("dev", "dev: 1.4.0 verified"), fact("dev flux", "dev flux: failed")];
        assert_eq!(news(&[], &before), ["dev: 1.4.0 verified", "dev flux: failed"]);
        assert_eq!(news(&before, &before), [""; 0]);
        let now = [fact("dev", "dev: 1.5.0 is deployed"), before[1].clone()];
        assert_eq!(news(&before, &now), ["dev: 1.5.0 is deployed"]);
        assert_eq!(news(&now, &now[..1]), ["no longer: dev flux: failed"]);
    }
}
