//! Random histories: the same ones in every run, each from a seed of its own, so that one can be
//! played alone and is the same however many threads there are.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use towline::gitops::decision::Decision;

use super::model::{Env, Guard, History, Method, Mode, Run, Select, Setting, Source, Step};

/// A history that can be made smaller. Each forge has its own.
pub fn tree(forge: &str, seed: u64, number: usize) -> Box<dyn ValueTree<Value = History>> {
    let mut bytes = [0; 32];
    for (place, part) in bytes.chunks_mut(8).zip([seed, number as u64]) {
        place.copy_from_slice(&part.to_le_bytes());
    }
    bytes[16..].iter_mut().zip(forge.bytes()).for_each(|(place, byte)| *place = byte);
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    Box::new(histories().new_tree(&mut runner).unwrap())
}

fn histories() -> impl Strategy<Value = History> {
    // Most begin with a release that is there; what comes then is what is asked about.
    let beginning = prop::option::weighted(0.7, select(&Env::ALL[..]));
    let steps = prop::collection::vec(chunk(), 2..7);
    (setting(), beginning, steps).prop_map(|(setting, beginning, steps)| {
        let mut steps: Vec<Step> = steps.into_iter().flatten().collect();
        if let Some(last) = beginning {
            let run = Step::Run(Run { select: Select::To(last), ..NEW });
            let mut first = vec![run];
            for env in Env::ALL.into_iter().filter(|env| *env <= last) {
                first.extend([Step::Merge(env, setting.method), Step::Report(env, 0, true), again(run)]);
            }
            steps.splice(0..0, first);
        }
        History { setting, steps }
    })
}

const NEW: Run = Run {
    back: None,
    source: Source::Ours,
    select: Select::All,
    mode: Mode::Once,
    again: false,
    force: false,
    overwrite_drift: false,
    allow_older: false,
    take_over: false,
    allow_dirty: false,
};

/// The same run once more.
fn again(step: Step) -> Step {
    match step {
        Step::Run(run) => Step::Run(Run { back: Some(0), ..run }),
        other => other,
    }
}

/// Something that happens, and often what Towline makes of it; or what people do to a proposal,
/// before Towline or people merge it.
fn chunk() -> impl Strategy<Value = Vec<Step>> {
    prop_oneof![12 => happening(), 4 => proposal(), 1 => redeployment(), 1 => handover()]
}

/// A failure, and the same release once more.
fn redeployment() -> impl Strategy<Value = Vec<Step>> {
    let run = |again| Step::Run(Run { back: Some(0), again, ..NEW });
    (env(), any::<bool>(), any::<bool>()).prop_map(move |(env, reruns, good)| {
        let failed = [Step::Report(env, 0, false), run(false)];
        let merged = [Step::Merge(env, Method::Merge), Step::Report(env, 0, good), Step::Pass(3)];
        failed
            .into_iter()
            .chain([run(true)])
            .chain(reruns.then_some(run(false)))
            .chain(merged)
            .chain([run(false)])
            .collect()
    })
}

/// The application gets another name, or another owner, and perhaps its old one again.
fn handover() -> impl Strategy<Value = Vec<Step>> {
    let sources =
        || select(&[Source::Ours, Source::Other, Source::Renamed, Source::Moved, Source::Placed][..]);
    let one = move || {
        (env(), sources(), any::<bool>(), any::<bool>(), select(&Method::ALL[..])).prop_map(
            |(env, source, take_over, merges, method)| {
                let run = Run { source, take_over, select: Select::To(env), ..NEW };
                let merge = merges.then_some(Step::Merge(env, method));
                [Some(Step::Run(run)), merge, Some(again(Step::Run(run)))]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
            },
        )
    };
    (one(), one()).prop_map(|(first, second)| [first, second].concat())
}

fn happening() -> impl Strategy<Value = Vec<Step>> {
    (step(), prop::bool::weighted(0.6), prop::bool::weighted(0.15)).prop_map(|(step, reruns, waits)| {
        let mode = if waits { Mode::Wait(Some(true)) } else { Mode::Once };
        let run = Step::Run(Run { back: Some(0), mode, ..NEW });
        let reruns = reruns && !matches!(step, Step::Run(_));
        [Some(step), reruns.then_some(run)].into_iter().flatten().collect()
    })
}

fn proposal() -> impl Strategy<Value = Vec<Step>> {
    let done = prop::collection::vec(to_a_proposal(), 1..4);
    (env(), done, any::<bool>(), run()).prop_map(|(env, done, merges, run)| {
        let new = Run { select: Select::To(env), ..NEW };
        let first = [Step::Auto(env, false), Step::Run(new)];
        let last = [Step::Auto(env, merges), Step::Run(Run { back: Some(0), source: Source::Ours, ..run })];
        first.into_iter().chain(done).chain(last).collect()
    })
}

fn to_a_proposal() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (env(), any::<bool>()).prop_map(|(env, changed)| Step::Amend(env, changed)),
        2 => env().prop_map(Step::CherryPick),
        2 => env().prop_map(Step::Commit),
        3 => env().prop_map(Step::UpdateBranch),
        3 => Just(Step::Other),
        2 => env().prop_map(Step::Edit),
        1 => env().prop_map(Step::Delete),
        1 => (1..3u8).prop_map(Step::Force),
        1 => Just(Step::Foxtrot),
        2 => env().prop_map(Step::Close),
        3 => env().prop_map(Step::Approve),
        2 => (env(), select(&Method::ALL[..])).prop_map(|(env, method)| Step::Merge(env, method)),
    ]
}

fn setting() -> impl Strategy<Value = Setting> {
    // A proposal that Towline merges at once can hardly be touched.
    let auto = || prop::bool::weighted(0.3);
    let reviewed = prop::bool::weighted(0.25);
    let guard = prop_oneof![3 => Just(Guard::Nothing), 2 => Just(Guard::Manual), 1 => Just(Guard::Soak)];
    ([auto(), auto()], any::<bool>(), reviewed, select(&Method::ALL[..]), guard).prop_map(
        |(auto, watched, reviewed, method, guard)| Setting { auto, watched, reviewed, method, guard },
    )
}

fn env() -> impl Strategy<Value = Env> {
    select(&Env::ALL[..])
}

fn step() -> impl Strategy<Value = Step> {
    let good = || prop::bool::weighted(0.75);
    prop_oneof![
        30 => run().prop_map(Step::Run),
        12 => (env(), prop_oneof![4 => Just(0u8), 1 => 1..3u8], good()).prop_map(|(env, back, good)| Step::Report(env, back, good)),
        8 => (env(), select(&Method::ALL[..])).prop_map(|(env, method)| Step::Merge(env, method)),
        3 => env().prop_map(Step::Close),
        3 => env().prop_map(Step::Approve),
        3 => (env(), any::<bool>()).prop_map(|(env, changed)| Step::Amend(env, changed)),
        2 => env().prop_map(Step::CherryPick),
        2 => env().prop_map(Step::Commit),
        2 => env().prop_map(Step::UpdateBranch),
        2 => env().prop_map(Step::Revert),
        3 => (env(), any::<bool>()).prop_map(|(env, proposed)| Step::RevertMerge(env, proposed)),
        2 => (1..4u8).prop_map(Step::Force),
        3 => env().prop_map(Step::Edit),
        2 => env().prop_map(Step::Delete),
        1 => env().prop_map(Step::Beside),
        3 => Just(Step::Other),
        1 => Just(Step::Foxtrot),
        3 => (env(), any::<bool>()).prop_map(|(env, merges)| Step::Auto(env, merges)),
        4 => select(&[Decision::Approve, Decision::Override][..]).prop_map(Step::Open),
        3 => select(&[1u16, 5, 19, 21, 31, 61][..]).prop_map(Step::Pass),
        1 => select(&[-48i16, -1, 1, 48][..]).prop_map(Step::Jump),
    ]
}

fn run() -> impl Strategy<Value = Run> {
    let back = prop_oneof![3 => Just(None), 5 => Just(Some(0)), 2 => (1..3u8).prop_map(Some)];
    let source = prop_oneof![
        20 => Just(Source::Ours), 1 => Just(Source::Dirty), 1 => Just(Source::Renamed),
        1 => Just(Source::Moved), 1 => Just(Source::Placed), 1 => Just(Source::Other),
    ];
    let wanted = prop_oneof![
        4 => Just(Select::All), 2 => env().prop_map(Select::Only), 1 => env().prop_map(Select::To),
    ];
    let mode = prop_oneof![
        7 => Just(Mode::Once), 1 => Just(Mode::Wait(None)), 2 => Just(Mode::Wait(Some(true))),
        1 => Just(Mode::Wait(Some(false))),
    ];
    let flag = || prop::bool::weighted(0.12);
    let flags = [flag(), flag(), flag(), flag()];
    let asked = (prop::bool::weighted(0.3), any::<bool>());
    (back, source, wanted, mode, flags, asked).prop_map(
        |(
            back,
            source,
            select,
            mode,
            [again, force, overwrite_drift, allow_older],
            (take_over, allow_dirty),
        )| Run {
            back,
            source,
            select,
            mode,
            again,
            force,
            overwrite_drift,
            allow_older,
            take_over,
            allow_dirty,
        },
    )
}
