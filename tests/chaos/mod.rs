//! Everything goes wrong at once: `.ci/chaos` runs this, and says how long.
//!
//! [`crowd`] is who is at work, [`disk`] what they work on, [`laws`] what must be true in the end, by what git says
//! alone.
#![cfg(all(unix, debug_assertions))]

mod crowd;
mod disk;
mod forge;
mod laws;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::given::Random;

/// How often what happened.
#[derive(Debug, Default)]
pub struct Figures {
    pub runs: AtomicUsize,
    pub ended: AtomicUsize,
    pub full: AtomicUsize,
    pub collected: AtomicUsize,
    pub pushed: AtomicUsize,
    pub lost_answers: AtomicUsize,
}

impl Figures {
    pub fn count(of: &AtomicUsize) {
        of.fetch_add(1, Ordering::Relaxed);
    }
}

fn number(of: &AtomicUsize) -> usize {
    of.load(Ordering::Relaxed)
}

pub fn duration() -> Duration {
    let seconds = std::env::var("TOWLINE_TEST_SECONDS").map_or(60, |number| number.parse().unwrap());
    Duration::from_secs(seconds)
}

#[test]
#[ignore = "takes minutes: run .ci/chaos"]
fn everything_at_once() {
    let random = Random::from_environment();
    eprintln!("TOWLINE_TEST_SEED={}", random.seed());
    let figures = Figures::default();
    let until = Instant::now() + duration();
    let (merges, on_forge) = std::thread::scope(|scope| {
        let forge = scope.spawn(|| forge::lose_answers(until, random.part(1), &figures));
        let merges = crowd::work(until, &random.part(2), &figures);
        (merges, forge.join().unwrap())
    });
    assert!(merges > 0 && on_forge > 0, "too little happened to say anything");
    println!(
        "seed {}, {} s: {} runs, {} ended by signals, {} git gc, {} times a full disk, {} commits of people, \
         {merges} merges; {on_forge} merges on a forge that lost {} answers; 0 twice, 0 lost, 0 locks, 0 damaged",
        random.seed(),
        duration().as_secs(),
        number(&figures.runs),
        number(&figures.ended),
        number(&figures.collected),
        number(&figures.full),
        number(&figures.pushed),
        number(&figures.lost_answers),
    );
}
