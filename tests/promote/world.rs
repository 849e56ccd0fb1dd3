//! A world in one process: an application, a bare GitOps repository, and a clock that only moves
//! when somebody sleeps. Operators and people act when an event says that it is their turn.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use crate::given;
use git2::Oid;
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use towline::clock::{Clock, ManualClock};
use towline::config::{self, Pipeline};
use towline::forge::{self, Access, Forge, MergeRequest, MergeResult, NewStatus, StatusState};
use towline::gates::Gate;
use towline::git::{Marker, Repository};
use towline::gitops::Destinations;
use towline::gitops::decision::Decision;
use towline::http::Tally;
use towline::promote::decide::{DecideRequest, decide};
use towline::promote::rollback::{self, RollbackRequest, Wanted};
use towline::promote::{self, Event, PromoteRequest, Promotion, ProposalEvent, Selection, What};
use towline::propose::merge::MergeOptions;
use towline::propose::{self, ProposeOptions};
use towline::release::Release;
use towline::report::page::Page;
use towline::report::status_text;
use towline::rollout::{self, Awaited, Observation, Polling};
use towline::source_status::SourceStatus;
use towline::variables::Inputs;
use towline::vocabulary::{Diagnostic, MergeMethod, Outcome};

pub const POLLING: Polling = Polling {
    first: Duration::from_secs(1),
    longest: Duration::from_secs(5),
    allowance: 240,
    random: || 0.0,
};

pub struct World {
    folder: TempDir,
    pub clock: Arc<ManualClock>,
    /// The process environment.
    pub variables: Vec<(String, String)>,
}

/// How to promote; `..Run::default()` for the rest.
#[derive(Default)]
pub struct Run {
    pub selection: Selection,
    pub once: bool,
    pub allow_older: bool,
    pub again: bool,
    pub force: bool,
    pub release_hold: bool,
    /// Of the last environment.
    pub gates: Vec<Gate>,
}

/// How to roll back; `..Back::default()` for the rest.
#[derive(Default)]
pub struct Back<'a> {
    pub to: Option<&'a str>,
    pub reason: Option<&'a str>,
    pub once: bool,
    pub again: bool,
    pub overwrite_drift: bool,
}

impl World {
    /// An application `greeting` with these environments: the YAML under `environments:`.
    pub fn new(environments: &str) -> Self {
        let start: Timestamp = "2026-01-05T09:00:00Z".parse().unwrap();
        let (folder, clock) = (tempfile::tempdir().unwrap(), Arc::new(ManualClock::new(start)));
        let world = World { folder, clock, variables: Vec::new() };
        world.write("app/deploy/config.yaml", CONFIG);
        world.environments(environments);
        world.write("gitops/README.md", "What runs where.\n");
        world.git_in("gitops", &["init", "--quiet", "--initial-branch=main"]);
        world.git_in("gitops", &["add", "."]);
        world.git_in("gitops", &["commit", "--quiet", "--message=Begin"]);
        world.git_in(".", &["clone", "--quiet", "--bare", "gitops", "gitops.git"]);
        for (key, value) in [("user.name", "Release Bot"), ("user.email", "bot@example.com")] {
            world.git_in("gitops.git", &["config", key, value]);
        }
        world.git_in("gitops", &["remote", "add", "origin", "../gitops.git"]);
        world
    }

    /// Replaces the environments.
    pub fn environments(&self, environments: &str) {
        self.write(
            "app/towline.yaml",
            &format!(
                "version: 1\napplication: greeting\ntemplates: [{{path: deploy}}]\nvariables:\n  \
                 - values: {{greeting: hello}}\ngitops: {{repository: ../gitops.git}}\n\
                 environments:\n{environments}"
            ),
        );
    }

    /// Gives the application a repository of its own, and these lines to the pipeline file.
    pub fn show_at_source(&self, lines: &str) {
        for folder in ["source.git", "source"] {
            std::fs::create_dir_all(self.path(folder)).unwrap();
        }
        self.git_in("source.git", &["init", "--quiet", "--bare", "--initial-branch=main"]);
        self.git_in("source", &["init", "--quiet", "--initial-branch=main"]);
        for (key, value) in [("user.name", "Release Bot"), ("user.email", "bot@example.com")] {
            self.git_in("source.git", &["config", key, value]);
        }
        let pipeline = std::fs::read_to_string(self.path("app/towline.yaml")).unwrap();
        self.write(
            "app/towline.yaml",
            &format!("{pipeline}source: {{repository: ../source.git}}\n{lines}\n"),
        );
    }

    /// A developer commits what the release of this version is made from.
    pub fn commit_source(&self, version: &str) -> Oid {
        self.git_in("source", &["commit", "--quiet", "--allow-empty", &format!("--message={version}")]);
        self.git_in("source", &["tag", version]);
        self.git_in("source", &["push", "--quiet", "--tags", "../source.git", "main"]);
        Oid::from_str(&self.git_in("source", &["rev-parse", "HEAD"])).unwrap()
    }

    /// What developers see on the commit of a release, the oldest first.
    pub fn shown_at_source(&self, version: &str) -> String {
        let commit = Oid::from_str(&self.git_in("source", &["rev-parse", version])).unwrap();
        let source = Repository::open("source.git", self.folder.path()).unwrap();
        let statuses = forge::local(&source, self.clock.clone()).commit_statuses(commit).unwrap();
        let lines =
            statuses.iter().rev().map(|it| format!("{} {:?}: {}\n", it.context, it.state, it.description));
        self.tidy(&lines.collect::<String>())
    }

    /// The release of this version, made from the commit of its tag where there is one.
    pub fn release(&self, version: &str) -> Release {
        let release = release(version);
        match self.path(&format!("source/.git/refs/tags/{version}")).exists() {
            true => Release { commit: Some(self.git_in("source", &["rev-parse", version])), ..release },
            false => release,
        }
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub fn write(&self, path: &str, content: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub fn pipeline(&self) -> Pipeline {
        config::load(&self.path("app/towline.yaml")).unwrap()
    }

    pub fn repository(&self) -> Repository {
        Repository::open("gitops.git", self.folder.path()).unwrap()
    }

    pub fn access(&self) -> Access {
        Access {
            variables: self.variables.clone(),
            clock: self.clock.clone(),
            notify: Arc::new(|_| ()),
            tally: Tally::default(),
        }
    }

    pub fn forge(&self) -> Box<dyn Forge> {
        forge::local(&self.repository(), self.clock.clone())
    }

    /// Promotes; `act` is called with every event, and may be an operator or a person.
    pub fn try_promote(&self, version: &str, run: Run, act: &dyn Fn(&Event)) -> anyhow::Result<Promotion> {
        let mut pipeline = self.pipeline();
        pipeline.environments.last_mut().unwrap().gates.extend(run.gates);
        let destinations = Destinations::new(&pipeline, self.access());
        let (release, source) = (self.release(version), SourceStatus::new(&destinations));
        let request = PromoteRequest {
            destinations: &destinations,
            release: &release,
            inputs: &Inputs::default(),
            selection: run.selection,
            once: run.once,
            options: ProposeOptions {
                again: run.again,
                allow_older: run.allow_older,
                force: run.force,
                release_hold: run.release_hold,
                ..ProposeOptions::default()
            },
            polling: Some(POLLING),
        };
        promote::promote(&request, &|event| {
            source.promotion(&release, &event);
            act(&event);
        })
    }

    pub fn promote(&self, version: &str, run: Run, act: &dyn Fn(&Event)) -> String {
        match self.try_promote(version, run, act) {
            Ok(promotion) => self.tell(&promotion),
            Err(error) => self.tidy(&format!("error: {error:#}")),
        }
    }

    /// Rolls an environment back, as `rollback` does.
    pub fn roll_back(&self, environment: &str, back: Back) -> String {
        let pipeline = self.pipeline();
        let destinations = Destinations::new(&pipeline, self.access());
        let request = RollbackRequest {
            destinations: &destinations,
            environment,
            wanted: Wanted { to: back.to, reason: back.reason, failed: None },
            once: back.once,
            options: ProposeOptions {
                again: back.again,
                overwrite_drift: back.overwrite_drift,
                ..ProposeOptions::default()
            },
            polling: Some(POLLING),
        };
        let ended = rollback::plan(&request).and_then(|plan| {
            let promotion = rollback::rollback(&request, &plan, &|_| {})?;
            Ok(format!("{} -> {}\n{}", plan.from.version, plan.to.version, self.tell(&promotion)))
        });
        ended.unwrap_or_else(|error| self.tidy(&format!("error: {}", given::shown(&error))))
    }

    /// What `status` shows.
    pub fn status(&self) -> String {
        let pipeline = self.pipeline();
        let destinations = Destinations::new(&pipeline, self.access());
        let found = promote::status::status(&destinations).unwrap();
        self.tidy(&status_text::overview(&found, &Page::plain(self.clock.now())))
    }

    /// The descriptor that stands in an environment, without the digests of its inputs.
    pub fn descriptor(&self, environment: &str) -> String {
        let pipeline = self.pipeline();
        let path = &pipeline.environment(environment).unwrap().gitops.descriptor;
        let text = self.git(&["show", &format!("main:{path}")]);
        self.tidy(text.split("inputs:").next().unwrap())
    }

    /// The text of a pull request above its marker.
    pub fn body(&self, number: u64) -> String {
        let body = self.forge().get_pull(number).unwrap().body;
        self.tidy(Marker::before(&body).unwrap_or(&body))
    }

    /// Promotes where nobody has to act.
    pub fn go(&self, version: &str) -> String {
        self.promote(version, Run::default(), &|_| {})
    }

    pub fn once(&self, version: &str) -> String {
        self.promote(version, Run { once: true, ..Run::default() }, &|_| {})
    }

    /// One look at an environment, as `await --once` takes it.
    pub fn observe(&self, environment: &str) -> anyhow::Result<Observation> {
        let pipeline = self.pipeline();
        let destinations = Destinations::new(&pipeline, self.access());
        let destination = destinations.open(pipeline.environment(environment)?)?;
        rollout::observe(&destination, Awaited::default())
    }

    /// Awaits a proposal, or looks once and does what there is to do, as `await` does.
    pub fn keep_mergeable(&self, environment: &str, once: bool) -> String {
        self.keep_mergeable_while(environment, once, &|_| {})
    }

    /// The same; `act` is called with every event, and may be an operator or a person.
    pub fn keep_mergeable_while(&self, environment: &str, once: bool, act: &dyn Fn(ProposalEvent)) -> String {
        let pipeline = self.pipeline();
        let destinations = Destinations::new(&pipeline, self.access());
        let destination = destinations.open(pipeline.environment(environment).unwrap()).unwrap();
        let seen = promote::keep_mergeable(&destination, Awaited::default(), POLLING, once, act).unwrap();
        let reason = self.tidy(seen.state.reason());
        format!("{:?}: {reason}", seen.state.outcome()).trim_end_matches(": ").to_owned()
    }

    /// What a look finds, in words.
    pub fn look(&self, environment: &str) -> String {
        match self.observe(environment) {
            Ok(seen) => {
                let reason = self.tidy(seen.state.reason());
                format!("{:?}: {reason}", seen.state.outcome()).trim_end_matches(": ").to_owned()
            }
            Err(error) => self.tidy(&format!("error: {error:#}")),
        }
    }

    pub fn sleep(&self, seconds: u64) {
        self.clock.sleep(Duration::from_secs(seconds));
    }

    pub fn clock_is_at_least(&self, time: &str) -> bool {
        self.clock.now() >= time.parse().unwrap()
    }

    /// Somebody reports on a commit of the application's own repository.
    pub fn report_at_source(&self, commit: Oid, context: &str, state: StatusState) {
        let source = Repository::open("source.git", self.folder.path()).unwrap();
        let status = given::status(context, state);
        forge::local(&source, self.clock.clone()).set_commit_status(commit, &status).unwrap();
    }

    /// What `towline merge` says when a gate is closed.
    pub fn merge_refused(&self, environment: &str) -> String {
        let pipeline = self.pipeline();
        let destinations = Destinations::new(&pipeline, self.access());
        let destination = destinations.open(pipeline.environment(environment).unwrap()).unwrap();
        let error = promote::entry::enter_merge(&destinations, &destination, None).unwrap_err();
        self.tidy(&format!("{:?}: {}", Diagnostic::outcome_of(&error), Diagnostic::line(&error)))
    }

    /// An operator reports on a commit.
    pub fn report(&self, commit: &str, context: &str, state: StatusState) {
        self.describe(commit, context, state, "");
    }

    /// The same, with words.
    pub fn describe(&self, commit: &str, context: &str, state: StatusState, description: &str) {
        let commit = Oid::from_str(&self.git(&["rev-parse", commit])).unwrap();
        let status = NewStatus { description: description.to_owned(), ..given::status(context, state) };
        self.forge().set_commit_status(commit, &status).unwrap();
    }

    /// A person merges a pull request as it is.
    pub fn merge(&self, number: u64, method: MergeMethod) {
        let head = self.forge().get_pull(number).unwrap().head_commit;
        let request = MergeRequest {
            expected_head: head,
            method,
            message: "Merge by Ann".to_owned(),
            when_ready: false,
        };
        let result = self.forge().merge_pull(number, &request).unwrap();
        assert!(matches!(result, MergeResult::Merged(_)), "{result:?}");
    }

    /// A person pushes a file to a branch.
    pub fn push(&self, branch: &str, path: &str, content: &str) {
        self.check_out(branch);
        self.write(&format!("gitops/{path}"), content);
        self.git_in("gitops", &["add", "."]);
        self.git_in("gitops", &["commit", "--quiet", "--message=Edit by hand"]);
        self.git_in("gitops", &["push", "--quiet", "origin", &format!("HEAD:{branch}")]);
    }

    /// A person reverts the merge at the tip of a branch.
    pub fn revert(&self, branch: &str) {
        self.check_out(branch);
        self.by_hand(&["revert", "--no-edit", "--mainline=1", "HEAD"]);
        self.by_hand(&["push", "--quiet", "origin", &format!("HEAD:{branch}")]);
    }

    /// A person commits on `begin`, merges `main` into that, and pushes it to `main`.
    pub fn foxtrot(&self, begin: &str) {
        self.by_hand(&["fetch", "--quiet", "origin", "main"]);
        self.by_hand(&["checkout", "--quiet", "--detach", begin]);
        self.write("gitops/notes.md", "Notes\n");
        self.by_hand(&["add", "."]);
        self.by_hand(&["commit", "--quiet", "--message=Take notes"]);
        self.by_hand(&["merge", "--quiet", "--no-ff", "--no-edit", "FETCH_HEAD"]);
        self.by_hand(&["push", "--quiet", "origin", "HEAD:main"]);
    }

    /// A person checks out a branch of the GitOps repository, to work on it with [`Self::by_hand`].
    pub fn check_out(&self, branch: &str) {
        self.by_hand(&["fetch", "--quiet", "origin", branch]);
        self.by_hand(&["checkout", "--quiet", "--detach", "FETCH_HEAD"]);
    }

    /// A person changes the last commit of a branch, keeps its message, and pushes it by force.
    pub fn amend(&self, branch: &str, path: &str, content: &str) {
        self.check_out(branch);
        self.write(&format!("gitops/{path}"), content);
        self.by_hand(&["add", "."]);
        self.by_hand(&["commit", "--quiet", "--amend", "--no-edit"]);
        self.by_hand(&["push", "--quiet", "--force", "origin", &format!("HEAD:refs/heads/{branch}")]);
    }

    /// `towline promote --plan`.
    pub fn plan(&self, version: &str) -> String {
        let pipeline = self.pipeline();
        let destinations = Destinations::new(&pipeline, self.access());
        let release = self.release(version);
        let request = PromoteRequest {
            destinations: &destinations,
            release: &release,
            inputs: &Inputs::default(),
            selection: Selection::All,
            once: true,
            options: ProposeOptions::default(),
            polling: None,
        };
        let forecasts = promote::forecast(&request, &|_| {}).unwrap();
        let steps = promote::plan::plan(&pipeline, &Selection::All).unwrap();
        self.tidy(&towline::report::plan::forecast(&pipeline, &release, &steps, &forecasts).text)
    }

    /// `towline approve` and `towline override`.
    pub fn decide(&self, environment: &str, decision: Decision, gate: Option<&str>, version: &str) -> String {
        let pipeline = self.pipeline();
        let destinations = Destinations::new(&pipeline, self.access());
        let reason = "no customers yet";
        let request = DecideRequest { environment, decision, gate, version, commit: None, reason };
        match decide(&destinations, &request) {
            Ok(decided) => format!("{} for {}", decided.gate, decided.version),
            Err(error) => self.tidy(&Diagnostic::line(&error)),
        }
    }

    /// `towline status`: what it says of the overridden gates of an environment.
    pub fn overrides(&self, environment: &str) -> Vec<String> {
        let pipeline = self.pipeline();
        let destinations = Destinations::new(&pipeline, self.access());
        let history = promote::status::history(&destinations, environment).unwrap();
        let all = promote::status::status(&destinations).unwrap().into_iter();
        let mut found = all.filter(|(name, _)| name == environment);
        let now = found.next().unwrap().1.unwrap().deployed.map(|it| it.overrides).unwrap_or_default();
        assert_eq!(history.first().map(|it| it.overrides.clone()).unwrap_or_default(), now);
        now
    }

    /// `towline merge`: how it ends, what it says and its hint.
    pub fn merge_command(&self, environment: &str) -> String {
        let pipeline = self.pipeline();
        let destinations = Destinations::new(&pipeline, self.access());
        let destination = destinations.open(pipeline.environment(environment).unwrap()).unwrap();
        let options =
            MergeOptions { pull: None, method: MergeMethod::Merge, when_ready: false, overrides: &[] };
        let merged = propose::merge::merge(&destination, &options).unwrap();
        let hint = merged.hint.map_or(String::new(), |hint| format!("\nhint: {hint}"));
        self.tidy(&format!("{:?}: {}{hint}", merged.outcome, merged.message))
    }

    /// Runs git in a person's clone.
    pub fn by_hand(&self, arguments: &[&str]) -> String {
        self.git_in("gitops", arguments)
    }

    /// Runs git in the bare repository.
    pub fn git(&self, arguments: &[&str]) -> String {
        self.git_in("gitops.git", arguments)
    }

    /// The same, where git may say no.
    pub fn try_git(&self, arguments: &[&str]) -> Option<String> {
        let output =
            Command::new("git").args(arguments).current_dir(self.path("gitops.git")).output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    }

    /// The subjects of the base branch's first-parent line, the newest first.
    pub fn log(&self) -> String {
        self.git(&["log", "--first-parent", "--format=%s", "main"])
    }

    /// Every pull request and its state, the oldest first.
    pub fn pulls(&self) -> String {
        let mut pulls = self.forge().list_pulls(None).unwrap();
        pulls.sort_by_key(|pull| pull.number);
        let lines = pulls.iter().map(|pull| format!("#{} {:?} {}", pull.number, pull.state, pull.title));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// A person merges a branch into `main` without the forge, with a clock that is wrong by so
    /// many seconds.
    pub fn merge_by_hand(&self, branch: &str, wrong: i64) {
        self.git_in("gitops", &["fetch", "--quiet", "origin", "main", branch]);
        self.git_in("gitops", &["checkout", "--quiet", "--detach", "origin/main"]);
        let date = self.clock.now() + SignedDuration::from_secs(wrong);
        let branch = format!("origin/{branch}");
        self.git_at(date, "gitops", &["merge", "--quiet", "--no-ff", "--no-edit", &branch]);
        self.git_in("gitops", &["push", "--quiet", "origin", "HEAD:main"]);
    }

    pub fn git_in(&self, folder: &str, arguments: &[&str]) -> String {
        self.git_at(self.clock.now(), folder, arguments)
    }

    fn git_at(&self, date: Timestamp, folder: &str, arguments: &[&str]) -> String {
        let now = date.to_string();
        let mut command = Command::new("git");
        command.args(arguments).current_dir(self.path(folder));
        command.env("HOME", self.folder.path()).env("GIT_CONFIG_NOSYSTEM", "1");
        command.env("GIT_CONFIG_GLOBAL", "/dev/null");
        for role in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{role}_NAME"), "Ann")
                .env(format!("GIT_{role}_EMAIL"), "ann@example.com");
            command.env(format!("GIT_{role}_DATE"), &now);
        }
        let output = command.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {}: {errors}", arguments.join(" "));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    fn tell(&self, promotion: &Promotion) -> String {
        let mut lines = vec![format!("{:?} ({})", promotion.outcome, promotion.outcome.exit_code())];
        for result in &promotion.environments {
            lines.push(format!(
                "{}: {:?}: {}",
                result.environment,
                result.outcome,
                self.tidy(&result.reason)
            ));
        }
        lines.join("\n")
    }

    /// Without the folder, and without commit ids, whole or short.
    pub fn tidy(&self, text: &str) -> String {
        let text = text.replace(&format!("{}/", self.folder.path().display()), "");
        let is_id =
            |word: &str| matches!(word.len(), 10 | 40) && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let words = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
        let tidy = words.map(|word| {
            let bare = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
            if is_id(bare) { word.replace(bare, "[ID]") } else { word.to_owned() }
        });
        tidy.collect()
    }
}

pub fn release(version: &str) -> Release {
    given::release(version)
}

/// Whether an event says that this environment waits for something.
pub fn waits(event: &Event, environment: &str) -> bool {
    event.environment == environment && matches!(event.what, What::Rollout(rollout::Event::Waiting { .. }))
}

/// The outcome of a promotion, for assertions without words.
pub fn outcome(promotion: &anyhow::Result<Promotion>) -> Outcome {
    promotion.as_ref().map_or(Outcome::Error, |promotion| promotion.outcome)
}

const CONFIG: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: greeting}
data: {version: \"{{ release.version }}\", greeting: \"{{ greeting }}\", environment: \"{{ environment }}\"}
";

/// Three environments that nobody reports.
pub const QUIET: &str = "  - {name: dev, merge: auto, await: {reporters: none}}
  - {name: staging, merge: auto, await: {reporters: none}}
  - {name: prod, merge: auto, await: {reporters: none}}
";
