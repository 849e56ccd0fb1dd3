//! Refusals told apart: who cannot go on is told which it is, and what to do next. Here of git's
//! pushes; of the API, see `http`, and of merges, the contract.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;
use towline::vocabulary::{Diagnostic, Outcome};

use super::git_network::{World, commit};
use crate::fakes::git_http::Action;

/// What a person sees whose push to `main` meets this.
fn pushed(prepare: impl FnOnce(&World)) -> String {
    let (world, error) = failed(prepare);
    world.say(&error)
}

fn failed(prepare: impl FnOnce(&World)) -> (World, anyhow::Error) {
    let world = World::new();
    let repository = world.connect();
    let tip = repository.branch_tip("main").unwrap();
    let new = commit(&repository, tip, &[("a", "a")]);
    prepare(&world);
    let error = repository.update_branch("main", new, Some(tip)).unwrap_err();
    assert_eq!(world.gitops.git(&["rev-parse", "main"]), tip.to_string());
    (world, error)
}

/// A server whose hook says this and takes nothing.
fn declined(words: &str) -> String {
    let (world, error) = failed(|world| {
        let hook = world.gitops.path().join("hooks/pre-receive");
        fs::create_dir_all(hook.parent().unwrap()).unwrap();
        fs::write(&hook, format!("#!/bin/sh\necho '{words}' >&2\nexit 1\n")).unwrap();
        fs::set_permissions(&hook, PermissionsExt::from_mode(0o755)).unwrap();
    });
    // As where a hook of the local forge says no.
    assert_eq!(Diagnostic::outcome_of(&error), Outcome::Refused);
    world.say(&error)
}

/// A server that answers pushes with a status.
fn answered(status: u16, words: &'static str) -> String {
    pushed(|world| {
        world.server.rule(move |request| match request.path.contains("git-receive-pack") {
            true => Action::Answer(status, words.into()),
            false => Action::Serve,
        });
    })
}

#[test]
fn a_branch_that_is_protected() {
    assert_snapshot!(declined("GH006: Protected branch update failed."), @"
    http://host/gitops.git refuses to update main: pre-receive hook declined: GH006: Protected branch update failed
    hint: main is protected on the server: allow this user or token to push to it
    ");
    assert_snapshot!(declined("GitLab: You are not allowed to push code to protected branches on this project."), @"
    http://host/gitops.git refuses to update main: pre-receive hook declined: GitLab: You are not allowed to push code to protected branches on this project
    hint: main is protected on the server: allow this user or token to push to it
    ");
}

#[test]
fn a_permission_that_is_missing() {
    assert_snapshot!(declined("Gitea: User permission denied for writing."), @"
    http://host/gitops.git refuses to update main: pre-receive hook declined: Gitea: User permission denied for writing
    hint: grant this user or token write access to main, and any other permission that the server names
    ");
    assert_snapshot!(answered(403, "Write access to repository not granted."), @"
    cannot push to http://host/gitops.git: Write access to repository not granted; unable to access 'http://host/gitops.git/': The requested URL returned error: 403
    hint: the token or key works, but may not do this: give it write access to the repository
    ");
    let read_only = |world: &World| _ = world.gitops.git(&["config", "http.receivepack", "false"]);
    assert_snapshot!(pushed(read_only), @"
    cannot push to http://host/gitops.git: unable to access 'http://host/gitops.git/': The requested URL returned error: 403
    hint: the token or key works, but may not do this: give it write access to the repository
    ");
}

#[test]
fn a_repository_that_is_archived() {
    let words = "This repo is archived. You can view files and clone it, but cannot push.";
    assert_snapshot!(answered(403, words), @r"
    cannot push to http://host/gitops.git: This repo is archived. You can view files and clone it, but cannot push; unable to access 'http://host/gitops.git/': The requested URL returned error: 403
    hint: nothing can be pushed to an archived repository: correct `gitops.repository`, or have it unarchived
    ");
}

#[test]
fn a_rule_about_commits() {
    assert_snapshot!(declined("GH013: Repository rule violations found for refs/heads/main."), @"
    http://host/gitops.git refuses to update main: pre-receive hook declined: GH013: Repository rule violations found for refs/heads/main
    hint: a rule or hook on the server refuses it: follow it, or exclude main from it
    ");
}

#[test]
fn a_token_that_has_ended() {
    assert_snapshot!(answered(401, "no"), @"
    cannot push to http://host/gitops.git: could not read Username for 'http://host': terminal prompts disabled
    hint: set TOWLINE_TOKEN to a valid token, or set up git's credential helper or an SSH key
    ");
}

#[test]
fn a_repository_that_is_not_there_or_not_shown() {
    assert_snapshot!(answered(404, "no"), @"
    cannot push to http://host/gitops.git: repository 'http://host/gitops.git/' not found
    hint: correct `gitops.repository`, or use a token that may read it: servers hide private repositories from users without access
    ");
}

#[test]
fn a_server_that_is_asked_too_often() {
    assert_snapshot!(answered(429, "slow down"), @"
    cannot push to http://host/gitops.git: unable to access 'http://host/gitops.git/': The requested URL returned error: 429
    hint: the server limits requests: retry later
    ");
}

#[test]
fn a_server_that_is_down() {
    assert_snapshot!(answered(503, "<html>down</html>"), @"
    cannot push to http://host/gitops.git: unable to access 'http://host/gitops.git/': The requested URL returned error: 503
    hint: the server cannot be reached or is down: retry later
    ");
}
