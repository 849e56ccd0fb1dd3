//! GitHub on the bench, and what it alone promises.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use towline::clock::ManualClock;
use towline::forge::{
    CommitStatus, DeploymentState, MergeRequest, MergeResult, NewDeployment, NewPullRequest, NewStatus,
    StatusState,
};
use towline::vocabulary::ForgeKind;
use towline::vocabulary::MergeMethod;

use super::Bench as _;
use super::bench::{self, Fake, HEAD};
use crate::fakes::Server;
use crate::fakes::github::{GitHub, TOKEN, WORKFLOW_TOKEN, app};
use crate::given;

pub type Bench = bench::Bench<GitHub>;

impl Fake for GitHub {
    const KIND: ForgeKind = ForgeKind::GitHub;
    const TOKEN: (&'static str, &'static str) = ("GITHUB_TOKEN", TOKEN);

    fn serve(gitops: PathBuf, clock: Arc<ManualClock>) -> (Arc<Self>, Server) {
        Self::start(gitops, clock)
    }

    fn location(url: &str) -> String {
        format!("{url}/acme/gitops.git")
    }

    fn variables(url: &str) -> Vec<(&'static str, String)> {
        vec![("GITHUB_SERVER_URL", url.to_owned()), ("GITHUB_API_URL", url.to_owned())]
    }

    fn write_statuses_as(&self, author: &str) {
        self.write_statuses_as(author);
    }

    fn deployments_told(&self) -> Option<Vec<String>> {
        Some(self.deployments_seen())
    }

    fn comments_on(&self, number: u64) -> Vec<String> {
        self.comments_of(number)
    }

    fn approved(&self, number: u64) {
        self.review(number, "ann", "APPROVED");
    }

    fn marked_as_draft(&self, number: u64, is_draft: bool) {
        self.mark_as_draft(number, is_draft);
    }

    fn take_to_fork(&self, number: u64) {
        self.move_to_fork(number);
    }
}

#[test]
fn labels_and_reviewers_are_asked_for_once() {
    let bench = Bench::pushed();
    let wanted = bench.new_pull(&["deploy"], &["ann", "acme/platform-team"]);
    let number = bench.forge().open_pull(&wanted).unwrap().number;
    insta::assert_snapshot!(bench.fake.seen(number), @r#"labels ["deploy"], reviewers ["ann"], teams ["platform-team"], comments []"#);
    // The team's slug alone will do, and who has answered is not asked again.
    bench.fake.review(number, "ann", "APPROVED");
    bench.forge().open_pull(&bench.new_pull(&["Deploy", "dev"], &["ann", "platform-team", "bob"])).unwrap();
    insta::assert_snapshot!(bench.fake.seen(number), @r#"labels ["deploy", "dev"], reviewers ["bob"], teams ["platform-team"], comments []"#);
}

#[test]
fn a_reviewer_that_is_not_there_is_an_error_that_says_so() {
    let bench = Bench::pushed();
    let error = bench.forge().open_pull(&bench.new_pull(&[], &["nobody"])).unwrap_err();
    insta::assert_snapshot!(format!("{error:#}").replace(bench.server.url(), "URL"), @"pull request #1 is open, but `nobody` cannot be asked for a review: POST URL/repos/acme/gitops/pulls/1/requested_reviewers returned 422 Unprocessable Entity: Reviews may only be requested from collaborators.");
}

#[test]
fn why_it_was_closed_stands_in_a_comment() {
    let bench = Bench::pushed();
    let number = bench.opened(&[], &[]);
    bench.forge().close_pull(number, "superseded by 1.3.0").unwrap();
    insta::assert_snapshot!(bench.fake.seen(number), @r#"labels [], reviewers [], teams [], comments ["superseded by 1.3.0"]"#);
}

#[test]
fn github_may_see_a_push_late() {
    let bench = Bench::pushed();
    let first = bench.forge().open_pull(&bench.new_pull(&[], &[])).unwrap();
    let head = bench.push(HEAD, &[("dev/greeting.yaml", "a: 2\n")]);
    bench.fake.lag(3);
    let title = "Deploy greeting 1.3.0";
    let second = NewPullRequest { title: title.into(), ..bench.new_pull(&[], &[]) };
    let pull = bench.forge().open_pull(&second).unwrap();
    assert_eq!((pull.number, pull.head_commit, pull.title.as_str()), (first.number, head, title));

    let head = bench.push(HEAD, &[("dev/greeting.yaml", "a: 3\n")]);
    bench.fake.lag(2);
    let request = MergeRequest {
        expected_head: head,
        method: MergeMethod::Squash,
        message: "Merge".into(),
        when_ready: false,
    };
    let result = bench.forge().merge_pull(first.number, &request).unwrap();
    assert_eq!(result, MergeResult::Merged(bench.tip("main")));
}

#[test]
fn check_runs_stand_among_the_statuses() {
    let bench = Bench::new();
    let commit = bench.tip("main");
    let status = |context: &str| NewStatus {
        description: "é".repeat(141),
        ..given::status(context, StatusState::Success)
    };
    bench.forge().set_commit_status(commit, &status("flux/a")).unwrap();
    for (name, status, conclusion) in [
        ("build", "completed", Some("failure")),
        ("lint", "completed", Some("skipped")),
        ("slow", "in_progress", None),
        ("stopped", "completed", Some("cancelled")),
    ] {
        bench.advance(Duration::from_secs(10));
        bench.fake.add_check_run(commit, name, status, conclusion);
    }
    bench.advance(Duration::from_secs(10));
    bench.forge().set_commit_status(commit, &status("flux/b")).unwrap();
    let statuses = bench.forge().commit_statuses(commit).unwrap();
    let line = |status: &CommitStatus| {
        format!(
            "{} {:?} {} {}",
            status.context,
            status.state,
            status.created_at,
            status.creator.as_deref().unwrap()
        )
    };
    insta::assert_snapshot!(statuses.iter().map(line).collect::<Vec<_>>().join("\n"), @"
    flux/b Success 2026-03-01T12:00:50Z ann
    stopped Error 2026-03-01T12:00:40Z octo-app
    slow Pending 2026-03-01T12:00:30Z octo-app
    lint Pending 2026-03-01T12:00:20Z octo-app
    build Failure 2026-03-01T12:00:10Z octo-app
    flux/a Success 2026-03-01T12:00:00Z ann
    ");
    assert_eq!(statuses[0].description.chars().count(), 140);
}

#[test]
fn waiting_asks_for_what_changed_only() {
    let bench = Bench::new();
    let commit = bench.tip("main");
    let forge = bench.forge();
    for _ in 0..10 {
        forge.commit_statuses(commit).unwrap();
    }
    assert_eq!(forge.budget().unwrap().to_string(), "GitHub: 20 requests, 18 of them unchanged (304)");
}

#[test]
fn finding_costs_as_few_requests_as_it_can() {
    let bench = Bench::new();
    let forge = bench.forge();
    let look = |what: &str| {
        let before = bench.server.log().len();
        let found = forge.find_pull(HEAD, "main").unwrap().map(|pull| (pull.number, pull.state));
        format!("{what}: {found:?} with {} requests\n", bench.server.log().len() - before)
    };
    let mut seen = look("none");
    for release in ["first", "second"] {
        bench.push(HEAD, &[("dev/greeting.yaml", release)]);
        let pull = forge.open_pull(&bench.new_pull(&[], &[])).unwrap();
        seen += &look(&format!("the {release}, open"));
        forge.close_pull(pull.number, "why not").unwrap();
        seen += &look(&format!("the {release}, closed"));
    }
    bench.fake.reopen(1);
    seen += &look("the first again");
    insta::assert_snapshot!(seen, @r#"
    none: None with 1 requests
    the first, open: Some((1, Open)) with 2 requests
    the first, closed: Some((1, Closed)) with 1 requests
    the second, open: Some((3, Open)) with 2 requests
    the second, closed: Some((3, Closed)) with 2 requests
    the first again: Some((1, Open)) with 3 requests
    "#);
}

#[test]
fn a_github_app_renews_its_token() {
    let bench = Bench::new();
    let variables =
        [("TOWLINE_GITHUB_APP_ID", app::ID), ("TOWLINE_GITHUB_APP_KEY", app::KEY), ("GITHUB_TOKEN", "no")];
    let forge = bench.connect_with(&variables, Duration::from_secs(20));
    let tokens = || bench.server.log().iter().filter(|line| line.contains("access_tokens")).count();
    for (minutes, tokens_by_then) in [(0, 1), (54, 1), (2, 2), (600, 3)] {
        bench.advance(Duration::from_secs(minutes * 60));
        forge.commit_statuses(bench.tip("main")).unwrap();
        assert_eq!(tokens(), tokens_by_then);
    }
}

#[test]
fn a_workflows_own_token_opens_with_a_warning() {
    let bench = Bench::pushed();
    bench.connect(WORKFLOW_TOKEN, Duration::from_secs(20)).open_pull(&bench.new_pull(&[], &[])).unwrap();
    insta::assert_snapshot!(bench.told(), @"no workflows run for pull request #1, because it was opened with a workflow's own token: use the token of a GitHub App or a user");
}

/// GitLab has no place for the name of an application.
#[test]
fn applications_of_one_commit_have_deployments_of_their_own() {
    let bench = Bench::new();
    for application in ["greeting", "farewell", "greeting"] {
        let deployment = NewDeployment {
            application: application.into(),
            environment: "dev".into(),
            reference: None,
            state: DeploymentState::InProgress,
            description: "Deploying".into(),
            log_url: None,
        };
        bench.forge().report_deployment(bench.tip("main"), &deployment).unwrap();
    }
    assert_eq!(bench.fake.deployments_seen(), ["dev in_progress: Deploying"; 2]);
}

#[test]
fn a_token_that_may_not_write_deployments_is_told_which_permission_is_missing() {
    let bench = Bench::new();
    let deployment = NewDeployment {
        application: "greeting".into(),
        environment: "dev".into(),
        reference: None,
        state: DeploymentState::Success,
        description: "Deployed".into(),
        log_url: None,
    };
    let forge = bench.connect(crate::fakes::github::READING_TOKEN, Duration::from_secs(20));
    let error = forge.report_deployment(bench.tip("main"), &deployment).unwrap_err();
    assert!(bench.shown(&error).contains("grant the token the permission deployments=write"), "{error:#}");
}
