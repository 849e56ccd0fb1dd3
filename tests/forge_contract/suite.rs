//! The promises, one function each.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use git2::Oid;
use towline::forge::{
    Ability, DeploymentState, MergeReadiness, MergeRequest, MergeResult, NewDeployment, NewPullRequest,
    NewStatus, PullRequest, PullState, StatusState,
};
use towline::vocabulary::MergeMethod;

use super::{Bench, Forks};

const HEAD: &str = "towline/dev/greeting";

fn new(head: &str, head_commit: Oid) -> NewPullRequest {
    NewPullRequest {
        open: None,
        head: head.into(),
        base: "main".into(),
        head_commit,
        title: "Deploy greeting".into(),
        body: "What and why".into(),
        labels: vec!["deploy".into()],
        reviewers: vec!["ann".into()],
    }
}

fn opened(bench: &dyn Bench) -> PullRequest {
    bench.push(HEAD, &[("dev/greeting.yaml", "a: 1\n")]);
    bench.forge().open_pull(&new(HEAD, bench.tip(HEAD))).unwrap()
}

fn request(head: Oid, method: MergeMethod) -> MergeRequest {
    MergeRequest {
        expected_head: head,
        method,
        message: "Merge it\n\nTowline-Release: 1\n".into(),
        when_ready: false,
    }
}

/// Without what the forge may not have worked out yet.
fn settled(pull: PullRequest) -> PullRequest {
    PullRequest { mergeable: None, ..pull }
}

/// Whether it can be merged, once the forge has worked it out.
fn mergeable(bench: &dyn Bench, number: u64) -> bool {
    let forge = bench.forge();
    let mut looks = (0..20).map(|_| forge.get_pull(number).unwrap().mergeable);
    looks.find_map(|look| look).expect("the forge works it out soon")
}

/// Whether it cannot be merged, once the forge has seen what was pushed.
fn is_in_conflict(bench: &dyn Bench, number: u64) -> bool {
    (0..20).any(|_| {
        bench.advance(Duration::from_secs(1));
        !mergeable(bench, number)
    })
}

fn merged(result: MergeResult) -> Oid {
    match result {
        MergeResult::Merged(commit) => commit,
        other => panic!("not merged: {other:?}"),
    }
}

pub fn finds_nothing_where_nothing_was_opened(bench: &dyn Bench) {
    assert_eq!(bench.forge().find_pull(HEAD, "main").unwrap(), None);
    assert_eq!(bench.forge().list_pulls(None).unwrap(), []);
}

pub fn opens_and_finds_a_pull_request(bench: &dyn Bench) {
    let head = bench.push(HEAD, &[("dev/greeting.yaml", "a: 1\n")]);
    let pull = bench.forge().open_pull(&new(HEAD, bench.tip(HEAD))).unwrap();
    assert_eq!((pull.state, pull.head_commit, pull.merge_commit), (PullState::Open, head, None));
    assert_eq!((pull.title.as_str(), pull.body.as_str()), ("Deploy greeting", "What and why"));
    assert_eq!((mergeable(bench, pull.number), pull.ended_at), (true, None));
    let pull = settled(pull);
    assert_eq!(bench.forge().find_pull(HEAD, "main").unwrap().map(settled), Some(pull.clone()));
    assert_eq!(bench.forge().find_pull(HEAD, "other").unwrap(), None);
    assert_eq!(settled(bench.forge().get_pull(pull.number).unwrap()), pull);
}

pub fn opening_again_adopts_and_updates(bench: &dyn Bench) {
    let first = opened(bench);
    bench.advance(Duration::from_secs(60));
    let again = NewPullRequest {
        title: "Deploy greeting 2".into(),
        body: "New".into(),
        ..new(HEAD, bench.tip(HEAD))
    };
    let second = bench.forge().open_pull(&again).unwrap();
    let expected = PullRequest { title: "Deploy greeting 2".into(), body: "New".into(), ..first };
    assert_eq!(settled(second), settled(expected.clone()));
    let known = NewPullRequest { open: Some(expected.number), title: "Deploy greeting 3".into(), ..again };
    let third = bench.forge().open_pull(&known).unwrap();
    assert_eq!(settled(third), settled(PullRequest { title: "Deploy greeting 3".into(), ..expected }));
    assert_eq!(bench.forge().list_pulls(None).unwrap().len(), 1);
}

pub fn a_run_that_was_overtaken_does_not_replace_the_text(bench: &dyn Bench) {
    let pull = opened(bench);
    bench.push(HEAD, &[("dev/greeting.yaml", "a: 2\n")]);
    let late = NewPullRequest { title: "Late".into(), ..new(HEAD, pull.head_commit) };
    let returned = bench.forge().open_pull(&late).unwrap();
    assert_eq!((returned.number, returned.title), (pull.number, pull.title));
    assert_eq!(returned.head_commit, bench.tip(HEAD));
}

pub fn opening_needs_both_branches(bench: &dyn Bench) {
    bench.forge().open_pull(&new("towline/absent", bench.tip("main"))).unwrap_err();
    bench.push(HEAD, &[("a", "a")]);
    bench
        .forge()
        .open_pull(&NewPullRequest { base: "absent".into(), ..new(HEAD, bench.tip(HEAD)) })
        .unwrap_err();
    assert_eq!(bench.forge().list_pulls(None).unwrap(), []);
}

pub fn opening_needs_something_to_merge(bench: &dyn Bench) {
    bench.push(HEAD, &[("a", "a")]);
    bench.push("main", &[("b", "b")]);
    let behind = NewPullRequest {
        head: "main".into(),
        head_commit: bench.tip("main"),
        base: HEAD.into(),
        ..new(HEAD, bench.tip(HEAD))
    };
    bench.forge().open_pull(&behind).unwrap();
    bench.forge().open_pull(&NewPullRequest { head: HEAD.into(), base: HEAD.into(), ..behind }).unwrap_err();
}

pub fn opens_anew_after_a_merge(bench: &dyn Bench) {
    let first = opened(bench);
    merged(bench.forge().merge_pull(first.number, &request(first.head_commit, MergeMethod::Merge)).unwrap());
    let head = bench.push(HEAD, &[("dev/greeting.yaml", "a: 2\n")]);
    let second = bench.forge().open_pull(&new(HEAD, bench.tip(HEAD))).unwrap();
    assert_ne!(second.number, first.number);
    assert_eq!((second.state, second.head_commit), (PullState::Open, head));
    assert_eq!(bench.forge().find_pull(HEAD, "main").unwrap().unwrap().number, second.number);
    assert_eq!(bench.forge().get_pull(first.number).unwrap().state, PullState::Merged);
}

pub fn opens_anew_after_a_close(bench: &dyn Bench) {
    let first = opened(bench);
    bench.forge().close_pull(first.number, "not now").unwrap();
    let second = bench.forge().open_pull(&new(HEAD, bench.tip(HEAD))).unwrap();
    assert_ne!(second.number, first.number);
    assert_eq!(second.state, PullState::Open);
}

pub fn many_openers_get_one_pull_request(bench: &dyn Bench) {
    bench.push(HEAD, &[("dev/greeting.yaml", "a: 1\n")]);
    let open = || bench.forge().open_pull(&new(HEAD, bench.tip(HEAD))).unwrap().number;
    let numbers: BTreeSet<u64> = together(8, |_| open()).into_iter().collect();
    assert_eq!(numbers.len(), 1);
    let pulls = bench.forge().list_pulls(None).unwrap();
    assert_eq!(pulls.iter().filter(|pull| pull.state == PullState::Open).count(), 1);
}

/// Anybody who can read may fork, and call a branch as Towline does.
pub fn takes_no_forks_pull_request_for_ones_own(bench: &dyn Forks) {
    let forks = opened(bench).number;
    bench.move_to_fork(forks);
    let forge = bench.forge();
    assert_eq!(forge.find_pull(HEAD, "main").unwrap(), None);
    assert_eq!(forge.list_pulls(Some(HEAD)).unwrap(), []);
    assert_ne!(forge.get_pull(forks).unwrap().head, HEAD);
    let own = opened(bench).number;
    assert_ne!(own, forks);
    assert_eq!(forge.find_pull(HEAD, "main").unwrap().map(|pull| pull.number), Some(own));
    assert_eq!(
        forge.list_pulls(Some(HEAD)).unwrap().into_iter().map(|pull| pull.number).collect::<Vec<_>>(),
        [own]
    );
}

pub fn update_replaces_title_and_body(bench: &dyn Bench) {
    let pull = opened(bench);
    let updated = bench.forge().update_pull(pull.number, "Title", "Body").unwrap();
    let expected = PullRequest { title: "Title".into(), body: "Body".into(), ..pull };
    assert_eq!(settled(updated), settled(expected.clone()));
    let again = bench.forge().update_pull(expected.number, "Title", "Body").unwrap();
    assert_eq!(settled(again), settled(expected));
}

pub fn close_ends_without_a_merge(bench: &dyn Bench) {
    let pull = opened(bench);
    let before = bench.tip("main");
    bench.advance(Duration::from_secs(60));
    bench.forge().close_pull(pull.number, "superseded").unwrap();
    let closed = bench.forge().get_pull(pull.number).unwrap();
    assert_eq!((closed.state, closed.merge_commit), (PullState::Closed, None));
    assert!(closed.ended_at.unwrap() > closed.created_at);
    assert_eq!(bench.tip("main"), before);
    bench.advance(Duration::from_secs(60));
    bench.forge().close_pull(pull.number, "again").unwrap();
    assert_eq!(bench.forge().get_pull(pull.number).unwrap(), closed);
}

pub fn closing_a_merged_one_is_an_error(bench: &dyn Bench) {
    let pull = opened(bench);
    bench.forge().merge_pull(pull.number, &request(pull.head_commit, MergeMethod::Merge)).unwrap();
    bench.forge().close_pull(pull.number, "too late").unwrap_err();
    assert_eq!(bench.forge().get_pull(pull.number).unwrap().state, PullState::Merged);
}

pub fn an_unknown_number_is_an_error(bench: &dyn Bench) {
    bench.forge().get_pull(7).unwrap_err();
    bench.forge().update_pull(7, "a", "b").unwrap_err();
    bench.forge().close_pull(7, "why").unwrap_err();
    bench.forge().merge_pull(7, &request(bench.tip("main"), MergeMethod::Merge)).unwrap_err();
}

pub fn follows_the_tip_of_the_head_branch(bench: &dyn Bench) {
    let pull = opened(bench);
    let head = bench.push(HEAD, &[("dev/greeting.yaml", "a: 2\n")]);
    assert_eq!(bench.forge().get_pull(pull.number).unwrap().head_commit, head);
}

pub fn merges_with_a_merge_commit(bench: &dyn Bench) {
    let pull = opened(bench);
    bench.push("main", &[("prod/other.yaml", "b: 1\n")]);
    bench.advance(Duration::from_secs(60));
    let result =
        bench.forge().merge_pull(pull.number, &request(pull.head_commit, MergeMethod::Merge)).unwrap();
    let commit = merged(result);
    assert_eq!((bench.tip("main"), bench.parents(commit)), (commit, 2));
    assert_eq!(bench.files(commit), ["README.md", "dev/greeting.yaml", "prod/other.yaml"]);
    assert_eq!(bench.message(commit).trim_end(), "Merge it\n\nTowline-Release: 1");
    let pull = bench.forge().get_pull(pull.number).unwrap();
    assert_eq!((pull.state, pull.merge_commit), (PullState::Merged, Some(commit)));
    assert!(pull.ended_at.unwrap() > pull.created_at);
}

pub fn squashes(bench: &dyn Bench) {
    bench.allow(MergeMethod::Squash);
    let pull = opened(bench);
    let head = bench.push(HEAD, &[("dev/more.yaml", "b: 1\n")]);
    let commit = merged(bench.forge().merge_pull(pull.number, &request(head, MergeMethod::Squash)).unwrap());
    assert_eq!((bench.tip("main"), bench.parents(commit)), (commit, 1));
    assert_eq!(bench.files(commit), ["README.md", "dev/greeting.yaml", "dev/more.yaml"]);
    let pull = bench.forge().get_pull(pull.number).unwrap();
    assert_eq!((pull.state, pull.merge_commit, pull.head_commit), (PullState::Merged, Some(commit), head));
}

pub fn fast_forwards(bench: &dyn Bench) {
    bench.allow(MergeMethod::FastForward);
    let pull = opened(bench);
    let fast = request(pull.head_commit, MergeMethod::FastForward);
    let commit = merged(bench.forge().merge_pull(pull.number, &fast).unwrap());
    assert_eq!((commit, bench.tip("main")), (pull.head_commit, pull.head_commit));

    let head = bench.push("towline/prod/greeting", &[("prod/greeting.yaml", "a: 1\n")]);
    let pull = bench.forge().open_pull(&new("towline/prod/greeting", head)).unwrap();
    bench.push("main", &[("other", "b")]);
    let result = bench.forge().merge_pull(pull.number, &request(head, MergeMethod::FastForward)).unwrap();
    assert!(matches!(result, MergeResult::Behind(_)), "{result:?}");
}

pub fn merging_again_returns_the_same_commit(bench: &dyn Bench) {
    let pull = opened(bench);
    let merge = || {
        merged(bench.forge().merge_pull(pull.number, &request(pull.head_commit, MergeMethod::Merge)).unwrap())
    };
    let first = merge();
    bench.push("main", &[("later", "c")]);
    assert_eq!(merge(), first);
    assert_eq!(bench.forge().get_pull(pull.number).unwrap().merge_commit, Some(first));
}

pub fn refuses_a_head_that_moved(bench: &dyn Bench) {
    let pull = opened(bench);
    let before = bench.tip("main");
    let head = bench.push(HEAD, &[("dev/greeting.yaml", "a: 2\n")]);
    let result =
        bench.forge().merge_pull(pull.number, &request(pull.head_commit, MergeMethod::Merge)).unwrap();
    assert_eq!(result, MergeResult::HeadMoved(head));
    assert_eq!(
        (bench.tip("main"), bench.forge().get_pull(pull.number).unwrap().state),
        (before, PullState::Open)
    );
}

pub fn refuses_a_closed_one(bench: &dyn Bench) {
    let pull = opened(bench);
    bench.forge().close_pull(pull.number, "no").unwrap();
    let result =
        bench.forge().merge_pull(pull.number, &request(pull.head_commit, MergeMethod::Merge)).unwrap();
    assert!(matches!(result, MergeResult::NotMergeable(_)), "{result:?}");
}

pub fn refuses_a_conflict(bench: &dyn Bench) {
    let pull = opened(bench);
    let base = bench.push("main", &[("dev/greeting.yaml", "a: other\n")]);
    assert!(is_in_conflict(bench, pull.number));
    let result =
        bench.forge().merge_pull(pull.number, &request(pull.head_commit, MergeMethod::Merge)).unwrap();
    assert!(matches!(result, MergeResult::Conflict(_)), "{result:?}");
    assert_eq!(bench.tip("main"), base);
}

pub fn many_mergers_make_one_merge(bench: &dyn Bench) {
    let pull = opened(bench);
    let merge = request(pull.head_commit, MergeMethod::Merge);
    let before = bench.tip("main");
    let commits: BTreeSet<Oid> =
        together(8, |_| merged(bench.forge().merge_pull(pull.number, &merge).unwrap())).into_iter().collect();
    assert_eq!(commits, BTreeSet::from([bench.tip("main")]));
    assert_ne!(bench.tip("main"), before);
}

pub fn merges_of_different_pull_requests_do_not_lose_each_other(bench: &dyn Bench) {
    let pulls: Vec<PullRequest> = (0..6)
        .map(|n| {
            let head = format!("towline/dev/app{n}");
            bench.push(&head, &[(&format!("dev/app{n}.yaml"), "a: 1\n")]);
            bench.forge().open_pull(&new(&head, bench.tip(&head))).unwrap()
        })
        .collect();
    together(6, |n| {
        let merge = request(pulls[n].head_commit, MergeMethod::Merge);
        merged(bench.forge().merge_pull(pulls[n].number, &merge).unwrap())
    });
    assert_eq!(bench.files(bench.tip("main")).len(), 7);
    for pull in pulls {
        assert_eq!(bench.forge().get_pull(pull.number).unwrap().state, PullState::Merged);
    }
}

pub fn a_head_that_goes_on_after_the_merge_changes_nothing(bench: &dyn Bench) {
    let pull = opened(bench);
    merged(bench.forge().merge_pull(pull.number, &request(pull.head_commit, MergeMethod::Merge)).unwrap());
    let before = bench.forge().get_pull(pull.number).unwrap();
    bench.push(HEAD, &[("dev/greeting.yaml", "a: 2\n")]);
    assert_eq!(bench.forge().get_pull(pull.number).unwrap(), before);
}

pub fn statuses_are_newest_first_and_all_kept(bench: &dyn Bench) {
    let commit = bench.tip("main");
    assert_eq!(bench.forge().commit_statuses(commit).unwrap(), []);
    for state in [StatusState::Failure, StatusState::Success, StatusState::Pending] {
        bench.advance(Duration::from_secs(60));
        bench.forge().set_commit_status(commit, &status("flux/a", state)).unwrap();
    }
    bench.forge().set_commit_status(commit, &status("flux/b", StatusState::Error)).unwrap();
    let statuses = bench.forge().commit_statuses(commit).unwrap();
    let seen: Vec<_> = statuses.iter().map(|status| (status.context.as_str(), status.state)).collect();
    assert_eq!(
        seen,
        [
            ("flux/b", StatusState::Error),
            ("flux/a", StatusState::Pending),
            ("flux/a", StatusState::Success),
            ("flux/a", StatusState::Failure),
        ]
    );
    assert_eq!(statuses[0].description, "line one\nline \"two\"");
    assert_eq!(statuses[0].target_url.as_deref(), Some("https://example.com/run/1"));
    assert!(statuses[1].created_at > statuses[2].created_at);
}

pub fn what_follows_a_pending_status_is_newest(bench: &dyn Bench) {
    let commit = bench.tip("main");
    for state in [StatusState::Pending, StatusState::Pending, StatusState::Success] {
        bench.advance(Duration::from_secs(60));
        bench.forge().set_commit_status(commit, &status("flux/a", state)).unwrap();
    }
    bench.advance(Duration::from_secs(60));
    bench.forge().set_commit_status(commit, &status("flux/b", StatusState::Pending)).unwrap();
    let statuses = bench.forge().commit_statuses(commit).unwrap();
    assert_eq!((statuses[1].context.as_str(), statuses[1].state), ("flux/a", StatusState::Success));
    assert!(statuses[0].created_at > statuses[1].created_at);
}

pub fn a_status_that_waits_can_say_for_something_else(bench: &dyn Bench) {
    let commit = bench.tip("main");
    for text in ["Proposed 1.4.0", "Deploying 1.4.0", "Deploying 1.4.0"] {
        let waiting = status("towline/dev", StatusState::Pending);
        let waiting = NewStatus { description: text.to_owned(), ..waiting };
        bench.forge().set_commit_status(commit, &waiting).unwrap();
    }
    let newest = bench.forge().commit_statuses(commit).unwrap().remove(0);
    assert_eq!((newest.state, newest.description.as_str()), (StatusState::Pending, "Deploying 1.4.0"));
    bench.forge().set_commit_status(commit, &status("towline/dev", StatusState::Success)).unwrap();
    assert_eq!(bench.forge().commit_statuses(commit).unwrap()[0].state, StatusState::Success);
}

pub fn concurrent_statuses_are_all_kept(bench: &dyn Bench) {
    let commit = bench.tip("main");
    together(8, |n| {
        for step in 0..3 {
            let status = status(&format!("flux/{n}/{step}"), StatusState::Success);
            bench.forge().set_commit_status(commit, &status).unwrap();
        }
    });
    let contexts: BTreeSet<String> =
        bench.forge().commit_statuses(commit).unwrap().into_iter().map(|status| status.context).collect();
    assert_eq!(contexts.len(), 24);
}

/// Where the forge tells fingerprints at all.
pub fn a_fingerprint_changes_with_the_statuses_of_its_commit_only(bench: &dyn Bench) {
    let commits = ["1", "2", "3"].map(|text| bench.push("main", &[("prod/other.yaml", text)]));
    let forge = bench.forge();
    let mut texts = match forge.status_fingerprints(&commits).unwrap() {
        Some(texts) => texts,
        None => return assert_eq!(forge.status_fingerprints(&[]).unwrap(), None),
    };
    assert_eq!(texts, ["", "", ""]);
    let steps = [
        ("flux/a", StatusState::Pending),
        ("flux/a", StatusState::Success),
        ("flux/a", StatusState::Success),
        ("flux/b", StatusState::Success),
        ("flux/b", StatusState::Failure),
    ];
    for (context, state) in steps {
        forge.set_commit_status(commits[1], &status(context, state)).unwrap();
        let now = forge.status_fingerprints(&commits).unwrap().unwrap();
        assert_ne!(now[1], texts[1], "{context} {state:?}");
        assert_eq!((&now[0], &now[2]), (&texts[0], &texts[2]));
        assert_eq!(bench.forge().status_fingerprints(&commits).unwrap().unwrap(), now);
        texts = now;
    }
}

pub fn a_status_needs_a_commit(bench: &dyn Bench) {
    let nowhere = Oid::from_str("1234567890123456789012345678901234567890").unwrap();
    bench.forge().set_commit_status(nowhere, &status("flux/a", StatusState::Success)).unwrap_err();
}

pub fn lists_newest_first(bench: &dyn Bench) {
    for head in ["towline/dev/a", "towline/dev/ab", "other/x"] {
        bench.push(head, &[(head, "x")]);
        bench.forge().open_pull(&new(head, bench.tip(head))).unwrap();
        bench.advance(Duration::from_secs(60));
    }
    let first = bench.forge().find_pull("towline/dev/a", "main").unwrap().unwrap();
    merged(bench.forge().merge_pull(first.number, &request(first.head_commit, MergeMethod::Merge)).unwrap());
    bench.push("towline/dev/a", &[("more", "x")]);
    bench.forge().open_pull(&new("towline/dev/a", bench.tip("towline/dev/a"))).unwrap();
    let list = |head| -> Vec<_> {
        let pulls = bench.forge().list_pulls(head).unwrap();
        pulls.into_iter().map(|pull| (pull.head, pull.state)).collect()
    };
    let seen = |head: &str, state| (head.to_owned(), state);
    let ours = [seen("towline/dev/a", PullState::Open), seen("towline/dev/a", PullState::Merged)];
    assert_eq!(list(Some("towline/dev/a")), ours);
    let others = [seen("other/x", PullState::Open), seen("towline/dev/ab", PullState::Open)];
    assert_eq!(list(None), [&ours[..1], &others, &ours[1..]].concat());
}

pub fn keeps_one_comment(bench: &dyn Bench) {
    let pull = opened(bench);
    for text in ["The rest of the diff", "The rest of the diff", "Another rest"] {
        bench.forge().sticky_comment(pull.number, text).unwrap();
    }
    let [comment] = &bench.comments(pull.number)[..] else { panic!("not one comment") };
    assert!(comment.starts_with("Another rest"), "{comment}");
    let merge = request(pull.head_commit, MergeMethod::Merge);
    merged(bench.forge().merge_pull(pull.number, &merge).unwrap());
    bench.forge().sticky_comment(pull.number, "Deployed").unwrap();
    assert!(bench.comments(pull.number).last().unwrap().starts_with("Deployed"));
    bench.forge().sticky_comment(7, "To nobody").unwrap_err();
}

pub fn a_pull_request_without_rules_waits_for_nothing(bench: &dyn Bench) {
    let pull = opened(bench);
    assert_eq!(bench.forge().merge_readiness(pull.number).unwrap(), MergeReadiness::default());
    merged(bench.forge().merge_pull(pull.number, &request(pull.head_commit, MergeMethod::Merge)).unwrap());
    assert_eq!(bench.forge().merge_readiness(pull.number).unwrap(), MergeReadiness::default());
    bench.forge().merge_readiness(7).unwrap_err();
}

pub fn merging_when_ready_merges_what_is_ready(bench: &dyn Bench) {
    let when_ready = |head| MergeRequest { when_ready: true, ..request(head, MergeMethod::Merge) };
    let pull = opened(bench);
    let commit = merged(bench.forge().merge_pull(pull.number, &when_ready(pull.head_commit)).unwrap());
    assert_eq!(bench.tip("main"), commit);

    bench.push(HEAD, &[("dev/greeting.yaml", "a: 2\n")]);
    let pull = bench.forge().open_pull(&new(HEAD, bench.tip(HEAD))).unwrap();
    let head = bench.push(HEAD, &[("dev/greeting.yaml", "a: 3\n")]);
    let moved = bench.forge().merge_pull(pull.number, &when_ready(pull.head_commit)).unwrap();
    assert_eq!(moved, MergeResult::HeadMoved(head));
    bench.push("main", &[("dev/greeting.yaml", "a: other\n")]);
    assert!(is_in_conflict(bench, pull.number));
    let conflict = bench.forge().merge_pull(pull.number, &when_ready(head)).unwrap();
    assert!(matches!(conflict, MergeResult::Conflict(_)), "{conflict:?}");
}

pub fn tells_who_wrote_a_status(bench: &dyn Bench) {
    let (forge, tip) = (bench.forge(), bench.tip("main"));
    let written_by = |account: &str| {
        let statuses = forge.plain_statuses(tip).unwrap();
        [&statuses[0].creator, &statuses[0].creator_id].into_iter().flatten().any(|name| name == account)
    };
    forge.set_commit_status(tip, &status("towline/greeting/dev", StatusState::Success)).unwrap();
    // A forge without accounts names nobody who could be told from others.
    let Some(own) = forge.account().unwrap() else {
        assert!(!bench.write_statuses_as("bob"), "the forge knows accounts, and does not tell its own");
        return;
    };
    assert!(written_by(&own));
    assert!(bench.write_statuses_as("bob"));
    bench.advance(Duration::from_secs(1));
    bench.forge().set_commit_status(tip, &status("towline/greeting/dev", StatusState::Failure)).unwrap();
    assert!(written_by("bob") && !written_by(&own));
}

pub fn tells_what_the_token_may_do(bench: &dyn Bench) {
    opened(bench);
    let permissions = bench.forge().permissions().unwrap();
    let mut abilities: Vec<_> = permissions.iter().map(|permission| permission.ability).collect();
    abilities.sort();
    assert_eq!(abilities, Ability::ALL);
    for permission in permissions {
        assert_ne!(permission.granted, Some(false), "{permission:?}");
        assert_ne!(permission.detail, "", "{permission:?}");
    }
}

fn status(context: &str, state: StatusState) -> NewStatus {
    NewStatus {
        context: context.into(),
        state,
        description: "line one\nline \"two\"".into(),
        target_url: Some("https://example.com/run/1".into()),
    }
}

/// Runs `work` on many threads at once.
fn together<T: Send>(threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let work = &work;
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|n| scope.spawn(move || work(n))).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// It is told what it waits for, whatever the merge, and a new text leaves it a draft.
pub fn a_draft_of_people_is_not_merged_and_stays_one(bench: &dyn Bench) {
    let pull = opened(bench);
    if !bench.draft(pull.number, true) {
        return;
    }
    for when_ready in [false, true] {
        let request = MergeRequest { when_ready, ..request(pull.head_commit, MergeMethod::Merge) };
        let held = bench.forge().merge_pull(pull.number, &request).unwrap();
        assert!(matches!(held, MergeResult::NotMergeable(_) | MergeResult::WhenReady(_)), "{held:?}");
        let missing = bench.forge().merge_readiness(pull.number).unwrap().missing;
        assert!(
            missing.iter().any(|what| what.contains("draft") || what.contains("work in progress")),
            "{missing:?}"
        );
    }
    bench.forge().update_pull(pull.number, "Deploy greeting 1.2.1", "Newer").unwrap();
    assert!(!bench.forge().merge_readiness(pull.number).unwrap().is_ready(), "it is still a draft");
    bench.draft(pull.number, false);
    merged(bench.forge().merge_pull(pull.number, &request(pull.head_commit, MergeMethod::Merge)).unwrap());
}

/// An approval of an older head is told from one of this head, or the forge says that it cannot tell.
pub fn an_approval_is_of_what_was_approved(bench: &dyn Bench) {
    let number = opened(bench).number;
    assert!(!bench.forge().merge_readiness(number).unwrap().is_reviewed());
    let approvals = bench.approve(number);
    let before = bench.forge().merge_readiness(number).unwrap();
    assert_eq!((before.approved_by.len(), before.outdated_approvals.len()), (usize::from(approvals), 0));
    assert_eq!(before.is_reviewed(), approvals);
    bench.push(HEAD, &[("dev/greeting.yaml", "a: 2\n")]);
    bench.forge().get_pull(number).unwrap();
    let after = bench.forge().merge_readiness(number).unwrap();
    match bench.forge().dates_approvals() {
        true => assert_eq!((after.approved_by, after.outdated_approvals), (vec![], before.approved_by)),
        false => assert_eq!(after.approved_by, before.approved_by),
    }
    assert_eq!(bench.forge().merge_readiness(number).unwrap().is_reviewed(), approvals);
}

pub fn what_is_not_to_be_merged_is_not_merged_by_itself(bench: &dyn Bench) {
    let number = opened(bench).number;
    bench.forge().cancel_merge(number).unwrap();
    bench.forge().cancel_merge(number).unwrap();
    assert!(!bench.forge().merge_readiness(number).unwrap().merges_itself);
    assert_eq!(bench.forge().get_pull(number).unwrap().state, PullState::Open);
    bench.forge().close_pull(number, "no").unwrap();
    bench.forge().cancel_merge(number).unwrap();
}

fn deployment(environment: &str, state: DeploymentState) -> NewDeployment {
    NewDeployment {
        application: "greeting".into(),
        environment: environment.into(),
        reference: Some("main".into()),
        state,
        description: format!("{state:?}"),
        log_url: Some("https://example.com/pull/1".into()),
    }
}

/// Whether an environment is in a state by now, in the forge's words.
fn stands(bench: &dyn Bench, which: usize, environment: &str, words: &[&str]) {
    let shown = bench.deployments().unwrap();
    let found = words.iter().any(|word| shown[which].starts_with(&format!("{environment} {word}")));
    assert!(found, "{shown:?} has no {environment} that is one of {words:?}");
}

/// A forge that has no deployments says so, and is not asked by those who look first.
pub fn shows_a_deployment_from_its_first_step_to_its_last(bench: &dyn Bench) {
    let commit = bench.tip("main");
    let report = |environment: &str, state| {
        // Each step is one of another process.
        for _ in 0..2 {
            bench.forge().report_deployment(commit, &deployment(environment, state)).unwrap();
        }
    };
    if bench.deployments().is_none() {
        let error = bench.forge().report_deployment(commit, &deployment("dev", DeploymentState::Success));
        assert!(format!("{:#}", error.unwrap_err()).contains("has no deployments"));
        return;
    }
    report("dev", DeploymentState::Inactive);
    assert_eq!(bench.deployments().unwrap(), Vec::<String>::new(), "nothing had begun");
    report("dev", DeploymentState::Queued);
    report("dev", DeploymentState::InProgress);
    stands(bench, 0, "dev", &["in_progress", "running"]);
    report("prod", DeploymentState::InProgress);
    report("dev", DeploymentState::Success);
    stands(bench, 0, "dev", &["success"]);
    report("prod", DeploymentState::Failure);
    stands(bench, 1, "prod", &["fail"]);
    assert_eq!(bench.deployments().unwrap().len(), 2);
}

pub fn a_deployment_that_is_over_is_followed_by_another(bench: &dyn Bench) {
    if bench.deployments().is_none() {
        return;
    }
    let (first, second) = (bench.tip("main"), bench.push("main", &[("next.md", "next\n")]));
    let report = |commit, state| {
        bench.forge().report_deployment(commit, &deployment("dev", state)).unwrap();
    };
    report(first, DeploymentState::InProgress);
    report(first, DeploymentState::Failure);
    report(first, DeploymentState::InProgress);
    report(first, DeploymentState::Success);
    assert_eq!(bench.deployments().unwrap().len(), 2, "it was tried again");
    report(second, DeploymentState::InProgress);
    report(second, DeploymentState::Inactive);
    stands(bench, 2, "dev", &["inactive", "canceled"]);
    let unknown = git2::Oid::from_str(&"0123456789".repeat(4)).unwrap();
    bench.forge().report_deployment(unknown, &deployment("dev", DeploymentState::Success)).unwrap_err();
}
