//! Playing histories: at the end, in some after every step, somebody looks, as a process that was
//! started for it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use towline::forge::Forge;
use towline::rollout::{Deadline, Observation, State};

use super::history;
use super::model::{History, Setting, Told};
use super::spec::{self, End, Finding};
use super::stage::Stage;
use super::world::World;

/// A history that was played, and what was seen in it.
#[derive(Debug)]
pub struct Played {
    pub history: History,
    pub told: Told,
    pub looks: Vec<Look>,
}

#[derive(Debug)]
pub struct Look {
    pub setting: Setting,
    /// After so many steps.
    pub steps: usize,
    /// So much had happened.
    pub events: usize,
    /// The second that it was.
    pub now: i64,
    pub found: Finding,
    /// When it is worth looking again: so many seconds later.
    pub after: Option<f64>,
    /// What a run found that had been killed before.
    pub killed: Option<Finding>,
}

impl Played {
    /// What the specification says of a look.
    pub fn specified(&self, look: &Look) -> Finding {
        spec::finding(&self.told, &self.told.events[..look.events], &look.setting, look.now)
    }
}

/// Plays a history. `kept` is a client that saw all histories before; at the end a new one looks.
pub fn play(stage: &dyn Stage, kept: &Arc<dyn Forge>, history: &History) -> Played {
    let mut world = World::begin(stage, history.deployed);
    let mut looks = Vec::new();
    let mut look_closely = |world: &World, steps| {
        if history.closely {
            looks.push(look(world, kept, &history.settings[0], steps));
        }
    };
    look_closely(&world, 0);
    for (at, step) in history.steps.iter().enumerate() {
        world.play(*step);
        look_closely(&world, at + 1);
    }
    let fresh = Arc::from(stage.forge());
    for setting in &history.settings {
        looks.push(look(&world, &fresh, setting, history.steps.len()));
    }
    Played { history: history.clone(), told: world.told, looks }
}

fn look(world: &World, forge: &Arc<dyn Forge>, setting: &Setting, steps: usize) -> Look {
    let seen = world.look(forge, setting, false);
    // A look may take time: some forges have to be asked again.
    let now = world.now();
    let killed = world.first_is_merged() && world.pull(setting, true) != world.pull(setting, false);
    Look {
        setting: *setting,
        steps,
        events: world.told.events.len(),
        now,
        after: seen.as_ref().ok().and_then(|seen| match seen.state {
            State::LookAgain { next, .. } => Some(next.after.as_secs_f64()),
            _ => None,
        }),
        found: found(&seen),
        killed: killed.then(|| found(&world.look(forge, setting, true))),
    }
}

/// An observation in the words of the specification.
pub fn found(seen: &anyhow::Result<Observation>) -> Finding {
    let seen = match seen {
        Ok(seen) => seen,
        Err(error) => return Finding { end: of_error(error), merged: None, superseded_by: None },
    };
    let end = match &seen.state {
        State::Done => End::Done,
        State::Failed { .. } => End::Failed,
        State::Closed => End::Closed,
        State::TimedOut { deadline: Deadline::Merge, .. } => End::NotMerged,
        State::TimedOut { deadline: Deadline::Appear, .. } => End::NotAppeared,
        State::TimedOut { deadline: Deadline::Finish, .. } => End::NotFinished,
        State::Superseded { .. } => End::Superseded,
        State::LookAgain { .. } => End::Waiting,
    };
    Finding { end, merged: seen.merged, superseded_by: seen.superseded_by }
}

fn of_error(error: &anyhow::Error) -> End {
    let message = format!("{error:#}");
    match message {
        _ if message.starts_with("the merge was lost") => End::Lost,
        _ if message.starts_with("nothing is proposed or deployed") => End::Nothing,
        _ => panic!("{message}"),
    }
}

/// What must hold of every history that was played.
pub type Law = fn(&Played) -> Result<(), String>;

/// So many histories of one forge.
pub struct Histories {
    pub forge: &'static str,
    pub stage: fn() -> Box<dyn Stage>,
    pub count: usize,
}

impl Histories {
    /// Plays all of them, on as many stages as there are processors.
    pub fn play(&self) -> Vec<Played> {
        let next = AtomicUsize::new(0);
        let all = Mutex::new(Vec::new());
        let lanes = std::thread::available_parallelism().map_or(2, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..lanes {
                scope.spawn(|| {
                    let stage = (self.stage)();
                    let kept = Arc::from(stage.forge());
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= self.count {
                            break;
                        }
                        let history = history::tree(self.forge, number).current();
                        let played = play(&*stage, &kept, &history);
                        all.lock().unwrap().push((number, played));
                    }
                });
            }
        });
        let mut all = all.into_inner().unwrap();
        all.sort_by_key(|(number, _)| *number);
        all.into_iter().map(|(_, played)| played).collect()
    }

    /// Fails with the smallest history that it can find in which the law does not hold.
    pub fn obey(&self, all: &[Played], law: Law) {
        let broken = all.iter().enumerate().filter_map(|(number, played)| Some((number, law(played).err()?)));
        let broken: Vec<(usize, String)> = broken.collect();
        let Some((first, why)) = broken.first() else { return };
        let (smallest, why) = self.shrink(*first, law, why);
        panic!(
            "{} of {} histories on {} ({}), the first is #{first} of seed {}:\n{why}\n{:#?}\n{}",
            broken.len(),
            all.len(),
            self.forge,
            "see `regressions.rs`",
            history::seed(),
            smallest.history,
            describe(&smallest),
        );
    }

    fn shrink(&self, number: usize, law: Law, why: &str) -> (Played, String) {
        let stage = (self.stage)();
        let kept = Arc::from(stage.forge());
        let mut tree = history::tree(self.forge, number);
        let mut smallest = (play(&*stage, &kept, &tree.current()), why.to_owned());
        let mut goes_on = tree.simplify();
        for _ in 0..2000 {
            if !goes_on {
                break;
            }
            let played = play(&*stage, &kept, &tree.current());
            goes_on = match law(&played) {
                Err(why) => {
                    smallest = (played, why);
                    tree.simplify()
                }
                Ok(()) => tree.complicate(),
            };
        }
        smallest
    }
}

/// A history step by step, with what was found.
fn describe(played: &Played) -> String {
    let mut names = HashMap::new();
    let mut name = |id| {
        let next = names.len();
        format!("c{}", names.entry(id).or_insert(next))
    };
    let mut text = String::new();
    for look in &played.looks {
        let step = look.steps.checked_sub(1).map(|step| format!("{:?}", played.history.steps[step]));
        let specified = played.specified(look);
        let mut tell = |finding: Finding| {
            let merged = finding.merged.map(&mut name);
            let by = finding.superseded_by.map(&mut name);
            format!("{:?} merged {merged:?} superseded by {by:?}", finding.end)
        };
        text += &format!("  {}\n", step.unwrap_or_else(|| "(begin)".to_owned()));
        text += &format!("      {:?}\n      at {}: found {}", look.setting, look.now, tell(look.found));
        if look.killed.is_some_and(|killed| killed != look.found) {
            text += &format!(", killed {}", tell(look.killed.unwrap()));
        }
        if specified != look.found || look.killed.is_some_and(|killed| killed != look.found) {
            text += &format!(", SPECIFIED {}", tell(specified));
        }
        text.push('\n');
    }
    text
}
