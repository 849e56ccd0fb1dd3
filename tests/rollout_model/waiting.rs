//! `wait`, driven by a clock whose sleep plays what happens next: nobody sleeps, and the history
//! goes on while the product waits.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use towline::clock::{Clock, ManualClock};
use towline::gitops::{Account, Destination};
use towline::rollout::{self, Awaited, Observation, Polling, State};
use towline::vocabulary::ForgeKind;

use super::git::Git;
use super::history;
use super::model::{History, Setting, Step, Told, View};
use super::play::found;
use super::settings::environment;
use super::spec::{self, End, Finding};
use super::stage::{Local, Stage};
use super::world::World;

const HISTORIES: usize = 200;

/// Sleeping plays the steps that are due meanwhile.
struct Playing<'w, 's> {
    world: &'w Mutex<World<'s>>,
    clock: Arc<ManualClock>,
    /// What happens when.
    script: Mutex<VecDeque<(Timestamp, Step)>>,
}

impl Clock for &Playing<'_, '_> {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn sleep(&self, time: Duration) {
        let end = self.now().checked_add(time).unwrap();
        let mut script = self.script.lock().unwrap();
        while let Some((due, step)) = script.front().copied().filter(|(due, _)| *due <= end) {
            script.pop_front();
            self.clock.set(due.max(self.now()));
            self.world.lock().unwrap().play(step);
        }
        self.clock.set(end);
    }
}

impl<'w, 's> Playing<'w, 's> {
    /// What comes before the first moment that passes has happened already.
    fn new(world: &'w Mutex<World<'s>>, clock: &Arc<ManualClock>, steps: &[Step]) -> Self {
        let mut due = clock.now();
        let mut script = VecDeque::new();
        for step in steps {
            match step {
                Step::Pass(seconds) => due = due.checked_add(Duration::from_secs((*seconds).into())).unwrap(),
                step => script.push_back((due, *step)),
            }
        }
        let playing = Self { world, clock: clock.clone(), script: Mutex::new(script) };
        (&playing).sleep(Duration::ZERO);
        playing
    }
}

/// How a wait ended, and all that happened.
struct Ended {
    setting: Setting,
    found: Finding,
    at: i64,
    told: Told,
    /// When the first process began to look.
    start: i64,
}

/// Waits in a history until there is an end. The process is killed after so many looks, and started
/// again so many seconds later.
fn wait(stage: &dyn Stage, history: &History, killed: Option<(usize, u64)>) -> Ended {
    let world = Mutex::new(World::begin(stage, history.deployed));
    let playing = Playing::new(&world, stage.clock(), &history.steps);
    let mut setting = history.settings[0];
    if world.lock().unwrap().pull(&setting, false).is_none() {
        // What is not there yet cannot be asked about.
        setting.view = View::Newest;
    }
    let start = (&playing).now().as_second();
    let looks = Cell::new(0);
    let dies = |_: &Observation| {
        looks.set(looks.get() + 1);
        killed.is_some_and(|(after, _)| looks.get() > after)
    };
    let seen = run(stage, &playing, &setting, false, &dies);
    let unfinished = |seen: &anyhow::Result<Observation>| {
        seen.as_ref().is_ok_and(|seen| matches!(seen.state, State::LookAgain { .. }))
    };
    let seen = match killed {
        Some((_, down)) if unfinished(&seen) => {
            (&playing).sleep(Duration::from_secs(down));
            run(stage, &playing, &setting, true, &|_| false)
        }
        _ => seen,
    };
    let at = (&playing).now().as_second();
    drop(playing);
    Ended { found: found(&seen), setting, at, told: world.into_inner().unwrap().told, start }
}

/// One process: it knows what it was asked, and nothing else.
fn run(
    stage: &dyn Stage,
    playing: &Playing,
    setting: &Setting,
    again: bool,
    dies: &dyn Fn(&Observation) -> bool,
) -> anyhow::Result<Observation> {
    let (pull, proposed) = {
        let world = playing.world.lock().unwrap();
        (world.pull(setting, again && world.first_is_merged()), world.proposed(setting))
    };
    let destination = Destination {
        application: "greeting",
        environment: environment(setting),
        repository: Rc::new(Git::repository(stage.git())),
        forge: Arc::from(stage.forge()),
        clock: Arc::new(playing),
        account: Account::default(),
        access: crate::given::access(),
    };
    let awaited = Awaited { pull, content: proposed.as_ref(), since: None };
    rollout::wait(&destination, awaited, Polling::of(ForgeKind::GitHub), None, dies, &|_| ())
}

impl Ended {
    /// What is specified of this second, by what had happened until then.
    fn specified(&self, now: i64) -> Finding {
        self.specified_of(now, |at| at <= now)
    }

    fn specified_of(&self, now: i64, has_happened: impl Fn(i64) -> bool) -> Finding {
        let count = self.told.times.partition_point(|at| has_happened(*at));
        spec::finding(&self.told, &self.told.events[..count], &self.setting, now)
    }

    /// From when on it could have been seen that it had ended, until it was seen.
    fn delay(&self) -> i64 {
        let ended = |now: &i64| self.specified(*now).end != End::Waiting;
        let over = (self.start..=self.at).rev().take_while(ended).count();
        i64::try_from(over).unwrap() - 1
    }

    /// Whether the end, once there, stayed as it was: a run that looked at other moments may
    /// otherwise have seen another one.
    fn is_certain(&self) -> bool {
        // In one second, a look may come before or after what happens in it.
        let both = |now| [self.specified_of(now, |at| at < now || now == self.start), self.specified(now)];
        let findings = (self.start..=self.at).flat_map(both);
        let ends = findings.skip_while(|found| found.end == End::Waiting);
        let mut ends = ends.map(|found| (found.end, found.merged));
        let first = ends.next();
        ends.all(|end| Some(end) == first)
    }
}

/// On as many processors as there are.
fn for_each(check: impl Fn(&dyn Stage, usize, &History) + Sync) {
    let lanes = 2;
    std::thread::scope(|scope| {
        for lane in 0..lanes {
            let check = &check;
            scope.spawn(move || {
                let stage = Local::new();
                for number in (lane..HISTORIES).step_by(lanes) {
                    check(&stage, number, &history::tree("waiting", number).current());
                }
            });
        }
    });
}

#[test]
fn the_end_is_told_within_one_polling_interval() {
    for_each(|stage, number, history| {
        let ended = wait(stage, history, None);
        let specified = ended.specified(ended.at);
        assert_eq!(ended.found, specified, "#{number}: {history:?}");
        let longest = Polling::of(ForgeKind::GitHub).longest.as_secs();
        let delay = ended.delay();
        assert!(delay <= i64::try_from(longest).unwrap() + 1, "#{number}: {delay} s late: {history:?}");
    });
}

#[test]
fn killed_and_started_again_ends_as_not_killed() {
    let compared = std::sync::atomic::AtomicUsize::new(0);
    for_each(|stage, number, history| {
        let whole = wait(stage, history, None);
        let left = u64::try_from(whole.at - whole.start).unwrap();
        let down = left * (number as u64 % 3) / 4;
        let killed = wait(stage, history, Some((number % 5, down)));
        let last = if killed.at > whole.at { &killed } else { &whole };
        if last.is_certain() && killed.setting == whole.setting {
            compared.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let [killed, whole] = [killed, whole].map(|ended| (ended.found.end, ended.found.merged));
            assert_eq!(killed, whole, "#{number}: {history:?}");
        }
    });
    let compared = compared.into_inner();
    assert!(compared * 2 > HISTORIES, "only {compared} of {HISTORIES} could be compared");
}
