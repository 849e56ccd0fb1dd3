//! Random histories: the same ones in every run, each from a seed of its own, so that one can be
//! played alone and is the same however many threads there are.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use towline::forge::StatusState;

use super::model::{By, History, Method, On, Reporters, Setting, Step, Times, View};

/// Other histories: `TOWLINE_MODEL_SEED=7 cargo test rollout_model::`.
pub fn seed() -> u64 {
    let seed = std::env::var("TOWLINE_MODEL_SEED").ok();
    seed.map_or(5, |seed| seed.parse().expect("TOWLINE_MODEL_SEED has to be a number"))
}

/// One history in so many is looked at closely: after every step, and in several settings.
const CLOSELY: usize = 20;
const SETTINGS: usize = 8;

/// A history that can be made smaller.
pub fn tree(forge: &str, number: usize) -> Box<dyn ValueTree<Value = History>> {
    let mut bytes = [0; 32];
    let parts = [seed(), number as u64, forge.bytes().map(u64::from).sum()];
    for (place, part) in bytes.chunks_mut(8).zip(parts) {
        place.copy_from_slice(&part.to_le_bytes());
    }
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    Box::new(histories(number.is_multiple_of(CLOSELY)).new_tree(&mut runner).unwrap())
}

fn histories(closely: bool) -> impl Strategy<Value = History> {
    // Most begin with a release that is merged; what comes then is what is asked about.
    let beginning = prop::option::weighted(0.85, (pass(), method()));
    let steps = prop::collection::vec(step(), 1..12);
    let asking = if closely { SETTINGS } else { 1 };
    let settings = prop::collection::vec(setting(), asking..=asking);
    (prop::bool::weighted(0.3), settings, beginning, steps).prop_map(
        move |(deployed, settings, beginning, mut steps)| {
            if let Some((pass, method)) = beginning {
                steps.splice(0..0, [Step::Propose, pass, Step::Merge(method)]);
            }
            History { deployed, settings, closely, steps }
        },
    )
}

fn setting() -> impl Strategy<Value = Setting> {
    let times = prop_oneof![4 => Just(Times::Usual), 1 => Just(Times::Hasty), 1 => Just(Times::Odd)];
    (select(&Reporters::ALL[..]), times, any::<bool>(), select(&View::ALL[..]))
        .prop_map(|(reporters, times, follow, view)| Setting { reporters, times, follow, view })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => report(),
        8 => pass(),
        3 => method().prop_map(Step::Merge),
        2 => Just(Step::Propose),
        2 => Just(Step::Other),
        1 => Just(Step::Beside),
        1 => Just(Step::Edit),
        1 => Just(Step::Revert),
        1 => Just(Step::Close),
        1 => (1..4u8).prop_map(Step::Force),
        1 => Just(Step::Restore),
        1 => Just(Step::Rejoin),
    ]
}

fn report() -> impl Strategy<Value = Step> {
    use By::{Argo, Asia, Deep, Eu, NearMiss, OtherApplication, Towline, Us};
    use StatusState::{Error, Failure, Pending, Success};
    let on = prop_oneof![
        5 => Just(On::Base(0)),
        2 => (1..4u8).prop_map(On::Base),
        3 => Just(On::Merged),
        1 => Just(On::Head),
    ];
    let by = prop_oneof![
        8 => select(&[Eu, Us, Asia, Argo, Deep][..]),
        2 => select(&[NearMiss, OtherApplication, Towline][..]),
    ];
    let state = prop_oneof![5 => Just(Success), 2 => Just(Failure), 1 => Just(Error), 2 => Just(Pending)];
    (on, by, state).prop_map(|(on, by, state)| Step::Report(on, by, state))
}

/// To just before, at and after a deadline of the settings, or anywhere.
fn pass() -> impl Strategy<Value = Step> {
    select(&[0, 1, 2, 9, 10, 11, 20, 29, 30, 31, 45, 59, 60, 90, 120, 300][..]).prop_map(Step::Pass)
}

fn method() -> impl Strategy<Value = Method> {
    use Method::{ByHand, FastForward, FastForwardByHand, Merge, Queue, Squash};
    select(&[Merge, Squash, FastForward, Queue, ByHand, FastForwardByHand][..])
}
