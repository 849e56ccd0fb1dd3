//! The world: plays the steps of a history on a forge, and writes down what happened.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use git2::Oid;
use towline::clock::{Clock, ManualClock};
use towline::config::Environment;
use towline::forge::{Forge, StatusState};
use towline::git::head_branch;
use towline::gitops::{Account, Content, Destination};
use towline::rollout::{self, Awaited, Observation};

use super::git::{BASE, Change, files};
use super::model::{By, Commit, Event, Method, On, Ours, Setting, Step, Told, View};
use super::settings::environment;
use super::stage::{Stage, beginning};

pub struct World<'s> {
    pub stage: &'s dyn Stage,
    environment: &'static Environment,
    pub told: Told,
    head_branch: String,
    /// The number and the head of the pull request that is open.
    open: Option<(u64, Oid)>,
    /// The number and the release of the first one.
    first: Option<(u64, Ours)>,
    /// Where the base branch was before it went back.
    forced: Option<Oid>,
    last_release: u32,
    last_edit: u32,
}

impl<'s> World<'s> {
    /// A history begins: nothing is left of the one before.
    pub fn begin(stage: &'s dyn Stage, deployed: bool) -> Self {
        stage.git().clear();
        stage.clock().set(beginning());
        // Where things stand is the same in all settings.
        let environment = environment(&Setting::ANY);
        let mut world = Self {
            stage,
            environment,
            told: Told::default(),
            head_branch: head_branch("greeting", &environment.name, &environment.gitops.branch),
            open: None,
            first: None,
            forced: None,
            last_release: 0,
            last_edit: 0,
        };
        let root = world.commit(&[], &Change::File("README.md", "What runs where.\n"), None);
        world.land(root);
        if deployed {
            let ours = Ours { release: 0, edited: 0 };
            let deployed = world.commit(&[root], &Change::Ours(Some(ours)), Some(ours));
            world.land(deployed);
            world.clock().advance(Duration::from_secs(7));
        }
        stage.begin();
        world
    }

    pub fn clock(&self) -> &Arc<ManualClock> {
        self.stage.clock()
    }

    /// The second that it is.
    pub fn now(&self) -> i64 {
        self.clock().now().as_second()
    }

    pub fn play(&mut self, step: Step) {
        match step {
            Step::Propose => self.propose(),
            Step::Merge(method) => self.merge(method),
            Step::Close => self.close(),
            Step::Report(on, by, state) => self.report(on, by, state),
            Step::Other => self.push_file("other/app.yaml"),
            Step::Beside => self.push_file(&format!("{}/notes.txt", self.environment.targets[0].path)),
            Step::Edit => self.edit(),
            Step::Revert => self.revert(),
            Step::Force(back) => self.force(back),
            Step::Restore => self.forced.take().into_iter().for_each(|tip| self.land(tip)),
            Step::Rejoin => self.rejoin(),
            Step::Pass(seconds) => self.clock().advance(Duration::from_secs(seconds.into())),
        }
    }

    /// One look, as a process takes it that knows nothing of the looks before.
    pub fn look(
        &self,
        forge: &Arc<dyn Forge>,
        setting: &Setting,
        killed: bool,
    ) -> anyhow::Result<Observation> {
        let destination = Destination {
            application: "greeting",
            environment: environment(setting),
            repository: Rc::new(self.stage.git().repository()),
            forge: forge.clone(),
            clock: self.clock().clone(),
            account: Account::default(),
            access: crate::given::access(),
        };
        let proposed = self.proposed(setting);
        let awaited = Awaited { pull: self.pull(setting, killed), content: proposed.as_ref(), since: None };
        rollout::observe(&destination, awaited)
    }

    /// The pull request that is asked about. A run that was killed has forgotten its own, when that
    /// is merged.
    pub fn pull(&self, setting: &Setting, killed: bool) -> Option<u64> {
        match setting.view {
            View::Newest => None,
            View::Release if killed => None,
            View::First | View::Release => self.first.map(|(number, _)| number),
        }
    }

    /// What a run that promotes has proposed.
    pub fn proposed(&self, setting: &Setting) -> Option<Content> {
        let (_, ours) = self.first.filter(|_| setting.view == View::Release)?;
        let files = files(self.environment, ours);
        let files =
            files.map(|(path, content)| towline::render::File { path, content: content.into_bytes() });
        Some(Content::of(&files).unwrap())
    }

    /// Whether the first pull request is merged, with the release that it was opened for.
    pub fn first_is_merged(&self) -> bool {
        let Some((first, ours)) = self.first else { return false };
        self.told.events.iter().any(|event| {
            matches!(event, Event::Merged { number, commit, .. }
                if *number == first && self.told.ours(*commit) == Some(ours))
        })
    }

    fn propose(&mut self) {
        self.last_release += 1;
        let ours = Ours { release: self.last_release, edited: 0 };
        let head = self.commit(&[self.tip()], &Change::Ours(Some(ours)), Some(ours));
        self.stage.git().set(&self.head_branch, head);
        let number = match self.open {
            Some((number, _)) => number,
            None => self.stage.open(&self.head_branch, head),
        };
        self.open = Some((number, head));
        self.first.get_or_insert((number, ours));
        self.tell(Event::Proposed { number, head, at: self.now() });
    }

    fn merge(&mut self, method: Method) {
        let Some((number, head)) = self.open else { return };
        let fast_forward = matches!(method, Method::FastForward | Method::FastForwardByHand);
        let ours = |id| self.told.ours(id);
        let base = self.stage.git().merge_base(self.tip(), head);
        let possible = match fast_forward {
            true => base == self.tip(),
            false => ours(base) == ours(self.tip()),
        };
        if !possible {
            return;
        }
        let queue = method == Method::Queue;
        if queue {
            self.push_file("other/before.yaml");
        }
        let ours = self.told.ours(head);
        let tip = self.tip();
        let merge = |parents: &[Oid]| self.make(parents, &Change::Ours(ours), "Merge");
        let commit = match method {
            Method::FastForward | Method::FastForwardByHand => head,
            Method::Merge | Method::ByHand => merge(&[tip, head]),
            Method::Squash | Method::Queue => merge(&[tip]),
        };
        let Some(commit) = self.stage.merge(number, head, commit, method) else { return };
        let parents = match method {
            Method::FastForward | Method::FastForwardByHand => self.told.commits[&head].parents.clone(),
            Method::Merge | Method::ByHand => vec![tip, head],
            Method::Squash | Method::Queue => vec![tip],
        };
        let at = self.now();
        self.told.commits.entry(commit).or_insert(Commit { parents, ours, at });
        self.tell(Event::Merged { number, commit, at });
        self.tell(Event::Base { tip: commit });
        self.open = None;
        if queue {
            self.push_file("other/after.yaml");
        }
    }

    fn close(&mut self) {
        let Some((number, _)) = self.open.take() else { return };
        self.stage.close(number);
        self.tell(Event::Closed { number });
    }

    fn report(&mut self, on: On, by: By, state: StatusState) {
        let line = self.told.line(self.tip());
        let events = || self.told.events.iter().rev();
        let commit = match on {
            On::Base(back) => Some(line[usize::from(back).min(line.len() - 1)]),
            On::Merged => events().find_map(|event| match event {
                Event::Merged { commit, .. } => Some(*commit),
                _ => None,
            }),
            On::Head => events().find_map(|event| match event {
                Event::Proposed { head, .. } => Some(*head),
                _ => None,
            }),
        };
        let Some(commit) = commit else { return };
        let context = by.context();
        self.stage.report(commit, context, state);
        self.tell(Event::Reported { commit, context, state, at: self.now() });
    }

    fn push_file(&mut self, path: &str) {
        let content = format!("at: {}\n", self.told.events.len());
        let ours = self.told.ours(self.tip());
        let commit = self.commit(&[self.tip()], &Change::File(path, &content), ours);
        self.land(commit);
    }

    fn edit(&mut self) {
        let Some(ours) = self.told.ours(self.tip()) else { return };
        self.last_edit += 1;
        let ours = Ours { edited: self.last_edit, ..ours };
        let commit = self.commit(&[self.tip()], &Change::Ours(Some(ours)), Some(ours));
        self.land(commit);
    }

    fn revert(&mut self) {
        let now = self.told.ours(self.tip());
        let line = self.told.line(self.tip());
        let Some(before) = line.into_iter().find(|id| self.told.ours(*id) != now) else { return };
        let ours = self.told.ours(before);
        let commit = self.commit(&[self.tip()], &Change::Ours(ours), ours);
        self.land(commit);
    }

    /// The first commit stays.
    fn force(&mut self, back: u8) {
        let line = self.told.line(self.tip());
        let to = line[usize::from(back).min(line.len() - 1)];
        if to != line[0] {
            self.forced = Some(line[0]);
            self.land(to);
        }
    }

    fn rejoin(&mut self) {
        let Some(lost) = self.forced.take() else { return };
        let ours = self.told.ours(lost);
        let commit = self.commit(&[self.tip(), lost], &Change::Ours(ours), ours);
        self.land(commit);
    }

    fn tip(&self) -> Oid {
        self.stage.git().tip(BASE)
    }

    fn commit(&mut self, parents: &[Oid], change: &Change, ours: Option<Ours>) -> Oid {
        let id = self.make(parents, change, "Change");
        self.told.commits.insert(id, Commit { parents: parents.to_vec(), ours, at: self.now() });
        id
    }

    fn make(&self, parents: &[Oid], change: &Change, message: &str) -> Oid {
        // A commit is told apart from another of the same second.
        let message = format!("{message} {}\n", self.told.events.len());
        self.stage.git().commit(self.environment, parents, change, &message, self.now())
    }

    /// The base branch goes to this commit.
    fn land(&mut self, tip: Oid) {
        self.stage.git().set(BASE, tip);
        self.tell(Event::Base { tip });
    }

    fn tell(&mut self, event: Event) {
        self.told.events.push(event);
        self.told.times.push(self.now());
    }
}
