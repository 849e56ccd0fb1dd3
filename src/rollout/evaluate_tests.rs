use insta::assert_snapshot;

use super::*;
use crate::forge::StatusState::{self, *};
use crate::rollout::reporters::expected;
use crate::rollout::testing::{at, environment, status};

/// What is said about `statuses` so many seconds after the merge.
fn say(reporters: &[(&str, usize)], statuses: &[(&str, StatusState, i64)], seconds: i64) -> String {
    let environment = environment(reporters);
    let statuses: Vec<_> = statuses.iter().map(|(context, state, at)| status(context, *state, *at)).collect();
    let facts = Facts {
        now: at(seconds),
        merged_at: at(0),
        reports_since: Some(at(0)),
        statuses: &statuses,
        expected: expected(&environment).unwrap(),
        options: &environment.rollout,
    };
    match evaluate(&facts).verdict {
        Verdict::Done => "done".to_owned(),
        Verdict::Failed(why) => format!("failed: {why}"),
        Verdict::TimedOut(deadline, message) => format!("timed out ({deadline:?}): {message}"),
        Verdict::Pending { why, until } => {
            format!("pending until {}s: {why}", until.as_second() - at(0).as_second())
        }
    }
}

const WEB: &[(&str, usize)] = &[("kustomization/web/*", 1)];
const MINUTES: i64 = 60;

#[test]
fn a_success_is_done_once_it_has_held() {
    let statuses = [("kustomization/web/1", Pending, 20), ("kustomization/web/1", Success, 60)];
    assert_snapshot!(say(WEB, &[], 0), @"pending until 900s: nothing yet from kustomization/web/*");
    assert_snapshot!(say(WEB, &statuses[..1], 30), @"pending until 1800s: kustomization/web/1 is pending");
    assert_snapshot!(say(WEB, &statuses, 69), @"pending until 70s: kustomization/web/1 succeeded a moment ago");
    assert_snapshot!(say(WEB, &statuses, 70), @"done");
}

#[test]
fn a_success_that_is_repeated_holds_since_the_first() {
    let statuses = [("kustomization/web/1", Success, 60), ("kustomization/web/1", Success, 66)];
    assert_snapshot!(say(WEB, &statuses, 70), @"done");
}

#[test]
fn a_success_that_does_not_hold_is_none() {
    let statuses = [("kustomization/web/1", Success, 60), ("kustomization/web/1", Failure, 65)];
    assert_snapshot!(say(WEB, &statuses, 75), @"pending until 365s: kustomization/web/1 is failing");
    let again = [statuses[0], statuses[1], ("kustomization/web/1", Success, 90)];
    assert_snapshot!(say(WEB, &again, 95), @"pending until 100s: kustomization/web/1 succeeded a moment ago");
    assert_snapshot!(say(WEB, &again, 100), @"done");
}

/// Flux tries again: a failure may be followed by a success on the same commit.
#[test]
fn a_failure_is_final_only_after_grace() {
    let statuses = [
        ("kustomization/web/1", Failure, 60),
        ("kustomization/web/1", Pending, 100),
        ("kustomization/web/1", Error, 170),
    ];
    assert_snapshot!(say(WEB, &statuses[..1], 179), @"pending until 360s: kustomization/web/1 is failing");
    assert_snapshot!(say(WEB, &statuses[..2], 181), @"pending until 1800s: kustomization/web/1 is pending");
    assert_snapshot!(say(WEB, &statuses, 399), @"pending until 400s: kustomization/web/1 is failing");
    assert_snapshot!(say(WEB, &statuses, 400), @"failed: kustomization/web/1 failed");
    let late = [statuses[0], statuses[2], ("kustomization/web/1", Success, 600)];
    assert_snapshot!(say(WEB, &late, 610), @"done");
}

/// An operator that is stopped reports a failure of what it could not finish looking at.
#[test]
fn grace_begins_anew_with_what_is_said_after_the_failure() {
    let stopped = ("kustomization/web/1", Failure, 60);
    let back = ("kustomization/web/1", Failure, 300);
    assert_snapshot!(say(WEB, &[stopped], 359), @"pending until 360s: kustomization/web/1 is failing");
    assert_snapshot!(say(WEB, &[stopped], 360), @"failed: kustomization/web/1 failed");
    assert_snapshot!(say(WEB, &[stopped, back], 360), @"pending until 600s: kustomization/web/1 is failing");
    let repeated = [stopped, back, ("kustomization/web/1", Failure, 599)];
    assert_snapshot!(say(WEB, &repeated, 600), @"failed: kustomization/web/1 failed");
}

/// Whoever runs it again finds what the operator says by now.
#[test]
fn a_rollout_that_began_anew_after_the_deadline_goes_on() {
    let slow = ("kustomization/web/1", Pending, 10);
    let anew = ("kustomization/web/1", Pending, 40 * MINUTES);
    assert_snapshot!(say(WEB, &[slow], 50 * MINUTES), @"timed out (Finish): the rollout did not finish within 30m of the merge: expected kustomization/web/* (seen 1 of 1); seen kustomization/web/1 is pending");
    assert_snapshot!(say(WEB, &[slow, anew], 50 * MINUTES), @"pending until 4200s: kustomization/web/1 is pending");
    assert_snapshot!(say(WEB, &[slow, anew], 70 * MINUTES), @"timed out (Finish): the rollout did not finish within 30m of the merge: expected kustomization/web/* (seen 1 of 1); seen kustomization/web/1 is pending");
}

/// "All that are present are green" is true when only the first reporter has spoken.
#[test]
fn a_count_wants_so_many_different_contexts() {
    let two = &[("kustomization/web-*/*", 2)];
    let one = [("kustomization/web-eu/1", Success, 10), ("kustomization/web-eu/1", Success, 40)];
    assert_snapshot!(say(two, &one, 60), @"pending until 900s: 1 of 2 from kustomization/web-*/*");
    let both = [one[0], ("kustomization/web-us/1", Success, 45)];
    assert_snapshot!(say(two, &both, 60), @"done");
    let third = [both[0], both[1], ("kustomization/web-asia/1", Pending, 50)];
    assert_snapshot!(say(two, &third, 60), @"pending until 1800s: kustomization/web-asia/1 is pending");
    let failing = [both[0], both[1], ("kustomization/web-asia/1", Failure, 50)];
    assert_snapshot!(say(two, &failing, 350), @"failed: kustomization/web-asia/1 failed");
}

#[test]
fn every_reporter_must_be_done() {
    let two = &[("kustomization/web/*", 1), ("ArgoCD/*", 1)];
    assert_snapshot!(say(two, &[("kustomization/web/1", Success, 10)], 60), @"pending until 900s: nothing yet from ArgoCD/*");
    let both = [("kustomization/web/1", Success, 10), ("ArgoCD/web", Success, 20)];
    assert_snapshot!(say(two, &both, 60), @"done");
}

/// A fast-forward promotion reuses a commit: what was said before the merge was about dev.
#[test]
fn statuses_from_before_the_merge_do_not_count() {
    let old = [("kustomization/web/1", Success, -300), ("kustomization/web/1", Failure, -5)];
    assert_snapshot!(say(WEB, &old, 60), @"pending until 900s: nothing yet from kustomization/web/*");
}

#[test]
fn towlines_own_statuses_do_not_count() {
    assert_snapshot!(say(&[("*/*/*", 1)], &[("towline/web/dev", Success, 10)], 60), @"pending until 900s: nothing yet from */*/*");
}

#[test]
fn no_reporters_means_done_at_the_merge() {
    assert_snapshot!(say(&[], &[("kustomization/web/1", Failure, 10)], 3000), @"done");
}

/// One that never appears is another failure than one that does not finish.
#[test]
fn each_deadline_has_its_own_message() {
    let two = &[("kustomization/web/*", 1), ("Health", 1)];
    let seen = [("Kustomization/web/1", Success, 10), ("ci/build", Success, 10), ("Health", Success, 10)];
    assert_snapshot!(say(two, &seen, 15 * MINUTES - 1), @"pending until 900s: nothing yet from kustomization/web/*");
    assert_snapshot!(say(two, &seen, 15 * MINUTES), @"timed out (Appear): not every reporter appeared within 15m of the merge: expected kustomization/web/* (seen 0 of 1), Health (seen 1 of 1); seen Health succeeded, Kustomization/web/1 succeeded, ci/build succeeded; Kustomization/web/1 nearly matches kustomization/web/*");
    assert_snapshot!(say(WEB, &[], 15 * MINUTES), @"timed out (Appear): not every reporter appeared within 15m of the merge: expected kustomization/web/* (seen 0 of 1); seen nothing");
    let slow = [("kustomization/web/1", Pending, 10)];
    assert_snapshot!(say(WEB, &slow, 15 * MINUTES), @"pending until 1800s: kustomization/web/1 is pending");
    assert_snapshot!(say(WEB, &slow, 30 * MINUTES), @"timed out (Finish): the rollout did not finish within 30m of the merge: expected kustomization/web/* (seen 1 of 1); seen kustomization/web/1 is pending");
}

#[test]
fn at_the_end_a_failure_has_no_grace_and_a_success_still_settles() {
    let failing = [("kustomization/web/1", Failure, 30 * MINUTES - 10)];
    assert_snapshot!(say(WEB, &failing, 30 * MINUTES - 1), @"pending until 1800s: kustomization/web/1 is failing");
    assert_snapshot!(say(WEB, &failing, 30 * MINUTES), @"failed: kustomization/web/1 is failing, 30m after the merge");
    let settling = [("kustomization/web/1", Success, 30 * MINUTES - 5)];
    assert_snapshot!(say(WEB, &settling, 30 * MINUTES), @"pending until 1805s: kustomization/web/1 succeeded a moment ago");
    assert_snapshot!(say(WEB, &settling, 31 * MINUTES), @"done");
}

#[test]
fn running_again_after_a_late_success_is_a_success() {
    assert_snapshot!(say(WEB, &[("kustomization/web/1", Success, 3000)], 4000), @"done");
}

#[test]
fn a_reporter_that_looks_rarely_has_two_turns_to_appear() {
    let mut environment = environment(WEB);
    environment.rollout.reporters.as_mut().unwrap()[0].repeat = Some(Duration::from_secs(14 * 60));
    let said = |seconds| {
        let facts = Facts {
            now: at(seconds),
            merged_at: at(0),
            reports_since: Some(at(0)),
            statuses: &[],
            expected: expected(&environment).unwrap(),
            options: &environment.rollout,
        };
        evaluate(&facts).verdict
    };
    assert!(matches!(said(28 * MINUTES - 1), Verdict::Pending { .. }));
    let Verdict::TimedOut(Deadline::Appear, message) = said(28 * MINUTES) else { panic!() };
    assert_snapshot!(message, @"not every reporter appeared within 28m of the merge: expected kustomization/web/* (seen 0 of 1); seen nothing");
}
