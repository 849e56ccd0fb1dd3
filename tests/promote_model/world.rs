//! The world: plays the steps of a history, and lets the laws judge every run of Towline.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use git2::Oid;
use towline::clock::Clock;
use towline::forge::{Access, Forge, PullRequest, PullState};
use towline::gitops::Destinations;
use towline::gitops::decision::Decision;
use towline::http::Tally;
use towline::promote::{self, Event, PromoteRequest, Selection, What};
use towline::propose::ProposeOptions;
use towline::rollout::{self, Polling};
use towline::variables::Inputs;
use towline::vocabulary::{Diagnostic, Outcome};

use super::app::{self, Apps, Rendered};
use super::model::{Env, History, Method, Mode, Rel, Run, Select, Setting, Step};
use super::repository::Repository;
use crate::rollout_model::git::BASE;
use crate::rollout_model::stage::{Stage, beginning};

pub const POLLING: Polling = Polling {
    first: Duration::from_secs(1),
    longest: Duration::from_secs(5),
    allowance: 240,
    random: || 0.0,
};

/// How long a success has to hold, in seconds.
pub const SETTLE: i64 = 2;

pub struct World<'s> {
    pub stage: &'s dyn Stage,
    /// The client of whoever watches.
    forge: Box<dyn Forge>,
    /// Whether the forge asks for approvals.
    pub reviewed: bool,
    pub repository: &'s Repository<'s>,
    pub apps: &'s Apps,
    pub setting: Setting,
    /// Whether Towline merges now, in dev and in prod.
    pub auto: Cell<[bool; 2]>,
    /// How wrong people's clocks are, in seconds.
    pub skew: Cell<i64>,
    pub releases: Cell<u32>,
    /// Makes every commit another one.
    pub count: Cell<u32>,
    pub log: RefCell<Log>,
}

/// What happened so far.
#[derive(Debug, Default)]
pub struct Log {
    pub reports: Vec<Report>,
    /// Commits that runs of Towline wrote.
    pub ours: HashSet<Oid>,
    /// Merge commits that people's clicks made.
    pub peoples: HashSet<Oid>,
    /// What runs said of a release in an environment: the last is what counts.
    pub verdicts: HashMap<(Rel, Env), bool>,
    /// What was verified and has stood on the base branch ever since.
    pub steady: HashSet<(Rel, Env)>,
    /// What people closed or took out, and no newer release replaced since.
    pub out: HashSet<(Rel, Env)>,
    /// What of a pull request was approved last.
    pub approved: HashMap<u64, Oid>,
    /// For which releases somebody said that hand edits are to be overwritten.
    pub overwritten: HashSet<(Rel, Env)>,
    /// Every release that was rendered.
    pub rendered: HashSet<Rel>,
    /// For which releases the gate of prod was opened, and how.
    pub opened: Vec<(Entrant, Decision)>,
    /// When the run began that verified a release in dev last.
    pub verified_at: HashMap<Rel, i64>,
}

/// What a decision is about: the application, the version, and the commit that the release was made from.
pub type Entrant = (&'static str, String, Option<String>);

/// An operator's word.
#[derive(Debug, Clone, Copy)]
pub struct Report {
    pub commit: Oid,
    pub env: Env,
    pub good: bool,
    pub at: i64,
}

/// Where everything stands.
#[derive(Clone)]
pub struct Snapshot {
    pub base: Oid,
    pub references: BTreeMap<String, Oid>,
    pub pulls: Vec<PullRequest>,
}

/// What one run said.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    pub outcome: Outcome,
    pub environments: Vec<(Env, Outcome, Option<Oid>, String)>,
    pub error: Option<String>,
}

/// One run, before and after.
pub struct Ran {
    pub run: Run,
    pub rel: Rel,
    pub before: Snapshot,
    pub after: Snapshot,
    pub said: Said,
    /// When it began and ended.
    pub began: i64,
    pub ended: i64,
    /// Whether it waited for the forge.
    pub took_time: bool,
}

impl<'s> World<'s> {
    pub fn begin(
        stage: &'s dyn Stage,
        repository: &'s Repository<'s>,
        apps: &'s Apps,
        setting: Setting,
    ) -> Self {
        stage.git().clear();
        stage.clock().set(beginning());
        Self::land_first(stage, repository);
        stage.begin();
        let world = Self {
            stage,
            forge: stage.forge(),
            reviewed: false,
            repository,
            apps,
            setting,
            auto: Cell::new(setting.auto),
            skew: Cell::default(),
            releases: Cell::default(),
            count: Cell::default(),
            log: RefCell::default(),
        };
        if setting.method == Method::FastForward {
            stage.only_fast_forward();
        }
        let reviewed = setting.reviewed && stage.require_approvals();
        Self { reviewed, ..world }
    }

    pub fn now(&self) -> i64 {
        self.stage.clock().now().as_second()
    }

    pub fn tip(&self) -> Oid {
        self.stage.git().tip(BASE)
    }

    /// Plays one step.
    pub fn play(&self, step: Step) -> Option<Ran> {
        // Forges tell whole seconds, and what happens in the same one has no order.
        self.stage.clock().advance(Duration::from_secs(1));
        match step {
            Step::Run(run) => return Some(self.run(run)),
            Step::Report(env, back, good) => self.report(env, back, good),
            Step::Pass(seconds) => self.stage.clock().advance(Duration::from_secs(seconds.into())),
            Step::Auto(env, merges) => {
                let mut auto = self.auto.get();
                auto[env as usize] = merges;
                self.auto.set(auto);
            }
            Step::Jump(hours) => self.skew.set(i64::from(hours) * 3600),
            step => {
                self.people(step);
            }
        }
        None
    }

    pub fn report(&self, env: Env, back: u8, good: bool) {
        let line = self.repository.line(self.tip());
        let commit = line[usize::from(back).min(line.len() - 1)];
        let state = match good {
            true => towline::forge::StatusState::Success,
            false => towline::forge::StatusState::Failure,
        };
        self.stage.report(commit, env.context(), state);
        self.log.borrow_mut().reports.push(Report { commit, env, good, at: self.now() });
    }

    fn run(&self, run: Run) -> Ran {
        let newest = self.releases.get();
        let number = match run.back {
            Some(back) if newest > 0 => newest.saturating_sub(back.into()).max(1),
            _ => newest + 1,
        };
        self.releases.set(newest.max(number));
        self.run_of(run, Rel { number, source: run.source }, self.snapshot())
    }

    /// Runs Towline, and writes down what it wrote and said.
    pub fn run_of(&self, run: Run, rel: Rel, before: Snapshot) -> Ran {
        self.log.borrow_mut().rendered.insert(rel);
        let began = self.now();
        let said = self.promote(run, rel);
        let after = self.snapshot();
        let ended = self.now();
        Ran { run, rel, before, after, said, began, ended, took_time: ended > began }
    }

    pub fn access(&self) -> Access {
        Access {
            variables: Vec::new(),
            clock: self.stage.clock().clone(),
            notify: Arc::new(|_| ()),
            tally: Tally::default(),
        }
    }

    fn promote(&self, run: Run, rel: Rel) -> Said {
        let pipeline = self.apps.pipeline(self.setting, rel, self.auto.get());
        let release = match self.apps.resolved(&pipeline, rel, run.allow_dirty) {
            Ok(release) => release,
            Err(error) => return Said::error(&error),
        };
        let opened = (self.stage.git().repository(), self.stage.forge());
        let request = PromoteRequest {
            destinations: &Destinations::opened(&pipeline, self.access(), opened),
            release: &release,
            inputs: &Inputs::default(),
            selection: match run.select {
                Select::All => Selection::All,
                Select::Only(env) => Selection::Only(env.name().to_owned()),
                Select::To(env) => Selection::To(env.name().to_owned()),
            },
            once: run.mode == Mode::Once,
            options: ProposeOptions {
                again: run.again,
                force: run.force,
                overwrite_drift: run.overwrite_drift,
                allow_older: run.allow_older,
                take_over: run.take_over,
                ..ProposeOptions::default()
            },
            polling: Some(POLLING),
        };
        let promotion = promote::promote(&request, &|event| self.act(run.mode, &event));
        match promotion {
            Ok(promotion) => Said {
                outcome: promotion.outcome,
                environments: promotion
                    .environments
                    .into_iter()
                    .map(|it| (Env::of(&it.environment), it.outcome, it.merged, it.reason))
                    .collect(),
                error: promotion.error.map(|error| format!("{error:#}")),
            },
            Err(error) => Said::error(&error),
        }
    }

    /// While a run waits, people merge what they are asked to, and operators report.
    fn act(&self, mode: Mode, event: &Event) {
        let Mode::Wait(Some(good)) = mode else { return };
        if matches!(event.what, What::Rollout(rollout::Event::Waiting { .. })) {
            let env = Env::of(&event.environment);
            if self.reviewed {
                self.approve(env);
            }
            self.merge(env, self.setting.method);
            self.report(env, 0, good);
        }
    }

    pub fn snapshot(&self) -> Snapshot {
        let pulls = self.forge.list_pulls(None).unwrap();
        Snapshot { base: self.tip(), references: self.repository.references(), pulls }
    }

    /// Whether the forge tells which commit was approved.
    pub fn dates_approvals(&self) -> bool {
        self.forge.dates_approvals()
    }

    /// Whether Towline wrote a commit, and not people.
    pub fn is_towlines(&self, commit: Oid) -> bool {
        self.repository.author(commit) == "Release Bot"
    }

    /// The newest open pull request into an environment.
    pub fn open_pull(&self, env: Env) -> Option<PullRequest> {
        let pulls = self.forge.list_pulls(None).unwrap();
        let branch = format!("towline/{}/", env.name());
        pulls.into_iter().find(|pull| pull.state == PullState::Open && pull.head.starts_with(&branch))
    }

    pub fn rendered(&self, rel: Rel, env: Env) -> std::rc::Rc<Rendered> {
        self.apps.rendered(self.setting, rel, env)
    }

    /// The release whose descriptor stands in a commit.
    pub fn recorded(&self, commit: Oid, application: &str, env: Env) -> Option<Rel> {
        let files = self.repository.files(commit);
        let known = self.log.borrow().rendered.clone();
        known.into_iter().filter(|rel| rel.application() == application).find(|rel| {
            let rendered = self.rendered(*rel, env);
            files.get(&rendered.descriptor) == rendered.files.get(&rendered.descriptor)
        })
    }

    /// What does not stand on the base branch any more has to be verified anew.
    pub fn forget_what_moved(&self) {
        let tip = self.tip();
        let steady = self.log.borrow().steady.clone();
        let moved: Vec<_> = steady.into_iter().filter(|(rel, env)| !self.stands(tip, *rel, *env)).collect();
        self.log.borrow_mut().steady.retain(|it| !moved.contains(it));
    }

    /// Whether all files of a release stand in a commit.
    pub fn stands(&self, commit: Oid, rel: Rel, env: Env) -> bool {
        let files = self.repository.files(commit);
        self.rendered(rel, env).files.iter().all(|(path, id)| files.get(path) == Some(id))
    }
}

impl Said {
    fn error(error: &anyhow::Error) -> Self {
        Self {
            outcome: Diagnostic::outcome_of(error),
            environments: Vec::new(),
            error: Some(format!("{error:#}")),
        }
    }
}

impl Snapshot {
    pub fn head(&self, rel: Rel, env: Env) -> Option<Oid> {
        self.references.get(&format!("refs/heads/{}", branch(rel, env))).copied()
    }

    pub fn open_pull(&self, branch: &str) -> Option<&PullRequest> {
        self.pulls.iter().find(|pull| pull.state == PullState::Open && pull.head == branch)
    }
}

pub fn entrant(rel: Rel) -> Entrant {
    let release = app::release(rel);
    (rel.application(), release.version, release.commit)
}

pub fn branch(rel: Rel, env: Env) -> String {
    format!("towline/{}/{}", env.name(), rel.application())
}

/// Plays a history and tells it; an error is what it broke, and the steps until then.
pub fn play(
    stage: &dyn Stage,
    repository: &Repository,
    apps: &Apps,
    history: &History,
    judge: &mut dyn FnMut(&World, &Ran) -> Result<(), String>,
) -> Result<String, String> {
    let world = World::begin(stage, repository, apps, history.setting);
    let mut told = String::new();
    for step in &history.steps {
        let before = world.repository.references();
        let ran = world.play(*step);
        let did = if ran.is_some() || before != world.repository.references() { "" } else { " (nothing)" };
        told += &format!("  {step:?}{did}\n");
        world.forget_what_moved();
        let Some(ran) = ran else { continue };
        told += &format!("    {} {:?}\n", ran.rel.version(), ran.said);
        judge(&world, &ran).map_err(|why| format!("{why}\n{:?}\n{told}", history.setting))?;
    }
    Ok(told)
}
