//! git over HTTP without `git`: how few requests it takes, and every bad answer that a server, or what stands
//! before it, may give.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use insta::assert_snapshot;
use towline::git::{Choice, Network, Repository, Update};
use towline::vocabulary::Diagnostic;

use super::git_network::{World, change, commit, many_files};
use crate::fakes::git_http::{Action, GitHttp, Request};
use crate::given;

/// The requests since the last time, as `method what`, and how many connections they took.
fn asked(world: &World) -> String {
    let requests = world.server.requests();
    let mut connections: Vec<usize> = requests.iter().map(|request| request.connection).collect();
    connections.sort_unstable();
    connections.dedup();
    let lines = requests.iter().map(|it| format!("{} {}\n", it.method, it.path.replace("/gitops.git/", "")));
    format!("{}over {}", lines.collect::<String>(), connections.len())
}

fn asks_by_git(world: &World) -> bool {
    world.server.requests().iter().any(|request| request.path.contains("info/refs"))
}

/// Lets the server do this to every `git-upload-pack` request after the first so many.
fn spoil(world: &World, after: usize, times: usize, action: Action) {
    let calls = AtomicUsize::new(0);
    world.server.rule(move |request: &Request| {
        let is_next = request.path.ends_with("/git-upload-pack");
        let call = if is_next { calls.fetch_add(1, Ordering::SeqCst) } else { 0 };
        if is_next && (after..after + times).contains(&call) { action.clone() } else { Action::Serve }
    });
}

/// What a first look says when the answer to its first request, or to its second, is bad for ever.
fn error(at: usize, action: Action) -> String {
    let world = World::new();
    spoil(&world, at, usize::MAX / 2, action);
    let network = Network { clock: given::clock(), ..world.network() };
    let url = world.server.url("gitops.git");
    let repository = Repository::connect(&url, world.cache.path(), &network).unwrap();
    let error = repository.branch_tip("main").unwrap_err();
    let id = world.gitops.git(&["rev-parse", "main"]);
    world.say(&error).replace(&id, "[ID]")
}

fn packet(data: &[u8]) -> Vec<u8> {
    [format!("{:04x}", data.len() + 4).as_bytes(), data].concat()
}

#[test]
fn a_change_takes_three_requests_over_one_connection() {
    let world = World::new();
    many_files(&world);
    assert!(change(&world, &world.connect()).contains("1 file changed"));
    assert_snapshot!(asked(&world), @r"
    POST git-upload-pack
    POST git-upload-pack
    POST git-receive-pack
    over 1
    ");

    // Another run, when others have changed something too.
    world.gitops.git(&["update-ref", "-d", "refs/heads/towline/dev/app1"]);
    world.gitops.push("main", &[("dev/app2/a.yaml", "theirs\n")]);
    assert!(change(&world, &world.connect()).contains("1 file changed"));
    let received: usize = world.server.requests().iter().map(|request| request.sent).sum();
    assert!(received < 2500, "{received} bytes for one changed file");
}

/// What the command line asks of git and of the forge, from an empty cache and with one.
#[test]
fn a_proposal_takes_few_requests() {
    let world = super::promote::World::new();
    world.gitops.push("main", &[("dev/greeting/other.yaml", "a: 1\n")]);
    let propose = |release| {
        world.git.requests();
        let before = world.server.log().len();
        let said = world.towline(&["propose", "dev", "--release", release], world.host.token);
        assert!(said.ends_with("exit code 0"), "{said}");
        let requests = world.git.requests();
        assert!(requests.iter().all(|request| !request.path.contains("info/refs")));
        assert!(requests.iter().all(|request| request.connection == requests[0].connection));
        (requests.len(), world.server.log().len() - before)
    };
    // One request tells where the branches are, two fetch what is there. The pull request is looked for, and opened.
    assert_eq!(propose("1.4.0"), (4, 2));
    world.gitops.push("main", &[("prod/other.yaml", "a: 1\n")]);
    // One that is open is read, and what people said of it; then it is brought up to date.
    assert_eq!(propose("1.5.0"), (5, 6));
    let merged = world.towline(&["merge", "dev"], world.host.token);
    assert!(merged.ends_with("exit code 0"), "{merged}");
    world.gitops.push("main", &[("prod/other.yaml", "a: 2\n")]);
    assert_eq!(propose("1.6.0"), (3, 2));
}

/// The proposals of other runs bring files into the cache, and the server forgets those of closed ones.
#[test]
fn what_the_server_has_forgotten_is_sent_again() {
    let world = World::new();
    world.gitops.push("closed", &[("dev/app1/new.yaml", "rendered\n")]);
    let repository = world.connect();
    let closed = repository.branch_tip("closed").unwrap();
    assert!(repository.read_file(closed, "dev/app1/new.yaml").unwrap().is_some());
    world.gitops.git(&["update-ref", "-d", "refs/heads/closed"]);
    world.gitops.git(&["gc", "--quiet", "--prune=now"]);

    let tip = repository.branch_tip("main").unwrap();
    let new = commit(&repository, tip, &[("dev/app1/new.yaml", "rendered\n")]);
    assert_eq!(repository.update_branch("towline/dev/app1", new, None).unwrap(), Update::Done);
    assert_eq!(world.gitops.git(&["show", "towline/dev/app1:dev/app1/new.yaml"]), "rendered");
}

#[test]
fn branches_that_are_needed_together_are_asked_for_together() {
    let world = World::new();
    world.gitops.push("other", &[("a", "a")]);
    let repository = world.connect();
    let look = repository.look(&["main", "other", "not-there"]);
    let main = repository.branch_tip("main").unwrap();
    assert!(repository.find_branch("other").unwrap().is_some());
    assert_eq!(repository.find_branch("not-there").unwrap(), None);
    // One to list them, and one for both tips.
    assert_eq!(world.server.requests().len(), 2);
    let next = world.gitops.push("main", &[("b", "b")]);
    assert_eq!(repository.branch_tip("main").unwrap(), main);
    drop(look);
    assert_eq!(repository.branch_tip("main").unwrap(), next);
}

#[test]
fn a_push_ends_a_look() {
    let world = World::new();
    let repository = world.connect();
    let _look = repository.look(&["main"]);
    let tip = repository.branch_tip("main").unwrap();
    let new = commit(&repository, tip, &[("a", "a")]);
    assert_eq!(repository.update_branch("main", new, Some(tip)).unwrap(), Update::Done);
    assert_eq!(repository.branch_tip("main").unwrap(), new);
}

#[test]
fn git_can_use_the_cache_afterwards() {
    let world = World::new();
    many_files(&world);
    let first = world.gitops.git(&["rev-list", "--max-parents=0", "main"]);
    let repository = world.connect();
    let tip = repository.branch_tip("main").unwrap();
    assert!(repository.is_ancestor(first.parse().unwrap(), tip).unwrap());
    repository.read_file(tip, "dev/app1/a.yaml").unwrap();
    drop(repository);
    let cached = world.cached();
    let in_cache = ["--git-dir", cached.to_str().unwrap(), "-c", "remote.origin.promisor=true"];
    world.gitops.git(&[&in_cache[..], &["fsck", "--connectivity-only"]].concat());
    world.gitops.push("main", &[("dev/app3/a.yaml", "theirs\n")]);
    let world = world.again_by_command();
    assert!(change(&world, &world.connect()).contains("1 file changed"));
    assert_eq!(world.told(), "");
}

#[test]
fn what_is_cut_off_or_damaged_once_is_asked_for_again() {
    for action in [Action::Cut(30), Action::Flip(30), Action::HangUp(300)] {
        let world = World::new();
        spoil(&world, 1, 1, action);
        assert!(change(&world, &world.connect()).contains("1 file changed"));
    }
}

#[test]
fn compressed_answers_are_understood() {
    let world = World::new();
    world.server.rule(|_| Action::Gzip);
    assert!(change(&world, &world.connect()).contains("1 file changed"));
}

#[test]
fn a_pack_that_is_always_bad() {
    assert_snapshot!(error(1, Action::Cut(30)), @r"
    cannot fetch from http://host/gitops.git: the server hung up in the middle of its answer
    hint: the server cannot be reached or is down: retry later
    ");
    assert_snapshot!(error(1, Action::Flip(30)), @r"
    cannot fetch from http://host/gitops.git: the server sent a damaged pack: error reading from the zlib stream
    hint: the server or a proxy before it damages what it sends: retry later
    ");
    let nothing = [packet(b"packfile\n"), packet(b"\x01PACK\0\0\0\x02\0\0\0\0"), b"0000".to_vec()].concat();
    assert_snapshot!(error(1, Action::Say(nothing)), @"cannot fetch from http://host/gitops.git: the server did not send [ID]");
    assert_snapshot!(error(1, Action::Say(b"0000".to_vec())), @r"
    cannot fetch from http://host/gitops.git: the answer holds no pack
    hint: correct `gitops.repository`, or retry later if the server or a proxy is under maintenance
    ");
}

#[test]
fn answers_that_are_not_gits() {
    assert_snapshot!(error(0, Action::Answer(200, "<html>Maintenance</html>".into())), @r"
    cannot read http://host/gitops.git: the answer is not that of a git server
    hint: correct `gitops.repository`, or retry later if the server or a proxy is under maintenance
    ");
    assert_snapshot!(error(0, Action::Say(b"zzzz".to_vec())), @r"
    cannot read http://host/gitops.git: the answer does not consist of git's packets
    hint: correct `gitops.repository`, or retry later if the server or a proxy is under maintenance
    ");
    assert_snapshot!(error(0, Action::Say([&b"ffff"[..], &[b'a'; 70_000]].concat())), @r"
    cannot read http://host/gitops.git: the answer does not consist of git's packets
    hint: correct `gitops.repository`, or retry later if the server or a proxy is under maintenance
    ");
    assert_snapshot!(error(0, Action::Say(packet(b"not an id\n"))), @r"
    cannot read http://host/gitops.git: an invalid reference: not an id
    hint: correct `gitops.repository`, or retry later if the server or a proxy is under maintenance
    ");
}

#[test]
fn what_the_server_says_instead_is_passed_on() {
    assert_snapshot!(error(0, Action::Say(packet(b"ERR the repository is on fire\n"))), @"cannot read http://host/gitops.git: the repository is on fire");
    let fatal = [packet(b"packfile\n"), packet(b"\x03fatal: no space left\n")].concat();
    assert_snapshot!(error(1, Action::Say(fatal)), @"cannot fetch from http://host/gitops.git: no space left");
}

#[test]
fn a_page_of_a_proxy_is_told_as_such() {
    let world = World::new();
    world.server.rule(|_| Action::Answer(200, "<html>Maintenance</html>".into()));
    let error = world.connect().branch_tip("main").unwrap_err();
    assert!(Diagnostic::passes(&error), "{error:#}");
}

#[test]
fn an_answer_that_stops_in_the_middle() {
    let world = World::new();
    spoil(&world, 1, 9, Action::Stall(250));
    let network = Network { stall: Duration::from_secs(5), ..world.network() };
    let url = world.server.url("gitops.git");
    let repository = Repository::connect(&url, world.cache.path(), &network).unwrap();
    assert_snapshot!(world.say(&repository.branch_tip("main").unwrap_err()), @r"
    cannot fetch from http://host/gitops.git: the answer stopped in the middle, or came too slowly
    hint: the server or the way to it is stuck: retry later
    ");
}

#[test]
fn a_server_that_says_nothing_is_left_after_a_while() {
    let world = World::new();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/gitops.git", silent.local_addr().unwrap());
    let network = Network { stall: Duration::from_millis(300), ..world.network() };
    let repository = Repository::connect(&url, world.cache.path(), &network).unwrap();
    assert_snapshot!(given::shown(&repository.branch_tip("main").unwrap_err()).replace(&url, "URL"), @r"
    cannot read URL: unable to access 'URL/': nothing came for 300ms
    hint: the server or the way to it is stuck: retry later
    ");
}

/// What pushing says when the server answers this.
fn pushing(report: &[&[u8]]) -> String {
    let world = World::new();
    let repository = world.connect();
    let tip = repository.branch_tip("main").unwrap();
    let new = commit(&repository, tip, &[("a", "a")]);
    let inner = [report.iter().flat_map(|line| packet(line)).collect(), b"0000".to_vec()].concat();
    let hooks = packet(b"\x02ask the platform team\n");
    let answer = [hooks, packet(&[b"\x01", &inner[..]].concat()), b"0000".to_vec()].concat();
    world.server.rule(move |request| match request.path.ends_with("/git-receive-pack") {
        true => Action::Say(answer.clone()),
        false => Action::Serve,
    });
    match repository.update_branch("towline/dev/app1", new, None) {
        Ok(update) => format!("{update:?}"),
        Err(error) => world.say(&error),
    }
}

#[test]
fn what_the_server_says_of_a_push() {
    let declined = b"ng refs/heads/towline/dev/app1 pre-receive hook declined\n";
    assert_snapshot!(pushing(&[b"unpack ok\n", declined]), @r"
    http://host/gitops.git refuses to update towline/dev/app1: pre-receive hook declined: ask the platform team
    hint: a rule or hook on the server refuses it: follow it, or exclude towline/dev/app1 from it
    ");
    assert_snapshot!(pushing(&[b"unpack index-pack failed\n"]), @"cannot push to http://host/gitops.git: ask the platform team; the server cannot unpack it: index-pack failed");
}

#[test]
fn what_is_not_known_about_http_is_left_to_git() {
    let by_git = |setting: &[&str]| {
        let world = World::new();
        world.gitops.git(&[&["config", "--file=../gitconfig"], setting].concat());
        world.connect().branch_tip("main").unwrap();
        asks_by_git(&world)
    };
    assert!(by_git(&["http.postBuffer", "1000000"]));
    assert!(by_git(&["url.http://elsewhere/.insteadOf", "gh:"]));
    assert!(!by_git(&["credential.helper", "store"]));
}

#[test]
fn a_password_that_git_knows_is_asked_of_git() {
    let world = World::new();
    world.server.require("me", "t0ken");
    let helper = "!f() { test $1 = get && printf 'username=me\\npassword=t0ken\\n'; }; f";
    world.gitops.git(&["config", "--file=../gitconfig", "credential.helper", helper]);
    assert!(change(&world, &world.connect()).contains("1 file changed"));
}

#[test]
fn a_token_does_not_follow_a_redirect() {
    let world = World::new();
    let other = GitHttp::serve(world.gitops.path().parent().unwrap());
    let target = other.url("gitops.git/info/refs?service=git-upload-pack");
    world.server.rule(move |_| Action::Redirect(target.clone()));
    assert!(world.connect_with("me", "t0ken-0f-me").branch_tip("main").is_ok());
    let requests = other.requests();
    assert!(!requests.is_empty() && requests.iter().all(|request| request.authorization.is_none()));
}

#[test]
fn the_choice_has_one_value() {
    let choice = |value| Choice::from_variables(|name| (name == "TOWLINE_GIT").then_some(value));
    let world = World::new();
    let connect = |choice| {
        let network = Network { choice, ..world.network() };
        Repository::connect(&world.server.url("gitops.git"), world.cache.path(), &network).map(|_| ())
    };
    assert!(connect(choice("command")).is_ok());
    assert_snapshot!(world.say(&connect(choice("libgit2")).unwrap_err()), @r"
    TOWLINE_GIT is `libgit2`
    hint: set it to `command`, or unset it
    ");
}
