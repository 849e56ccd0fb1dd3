//! GitHub on the bench, and what it alone promises.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use towline::clock::ManualClock;
use towline::forge::{
    self, CommitStatus, Forge, MergeRequest, MergeResult, NewPullRequest, NewStatus, StatusState,
};
use towline::http::Settings;
use towline::vocabulary::ForgeKind;
use towline::vocabulary::MergeMethod;

use super::strike::Breakable;
use super::{Bench as _, Forks};
use crate::fakes::Server;
use crate::fakes::github::{GitHub, TOKEN, WORKFLOW_TOKEN, app};
use crate::support::Gitops;

pub struct Bench {
    gitops: Gitops,
    pub clock: Arc<ManualClock>,
    pub github: Arc<GitHub>,
    pub server: Server,
    pub told: Arc<Mutex<Vec<String>>>,
}

impl Bench {
    pub fn new() -> Self {
        let gitops = Gitops::new();
        let clock = Arc::new(ManualClock::new("2026-03-01T12:00:00Z".parse().unwrap()));
        let (github, server) = GitHub::start(gitops.path(), clock.clone());
        Self { gitops, clock, github, server, told: Arc::default() }
    }

    /// As in a workflow of a GitHub Enterprise Server, with this token.
    pub fn connect(&self, token: &str, timeout: Duration) -> Box<dyn Forge> {
        self.connect_with(&[("GITHUB_TOKEN", token)], timeout)
    }

    pub fn connect_with(&self, variables: &[(&str, &str)], timeout: Duration) -> Box<dyn Forge> {
        let url = self.server.url();
        let actions = [("GITHUB_SERVER_URL", url), ("GITHUB_API_URL", url)];
        let all = actions.iter().chain(variables);
        let all: Vec<_> = all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let told = self.told.clone();
        let settings = Settings {
            timeout,
            random: Arc::new(|| 0.5),
            notify: Arc::new(move |line| told.lock().unwrap().push(line.to_owned())),
            ..Settings::new(self.clock.clone())
        };
        forge::connect(ForgeKind::GitHub, &format!("{url}/acme/gitops.git"), &all, settings).unwrap()
    }
}

impl super::Bench for Bench {
    fn forge(&self) -> Box<dyn Forge> {
        self.connect(TOKEN, Duration::from_secs(20))
    }

    fn gitops(&self) -> &Gitops {
        &self.gitops
    }

    fn comments(&self, number: u64) -> Vec<String> {
        self.github.comments_of(number)
    }

    fn advance(&self, time: Duration) {
        self.clock.advance(time);
    }
}

impl Forks for Bench {
    fn move_to_fork(&self, number: u64) {
        self.github.move_to_fork(number);
    }
}

impl Breakable for Bench {
    fn server(&self) -> &Server {
        &self.server
    }

    fn hasty(&self) -> Box<dyn Forge> {
        self.connect(TOKEN, Duration::from_secs(2))
    }
}

pub const HEAD: &str = "towline/dev/greeting";

pub fn new(bench: &Bench, labels: &[&str], reviewers: &[&str]) -> NewPullRequest {
    NewPullRequest {
        head: HEAD.into(),
        head_commit: bench.tip(HEAD),
        base: "main".into(),
        title: "Deploy greeting 1.2.0".into(),
        body: "Body".into(),
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        reviewers: reviewers.iter().map(|name| (*name).to_owned()).collect(),
    }
}

#[test]
fn labels_and_reviewers_are_asked_for_once() {
    let bench = Bench::new();
    bench.push(HEAD, &[("dev/greeting.yaml", "a: 1\n")]);
    let wanted = new(&bench, &["deploy"], &["ann", "acme/platform-team"]);
    let number = bench.forge().open_pull(&wanted).unwrap().number;
    insta::assert_snapshot!(bench.github.seen(number), @r#"labels ["deploy"], reviewers ["ann"], teams ["platform-team"], comments []"#);
    // The team's slug alone will do, and who has answered is not asked again.
    bench.github.review(number, "ann", "APPROVED");
    bench.forge().open_pull(&new(&bench, &["Deploy", "dev"], &["ann", "platform-team", "bob"])).unwrap();
    insta::assert_snapshot!(bench.github.seen(number), @r#"labels ["deploy", "dev"], reviewers ["bob"], teams ["platform-team"], comments []"#);
}

#[test]
fn a_reviewer_that_is_not_there_is_an_error_that_says_so() {
    let bench = Bench::new();
    bench.push(HEAD, &[("dev/greeting.yaml", "a: 1\n")]);
    let error = bench.forge().open_pull(&new(&bench, &[], &["nobody"])).unwrap_err();
    insta::assert_snapshot!(format!("{error:#}").replace(bench.server.url(), "URL"), @"pull request #1 is open, but `nobody` cannot be asked for a review: POST URL/repos/acme/gitops/pulls/1/requested_reviewers was answered with 422 Unprocessable Entity: Reviews may only be requested from collaborators.");
}

#[test]
fn why_it_was_closed_stands_in_a_comment() {
    let bench = Bench::new();
    bench.push(HEAD, &[("dev/greeting.yaml", "a: 1\n")]);
    let number = bench.forge().open_pull(&new(&bench, &[], &[])).unwrap().number;
    bench.forge().close_pull(number, "superseded by 1.3.0").unwrap();
    insta::assert_snapshot!(bench.github.seen(number), @r#"labels [], reviewers [], teams [], comments ["superseded by 1.3.0"]"#);
}

#[test]
fn github_may_see_a_push_late() {
    let bench = Bench::new();
    bench.push(HEAD, &[("dev/greeting.yaml", "a: 1\n")]);
    let first = bench.forge().open_pull(&new(&bench, &[], &[])).unwrap();
    let head = bench.push(HEAD, &[("dev/greeting.yaml", "a: 2\n")]);
    bench.github.lag(3);
    let title = "Deploy greeting 1.3.0";
    let second = NewPullRequest { title: title.into(), ..new(&bench, &[], &[]) };
    let pull = bench.forge().open_pull(&second).unwrap();
    assert_eq!((pull.number, pull.head_commit, pull.title.as_str()), (first.number, head, title));

    let head = bench.push(HEAD, &[("dev/greeting.yaml", "a: 3\n")]);
    bench.github.lag(2);
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
        context: context.into(),
        state: StatusState::Success,
        description: "é".repeat(141),
        target_url: None,
    };
    bench.forge().set_commit_status(commit, &status("flux/a")).unwrap();
    for (name, status, conclusion) in [
        ("build", "completed", Some("failure")),
        ("lint", "completed", Some("skipped")),
        ("slow", "in_progress", None),
        ("stopped", "completed", Some("cancelled")),
    ] {
        bench.advance(Duration::from_secs(10));
        bench.github.add_check_run(commit, name, status, conclusion);
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
    insta::assert_snapshot!(statuses.iter().map(line).collect::<Vec<_>>().join("\n"), @r#"
    flux/b Success 2026-03-01T12:00:50Z towline-bot
    stopped Error 2026-03-01T12:00:40Z octo-app
    slow Pending 2026-03-01T12:00:30Z octo-app
    lint Pending 2026-03-01T12:00:20Z octo-app
    build Failure 2026-03-01T12:00:10Z octo-app
    flux/a Success 2026-03-01T12:00:00Z towline-bot
    "#);
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
        let pull = forge.open_pull(&new(&bench, &[], &[])).unwrap();
        seen += &look(&format!("the {release}, open"));
        forge.close_pull(pull.number, "why not").unwrap();
        seen += &look(&format!("the {release}, closed"));
    }
    bench.github.reopen(1);
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
    let bench = Bench::new();
    bench.push(HEAD, &[("dev/greeting.yaml", "a: 1\n")]);
    bench.connect(WORKFLOW_TOKEN, Duration::from_secs(20)).open_pull(&new(&bench, &[], &[])).unwrap();
    insta::assert_snapshot!(bench.told.lock().unwrap().join("\n"), @"no workflows run for pull request #1, because it was opened with a workflow's own token: use a GitHub App's, or a person's");
}
