//! Random histories of releases, failures, rollbacks, reverts and lifted holds in one environment, beside a small
//! model of what has to stand after each step. The histories are the same in every run.

use std::collections::BTreeSet;

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

struct Model {
    world: World,
    rolls_back: bool,
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
    fn new(rolls_back: bool) -> Self {
        let on_failure = if rolls_back { "rollback" } else { "stop" };
        let world = World::new(&format!(
            "  - {{name: prod, merge: auto, await: {{reporters: none}}, onFailure: {on_failure}, checks: [{{name: \
             smoke, run: \"! grep -qx $TOWLINE_RELEASE bad\"}}]}}\n"
        ));
        world.write("app/bad", "");
        let (history, told) = (Vec::new(), Vec::new());
        Self { world, rolls_back, releases: 0, bad: BTreeSet::new(), history, others: 0, told }
    }

    fn play(&mut self, random: &mut Random) {
        match random.below(10) {
            0..=2 => self.release(true),
            3 => self.release(false),
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

    /// A new release; one that fails may go out again.
    fn release(&mut self, is_good: bool) {
        self.releases += 1;
        let release = self.releases;
        if !is_good {
            self.bad.insert(release);
            let lines: Vec<String> = self.bad.iter().map(|bad| version(*bad) + "\n").collect();
            self.world.write("app/bad", &lines.concat());
        }
        let said = self.world.go(&version(release));
        self.note(&format!("release {release}, good: {is_good}"), &said);
        self.history.push(Stood {
            release,
            tree: String::new(),
            verified: Some(is_good),
            is_rollback: false,
            is_reverted: false,
            held: BTreeSet::new(),
        });
        let target = self.target(None).filter(|_| !is_good && self.rolls_back);
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
            }
        }
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
        if !is_merge || self.history.len() < 2 {
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
        if let Some(target) = self.target(None).filter(|_| !is_good && self.rolls_back) {
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

#[test]
fn what_stands_is_what_the_model_says() {
    for seed in 1..=10 {
        let mut random = Random::new(seed);
        let mut model = Model::new(seed % 2 == 0);
        for _ in 0..12 {
            model.play(&mut random);
        }
    }
}
