//! A proposal to a GitOps repository of 100,000 files and a long history over smart HTTP, beside
//! what scripts do: `git clone --depth 1`, copy, commit, push. Both change the same files.

#[expect(dead_code, reason = "only tests make the server misbehave")]
#[path = "../tests/fakes/git_http.rs"]
mod git_http;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use git_http::GitHttp;
use towline::clock::{Clock, ManualClock};
use towline::config;
use towline::forge::{self, Access};
use towline::git::{Network, Repository};
use towline::gitops::{Account, Destination};
use towline::http::Tally;
use towline::propose::{self, ProposeOptions};
use towline::release::Release;
use towline::render::{File, Rendering};

const ENVIRONMENTS: [&str; 4] = ["dev", "test", "staging", "prod"];
const APPLICATIONS: usize = 1000;
const MANIFESTS: usize = 25;
const COMMITS: usize = 5000;
/// How many of its manifests a release changes.
const CHANGED: usize = 3;

/// What one way of proposing took.
struct Cost {
    time: Duration,
    received: usize,
    sent: usize,
    requests: usize,
    objects: String,
}

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bare = folder.path().join("gitops.git");
    make_repository(&bare);
    let server = GitHttp::serve(folder.path());
    let script = measure(&server, || clone_and_push(folder.path(), &server));
    report("clone --depth 1 and push", &script, &script);
    let blobless = measure(&server, || blobless(folder.path(), &server));
    report("all folders, no files", &blobless, &script);
    let cold = measure(&server, || propose(folder.path(), &server, "2.0.0"));
    report("towline, empty cache", &cold, &script);
    let warm = measure(&server, || propose(folder.path(), &server, "3.0.0"));
    report("towline, again", &warm, &script);
}

fn report(name: &str, cost: &Cost, script: &Cost) {
    let bytes = |cost: &Cost| (cost.received + cost.sent) as f64;
    println!(
        "{name:<25} {:>7.2} s ({:>5.1}×)  {:>11} bytes down, {:>6} up ({:>7.1}×)  {:>3} requests  {}",
        cost.time.as_secs_f64(),
        script.time.as_secs_f64() / cost.time.as_secs_f64(),
        cost.received,
        cost.sent,
        bytes(script) / bytes(cost),
        cost.requests,
        cost.objects,
    );
}

fn measure(server: &GitHttp, work: impl FnOnce() -> PathBuf) -> Cost {
    server.requests();
    let start = Instant::now();
    let copy = work();
    let time = start.elapsed();
    let requests = server.requests();
    let objects =
        git(&copy, &["cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objecttype)"]);
    Cost {
        time,
        // The server sends what we receive.
        received: requests.iter().map(|request| request.sent).sum(),
        sent: requests.iter().map(|request| request.received).sum(),
        requests: requests.len(),
        objects: format!("{} objects in the copy", objects.lines().count()),
    }
}

/// What `towline propose` does once it has rendered.
fn propose(folder: &Path, server: &GitHttp, version: &str) -> PathBuf {
    let file = folder.join("towline.yaml");
    let text = "version: 1\napplication: app500\ntemplates: [{path: .}]\n\
                gitops: {repository: gitops.git}\nenvironments: [{name: dev}]\n";
    fs::write(&file, text).expect("a pipeline file");
    let pipeline = config::load(&file).expect("a pipeline");
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new("2026-03-01T12:00:00Z".parse().expect("a time")));
    let cache = folder.join("cache");
    let network = Network { cache: Some(cache.clone()), ..Network::default() };
    let repository = Repository::connect(&server.url("gitops.git"), folder, &network).expect("a repository");
    let bare = Repository::open("gitops.git", folder).expect("the bare repository");
    // Any forge will do, as long as it does not count.
    let forge = forge::local(&bare, clock.clone()).into();
    let environment = &pipeline.environments[0];
    let repository = Rc::new(repository);
    let access = Access {
        variables: Vec::new(),
        clock: clock.clone(),
        notify: Arc::new(|_| ()),
        tally: Tally::default(),
    };
    let destination = Destination {
        application: "app500",
        environment,
        repository,
        forge,
        clock,
        account: Account::default(),
        access,
    };
    propose::propose(&destination, &rendering(version), &ProposeOptions::default()).expect("a proposal");
    let mut cached = fs::read_dir(cache).expect("a cache").map(|entry| entry.expect("an entry").path());
    cached.find(|path| path.is_dir()).expect("a cached repository")
}

fn clone_and_push(folder: &Path, server: &GitHttp) -> PathBuf {
    let copy = folder.join("copy");
    git(folder, &["clone", "--quiet", "--depth=1", &server.url("gitops.git"), "copy"]);
    for file in rendering("1.1.0").files {
        fs::write(copy.join(file.path), file.content).expect("a file");
    }
    git(&copy, &["add", "--all"]);
    git(&copy, &["commit", "--quiet", "--message=Release"]);
    git(&copy, &["push", "--quiet", "origin", "HEAD:refs/heads/by-script"]);
    copy
}

/// What a cache that has all folders would begin with.
fn blobless(folder: &Path, server: &GitHttp) -> PathBuf {
    let filter = ["--filter=blob:none", "--depth=1"];
    git(folder, &["clone", "--quiet", "--bare", filter[0], filter[1], &server.url("gitops.git"), "blobless"]);
    folder.join("blobless")
}

fn rendering(version: &str) -> Rendering {
    let descriptor = "descriptors/dev/app500.yaml".to_owned();
    let manifests = (0..MANIFESTS).map(|index| {
        let version = if index < CHANGED { version } else { "1.0.0" };
        File { path: path("dev", 500, index), content: manifest("dev", 500, index, version).into() }
    });
    let own = File { path: descriptor.clone(), content: descriptor_of("dev", 500, version).into() };
    Rendering {
        application: "app500".into(),
        environment: "dev".into(),
        release: Release { version: version.into(), ..release() },
        targets: Vec::new(),
        folders: vec!["dev/app500".into()],
        edits: Vec::new(),
        earlier_packages: Vec::new(),
        high_level: std::collections::BTreeSet::new(),
        files: manifests.chain([own]).collect(),
        descriptor,
        inputs: Default::default(),
        warnings: Vec::new(),
    }
}

fn release() -> Release {
    Release {
        version: String::new(),
        build: None,
        commit: None,
        repository: None,
        branch: None,
        images: Vec::new(),
    }
}

fn path(environment: &str, application: usize, index: usize) -> String {
    format!("{environment}/app{application}/deployment-part{index}_app{application}.yaml")
}

fn manifest(environment: &str, application: usize, index: usize, version: &str) -> String {
    let seed = application * 7919 + index * 104_729;
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: part{index}\n  namespace: app{application}\n  \
         labels:\n    environment: \"{environment}\"\n    team: \"team-{}\"\nspec:\n  replicas: {}\n  selector:\n    \
         matchLabels:\n      app: part{index}\n  template:\n    metadata:\n      labels:\n        app: part{index}\n    \
         spec:\n      containers:\n        - name: main\n          image: \"ghcr.io/acme/app{application}:{version}\"\n          \
         resources:\n            requests:\n              cpu: \"{}m\"\n              memory: \"{}Mi\"\n          \
         env:\n            - name: KEY\n              value: \"{:016x}{:016x}\"\n",
        seed % 37,
        seed % 5 + 1,
        seed % 900 + 10,
        seed % 4000 + 16,
        (seed as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15),
        (seed as u64 + environment.len() as u64).wrapping_mul(0xbf58_476d_1ce4_e5b9),
    )
}

fn descriptor_of(environment: &str, application: usize, version: &str) -> String {
    let mut text = format!(
        "apiVersion: towline.dev/v1\nkind: DeploymentDescriptor\napplication:\n  name: app{application}\n\
         environment: {environment}\nrelease:\n  version: \"{version}\"\ntargets:\n  - name: {environment}\n    \
         path: {environment}/app{application}\n    files:\n"
    );
    for index in 0..MANIFESTS {
        writeln!(text, "      - deployment-part{index}_app{application}.yaml").expect("text grows");
    }
    text +=
        "    digest: sha256:0\ninputs:\n  templates: sha256:0\n  variables: sha256:0\ntool: towline 0.1.0\n";
    text
}

/// The first commit brings all files, the later ones release an application each.
fn make_repository(bare: &Path) {
    let parent = bare.parent().expect("a folder");
    git(parent, &["init", "--quiet", "--bare", "--initial-branch=main", "gitops.git"]);
    git(bare, &["config", "uploadpack.allowFilter", "true"]);
    let mut import = command(bare, &["fast-import", "--quiet"]).stdin(Stdio::piped()).spawn().expect("git");
    let mut script = std::io::BufWriter::new(import.stdin.take().expect("a pipe"));
    for commit in 0..COMMITS {
        write!(
            script,
            "commit refs/heads/main\ncommitter Ann <ann@example.com> {} +0000\ndata 8\nRelease\n",
            1_700_000_000 + commit * 60
        )
        .expect("git reads");
        let version = format!("0.{commit}.0");
        let applications =
            if commit == 0 { 0..APPLICATIONS } else { commit % APPLICATIONS..commit % APPLICATIONS + 1 };
        for application in applications {
            let environments = if commit == 0 { &ENVIRONMENTS[..] } else { &ENVIRONMENTS[commit % 4..][..1] };
            for environment in environments {
                let version = if application == 500 { "1.0.0" } else { &version };
                for index in 0..if commit == 0 { MANIFESTS } else { CHANGED } {
                    let text = manifest(environment, application, index, version);
                    put(&mut script, &path(environment, application, index), &text);
                }
                let text = descriptor_of(environment, application, version);
                put(&mut script, &format!("descriptors/{environment}/app{application}.yaml"), &text);
            }
        }
    }
    drop(script);
    assert!(import.wait().expect("git ends").success());
    git(bare, &["repack", "-adq", "--write-bitmap-index"]);
    println!(
        "{} files, {} commits",
        git(bare, &["ls-tree", "-r", "--name-only", "main"]).lines().count(),
        git(bare, &["rev-list", "--count", "main"])
    );
}

fn put(script: &mut impl std::io::Write, path: &str, text: &str) {
    write!(script, "M 100644 inline {path}\ndata {}\n{text}\n", text.len()).expect("git reads");
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = command(folder, arguments).stderr(Stdio::inherit()).output().expect("git");
    assert!(output.status.success(), "git {}", arguments.join(" "));
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(folder).envs([
        ("HOME", "/nonexistent"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_AUTHOR_NAME", "Bench"),
        ("GIT_AUTHOR_EMAIL", "bench@example.com"),
        ("GIT_COMMITTER_NAME", "Bench"),
        ("GIT_COMMITTER_EMAIL", "bench@example.com"),
    ]);
    command
}
