//! Times: when what happened, for the summary at the end.

use jiff::{SignedDuration, Timestamp};

/// The moments of a deployment, as far as they are known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    pub proposed_at: Option<Timestamp>,
    pub merged_at: Option<Timestamp>,
    pub first_report_at: Option<Timestamp>,
    /// When the last reporter began to report the success that held.
    pub healthy_at: Option<Timestamp>,
}

impl Times {
    /// From the proposal to the merge.
    pub fn merged_after(&self) -> Option<SignedDuration> {
        between(self.proposed_at, self.merged_at)
    }

    /// From the merge to the first report.
    pub fn first_report_after(&self) -> Option<SignedDuration> {
        between(self.merged_at, self.first_report_at)
    }

    /// From the merge until all was well.
    pub fn healthy_after(&self) -> Option<SignedDuration> {
        between(self.merged_at, self.healthy_at)
    }

    /// `merged after 3m, first report after 12s, healthy after 1m 4s`; empty when nothing is known.
    pub fn summary(&self) -> String {
        let parts = [
            ("merged after", self.merged_after()),
            ("first report after", self.first_report_after()),
            ("healthy after", self.healthy_after()),
        ];
        let parts = parts.iter().filter_map(|(what, time)| Some(format!("{what} {:#}", (*time)?)));
        parts.collect::<Vec<_>>().join(", ")
    }
}

/// Commits and most forges give whole seconds: compared with them, the other times have to as well.
pub fn whole_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

/// In whole seconds, which is what forges tell. Their clocks may differ from git's.
fn between(start: Option<Timestamp>, end: Option<Timestamp>) -> Option<SignedDuration> {
    let seconds = end?.as_second() - start?.as_second();
    Some(SignedDuration::from_secs(seconds.max(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::testing::at;

    #[test]
    fn what_is_not_known_is_left_out() {
        let times = Times { proposed_at: Some(at(-180)), merged_at: Some(at(0)), ..Times::default() };
        assert_eq!(times.summary(), "merged after 3m");
        let times = Times { first_report_at: Some(at(12)), healthy_at: Some(at(64)), ..times };
        assert_eq!(times.summary(), "merged after 3m, first report after 12s, healthy after 1m 4s");
        assert_eq!(Times::default().summary(), "");
    }
}
