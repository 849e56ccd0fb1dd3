//! How waiting goes wrong: one history for each way, with the end that it has to have.

use towline::forge::StatusState::{Failure, Success};

use super::model::{By, Method, On, Reporters, Setting, Step, View};
use super::regressions::ends;
use super::spec::End;
use Step::{Close, Edit, Force, Merge, Other, Pass, Propose, Report};

const ONE: Setting = Setting::ANY;
const OK: Step = Report(On::Base(0), By::Eu, Success);

#[test]
fn the_merged_commit_is_another_than_the_head() {
    let eu = Report(On::Merged, By::Eu, Success);
    for method in [Method::Merge, Method::Squash, Method::FastForward, Method::Queue, Method::ByHand] {
        ends(ONE, &[Propose, Merge(method), eu, Pass(10)], End::Done);
        ends(ONE, &[Propose, Merge(method), Other, eu, Pass(10), Force(3)], End::Lost);
    }
}

#[test]
fn only_a_later_commit_has_the_report() {
    ends(ONE, &[Propose, Merge(Method::Merge), Other, Other, OK, Pass(10)], End::Done);
    ends(ONE, &[Propose, Merge(Method::Merge), Edit, OK, Pass(10)], End::Superseded);
    let follow = Setting { follow: true, ..ONE };
    ends(follow, &[Propose, Merge(Method::Merge), Edit, OK, Pass(10)], End::Done);
}

#[test]
fn only_the_first_reporters_have_spoken() {
    let three = Setting { reporters: Reporters::Three, ..ONE };
    let us = Report(On::Base(0), By::Us, Success);
    ends(three, &[Propose, Merge(Method::Merge), OK, us, OK, Pass(31)], End::Waiting);
    let asia = Report(On::Base(0), By::Asia, Success);
    ends(three, &[Propose, Merge(Method::Merge), OK, us, OK, Pass(31), asia, Pass(10)], End::Done);
}

#[test]
fn a_fast_forward_reuses_a_commit_that_has_reports() {
    let early = Report(On::Head, By::Eu, Success);
    ends(ONE, &[Propose, early, Pass(20), Merge(Method::FastForward), Pass(10)], End::Waiting);
    ends(ONE, &[Propose, early, Pass(20), Merge(Method::FastForward), OK, Pass(10)], End::Done);
}

#[test]
fn a_failure_is_followed_by_a_success_and_the_other_way_round() {
    let failure = Report(On::Base(0), By::Eu, Failure);
    ends(ONE, &[Propose, Merge(Method::Merge), failure, Pass(29), OK, Pass(10)], End::Done);
    ends(ONE, &[Propose, Merge(Method::Merge), failure, Pass(30)], End::Failed);
    ends(ONE, &[Propose, Merge(Method::Merge), OK, Pass(9), failure, Pass(29)], End::Waiting);
    ends(ONE, &[Propose, Merge(Method::Merge), OK, Pass(9), failure, Pass(30)], End::Failed);
}

#[test]
fn the_pull_request_ends_without_a_merge() {
    ends(ONE, &[Propose, Close], End::Closed);
    ends(ONE, &[Propose, Pass(300)], End::NotMerged);
    // A newer release takes the pull request over, and is merged.
    let release = Setting { view: View::Release, ..ONE };
    ends(release, &[Propose, Propose, Merge(Method::Merge)], End::Superseded);
}

#[test]
fn a_reporter_never_appears_or_never_finishes() {
    let near = Report(On::Base(0), By::NearMiss, Success);
    ends(ONE, &[Propose, Merge(Method::Merge), near, Pass(60)], End::NotAppeared);
    let pending = Report(On::Base(0), By::Eu, towline::forge::StatusState::Pending);
    ends(ONE, &[Propose, Merge(Method::Merge), pending, Pass(60)], End::Waiting);
    ends(ONE, &[Propose, Merge(Method::Merge), pending, Pass(120)], End::NotFinished);
}

#[test]
fn towline_wrote_the_status_itself() {
    let anything = Setting { reporters: Reporters::Anything, ..ONE };
    let own = Report(On::Base(0), By::Towline, Success);
    ends(anything, &[Propose, Merge(Method::Merge), own, Pass(31)], End::Waiting);
    let other = Report(On::Base(0), By::Deep, Success);
    ends(anything, &[Propose, Merge(Method::Merge), own, other, Pass(31)], End::Done);
}
