//! An application with a release, its GitOps repository, and the people and operators around it.
//! Nothing of the machine's configuration, nor of the CI system that runs the tests, can be seen
//! from inside.

use std::cell::Cell;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::fill;

const PIPELINE: &str = r#"
version: 1
application: greeting
images: {web: ghcr.io/acme/greeting-web}
templates: [{path: deploy}]
variables: [{values: {replicas: 1}}]
gitops: {repository: GITOPS, descriptor: "descriptors/{{ environment }}/{{ application }}.yaml"}
environments:
  - name: dev
    merge: auto
    await: {reporters: [{status: operator/dev}], settle: 0s, grace: 0s}
    checks: [{name: smoke, run: test -f deploy/web.yaml}]
  - name: staging
    merge: auto
    await: {reporters: [{status: operator/staging}], settle: 0s, grace: 0s}
  - name: prod
    variables: [{file: config/prod/values.yaml}]
    await: {reporters: [{status: operator/prod}], settle: 0s, grace: 0s}
"#;

const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: {{ replicas }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: ghcr.io/acme/greeting-web}]}
";

pub struct World {
    folder: tempfile::TempDir,
    runs: Cell<u32>,
}

/// How a job ended.
#[derive(Debug)]
pub struct Ended {
    /// Whether the system shows it as one that needs nobody.
    pub passed: bool,
    pub code: i32,
    /// All that it wrote.
    pub log: String,
}

impl World {
    /// With `v1.4.0` tagged and nothing deployed.
    pub fn new() -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap(), runs: Cell::new(0) };
        for name in ["home", "bin", "archive/towline-v0"] {
            fs::create_dir_all(world.path(name)).unwrap();
        }
        symlink(env!("CARGO_BIN_EXE_towline"), world.path("bin/towline")).unwrap();
        symlink(env!("CARGO_BIN_EXE_towline"), world.path("archive/towline-v0/towline")).unwrap();
        world.run("tar", &["-C", "archive", "-czf", "towline.tar.gz", "towline-v0"], ".");
        for name in ["gitops", "app"] {
            let bare = format!("{name}.git");
            world.git(".", &["init", "--quiet", "--bare", "--initial-branch=main", &bare]);
            world.git(".", &["clone", "--quiet", &bare, name]);
            world.git(name, &["checkout", "--quiet", "-B", "main"]);
        }
        world.commit("gitops", &[("README.md", "What runs where\n")]);
        let pipeline = PIPELINE.replace("GITOPS", world.path("gitops.git").to_str().unwrap());
        let script = fs::read_to_string(fill::folder().join("resume.sh")).unwrap();
        let files = [
            ("towline.yaml", pipeline.as_str()),
            ("deploy/web.yaml", DEPLOYMENT),
            ("config/prod/values.yaml", "replicas: 2\n"),
            ("ci/resume.sh", script.as_str()),
        ];
        world.commit("app", &files);
        world.tag("v1.4.0");
        world
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// Where the pipelines download Towline from.
    pub fn archive(&self) -> String {
        format!("file://{}", self.path("towline.tar.gz").display())
    }

    /// A person's commit in the application or in the GitOps repository.
    pub fn commit(&self, name: &str, files: &[(&str, &str)]) {
        for (path, content) in files {
            let path = self.path(name).join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, content).unwrap();
            self.run("chmod", &["+x", path.to_str().unwrap()], ".");
        }
        self.git(name, &["add", "."]);
        self.git(name, &["commit", "--quiet", "--allow-empty", "--message=Work"]);
        self.git(name, &["push", "--quiet", "origin", "HEAD:main"]);
    }

    pub fn tag(&self, tag: &str) {
        self.git("app", &["tag", tag]);
        self.git("app", &["push", "--quiet", "origin", tag]);
    }

    /// An operator reports on what was merged last.
    pub fn report(&self, environment: &str, state: &str) {
        let context = format!("operator/{environment}");
        self.towline(&["report", environment, "--context", &context, "--state", state]);
    }

    /// What a person sees who types this in the application's folder.
    pub fn towline(&self, arguments: &[&str]) -> String {
        self.run("towline", arguments, "app")
    }

    /// `dev 1.4.0 verified, staging -, prod 1.4.0 proposed`, as `towline status` has it.
    pub fn status(&self) -> String {
        let status: serde_json::Value =
            serde_json::from_str(&self.towline(&["status", "--output", "json"])).unwrap();
        let environments = status["environments"].as_array().unwrap().iter().map(|it| {
            let deployed = it["deployed"]["release"]["version"].as_str().map(|version| {
                let verdict = match it["deployed"]["verdict"]["state"].as_str() {
                    Some("success") => "verified",
                    Some(_) => "failed",
                    None => "deployed",
                };
                format!("{version} {verdict}")
            });
            let proposed = it["proposed"]["release"]["version"].as_str();
            let parts: Vec<String> =
                deployed.into_iter().chain(proposed.map(|version| format!("{version} proposed"))).collect();
            let parts = if parts.is_empty() { "-".to_owned() } else { parts.join(" and ") };
            format!("{} {parts}", it["environment"].as_str().unwrap())
        });
        environments.collect::<Vec<_>>().join(", ")
    }

    /// Every branch, pull request and status of the GitOps repository.
    pub fn gitops(&self) -> String {
        self.git("gitops.git", &["for-each-ref"])
    }

    /// A fresh clone of the application, as a runner makes one, at a branch or tag.
    pub fn checkout(&self, reference: &str) -> PathBuf {
        let name = format!("workspace-{}", self.next_run());
        self.git(".", &["clone", "--quiet", "app.git", &name]);
        self.git(&name, &["checkout", "--quiet", "--detach", reference]);
        self.path(&name)
    }

    /// A number that no other run has.
    pub fn next_run(&self) -> u32 {
        self.runs.set(self.runs.get() + 1);
        self.runs.get()
    }

    pub fn head(&self, workspace: &Path) -> String {
        self.git(workspace.to_str().unwrap(), &["rev-parse", "HEAD"])
    }

    /// A program that sees this world only, with `towline` on PATH if `image` has it.
    pub fn command(&self, program: &str, image: bool) -> Command {
        let mut path = std::env::var("PATH").unwrap();
        if image {
            path = format!("{}:{path}", self.path("bin").display());
        }
        let mut command = Command::new(program);
        command.env_clear().env("PATH", path).env("HOME", self.path("home"));
        command.env("TMPDIR", self.folder.path()).env("LC_ALL", "C.UTF-8");
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "Ann");
            command.env(format!("GIT_{role}_EMAIL"), "ann@example.com");
        }
        command
    }

    pub fn git(&self, folder: &str, arguments: &[&str]) -> String {
        self.run("git", arguments, folder)
    }

    fn run(&self, program: &str, arguments: &[&str], folder: &str) -> String {
        let output = self.command(program, true).args(arguments).current_dir(self.path(folder)).output();
        let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
        let log = log(&output);
        assert!(output.status.success(), "{program} {arguments:?}: {log}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }
}

pub fn log(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.clone(), output.stderr.clone()].concat()).into_owned()
}
