//! Random histories of releases, failures, rollbacks, reverts and lifted holds in one environment, with and without
//! rings and a gate, beside a small model of what has to stand after each step. The histories are the same in every run.

use std::collections::BTreeSet;

use towline::gitops::decision::Decision;

use super::world::{Back, Run, World};
use crate::given::Random;

/// A deployment, as the branch had it.
#[derive(Debug, Clone)]
struct Stood {
    release: u32,
    tree: String,
    /// Nothing: there is no verdict.
    verified: Option<bool>,
    is_rollback: bool,
    /// Whether people reverted it.
    is_reverted: bool,
    /// What is on hold while it stands.
    held: BTreeSet<u32>,
}

/// How the environment is set up.
#[derive(Debug, Clone, Copy)]
struct Setting {
    /// `onFailure: rollback`
    rolls_back: bool,
    /// A canary comes first.
    has_rings: bool,
    /// Every release has to be approved.
    is_gated: bool,
}

/// Where a release fails its check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    /// Everywhere, so in the first ring.
    Everywhere,
    /// When it has reached the last ring.
    LastRing,
}

struct Model {
    world: World,
    setting: Setting,
    releases: u32,
    bad: BTreeSet<u32>,
    /// The last one stands.
    history: Vec<Stood>,
    /// What others have written.
    others: u32,
    told: Vec<String>,
}

fn version(release: u32) -> String {
    format!("1.{release}.0")
}

impl Model {
    fn new(setting: Setting) -> Self {
        let Setting { rolls_back, has_rings, is_gated } = setting;
        let on_failure = if rolls_back { "rollback" } else { "stop" };
        let rings = match has_rings {
            true => "targets: [{name: canary}, {name: eu}], rings: [[canary], [eu]], ",
            false => "",
        };
        let gates = if is_gated { "gates: [{manual: {}}], " } else { "" };
        let world = World::new(&format!(
            "  - {{name: prod, {rings}{gates}merge: auto, await: {{reporters: none}}, onFailure: {on_failure}, \
             checks: [{{name: smoke, run: {CHECK:?}}}]}}\n"
        ));
        world.write("app/everywhere", "");
        world.write("app/last-ring", "");
        let (history, told) = (Vec::new(), Vec::new());
        Self { world, setting, releases: 0, bad: BTreeSet::new(), history, others: 0, told }
    }

    fn play(&mut self, random: &mut Random) {
        match random.below(10) {
            0..=2 => self.release(Fault::None),
            3 => self.release(match random.below(2) {
                0 if self.setting.has_rings => Fault::LastRing,
                _ => Fault::Everywhere,
            }),
            4..=5 => self.roll_back(),
            6 => self.roll_back_to(random.below(8) as u32 + 1),
            7 => self.revert(),
            8 => self.again(random.below(8) as u32 + 1, random.below(2) == 0),
            _ => self.other(),
        }
        if let Some(standing) = self.history.last() {
            let tree = self.world.git(&["rev-parse", "main:prod/greeting"]);
            assert_eq!(tree, standing.tree, "{}", self.tell());
        }
        for number in 1..=self.others {
            let text = self.world.git(&["show", &format!("main:other/{number}.yaml")]);
            assert_eq!(text, format!("kind: Other{number}"), "{}", self.tell());
        }
    }

    fn tell(&self) -> String {
        format!("{}\n{:#?}", self.told.join("\n"), self.history)
    }

    fn note(&mut self, what: &str, said: &str) {
        self.told.push(format!("{what}: {said}"));
    }

    fn push(&mut self, release: u32, verified: Option<bool>, is_rollback: bool, held: BTreeSet<u32>) {
        let tree = self.world.git(&["rev-parse", "main:prod/greeting"]);
        self.history.push(Stood { release, tree, verified, is_rollback, is_reverted: false, held });
    }

    /// What stands in the targets of the last ring.
    fn last_ring(&self) -> Option<String> {
        self.world.try_git(&["rev-parse", "--verify", "--quiet", "main:prod/greeting/eu"])
    }

    /// A new release; one that fails may go out again.
    fn release(&mut self, fault: Fault) {
        self.releases += 1;
        let (release, is_good) = (self.releases, fault == Fault::None);
        if !is_good {
            self.bad.insert(release);
            let file = if fault == Fault::Everywhere { "app/everywhere" } else { "app/last-ring" };
            let before = std::fs::read_to_string(self.world.path(file)).unwrap();
            self.world.write(file, &format!("{before}{}\n", version(release)));
        }
        if self.setting.is_gated {
            self.is_kept_out(release);
        }
        let last_ring = self.last_ring();
        let said = self.world.go(&version(release));
        self.note(&format!("release {release}, fault: {fault:?}"), &said);
        self.history.push(Stood {
            release,
            tree: String::new(),
            verified: Some(is_good),
            is_rollback: false,
            is_reverted: false,
            held: BTreeSet::new(),
        });
        let target = self.target(None).filter(|_| !is_good && self.setting.rolls_back);
        let expected = if is_good { "Done (0)" } else { "Failed (5)" };
        assert!(said.starts_with(expected), "{}", self.tell());
        let tree = self.world.git(&["rev-parse", "main:prod/greeting"]);
        match target {
            Some(target) => {
                let to = version(self.history[target].release);
                assert!(said.contains(&format!("; rolled back to {to}")), "{}", self.tell());
                self.went_back(target);
            }
            None => {
                assert!(!said.contains("; rolled back"), "{}", self.tell());
                self.history.last_mut().unwrap().tree = tree;
                if self.setting.has_rings {
                    // Nothing goes past a ring that fails.
                    let waits = fault == Fault::Everywhere;
                    assert_eq!(self.last_ring() == last_ring, waits, "{}", self.tell());
                }
            }
        }
    }

    /// Until somebody approves it, a release changes nothing.
    fn is_kept_out(&mut self, release: u32) {
        let before = self.world.git(&["for-each-ref"]);
        let said = self.world.once(&version(release));
        self.note(&format!("release {release}, not approved"), &said);
        assert!(said.starts_with("Unfinished (75)"), "{}", self.tell());
        assert_eq!(self.world.git(&["for-each-ref"]), before, "{}", self.tell());
        self.world.decide("prod", Decision::Approve, None, &version(release));
    }

    /// What a rollback has to go back to.
    fn target(&self, wanted: Option<u32>) -> Option<usize> {
        let (standing, before) = self.history.split_last()?;
        (0..before.len()).rev().find(|index| {
            let it = &self.history[*index];
            let later = &self.history[index + 1..];
            let has_failed =
                later.iter().any(|other| other.release == it.release && other.verified == Some(false));
            let is_out = it.is_reverted
                || standing.held.contains(&it.release)
                || later.iter().any(|other| other.release < it.release);
            let is_wanted = wanted.map_or(!is_out, |wanted| wanted == it.release);
            is_wanted && it.release != standing.release && it.verified == Some(true) && !has_failed
        })
    }

    fn went_back(&mut self, target: usize) {
        let Stood { release, tree, .. } = self.history[target].clone();
        let standing = self.history.last().unwrap();
        let over = self.history[target + 1..].iter().map(|it| it.release);
        let mut held: BTreeSet<u32> = standing.held.iter().copied().chain(over).collect();
        held.retain(|held| *held > release);
        held.insert(standing.release);
        let is_good = !self.bad.contains(&release);
        self.push(release, Some(is_good), true, held);
        assert_eq!(self.history.last().unwrap().tree, tree, "{}", self.tell());
    }

    fn roll_back(&mut self) {
        let said = self.world.roll_back("prod", Back::default());
        self.note("roll back", &said);
        let Some(standing) = self.history.last() else {
            assert!(said.starts_with("error"), "{}", self.tell());
            return;
        };
        if standing.is_rollback {
            // It is gone on with, and verified if it was not.
            assert!(said.contains("Done (0)") || said.contains("Unchanged (0)"), "{}", self.tell());
            self.history.last_mut().unwrap().verified = Some(true);
            return;
        }
        match self.target(None) {
            // People reverted that very rollback.
            Some(_) if self.is_taken_back() && said.contains("Refused (3)") => {}
            Some(target) => {
                let way = format!(
                    "{} -> {}\nDone (0)",
                    version(standing.release),
                    version(self.history[target].release)
                );
                assert!(said.starts_with(&way), "expected {way}\n{}", self.tell());
                self.went_back(target);
            }
            None => assert!(said.starts_with("error: nothing verified"), "{}", self.tell()),
        }
        self.once_more();
    }

    /// Whether people reverted a rollback, and nothing came since.
    fn is_taken_back(&self) -> bool {
        let reverted = self.history.len().checked_sub(2).map(|index| &self.history[index]);
        reverted.is_some_and(|it| it.is_reverted && it.is_rollback)
    }

    /// The same command once more writes nothing.
    fn once_more(&mut self) {
        let before = self.world.git(&["for-each-ref"]);
        let said = self.world.roll_back("prod", Back::default());
        self.note("once more", &said);
        assert_eq!(self.world.git(&["for-each-ref"]), before, "{}", self.tell());
    }

    fn roll_back_to(&mut self, release: u32) {
        let to = version(release);
        let said = self.world.roll_back("prod", Back { to: Some(&to), ..Back::default() });
        self.note(&format!("roll back to {release}"), &said);
        let Some(standing) = self.history.last() else { return };
        if standing.release == release {
            if standing.is_rollback {
                self.history.last_mut().unwrap().verified = Some(true);
            }
            return;
        }
        match self.target(Some(release)) {
            Some(_) if self.is_taken_back() && said.contains("Refused (3)") => {}
            Some(target) => {
                assert!(said.contains(&format!("-> {to}\nDone (0)")), "{}", self.tell());
                self.went_back(target);
            }
            None => assert!(said.starts_with("error"), "{}", self.tell()),
        }
    }

    /// People revert what was merged last.
    fn revert(&mut self) {
        let is_merge =
            self.world.git(&["rev-list", "--parents", "--max-count=1", "main"]).split(' ').count() == 3;
        // With rings, the last merge is not the whole release.
        if !is_merge || self.history.len() < 2 || self.setting.has_rings {
            return;
        }
        self.world.revert("main");
        self.history.last_mut().unwrap().is_reverted = true;
        let before = self.history[self.history.len() - 2].clone();
        self.push(before.release, None, before.is_rollback, before.held);
        self.note("revert", "");
    }

    /// Somebody runs the pipeline of an older release again, and may lift a hold.
    fn again(&mut self, release: u32, lifts: bool) {
        let Some(standing) = self.history.last().cloned() else { return };
        if release > self.releases || release == standing.release {
            return;
        }
        let run = Run { release_hold: lifts, ..Run::default() };
        let said = self.world.promote(&version(release), run, &|_| {});
        self.note(&format!("again {release}, lifts: {lifts}"), &said);
        if standing.held.contains(&release) && !lifts {
            assert!(said.starts_with("Refused (3)"), "{}", self.tell());
        }
        if release < standing.release {
            assert!(said.starts_with("Superseded (7)") || said.starts_with("Refused (3)"), "{}", self.tell());
            return;
        }
        // What people reverted stays out.
        if said.starts_with("Refused (3)") {
            return;
        }
        let held = standing.held.iter().copied().filter(|held| *held > release).collect();
        let is_good = !self.bad.contains(&release);
        self.push(release, Some(is_good), false, held);
        if let Some(target) = self.target(None).filter(|_| !is_good && self.setting.rolls_back) {
            // It went out at once.
            let back = self.history[target].clone();
            self.history.last_mut().unwrap().tree.clear();
            assert!(said.contains(&format!("; rolled back to {}", version(back.release))), "{}", self.tell());
            self.went_back(target);
        }
    }

    fn other(&mut self) {
        self.others += 1;
        let number = self.others;
        self.world.push("main", &format!("other/{number}.yaml"), &format!("kind: Other{number}\n"));
        self.note("other", "");
    }
}

/// Fails where one of the files says so.
const CHECK: &str = "case $TOWLINE_TARGETS in *eu*) ! grep -qx $TOWLINE_RELEASE last-ring;; esac && ! grep -qx $TOWLINE_RELEASE everywhere";

/// Plays histories with these seeds; every other one rolls back by itself.
fn play(seeds: std::ops::RangeInclusive<u64>, has_rings: bool, is_gated: bool) {
    for seed in seeds {
        let mut random = Random::new(seed);
        let mut model = Model::new(Setting { rolls_back: seed % 2 == 0, has_rings, is_gated });
        for _ in 0..12 {
            model.play(&mut random);
        }
    }
}

#[test]
fn what_stands_is_what_the_model_says() {
    play(1..=10, false, false);
}

#[test]
fn what_stands_is_what_the_model_says_behind_a_gate() {
    play(11..=14, false, true);
}

#[test]
fn what_stands_is_what_the_model_says_with_rings() {
    play(21..=28, true, false);
}

#[test]
fn what_stands_is_what_the_model_says_with_rings_behind_a_gate() {
    play(31..=34, true, true);
}
