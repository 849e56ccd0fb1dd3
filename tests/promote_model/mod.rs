//! A model of `promote`: random histories of releases, merges, reports and of everything that people
//! do to a repository meanwhile. After every run of Towline the [laws] judge what it wrote and said, and
//! where the design fixes how a run ends, a small [specification](spec) says so.
//!
//! The histories are the same in every run. `TOWLINE_MODEL_SEED=7` plays others, `_STAGE=gitlab` only
//! those on one forge, `_HISTORIES=10000` so many of them, `_ONLY=123` one, `_THREADS=1` one after the
//! other. One that breaks a law is made smaller and printed. Many are played in less time by
//! `cargo test --config profile.dev.package.towline.opt-level=1 promote_model`.

mod app;
mod approvals;
mod facts;
mod gates;
mod history;
mod laws;
mod model;
mod people;
mod regressions;
mod repository;
mod spec;
mod world;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use app::Apps;
use model::History;
use repository::Repository;

use crate::rollout_model::stage::{Local, Remote, Stage};

type Outcomes = BTreeMap<String, usize>;

/// Plays a history and tells it; an error is the law that it breaks.
type Play<'p> = &'p mut dyn FnMut(&History) -> Result<String, String>;

/// So many histories on one forge.
struct Lane {
    name: &'static str,
    stage: fn() -> Box<dyn Stage>,
    /// What the suite plays; more are played by hand.
    count: usize,
}

const LOCAL: Lane = Lane { name: "local", stage: || Box::new(Local::new()), count: 30 };
const GITHUB: Lane = Lane { name: "github", stage: || Box::new(Remote::github()), count: 6 };
const GITLAB: Lane = Lane { name: "gitlab", stage: || Box::new(Remote::gitlab()), count: 6 };
const GITEA: Lane = Lane { name: "gitea", stage: || Box::new(Remote::gitea()), count: 6 };
const AZURE_DEVOPS: Lane =
    Lane { name: "azure-devops", stage: || Box::new(Remote::azure_devops()), count: 6 };

impl Lane {
    fn play(&self, histories: &mut dyn FnMut(Play), outcomes: &Mutex<Outcomes>) {
        let stage = (self.stage)();
        let git = stage.git();
        let repository = Repository::new(git);
        let folder = git.path().parent().unwrap().to_owned();
        let apps = Apps::new(&folder, stage.place());
        histories(&mut |history| {
            world::play(&*stage, &repository, &apps, history, &mut |world, ran| {
                let outcome = format!("{:?}", ran.said.outcome);
                *outcomes.lock().unwrap().entry(outcome).or_default() += 1;
                laws::judge(world, ran)
            })
        });
    }

    /// Plays all of them, and tells how the runs ended.
    fn play_all(&self) -> Outcomes {
        if std::env::var("TOWLINE_MODEL_STAGE").is_ok_and(|wanted| wanted != self.name) {
            return Outcomes::new();
        }
        let seed = number("TOWLINE_MODEL_SEED", 5) as u64;
        let count = number("TOWLINE_MODEL_HISTORIES", self.count);
        let only = number("TOWLINE_MODEL_ONLY", usize::MAX);
        let (first, last) = if only == usize::MAX { (0, count) } else { (only, only + 1) };
        let (next, broken) = (AtomicUsize::new(first), Mutex::new(BTreeMap::new()));
        let outcomes = Mutex::new(Outcomes::new());
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..number("TOWLINE_MODEL_THREADS", threads) {
                scope.spawn(|| {
                    self.play(
                        &mut |play| loop {
                            let number = next.fetch_add(1, Ordering::Relaxed);
                            if number >= last {
                                break;
                            }
                            match play(&history::tree(self.name, seed, number).current()) {
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
        self.report(seed, last - first, &broken);
        println!("{count} histories of seed {seed} on {}: {outcomes:?}", self.name);
        outcomes
    }

    /// Fails with the smallest history that can be found for each law.
    fn report(&self, seed: u64, count: usize, broken: &BTreeMap<usize, String>) {
        if broken.is_empty() {
            return;
        }
        let mut text = String::new();
        let mut laws: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (number, why) in broken {
            laws.entry(law(why).to_owned()).or_default().push(*number);
        }
        for (name, numbers) in laws {
            let why = self.shrink(seed, numbers[0], &name);
            text += &format!(
                "{name} in {} histories, {:?} …:\n{why}\n",
                numbers.len(),
                &numbers[..numbers.len().min(9)]
            );
        }
        panic!("{} of {count} histories of seed {seed} on {} break a law\n{text}", broken.len(), self.name);
    }

    fn shrink(&self, seed: u64, number: usize, name: &str) -> String {
        let mut smallest = String::new();
        self.play(
            &mut |play| {
                let mut tree = history::tree(self.name, seed, number);
                let mut goes_on = true;
                for _ in 0..number_of_tries() {
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
}

/// How often a history is played to make it smaller.
fn number_of_tries() -> usize {
    number("TOWLINE_MODEL_TRIES", 2000)
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
    let outcomes = LOCAL.play_all();
    let all = std::env::var_os("TOWLINE_MODEL_ONLY").is_none() && !outcomes.is_empty();
    assert!(!all || outcomes.len() >= 6, "the histories come to few ends: {outcomes:?}");
}

#[test]
fn people_have_the_last_word_on_github() {
    GITHUB.play_all();
}

#[test]
fn people_have_the_last_word_on_gitlab() {
    GITLAB.play_all();
}

#[test]
fn people_have_the_last_word_on_gitea() {
    GITEA.play_all();
}

#[test]
fn people_have_the_last_word_on_azure_devops() {
    AZURE_DEVOPS.play_all();
}
