//! A remote GitOps repository: real git over smart HTTP, with a server that asks for a password,
//! lacks abilities, hangs up, and refuses.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use git2::Oid;
use insta::assert_snapshot;
use towline::clock::Clock;
use towline::git::{Admission, Credential, Edits, Network, NewCommit, RemoteAccess, Repository, Update};
use towline::vocabulary::Diagnostic;

use crate::fakes::git_http::{Action, GitHttp};
use crate::given::{self, Gitops};

/// A GitOps repository behind a server, and a cache folder.
pub struct World {
    pub gitops: Gitops,
    pub server: GitHttp,
    pub cache: tempfile::TempDir,
    told: Arc<Mutex<Vec<String>>>,
}

impl World {
    pub fn new() -> Self {
        let gitops = Gitops::new();
        gitops.git(&["config", "uploadpack.allowFilter", "true"]);
        // Packs get a reverse index from every git, not only from those that write one unasked (2.41).
        gitops.git(&["config", "--file=../gitconfig", "pack.writeReverseIndex", "true"]);
        let server = GitHttp::serve(gitops.path().parent().unwrap());
        Self { gitops, server, cache: tempfile::tempdir().unwrap(), told: Arc::default() }
    }

    /// Another machine's view of the same repository: with an empty cache.
    pub fn elsewhere(&self) -> Self {
        let cache = tempfile::tempdir().unwrap();
        Self { gitops: self.gitops.clone(), server: self.server.clone(), cache, told: Arc::default() }
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
            ..Network::from_variables(|name| (name == "TOWLINE_CACHE").then_some(folder))
        }
    }

    fn connect_with(&self, user: &str, token: &str) -> Repository {
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
    fn objects(&self) -> String {
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

fn many_files(world: &World) {
    for round in 0..40 {
        let names: Vec<String> = (0..50).map(|n| format!("dev/app{n}/a.yaml")).collect();
        let content = format!("round: {round}\n");
        let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), content.as_str())).collect();
        world.gitops.push("main", if round == 0 { &files } else { &files[..1] });
    }
    world.gitops.git(&["repack", "-adq"]);
}

#[test]
fn reading_and_pushing_takes_what_the_change_needs() {
    let world = World::new();
    many_files(&world);
    let repository = world.connect();
    let tip = repository.branch_tip("main").unwrap();
    assert_snapshot!(world.objects(), @"1 commits, 0 trees, 0 blobs");
    assert_eq!(repository.read_file(tip, "dev/app1/a.yaml").unwrap().unwrap(), b"round: 0\n");
    assert_snapshot!(world.objects(), @"1 commits, 3 trees, 1 blobs");
    assert_snapshot!(change(&world, &repository), @r#"
    Change

     dev/app1/a.yaml | 2 +-
     1 file changed, 1 insertion(+), 1 deletion(-)
    "#);
    // The changed file and the three folders above it.
    assert_snapshot!(world.objects(), @"2 commits, 6 trees, 2 blobs");
}

#[test]
fn files_that_are_needed_together_come_together() {
    let world = World::new();
    many_files(&world);
    let repository = world.connect();
    let tip = repository.branch_tip("main").unwrap();
    world.server.requests();
    let paths = ["dev/app1/a.yaml", "dev/app2/a.yaml", "dev/app3/a.yaml", "README.md", "not/there"];
    repository.prefetch(tip, paths).unwrap();
    let requests = world.server.requests();
    assert_eq!(requests.iter().filter(|request| request.method == "POST").count(), 4);
    assert!(repository.read_file(tip, "dev/app2/a.yaml").unwrap().is_some());
    assert_eq!(repository.entry_id(tip, "not/there").unwrap(), None);
    assert_eq!(world.server.requests().len(), 0);
}

#[test]
fn history_comes_in_growing_steps() {
    let world = World::new();
    let first = world.gitops.repository().branch_tip("main").unwrap();
    many_files(&world);
    let repository = world.connect();
    let tip = repository.branch_tip("main").unwrap();
    assert!(repository.is_ancestor(first, tip).unwrap());
    assert_eq!(repository.first_parent_descendants(first, tip).unwrap().len(), 40);
    assert_eq!(repository.commits_since(first, tip).unwrap().len(), 40);
    let side = world.gitops.push("side", &[("side", "side")]);
    let tip = world.gitops.push("main", &[("b", "b")]);
    assert!(!repository.is_ancestor(side, tip).unwrap());
    assert_eq!(repository.commits_since(tip, side).unwrap(), [side]);
    assert_snapshot!(world.objects(), @"43 commits, 0 trees, 0 blobs");
}

#[test]
fn a_branch_that_moved() {
    let world = World::new();
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

#[test]
fn the_base_moves_between_fetch_and_push() {
    let world = World::new();
    many_files(&world);
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

#[test]
fn the_base_moves_on_a_server_that_does_not_tell_what_it_has() {
    let world = World::new();
    many_files(&world);
    let repository = world.connect();
    let base = repository.branch_tip("main").unwrap();
    let ours = commit(&repository, base, &[("dev/app1/a.yaml", "ours\n")]);
    world.gitops.push("main", &[("dev/app2/a.yaml", "theirs\n")]);
    world.server.rule(|request| match request.path.ends_with("/git-upload-pack") {
        true => Action::Answer(501, "not here".into()),
        false => Action::Serve,
    });
    assert_eq!(repository.update_branch("towline/dev/app1", ours, None).unwrap(), Update::Outdated);
    assert_eq!(world.gitops.git(&["branch", "--list", "towline/*"]), "");
    world.server.rule(|_| Action::Serve);
    let base = repository.branch_tip("main").unwrap();
    let ours = commit(&repository, base, &[("dev/app1/a.yaml", "ours\n")]);
    assert_eq!(repository.update_branch("towline/dev/app1", ours, None).unwrap(), Update::Done);
}

#[test]
fn pushes_at_the_same_time() {
    let world = World::new();
    let done = AtomicUsize::new(0);
    std::thread::scope(|threads| {
        for number in 0..4 {
            let (world, done) = (&world, &done);
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

#[test]
fn a_branch_that_is_not_there() {
    let world = World::new();
    assert_snapshot!(world.say(&world.connect().branch_tip("mian").unwrap_err()), @r#"
    the GitOps repository http://host/gitops.git has no branch mian
    hint: did you mean `main`?
    "#);
}

#[test]
fn an_empty_repository() {
    let world = World::new();
    world.gitops.git(&["update-ref", "-d", "refs/heads/main"]);
    assert_snapshot!(world.say(&world.connect().branch_tip("main").unwrap_err()), @r#"
    the GitOps repository http://host/gitops.git is empty: it has no branch yet
    hint: start it with `git clone http://host/gitops.git gitops && cd gitops && git switch --create main && git commit --allow-empty --message Start && git push origin main`
    "#);
}

#[test]
fn a_server_that_asks_for_a_password() {
    let world = World::new();
    world.server.require("x-access-token", "s3cret-t0ken");
    let repository = world.connect_with("x-access-token", "s3cret-t0ken");
    assert_snapshot!(change(&world, &repository), @r#"
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

#[test]
fn a_token_goes_to_its_own_host_only() {
    let world = World::new();
    let other = GitHttp::serve(world.gitops.path().parent().unwrap());
    other.require("me", "token");
    let target = other.url("gitops.git/info/refs?service=git-upload-pack");
    world.server.rule(move |_| Action::Answer(302, target.clone()));
    assert!(world.connect_with("me", "token").branch_tip("main").is_err());
    assert!(other.requests().iter().all(|request| request.authorization.is_none()));
}

#[test]
fn a_password_in_the_url_is_used_and_not_shown() {
    let world = World::new();
    world.server.require("me", "t0ken");
    let url = world.server.url("gitops.git").replace("http://", "http://me:t0ken@");
    let repository = Repository::connect(&url, world.cache.path(), &world.network()).unwrap();
    assert!(repository.branch_tip("main").is_ok());
    assert_eq!(repository.location(), world.server.url("gitops.git"));
    assert!(!fs::read_to_string(world.cached().join("config")).unwrap().contains("t0ken"));
}

#[test]
fn a_repository_that_is_not_there() {
    let world = World::new();
    let url = world.server.url("other.git");
    let repository = Repository::connect(&url, world.cache.path(), &world.network()).unwrap();
    assert_snapshot!(world.say(&repository.branch_tip("main").unwrap_err()), @"
    cannot read http://host/other.git: repository 'http://host/other.git/' not found
    hint: correct `gitops.repository`, or use a token that may read it: servers hide private repositories from users without access
    ");
}

#[test]
fn a_server_without_filters() {
    let world = World::new();
    many_files(&world);
    world.gitops.git(&["config", "uploadpack.allowFilter", "false"]);
    assert_snapshot!(change(&world, &world.connect()), @r#"
    Change

     dev/app1/a.yaml | 2 +-
     1 file changed, 1 insertion(+), 1 deletion(-)
    "#);
}

#[test]
fn a_server_that_refuses_the_strongest_filter() {
    let world = World::new();
    many_files(&world);
    world.gitops.git(&["config", "uploadpackFilter.tree.allow", "false"]);
    assert_snapshot!(change(&world, &world.connect()), @r#"
    Change

     dev/app1/a.yaml | 2 +-
     1 file changed, 1 insertion(+), 1 deletion(-)
    "#);
    assert_snapshot!(world.objects(), @"2 commits, 7 trees, 1 blobs");
}

#[test]
fn a_server_that_gives_out_no_single_objects() {
    let world = World::new();
    let first = world.gitops.repository().branch_tip("main").unwrap();
    many_files(&world);
    world.server.speak_old_protocol();
    let repository = world.connect();
    let read = repository.branch_tip("main").and_then(|tip| repository.read_file(tip, "README.md"));
    if let Err(error) = read
        && world.say(&error).contains("hint: install git 2.36 or later")
    {
        eprintln!("skipped: {error:#}");
        return;
    }
    assert_snapshot!(change(&world, &repository), @r#"
    Change

     dev/app1/a.yaml | 2 +-
     1 file changed, 1 insertion(+), 1 deletion(-)
    "#);
    let tip = repository.branch_tip("main").unwrap();
    assert!(repository.is_ancestor(first, tip).unwrap());
}

/// To git, a page in place of an answer is a repository without branches.
#[test]
fn a_page_of_a_proxy_is_no_empty_repository() {
    let world = World::new();
    let repository = world.connect();
    let tip = repository.branch_tip("main").unwrap();
    world.server.rule(|_| Action::Answer(200, "<html>Maintenance</html>".into()));
    let error = repository.branch_tip("main").unwrap_err();
    assert!(Diagnostic::passes(&error), "{error:#}");
    let said = format!("{error:#}").replace(&world.server.url("gitops.git"), "URL");
    assert_snapshot!(said, @"cannot read URL: the server shows no branches, and did before");
    world.server.rule(|_| Action::Serve);
    assert_eq!(repository.branch_tip("main").unwrap(), tip);
}

/// `HEAD` may name a branch that nobody has pushed yet.
#[test]
fn a_head_without_a_branch_hides_no_other() {
    let world = World::new();
    world.gitops.git(&["symbolic-ref", "HEAD", "refs/heads/nowhere"]);
    let repository = world.connect();
    assert!(repository.branch_tip("main").is_ok());
    assert_eq!(repository.find_branch("towline/dev/app1").unwrap(), None);
}

#[test]
fn a_server_that_hangs_up_once() {
    let world = World::new();
    let calls = AtomicUsize::new(0);
    world.server.rule(move |request| {
        match request.method == "POST" && calls.fetch_add(1, Ordering::SeqCst) % 3 == 1 {
            true => Action::HangUp(300),
            false => Action::Serve,
        }
    });
    assert_snapshot!(change(&world, &world.connect()), @r#"
    Change

     dev/app1/a.yaml | 1 +
     1 file changed, 1 insertion(+)
    "#);
}

#[test]
fn a_push_whose_answer_is_lost() {
    let world = World::new();
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

#[test]
fn a_server_that_is_down() {
    let world = World::new();
    world.server.rule(|_| Action::Answer(502, "<html>Bad Gateway</html>".into()));
    assert_snapshot!(world.say(&world.connect().branch_tip("main").unwrap_err()), @r#"
    cannot read http://host/gitops.git: unable to access 'http://host/gitops.git/': The requested URL returned error: 502
    hint: the server cannot be reached or is down: retry later
    "#);
}

/// Away for a while, as behind a proxy.
#[test]
fn a_server_that_has_answered_and_goes_away_is_outlasted() {
    let world = World::new();
    let clock = given::clock();
    let network = Network { clock: clock.clone(), ..world.network() };
    let repository =
        Repository::connect(&world.server.url("gitops.git"), world.cache.path(), &network).unwrap();
    repository.branch_tip("main").unwrap();
    let calls = AtomicUsize::new(0);
    world.server.rule(move |_| match calls.fetch_add(1, Ordering::SeqCst) {
        4..=12 => Action::Answer(503, "away".into()),
        _ => Action::Serve,
    });
    assert!(change(&world, &repository).contains("1 file changed"));
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

/// It accepts the connection, and says nothing.
#[test]
fn a_server_that_says_nothing_is_left_after_a_while() {
    let world = World::new();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/gitops.git", silent.local_addr().unwrap());
    let network = Network { stall: Duration::from_millis(300), ..world.network() };
    let repository = Repository::connect(&url, world.cache.path(), &network).unwrap();
    let error = given::shown(&repository.branch_tip("main").unwrap_err()).replace(&url, "URL");
    assert_snapshot!(error, @"
    cannot read URL: git made no progress for 300ms
    hint: the server or the way to it is stuck: retry later
    ");
}

/// What git may do, as `towline status --check-access` shows it.
fn access(world: &World, repository: &Repository) -> String {
    let RemoteAccess { read, push } = repository.remote_access("main").unwrap().unwrap();
    let line = |what: &str, said: Admission| format!("{what} {:?} {}", said.granted, said.detail);
    let text = format!("{}\n{}", line("read", read), line("push", push));
    let tip = world.gitops.git(&["rev-parse", "main"]);
    text.replace(world.server.url("").trim_end_matches('/'), "http://host").replace(&tip[..10], "[ID]")
}

#[test]
fn what_git_may_do_is_found_out_without_changing_anything() {
    let world = World::new();
    let refs = world.gitops.git(&["for-each-ref"]);
    assert_snapshot!(access(&world, &world.connect()), @"
    read Some(true) main is at [ID]
    push Some(true) the server would accept a push
    ");
    world.gitops.git(&["config", "http.receivepack", "false"]);
    assert_snapshot!(access(&world, &world.connect()), @"
    read Some(true) main is at [ID]
    push Some(false) cannot push to http://host/gitops.git: unable to access 'http://host/gitops.git/': The requested URL returned error: 403: the token or key works, but may not do this: give it write access to the repository
    ");
    world.server.require("me", "token");
    assert_snapshot!(access(&world, &world.connect_with("me", "other")), @"
    read Some(false) cannot read http://host/gitops.git: Authentication failed for 'http://host/gitops.git/': set TOWLINE_TOKEN to a valid token, or set up git's credential helper or an SSH key
    push None not checked, because git may not read
    ");
    assert!(world.server.requests().iter().all(|request| !request.path.ends_with("/git-receive-pack")));
    assert_eq!(world.gitops.git(&["for-each-ref"]), refs);

    world.server.rule(|_| Action::Answer(503, "down".into()));
    assert_snapshot!(world.say(&world.connect_with("me", "token").remote_access("main").unwrap_err()), @"
    cannot read http://host/gitops.git: unable to access 'http://host/gitops.git/': The requested URL returned error: 503
    hint: the server cannot be reached or is down: retry later
    ");
}

#[test]
fn local_repositories_stay_as_they_are() {
    let world = World::new();
    let path = world.gitops.path();
    let tip = world.gitops.repository().branch_tip("main").unwrap();
    for location in [path.to_str().unwrap().to_owned(), format!("file://{}", path.display())] {
        let repository = Repository::connect(&location, world.cache.path(), &world.network()).unwrap();
        assert_eq!(repository.branch_tip("main").unwrap(), tip);
    }
    assert_eq!(fs::read_dir(world.cache.path()).unwrap().count(), 0);
}
