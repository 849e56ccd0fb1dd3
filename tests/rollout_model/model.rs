//! What a history is made of: the setting, what people and operators do, and what came of it.
//!
//! A history is a list of [`Step`]s, and settings in which it is asked about: playing it takes
//! longer than asking, so several ask. The [world](super::world) plays them and writes
//! down what happened, as [`Told`]; the [specification](super::spec) reads nothing else.

use std::collections::{HashMap, HashSet};

use git2::Oid;
use towline::forge::StatusState;

#[derive(Debug, Clone)]
pub struct History {
    /// Whether something is deployed before it begins.
    pub deployed: bool,
    /// All of them ask at the end, and the first after every step if it is looked at closely.
    pub settings: Vec<Setting>,
    /// Looking takes longer than playing, so not every history is looked at all the time.
    pub closely: bool,
    pub steps: Vec<Step>,
}

/// What an environment declares, and what is asked about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    pub reporters: Reporters,
    pub times: Times,
    pub follow: bool,
    pub view: View,
}

impl Setting {
    pub const ANY: Self =
        Self { reporters: Reporters::One, times: Times::Usual, follow: false, view: View::Newest };
}

/// `reporters:`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reporters {
    Nobody,
    One,
    Three,
    Two,
    Overlapping,
    Anything,
}

impl Reporters {
    pub const ALL: [Self; 6] =
        [Self::Nobody, Self::One, Self::Three, Self::Two, Self::Overlapping, Self::Anything];

    /// Patterns and counts.
    pub fn declared(self) -> &'static [(&'static str, usize)] {
        match self {
            Self::Nobody => &[],
            Self::One => &[("flux/*", 1)],
            Self::Three => &[("flux/*", 3)],
            Self::Two => &[("flux/*", 1), ("argo/greeting", 1)],
            Self::Overlapping => &[("flux/eu", 1), ("flux/*", 2)],
            Self::Anything => &[("*/*/*", 1)],
        }
    }
}

/// The times of `await:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    Usual,
    /// Nothing has to hold, and a failure is one at once.
    Hasty,
    /// A rollout has to end before reporters have to appear.
    Odd,
}

impl Times {
    pub const ALL: [Self; 3] = [Self::Usual, Self::Hasty, Self::Odd];

    pub fn seconds(self) -> Seconds {
        let usual = Seconds { merge: 300, appear: 60, finish: 120, settle: 10, grace: 30 };
        match self {
            Self::Usual => usual,
            Self::Hasty => Seconds { settle: 0, grace: 0, ..usual },
            Self::Odd => Seconds { appear: 90, finish: 45, settle: 20, grace: 60, ..usual },
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Seconds {
    pub merge: i64,
    pub appear: i64,
    pub finish: i64,
    pub settle: i64,
    pub grace: i64,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// `towline await ENV`: the newest proposal, or what is deployed.
    Newest,
    /// `towline await --pull N`, of the first pull request.
    First,
    /// `towline promote` of the first release.
    Release,
}

impl View {
    pub const ALL: [Self; 3] = [Self::Newest, Self::First, Self::Release];
}

/// What somebody does. Who cannot do it in the moment does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A newer release is proposed, in the open pull request if there is one.
    Propose,
    Merge(Method),
    Close,
    Report(On, By, StatusState),
    /// A commit of another application.
    Other,
    /// A file that is not ours, in our folder.
    Beside,
    /// Somebody changes our manifest by hand.
    Edit,
    /// Our files become again what they were before their last change.
    Revert,
    /// The base branch goes back so many commits.
    Force(u8),
    /// The base branch is again what it was before it went back.
    Restore,
    /// What the base branch lost is merged into it again.
    Rejoin,
    /// Seconds.
    Pass(u16),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Merge,
    Squash,
    FastForward,
    /// Squashed by a queue, between commits of others that land in the same moment.
    Queue,
    /// A person merges with git.
    ByHand,
    FastForwardByHand,
}

/// The commit that a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// So many commits before the tip of the base branch.
    Base(u8),
    /// The newest merged commit.
    Merged,
    /// The newest commit that was proposed, merged or not.
    Head,
}

/// Who reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Eu,
    Us,
    Asia,
    Argo,
    Deep,
    /// Almost a reporter of ours.
    NearMiss,
    OtherApplication,
    Towline,
}

impl By {
    pub fn context(self) -> &'static str {
        match self {
            Self::Eu => "flux/eu",
            Self::Us => "flux/us",
            Self::Asia => "flux/asia",
            Self::Argo => "argo/greeting",
            Self::Deep => "flux/greeting/eu",
            Self::NearMiss => "Flux/eu",
            Self::OtherApplication => "argo/other",
            Self::Towline => "towline/greeting/dev",
        }
    }
}

/// What happened. Times are the whole seconds that forges tell.
#[derive(Debug, Clone, Default)]
pub struct Told {
    pub commits: HashMap<Oid, Commit>,
    pub events: Vec<Event>,
    /// The second of each of them.
    pub times: Vec<i64>,
}

#[derive(Debug, Clone)]
pub struct Commit {
    pub parents: Vec<Oid>,
    /// What of ours stands in it.
    pub ours: Option<Ours>,
    pub at: i64,
}

/// The files of a release, as they were rendered or changed by hand so many times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ours {
    pub release: u32,
    pub edited: u32,
}

#[derive(Debug, Clone)]
pub enum Event {
    Base {
        tip: Oid,
    },
    /// Opened, or its branch has another release now.
    Proposed {
        number: u64,
        head: Oid,
        at: i64,
    },
    Merged {
        number: u64,
        commit: Oid,
        at: i64,
    },
    Closed {
        number: u64,
    },
    Reported {
        commit: Oid,
        context: &'static str,
        state: StatusState,
        at: i64,
    },
}

impl Told {
    /// The first-parent line that ends in `tip`, the newest first.
    pub fn line(&self, tip: Oid) -> Vec<Oid> {
        let first_parent = |id: &Oid| self.commits[id].parents.first().copied();
        std::iter::successors(Some(tip), first_parent).collect()
    }

    /// Whether `descendant` has `ancestor` in its history, or is it.
    pub fn contains(&self, descendant: Oid, ancestor: Oid) -> bool {
        let mut seen = HashSet::new();
        let mut left = vec![descendant];
        while let Some(id) = left.pop() {
            if id == ancestor {
                return true;
            }
            if seen.insert(id) {
                left.extend(&self.commits[&id].parents);
            }
        }
        false
    }

    pub fn ours(&self, id: Oid) -> Option<Ours> {
        self.commits[&id].ours
    }
}
