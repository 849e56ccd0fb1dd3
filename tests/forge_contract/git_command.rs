//! What only the `git` command does: folders level by level, and what it takes a page for.

use std::time::Duration;

use insta::assert_snapshot;
use towline::git::{Network, Repository, Update};
use towline::vocabulary::Diagnostic;

use super::git_network::{World, change, commit, many_files};
use crate::fakes::git_http::Action;
use crate::given;

#[test]
fn reading_and_pushing_takes_what_the_change_needs() {
    let world = World::by_command();
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
    let world = World::by_command();
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
    let world = World::by_command();
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
fn the_base_moves_on_a_server_that_does_not_tell_what_it_has() {
    let world = World::by_command();
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

/// To git, a page in place of an answer is a repository without branches.
#[test]
fn a_page_of_a_proxy_is_no_empty_repository() {
    let world = World::by_command();
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

/// It accepts the connection, and says nothing.
#[test]
fn a_server_that_says_nothing_is_left_after_a_while() {
    let world = World::by_command();
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
