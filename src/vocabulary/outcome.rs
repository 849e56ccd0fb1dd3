//! How a command ended. The exit code and the `outcome` of `--output json` come from here.

use schemars::JsonSchema;
use serde::Serialize;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The command did what was asked.
    Done,
    /// There was nothing to do.
    Unchanged,
    /// The command could not do its work.
    #[default]
    Error,
    /// The command line was wrong.
    Usage,
    /// Towline could and does not: a gate, a freeze or a hold said no, or somebody else's work would
    /// be lost.
    Refused,
    /// The proposal was closed without being merged.
    Closed,
    /// The deployment or its checks failed.
    Failed,
    /// A deadline passed.
    TimedOut,
    /// A newer release took over.
    Superseded,
    /// `--once`: nothing to say yet. `status --exit-code`: something is under way.
    Unfinished,
    /// Somebody stopped it.
    Interrupted,
}

impl Outcome {
    pub fn exit_code(self) -> u8 {
        match self {
            Outcome::Done | Outcome::Unchanged => 0,
            Outcome::Error => 1,
            Outcome::Usage => 2,
            Outcome::Refused => 3,
            Outcome::Closed => 4,
            Outcome::Failed => 5,
            Outcome::TimedOut => 6,
            Outcome::Superseded => 7,
            Outcome::Unfinished => 75,
            Outcome::Interrupted => 130,
        }
    }

    /// How a command ended that did several things: as the worst of them.
    pub fn worst(outcomes: impl IntoIterator<Item = Outcome>) -> Outcome {
        const WORST_FIRST: [Outcome; 11] = [
            Outcome::Interrupted,
            Outcome::Error,
            Outcome::Usage,
            Outcome::Failed,
            Outcome::TimedOut,
            Outcome::Refused,
            Outcome::Closed,
            Outcome::Superseded,
            Outcome::Unfinished,
            Outcome::Done,
            Outcome::Unchanged,
        ];
        let found: Vec<Outcome> = outcomes.into_iter().collect();
        WORST_FIRST.into_iter().find(|outcome| found.contains(outcome)).unwrap_or(Outcome::Unchanged)
    }

    pub fn is_success(self) -> bool {
        self.exit_code() == 0
    }

    /// Whether it ended badly. What is not finished yet has not.
    pub fn is_failure(self) -> bool {
        !self.is_success() && self != Outcome::Unfinished
    }
}
