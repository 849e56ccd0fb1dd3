//! Histories that ended wrong once.

use std::sync::Mutex;

use super::model::{Env, Guard, History, Method, Mode, Run, Select, Setting, Source, Step};
use super::{LOCAL, Lane};

const RUN: Run = Run {
    back: None,
    source: Source::Ours,
    select: Select::To(Env::Dev),
    mode: Mode::Once,
    again: false,
    force: false,
    overwrite_drift: false,
    allow_older: false,
    take_over: false,
    allow_dirty: false,
};

const SETTING: Setting = Setting {
    auto: [false; 2],
    watched: false,
    reviewed: false,
    method: Method::Merge,
    guard: Guard::Nothing,
};

fn obeys(lane: &Lane, setting: Setting, steps: &[Step]) {
    let history = History { setting, steps: steps.to_vec() };
    let mut told = Ok(String::new());
    lane.play(&mut |play| told = play(&history), &Mutex::default());
    told.unwrap();
}

/// Two proposals for one branch that only moves to proposed commits: people merge one while a run
/// waits for the other.
#[test]
fn a_wait_puts_its_proposal_onto_a_base_that_went_on() {
    let renamed = Run { source: Source::Renamed, ..RUN };
    let steps = [
        Step::Run(renamed),
        Step::Run(Run { back: Some(0), ..RUN }),
        Step::Run(Run { mode: Mode::Wait(Some(true)), ..renamed }),
    ];
    obeys(&LOCAL, Setting { method: Method::FastForward, ..SETTING }, &steps);
}

/// A version that another repository's application has, too.
#[test]
fn a_verdict_is_of_the_repository_whose_release_it_is() {
    let merge = Step::Merge(Env::Dev, Method::Merge);
    let other = Run { back: Some(0), source: Source::Other, select: Select::Only(Env::Prod), ..RUN };
    let steps = [Step::Run(RUN), merge, Step::Run(Run { back: Some(0), ..RUN }), Step::Run(other)];
    obeys(&LOCAL, SETTING, &steps);
}

/// People took a file out, and its folder gets another name.
#[test]
fn what_people_removed_does_not_come_back_in_another_folder() {
    let release = |run| [Step::Run(run), Step::Merge(Env::Dev, Method::Merge)];
    for source in [Source::Moved, Source::Placed] {
        let moved = Run { source, ..RUN };
        let steps = [&release(RUN)[..], &[Step::Delete(Env::Dev)], &release(moved)[..]].concat();
        obeys(&LOCAL, SETTING, &steps);
    }
}

/// People closed a release, and somebody deployed the one before it.
#[test]
fn what_people_closed_stays_closed_after_an_older_release() {
    let of = |back| Step::Run(Run { back: Some(back), ..RUN });
    let merge = Step::Merge(Env::Dev, Method::Merge);
    let steps = [Step::Run(RUN), Step::Run(RUN), Step::Close(Env::Dev), of(0), of(1), merge, of(1), of(0)];
    obeys(&LOCAL, SETTING, &steps);
}
