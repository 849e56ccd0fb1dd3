//! Proposals: what a person finds in the GitOps repository after `towline propose`.

use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;

use insta::assert_snapshot;
use serde_json::json;
use towline::clock::ManualClock;
use towline::config::{self, Environment, Pipeline};
use towline::forge::{
    self, CommitStatus, Forge, MergeRequest, MergeResult, NewDeployment, NewPullRequest, NewStatus,
    PullRequest, PullState,
};
use towline::git::Marker;
use towline::gitops::{Account, Destination};
use towline::propose::merge::MergeOptions;
use towline::propose::{self, Changes, Proposal, ProposeOptions};
use towline::release::{Image, Release};
use towline::render::{File, RecordedFiles, Rendering};
use towline::vocabulary::MergeMethod;
use towline::vocabulary::{Diagnostic, Outcome};

use crate::given::Gitops;

const HEAD: &str = "towline/dev/greeting";

/// A GitOps repository and an application that is proposed to it.
pub struct Desk {
    gitops: Gitops,
    pipeline: Pipeline,
    clock: Arc<ManualClock>,
}

impl Desk {
    pub fn new() -> Self {
        let gitops = Gitops::new();
        let file: PathBuf = gitops.path().with_file_name("towline.yaml");
        let text = "version: 1\napplication: greeting\ntemplates: [{path: .}]\n\
                    gitops: {repository: gitops.git}\nenvironments: [{name: dev, labels: [deploy]}]\n";
        std::fs::write(&file, text).unwrap();
        let pipeline = config::load(&file).unwrap();
        let start = "2026-03-01T12:00:00Z".parse().unwrap();
        Self { gitops, pipeline, clock: Arc::new(ManualClock::new(start)) }
    }

    fn forge(&self) -> Box<dyn Forge> {
        forge::local(&self.gitops.repository(), self.clock.clone())
    }

    pub fn propose(&self, rendering: &Rendering) -> Proposal {
        self.try_propose(rendering, |_| {}).unwrap()
    }

    fn try_propose(
        &self,
        rendering: &Rendering,
        change: impl Fn(&mut ProposeOptions),
    ) -> anyhow::Result<Proposal> {
        self.propose_to(self.forge().into(), rendering, change)
    }

    fn propose_to(
        &self,
        forge: Arc<dyn Forge>,
        rendering: &Rendering,
        change: impl Fn(&mut ProposeOptions),
    ) -> anyhow::Result<Proposal> {
        let mut options = ProposeOptions::default();
        change(&mut options);
        let environment = self.environment(rendering);
        let destination = self.destination(&rendering.application, &environment, forge);
        propose::propose(&destination, rendering, &options)
    }

    /// The environment, with the descriptor of the rendering.
    fn environment(&self, rendering: &Rendering) -> Environment {
        let mut environment = self.pipeline.environments[0].clone();
        environment.gitops.descriptor = rendering.descriptor.clone();
        environment
    }

    fn destination<'a>(
        &'a self,
        application: &'a str,
        environment: &'a Environment,
        forge: Arc<dyn Forge>,
    ) -> Destination<'a> {
        let repository = Rc::new(self.gitops.repository());
        Destination {
            application,
            environment,
            repository,
            forge,
            clock: self.clock.clone(),
            account: Account::default(),
            access: crate::given::access(),
        }
    }

    /// Proposes and merges.
    pub fn deploy(&self, rendering: &Rendering) {
        let proposal = self.propose(rendering);
        let pull = proposal.pull.unwrap();
        let message = propose::merge_message(&*self.forge(), &pull, &proposal.trailers, &[]);
        let request = MergeRequest {
            expected_head: pull.head_commit,
            method: MergeMethod::Merge,
            message,
            when_ready: false,
        };
        self.forge().merge_pull(pull.number, &request).unwrap();
    }

    pub fn changes(&self, rendering: &Rendering) -> Changes {
        let environment = self.environment(rendering);
        let destination = self.destination(&rendering.application, &environment, self.forge().into());
        Changes::between(&destination, destination.base_tip().unwrap(), rendering).unwrap()
    }

    fn error(&self, rendering: &Rendering) -> String {
        let error = self.try_propose(rendering, |_| {}).unwrap_err();
        let hint = error.downcast_ref::<Diagnostic>().and_then(|diagnostic| diagnostic.hint.clone());
        format!("{error:#}\nhint: {}", hint.unwrap_or_default())
    }
}

/// What rendering `application` at `version` for dev gives.
fn rendering_of(application: &str, version: &str, manifests: &[(&str, &str)]) -> Rendering {
    let folder = format!("dev/{application}");
    let release = Release {
        version: version.into(),
        build: Some("17".into()),
        commit: Some("c0ffee".repeat(6) + "c0ff"),
        repository: Some("https://example.com/acme/greeting".into()),
        branch: None,
        configuration: None,
        images: vec![Image {
            name: "web".into(),
            repository: "ghcr.io/acme/web".into(),
            tag: Some(version.into()),
            digest: None,
        }],
    };
    let contents: Vec<_> = manifests.iter().map(|(name, content)| (*name, content.as_bytes())).collect();
    let listed = RecordedFiles::of(&contents).unwrap();
    let record = json!({
        "apiVersion": "towline.dev/v1", "kind": "DeploymentDescriptor",
        "application": {"name": application}, "environment": "dev",
        "release": {"version": version, "build": "17"},
        "images": release.images,
        "targets": [{"name": "dev", "path": folder, "files": listed, "digest": listed.digest()}],
        "inputs": {"templates": "", "variables": ""},
        "tool": "towline",
    });
    let descriptor = format!("descriptors/dev/{application}.yaml");
    let mut files: Vec<File> = manifests
        .iter()
        .map(|(name, content)| File { path: format!("{folder}/{name}"), content: (*content).into() })
        .collect();
    files.push(File { path: descriptor.clone(), content: towline::yaml::write(&record).unwrap().into() });
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Rendering {
        high_level: Default::default(),
        application: application.into(),
        environment: "dev".into(),
        release,
        rollback: None,
        targets: Vec::new(),
        folders: vec![folder],
        edits: Vec::new(),
        earlier_packages: Vec::new(),
        files,
        descriptor,
        inputs: Default::default(),
        ring: None,
        warnings: Vec::new(),
    }
}

pub fn rendering(version: &str, manifests: &[(&str, &str)]) -> Rendering {
    rendering_of("greeting", version, manifests)
}

const DEPLOYMENT: &str =
    "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 2\n";
const CLAIM: &str = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: data\n";
const SECRET: &str =
    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: login\nstringData:\n  password: hunter2\n";

fn first() -> Rendering {
    rendering("1.0.0", &[("deployment-web.yaml", DEPLOYMENT), ("persistentvolumeclaim-data.yaml", CLAIM)])
}

fn second() -> Rendering {
    let stopped = DEPLOYMENT.replace("replicas: 2", "replicas: 0");
    rendering("1.1.0", &[("deployment-web.yaml", &stopped), ("secret-login.yaml", SECRET)])
}

#[test]
fn the_first_proposal() {
    let desk = Desk::new();
    let proposal = desk.propose(&first());
    assert_eq!(proposal.outcome, Outcome::Done);
    assert_snapshot!(proposal.message, @"proposed greeting 1.0.0 for dev: gitops.git#1");
    let log = desk.gitops.git(&["log", "-1", "--date=raw", "--format=%an <%ae> %cd%n%n%B", HEAD]);
    assert_snapshot!(log, @r#"
    Release Bot <bot@example.com> 1772366400 +0000

    Deploy greeting 1.0.0 to dev

    Resources: 2 added
    Build: 17
    Repository: https://example.com/acme/greeting

    Towline-Application: greeting
    Towline-Environment: dev
    Towline-Release: 1.0.0
    Towline-Source-Commit: c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ff
    Towline-Tree: 65ec7a623b399bff4ce7e2539c399df6b7fb3b87
    "#);
    let files = desk.gitops.git(&["diff", "--name-status", "main", HEAD]);
    assert_snapshot!(files, @r#"
    A	descriptors/dev/greeting.yaml
    A	dev/greeting/deployment-web.yaml
    A	dev/greeting/persistentvolumeclaim-data.yaml
    "#);
    assert_eq!(desk.gitops.git(&["fsck", "--strict", "--no-dangling"]), "");
}

#[test]
fn the_pull_request_says_what_reviewers_look_for() {
    let desk = Desk::new();
    desk.deploy(&first());
    let pull = desk.propose(&second()).pull.unwrap();
    assert_snapshot!(pull.title, @"Deploy greeting 1.1.0 to dev");
    let head = pull.head_commit.to_string();
    assert_snapshot!(pull.body.replace(&head, "COMMIT"), @r#"
    Deploys `greeting` `1.1.0` to `dev`, replacing `1.0.0`. 1 added, 1 changed, 1 removed. ⚠️ **2 risks: 2 high**.

    Source: commit `c0ffeec0ffee` · build `17` · repository `https://example.com/acme/greeting`

    Merge this here or with `towline merge dev`. `towline status dev` shows what follows.

    ### Needs attention

    - ⚠️ **high** `PersistentVolumeClaim data`: deletes the claim, and with most storage classes its data (`deleted-data`)
    - ⚠️ **high** `Deployment web`: stops all pods: 0 replicas (`scaled-to-zero`)

    | image | before | after |
    |---|---|---|
    | `web` | `ghcr.io/acme/web:1.0.0` | `ghcr.io/acme/web:1.1.0` |

    ### Changes

    - `Deployment web`: `spec.replicas` `2` → `0`

    | | resource | file |
    |---|---|---|
    | removed ⚠️ | `PersistentVolumeClaim data` | `dev/greeting/persistentvolumeclaim-data.yaml` |
    | changed ⚠️ | `Deployment web` | `dev/greeting/deployment-web.yaml` |
    | added | `Secret login` | `dev/greeting/secret-login.yaml` |

    <details><summary>Diff</summary>

    ```diff
    --- a/dev/greeting/deployment-web.yaml
    +++ b/dev/greeting/deployment-web.yaml
    @@ -3,4 +3,4 @@
     metadata:
       name: web
     spec:
    -  replicas: 2
    +  replicas: 0
    --- a/dev/greeting/persistentvolumeclaim-data.yaml
    +++ /dev/null
    @@ -1,4 +0,0 @@
    -apiVersion: v1
    -kind: PersistentVolumeClaim
    -metadata:
    -  name: data
    --- /dev/null
    +++ b/dev/greeting/secret-login.yaml
    @@ -0,0 +1,6 @@
    +apiVersion: v1
    +kind: Secret
    +metadata:
    +  name: login
    +stringData:
    +  password: (hidden)
    ```

    </details>

    <!-- towline: {"application":"greeting","environment":"dev","release":"1.1.0","source_commit":"c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ff","tree":"80b2abb98a0f1f8ba983dde64a4fbbc861aa1208","commit":"COMMIT"} -->
    "#);
    assert!(!pull.body.contains("hunter2"));
    assert_eq!(Marker::parse(&pull.body).unwrap().trailers.release, "1.1.0");
}

#[test]
fn proposing_again_does_nothing() {
    let desk = Desk::new();
    let one = desk.propose(&first());
    desk.clock.advance(std::time::Duration::from_secs(60));
    let two = desk.propose(&first());
    assert_eq!((one.commit, one.pull), (two.commit, two.pull));
    assert_eq!(desk.gitops.git(&["rev-list", "--count", "refs/towline/forge"]), "1");
}

#[test]
fn a_base_that_moved_elsewhere_keeps_the_commit() {
    let desk = Desk::new();
    let one = desk.propose(&first());
    desk.gitops.push("main", &[("dev/other/a.yaml", "a: 1\n")]);
    assert_eq!(desk.propose(&first()).commit, one.commit);
    desk.gitops.push("main", &[("dev/greeting/deployment-web.yaml", DEPLOYMENT)]);
    assert_ne!(desk.propose(&first()).commit, one.commit);
}

#[test]
fn nothing_to_propose() {
    let desk = Desk::new();
    desk.deploy(&first());
    let proposal = desk.propose(&first());
    assert_eq!((proposal.outcome, proposal.pull), (Outcome::Unchanged, None));
    assert_snapshot!(proposal.message, @"nothing to propose: main already has greeting 1.0.0 for dev");
}

#[test]
fn a_newer_release_updates_the_one_pull_request() {
    let desk = Desk::new();
    let one = desk.propose(&first()).pull.unwrap();
    let two = desk.propose(&second()).pull.unwrap();
    assert_eq!((one.number, two.number), (1, 1));
    assert_eq!(two.title, "Deploy greeting 1.1.0 to dev");
    assert_eq!(desk.gitops.git(&["rev-list", "--count", "main..towline/dev/greeting"]), "1");
}

#[test]
fn an_older_release_is_superseded() {
    let desk = Desk::new();
    desk.propose(&second());
    let proposal = desk.propose(&first());
    assert_eq!((proposal.outcome, proposal.pull.unwrap().number), (Outcome::Superseded, 1));
    assert_snapshot!(proposal.message, @"greeting 1.0.0 for dev is older than 1.1.0, which is already proposed");

    desk.deploy(&second());
    let proposal = desk.propose(&first());
    assert_eq!(proposal.outcome, Outcome::Superseded);
    assert_snapshot!(proposal.message, @"greeting 1.0.0 for dev is older than 1.1.0, which is already deployed");
    let allowed = desk.try_propose(&first(), |request| request.allow_older = true).unwrap();
    assert_eq!(allowed.outcome, Outcome::Done);
}

#[test]
fn a_proposal_that_became_pointless_is_closed() {
    let desk = Desk::new();
    desk.deploy(&second());
    let older = desk.try_propose(&first(), |request| request.allow_older = true).unwrap().pull.unwrap();
    assert_eq!(desk.propose(&second()).outcome, Outcome::Unchanged);
    assert_eq!(desk.forge().get_pull(older.number).unwrap().state, PullState::Closed);
}

#[test]
fn commits_of_people_are_not_overwritten() {
    let desk = Desk::new();
    desk.propose(&first());
    let by_hand = desk.gitops.push(HEAD, &[("dev/greeting/deployment-web.yaml", "by: hand\n")]);
    let error = desk.error(&second()).replace(&by_hand.to_string()[..10], "[commit]");
    assert_snapshot!(error, @r#"
    cannot propose greeting for dev: people committed to towline/dev/greeting: [commit]
    hint: merge or close that pull request first, or overwrite their commits with `--force`
    "#);
    assert_eq!(desk.gitops.repository().branch_tip(HEAD).unwrap(), by_hand);
    let forced = desk.try_propose(&second(), |request| request.force = true).unwrap();
    assert_eq!(forced.outcome, Outcome::Done);
}

#[test]
fn a_file_in_the_way_is_an_error() {
    let desk = Desk::new();
    desk.gitops.push("main", &[("dev/greeting/deployment-web.yaml", "mine: true\n")]);
    assert_snapshot!(desk.error(&first()), @r"
    cannot propose greeting for dev: already in the GitOps repository, and not owned by Towline: dev/greeting/deployment-web.yaml
    hint: if somebody deleted descriptors/dev/greeting.yaml, restore it from git; if `gitops.descriptor` was changed, add `formerly: {descriptor: OLD}` to the environment; else remove or move the files, or change `gitops.path`
    ");
    assert_eq!(desk.gitops.repository().find_branch(HEAD).unwrap(), None);
}

#[test]
fn files_of_others_stay() {
    let desk = Desk::new();
    desk.deploy(&first());
    desk.gitops.push("main", &[("dev/greeting/by-hand.yaml", "mine: true\n")]);
    desk.deploy(&second());
    let files = desk.gitops.git(&["ls-tree", "-r", "--name-only", "main"]);
    assert_snapshot!(files, @r#"
    README.md
    descriptors/dev/greeting.yaml
    dev/greeting/by-hand.yaml
    dev/greeting/deployment-web.yaml
    dev/greeting/secret-login.yaml
    "#);
}

#[test]
fn a_missing_base_branch_is_an_error() {
    let desk = Desk::new();
    desk.gitops.git(&["branch", "-m", "main", "trunk"]);
    assert_snapshot!(desk.error(&first()), @r#"
    cannot propose greeting for dev: the GitOps repository gitops.git has no branch main
    hint: its branches are: trunk
    "#);
}

#[test]
fn a_descriptor_of_another_application_is_an_error() {
    let desk = Desk::new();
    let other = rendering_of("other", "1.0.0", &[]);
    desk.gitops.push(
        "main",
        &[("descriptors/dev/greeting.yaml", std::str::from_utf8(&other.files[0].content).unwrap())],
    );
    assert_snapshot!(desk.error(&first()), @r#"
    cannot propose greeting for dev: descriptors/dev/greeting.yaml describes other in dev, not greeting in dev
    hint: give each application and environment its own `gitops.descriptor`
    "#);
}

/// GitHub takes titles of 256 characters, GitLab and Gitea of 255.
#[test]
fn a_long_version_has_a_short_title() {
    let version = "x".repeat(300);
    let pull =
        Desk::new().propose(&rendering(&version, &[("deployment-web.yaml", DEPLOYMENT)])).pull.unwrap();
    assert_eq!(pull.title.chars().count(), 255);
    assert!(pull.title.ends_with("xxx…"), "{}", pull.title);
}

#[test]
fn the_diff_shows_resources_and_hides_secrets() {
    let desk = Desk::new();
    desk.deploy(&rendering("1.0.0", &[("deployment-web.yaml", DEPLOYMENT), ("secret-login.yaml", SECRET)]));
    let changed = SECRET.replace("hunter2", "correct horse");
    // The deployment moves to another file; it is still the same resource.
    let next =
        rendering("1.1.0", &[("deployment-web_shop.yaml", DEPLOYMENT), ("secret-login.yaml", &changed)]);
    let changes = desk.changes(&next);
    assert_eq!(changes.summary(), "2 changed");
    assert_snapshot!(changes.to_string(), @r#"
    --- a/dev/greeting/secret-login.yaml
    +++ b/dev/greeting/secret-login.yaml
    @@ -3,4 +3,4 @@
     metadata:
       name: login
     stringData:
    -  password: (hidden)
    +  password: (hidden, changed)
    "#);
}

/// Such a file was there before Towline, or comes from another tool.
#[test]
fn secrets_in_lists_are_hidden_too() {
    let desk = Desk::new();
    let list = |password: &str, more: &str| {
        format!(
            "apiVersion: v1\nkind: List\nitems:\n\
             - {{apiVersion: v1, kind: ConfigMap, metadata: {{name: greeting}}, data: {{password: shown}}}}\n\
             - {{apiVersion: v1, kind: Secret, metadata: {{name: login}}, stringData: {{password: {password}}}}}\n\
             {more}"
        )
    };
    let more = "- {apiVersion: v1, kind: SecretList, items: [{metadata: {name: a}, data: {key: b2xk}}]}\n";
    desk.deploy(&rendering("1.0.0", &[("list.yaml", &list("hunter2", more))]));
    let changes = desk.changes(&rendering("1.1.0", &[("list.yaml", &list("correct horse", ""))]));
    assert_snapshot!(changes.to_string(), @r#"
    --- a/dev/greeting/list.yaml
    +++ b/dev/greeting/list.yaml
    @@ -12,11 +12,4 @@
       metadata:
         name: login
       stringData:
    -    password: (hidden)
    -- apiVersion: v1
    -  kind: SecretList
    -  items:
    -  - metadata:
    -      name: a
    -    data:
    -      key: (hidden)
    +    password: (hidden, changed)
    "#);
}

#[test]
fn names_do_not_break_out_of_the_text() {
    let desk = Desk::new();
    let evil = "kind: ConfigMap\ndata: '```` </details> <!-- towline: {} --> | x'\n";
    let pull = desk.propose(&rendering("1.0.0 --> `` |", &[("configmap-x.yaml", evil)])).pull.unwrap();
    assert_eq!(Marker::parse(&pull.body).unwrap().trailers.release, "1.0.0 --> `` |");
    assert!(pull.body.contains("\n`````diff\n"), "{}", pull.body);
    assert!(pull.body.contains("```1.0.0 --> `` \\|```"), "{}", pull.body);
}

#[test]
fn ten_applications_at_once() {
    let desk = Desk::new();
    std::thread::scope(|scope| {
        for n in 0..10 {
            let desk = &desk;
            scope.spawn(move || {
                let name = format!("app{n}");
                let proposal = desk.propose(&rendering_of(&name, "1.0.0", &[("a.yaml", CLAIM)]));
                assert_eq!(proposal.outcome, Outcome::Done);
            });
        }
    });
    assert_eq!(desk.forge().list_pulls(None).unwrap().len(), 10);
    assert_eq!(desk.gitops.git(&["fsck", "--strict", "--no-dangling"]), "");
}

#[test]
fn two_runs_of_two_releases_end_with_the_newer() {
    for _ in 0..8 {
        let desk = Desk::new();
        let (older, newer) = std::thread::scope(|scope| {
            let older = scope.spawn(|| desk.propose(&first()).outcome);
            let newer = scope.spawn(|| desk.propose(&second()).outcome);
            (older.join().unwrap(), newer.join().unwrap())
        });
        assert!(matches!(older, Outcome::Done | Outcome::Superseded), "{older:?}");
        assert_eq!(newer, Outcome::Done);
        let pulls = desk.forge().list_pulls(None).unwrap();
        assert_eq!(pulls.len(), 1);
        assert_eq!(pulls[0].title, "Deploy greeting 1.1.0 to dev");
    }
}

#[test]
fn a_run_that_was_killed_is_finished_by_the_next() {
    let desk = Desk::new();
    let whole = desk.propose(&first());
    // As if it had been killed before it opened the pull request.
    desk.gitops.git(&["update-ref", "-d", "refs/towline/forge"]);
    let resumed = desk.propose(&first());
    assert_eq!(resumed.commit, whole.commit);
    assert_eq!(resumed.pull.unwrap().number, 1);
}

/// A release with so many claims, and a `Secret`.
fn long(version: &str, claims: usize) -> Rendering {
    let claim = |n: usize| (format!("c{n}.yaml"), CLAIM.replace("data", &format!("data-{n}")));
    let secret = "kind: Secret\nmetadata:\n  name: login\nstringData:\n  password: hunter2\n";
    let mut all: Vec<(String, String)> = (0..claims).map(claim).collect();
    all.push(("secret-login.yaml".into(), secret.into()));
    let all: Vec<(&str, &str)> = all.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    rendering(version, &all)
}

#[test]
fn a_body_is_never_longer_than_the_forge_takes_and_the_rest_is_a_comment() {
    let desk = Desk::new();
    let many = long("1.0.0", 200);
    let proposal = desk.propose(&many);
    for limit in [1_500, 4_000, 20_000] {
        let text = propose::text(&proposal, &many.release, limit).unwrap();
        assert!(text.body.len() <= limit, "{} > {limit}", text.body.len());
        assert!(Marker::parse(&text.body).is_some());
        assert!(text.body.contains("Continued in the comment below"), "{}", text.body);
        let all = text.body + &text.comment.unwrap();
        for n in 0..200 {
            assert_eq!(all.matches(&format!("+  name: data-{n}\n")).count(), 1, "the diff of c{n}.yaml");
            assert_eq!(
                all.matches(&format!("| `dev/greeting/c{n}.yaml` |\n")).count(),
                1,
                "the row of c{n}.yaml"
            );
        }
        assert!(all.contains("password: (hidden)") && !all.contains("hunter2"));
    }
}

#[test]
fn a_comment_is_never_longer_than_a_forge_takes() {
    let desk = Desk::new();
    let many = long("1.0.0", 600);
    let comment = propose::text(&desk.propose(&many), &many.release, 4_000).unwrap().comment.unwrap();
    assert!(comment.len() <= 65_536, "{}", comment.len());
    assert_snapshot!(comment.lines().last().unwrap(), @"The diff of 384 of 601 files is too long to show here. Run `towline render --diff` to see it.");
}

#[test]
fn the_comment_comes_with_a_long_proposal_and_is_taken_back_with_a_short_one() {
    let desk = Desk::new();
    let forge = Arc::new(Limited { forge: desk.forge(), comments: AtomicUsize::new(0) });
    let propose = |rendering: &Rendering| {
        let pull = desk.propose_to(forge.clone(), rendering, |_| {}).unwrap().pull.unwrap();
        let record = desk.gitops.git(&["show", "refs/towline/forge:pulls/0/1.json"]);
        let comment =
            serde_json::from_str::<serde_json::Value>(&record).unwrap()["kept_comment"]["text"].take();
        (pull.body, comment.as_str().unwrap_or_default().to_owned())
    };
    let (body, comment) = propose(&long("1.0.0", 2));
    assert!(!body.contains("in the comment below"), "{body}");
    assert_eq!((comment.as_str(), forge.comments.load(SeqCst)), ("", 0), "a short one asks for no comment");

    let (body, comment) = propose(&long("1.1.0", 50));
    assert_snapshot!(body.lines().rev().nth(2).unwrap(), @"Truncated. Continued in the comment below.");
    assert_snapshot!(comment.lines().take(6).collect::<Vec<_>>().join("\n"), @r#"
    The rest of the description of `greeting` `1.1.0` for `dev`:

    <details><summary>Resources: 51 other</summary>

    | | resource | file |
    |---|---|---|
    "#);
    assert_eq!(propose(&long("1.1.0", 50)), (body, comment), "proposing again changes nothing");

    // As people leave a text: other line ends, and a remark below it.
    let edited = forge.get_pull(1).unwrap().body.replace('\n', "\r\n") + "\r\nLooks good\r\n";
    forge.update_pull(1, "Deploy greeting 1.1.0 to dev", &edited).unwrap();
    let (body, comment) = propose(&long("1.2.0", 2));
    assert!(!body.contains("in the comment below"), "{body}");
    assert_snapshot!(comment, @"This was the rest of an older description. The description above is complete for `greeting` `1.2.0` for `dev`.");
    let asked = forge.comments.load(SeqCst);
    propose(&long("1.3.0", 2));
    assert_eq!(forge.comments.load(SeqCst), asked, "what was taken back is not asked for again");
}

/// A forge that takes little text, and counts how often it is asked for a comment.
struct Limited {
    forge: Box<dyn Forge>,
    comments: AtomicUsize,
}

impl Forge for Limited {
    fn body_limit(&self) -> usize {
        4_000
    }

    fn sticky_comment(&self, number: u64, text: &str) -> anyhow::Result<()> {
        self.comments.fetch_add(1, SeqCst);
        self.forge.sticky_comment(number, text)
    }

    fn find_pull(&self, head: &str, base: &str) -> anyhow::Result<Option<PullRequest>> {
        self.forge.find_pull(head, base)
    }

    fn open_pull(&self, new: &NewPullRequest) -> anyhow::Result<PullRequest> {
        self.forge.open_pull(new)
    }

    fn update_pull(&self, number: u64, title: &str, body: &str) -> anyhow::Result<PullRequest> {
        self.forge.update_pull(number, title, body)
    }

    fn close_pull(&self, number: u64, why: &str) -> anyhow::Result<()> {
        self.forge.close_pull(number, why)
    }

    fn get_pull(&self, number: u64) -> anyhow::Result<PullRequest> {
        self.forge.get_pull(number)
    }

    fn merge_pull(&self, number: u64, request: &MergeRequest) -> anyhow::Result<MergeResult> {
        self.forge.merge_pull(number, request)
    }

    fn cancel_merge(&self, number: u64) -> anyhow::Result<()> {
        self.forge.cancel_merge(number)
    }

    fn commit_statuses(&self, commit: git2::Oid) -> anyhow::Result<Vec<CommitStatus>> {
        self.forge.commit_statuses(commit)
    }

    fn set_commit_status(&self, commit: git2::Oid, status: &NewStatus) -> anyhow::Result<()> {
        self.forge.set_commit_status(commit, status)
    }

    fn report_deployment(&self, commit: git2::Oid, deployment: &NewDeployment) -> anyhow::Result<()> {
        self.forge.report_deployment(commit, deployment)
    }

    fn list_pulls(&self, head: Option<&str>) -> anyhow::Result<Vec<PullRequest>> {
        self.forge.list_pulls(head)
    }

    fn merge_readiness(&self, number: u64) -> anyhow::Result<forge::MergeReadiness> {
        self.forge.merge_readiness(number)
    }

    fn permissions(&self) -> anyhow::Result<Vec<forge::Permission>> {
        self.forge.permissions()
    }
}

/// Merges the open proposal as `towline merge` does; what it says.
fn merge(desk: &Desk) -> String {
    let merged = try_to_merge(desk, None).unwrap();
    let said = format!("{:?}: {}\nhint: {}", merged.outcome, merged.message, merged.hint.unwrap_or_default());
    said.replace(&merged.pull.url, "URL")
        .replace(&merged.commit.unwrap_or(git2::Oid::ZERO_SHA1).to_string(), "ID")
}

fn try_to_merge(desk: &Desk, pull: Option<u64>) -> anyhow::Result<propose::merge::Merged> {
    let environment = &desk.pipeline.environments[0];
    let destination = desk.destination("greeting", environment, desk.forge().into());
    let options = MergeOptions { pull, method: MergeMethod::Merge, when_ready: false, overrides: &[] };
    propose::merge::merge(&destination, &options)
}

#[test]
fn a_pull_request_into_another_branch_is_no_proposal() {
    let desk = Desk::new();
    let pull = desk.propose(&first()).pull.unwrap();
    desk.gitops.push("release", &[("other", "other")]);
    let elsewhere = NewPullRequest {
        open: None,
        head: pull.head,
        base: "release".into(),
        head_commit: pull.head_commit,
        title: pull.title,
        body: pull.body,
        labels: vec![],
        reviewers: vec![],
    };
    let number = desk.forge().open_pull(&elsewhere).unwrap().number;
    let refused = try_to_merge(&desk, Some(number)).unwrap_err();
    assert_snapshot!(refused, @"gitops.git#2 goes to the branch release, not to main");
    assert_eq!(desk.forge().get_pull(number).unwrap().state, PullState::Open);
}

#[test]
fn people_may_write_around_the_marker() {
    let desk = Desk::new();
    let pull = desk.propose(&first()).pull.unwrap();
    let edited = format!("Approved in CHG-17\r\n{}\r\nPS: at night\r\n", pull.body.replace('\n', "\r\n"));
    desk.forge().update_pull(1, "Deploy greeting, at night", &edited).unwrap();
    assert_snapshot!(merge(&desk), @"
    Done: merged URL as ID
    hint:
    ");
}

#[test]
fn a_body_that_lost_its_marker_is_mended_by_proposing_again() {
    let desk = Desk::new();
    desk.propose(&first());
    desk.forge().update_pull(1, "Deploy greeting 1.0.0 to dev", "Just do it").unwrap();
    assert_snapshot!(merge(&desk), @r"
    Refused: the text of URL no longer contains Towline's marker: the description was edited
    hint: run `towline propose dev --release 1.0.0 --image web=ghcr.io/acme/web:1.0.0` to propose it again
    ");
    desk.propose(&first());
    assert_snapshot!(merge(&desk), @"
    Done: merged URL as ID
    hint:
    ");
}

#[test]
fn a_marker_that_somebody_changed_does_not_merge() {
    let desk = Desk::new();
    let body = desk.propose(&first()).pull.unwrap().body;
    let update = |body: &str| desk.forge().update_pull(1, "Deploy greeting 1.0.0 to dev", body).unwrap();
    update(&body.replace("\"release\":\"1.0.0\"", "\"release\":\"9.9.9\""));
    assert_snapshot!(merge(&desk), @r"
    Refused: the text of URL is about another commit than its head
    hint: run `towline propose dev --release 1.0.0 --image web=ghcr.io/acme/web:1.0.0` to propose it again
    ");
    update(&body.replace("\"release\":\"1.0.0\",", ""));
    assert_snapshot!(merge(&desk), @r"
    Refused: the text of URL no longer contains Towline's marker: the description was edited
    hint: run `towline propose dev --release 1.0.0 --image web=ghcr.io/acme/web:1.0.0` to propose it again
    ");
}

#[test]
fn a_squash_commit_without_trailers_is_a_deployment_all_the_same() {
    let desk = Desk::new();
    let pull = desk.propose(&first()).pull.unwrap();
    let squash = MergeRequest {
        expected_head: pull.head_commit,
        method: MergeMethod::Squash,
        message: "whatever".into(),
        when_ready: false,
    };
    desk.forge().merge_pull(1, &squash).unwrap();
    assert_eq!(desk.gitops.git(&["log", "-1", "--format=%B", "main"]), "whatever");
    let again = desk.propose(&first());
    assert_snapshot!(format!("{:?}: {}", again.outcome, again.message), @"Unchanged: nothing to propose: main already has greeting 1.0.0 for dev");
    let newer = desk.propose(&second());
    assert_snapshot!(newer.message.replace(&newer.pull.unwrap().url, "URL"), @"proposed greeting 1.1.0 for dev: URL");
    assert_eq!(newer.changes.from.as_deref(), Some("1.0.0"));
    assert_eq!(desk.gitops.git(&["rev-list", "--count", "main..towline/dev/greeting"]), "1");
    let older = desk.propose(&first());
    assert_snapshot!(older.message, @"nothing to propose: main already has greeting 1.0.0 for dev");
}

/// Files that nobody applies are Towline's, but no resources.
#[test]
fn high_level_files_come_and_go_with_the_proposal() {
    let desk = Desk::new();
    let chart = "hld/dev/chart/templates/a.yaml";
    let mut first = rendering("1.0.0", &[("configmap-a.yaml", "kind: ConfigMap\n")]);
    first.files.push(File { path: chart.into(), content: b"kind: Namespace\n".into() });
    first.high_level.insert(chart.into());
    let descriptor = first.files.iter_mut().find(|file| file.path == first.descriptor).unwrap();
    let listed = RecordedFiles::of(&[("chart/templates/a.yaml", b"kind: Namespace\n")]).unwrap();
    let record = json!({"highLevel": {"path": "hld/dev", "files": listed, "digest": listed.digest()}});
    descriptor.content.extend(towline::yaml::write(&record).unwrap().bytes());
    first.folders.push("hld/dev".into());
    assert_eq!(desk.changes(&first).summary(), "1 added");
    desk.deploy(&first);
    let there = || {
        let repository = desk.gitops.repository();
        repository.read_file(repository.branch_tip("main").unwrap(), chart).unwrap().is_some()
    };
    assert!(there());
    let mut second = rendering("2.0.0", &[("configmap-a.yaml", "kind: ConfigMap\n")]);
    second.folders.push("hld/dev".into());
    assert_eq!(desk.changes(&second).summary(), "nothing");
    desk.deploy(&second);
    assert!(!there());
}
