//! The command line with a repository and a forge at the other end of a URL: git over smart HTTP
//! that asks for a password, and GitHub's API.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use insta::assert_snapshot;
use towline::clock::SystemClock;

use crate::fakes::Server;
use crate::fakes::git_http::GitHttp;
use crate::fakes::github::{GitHub, TOKEN};
use crate::support::Gitops;

/// An application, and its GitOps repository on GitHub.
struct World {
    gitops: Gitops,
    git: GitHttp,
    github: Server,
    home: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let gitops = Gitops::new();
        let folder = gitops.path().parent().unwrap().to_owned();
        fs::create_dir(folder.join("acme")).unwrap();
        std::os::unix::fs::symlink("../gitops.git", folder.join("acme/gitops.git")).unwrap();
        gitops.git(&["config", "uploadpack.allowFilter", "true"]);
        let git = GitHttp::serve(&folder);
        git.require("x-access-token", TOKEN);
        let (_, github) = GitHub::start(gitops.path(), Arc::new(SystemClock));
        let world = Self { gitops, git, github, home: tempfile::tempdir().unwrap() };
        world.write("deploy/config.yaml", CONFIG);
        world.write("towline.yaml", &PIPELINE.replace("URL", &world.git.url("acme/gitops.git")));
        world
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.home.path().join("app").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// What a person sees who types this.
    fn towline(&self, arguments: &[&str], token: &str) -> String {
        let server = self.git.url("");
        let output = Command::new(env!("CARGO_BIN_EXE_towline"))
            .args(arguments)
            .current_dir(self.home.path().join("app"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.home.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GITHUB_SERVER_URL", server.trim_end_matches('/'))
            .env("GITHUB_API_URL", self.github.url())
            .env("GITHUB_TOKEN", token)
            .output()
            .unwrap();
        let text = format!(
            "{}{}exit code {}",
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
            output.status.code().unwrap()
        );
        assert!(!text.contains(token), "the token is in {text}");
        self.tidy(&text)
    }

    fn tidy(&self, text: &str) -> String {
        let text =
            text.replace(self.github.url(), "API").replace(self.git.url("").trim_end_matches('/'), "GIT");
        let is_id = |word: &str| word.len() == 40 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let words = text.split(' ').map(|word| match word.split_once('\n') {
            _ if is_id(word) => "[ID]".to_owned(),
            Some((id, rest)) if is_id(id) => format!("[ID]\n{rest}"),
            _ => word.to_owned(),
        });
        words.collect::<Vec<_>>().join(" ")
    }
}

const CONFIG: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: greeting}\ndata: {version: '{{ release.version }}'}\n";

const PIPELINE: &str = r#"
version: 1
application: greeting
templates: [{path: deploy}]
gitops: {repository: "URL", forge: github}
environments:
  - name: dev
    merge: auto
    await: {reporters: none}
  - name: prod
    merge: auto
    await: {reporters: [{status: "kustomization/*"}], settle: 0s}
"#;

const PROMOTE: [&str; 4] = ["promote", "--once", "--release", "1.4.0"];

#[test]
fn a_release_goes_through_a_repository_on_github() {
    let world = World::new();
    assert_snapshot!(world.towline(&PROMOTE, TOKEN), @"
    dev   done        1.4.0 verified: 0 reporters, 0 checks
    prod  unfinished  nothing yet from kustomization/*
    dev: proposed greeting 1.4.0 for dev: https://github.com/acme/gitops/pull/1
    dev: merged as [ID]
    dev: 1.4.0 verified: 0 reporters, 0 checks
    prod: proposed greeting 1.4.0 for prod: https://github.com/acme/gitops/pull/3
    prod: merged as [ID]
    prod: nothing yet from kustomization/*
    exit code 75
    ");
    let report = ["report", "prod", "--context", "kustomization/greeting", "--state", "success"];
    assert_snapshot!(world.towline(&report, TOKEN), @"
    prod: kustomization/greeting is success on [ID]
    exit code 0
    ");
    assert_snapshot!(world.towline(&PROMOTE, TOKEN), @"
    dev   unchanged  1.4.0 is verified already
    prod  done       1.4.0 verified: 1 reporter, 0 checks
    dev: 1.4.0 is verified already
    prod: 1.4.0 verified: 1 reporter, 0 checks
    exit code 0
    ");
    assert_snapshot!(world.towline(&["status"], TOKEN), @"
    ENVIRONMENT  DEPLOYED  AGE  VERDICT                                PROPOSED
    dev          1.4.0     now  1.4.0 verified: 0 reporters, 0 checks  -
    prod         1.4.0     now  1.4.0 verified: 1 reporter, 0 checks   -
    exit code 0
    ");
    assert_snapshot!(world.gitops.git(&["log", "--first-parent", "--format=%s", "main"]), @"
    Deploy greeting 1.4.0 to prod (#3)
    Deploy greeting 1.4.0 to dev (#1)
    Edit by hand
    ");
    assert_snapshot!(world.gitops.git(&["ls-tree", "-r", "--name-only", "main"]), @"
    README.md
    descriptors/dev/greeting.yaml
    descriptors/prod/greeting.yaml
    dev/greeting/configmap-greeting.yaml
    prod/greeting/configmap-greeting.yaml
    ");
    assert_eq!(with_token(world.home.path()), Vec::<String>::new());
}

/// As a pipeline does that holds no agent: another runner, which knows nothing of the first.
#[test]
fn another_machine_goes_on_with_what_is_proposed() {
    let world = World::new();
    let url = world.git.url("acme/gitops.git");
    let (before, prod) = PIPELINE.split_once("  - name: prod\n    merge: auto\n").unwrap();
    world.write("towline.yaml", &format!("{before}  - name: prod\n{prod}").replace("URL", &url));
    assert!(world.towline(&PROMOTE, TOKEN).ends_with("exit code 75"));
    fs::remove_dir_all(world.home.path().join(".cache")).unwrap();
    assert_snapshot!(world.towline(&["promote", "--once", "--continue", "prod"], TOKEN), @r"
    dev   unchanged   1.4.0 is verified already
    prod  unfinished  https://github.com/acme/gitops/pull/3 waits to be merged
    dev: 1.4.0 is verified already
    prod: proposed greeting 1.4.0 for prod: https://github.com/acme/gitops/pull/3
    prod: https://github.com/acme/gitops/pull/3 waits to be merged
    exit code 75
    ");
}

#[test]
fn a_wrong_token_is_refused_with_its_name() {
    let world = World::new();
    assert_snapshot!(world.towline(&PROMOTE, "ghp_wrong"), @"
    error: cannot promote to environment `dev`
      because: cannot look for a pull request from towline/dev/greeting into main
      because: GET API/repos/acme/gitops/pulls?state=open&head=acme%3Atowline%2Fdev%2Fgreeting&base=main&sort=created&direction=desc&per_page=1 was answered with 401 Unauthorized
      because: Bad credentials
      hint: the token is missing, wrong or has ended (GITHUB_TOKEN)
    exit code 1
    ");
    assert_snapshot!(world.gitops.git(&["for-each-ref", "--format=%(refname)"]), @"refs/heads/main");
}

/// The files below a folder that hold the token.
fn with_token(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(with_token(&path));
        } else if String::from_utf8_lossy(&fs::read(&path).unwrap()).contains(TOKEN) {
            found.push(path.display().to_string());
        }
    }
    found
}
