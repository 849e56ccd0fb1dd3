//! Figures: how releases reach an environment, in the four numbers of DORA, computed from its history alone. What
//! the history does not tell is unknown, and not guessed. docs/status.md says how each is computed.

use jiff::{SignedDuration, Timestamp};

use super::HistoryEntry;
use crate::forge::StatusState;

/// The figures are about so much time until now.
const PERIOD: SignedDuration = SignedDuration::from_hours(90 * 24);
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How releases reach an environment.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// From when on deployments count.
    pub since: Timestamp,
    /// How many releases were deployed, rollbacks not counted.
    pub deployments: usize,
    pub per_week: f64,
    /// From the source commit to the verdict.
    pub from_commit: Option<Median>,
    /// From the proposal to the verdict.
    pub from_proposal: Option<Median>,
    /// Of the deployments that were judged, how many failed.
    pub failures: Failures,
    /// From a failure to the next success.
    pub to_restore: Option<Median>,
}

/// The middle of several times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Median {
    pub seconds: i64,
    /// How many times there are.
    pub of: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failures {
    pub failed: usize,
    /// How many have a verdict, or were rolled back.
    pub judged: usize,
}

impl Failures {
    /// `None`: nothing was judged.
    pub fn rate(self) -> Option<f64> {
        (self.judged > 0).then(|| self.failed as f64 / self.judged as f64)
    }
}

/// A release while it stood in the environment: one entry of the history, or one for each ring.
struct Stay<'a> {
    is_rollback: bool,
    /// Its entries, the newest first.
    entries: &'a [HistoryEntry],
    failed_at: Option<Timestamp>,
}

impl Stay<'_> {
    /// When it began.
    fn at(&self) -> Timestamp {
        self.first().at
    }

    fn first(&self) -> &HistoryEntry {
        &self.entries[self.entries.len() - 1]
    }

    /// When it was verified in all its targets.
    fn verified_at(&self) -> Option<Timestamp> {
        let verdict = self.entries[0].verdict.as_ref()?;
        (verdict.state == StatusState::Success).then_some(verdict.at)
    }
}

/// The figures of a history, which has the newest first. `None`: nothing was deployed.
pub fn figures(history: &[HistoryEntry], now: Timestamp) -> Option<Figures> {
    let stays = stays(history);
    let begin = now.checked_sub(PERIOD).unwrap_or(Timestamp::MIN);
    let since = stays.last()?.at().max(begin);
    let counted: Vec<&Stay> = stays.iter().filter(|stay| !stay.is_rollback && stay.at() >= since).collect();
    let weeks = now.duration_since(since).max(WEEK).as_secs_f64() / WEEK.as_secs_f64();
    let lead = |from: fn(&HistoryEntry) -> Option<Timestamp>| {
        median(
            counted.iter().filter_map(|stay| Some(stay.verified_at()?.duration_since(from(stay.first())?))),
        )
    };
    let failed = counted.iter().filter(|stay| stay.failed_at.is_some()).count();
    let verified = counted.iter().filter(|stay| stay.failed_at.is_none() && stay.verified_at().is_some());
    let restored = |stay: &&Stay| {
        let failed_at = stay.failed_at?;
        let later = stays.iter().filter_map(Stay::verified_at).filter(|at| *at > failed_at);
        Some(later.min()?.duration_since(failed_at))
    };
    Some(Figures {
        since,
        deployments: counted.len(),
        per_week: counted.len() as f64 / weeks,
        from_commit: lead(|entry| entry.source_at),
        from_proposal: lead(|entry| entry.proposed_at),
        failures: Failures { failed, judged: failed + verified.count() },
        to_restore: median(counted.iter().filter_map(restored)),
    })
}

/// The stays of a history, the newest first.
fn stays(history: &[HistoryEntry]) -> Vec<Stay<'_>> {
    let is_same = |one: &HistoryEntry, other: &HistoryEntry| {
        let name =
            |entry: &HistoryEntry| entry.release.as_ref().map(|it| (it.version.clone(), it.commit.clone()));
        name(one) == name(other) && one.rollback.is_some() == other.rollback.is_some()
    };
    let mut stays: Vec<Stay> = Vec::new();
    for entries in history.chunk_by(is_same) {
        let newest = &entries[0];
        let Some(release) = &newest.release else { continue };
        let failure = newest.verdict.as_ref().filter(|it| it.state != StatusState::Success);
        let failure = failure.filter(|it| it.state != StatusState::Pending).map(|verdict| verdict.at);
        // What came next took it out.
        let taken_out = stays.last().and_then(|next| {
            let rollback = next.first().rollback.as_ref()?;
            rollback.from.is(release).then(|| next.at())
        });
        let failed_at = failure.or(taken_out);
        stays.push(Stay { is_rollback: newest.rollback.is_some(), entries, failed_at });
    }
    stays
}

/// The middle one of several times, or the mean of the two in the middle. A clock that runs behind makes no time
/// negative.
fn median(times: impl Iterator<Item = SignedDuration>) -> Option<Median> {
    let mut seconds: Vec<i64> = times.map(|time| time.as_secs().max(0)).collect();
    seconds.sort_unstable();
    let of = seconds.len();
    let middle = of / 2;
    match of {
        0 => None,
        _ if of % 2 == 1 => Some(Median { seconds: seconds[middle], of }),
        _ => Some(Median { seconds: seconds[middle - 1].midpoint(seconds[middle]), of }),
    }
}

#[cfg(test)]
mod tests {
    use git2::Oid;
    use jiff::ToSpan;

    use super::*;
    use crate::promote::status::Verdict;
    use crate::release::Release;
    use crate::render::taken_out::{Rollback, TakenOut};

    fn at(hours: i64) -> Timestamp {
        "2026-01-05T09:00:00Z".parse::<Timestamp>().unwrap() + hours.hours()
    }

    /// Proposed an hour before it was merged, and judged an hour after, from a commit of the day before.
    fn entry(version: &str, hours: i64, verdict: Option<StatusState>) -> HistoryEntry {
        let verdict = verdict.map(|state| Verdict { state, description: String::new(), at: at(hours + 1) });
        HistoryEntry {
            commit: Oid::ZERO_SHA1,
            at: at(hours),
            author: "Ann".to_owned(),
            release: Some(Release::known_as(version.to_owned(), None)),
            rollback: None,
            pull: None,
            proposed_at: Some(at(hours - 1)),
            source_at: Some(at(hours - 24)),
            verdict,
            overrides: Vec::new(),
        }
    }

    fn rolled_back(version: &str, from: &str, hours: i64) -> HistoryEntry {
        let from = TakenOut::new(&Release::known_as(from.to_owned(), None));
        let rollback = Some(Rollback { from, restored: Oid::ZERO_SHA1 });
        HistoryEntry { rollback, ..entry(version, hours, Some(StatusState::Success)) }
    }

    const HOUR: i64 = 3600;

    #[test]
    fn nothing_is_known_of_an_empty_history() {
        assert_eq!(figures(&[], at(0)), None);
    }

    #[test]
    fn a_failure_lasts_until_the_next_success() {
        let history = [
            entry("1.3.0", 60, Some(StatusState::Success)),
            rolled_back("1.1.0", "1.2.0", 50),
            entry("1.2.0", 40, Some(StatusState::Failure)),
            entry("1.1.0", 10, Some(StatusState::Success)),
        ];
        let found = figures(&history, at(24 * 14 + 10)).unwrap();
        assert_eq!((found.since, found.deployments), (at(10), 3));
        assert!((found.per_week - 1.5).abs() < 1e-9, "{}", found.per_week);
        assert_eq!(found.from_commit, Some(Median { seconds: 25 * HOUR, of: 2 }));
        assert_eq!(found.from_proposal, Some(Median { seconds: 2 * HOUR, of: 2 }));
        assert_eq!(found.failures, Failures { failed: 1, judged: 3 });
        // From its verdict to that of the rollback.
        assert_eq!(found.to_restore, Some(Median { seconds: 10 * HOUR, of: 1 }));
    }

    #[test]
    fn what_was_rolled_back_failed_though_it_was_verified() {
        let history = [
            rolled_back("1.1.0", "1.2.0", 50),
            entry("1.2.0", 40, Some(StatusState::Success)),
            entry("1.1.0", 10, Some(StatusState::Success)),
        ];
        let found = figures(&history, at(100)).unwrap();
        assert_eq!(found.failures, Failures { failed: 1, judged: 2 });
        assert_eq!(found.to_restore, Some(Median { seconds: HOUR, of: 1 }));
    }

    #[test]
    fn rings_of_a_release_are_one_deployment() {
        let second = entry("1.1.0", 20, Some(StatusState::Success));
        let history = [second, entry("1.1.0", 10, Some(StatusState::Success))];
        let found = figures(&history, at(100)).unwrap();
        assert_eq!(found.deployments, 1);
        // From the first proposal to the last verdict.
        assert_eq!(found.from_proposal, Some(Median { seconds: 12 * HOUR, of: 1 }));
        assert!((found.per_week - 1.0).abs() < 1e-9, "less than a week counts as one");
    }

    #[test]
    fn what_the_history_does_not_tell_is_unknown() {
        let unjudged = HistoryEntry { proposed_at: None, source_at: None, ..entry("1.1.0", 10, None) };
        let found = figures(std::slice::from_ref(&unjudged), at(100)).unwrap();
        assert_eq!((found.from_commit, found.from_proposal, found.to_restore), (None, None, None));
        assert_eq!(found.failures.rate(), None);
    }

    #[test]
    fn what_is_older_than_the_period_does_not_count() {
        let history = [entry("1.2.0", 24 * 100, None), entry("1.1.0", 0, None)];
        let found = figures(&history, at(24 * 101)).unwrap();
        assert_eq!((found.deployments, found.since), (1, at(24 * 11)));
    }
}
