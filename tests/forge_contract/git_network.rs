//! A remote GitOps repository: real git over smart HTTP, with a server that asks for a password,
//! lacks abilities, hangs up, and refuses. What holds however git is spoken is a contract, at the end of this
//! file; what only one way does is in [`super::git_in_process`] and [`super::git_command`].

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use git2::Oid;
use insta::assert_snapshot;
use towline::clock::Clock;
use towline::git::{Admission, Credential, Edits, Network, NewCommit, RemoteAccess, Repository, Update};

use crate::fakes::git_http::{Action, GitHttp};
use crate::given::{self, Gitops};

/// A GitOps repository behind a server, and a cache folder.
pub struct World {
    pub gitops: Gitops,
    pub server: GitHttp,
    pub cache: tempfile::TempDir,
    told: Arc<Mutex<Vec<String>>>,
    /// Whether the `git` command is to be used.
    by_command: bool,
}

impl World {
    pub fn new() -> Self {
        let gitops = Gitops::new();
        gitops.git(&["config", "uploadpack.allowFilter", "true"]);
        // Packs get a reverse index from every git, not only from those that write one unasked (2.41).
        gitops.git(&["config", "--file=../gitconfig", "pack.writeReverseIndex", "true"]);
        let server = GitHttp::serve(gitops.path().parent().unwrap());
        let cache = tempfile::tempdir().unwrap();
        Self { gitops, server, cache, told: Arc::default(), by_command: false }
    }

    /// The same, where `git` is to do all that is about the network.
    pub fn by_command() -> Self {
        Self { by_command: true, ..Self::new() }
    }

    /// Another run that finds this one's cache.
    pub fn again_by_command(self) -> Self {
        Self { by_command: true, ..self }
    }

    /// Another machine's view of the same repository: with an empty cache.
    pub fn elsewhere(&self) -> Self {
        let cache = tempfile::tempdir().unwrap();
        let (gitops, server) = (self.gitops.clone(), self.server.clone());
        Self { gitops, server, cache, told: Arc::default(), by_command: self.by_command }
    }

    pub fn network(&self) -> Network {
        let folder = self.cache.path().to_str().unwrap();
        let settings = self.gitops.path().with_file_name("gitconfig");
        let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let told = self.told.clone();
        Network {
            notify: Arc::new(move |line| told.lock().unwrap().push(line.to_owned())),
            variables: vec![
                variable("HOME", folder),
                variable("GIT_CONFIG_GLOBAL", settings.to_str().unwrap()),
                variable("GIT_CONFIG_NOSYSTEM", "1"),
            ],
            ..Network::from_variables(|name| match name {
                "TOWLINE_CACHE" => Some(folder),
                "TOWLINE_GIT" if self.by_command => Some("command"),
                _ => None,
            })
        }
    }

    pub fn connect_with(&self, user: &str, token: &str) -> Repository {
        let network = Network { credential: Some(Credential::new(user, token)), ..self.network() };
        Repository::connect(&self.server.url("gitops.git"), self.cache.path(), &network).unwrap()
    }

    pub fn connect(&self) -> Repository {
        Repository::connect(&self.server.url("gitops.git"), self.cache.path(), &self.network()).unwrap()
    }

    /// What people were told since the last call.
    pub fn told(&self) -> String {
        let told = std::mem::take(&mut *self.told.lock().unwrap());
        told.join("\n").replace(self.server.url("").trim_end_matches('/'), "http://host")
    }

    /// The error as a person sees it, with its hint.
    pub fn say(&self, error: &anyhow::Error) -> String {
        given::shown(error).replace(self.server.url("").trim_end_matches('/'), "http://host")
    }

    /// The folder of the one repository in the cache.
    pub fn cached(&self) -> PathBuf {
        let folders = fs::read_dir(self.cache.path()).unwrap().map(|entry| entry.unwrap().path());
        folders.filter(|path| path.is_dir()).find(|path| path.join("objects").is_dir()).unwrap()
    }

    /// The kinds of the objects in the cache, counted.
    pub fn objects(&self) -> String {
        let cached = self.cached();
        let git = ["--git-dir", cached.to_str().unwrap()];
        let all = self
            .gitops
            .git(&[&git[..], &["cat-file", "--batch-all-objects", "--batch-check=%(objecttype)"]].concat());
        let count = |kind| all.lines().filter(|line| *line == kind).count();
        format!("{} commits, {} trees, {} blobs", count("commit"), count("tree"), count("blob"))
    }
}

fn edits(list: &[(&str, &str)]) -> Edits {
    list.iter().map(|(path, text)| ((*path).to_owned(), Some(text.as_bytes().to_vec()))).collect()
}

/// A commit on top of `parent` with the files changed, on no branch yet.
pub fn commit(repository: &Repository, parent: Oid, files: &[(&str, &str)]) -> Oid {
    let tree = repository.edit_tree(Some(repository.tree_id(parent).unwrap()), &edits(files)).unwrap();
    let time = "2026-03-01T12:00:00Z".parse().unwrap();
    repository.commit(NewCommit { tree, parents: &[parent], message: "Change\n", time }).unwrap()
}

/// Reads, changes and pushes; what the branch then has.
pub fn change(world: &World, repository: &Repository) -> String {
    let tip = repository.branch_tip("main").unwrap();
    let new = commit(repository, tip, &[("dev/app1/a.yaml", "changed\n")]);
    assert_eq!(repository.update_branch("towline/dev/app1", new, None).unwrap(), Update::Done);
    world.gitops.git(&["show", "--format=%s", "--stat", "towline/dev/app1"])
}

pub fn many_files(world: &World) {
    for round in 0..40 {
        let names: Vec<String> = (0..50).map(|n| format!("dev/app{n}/a.yaml")).collect();
        let content = format!("round: {round}\n");
        let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), content.as_str())).collect();
        world.gitops.push("main", if round == 0 { &files } else { &files[..1] });
    }
    world.gitops.git(&["repack", "-adq"]);
}

fn a_branch_that_moved(world: &World) {
    let repository = world.connect();
    let first = repository.branch_tip("main").unwrap();
    let ours = commit(&repository, first, &[("ours", "ours")]);
    let theirs = world.gitops.push("main", &[("theirs", "theirs")]);
    let update = |branch, new, expected| repository.update_branch(branch, new, expected).unwrap();
    assert_eq!(update("main", ours, Some(first)), Update::Moved(Some(theirs)));
    assert_eq!(update("main", ours, None), Update::Moved(Some(theirs)));
    assert_eq!(update("new", ours, Some(first)), Update::Moved(None));
    let ours = commit(&repository, repository.branch_tip("main").unwrap(), &[("ours", "ours")]);
    assert_eq!(update("main", ours, Some(theirs)), Update::Done);
    assert_eq!(repository.branch_tip("main").unwrap(), ours);
    assert_eq!(repository.find_branch("new").unwrap(), None);
}

fn the_base_moves_between_fetch_and_push(world: &World) {
    many_files(world);
    let repository = world.connect();
    let base = repository.branch_tip("main").unwrap();
    let ours = commit(&repository, base, &[("dev/app1/a.yaml", "ours\n")]);
    world.gitops.push("main", &[("dev/app1/a.yaml", "theirs\n"), ("dev/app2/a.yaml", "theirs\n")]);
    world.server.requests();
    assert_eq!(repository.update_branch("towline/dev/app1", ours, None).unwrap(), Update::Done);
    let sent: usize = world.server.requests().iter().map(|request| request.received).sum();
    assert!(sent < 4000, "what the server has was sent: {sent} bytes");
    assert_eq!(world.gitops.git(&["rev-list", "--count", "main..towline/dev/app1"]), "1");
    assert_eq!(world.gitops.git(&["show", "towline/dev/app1:dev/app2/a.yaml"]), "round: 0");
}

fn pushes_at_the_same_time(world: &World) {
    let done = AtomicUsize::new(0);
    std::thread::scope(|threads| {
        for number in 0..4 {
            let (world, done) = (world, &done);
            threads.spawn(move || {
                let repository = world.connect();
                loop {
                    let tip = repository.branch_tip("main").unwrap();
                    let new = commit(&repository, tip, &[(&format!("file{number}"), "x")]);
                    if repository.update_branch("main", new, Some(tip)).unwrap() == Update::Done {
                        done.fetch_add(1, Ordering::SeqCst);
                        break;
                    }
                }
            });
        }
    });
    assert_eq!(done.load(Ordering::SeqCst), 4);
    assert_eq!(world.gitops.git(&["rev-list", "--count", "main"]), "5");
    assert_snapshot!(world.gitops.git(&["ls-tree", "--name-only", "main"]), @r#"
    README.md
    file0
    file1
    file2
    file3
    "#);
}

fn a_branch_that_is_not_there(world: &World) {
    assert_snapshot!(world.say(&world.connect().branch_tip("mian").unwrap_err()), @r#"
    the GitOps repository http://host/gitops.git has no branch mian
    hint: did you mean `main`?
    "#);
}

fn an_empty_repository(world: &World) {
    world.gitops.git(&["update-ref", "-d", "refs/heads/main"]);
    assert_snapshot!(world.say(&world.connect().branch_tip("main").unwrap_err()), @r#"
    the GitOps repository http://host/gitops.git is empty: it has no branch yet
    hint: start it with `git clone http://host/gitops.git gitops && cd gitops && git switch --create main && git commit --allow-empty --message Start && git push origin main`
    "#);
}

fn a_server_that_asks_for_a_password(world: &World) {
    world.server.require("x-access-token", "s3cret-t0ken");
    let repository = world.connect_with("x-access-token", "s3cret-t0ken");
    assert_snapshot!(change(world, &repository), @r#"
    Change

     dev/app1/a.yaml | 1 +
     1 file changed, 1 insertion(+)
    "#);
    for entry in walk(world.cache.path()) {
        let content = fs::read(&entry).unwrap();
        assert!(!content.windows(12).any(|bytes| bytes == b"s3cret-t0ken"), "{}", entry.display());
    }

    let wrong = world.connect_with("x-access-token", "wr0ng-t0ken");
    assert_snapshot!(world.say(&wrong.branch_tip("main").unwrap_err()), @r#"
    cannot read http://host/gitops.git: Authentication failed for 'http://host/gitops.git/'
    hint: set TOWLINE_TOKEN to a valid token, or set up git's credential helper or an SSH key
    "#);
    assert_snapshot!(world.say(&world.connect().branch_tip("main").unwrap_err()), @r#"
    cannot read http://host/gitops.git: could not read Username for 'http://host': terminal prompts disabled
    hint: set TOWLINE_TOKEN to a valid token, or set up git's credential helper or an SSH key
    "#);
}

pub fn walk(folder: &std::path::Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

fn a_token_goes_to_its_own_host_only(world: &World) {
    let other = GitHttp::serve(world.gitops.path().parent().unwrap());
    other.require("me", "t0ken-0f-me");
    let target = other.url("gitops.git/info/refs?service=git-upload-pack");
    world.server.rule(move |_| Action::Answer(302, target.clone()));
    assert!(world.connect_with("me", "t0ken-0f-me").branch_tip("main").is_err());
    assert!(other.requests().iter().all(|request| request.authorization.is_none()));
}

fn a_password_in_the_url_is_used_and_not_shown(world: &World) {
    world.server.require("me", "t0ken");
    let url = world.server.url("gitops.git").replace("http://", "http://me:t0ken@");
    let repository = Repository::connect(&url, world.cache.path(), &world.network()).unwrap();
    assert!(repository.branch_tip("main").is_ok());
    assert_eq!(repository.location(), world.server.url("gitops.git"));
    assert!(!fs::read_to_string(world.cached().join("config")).unwrap().contains("t0ken"));
}

fn a_repository_that_is_not_there(world: &World) {
    let url = world.server.url("other.git");
    let repository = Repository::connect(&url, world.cache.path(), &world.network()).unwrap();
    assert_snapshot!(world.say(&repository.branch_tip("main").unwrap_err()), @"
    cannot read http://host/other.git: repository 'http://host/other.git/' not found
    hint: correct `gitops.repository`, or use a token that may read it: servers hide private repositories from users without access
    ");
}

fn a_server_without_filters(world: &World) {
    many_files(world);
    world.gitops.git(&["config", "uploadpack.allowFilter", "false"]);
    assert_snapshot!(change(world, &world.connect()), @r#"
    Change

     dev/app1/a.yaml | 2 +-
     1 file changed, 1 insertion(+), 1 deletion(-)
    "#);
}

fn a_server_that_refuses_the_strongest_filter(world: &World) {
    many_files(world);
    world.gitops.git(&["config", "uploadpackFilter.tree.allow", "false"]);
    assert_snapshot!(change(world, &world.connect()), @r#"
    Change

     dev/app1/a.yaml | 2 +-
     1 file changed, 1 insertion(+), 1 deletion(-)
    "#);
    assert_snapshot!(world.objects(), @"2 commits, 7 trees, 1 blobs");
}

fn a_server_that_gives_out_no_single_objects(world: &World) {
    let first = world.gitops.repository().branch_tip("main").unwrap();
    many_files(world);
    world.server.speak_old_protocol();
    let repository = world.connect();
    let read = repository.branch_tip("main").and_then(|tip| repository.read_file(tip, "README.md"));
    if let Err(error) = read
        && world.say(&error).contains("hint: install git 2.36 or later")
    {
        eprintln!("skipped: {error:#}");
        return;
    }
    assert_snapshot!(change(world, &repository), @r#"
    Change

     dev/app1/a.yaml | 2 +-
     1 file changed, 1 insertion(+), 1 deletion(-)
    "#);
    let tip = repository.branch_tip("main").unwrap();
    assert!(repository.is_ancestor(first, tip).unwrap());
}

/// `HEAD` may name a branch that nobody has pushed yet.
fn a_head_without_a_branch_hides_no_other(world: &World) {
    world.gitops.git(&["symbolic-ref", "HEAD", "refs/heads/nowhere"]);
    let repository = world.connect();
    assert!(repository.branch_tip("main").is_ok());
    assert_eq!(repository.find_branch("towline/dev/app1").unwrap(), None);
}

fn a_server_that_hangs_up_once(world: &World) {
    let calls = AtomicUsize::new(0);
    world.server.rule(move |request| {
        match request.method == "POST" && calls.fetch_add(1, Ordering::SeqCst) % 3 == 1 {
            true => Action::HangUp(300),
            false => Action::Serve,
        }
    });
    assert_snapshot!(change(world, &world.connect()), @r#"
    Change

     dev/app1/a.yaml | 1 +
     1 file changed, 1 insertion(+)
    "#);
}

fn a_push_whose_answer_is_lost(world: &World) {
    let repository = world.connect();
    let tip = repository.branch_tip("main").unwrap();
    let new = commit(&repository, tip, &[("a", "a")]);
    let lost = AtomicUsize::new(0);
    world.server.rule(move |request| {
        let push = request.method == "POST" && request.path.ends_with("git-receive-pack");
        if push && lost.fetch_add(1, Ordering::SeqCst) == 0 { Action::HangUp(0) } else { Action::Serve }
    });
    assert_eq!(repository.update_branch("main", new, Some(tip)).unwrap(), Update::Done);
    assert_eq!(world.gitops.git(&["rev-parse", "main"]), new.to_string());
}

fn a_server_that_is_down(world: &World) {
    world.server.rule(|_| Action::Answer(502, "<html>Bad Gateway</html>".into()));
    assert_snapshot!(world.say(&world.connect().branch_tip("main").unwrap_err()), @r#"
    cannot read http://host/gitops.git: unable to access 'http://host/gitops.git/': The requested URL returned error: 502
    hint: the server cannot be reached or is down: retry later
    "#);
}

/// Away for a while, as behind a proxy.
fn a_server_that_has_answered_and_goes_away_is_outlasted(world: &World) {
    let clock = given::clock();
    let network = Network { clock: clock.clone(), ..world.network() };
    let repository =
        Repository::connect(&world.server.url("gitops.git"), world.cache.path(), &network).unwrap();
    repository.branch_tip("main").unwrap();
    let calls = AtomicUsize::new(0);
    world.server.rule(move |_| match calls.fetch_add(1, Ordering::SeqCst) {
        1..=9 => Action::Answer(503, "away".into()),
        _ => Action::Serve,
    });
    assert!(change(world, &repository).contains("1 file changed"));
    let told = world.told();
    let told: Vec<&str> = told.lines().map(|line| line.split(" after ").next().unwrap()).collect();
    assert_snapshot!(told.join("\n"), @r#"
    http://host/gitops.git does not answer (unable to access 'http://host/gitops.git/': The requested URL returned error: 503): trying again for up to 5 minutes
    http://host/gitops.git answers again
    "#);
    world.server.rule(|_| Action::Answer(503, "away".into()));
    let before = clock.now();
    repository.branch_tip("main").unwrap_err();
    assert!(clock.now().duration_since(before).as_secs() <= 300);
}

/// What git may do, as `towline status --check-access` shows it.
fn access(world: &World, repository: &Repository) -> String {
    let RemoteAccess { read, push } = repository.remote_access("main").unwrap().unwrap();
    let line = |what: &str, said: Admission| format!("{what} {:?} {}", said.granted, said.detail);
    let text = format!("{}\n{}", line("read", read), line("push", push));
    let tip = world.gitops.git(&["rev-parse", "main"]);
    text.replace(world.server.url("").trim_end_matches('/'), "http://host").replace(&tip[..10], "[ID]")
}

fn what_git_may_do_is_found_out_without_changing_anything(world: &World) {
    let refs = world.gitops.git(&["for-each-ref"]);
    assert_snapshot!(access(world, &world.connect()), @"
    read Some(true) main is at [ID]
    push Some(true) the server would accept a push
    ");
    world.gitops.git(&["config", "http.receivepack", "false"]);
    assert_snapshot!(access(world, &world.connect()), @"
    read Some(true) main is at [ID]
    push Some(false) cannot push to http://host/gitops.git: unable to access 'http://host/gitops.git/': The requested URL returned error: 403: the token or key works, but may not do this: give it write access to the repository
    ");
    world.server.require("me", "t0ken-0f-me");
    assert_snapshot!(access(world, &world.connect_with("me", "0ther-t0ken")), @"
    read Some(false) cannot read http://host/gitops.git: Authentication failed for 'http://host/gitops.git/': set TOWLINE_TOKEN to a valid token, or set up git's credential helper or an SSH key
    push None not checked, because git may not read
    ");
    assert!(world.server.requests().iter().all(|request| !request.path.ends_with("/git-receive-pack")));
    assert_eq!(world.gitops.git(&["for-each-ref"]), refs);

    world.server.rule(|_| Action::Answer(503, "down".into()));
    assert_snapshot!(world.say(&world.connect_with("me", "t0ken-0f-me").remote_access("main").unwrap_err()), @"
    cannot read http://host/gitops.git: unable to access 'http://host/gitops.git/': The requested URL returned error: 503
    hint: the server cannot be reached or is down: retry later
    ");
}

fn local_repositories_stay_as_they_are(world: &World) {
    let path = world.gitops.path();
    let tip = world.gitops.repository().branch_tip("main").unwrap();
    for location in [path.to_str().unwrap().to_owned(), format!("file://{}", path.display())] {
        let repository = Repository::connect(&location, world.cache.path(), &world.network()).unwrap();
        assert_eq!(repository.branch_tip("main").unwrap(), tip);
    }
    assert_eq!(fs::read_dir(world.cache.path()).unwrap().count(), 0);
}

/// The contract, for each way to speak git.
macro_rules! over_each {
    ($($promise:ident)*) => {
        mod in_process {
            $(#[test] fn $promise() { insta::allow_duplicates! { super::$promise(&super::World::new()) } })*
        }

        mod by_command {
            $(#[test] fn $promise() { insta::allow_duplicates! { super::$promise(&super::World::by_command()) } })*
        }
    };
}

over_each! {
    a_branch_that_moved
    the_base_moves_between_fetch_and_push
    pushes_at_the_same_time
    a_branch_that_is_not_there
    an_empty_repository
    a_server_that_asks_for_a_password
    a_token_goes_to_its_own_host_only
    a_password_in_the_url_is_used_and_not_shown
    a_repository_that_is_not_there
    a_server_without_filters
    a_server_that_refuses_the_strongest_filter
    a_server_that_gives_out_no_single_objects
    a_head_without_a_branch_hides_no_other
    a_server_that_hangs_up_once
    a_push_whose_answer_is_lost
    a_server_that_is_down
    a_server_that_has_answered_and_goes_away_is_outlasted
    what_git_may_do_is_found_out_without_changing_anything
    local_repositories_stay_as_they_are
}
