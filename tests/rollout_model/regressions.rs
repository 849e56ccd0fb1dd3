//! Histories in which the product was wrong once, as small as they could be made.

use std::sync::Arc;

use towline::forge::StatusState::{Failure, Success};

use super::laws;
use super::model::{By, History, Method, On, Reporters, Setting, Step, View};
use super::play::play;
use super::spec::End;
use super::stage::{Local, Stage};
use Step::{Edit, Merge, Pass, Propose, Report};

const ONE: Setting = Setting::ANY;

/// Plays a history on the local forge; it has to go as specified, and to end so.
pub fn ends(setting: Setting, steps: &[Step], end: End) {
    let history = History { deployed: false, settings: vec![setting], closely: true, steps: steps.to_vec() };
    let stage = Local::new();
    let played = play(&stage, &Arc::from(stage.forge()), &history);
    assert_eq!(laws::as_specified(&played), Ok(()));
    assert_eq!(played.looks.last().unwrap().found.end, end);
}

/// It is a reporter that never appeared, also for those who look when the rollout had to be over.
#[test]
fn a_reporter_that_never_appeared_is_seen_late() {
    ends(ONE, &[Propose, Merge(Method::Merge), Pass(120)], End::NotAppeared);
}

/// Who looked in time saw that it was done.
#[test]
fn a_failure_comes_after_it_was_done() {
    let [success, failure] = [Success, Failure].map(|state| Report(On::Merged, By::Eu, state));
    ends(ONE, &[Propose, Merge(Method::Merge), success, Pass(10), failure, Pass(31)], End::Done);
}

#[test]
fn a_run_that_was_killed_has_forgotten_its_pull_request() {
    let setting = Setting { reporters: Reporters::Nobody, view: View::Release, ..ONE };
    ends(setting, &[Propose, Merge(Method::Merge), Propose, Edit], End::Done);
}

#[test]
fn a_killed_run_counts_from_the_merge_of_a_commit_that_was_fast_forwarded() {
    let early = Report(On::Head, By::Eu, Success);
    let setting = Setting { view: View::Release, ..ONE };
    ends(setting, &[Propose, early, Pass(20), Merge(Method::FastForward), Propose, Pass(10)], End::Waiting);
}

/// git does not tell when a branch was moved; the commit is older.
#[test]
fn a_report_from_before_a_fast_forward_by_hand() {
    let early = Report(On::Head, By::Eu, Success);
    ends(ONE, &[Propose, early, Pass(20), Merge(Method::FastForwardByHand), Pass(10)], End::Waiting);
}

/// The commit that supersedes was made before it was done, and landed after.
#[test]
fn a_newer_release_is_fast_forwarded_after_it_was_done() {
    let success = Report(On::Merged, By::Eu, Success);
    let setting = Setting { view: View::First, ..ONE };
    let steps =
        [Propose, Merge(Method::Merge), Propose, Pass(1), success, Pass(10), Merge(Method::FastForward)];
    ends(setting, &steps, End::Done);
}

/// Commits have whole seconds, the local forge has more.
#[test]
fn a_newer_commit_lands_in_the_second_in_which_it_was_done() {
    let success = Report(On::Merged, By::Eu, Success);
    ends(ONE, &[Propose, Merge(Method::Merge), success, Pass(10), Edit], End::Done);
}
