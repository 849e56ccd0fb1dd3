//! What must hold of every look, said without the specification: so that a mistake that stands in
//! both it and the product is found as well.

use std::collections::HashSet;

use git2::Oid;
use towline::forge::StatusState;

use super::model::{Event, Ours, Reporters, Told, View};
use super::play::{Look, Played};
use super::spec::{End, Finding};

/// A process that was started for the look, or that had been killed, finds what is specified.
pub fn as_specified(played: &Played) -> Result<(), String> {
    for look in &played.looks {
        let specified = played.specified(look);
        for found in [Some(look.found), look.killed].into_iter().flatten() {
            if found != specified {
                let steps = look.steps;
                return Err(format!("after {steps} steps: {found:?}\nbut specified is {specified:?}"));
            }
        }
    }
    Ok(())
}

/// Never a success without the reports that are declared: written after the merge, of a commit
/// that has the files that are deployed, by so many, and not by Towline.
pub fn never_done_without_its_reports(played: &Played) -> Result<(), String> {
    for look in played.looks.iter().filter(|look| look.found.end == End::Done) {
        let events = &played.told.events[..look.events];
        let Some(merged) = look.found.merged else { return Err("done without a merge".to_owned()) };
        let deployed = deployments(&played.told, merged, look);
        let contexts: HashSet<&str> =
            events.iter().filter_map(|event| success(event, events, &played.told, &deployed)).collect();
        for (pattern, count) in look.setting.reporters.declared() {
            let prefix = pattern.split('*').next().unwrap();
            let reported = contexts.iter().filter(|context| context.starts_with(prefix)).count();
            if reported < *count {
                return Err(format!(
                    "after {} steps: done, but {pattern} has {reported} of {count}",
                    look.steps
                ));
            }
        }
    }
    Ok(())
}

/// What was deployed by the merge, and what was followed.
fn deployments(told: &Told, merged: Oid, look: &Look) -> Vec<Ours> {
    let all = told.commits.values().filter_map(|commit| commit.ours);
    let merged = told.ours(merged);
    all.filter(|ours| look.setting.follow || Some(*ours) == merged).collect()
}

/// The context of a success that counts.
fn success<'e>(event: &'e Event, events: &[Event], told: &Told, deployed: &[Ours]) -> Option<&'e str> {
    let Event::Reported { commit, context, state: StatusState::Success, at } = event else { return None };
    let since = events.iter().filter_map(|event| match event {
        Event::Merged { commit: merged, at, .. } if told.contains(*commit, *merged) => Some(*at),
        _ => None,
    });
    // What is deployed without a pull request is there since its commit.
    let since = since.min().unwrap_or(told.commits[commit].at);
    let ours = told.ours(*commit).is_some_and(|ours| deployed.contains(&ours));
    (ours && *at >= since && !context.starts_with("towline/")).then_some(*context)
}

/// One of three clusters says nothing: that is no success.
pub fn never_done_with_a_cluster_missing(played: &Played) -> Result<(), String> {
    let three = played.looks.iter().filter(|look| look.setting.reporters == Reporters::Three);
    for look in three.filter(|look| look.found.end == End::Done) {
        for cluster in ["flux/eu", "flux/us", "flux/asia"] {
            let spoke = played.told.events[..look.events]
                .iter()
                .any(|event| matches!(event, Event::Reported { context, state: StatusState::Success, .. } if *context == cluster));
            if !spoke {
                return Err(format!("after {} steps: done, and nothing from {cluster}", look.steps));
            }
        }
    }
    Ok(())
}

/// Whatever comes later, short of a force-push or of a newer proposal that is asked about instead.
pub fn done_stays_done(played: &Played) -> Result<(), String> {
    let mut done: Option<&Look> = None;
    for look in played.looks.iter().filter(|look| look.setting == played.history.settings[0]) {
        if let Some(before) = done {
            let events = &played.told.events[before.events..look.events];
            let asked_anew = look.setting.view != View::First
                && events.iter().any(|event| matches!(event, Event::Proposed { .. }));
            let Finding { end, merged, .. } = look.found;
            // Taken out, or brought back as another deployment.
            let moved = !went_forward(played, before, look) || merged != before.found.merged;
            if asked_anew || moved {
                done = None;
            } else if end != End::Done {
                return Err(format!(
                    "after {} steps it was done, after {} it is {end:?}",
                    before.steps, look.steps
                ));
            }
        }
        if look.found.end == End::Done {
            done = Some(look);
        }
    }
    Ok(())
}

/// Whether the base branch only went forward from one look to the other.
fn went_forward(played: &Played, from: &Look, to: &Look) -> bool {
    let tips = |events: &[Event]| -> Vec<Oid> {
        let tip = |event: &Event| match event {
            Event::Base { tip } => Some(*tip),
            _ => None,
        };
        events.iter().filter_map(tip).collect()
    };
    let before = tips(&played.told.events[..from.events]).pop();
    let line = before.into_iter().chain(tips(&played.told.events[from.events..to.events]));
    line.collect::<Vec<_>>().windows(2).all(|step| played.told.contains(step[1], step[0]))
}

/// Whoever looks again when it is worth looking again misses nothing that time alone brings.
pub fn nothing_happens_before_it_is_worth_looking(played: &Played) -> Result<(), String> {
    for look in &played.looks {
        let Some(after) = look.after else { continue };
        if after <= 0.0 || after > 30.0 {
            return Err(format!("after {} steps it says to look again after {after} s", look.steps));
        }
        #[allow(clippy::cast_possible_truncation, reason = "at most thirty")]
        let last = look.now + after.ceil() as i64 - 1;
        let then = played.specified(&Look { now: last, ..*look });
        if last > look.now && then.end != End::Waiting {
            return Err(format!(
                "after {} steps it says to look again after {after} s, but before that it is {:?}",
                look.steps, then.end
            ));
        }
    }
    Ok(())
}
