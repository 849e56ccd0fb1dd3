//! Canaries: a release goes through all of it, with checks, a chart, proxies and a credential helper, and each
//! credential on the way is one that is nowhere else. Afterwards everything that was written is searched for
//! them, decoded: what people and CI systems saw, the repository, the forge, files, and what children were given.

use std::fs;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;

use towline::clock::SystemClock;
use towline::secrets::Finder;

use super::promote::World;
use crate::fakes::github::{GitHub, TOKEN};

/// What nobody may see, and where it is read.
const CANARIES: [(&str, &str); 9] = [
    ("the token", TOKEN),
    ("GITLAB_TOKEN", "glpat-c4nary/one"),
    ("TOWLINE_SOURCE_TOKEN", "source-c4nary+two"),
    ("AZURE_CLIENT_SECRET", "azure~c4nary=three"),
    ("CI_JOB_TOKEN", "job-c4nary four"),
    ("HTTPS_PROXY", "pr0xy/c4nary@five"),
    ("a secret file", "file\"c4nary<six>&"),
    ("a secret variable of the process", "process%c4nary\\seven"),
    ("a secret value", "välue-c4nary-eight"),
];

const PIPELINE: &str = r#"
version: 1
application: greeting
templates: [{path: chart, engine: helm, values: [{variables: true}]}]
variables:
  - {file: secret.env, secret: true}
  - {process: {prefix: APP_}, secret: true}
  - {values: {third: välue-c4nary-eight}, secret: true}
  - {process: {prefix: GITLAB_}}
gitops: {repository: "URL", forge: github}
environments:
  - name: dev
    merge: auto
    await: {reporters: none}
    checks: [{name: smoke, run: "env > ../check.env; printenv; base64 secret.env; printf %s \"$APP_PASSWORD\" | od -An -tx1 | tr -d ' \\n'; cat secret.env; exit 1"}]
"#;

/// A git and a helm that write down how they are called, and then do as always.
const WRAPPER: &str = r#"#!/bin/sh
{ printf '%s ' "$0" "$@"; echo; env; } >> RECORD
exec PROGRAM "$@"
"#;

struct Farm {
    world: World,
    github: Arc<GitHub>,
}

impl Farm {
    fn new() -> Self {
        let (mut world, github) = World::at(Arc::new(SystemClock));
        let repository = format!("{}/acme/gitops.git", world.url());
        world.write("towline.yaml", &PIPELINE.replace("URL", &repository));
        world.write("secret.env", &format!("FIRST='{}'\n", CANARIES[6].1));
        world.write("chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 0.1.0\n");
        let manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {length: {{ len .Values.third | quote }}}\n";
        world.write("chart/templates/a.yaml", manifest);
        let home = world.home().to_owned();
        fs::create_dir_all(home.join("bin")).unwrap();
        for program in ["git", "helm"] {
            let record = home.join(format!("{program}.record"));
            let script =
                WRAPPER.replace("RECORD", &record.to_string_lossy()).replace("PROGRAM", &found(program));
            given_program(&home.join("bin").join(program), &script);
        }
        let helper = format!(
            "!f() {{ env >> {}; echo username=x; echo password={TOKEN}; }}; f",
            home.join("helper.env").display()
        );
        world.write_home(".gitconfig", &format!("[credential]\nhelper = {helper:?}\n"));
        let path = format!("{}:{}", home.join("bin").display(), std::env::var("PATH").unwrap());
        let places = [("GITHUB_STEP_SUMMARY", "summary.md"), ("GITHUB_OUTPUT", "output")];
        for (name, file) in places {
            world.set(name, &home.join(file).to_string_lossy());
        }
        for (name, value) in &CANARIES[1..5] {
            world.set(name, value);
        }
        world.set("HTTPS_PROXY", &format!("http://me:{}@127.0.0.1:9", CANARIES[5].1));
        world.set("NO_PROXY", "127.0.0.1");
        world.set("APP_PASSWORD", CANARIES[7].1);
        world.set("TOWLINE_GIT", "command");
        world.set("GITHUB_ACTIONS", "true");
        world.set("PATH", &path);
        Self { world, github }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.world.command(arguments, "").output().unwrap()
    }

    /// Every object of the repository, as text.
    fn repository(&self) -> String {
        let objects = self.world.gitops.git(&["cat-file", "--batch-all-objects", "--batch-check"]);
        let ids = objects.lines().filter(|line| !line.contains(" tree ")).map(|line| &line[..40]);
        ids.map(|id| self.world.gitops.git(&["cat-file", "-p", id]) + "\n").collect()
    }
}

fn found(program: &str) -> String {
    let path = std::env::var_os("PATH").unwrap();
    let found = std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("this test needs {program}")).to_string_lossy().into_owned()
}

fn given_program(path: &Path, script: &str) {
    use std::os::unix::fs::PermissionsExt;
    fs::write(path, script).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The canaries that are in a text, in any encoding.
fn canaries(text: &str) -> Vec<&'static str> {
    let is_in = |value: &str| Finder::new([(0, value)]).find(text).is_some();
    CANARIES.iter().filter(|(_, value)| is_in(value)).map(|(name, _)| *name).collect()
}

fn without_lines(text: &str, begins: &[&str]) -> String {
    let kept = text.lines().filter(|line| !begins.iter().any(|begin| line.starts_with(begin)));
    kept.collect::<Vec<_>>().join("\n")
}

#[test]
fn no_credential_is_seen_where_it_does_not_belong() {
    let farm = Farm::new();
    let promote = ["-v", "promote", "--release", "1.4.0"];
    let runs = [
        farm.run(&promote),
        farm.run(&[&promote[..], &["--again", "--output", "json", "--log-format", "json"]].concat()),
        farm.run(&["render", "dev", "--release", "1.4.0", "--explain"]),
        farm.run(&["status", "--output", "json"]),
    ];
    let said: String = runs.iter().map(super::promote::show).collect();
    assert!(said.contains("check `smoke` failed"), "{said}");
    assert!(said.contains("(secret)"), "what the check printed is quoted: {said}");
    assert!(said.contains("GITLAB_TOKEN is a credential of Towline"), "{said}");
    let home = farm.world.home();
    let read = |name: &str| String::from_utf8_lossy(&fs::read(home.join(name)).unwrap()).into_owned();
    for name in ["summary.md", "output"] {
        assert_eq!(canaries(&read(name)), Vec::<&str>::new(), "{name}: {}", read(name));
    }
    assert!(read("summary.md").contains("smoke"));
    for (where_to, text) in [
        ("stdout and stderr", said),
        ("the repository", farm.repository()),
        ("the forge", farm.github.everything()),
        ("requests to the forge", farm.world.server.log().join("\n")),
    ] {
        assert_eq!(canaries(&text), Vec::<&str>::new(), "{where_to}: {text}");
    }
    // Children: what they need, and no more.
    let check = without_lines(&read("check.env"), &["HTTPS_PROXY=", "APP_PASSWORD="]);
    assert_eq!(canaries(&check), Vec::<&str>::new(), "{check}");
    assert!(check.contains("TOWLINE_ENVIRONMENT=dev"));
    let helper = without_lines(&read("helper.env"), &["HTTPS_PROXY=", "APP_PASSWORD="]);
    assert_eq!(canaries(&helper), Vec::<&str>::new(), "{helper}");
    let git = without_lines(&read("git.record"), &["HTTPS_PROXY=", "APP_PASSWORD=", "TOWLINE_GIT_PASSWORD="]);
    assert_eq!(canaries(&git), Vec::<&str>::new(), "{git}");
    assert!(read("git.record").contains("ls-remote"), "git was run");
    assert_eq!(canaries(&read("helm.record")), Vec::<&str>::new());
    // Files that stay.
    let cache = home.join(".cache");
    for (_, value) in CANARIES {
        assert_eq!(super::promote::with(value, &cache), Vec::<String>::new());
    }
}

#[test]
fn a_check_that_says_so_gets_the_tokens() {
    let farm = Farm::new();
    let pipeline = farm.world.pipeline().replace("{name: smoke,", "{name: smoke, passToken: true,");
    farm.world.write("towline.yaml", &pipeline);
    let run = farm.run(&["promote", "--release", "1.4.0"]);
    let said = super::promote::show(&run);
    assert_eq!(canaries(&said), Vec::<&str>::new(), "what it prints is hidden all the same: {said}");
    let check = fs::read_to_string(farm.world.home().join("check.env")).unwrap();
    assert!(check.contains("GITLAB_TOKEN=glpat-c4nary/one"), "{check}");
}
