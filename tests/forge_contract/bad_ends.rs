//! What a person sees whose token, repository or branch is not right, on every forge: what is wrong,
//! in whose words, and what to do next.

use std::sync::atomic::{AtomicBool, Ordering};

use insta::assert_snapshot;

use super::promote::{HOSTS, World};
use crate::fakes::git_http::Action;

/// The first command that a person tries, and how it ends on each forge.
fn ends(spoil: impl Fn(&World), token: Option<&str>) -> String {
    let ends = HOSTS.map(|host| {
        let world = World::on(host);
        spoil(&world);
        let token = token.unwrap_or(world.host.token);
        let seen = world.towline(&["propose", "prod", "--release", "1.4.0"], token);
        let told: Vec<&str> = seen.lines().collect();
        // The requests themselves are the adapters' matter.
        let told =
            told[told.len().saturating_sub(3)..].join("\n").replace(world.host.repository, "REPOSITORY");
        assert_eq!(world.gitops.git(&["for-each-ref", "refs/heads/towline"]), "");
        format!("{}:\n{told}\n", world.host.kind)
    });
    ends.concat()
}

#[test]
fn a_wrong_token() {
    assert_snapshot!(ends(|_| (), Some("wrong-token")), @"
    github:
      because: cannot read GIT/REPOSITORY.git: Authentication failed for 'GIT/REPOSITORY.git/'
      hint: set TOWLINE_TOKEN to a valid token, or set up git's credential helper or an SSH key
    exit code 1
    gitlab:
      because: cannot read GIT/REPOSITORY.git: Authentication failed for 'GIT/REPOSITORY.git/'
      hint: set TOWLINE_TOKEN to a valid token, or set up git's credential helper or an SSH key
    exit code 1
    azureDevOps:
      because: cannot read API/REPOSITORY.git: Authentication failed for 'API/REPOSITORY.git/'
      hint: set TOWLINE_TOKEN to a valid token, or set up git's credential helper or an SSH key
    exit code 1
    gitea:
      because: cannot read API/REPOSITORY.git: Authentication failed for 'API/REPOSITORY.git/'
      hint: set TOWLINE_TOKEN to a valid token, or set up git's credential helper or an SSH key
    exit code 1
    ");
}

#[test]
fn a_repository_that_is_not_there() {
    let elsewhere = |world: &World| {
        world.write("towline.yaml", &world.pipeline().replace("gitops.git", "elsewhere.git"));
    };
    assert_snapshot!(ends(elsewhere, None), @"
    github:
      because: cannot read GIT/acme/elsewhere.git: repository 'GIT/acme/elsewhere.git/' not found
      hint: correct `gitops.repository`, or use a token that may read it: servers hide private repositories from users without access
    exit code 1
    gitlab:
      because: cannot read GIT/acme/platform/elsewhere.git: repository 'GIT/acme/platform/elsewhere.git/' not found
      hint: correct `gitops.repository`, or use a token that may read it: servers hide private repositories from users without access
    exit code 1
    azureDevOps:
      because: cannot read API/acme/shop/_git/elsewhere.git: repository 'API/acme/shop/_git/elsewhere.git/' not found
      hint: correct `gitops.repository`, or use a token that may read it: servers hide private repositories from users without access
    exit code 1
    gitea:
      because: cannot read API/acme/elsewhere.git: repository 'API/acme/elsewhere.git/' not found
      hint: correct `gitops.repository`, or use a token that may read it: servers hide private repositories from users without access
    exit code 1
    ");
}

#[test]
fn a_branch_that_is_not_there() {
    let release = |world: &World| {
        world.write("towline.yaml", &world.pipeline().replace("forge:", "branch: release, forge:"));
    };
    assert_snapshot!(ends(release, None), @"
    github:
      because: the GitOps repository GIT/REPOSITORY.git has no branch release
      hint: its branches are: main
    exit code 1
    gitlab:
      because: the GitOps repository GIT/REPOSITORY.git has no branch release
      hint: its branches are: main
    exit code 1
    azureDevOps:
      because: the GitOps repository API/REPOSITORY.git has no branch release
      hint: its branches are: main
    exit code 1
    gitea:
      because: the GitOps repository API/REPOSITORY.git has no branch release
      hint: its branches are: main
    exit code 1
    ");
}

#[test]
fn an_empty_repository() {
    let empty = |world: &World| {
        world.gitops.git(&["update-ref", "-d", "refs/heads/main"]);
    };
    assert_snapshot!(ends(empty, None), @"
    github:
      because: the GitOps repository GIT/REPOSITORY.git is empty: it has no branch yet
      hint: start it with `git clone GIT/REPOSITORY.git gitops && cd gitops && git switch --create main && git commit --allow-empty --message Start && git push origin main`
    exit code 1
    gitlab:
      because: the GitOps repository GIT/REPOSITORY.git is empty: it has no branch yet
      hint: start it with `git clone GIT/REPOSITORY.git gitops && cd gitops && git switch --create main && git commit --allow-empty --message Start && git push origin main`
    exit code 1
    azureDevOps:
      because: the GitOps repository API/REPOSITORY.git is empty: it has no branch yet
      hint: start it with `git clone API/REPOSITORY.git gitops && cd gitops && git switch --create main && git commit --allow-empty --message Start && git push origin main`
    exit code 1
    gitea:
      because: the GitOps repository API/REPOSITORY.git is empty: it has no branch yet
      hint: start it with `git clone API/REPOSITORY.git gitops && cd gitops && git switch --create main && git commit --allow-empty --message Start && git push origin main`
    exit code 1
    ");
}

#[test]
fn a_server_that_hangs_up() {
    assert_snapshot!(ends(|world| world.git.rule(|_| Action::HangUp(0)), None), @"
    github:
      because: cannot read GIT/REPOSITORY.git: unable to access 'GIT/REPOSITORY.git/': the connection broke: connection closed before message completed
      hint: the server cannot be reached or is down: retry later
    exit code 1
    gitlab:
      because: cannot read GIT/REPOSITORY.git: unable to access 'GIT/REPOSITORY.git/': the connection broke: connection closed before message completed
      hint: the server cannot be reached or is down: retry later
    exit code 1
    azureDevOps:
      because: cannot read API/REPOSITORY.git: unable to access 'API/REPOSITORY.git/': the connection broke: connection closed before message completed
      hint: the server cannot be reached or is down: retry later
    exit code 1
    gitea:
      because: cannot read API/REPOSITORY.git: unable to access 'API/REPOSITORY.git/': the connection broke: connection closed before message completed
      hint: the server cannot be reached or is down: retry later
    exit code 1
    ");
}

/// git takes such an answer for that of an empty repository.
#[test]
fn a_server_that_hangs_up_after_the_first_line_once() {
    let world = World::new();
    let first = AtomicBool::new(true);
    world.git.rule(move |_| match first.swap(false, Ordering::Relaxed) {
        true => Action::HangUp("HTTP/1.1 200 OK\r\n".len()),
        false => Action::Serve,
    });
    assert_snapshot!(world.towline(&["propose", "prod", "--release", "1.4.0"], world.host.token), @"
    proposed greeting 1.4.0 for prod: https://github.com/acme/gitops/pull/1
    exit code 0
    ");
}
