//! Argo CD's words for the phase of an operation, for the sync and for the health of an Application.

use super::report::Meaning;
use crate::forge::StatusState;

/// What a word means, in any case. A running operation has the health of before.
fn meaning(word: &str) -> Option<Meaning> {
    Some(match word.to_ascii_lowercase().as_str() {
        "succeeded" | "synced" | "healthy" => Meaning::Healthy,
        "running" | "terminating" | "inconclusive" | "outofsync" | "progressing" | "missing" => {
            Meaning::Progressing
        }
        "suspended" => Meaning::Paused,
        "failed" | "error" | "degraded" => Meaning::Failed,
        "unknown" => Meaning::Unknown,
        _ => return None,
    })
}

/// What `words` say together: while the operation runs, no end; else the worst. `None` if none of
/// them is Argo CD's. A word that is not, beside one that is, may be anything.
pub fn together<'a>(words: impl Iterator<Item = &'a str>) -> Option<Meaning> {
    let words: Vec<&str> = words.collect();
    let known: Vec<Meaning> = words.iter().filter_map(|word| meaning(word)).collect();
    if known.is_empty() {
        return None;
    }
    let runs = |word: &&str| ["running", "terminating"].iter().any(|it| it.eq_ignore_ascii_case(word));
    if words.iter().any(runs) {
        let is_paused = known.contains(&Meaning::Paused);
        return Some(if is_paused { Meaning::Paused } else { Meaning::Progressing });
    }
    let worst = [Meaning::Failed, Meaning::Unknown, Meaning::Progressing, Meaning::Paused];
    match worst.into_iter().find(|meaning| known.contains(meaning)) {
        None if known.len() < words.len() => Some(Meaning::Unknown),
        found => Some(found.unwrap_or(Meaning::Healthy)),
    }
}

/// What a status means, from its state and what its words say.
pub fn combine(state: StatusState, words: Option<Meaning>) -> Meaning {
    match (state, words) {
        (StatusState::Success, Some(Meaning::Failed)) => Meaning::Unknown,
        (StatusState::Success, words) => words.unwrap_or(Meaning::Healthy),
        (StatusState::Pending, Some(meaning @ (Meaning::Paused | Meaning::Unknown))) => meaning,
        (StatusState::Pending, _) => Meaning::Progressing,
        (_, Some(meaning @ (Meaning::Paused | Meaning::Progressing | Meaning::Unknown))) => meaning,
        (StatusState::Failure | StatusState::Error, _) => Meaning::Failed,
    }
}
