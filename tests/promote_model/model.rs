//! What a history is made of: the setting, and what people, operators and runs of Towline do.

use towline::gitops::decision::Decision;

/// A history that can be played again.
#[derive(Debug, Clone)]
pub struct History {
    pub setting: Setting,
    pub steps: Vec<Step>,
}

/// What the pipeline file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Setting {
    /// Whether Towline merges, in dev and in prod, until somebody changes that.
    pub auto: [bool; 2],
    /// Whether an operator reports; else nobody observes.
    pub watched: bool,
    /// Whether the forge merges nothing without an approval, where it has such a rule.
    pub reviewed: bool,
    pub method: Method,
    pub guard: Guard,
}

/// What keeps releases out of prod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Guard {
    Nothing,
    /// Somebody has to approve the release.
    Manual,
    /// The release has to be verified in dev for [`Guard::SOAK`] seconds.
    Soak,
}

impl Guard {
    pub const SOAK: i64 = 20;

    pub fn in_file(self) -> String {
        match self {
            Self::Nothing => "[]".to_owned(),
            Self::Manual => "[{manual: {}}]".to_owned(),
            Self::Soak => format!("[{{soak: {}s}}]", Self::SOAK),
        }
    }

    pub fn name(self) -> &'static str {
        ["", "manual", "soak"][self as usize]
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    Merge,
    Squash,
    FastForward,
}

impl Method {
    pub const ALL: [Self; 3] = [Self::Merge, Self::Squash, Self::FastForward];

    pub fn in_file(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Squash => "squash",
            Self::FastForward => "fastForward",
        }
    }
}

/// `prod` needs `dev`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Env {
    Dev,
    Prod,
}

impl Env {
    pub const ALL: [Self; 2] = [Self::Dev, Self::Prod];

    pub fn name(self) -> &'static str {
        ["dev", "prod"][self as usize]
    }

    /// The status that its operator writes.
    pub fn context(self) -> &'static str {
        ["flux/dev", "flux/prod"][self as usize]
    }

    pub fn other(self) -> Self {
        if self == Self::Dev { Self::Prod } else { Self::Dev }
    }

    pub fn of(name: &str) -> Self {
        Self::ALL.into_iter().find(|env| env.name() == name).unwrap()
    }
}

/// What somebody does. Who cannot do it in the moment does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Run(Run),
    /// An operator reports on the tip of the base branch, or on so many commits before it.
    Report(Env, u8, bool),
    /// People merge the open pull request.
    Merge(Env, Method),
    Close(Env),
    /// People approve the open pull request as it is now.
    Approve(Env),
    /// The proposal's head is written anew with its message, with another content or without.
    Amend(Env, bool),
    /// Towline's commit, with its trailers, once more on top of a commit of people.
    CherryPick(Env),
    /// A commit of people on the proposal's branch.
    Commit(Env),
    /// The forge's button: the base is merged into the proposal's branch.
    UpdateBranch(Env),
    /// The files of an environment become by hand what they were before their last change.
    Revert(Env),
    /// `git revert -m 1` of the merge that came last into this environment: pushed, or merged as the
    /// forge's button proposes it.
    RevertMerge(Env, bool),
    /// The base branch goes back so many commits.
    Force(u8),
    /// A deployed manifest is changed by hand.
    Edit(Env),
    /// A deployed manifest is deleted by hand.
    Delete(Env),
    /// A file that is nobody's, in the environment's folder.
    Beside(Env),
    /// A commit of another application.
    Other,
    /// People commit on what the base was, merge the base into that, and push it.
    Foxtrot,
    /// From now on Towline merges, or leaves that to people.
    Auto(Env, bool),
    /// Somebody opens the gate of prod for the newest release: with an approval, or with an override.
    Open(Decision),
    /// Seconds.
    Pass(u16),
    /// The clocks of people are so many hours wrong from now on.
    Jump(i16),
}

/// One run of `towline promote`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Nothing: a new release. Else so many releases before the newest.
    pub back: Option<u8>,
    pub source: Source,
    pub select: Select,
    pub mode: Mode,
    pub again: bool,
    pub force: bool,
    pub overwrite_drift: bool,
    pub allow_older: bool,
    pub take_over: bool,
    pub allow_dirty: bool,
}

/// Which sources it is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    Ours,
    /// Another repository whose application has the same name.
    Other,
    /// Files that are not committed.
    Dirty,
    /// Our repository, after the application was given another name.
    Renamed,
    /// The same, and the pipeline file tells the name that it had: `formerly`.
    Moved,
    /// Our repository, after the folders of its files were given other names: `formerly`, too.
    Placed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Select {
    All,
    Only(Env),
    To(Env),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Once,
    /// Until the end, while operators say nothing, a success, or a failure.
    Wait(Option<bool>),
}

/// A release: the number is its version, and decides which files it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rel {
    pub number: u32,
    pub source: Source,
}

impl Rel {
    pub fn application(self) -> &'static str {
        if matches!(self.source, Source::Renamed | Source::Moved) { "hello" } else { "greeting" }
    }

    /// What the pipeline file says that it was called before.
    pub fn former(self) -> Option<&'static str> {
        (self.source == Source::Moved).then_some("greeting")
    }

    pub fn version(self) -> String {
        format!("1.{}.0", self.number)
    }
}
