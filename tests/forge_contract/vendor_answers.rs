//! What vendors answer that is not the usual: a lost field, a word that is not known, a title that is
//! too long, a list that is longer than it says.

use serde_json::json;
use towline::forge::{Ability, MergeResult, NewPullRequest, PullState};
use towline::vocabulary::MergeMethod;

use super::Bench as _;
use super::bench::{self, Fake, HEAD};
use super::{azure_devops, gitea, github, gitlab};
use crate::fakes::Fault;
use crate::fakes::azure_devops::Policy;
use crate::fakes::faults::What;
use crate::fakes::github::rules::Rules;
use crate::given;

fn instead(at: &str, status: u16, body: &'static str) -> Fault {
    Fault::new(at, What::Instead { status, headers: vec![], body })
}

/// What was written to the forge since its log had this length.
fn writes<F: Fake>(bench: &bench::Bench<F>, since: usize) -> Vec<String> {
    let log = bench.server.log();
    log[since..]
        .iter()
        .filter(|line| !line.starts_with("GET") && !line.contains("/graphql"))
        .cloned()
        .collect()
}

#[test]
fn a_timeline_that_counts_its_page_is_read_to_its_end() {
    let bench = gitea::Bench::pushed();
    let number = bench.opened(&[], &[]);
    let comments = json!([{"type": "comment"}, {"type": "comment"}]).to_string();
    let pages = [
        (Box::leak(comments.into_boxed_str()) as &'static str, "2"),
        (r#"[{"type":"pull_scheduled_merge"}]"#, "1"),
        ("null", "0"),
    ];
    for (body, count) in pages {
        let headers = vec![("x-total-count", count)];
        let at = "GET /api/v1/repos/acme/gitops/issues/1/timeline";
        bench.server.fail(Fault::new(at, What::Instead { status: 200, headers, body }));
    }
    assert!(bench.forge().merge_readiness(number).unwrap().merges_itself);
}

#[test]
fn auto_complete_is_set_in_the_name_of_whoever_asks_for_it() {
    let bench = azure_devops::Bench::pushed();
    let number = bench.opened(&[], &[]);
    bench.fake.created_by(number, "Ann Archer");
    bench.fake.policies(&[Policy { kind: "Build", name: None, blocking: true, status: "running" }]);
    let waits = MergeResult::WhenReady("Build (running)".into());
    assert_eq!(bench.merge_when_ready(number, MergeMethod::Merge), waits);
    assert!(bench.fake.auto_complete(number).unwrap().starts_with("by shop Build Service"));
    // The next time there is nothing to do.
    let before = bench.server.log().len();
    assert_eq!(bench.merge_when_ready(number, MergeMethod::Merge), waits);
    assert_eq!(writes(&bench, before), [""; 0]);
    // And Towline takes back what it set itself.
    bench.forge().update_pull(number, "Deploy greeting 1.3.0", "Body").unwrap();
    assert_eq!(bench.fake.auto_complete(number), None);
}

#[test]
fn one_that_has_lost_its_merge_commit_breaks_no_list() {
    let bench = azure_devops::Bench::pushed();
    let first = bench.opened(&[], &[]);
    let MergeResult::Merged(commit) = bench.merge(first, MergeMethod::Merge) else { panic!() };
    bench.fake.lose_merge_commit(first);
    let forge = bench.forge();
    let seen = |pull: towline::forge::PullRequest| (pull.number, pull.state, pull.merge_commit);
    let lost = (first, PullState::Merged, None);
    assert_eq!(seen(forge.get_pull(first).unwrap()), lost);
    assert_eq!(seen(forge.find_pull(HEAD, "main").unwrap().unwrap()), lost);
    assert_eq!(seen(forge.list_pulls(None).unwrap().remove(0)), lost);
    let again = bench.merge(first, MergeMethod::Merge);
    let why = "#1 is already merged; Azure DevOps does not report as which commit";
    assert_eq!(again, MergeResult::NotMergeable(why.into()));
    assert_eq!(bench.tip("main"), commit);
}

#[test]
fn an_odd_entry_is_left_out_of_a_list_and_said_once() {
    let bench = gitlab::Bench::pushed();
    let number = bench.opened(&[], &[]);
    let forge = bench.forge();
    for _ in 0..2 {
        let odd = instead(
            "GET /api/v4/projects/acme%2Fplatform%2Fgitops/merge_requests?state=all",
            200,
            r#"[{"iid": 7}]"#,
        );
        bench.server.fail(odd);
        assert_eq!(forge.list_pulls(None).unwrap(), []);
    }
    insta::assert_snapshot!(bench.told(), @"merge request !7 is left out of the list: missing field `web_url`");
    assert_eq!(forge.list_pulls(None).unwrap().remove(0).number, number);
}

#[test]
fn a_merge_commit_that_rest_leaves_out_is_found_with_graphql() {
    let bench = github::Bench::pushed();
    let number = bench.opened(&[], &[]);
    let MergeResult::Merged(commit) = bench.merge(number, MergeMethod::Merge) else { panic!() };
    bench.fake.leave_out_merge_commits();
    let forge = bench.forge();
    assert_eq!(forge.get_pull(number).unwrap().merge_commit, Some(commit));
    assert_eq!(forge.find_pull(HEAD, "main").unwrap().unwrap().merge_commit, Some(commit));
    assert_eq!(forge.list_pulls(None).unwrap()[0].merge_commit, Some(commit));
    assert_eq!(bench.merge(number, MergeMethod::Merge), MergeResult::Merged(commit));
}

#[test]
fn a_word_that_is_not_known_is_looked_at_again() {
    for word in ["approvals_syncing", "preparing", "unchecked"] {
        let bench = gitlab::Bench::pushed();
        let number = bench.opened(&[], &[]);
        bench.fake.set(|project| project.saying = (word, 3));
        assert!(matches!(bench.merge(number, MergeMethod::Merge), MergeResult::Merged(_)), "{word}");
    }
}

#[test]
fn a_word_that_stays_unknown_is_told_in_the_end() {
    let bench = gitlab::Bench::pushed();
    let number = bench.opened(&[], &[]);
    bench.fake.set(|project| {
        project.saying = ("approvals_syncing", 1_000);
        project.approvals_required = 1;
    });
    let MergeResult::NotMergeable(why) = bench.merge(number, MergeMethod::Merge) else { panic!() };
    insta::assert_snapshot!(why, @"GitLab has not worked out whether it can be merged: the approvals are syncing");
    insta::assert_debug_snapshot!(bench.forge().merge_readiness(number).unwrap().missing, @r#"
    [
        "the approvals are syncing",
    ]
    "#);
}

#[test]
fn a_draft_of_azure_devops_is_left_to_people() {
    let bench = azure_devops::Bench::pushed();
    let number = bench.opened(&[], &[]);
    bench.fake.mark_as_draft(number, true);
    let before = bench.server.log().len();
    assert_eq!(bench.merge(number, MergeMethod::Merge), MergeResult::NotMergeable("it is a draft".into()));
    assert_eq!(writes(&bench, before), [""; 0]);
    assert_eq!(bench.forge().merge_readiness(number).unwrap().missing, ["it is a draft"]);
    bench.fake.mark_as_draft(number, false);
    assert!(matches!(bench.merge(number, MergeMethod::Merge), MergeResult::Merged(_)));
}

#[test]
fn a_draft_of_github_is_not_merged() {
    let bench = github::Bench::pushed();
    let number = bench.opened(&[], &[]);
    bench.fake.mark_as_draft(number, true);
    let result = bench.merge(number, MergeMethod::Merge);
    assert_eq!(result, MergeResult::NotMergeable("Pull Request is still a draft".into()));
    assert_eq!(bench.forge().merge_readiness(number).unwrap().missing, ["the pull request is a draft"]);
    bench.fake.mark_as_draft(number, false);
    assert!(matches!(bench.merge(number, MergeMethod::Merge), MergeResult::Merged(_)));
}

#[test]
fn what_github_calls_unstable_or_has_hooks_for_is_merged() {
    for hooks in [false, true] {
        let bench = github::Bench::pushed();
        bench.fake.protect(Rules { hooks, ..Rules::default() });
        let number = bench.opened(&[], &[]);
        if !hooks {
            bench.fake.add_check_run(bench.tip(HEAD), "lint", "completed", Some("failure"));
        }
        // GitHub does not know at first.
        assert!(bench.forge().merge_readiness(number).unwrap().is_clear());
        let asked = bench.server.log().iter().filter(|line| line.contains("/graphql")).count();
        assert_eq!(asked, 2);
        assert!(matches!(bench.merge_when_ready(number, MergeMethod::Merge), MergeResult::Merged(_)));
    }
}

#[test]
fn what_github_never_works_out_is_not_clear() {
    let bench = github::Bench::pushed();
    let number = bench.opened(&[], &[]);
    let unknown = r#"{"data":{"repository":{"autoMergeAllowed":true,"pullRequest":{"state":"OPEN","isDraft":false,"headRefOid":"","mergeStateStatus":"UNKNOWN","isMergeQueueEnabled":false,"commits":{"nodes":[]},"timelineItems":{"nodes":[]}}}}}"#;
    (0..4).for_each(|_| bench.server.fail(instead("POST /graphql", 200, unknown)));
    let missing = bench.forge().merge_readiness(number).unwrap().missing;
    assert_eq!(missing, ["GitHub has not worked out whether it can be merged"]);
}

#[test]
fn one_that_is_being_merged_is_looked_at_again() {
    let bench = gitlab::Bench::pushed();
    bench.fake.set(|project| project.approvals_required = 1);
    let number = bench.opened(&[], &[]);
    assert!(matches!(bench.merge_when_ready(number, MergeMethod::Merge), MergeResult::WhenReady(_)));
    bench.fake.approve(number, "ann");
    assert_eq!(bench.forge().get_pull(number).unwrap().state, PullState::Open);
    assert!(matches!(bench.merge_when_ready(number, MergeMethod::Merge), MergeResult::Merged(_)));
}

#[test]
fn a_policy_whose_state_is_not_known_is_not_met() {
    let bench = azure_devops::Bench::pushed();
    let number = bench.opened(&[], &[]);
    bench.fake.policies(&[Policy { kind: "Build", name: None, blocking: true, status: "queued" }]);
    let body = r#"{"value":[{"status":"tomorrow","configuration":{"id":1,"isBlocking":true,"type":{"displayName":"Build"}}}]}"#;
    bench.server.fail(instead("GET /acme/shop/_apis/policy/evaluations", 200, body));
    bench.server.fail(instead("GET /acme/shop/_apis/policy/evaluations", 200, r#"{"value":[]}"#));
    assert_eq!(bench.forge().merge_readiness(number).unwrap().missing, ["Build (tomorrow)"]);
}

#[test]
fn a_fine_grained_token_of_gitlab_is_not_told_that_it_may_do_nothing() {
    let bench = gitlab::Bench::new();
    bench.fake.set(|project| project.granular = true);
    let found = bench.forge().permissions().unwrap();
    let granted = |ability| found.iter().find(|found| found.ability == ability).unwrap().granted;
    assert_eq!(granted(Ability::Read), None);
    assert!(Ability::ALL.into_iter().all(|ability| granted(ability) != Some(false)));
    insta::assert_snapshot!(found[1].detail, @"the role Maintainer; a fine-grained token, whose permissions GitLab does not report");
}

#[test]
fn a_label_with_a_comma_is_two_on_gitlab_and_not_sent_again() {
    let bench = gitlab::Bench::pushed();
    let number = bench.opened(&["team, prod", "deploy"], &[]);
    insta::assert_snapshot!(bench.fake.seen(number), @r#"labels ["team", "prod", "deploy"], reviewers [], notes []"#);
    let before = bench.server.log().len();
    let again = NewPullRequest { open: Some(number), ..bench.new_pull(&["team, prod", "deploy"], &[]) };
    bench.forge().open_pull(&again).unwrap();
    assert_eq!(writes(&bench, before), [""; 0]);
    insta::assert_snapshot!(bench.told(), @r"
    GitLab has no labels with a comma: `team, prod` becomes `team` and `prod`
    GitLab has no labels with a comma: `team, prod` becomes `team` and `prod`
    ");
}

#[test]
fn a_project_that_has_moved_is_named_with_what_to_correct() {
    let bench = gitlab::Bench::pushed();
    let body = r#"{"message":"Non GET methods are not allowed for moved projects"}"#;
    bench.server.fail(instead("POST /api/v4/projects/", 405, body));
    let error = bench.forge().open_pull(&bench.new_pull(&[], &[])).unwrap_err();
    insta::assert_snapshot!(bench.shown(&error), @r"
    cannot open a merge request from towline/dev/greeting into main: POST URL/api/v4/projects/acme%2Fplatform%2Fgitops/merge_requests returned 405 Method Not Allowed: Non GET methods are not allowed for moved projects
    the project has moved: correct `gitops.repository`
    ");
}

/// Opens with a long title, and proposes the same again: nothing is written.
fn cuts_titles<F: Fake>(bench: &bench::Bench<F>, draft: &str) {
    let title = format!("Deploy {} 1.2.0", "größer ".repeat(80));
    let new = NewPullRequest { title: title.clone(), ..bench.new_pull(&[], &[]) };
    let opened = bench.forge().open_pull(&new).unwrap();
    assert!(opened.title.starts_with("Deploy größer") && opened.title.ends_with('…'));
    for mark in ["", draft] {
        let title = format!("{mark}{title}");
        let before = bench.server.log().len();
        bench.forge().update_pull(opened.number, &title, &new.body).unwrap();
        assert_eq!(writes(bench, before).is_empty(), mark.is_empty(), "{mark}");
        let before = bench.server.log().len();
        bench.forge().open_pull(&NewPullRequest { open: Some(opened.number), ..new.clone() }).unwrap();
        assert_eq!(writes(bench, before), [""; 0], "{mark}");
    }
}

#[test]
fn a_long_title_is_cut_the_same_way_each_time() {
    cuts_titles(&github::Bench::pushed(), "");
    cuts_titles(&azure_devops::Bench::pushed(), "");
    cuts_titles(&gitlab::Bench::pushed(), "Draft: ");
    cuts_titles(&gitea::Bench::pushed(), "WIP: ");
}

#[test]
fn a_merge_is_asked_for_in_both_spellings() {
    let bench = gitea::Bench::pushed();
    let number = bench.opened(&[], &[]);
    assert!(matches!(bench.merge(number, MergeMethod::Squash), MergeResult::Merged(_)));
    let message = given::merge(bench.tip(HEAD), MergeMethod::Squash).message;
    assert_eq!(bench.message(bench.tip("main")).trim_end(), message.trim_end());
}
