//! `towline propose` against a GitOps repository and a forge over HTTP, beside the best script: a shallow,
//! blobless, sparse clone, copy, commit, push, and one request for the pull request. Both change the same
//! files. The way to the servers takes 0, 20, 50 or 100 ms there and back, and as long again to connect, as
//! TCP does. Sizes and latencies can be chosen: `cargo bench --bench remote -- 1000 0,50`.
//!
//! Rendering counts for Towline alone: the script copies files that are there already. The script is asked
//! for no password, which would cost it a third more requests.

#[expect(dead_code, unused_imports, reason = "the tests use more of the servers")]
#[path = "../tests/fakes/mod.rs"]
mod fakes;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use fakes::Server;
use fakes::git_http::GitHttp;
use fakes::github::{GitHub, TOKEN};
use towline::clock::SystemClock;

const ENVIRONMENTS: [&str; 4] = ["dev", "test", "staging", "prod"];
const MANIFESTS: usize = 25;
/// How many of its manifests a release changes.
const CHANGED: usize = 3;
const RUNS: usize = 5;

/// What one way of proposing took.
#[derive(Default)]
struct Cost {
    time: Duration,
    connections: usize,
    git: usize,
    api: usize,
    bytes: usize,
}

struct Bench {
    folder: tempfile::TempDir,
    git: GitHttp,
    /// Where the server of git is at the end of a line of this length.
    ways: BTreeMap<Duration, SocketAddr>,
    release: usize,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with("--")).collect();
    let numbers = |at: usize, usual: &[u64]| -> Vec<u64> {
        let given = arguments.get(at).map(|list| list.split(',').filter_map(|it| it.parse().ok()).collect());
        given.unwrap_or_else(|| usual.to_vec())
    };
    println!("| files | latency | cache | towline | script | ratio | requests to git + the API |");
    println!("|---|---|---|---|---|---|---|");
    for files in numbers(0, &[1_000, 100_000]) {
        let mut bench = Bench::new(usize::try_from(files).expect("a size"));
        for latency in numbers(1, &[0, 20, 50, 100]) {
            bench.compare(files, latency);
        }
    }
}

impl Bench {
    /// A repository of so many files, with a release of ours among them.
    fn new(files: usize) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let bare = folder.path().join("acme/gitops.git");
        make_repository(&bare, files / MANIFESTS / ENVIRONMENTS.len());
        let git = GitHttp::serve(folder.path());
        let app = folder.path().join("app");
        for index in 0..MANIFESTS {
            let version = if index < CHANGED { "{{ release.version }}" } else { "1.0.0" };
            write(&app.join(format!("deploy/part{index}.yaml")), &manifest("dev", 0, index, version));
        }
        let mut bench = Self { folder, git, ways: BTreeMap::new(), release: 0 };
        bench.towline(Duration::ZERO, "setup");
        bench.merge();
        bench
    }

    fn compare(&mut self, files: u64, latency: u64) {
        let (mut cold, mut warm) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
        let way = Duration::from_millis(latency);
        for run in 0..RUNS {
            let cache = format!("cache-{latency}-{run}");
            cold[0].push(self.towline(way, &cache));
            self.merge();
            self.others_commit();
            warm[0].push(self.towline(way, &cache));
            self.merge();
            cold[1].push(self.script(way, false));
            self.others_commit();
            warm[1].push(self.script(way, true));
        }
        for (kind, [ours, theirs]) in [("cold", cold), ("warm", warm)] {
            let (ours, theirs) = (median(ours), median(theirs));
            println!(
                "| {files} | {latency} ms | {kind} | {} ms, {} kB | {} ms, {} kB | {:.2} | {} + {} over {}; {} + {} over {} |",
                ours.time.as_millis(),
                ours.bytes / 1000,
                theirs.time.as_millis(),
                theirs.bytes / 1000,
                ours.time.as_secs_f64() / theirs.time.as_secs_f64(),
                ours.git,
                ours.api,
                ours.connections,
                theirs.git,
                theirs.api,
                theirs.connections,
            );
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn bare(&self) -> PathBuf {
        self.path("acme/gitops.git")
    }

    /// A forge without pull requests.
    fn forge(&self) -> Server {
        GitHub::start(self.bare(), Arc::new(SystemClock)).1
    }

    fn towline(&mut self, way: Duration, cache: &str) -> Cost {
        let forge = self.forge();
        self.release += 1;
        let version = format!("{}.0.0", self.release);
        self.measure(&forge, way, |bench, git, api| {
            let pipeline = format!(
                "version: 1\napplication: shop\ntemplates: [{{path: deploy}}]\n\
                 gitops: {{repository: \"http://{git}/acme/gitops.git\", forge: github}}\n\
                 environments: [{{name: dev, await: {{reporters: none}}}}]\n"
            );
            write(&bench.path("app/towline.yaml"), &pipeline);
            let start = Instant::now();
            let mut towline = command(env!("CARGO_BIN_EXE_towline"), &bench.path("app"));
            towline.args(["propose", "dev", "--release", &version]);
            towline
                .env("TOWLINE_CACHE", bench.path(cache))
                .env("GITHUB_SERVER_URL", format!("http://{git}"))
                .env("GITHUB_API_URL", format!("http://{api}"))
                .env("TOWLINE_TOKEN", TOKEN);
            run(towline);
            start.elapsed()
        })
    }

    /// With a clone that is kept, or without.
    fn script(&mut self, way: Duration, is_kept: bool) -> Cost {
        let forge = self.forge();
        self.release += 1;
        let version = format!("{}.0.0", self.release);
        let copy = self.path("copy");
        if !is_kept {
            fs::remove_dir_all(&copy).ok();
        }
        self.measure(&forge, way, |bench, git, api| {
            let url = format!("http://{git}/acme/gitops.git");
            let start = Instant::now();
            if is_kept {
                run_git(&copy, &["remote", "set-url", "origin", &url]);
                run_git(&copy, &["fetch", "-q", "--depth=1", "origin", "main"]);
                run_git(&copy, &["checkout", "-q", "-B", "work", "FETCH_HEAD"]);
            } else {
                let clone = ["clone", "-q", "--depth=1", "--filter=blob:none", "--sparse", &url, "copy"];
                run_git(bench.folder.path(), &clone);
                run_git(
                    &copy,
                    &["sparse-checkout", "set", "--no-cone", "/dev/shop", "/descriptors/dev/shop.yaml"],
                );
            }
            for index in 0..MANIFESTS {
                let version = if index < CHANGED { &version } else { "1.0.0" };
                write(&copy.join(format!("dev/shop/part{index}.yaml")), &manifest("dev", 0, index, version));
            }
            write(&copy.join("descriptors/dev/shop.yaml"), &version);
            run_git(&copy, &["add", "--sparse", "--all"]);
            run_git(&copy, &["commit", "-q", "-m", &format!("Deploy {version}")]);
            run_git(&copy, &["push", "-q", "origin", &format!("HEAD:refs/heads/script/{version}")]);
            let mut curl = command("curl", bench.folder.path());
            curl.args(["-fsS", "-o", "/dev/null", "-H", &format!("Authorization: Bearer {TOKEN}")]);
            curl.args([
                "-H",
                "Accept: application/vnd.github+json",
                "-H",
                "Content-Type: application/json",
                "-d",
            ]);
            curl.arg(format!("{{\"head\":\"script/{version}\",\"base\":\"main\",\"title\":\"Deploy\"}}"));
            curl.arg(format!("http://{api}/repos/acme/gitops/pulls"));
            run(curl);
            start.elapsed()
        })
    }

    fn measure(
        &mut self,
        forge: &Server,
        way: Duration,
        work: impl FnOnce(&Self, SocketAddr, SocketAddr) -> Duration,
    ) -> Cost {
        // A cache is of one URL.
        let git = self.git.address();
        let git = *self.ways.entry(way).or_insert_with(|| distant(git, way));
        let api = distant(forge.address(), way);
        self.git.requests();
        let time = work(self, git, api);
        let requests = self.git.requests();
        if std::env::var_os("TRACE").is_some() {
            for request in &requests {
                eprintln!("{} {} {} {}", request.method, request.path, request.received, request.sent);
            }
            forge.log().iter().for_each(|line| eprintln!("{line}"));
        }
        let mut connections: Vec<usize> = requests.iter().map(|request| request.connection).collect();
        connections.dedup();
        Cost {
            time,
            connections: connections.len() + 1,
            git: requests.len(),
            api: forge.log().len(),
            bytes: requests.iter().map(|request| request.sent + request.received).sum(),
        }
    }

    /// What was proposed becomes what the base branch has.
    fn merge(&self) {
        run_git(&self.bare(), &["update-ref", "refs/heads/main", "refs/heads/towline/dev/shop"]);
        run_git(&self.bare(), &["update-ref", "-d", "refs/heads/towline/dev/shop"]);
    }

    /// Another team releases.
    fn others_commit(&mut self) {
        self.release += 1;
        let version = format!("{}.0.0", self.release);
        import(&self.bare(), |script| {
            commit(script, 1_800_000_000, "from refs/heads/main^0\n");
            for index in 0..CHANGED {
                put(script, &path("dev", 1, index), &manifest("dev", 1, index, &version));
            }
        });
    }
}

fn median(mut costs: Vec<Cost>) -> Cost {
    costs.sort_by_key(|cost| cost.time);
    costs.swap_remove(costs.len() / 2)
}

/// A server at the end of a line that takes time, half of it each way.
fn distant(server: SocketAddr, way: Duration) -> SocketAddr {
    if way.is_zero() {
        return server;
    }
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            thread::spawn(move || {
                thread::sleep(way);
                let server = TcpStream::connect(server).expect("a server");
                server.set_nodelay(true).expect("a socket");
                client.set_nodelay(true).expect("a socket");
                let (there, back) =
                    (server.try_clone().expect("a socket"), client.try_clone().expect("a socket"));
                thread::spawn(move || pass(client, there, way / 2));
                pass(server, back, way / 2);
            });
        }
    });
    address
}

/// Passes on what comes, each part so much later.
fn pass(mut from: TcpStream, mut to: TcpStream, later: Duration) {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        for (due, part) in receiver {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&part).is_err() {
                return;
            }
        }
        to.shutdown(Shutdown::Write).ok();
    });
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if sender.send((Instant::now() + later, buffer[..length].to_vec())).is_err() {
            return;
        }
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

/// The first commit brings all files, the later ones release an application each.
fn make_repository(bare: &Path, applications: usize) {
    let parent = bare.parent().expect("a folder");
    fs::create_dir_all(parent).expect("a folder");
    run_git(parent, &["init", "--quiet", "--bare", "--initial-branch=main", "gitops.git"]);
    run_git(bare, &["config", "uploadpack.allowFilter", "true"]);
    import(bare, |script| {
        for number in 0..=applications * 5 {
            commit(script, 1_700_000_000 + number * 60, "");
            let version = format!("0.{number}.0");
            let changed =
                if number == 0 { 0..applications } else { number % applications..number % applications + 1 };
            for application in changed {
                let environments =
                    if number == 0 { &ENVIRONMENTS[..] } else { &ENVIRONMENTS[number % 4..][..1] };
                for environment in environments {
                    for index in 0..if number == 0 { MANIFESTS } else { CHANGED } {
                        let text = manifest(environment, application, index, &version);
                        put(script, &path(environment, application, index), &text);
                    }
                }
            }
        }
    });
    run_git(bare, &["repack", "-adq", "--write-bitmap-index"]);
}

fn import(bare: &Path, write: impl FnOnce(&mut dyn Write)) {
    let mut import = git(bare, &["fast-import", "--quiet"]).stdin(Stdio::piped()).spawn().expect("git");
    let mut script = std::io::BufWriter::new(import.stdin.take().expect("a pipe"));
    write(&mut script);
    drop(script);
    assert!(import.wait().expect("git ends").success());
}

fn commit(script: &mut dyn Write, time: usize, from: &str) {
    write!(
        script,
        "commit refs/heads/main\ncommitter Ann <ann@example.com> {time} +0000\ndata 8\nRelease\n{from}"
    )
    .expect("git reads");
}

fn put(script: &mut dyn Write, path: &str, text: &str) {
    write!(script, "M 100644 inline {path}\ndata {}\n{text}\n", text.len()).expect("git reads");
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("a file");
}

fn run_git(folder: &Path, arguments: &[&str]) {
    run(git(folder, arguments));
}

fn run(mut command: Command) {
    let output = command.output().expect("it is installed");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn git(folder: &Path, arguments: &[&str]) -> Command {
    let mut git = command("git", folder);
    git.args(arguments);
    git
}

fn command(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env_clear().envs([
        ("PATH", std::env::var("PATH").expect("a path").as_str()),
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
