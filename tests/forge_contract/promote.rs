//! The command line with a repository and a forge at the other end of a URL: git over smart HTTP
//! that asks for a password, and GitHub's API.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use insta::assert_snapshot;
use towline::clock::{Clock, ManualClock, SystemClock};
use towline::config;
use towline::forge::Access;
use towline::gitops::Destinations;
use towline::http::Tally;
use towline::promote::{self, PromoteRequest, Selection, status};
use towline::propose::ProposeOptions;
use towline::release::Release;
use towline::variables::Inputs;

use crate::fakes::Server;
use crate::fakes::azure_devops::{self, AzureDevOps};
use crate::fakes::gateway::front;
use crate::fakes::git_http::{Action, GitHttp};
use crate::fakes::gitea::{self, Gitea};
use crate::fakes::github::{GitHub, TOKEN, app};
use crate::fakes::gitlab::{self, GitLab};
use crate::given::{self, Gitops};

/// A forge, and what the jobs of its CI system are told.
pub struct Host {
    pub kind: &'static str,
    pub repository: &'static str,
    start: fn(PathBuf, Arc<dyn Clock>) -> Server,
    /// What git is asked for.
    user: &'static str,
    pub token: &'static str,
    /// Where the API is on its server.
    api: &'static str,
    /// What tells its paths from git's, where both are on one server.
    beside_git: Option<&'static str>,
    server_variable: &'static str,
    api_variable: &'static str,
    token_variable: &'static str,
    /// The URLs of the first two pull requests that are opened one after the other.
    pulls: [&'static str; 2],
    /// The subjects of what merging them makes.
    subjects: [&'static str; 2],
}

pub const GITHUB: Host = Host {
    kind: "github",
    repository: "acme/gitops",
    start: |path, clock| GitHub::start(path, clock).1,
    user: "x-access-token",
    token: TOKEN,
    api: "",
    beside_git: None,
    server_variable: "GITHUB_SERVER_URL",
    api_variable: "GITHUB_API_URL",
    token_variable: "GITHUB_TOKEN",
    pulls: ["https://github.com/acme/gitops/pull/1", "https://github.com/acme/gitops/pull/3"],
    subjects: ["Deploy greeting 1.4.0 to dev (#1)", "Deploy greeting 1.4.0 to prod (#3)"],
};

const GITLAB: Host = Host {
    kind: "gitlab",
    repository: gitlab::PROJECT,
    start: |path, clock| GitLab::start(path, clock).1,
    user: "oauth2",
    token: gitlab::TOKEN,
    api: "/api/v4",
    beside_git: None,
    server_variable: "CI_SERVER_URL",
    api_variable: "CI_API_V4_URL",
    token_variable: "GITLAB_TOKEN",
    pulls: [
        "https://gitlab.example.com/acme/platform/gitops/-/merge_requests/1",
        "https://gitlab.example.com/acme/platform/gitops/-/merge_requests/2",
    ],
    subjects: ["Deploy greeting 1.4.0 to dev (!1)", "Deploy greeting 1.4.0 to prod (!2)"],
};

const AZURE_DEVOPS: Host = Host {
    kind: "azureDevOps",
    repository: "acme/shop/_git/gitops",
    start: |path, clock| AzureDevOps::start(path, clock).1,
    user: "oauth2",
    token: azure_devops::BEARER,
    api: "",
    beside_git: Some("/_apis/"),
    server_variable: "SYSTEM_COLLECTIONURI",
    api_variable: "TOWLINE_TESTS_API",
    token_variable: "SYSTEM_ACCESSTOKEN",
    pulls: ["API/acme/shop/_git/gitops/pullrequest/1", "API/acme/shop/_git/gitops/pullrequest/3"],
    subjects: ["Merged PR 1: Deploy greeting 1.4.0 to dev", "Merged PR 3: Deploy greeting 1.4.0 to prod"],
};

pub const GITEA: Host = Host {
    kind: "gitea",
    repository: "acme/gitops",
    start: |path, clock| Gitea::start(path, clock).1,
    user: "oauth2",
    token: gitea::TOKEN,
    api: "",
    beside_git: Some("/api/v1/"),
    server_variable: "GITEA_SERVER_URL",
    api_variable: "TOWLINE_TESTS_API",
    token_variable: "GITEA_TOKEN",
    pulls: ["https://git.example.com/acme/gitops/pulls/1", "https://git.example.com/acme/gitops/pulls/2"],
    subjects: ["Deploy greeting 1.4.0 to dev (#1)", "Deploy greeting 1.4.0 to prod (#2)"],
};

pub const HOSTS: [&Host; 4] = [&GITHUB, &GITLAB, &AZURE_DEVOPS, &GITEA];

/// An application, and its GitOps repository on a forge.
pub struct World {
    pub gitops: Gitops,
    pub git: GitHttp,
    /// The forge's API.
    pub server: Server,
    pub host: &'static Host,
    home: tempfile::TempDir,
    /// Where the command line finds git and the API.
    urls: [String; 2],
    variables: Vec<(String, String)>,
}

impl World {
    /// On GitHub.
    pub fn new() -> Self {
        Self::on(&GITHUB)
    }

    pub fn on(host: &'static Host) -> Self {
        let gitops = Gitops::new();
        let server = (host.start)(gitops.path(), Arc::new(SystemClock));
        Self::with(host, gitops, server)
    }

    /// On GitHub, with a clock.
    pub fn at(clock: Arc<dyn Clock>) -> (Self, Arc<GitHub>) {
        let gitops = Gitops::new();
        let (github, server) = GitHub::start(gitops.path(), clock);
        (Self::with(&GITHUB, gitops, server), github)
    }

    /// On Gitea, with a clock.
    pub fn gitea_at(clock: Arc<dyn Clock>) -> (Self, Arc<Gitea>) {
        let gitops = Gitops::new();
        let (gitea, server) = Gitea::start(gitops.path(), clock);
        (Self::with(&GITEA, gitops, server), gitea)
    }

    fn with(host: &'static Host, gitops: Gitops, server: Server) -> Self {
        let folder = gitops.path().parent().unwrap().to_owned();
        let place = folder.join(format!("{}.git", host.repository));
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(gitops.path(), place).unwrap();
        gitops.git(&["config", "uploadpack.allowFilter", "true"]);
        let git = GitHttp::serve(&folder);
        git.require(host.user, host.token);
        let apart = [git.url("").trim_end_matches('/').to_owned(), format!("{}{}", server.url(), host.api)];
        let urls = host.beside_git.map_or(apart, |part| {
            let both = format!("http://{}", front(part, server.address(), git.address()));
            [both.clone(), both]
        });
        let (home, variables) = (tempfile::tempdir().unwrap(), Vec::new());
        let mut world = Self { gitops, git, server, host, home, urls, variables };
        world.write("deploy/config.yaml", CONFIG);
        let [git, api] = world.urls.clone();
        world.reach_at(&git, &api);
        world
    }

    /// Has the command line reach the servers under these URLs.
    pub fn reach_at(&mut self, git: &str, api: &str) {
        self.urls = [git.to_owned(), api.to_owned()];
        let pipeline = PIPELINE.replace("URL", &format!("{git}/{}.git", self.host.repository));
        self.write("towline.yaml", &pipeline.replace("FORGE", self.host.kind));
    }

    pub fn host(&self) -> &'static Host {
        self.host
    }

    pub fn gitops(&self) -> &Gitops {
        &self.gitops
    }

    /// Sets a variable for the command line.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    pub fn write_home(&self, path: &str, text: &str) {
        fs::write(self.home.path().join(path), text).unwrap();
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The application's folder.
    pub fn root(&self) -> PathBuf {
        self.home.path().join("app")
    }

    pub fn pipeline(&self) -> String {
        fs::read_to_string(self.home.path().join("app/towline.yaml")).unwrap()
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.home.path().join("app").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// What a person sees who types this.
    pub fn towline(&self, arguments: &[&str], token: &str) -> String {
        let output = self.command(arguments, token).output().unwrap();
        let text = show(&output);
        assert!(!text.contains(token), "the token is in {text}");
        self.tidy(&text)
    }

    /// `towline`, not started yet.
    pub fn command(&self, arguments: &[&str], token: &str) -> Command {
        let [server, api] = &self.urls;
        let mut command = Command::new(env!("CARGO_BIN_EXE_towline"));
        command
            .args(arguments)
            .current_dir(self.home.path().join("app"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.home.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env(self.host.server_variable, server)
            .env(self.host.api_variable, api)
            .env(self.host.token_variable, token)
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    pub fn access(&self, clock: Arc<ManualClock>, variables: &[(&str, &str)]) -> Access {
        let (server, home, path) =
            (self.git.url(""), self.home.path().to_str().unwrap(), std::env::var("PATH"));
        let world = [
            ("PATH", path.as_deref().unwrap()),
            ("HOME", home),
            ("GITHUB_SERVER_URL", server.trim_end_matches('/')),
            ("GITHUB_API_URL", self.server.url()),
        ];
        let all =
            world.iter().chain(variables).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Access { variables: all.collect(), clock, notify: Arc::new(|_| ()), tally: Tally::default() }
    }

    /// The server of git and the API, where both are on one.
    pub fn url(&self) -> &str {
        &self.urls[0]
    }

    fn tidy(&self, text: &str) -> String {
        let [git, api] = &self.urls;
        let text = text.replace(api, "API").replace(git, "GIT");
        let text = regex::Regex::new(r"after \d+s").unwrap().replace_all(&text, "after [LENGTH]");
        let is_id = |word: &str| word.len() == 40 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let words = text.split(' ').map(|word| match word.split_once('\n') {
            _ if is_id(word) => "[ID]".to_owned(),
            Some((id, rest)) if is_id(id) => format!("[ID]\n{rest}"),
            _ => word.to_owned(),
        });
        words.collect::<Vec<_>>().join(" ")
    }
}

/// Everything that a person would see.
pub fn show(output: &Output) -> String {
    format!(
        "{}{}exit code {}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
        output.status.code().unwrap()
    )
}

const CONFIG: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: greeting}\ndata: {version: '{{ release.version }}'}\n";

const PIPELINE: &str = r#"
version: 1
application: greeting
templates: [{path: deploy}]
gitops: {repository: "URL", forge: FORGE}
environments:
  - name: dev
    merge: auto
    await: {reporters: none}
  - name: prod
    merge: auto
    await: {reporters: [{status: "kustomization/*"}], settle: 0s}
"#;

const PROMOTE: [&str; 4] = ["promote", "--once", "--release", "1.4.0"];

/// Two environments, with a report in between, and what git has in the end. How a forge names pull
/// requests and what it merges is replaced by PULL and MERGE.
fn journey(world: &World) -> String {
    let report = ["report", "prod", "--context", "kustomization/greeting", "--state", "success"];
    let steps: [&[&str]; 4] = [&PROMOTE, &report, &PROMOTE, &["status"]];
    let mut seen: String = steps.map(|step| world.towline(step, world.host.token) + "\n\n").concat();
    seen += &world.gitops.git(&["log", "--first-parent", "--format=%s", "main"]);
    let files = world.gitops.git(&["ls-tree", "-r", "--name-only", "main"]);
    let expected = ["README.md", "descriptors/dev/greeting.yaml", "descriptors/prod/greeting.yaml"];
    let manifests = ["dev/greeting/configmap-greeting.yaml", "prod/greeting/configmap-greeting.yaml"];
    assert!(files.lines().eq(expected.into_iter().chain(manifests)), "{files}");
    assert_eq!(with(world.host.token, world.home.path()), Vec::<String>::new());
    let names = [("PULL", world.host.pulls), ("MERGE", world.host.subjects)];
    for (name, [dev, prod]) in names {
        seen = seen.replace(&format!("{dev}\n"), &format!("{name} dev\n"));
        seen = seen.replace(&format!("{prod}\n"), &format!("{name} prod\n"));
    }
    seen
}

#[test]
fn a_release_goes_through_a_repository_on_every_forge() {
    for host in HOSTS {
        insta::allow_duplicates! {
            assert_snapshot!(journey(&World::on(host)), host.kind, @"
            dev   done        1.4.0 merged, not observed; merged after [LENGTH]
            prod  unfinished  nothing yet from kustomization/*
            dev: proposed greeting 1.4.0 for dev: PULL dev
            dev: merged as [ID]
            dev: 1.4.0 merged, not observed
            prod: proposed greeting 1.4.0 for prod: PULL prod
            prod: merged as [ID]
            prod: nothing yet from kustomization/*
            exit code 75

            prod: kustomization/greeting is success on [ID]
            exit code 0

            dev   unchanged  1.4.0 is already merged, not observed
            prod  done       1.4.0 verified: 1 reporter, 0 checks; merged after [LENGTH], first report after [LENGTH], healthy after [LENGTH]
            dev: 1.4.0 is already merged, not observed
            prod: 1.4.0 verified: 1 reporter, 0 checks
            exit code 0

            ENVIRONMENT  DEPLOYED  AGE  VERDICT                               PROPOSED
            dev          1.4.0     now  1.4.0 merged, not observed            -
            prod         1.4.0     now  1.4.0 verified: 1 reporter, 0 checks  -
            exit code 0

            MERGE prod
            MERGE dev
            Edit by hand
            ");
        }
    }
}

/// As a pipeline does that holds no agent: another runner, which knows nothing of the first.
#[test]
fn another_machine_goes_on_with_what_is_proposed() {
    let world = World::new();
    let pipeline = world.pipeline();
    let (before, prod) = pipeline.split_once("  - name: prod\n    merge: auto\n").unwrap();
    world.write("towline.yaml", &format!("{before}  - name: prod\n{prod}"));
    assert!(world.towline(&PROMOTE, TOKEN).ends_with("exit code 75"));
    fs::remove_dir_all(world.home.path().join(".cache")).unwrap();
    assert_snapshot!(world.towline(&["promote", "--once", "--continue", "prod"], TOKEN), @"
    dev   unchanged   1.4.0 is already merged, not observed
    prod  unfinished  https://github.com/acme/gitops/pull/3 is waiting to be merged
    dev: 1.4.0 is already merged, not observed
    prod: proposed greeting 1.4.0 for prod: https://github.com/acme/gitops/pull/3
    prod: https://github.com/acme/gitops/pull/3 is waiting to be merged
    exit code 75
    ");
}

#[test]
fn a_wrong_token_is_refused_with_its_name() {
    let world = World::new();
    assert_snapshot!(world.towline(&PROMOTE, "ghp_wrong"), @"
    error: cannot promote to environment `dev`
      because: cannot read GIT/acme/gitops.git: Authentication failed for 'GIT/acme/gitops.git/'
      hint: set TOWLINE_TOKEN to a valid token, or set up git's credential helper or an SSH key
    exit code 1
    ");
    assert_snapshot!(world.gitops.git(&["for-each-ref", "--format=%(refname)"]), @"refs/heads/main");
}

#[test]
fn an_apps_token_that_ends_while_waiting_is_renewed_for_git_too() {
    let clock = given::clock();
    let (world, github) = World::at(clock.clone());
    world.git.require_nothing();
    world.git.rule(move |request| match &request.authorization {
        Some(shown) if github.app_logins().contains(shown) => Action::Serve,
        _ => Action::Answer(401, "who are you?".into()),
    });
    let app = [("TOWLINE_GITHUB_APP_ID", app::ID), ("TOWLINE_GITHUB_APP_KEY", app::KEY)];
    let access = world.access(clock.clone(), &app);
    let pipeline = config::load(&world.home.path().join("app/towline.yaml")).unwrap();
    let environment = pipeline.environment("dev").unwrap();
    let (repository, forge) =
        access.open(environment.gitops.forge, &environment.gitops.repository, &pipeline.root).unwrap();
    let tokens = || world.server.log().iter().filter(|line| line.contains("access_tokens")).count();

    let first = repository.branch_tip("main").unwrap();
    forge.commit_statuses(first).unwrap();
    assert_eq!(tokens(), 1, "the API and git share one token");

    clock.advance(Duration::from_secs(2 * 60 * 60));
    let second = world.gitops.push("main", &[("later", "later")]);
    assert_eq!(repository.branch_tip("main").unwrap(), second);
    forge.commit_statuses(second).unwrap();
    assert_eq!(tokens(), 2);
}

/// Every connection gets a token of its own, so the tokens count the connections.
#[test]
fn environments_of_one_repository_share_one_connection() {
    let clock = Arc::new(ManualClock::new("2026-03-01T12:00:00Z".parse().unwrap()));
    let (world, _github) = World::at(clock.clone());
    world.git.require_nothing();
    let environments: String =
        (1..=5).map(|n| format!("  - {{name: env-{n}, needs: [], await: {{reporters: none}}}}\n")).collect();
    let above = world.pipeline().split("  - name: dev").next().unwrap().to_owned();
    world.write("towline.yaml", &(above + &environments));
    let pipeline = config::load(&world.root().join("towline.yaml")).unwrap();
    let app = [("TOWLINE_GITHUB_APP_ID", app::ID), ("TOWLINE_GITHUB_APP_KEY", app::KEY)];
    let destinations = Destinations::new(&pipeline, world.access(clock, &app));
    let request = PromoteRequest {
        destinations: &destinations,
        release: &Release {
            version: "1.4.0".into(),
            build: None,
            commit: None,
            repository: None,
            branch: None,
            configuration: None,
            images: Vec::new(),
        },
        inputs: &Inputs::default(),
        selection: Selection::All,
        once: true,
        options: ProposeOptions::default(),
        polling: None,
    };
    let promotion = promote::promote(&request, &|_| ()).unwrap();
    let proposed = promotion.environments.iter().filter(|result| result.pull.is_some()).count();
    assert_eq!(proposed, 5);
    let open = status::status(&destinations).unwrap();
    assert!(open.iter().all(|(_, environment)| environment.as_ref().unwrap().proposed.is_some()));
    let tokens = world.server.log().iter().filter(|line| line.contains("access_tokens")).count();
    assert_eq!(tokens, 1);
}

#[test]
fn what_was_asked_of_the_forge_is_told_with_v() {
    let world = World::new();
    let told = world.towline(&["-v", "promote", "--once", "--release", "1.4.0"], TOKEN);
    let lines: Vec<&str> = told.lines().filter(|line| line.contains("requests")).collect();
    let masked: Vec<&str> =
        lines[0].split(' ').map(|word| if word.parse::<u64>().is_ok() { "N" } else { word }).collect();
    assert_snapshot!(masked.join(" "), @"info: GitHub: N requests, N of them unchanged (304)");
    let all = world.server.log().len();
    assert!(lines[0].contains(&format!(" {all} requests")), "{all} requests reached the forge");
}

/// The files below a folder that hold the token.
pub fn with(token: &str, folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(with(token, &path));
        } else if String::from_utf8_lossy(&fs::read(&path).unwrap()).contains(token) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn what_the_token_may_do_is_told_before_a_run_needs_it() {
    let world = World::new();
    let check = ["status", "--check-access"];
    assert_snapshot!(world.towline(&check, TOKEN), @"
    GIT/acme/gitops.git for dev, prod
    ABILITY         VIA    ALLOWED  REASON
    read            git    yes      main is at d44f21e24c
    push            git    yes      the server would accept a push
    read            forge  yes      the repository and its pull requests were read
    push            forge  yes      the token has the scopes repo, workflow
    pull requests   forge  yes      the token has the scopes repo, workflow
    merge           forge  yes      the token has the scopes repo, workflow
    read statuses   forge  yes      commit statuses and check runs were read
    write statuses  forge  yes      the token has the scopes repo, workflow
    exit code 0
    ");
    world.gitops.git(&["config", "http.receivepack", "false"]);
    assert_snapshot!(world.towline(&check, TOKEN), @"
    GIT/acme/gitops.git for dev, prod
    ABILITY         VIA    ALLOWED  REASON
    read            git    yes      main is at d44f21e24c
    push            git    no       cannot push to GIT/acme/gitops.git: unable to access 'GIT/acme/gitops.git/': The requested URL returned error: 403: the token or key works, but may not do this: give it write access to the repository
    read            forge  yes      the repository and its pull requests were read
    push            forge  yes      the token has the scopes repo, workflow
    pull requests   forge  yes      the token has the scopes repo, workflow
    merge           forge  yes      the token has the scopes repo, workflow
    read statuses   forge  yes      commit statuses and check runs were read
    write statuses  forge  yes      the token has the scopes repo, workflow
    error: missing permissions: push in GIT/acme/gitops.git
      hint: grant them to the token or its user, or change what the reasons name
    exit code 1
    ");
    assert_snapshot!(world.towline(&check, "ghp_wrong"), @"
    GIT/acme/gitops.git for dev, prod
    ABILITY         VIA    ALLOWED  REASON
    read            git    no       cannot read GIT/acme/gitops.git: Authentication failed for 'GIT/acme/gitops.git/': set TOWLINE_TOKEN to a valid token, or set up git's credential helper or an SSH key
    push            git    unknown  not checked, because git may not read
    read            forge  no       Bad credentials: the token is missing, wrong or expired (GITHUB_TOKEN)
    push            forge  unknown  not checked, because it may not read
    pull requests   forge  unknown  not checked, because it may not read
    merge           forge  unknown  not checked, because it may not read
    read statuses   forge  unknown  not checked, because it may not read
    write statuses  forge  unknown  not checked, because it may not read
    error: missing permissions: read in GIT/acme/gitops.git
      hint: grant them to the token or its user, or change what the reasons name
    exit code 1
    ");
    assert_snapshot!(world.gitops.git(&["for-each-ref", "--format=%(refname)"]), @"refs/heads/main");
}
