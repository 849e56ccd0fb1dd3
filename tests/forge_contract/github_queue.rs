//! The merge queue of GitHub: entered, merged by it, taken out of it.

use towline::forge::{MergeResult, PullState, StatusState};

use super::Bench as _;
use super::bench::HEAD;
use super::github::Bench;
use super::github_when_ready::{opened, report, when_ready};
use crate::fakes::github::rules::Rules;

fn with_queue(rules: Rules) -> Bench {
    let bench = Bench::new();
    bench.fake.protect(Rules { queue: true, ..rules });
    bench
}

fn in_queue() -> MergeResult {
    MergeResult::WhenReady("its turn in the merge queue (position 1, awaiting checks)".into())
}

#[test]
fn the_queue_merges_it_as_another_commit() {
    // The queue needs no auto-merge.
    let bench = with_queue(Rules::default());
    let pull = opened(&bench);
    let standing = bench.forge().merge_readiness(pull.number).unwrap();
    assert_eq!(standing.missing, ["the base branch requires its merge queue"]);
    for _ in 0..2 {
        assert_eq!(bench.forge().merge_pull(pull.number, &when_ready(pull.head_commit)).unwrap(), in_queue());
    }
    let standing = bench.forge().merge_readiness(pull.number).unwrap();
    assert_eq!((standing.merges_itself, standing.evicted), (true, None));

    bench.push("main", &[("other", "b")]);
    bench.fake.run_queue();
    let merged = bench.forge().get_pull(pull.number).unwrap();
    assert_eq!((merged.state, merged.merge_commit), (PullState::Merged, Some(bench.tip("main"))));
    assert_ne!(bench.tip("main"), pull.head_commit);
    assert_eq!(bench.forge().merge_readiness(pull.number).unwrap(), Default::default());
}

#[test]
fn what_is_not_ready_for_the_queue_enters_it_later() {
    let bench = with_queue(Rules { checks: vec!["ci"], auto_merge_allowed: true, ..Rules::default() });
    let pull = opened(&bench);
    let result = bench.forge().merge_pull(pull.number, &when_ready(pull.head_commit)).unwrap();
    assert_eq!(result, MergeResult::WhenReady("required check `ci`: expected".into()));
    report(&bench, pull.head_commit, "ci", StatusState::Success);
    assert_eq!(bench.forge().merge_pull(pull.number, &when_ready(pull.head_commit)).unwrap(), in_queue());
}

#[test]
fn why_it_was_taken_out_is_told_until_it_is_in_again() {
    let bench = with_queue(Rules::default());
    let pull = opened(&bench);
    bench.forge().merge_pull(pull.number, &when_ready(pull.head_commit)).unwrap();
    bench.fake.evict(pull.number, "CI_FAILURE");
    let standing = bench.forge().merge_readiness(pull.number).unwrap();
    assert_eq!((standing.merges_itself, standing.evicted.as_deref()), (false, Some("ci failure")));

    assert_eq!(bench.forge().merge_pull(pull.number, &when_ready(pull.head_commit)).unwrap(), in_queue());
    assert_eq!(bench.forge().merge_readiness(pull.number).unwrap().evicted, None);
}

#[test]
fn why_the_last_head_was_taken_out_is_not_told_of_the_next() {
    let bench = with_queue(Rules::default());
    let pull = opened(&bench);
    bench.forge().merge_pull(pull.number, &when_ready(pull.head_commit)).unwrap();
    bench.fake.evict(pull.number, "CI_FAILURE");
    bench.push(HEAD, &[("dev/greeting.yaml", "a: 2\n")]);
    assert_eq!(bench.forge().merge_readiness(pull.number).unwrap().evicted, None);
}

#[test]
fn a_push_takes_it_out() {
    let bench = with_queue(Rules::default());
    let pull = opened(&bench);
    bench.forge().merge_pull(pull.number, &when_ready(pull.head_commit)).unwrap();
    let head = bench.push(HEAD, &[("dev/greeting.yaml", "a: 2\n")]);
    let result = bench.forge().merge_pull(pull.number, &when_ready(pull.head_commit)).unwrap();
    assert_eq!(result, MergeResult::HeadMoved(head));
    bench.fake.run_queue();
    assert_eq!(bench.forge().get_pull(pull.number).unwrap().state, PullState::Open);
}
