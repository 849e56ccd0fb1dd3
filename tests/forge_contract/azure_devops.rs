//! Azure DevOps on the bench, and what it alone promises.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use towline::clock::{Clock, ManualClock};
use towline::forge::{CommitStatus, MergeResult, NewStatus, StatusState};
use towline::vocabulary::ForgeKind;
use towline::vocabulary::MergeMethod;

use super::Bench as _;
use super::bench::{self, Fake, HEAD};
use crate::fakes::azure_devops::{AzureDevOps, TOKEN};
use crate::fakes::faults::What;
use crate::fakes::{Fault, Server};
use crate::given;

pub type Bench = bench::Bench<AzureDevOps>;

impl Fake for AzureDevOps {
    const KIND: ForgeKind = ForgeKind::AzureDevOps;
    const TOKEN: (&'static str, &'static str) = ("AZURE_DEVOPS_EXT_PAT", TOKEN);

    fn serve(gitops: PathBuf, clock: Arc<ManualClock>) -> (Arc<Self>, Server) {
        Self::start(gitops, clock)
    }

    fn location(url: &str) -> String {
        format!("{url}/acme/shop/_git/gitops")
    }

    fn variables(url: &str) -> Vec<(&'static str, String)> {
        vec![("SYSTEM_COLLECTIONURI", format!("{url}/acme/"))]
    }

    fn write_statuses_as(&self, author: &str) {
        self.write_statuses_as(author);
    }

    fn comments_on(&self, number: u64) -> Vec<String> {
        self.comments(number)
    }

    fn approved(&self, number: u64) {
        self.vote(number, "Ann Archer", 10);
    }

    fn marked_as_draft(&self, number: u64, is_draft: bool) {
        self.mark_as_draft(number, is_draft);
    }

    fn take_to_fork(&self, number: u64) {
        self.move_to_fork(number);
    }
}

#[test]
fn reviewers_are_looked_up_and_asked_for_once() {
    let bench = Bench::pushed();
    let number = bench.opened(&["deploy"], &["ann", "platform-team"]);
    insta::assert_snapshot!(bench.fake.seen(number), @r#"labels ["deploy"], reviewers ["Ann Archer", "[shop]\\platform-team"], comments []"#);
    bench
        .open(&["Deploy", "dev"], &["Ann Archer", "platform-team", "11111111-aaaa-4aaa-8aaa-000000000002"])
        .unwrap();
    insta::assert_snapshot!(bench.fake.seen(number), @r#"labels ["deploy", "dev"], reviewers ["Ann Archer", "[shop]\\platform-team", "Bob Baker"], comments []"#);
}

#[test]
fn nothing_is_opened_for_a_reviewer_who_is_not_there() {
    let bench = Bench::pushed();
    insta::assert_snapshot!(bench.shown(&bench.open(&[], &["nobody"]).unwrap_err()), @r#"
    cannot open a pull request from towline/dev/greeting into main: there is no reviewer `nobody`
    use an address, a display name, a team of the project, or an id
    "#);
    insta::assert_snapshot!(bench.shown(&bench.open(&[], &["sam"]).unwrap_err()), @r#"
    cannot open a pull request from towline/dev/greeting into main: several reviewers are named `sam`
    use an address or an id
    "#);
    assert_eq!(bench.forge().list_pulls(None).unwrap(), []);
}

#[test]
fn why_it_was_closed_stands_in_a_comment() {
    let bench = Bench::pushed();
    let number = bench.opened(&[], &[]);
    bench.forge().close_pull(number, "superseded by 1.3.0").unwrap();
    insta::assert_snapshot!(bench.fake.seen(number), @r#"labels [], reviewers [], comments ["superseded by 1.3.0"]"#);
}

#[test]
fn the_comment_of_another_token_is_left_alone() {
    let bench = Bench::pushed();
    let number = bench.opened(&[], &[]);
    bench.forge().sticky_comment(number, "The rest of the diff").unwrap();
    let [kept] = &bench.comments(number)[..] else { panic!("not one comment") };
    insta::assert_snapshot!(kept, @r#"
    The rest of the diff

    <!-- towline:comment -->
    "#);

    let bench = Bench::pushed();
    let number = bench.opened(&[], &[]);
    bench.fake.comment_of_another(number, kept);
    for text in ["Another rest", "Another rest", "A third"] {
        bench.forge().sticky_comment(number, text).unwrap();
    }
    assert_eq!(bench.comments(number), [kept.clone(), kept.replace("The rest of the diff", "A third")]);
}

#[test]
fn what_is_too_long_for_a_comment_is_cut() {
    let bench = Bench::pushed();
    let number = bench.opened(&[], &[]);
    bench.forge().sticky_comment(number, &"🚢".repeat(100_000)).unwrap();
    let [comment] = &bench.comments(number)[..] else { panic!("not one comment") };
    insta::assert_snapshot!(comment.trim_start_matches('🚢'), @r#"


    *Truncated: the rest exceeds this forge's limit.*

    <!-- towline:comment -->
    "#);
}

#[test]
fn a_body_as_long_as_the_limit_is_found_whole() {
    let bench = Bench::pushed();
    let number = bench.opened(&[], &[]);
    let body = "x".repeat(bench.forge().body_limit());
    bench.forge().update_pull(number, "Title", &body).unwrap();
    assert_eq!(bench.forge().find_pull(HEAD, "main").unwrap().unwrap().body, body);
    bench.forge().update_pull(number, "Title", &format!("{body}x")).unwrap_err();
}

#[test]
fn a_push_may_be_seen_late() {
    let bench = Bench::pushed();
    let number = bench.opened(&[], &[]);
    let head = bench.push(HEAD, &[("dev/greeting.yaml", "a: 2\n")]);
    bench.fake.lag(3);
    assert_eq!(bench.forge().get_pull(number).unwrap().head_commit, head);
    assert_eq!(bench.merge(number, MergeMethod::Merge), MergeResult::Merged(bench.tip("main")));
}

#[test]
fn a_policy_says_no_after_the_completion_was_accepted() {
    let bench = Bench::pushed();
    let number = bench.opened(&[], &[]);
    bench.fake.refuse_completions();
    insta::assert_debug_snapshot!(bench.merge(number, MergeMethod::Merge), @r#"
    NotMergeable(
        "a policy of main rejects it",
    )
    "#);
}

#[test]
fn a_policy_and_a_missing_permission_are_told_apart() {
    let bench = Bench::pushed();
    let number = bench.opened(&[], &[]);
    let refuse = |body| {
        let at = "PATCH /acme/shop/_apis/git/repositories/gitops/pullrequests/";
        bench.server.fail(Fault::new(at, What::Instead { status: 403, headers: vec![], body }));
        bench.try_merge(number, MergeMethod::Merge, false)
    };
    let policy = refuse(
        r#"{"message": "TF402457: Two reviewers must approve.", "typeKey": "GitPullRequestUpdateRejectedByPolicyException"}"#,
    );
    insta::assert_debug_snapshot!(policy.unwrap(), @r#"
    NotMergeable(
        "TF402457: Two reviewers must approve.",
    )
    "#);
    let permission = refuse(
        r#"{"message": "TF401027: You need the Git 'PullRequestContribute' permission.", "typeKey": "GitNeedsPermissionException"}"#,
    );
    insta::assert_snapshot!(bench.shown(&permission.unwrap_err()), @r#"
    cannot merge pull request #1: PATCH URL/acme/shop/_apis/git/repositories/gitops/pullrequests/1?api-version=7.0 returned 403 Forbidden: TF401027: You need the Git 'PullRequestContribute' permission.
    grant the token the permission for this (AZURE_DEVOPS_EXT_PAT)
    "#);
}

#[test]
fn a_completion_is_not_waited_for_without_end() {
    let bench = Bench::pushed();
    let number = bench.opened(&[], &[]);
    bench.fake.stop_completions();
    let before = bench.clock.now();
    insta::assert_snapshot!(bench.shown(&bench.try_merge(number, MergeMethod::Merge, false).unwrap_err()), @r#"
    cannot merge pull request #1: Azure DevOps accepted the merge and has not finished it yet
    run this again to continue
    "#);
    let waited = bench.clock.now().duration_since(before).as_secs();
    assert!((60..300).contains(&waited), "{waited} s");
}

#[test]
fn contexts_of_others_have_their_genre_in_front() {
    let bench = Bench::new();
    let commit = bench.tip("main");
    for (state, context) in [
        ("succeeded", json!({"genre": "fluxcd", "name": "kustomization/greeting/1a2b"})),
        ("notApplicable", json!({"genre": "", "name": "lint"})),
        ("notSet", json!({"name": "slow"})),
        ("error", json!({"name": "broken"})),
    ] {
        let context: Value = context;
        bench.fake.add_status(commit, state, context);
    }
    let verdict = NewStatus {
        description: "checks failed".into(),
        ..given::status("towline/greeting/dev", StatusState::Failure)
    };
    bench.advance(Duration::from_secs(10));
    bench.forge().set_commit_status(commit, &verdict).unwrap();
    let line = |status: &CommitStatus| {
        let CommitStatus { context, state, created_at, creator, .. } = status;
        format!("{context} {state:?} {created_at} {}", creator.as_deref().unwrap())
    };
    let statuses = bench.forge().commit_statuses(commit).unwrap();
    insta::assert_snapshot!(statuses.iter().map(line).collect::<Vec<_>>().join("\n"), @"
    towline/greeting/dev Failure 2026-03-01T12:00:10Z 33333333-aaaa-4aaa-8aaa-000000000001
    broken Error 2026-03-01T12:00:00Z 33333333-aaaa-4aaa-8aaa-000000000001
    slow Pending 2026-03-01T12:00:00Z 33333333-aaaa-4aaa-8aaa-000000000001
    lint Pending 2026-03-01T12:00:00Z 33333333-aaaa-4aaa-8aaa-000000000001
    fluxcd/kustomization/greeting/1a2b Success 2026-03-01T12:00:00Z 33333333-aaaa-4aaa-8aaa-000000000001
    ");
}

#[test]
fn a_success_can_ask_to_be_left_alone() {
    let bench = Bench::new();
    let body = r#"{"count": 0, "value": []}"#;
    let slow = What::Instead { status: 200, headers: vec![("retry-after", "30")], body };
    bench.server.fail(Fault::new("GET /acme/shop/_apis/git/repositories/gitops/pullrequests?", slow));
    let before: Timestamp = bench.clock.now();
    assert_eq!(bench.forge().find_pull(HEAD, "main").unwrap(), None);
    assert_eq!(bench.clock.now().duration_since(before).as_secs(), 30);
}

#[test]
fn a_page_to_sign_in_is_a_bad_token() {
    let bench = Bench::new();
    let find =
        |token: &str| bench.connect(token, Duration::from_secs(10)).find_pull("x", "main").unwrap_err();
    insta::assert_snapshot!(bench.shown(&find("expired")), @r#"
    cannot look for a pull request from x into main: GET URL/acme/shop/_apis/git/repositories/gitops/pullrequests?api-version=7.0&searchCriteria.status=active&searchCriteria.sourceRefName=refs%2Fheads%2Fx&searchCriteria.targetRefName=refs%2Fheads%2Fmain&%24top=1 returned 401 Unauthorized: the server did not say why
    the token is missing, wrong or expired (AZURE_DEVOPS_EXT_PAT)
    "#);
    let at = "GET /acme/shop/";
    let html = vec![("content-type", "text/html; charset=utf-8")];
    let page = What::Instead { status: 203, headers: html, body: "<html><title>Sign In</title></html>" };
    bench.server.fail(Fault::new(at, page));
    insta::assert_snapshot!(bench.shown(&find(TOKEN)), @r#"
    cannot look for a pull request from x into main: GET URL/acme/shop/_apis/git/repositories/gitops/pullrequests?api-version=7.0&searchCriteria.status=active&searchCriteria.sourceRefName=refs%2Fheads%2Fx&searchCriteria.targetRefName=refs%2Fheads%2Fmain&%24top=1 returned 203 Non Authoritative Information: the server returned a page instead of JSON
    servers do that to ask for a sign-in: the token is missing, wrong or expired (AZURE_DEVOPS_EXT_PAT)
    "#);
    let headers = vec![("location", "https://spsprodeus1.vssps.visualstudio.com/_signin")];
    bench.server.fail(Fault::new(at, What::Instead { status: 302, headers, body: "" }));
    insta::assert_snapshot!(bench.shown(&find(TOKEN)), @r#"
    cannot look for a pull request from x into main: GET URL/acme/shop/_apis/git/repositories/gitops/pullrequests?api-version=7.0&searchCriteria.status=active&searchCriteria.sourceRefName=refs%2Fheads%2Fx&searchCriteria.targetRefName=refs%2Fheads%2Fmain&%24top=1 returned 302 Found: the server redirects to spsprodeus1.vssps.visualstudio.com, where the token must not be sent
    servers do that to ask for a sign-in: check the token (AZURE_DEVOPS_EXT_PAT). If the repository has moved, correct `gitops.repository`
    "#);
}
