//! The delivery figures of `towline status --history` as people read them.

use jiff::SignedDuration;

use super::page::Page;
use super::table;
use crate::promote::status::figures::{Figures, Median};
use crate::vocabulary::text::counted;

/// A table: what is measured, its value, and what it was computed from.
pub fn figures(figures: &Figures, page: &Page) -> String {
    let Figures { since, deployments, per_week, from_commit, from_proposal, failures, to_restore } = figures;
    let share = failures.rate().map_or(UNKNOWN.to_owned(), |rate| format!("{:.0}%", rate * 100.0));
    let rows = [
        ["DELIVERY", "VALUE", "FROM"].map(str::to_owned),
        [
            "deployment frequency".to_owned(),
            format!("{per_week:.1} a week"),
            format!("{} since {}", counted(*deployments, "deployment"), table::to_second(*since)),
        ],
        median("lead time from commit", *from_commit, "verified deployment"),
        median("lead time from proposal", *from_proposal, "verified deployment"),
        [
            "change failure rate".to_owned(),
            share,
            format!("{} of {}", failures.failed, counted(failures.judged, "judged deployment")),
        ],
        median("time to restore", *to_restore, "failure"),
    ];
    table::fitted(&rows, page.columns, |_, _, text| text.to_owned())
}

const UNKNOWN: &str = "unknown";

fn median(name: &str, median: Option<Median>, of: &str) -> [String; 3] {
    match median {
        Some(median) => [name.to_owned(), time(median.seconds), counted(median.of, of)],
        None => [name.to_owned(), UNKNOWN.to_owned(), "-".to_owned()],
    }
}

/// In the two largest units: `2d 3h`.
fn time(seconds: i64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let rest = match (days, rest) {
        (0, rest) if rest < 3_600 => SignedDuration::from_secs(rest),
        (0, rest) => SignedDuration::from_secs(rest / 60 * 60),
        (_, rest) => SignedDuration::from_hours(rest / 3_600),
    };
    match (days, rest.is_zero()) {
        (0, _) => format!("{rest:#}"),
        (days, true) => format!("{days}d"),
        (days, false) => format!("{days}d {rest:#}"),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn times_have_two_units() {
        let times = [0, 59, 61, 3_600, 7_265, 86_400, 100_000].map(super::time);
        assert_eq!(times, ["0s", "59s", "1m 1s", "1h", "2h 1m", "1d", "1d 3h"]);
    }
}
