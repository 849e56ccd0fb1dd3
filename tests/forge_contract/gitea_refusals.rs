//! What Gitea refuses, and what becomes of it: each row of the table of refusals that a server of
//! version 1.26 was seen to have.

use std::fmt::Write as _;

use git2::Oid;
use towline::forge::{Ability, MergeRequest, MergeResult, NewPullRequest, PullState, StatusState};
use towline::vocabulary::MergeMethod;

use super::Bench as _;
use super::bench::HEAD;
use super::gitea::Bench;
use crate::fakes::gitea::repository::Settings;
use crate::fakes::gitea::rules::Rules;
use crate::fakes::gitea::schedule::Race;
use crate::given;

fn opened() -> (Bench, u64, Oid) {
    let bench = Bench::new();
    let head = bench.push(HEAD, &[("dev/greeting.yaml", "a: 1\n")]);
    let number = bench.opened(&[], &[]);
    (bench, number, head)
}

fn request(head: Oid, when_ready: bool) -> MergeRequest {
    MergeRequest { when_ready, ..given::merge(head, MergeMethod::Merge) }
}

/// With these rules: asked now, and asked to leave it to the server.
fn asked(name: &str, rules: Rules, prepare: impl Fn(&Bench, u64, Oid)) -> String {
    let mut seen = String::new();
    for when_ready in [false, true] {
        let (bench, number, head) = opened();
        bench.fake.protect(rules.clone());
        prepare(&bench, number, head);
        let result = bench.forge().merge_pull(number, &request(head, when_ready)).unwrap();
        let when = if when_ready { "when ready" } else { "now" };
        let scheduled = bench.forge().merge_readiness(number).unwrap().merges_itself;
        assert_eq!(scheduled, matches!(result, MergeResult::WhenReady(_)), "{name}");
        writeln!(seen, "{name}, {when}: {result:?}").unwrap();
    }
    seen
}

/// The server takes schedules for things that it then never merges.
#[test]
fn each_refusal_is_told_for_what_it_is() {
    let none = |_: &Bench, _: u64, _: Oid| ();
    let other = |bench: &Bench, _: u64, _: Oid| _ = bench.push("main", &[("other.yaml", "other: 1\n")]);
    let mut seen = asked("whitelist", Rules { keeps_out: true, ..Rules::default() }, none);
    let draft = |bench: &Bench, number: u64, _: Oid| {
        bench.forge().update_pull(number, "WIP: Deploy", "Body").unwrap();
    };
    seen += &asked("draft", Rules::default(), draft);
    seen += &asked("statuses", Rules { statuses: vec!["ci"], approvals: 1, ..Rules::default() }, none);
    seen += &asked("any status", Rules { any_status: true, ..Rules::default() }, none);
    seen += &asked("approvals", Rules { approvals: 1, ..Rules::default() }, none);
    let rejected = |bench: &Bench, number: u64, _: Oid| bench.fake.review(number, "bob", "REQUEST_CHANGES");
    seen += &asked("rejected", Rules { no_rejections: true, ..Rules::default() }, rejected);
    let wanted = |bench: &Bench, _: u64, _: Oid| _ = bench.opened(&[], &["bob"]);
    seen += &asked("requests", Rules { no_requests: true, ..Rules::default() }, wanted);
    seen += &asked("outdated", Rules { up_to_date: true, ..Rules::default() }, other);
    seen += &asked("files", Rules { protects_files: true, ..Rules::default() }, none);
    seen += &asked("signed", Rules { signed: true, ..Rules::default() }, none);
    seen += &asked("style", Rules { refused_style: Some("merge"), ..Rules::default() }, none);
    let conflict =
        |bench: &Bench, _: u64, _: Oid| _ = bench.push("main", &[("dev/greeting.yaml", "a: other\n")]);
    seen += &asked("conflict", Rules::default(), conflict);
    let archived = |bench: &Bench, _: u64, _: Oid| {
        bench.fake.set_up(Settings { is_archived: true, ..Settings::default() });
    };
    seen += &asked("archived", Rules::default(), archived);
    insta::assert_snapshot!(seen, @r#"
    whitelist, now: Never("User not allowed to merge PR")
    whitelist, when ready: Never("User not allowed to merge PR")
    draft, now: NotMergeable("Work in progress PRs cannot be merged")
    draft, when ready: NotMergeable("Work in progress PRs cannot be merged")
    statuses, now: NotMergeable("Not all required status checks successful")
    statuses, when ready: WhenReady("0 of 1 approvals given; required status `ci` is expected")
    any status, now: NotMergeable("Not all required status checks successful")
    any status, when ready: WhenReady("a commit status is expected")
    approvals, now: NotMergeable("Does not have enough approvals")
    approvals, when ready: WhenReady("0 of 1 approvals given")
    rejected, now: NotMergeable("There are requested changes")
    rejected, when ready: WhenReady("There are requested changes")
    requests, now: NotMergeable("There are official review requests")
    requests, when ready: WhenReady("a review by bob")
    outdated, now: Behind("The head branch is behind the base branch")
    outdated, when ready: Behind("The head branch is behind the base branch")
    files, now: Never("Changed protected files")
    files, when ready: Never("Changed protected files")
    signed, now: Never("wont sign: nokey")
    signed, when ready: Never("wont sign: nokey")
    style, now: Never("merge is not allowed an allowed merge style for this repository")
    style, when ready: Never("merge is not allowed an allowed merge style for this repository")
    conflict, now: Conflict("it conflicts with main")
    conflict, when ready: Conflict("it conflicts with main")
    archived, now: Never("acme/gitops is archived")
    archived, when ready: Never("acme/gitops is archived")
    "#);
}

#[test]
fn merges_of_others_that_were_faster_are_no_refusal() {
    let (bench, number, head) = opened();
    bench.fake.race_next_merge(Race::Outrun { by_push: true });
    bench.fake.race_next_merge(Race::Outrun { by_push: false });
    let merged = bench.forge().merge_pull(number, &request(head, false)).unwrap();
    assert_eq!(merged, MergeResult::Merged(bench.tip("main")));
}

#[test]
fn a_merge_in_the_moment_in_which_the_server_does_it_is_its_merge() {
    let (bench, number, head) = opened();
    bench.fake.race_next_merge(Race::MergedMeanwhile);
    let merged = bench.forge().merge_pull(number, &request(head, true)).unwrap();
    assert_eq!(merged, MergeResult::Merged(bench.tip("main")));
}

/// The rules that only a refusal tells are remembered by whoever was refused.
#[test]
fn the_words_of_the_last_refusal_are_told_until_something_changes() {
    let (bench, number, head) = opened();
    bench.fake.protect(Rules { no_requests: true, ..Rules::default() });
    bench.opened(&[], &["bob"]);
    let forge = bench.forge();
    assert!(forge.merge_readiness(number).unwrap().is_ready(), "nothing shows it");
    forge.merge_pull(number, &request(head, false)).unwrap();
    for _ in 0..2 {
        let readiness = forge.merge_readiness(number).unwrap();
        assert_eq!(readiness.refused.as_deref(), Some("There are official review requests"));
        assert_eq!(readiness.missing, ["a review by bob"]);
        assert!(!readiness.is_ready());
    }
    assert!(bench.forge().merge_readiness(number).unwrap().refused.is_none(), "another process");
    bench.fake.review(number, "bob", "APPROVED");
    let readiness = forge.merge_readiness(number).unwrap();
    assert!(readiness.is_ready() && readiness.refused.is_none(), "{readiness:?}");
}

#[test]
fn what_a_scheduled_merge_waits_for_is_named() {
    let missing = |rules: Rules, prepare: &dyn Fn(&Bench, u64, Oid)| {
        let (bench, number, head) = opened();
        bench.fake.protect(Rules { approvals: 1, ignores_stale: rules.ignores_stale, ..Rules::default() });
        bench.forge().merge_pull(number, &request(head, true)).unwrap();
        prepare(&bench, number, head);
        bench.fake.protect(rules);
        let readiness = bench.forge().merge_readiness(number).unwrap();
        assert!(readiness.merges_itself);
        (readiness.missing, readiness.never)
    };
    let wanted = |bench: &Bench, _: u64, _: Oid| _ = bench.opened(&[], &["bob"]);
    let requests = missing(Rules { no_requests: true, ..Rules::default() }, &wanted);
    assert_eq!(requests, (vec!["a review by bob".to_owned()], None));
    let statuses = missing(Rules { any_status: true, ..Rules::default() }, &|_, _, _| ());
    assert_eq!(statuses, (vec!["a commit status is expected".to_owned()], None));
    let stale =
        missing(Rules { approvals: 1, ignores_stale: true, ..Rules::default() }, &|bench, number, _| {
            bench.fake.review(number, "ann", "APPROVED");
            bench.push(HEAD, &[("dev/greeting.yaml", "a: 2\n")]);
        });
    assert_eq!(stale.0, ["an approval of this commit (an older one was approved by ann)"]);
    let rights = missing(Rules { keeps_out: true, approvals: 1, ..Rules::default() }, &|_, _, _| ());
    assert_eq!(rights.1.as_deref(), Some("the token's user may not merge into main"));
}

#[test]
fn a_deleted_branch_closes_its_pull_request_which_keeps_its_name() {
    let (bench, number, head) = opened();
    bench.gitops().git(&["update-ref", "-d", &format!("refs/heads/{HEAD}")]);
    let pull = bench.forge().get_pull(number).unwrap();
    assert_eq!((pull.state, pull.head.as_str(), pull.head_commit), (PullState::Closed, HEAD, head));
    assert_eq!(bench.forge().find_pull(HEAD, "main").unwrap().unwrap().number, number);
}

/// Whose servers have other marks for drafts, their titles stay as people wrote them.
#[test]
fn a_draft_stays_one_when_the_text_changes() {
    let (bench, number, head) = opened();
    bench.forge().update_pull(number, "[wip] Deploy greeting 1.2.0", "Body").unwrap();
    let new = NewPullRequest { body: "Newer".into(), ..given::pull(HEAD, head, "Deploy greeting 1.2.1") };
    let pull = bench.forge().open_pull(&new).unwrap();
    assert_eq!((pull.title.as_str(), pull.body.as_str()), ("[wip] Deploy greeting 1.2.1", "Newer"));
    let readiness = bench.forge().merge_readiness(number).unwrap();
    assert_eq!(readiness.missing, ["the pull request is marked as work in progress"]);
}

/// What a token may do in a repository with these settings, and what looking for a pull request and
/// a status come to.
fn used(bench: &Bench, settings: Settings) -> String {
    bench.fake.set_up(settings);
    let forge = bench.forge();
    let mut seen = String::new();
    for permission in forge.permissions().unwrap() {
        if permission.granted != Some(true) || permission.ability == Ability::WriteStatuses {
            let (ability, granted) = (permission.ability, permission.granted);
            writeln!(seen, "{ability:?} {granted:?}: {}", permission.detail).unwrap();
        }
    }
    let found = forge.find_pull(HEAD, "main").map(|found| found.is_some());
    writeln!(seen, "look: {}", found.map_or_else(|error| bench.shown(&error), |found| found.to_string()))
        .unwrap();
    let status = given::status("towline/greeting/dev", StatusState::Success);
    let written = forge.set_commit_status(bench.tip("main"), &status);
    writeln!(seen, "status: {}", written.map_or_else(|error| bench.shown(&error), |()| "written".into()))
        .unwrap();
    seen.replace(bench.server.url(), "URL")
}

#[test]
fn what_became_of_the_repository_is_said() {
    let settings = [
        ("archived", Settings { is_archived: true, ..Settings::default() }),
        ("empty", Settings { is_empty: true, ..Settings::default() }),
        ("no pull requests", Settings { has_no_pulls: true, ..Settings::default() }),
        ("renamed", Settings { renamed: Some("deploy"), ..Settings::default() }),
        ("read only", Settings { is_read_only: true, ..Settings::default() }),
    ];
    let mut seen = String::new();
    for (name, settings) in settings {
        let (bench, ..) = opened();
        seen += &format!("# {name}\n{}", used(&bench, settings));
    }
    insta::assert_snapshot!(seen, @r"
    # archived
    Push Some(false): the repository is archived
    PullRequests Some(false): the repository is archived
    Merge Some(false): the repository is archived
    WriteStatuses Some(true): the repository is archived, and takes them
    look: true
    status: written
    # empty
    Push None: the repository acme/gitops is empty: push a first commit to main, such as a README
    PullRequests Some(false): the repository acme/gitops is empty: push a first commit to main, such as a README
    Merge Some(false): the repository acme/gitops is empty: push a first commit to main, such as a README
    WriteStatuses None: the repository acme/gitops is empty: push a first commit to main, such as a README
    look: cannot look for a pull request from towline/dev/greeting into main: the repository acme/gitops is empty
    push a first commit to main, such as a README
    status: written
    # no pull requests
    Push None: the repository acme/gitops has pull requests turned off: turn them on in its settings
    PullRequests Some(false): the repository acme/gitops has pull requests turned off: turn them on in its settings
    Merge Some(false): the repository acme/gitops has pull requests turned off: turn them on in its settings
    WriteStatuses None: the repository acme/gitops has pull requests turned off: turn them on in its settings
    look: cannot look for a pull request from towline/dev/greeting into main: the repository acme/gitops has pull requests turned off
    turn them on in its settings
    status: written
    # renamed
    Read Some(false): the repository was renamed or moved to URL/acme/deploy.git: set `gitops.repository` to URL/acme/deploy.git
    Push Some(false): the repository was renamed or moved to URL/acme/deploy.git: set `gitops.repository` to URL/acme/deploy.git
    PullRequests Some(false): the repository was renamed or moved to URL/acme/deploy.git: set `gitops.repository` to URL/acme/deploy.git
    Merge Some(false): the repository was renamed or moved to URL/acme/deploy.git: set `gitops.repository` to URL/acme/deploy.git
    ReadStatuses Some(false): the repository was renamed or moved to URL/acme/deploy.git: set `gitops.repository` to URL/acme/deploy.git
    WriteStatuses Some(false): the repository was renamed or moved to URL/acme/deploy.git: set `gitops.repository` to URL/acme/deploy.git
    look: cannot look for a pull request from towline/dev/greeting into main: GET URL/api/v1/repos/acme/gitops/pulls/main/towline/dev/greeting returned 301 Moved Permanently: the repository was renamed or moved to URL/acme/deploy.git
    set `gitops.repository` to URL/acme/deploy.git
    status: cannot set the status towline/greeting/dev of d44f21e24c094a3dd9d8d0418d7bae465cacc363: POST URL/api/v1/repos/acme/gitops/statuses/d44f21e24c094a3dd9d8d0418d7bae465cacc363 returned 301 Moved Permanently: the repository was renamed or moved to URL/acme/deploy.git
    set `gitops.repository` to URL/acme/deploy.git
    # read only
    Push Some(false): the token's user may not write to the repository
    PullRequests Some(false): the token's user may not write to the repository
    Merge Some(false): the token's user may not write to the repository
    WriteStatuses Some(false): the token's user may not write to the repository
    look: true
    status: cannot set the status towline/greeting/dev of d44f21e24c094a3dd9d8d0418d7bae465cacc363: POST URL/api/v1/repos/acme/gitops/statuses/d44f21e24c094a3dd9d8d0418d7bae465cacc363 returned 403 Forbidden: user should have a permission to write to a repo
    grant the token the permission for this (GITEA_TOKEN)
    ");
}

#[test]
fn a_rule_that_keeps_the_token_out_is_known_before_a_merge() {
    let (bench, ..) = opened();
    assert_eq!(bench.forge().kept_out_of("main").unwrap(), None);
    bench.fake.protect(Rules { keeps_out: true, ..Rules::default() });
    assert_eq!(
        bench.forge().kept_out_of("main").unwrap().as_deref(),
        Some("the token's user may not merge into main")
    );
}
