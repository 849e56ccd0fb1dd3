//! A model of `promote`: random histories of releases, merges, reports and of everything that people
//! do to a repository meanwhile. After every run of Towline the [laws] judge what it wrote and said, and
//! where the design fixes how a run ends, a small [specification](spec) says so.
//!
//! The histories are the same in every run. `TOWLINE_MODEL_SEED=7` plays others,
//! `TOWLINE_MODEL_HISTORIES=10000` plays so many of them, `TOWLINE_MODEL_ONLY=123` plays one. One that
//! breaks a law is made smaller and printed.

mod app;
mod history;
mod laws;
mod model;
mod people;
mod repository;
mod spec;
mod world;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use app::Apps;
use model::History;
use repository::Repository;

use crate::rollout_model::stage::{Local, Stage};

/// What the suite plays; more are played by hand.
const HISTORIES: usize = 60;

type Outcomes = BTreeMap<String, usize>;

/// Plays a history and tells it; an error is the law that it breaks.
type Play<'p> = &'p mut dyn FnMut(&History) -> Result<String, String>;

struct Lane {
    stage: Local,
}

impl Lane {
    fn play(&self, histories: &mut dyn FnMut(Play), outcomes: &Mutex<Outcomes>) {
        let git = self.stage.git();
        let repository = Repository::new(git);
        let folder = git.path().parent().unwrap().to_owned();
        let apps = Apps::new(&folder, "../gitops.git");
        histories(&mut |history| {
            world::play(&self.stage, &repository, &apps, history, &mut |world, ran| {
                let outcome = format!("{:?}", ran.said.outcome);
                *outcomes.lock().unwrap().entry(outcome).or_default() += 1;
                laws::judge(world, ran)
            })
        });
    }
}

fn number(name: &str, default: usize) -> usize {
    let value = std::env::var(name).ok();
    value.map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{name} has to be a number")))
}

/// Which law was broken: the words before the colon.
fn law(why: &str) -> &str {
    why.split(':').next().unwrap()
}

#[test]
fn people_have_the_last_word_in_every_history() {
    let seed = number("TOWLINE_MODEL_SEED", 5) as u64;
    let count = number("TOWLINE_MODEL_HISTORIES", HISTORIES);
    let only = number("TOWLINE_MODEL_ONLY", usize::MAX);
    let (first, last) = if only == usize::MAX { (0, count) } else { (only, only + 1) };
    let (next, broken) = (AtomicUsize::new(first), Mutex::new(BTreeMap::new()));
    let outcomes = Mutex::new(Outcomes::new());
    let lanes = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..lanes {
            scope.spawn(|| {
                Lane { stage: Local::new() }.play(
                    &mut |play| loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= last {
                            break;
                        }
                        match play(&history::tree(seed, number).current()) {
                            Ok(told) if only == number => println!("{told}"),
                            Ok(_) => {}
                            Err(why) => drop(broken.lock().unwrap().insert(number, why)),
                        }
                    },
                    &outcomes,
                );
            });
        }
    });
    let (broken, outcomes) = (broken.into_inner().unwrap(), outcomes.into_inner().unwrap());
    report(seed, last - first, &broken);
    assert!(only != usize::MAX || outcomes.len() >= 7, "the histories come to few ends: {outcomes:?}");
    println!("{outcomes:?}");
}

/// Fails with the smallest history that can be found for each law.
fn report(seed: u64, count: usize, broken: &BTreeMap<usize, String>) {
    if broken.is_empty() {
        return;
    }
    let mut text = String::new();
    let mut laws: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (number, why) in broken {
        laws.entry(law(why).to_owned()).or_default().push(*number);
    }
    for (name, numbers) in laws {
        let why = shrink(seed, numbers[0], &name);
        text += &format!(
            "{name} in {} histories, {:?} …:\n{why}\n",
            numbers.len(),
            &numbers[..numbers.len().min(9)]
        );
    }
    panic!("{} of {count} histories of seed {seed} break a law\n{text}", broken.len());
}

fn shrink(seed: u64, number: usize, name: &str) -> String {
    let mut smallest = String::new();
    Lane { stage: Local::new() }.play(
        &mut |play| {
            let mut tree = history::tree(seed, number);
            let mut goes_on = true;
            for _ in 0..2000 {
                if !goes_on {
                    break;
                }
                goes_on = match play(&tree.current()) {
                    Err(why) if law(&why) == name => {
                        smallest = why;
                        tree.simplify()
                    }
                    _ => tree.complicate(),
                };
            }
        },
        &Mutex::default(),
    );
    smallest
}
