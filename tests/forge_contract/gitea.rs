//! Gitea on the bench, and what it alone promises.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use towline::clock::ManualClock;
use towline::forge::{
    self, Forge, MergeRequest, MergeResult, NewPullRequest, NewStatus, PullState, StatusState,
};
use towline::http::Settings;
use towline::vocabulary::ForgeKind;
use towline::vocabulary::MergeMethod;

use super::strike::Breakable;
use super::{Bench as _, Forks};
use crate::fakes::gitea::{Gitea, TOKEN};
use crate::fakes::{Fault, Server};
use crate::support::Gitops;

pub struct Bench {
    gitops: Gitops,
    clock: Arc<ManualClock>,
    pub gitea: Arc<Gitea>,
    pub server: Server,
    told: Arc<Mutex<Vec<String>>>,
}

impl Bench {
    pub fn new() -> Self {
        let gitops = Gitops::new();
        let clock = Arc::new(ManualClock::new("2026-03-01T12:00:00Z".parse().unwrap()));
        let (gitea, server) = Gitea::start(gitops.path(), clock.clone());
        Self { gitops, clock, gitea, server, told: Arc::default() }
    }

    pub fn connect(&self, token: &str, timeout: Duration) -> Box<dyn Forge> {
        let url = self.server.url();
        let variables = [("GITEA_SERVER_URL", url), ("GITEA_TOKEN", token)];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let told = self.told.clone();
        let settings = Settings {
            timeout,
            random: Arc::new(|| 0.5),
            notify: Arc::new(move |line| told.lock().unwrap().push(line.to_owned())),
            ..Settings::new(self.clock.clone())
        };
        forge::connect(ForgeKind::Gitea, &format!("{url}/acme/gitops.git"), &variables, settings).unwrap()
    }

    pub fn opened(&self, labels: &[&str], reviewers: &[&str]) -> u64 {
        self.forge().open_pull(&self.new_pull(labels, reviewers)).unwrap().number
    }

    pub fn new_pull(&self, labels: &[&str], reviewers: &[&str]) -> NewPullRequest {
        NewPullRequest {
            head: HEAD.into(),
            head_commit: self.tip(HEAD),
            base: "main".into(),
            title: "Deploy greeting 1.2.0".into(),
            body: "Body".into(),
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
            reviewers: reviewers.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    fn merge(&self, number: u64, method: MergeMethod) -> MergeResult {
        let request = MergeRequest {
            expected_head: self.tip(HEAD),
            method,
            message: "Merge".into(),
            when_ready: false,
        };
        self.forge().merge_pull(number, &request).unwrap()
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
        self.gitea.comments_of(number)
    }

    fn advance(&self, time: Duration) {
        self.clock.advance(time);
    }
}

impl Forks for Bench {
    fn move_to_fork(&self, number: u64) {
        self.gitea.move_to_fork(number);
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

#[test]
fn labels_and_reviewers_are_asked_for_once() {
    let bench = Bench::new();
    bench.push(HEAD, &[("dev/greeting.yaml", "a: 1\n")]);
    let number = bench.opened(&["deploy"], &["ann", "acme/platform-team"]);
    insta::assert_snapshot!(bench.gitea.seen(number), @r#"labels ["deploy"], reviewers ["ann"], teams ["platform-team"], comments []"#);
    // A label may be the organization's, the team's name alone will do, and who has answered is
    // not asked again.
    bench.gitea.review(number, "ann", "APPROVED");
    bench.opened(&["Deploy", "dev"], &["ann", "platform-team", "bob"]);
    insta::assert_snapshot!(bench.gitea.seen(number), @r#"labels ["deploy", "dev"], reviewers ["bob"], teams ["platform-team"], comments []"#);
}

#[test]
fn a_label_that_is_not_there_is_left_out_with_a_warning() {
    let bench = Bench::new();
    bench.push(HEAD, &[("dev/greeting.yaml", "a: 1\n")]);
    let number = bench.opened(&["deploy", "urgent"], &[]);
    insta::assert_snapshot!(bench.gitea.seen(number), @r#"labels ["deploy"], reviewers [], teams [], comments []"#);
    insta::assert_snapshot!(bench.told.lock().unwrap().join("\n"), @"the repository has no label `urgent`; it is left out");
}

#[test]
fn a_reviewer_that_is_not_there_is_an_error_that_says_so() {
    let bench = Bench::new();
    bench.push(HEAD, &[("dev/greeting.yaml", "a: 1\n")]);
    let error = bench.forge().open_pull(&bench.new_pull(&[], &["nobody"])).unwrap_err();
    insta::assert_snapshot!(format!("{error:#}").replace(bench.server.url(), "URL"), @"pull request #1 is open, but `nobody` cannot be asked for a review: POST URL/api/v1/repos/acme/gitops/pulls/1/requested_reviewers was answered with 404 Not Found: The target couldn't be found.");
}

#[test]
fn why_it_was_closed_stands_in_a_comment() {
    let bench = Bench::new();
    bench.push(HEAD, &[("dev/greeting.yaml", "a: 1\n")]);
    let number = bench.opened(&[], &[]);
    bench.forge().close_pull(number, "superseded by 1.3.0").unwrap();
    insta::assert_snapshot!(bench.gitea.seen(number), @r#"labels [], reviewers [], teams [], comments ["superseded by 1.3.0"]"#);
}

#[test]
fn of_two_that_were_opened_at_once_the_older_stays() {
    let bench = Bench::new();
    bench.push(HEAD, &[("dev/greeting.yaml", "a: 1\n")]);
    let older = bench.opened(&[], &[]);
    let younger = bench.gitea.open_twice(older);
    assert_eq!(bench.opened(&[], &[]), older);
    assert_eq!(bench.forge().get_pull(older).unwrap().state, PullState::Open);
    assert_eq!(bench.forge().get_pull(younger).unwrap().state, PullState::Closed);
    insta::assert_snapshot!(bench.gitea.seen(younger), @r##"labels [], reviewers [], teams [], comments ["#1 is open for the same branches"]"##);
}

#[test]
fn a_branch_without_a_commit_of_its_own_is_not_proposed() {
    let bench = Bench::new();
    bench.push(HEAD, &[("dev/greeting.yaml", "a: 1\n")]);
    let number = bench.opened(&[], &[]);
    bench.merge(number, MergeMethod::Merge);
    let error = bench.forge().open_pull(&bench.new_pull(&[], &[])).unwrap_err();
    insta::assert_snapshot!(format!("{error:#}"), @"cannot open a pull request from towline/dev/greeting into main: towline/dev/greeting has no commit that main has not");
}

#[test]
fn what_was_merged_is_told_when_the_branch_is_used_again() {
    let bench = Bench::new();
    let merged = bench.push(HEAD, &[("dev/greeting.yaml", "a: 1\n")]);
    let number = bench.opened(&[], &[]);
    bench.merge(number, MergeMethod::Squash);
    bench.push(HEAD, &[("dev/greeting.yaml", "a: 2\n")]);
    assert_eq!(bench.forge().find_pull(HEAD, "main").unwrap().unwrap().head_commit, merged);
    assert_eq!(bench.forge().list_pulls(None).unwrap()[0].head_commit, merged);
}

#[test]
fn a_rule_of_the_branch_is_said_at_once() {
    let bench = Bench::new();
    bench.push(HEAD, &[("dev/greeting.yaml", "a: 1\n")]);
    let number = bench.opened(&[], &[]);
    let merge = format!("POST /api/v1/repos/acme/gitops/pulls/{number}/merge");
    bench.server.fail(Fault::status(&merge, 405));
    assert_eq!(bench.merge(number, MergeMethod::Merge), MergeResult::NotMergeable("fault".into()));
    assert_eq!(bench.server.log().iter().filter(|line| line.starts_with(&merge)).count(), 1);
}

#[test]
fn a_conflict_is_waited_for_once() {
    let bench = Bench::new();
    bench.push(HEAD, &[("dev/greeting.yaml", "a: 1\n")]);
    let number = bench.opened(&[], &[]);
    bench.push("main", &[("dev/greeting.yaml", "a: other\n")]);
    let forge = bench.forge();
    let before = bench.server.log().len();
    assert_eq!(forge.get_pull(number).unwrap().mergeable, Some(false));
    assert_eq!(bench.server.log().len() - before, 5);
    assert_eq!(forge.get_pull(number).unwrap().mergeable, Some(false));
    assert_eq!(bench.server.log().len() - before, 6);
}

#[test]
fn finding_the_open_one_is_one_request() {
    let bench = Bench::new();
    bench.push(HEAD, &[("dev/greeting.yaml", "a: 1\n")]);
    let number = bench.opened(&[], &[]);
    bench.forge().get_pull(number).unwrap();
    let before = bench.server.log().len();
    bench.forge().find_pull(HEAD, "main").unwrap().unwrap();
    insta::assert_snapshot!(bench.server.log()[before..].join("\n"), @"GET /api/v1/repos/acme/gitops/pulls/main/towline/dev/greeting → 200");
}

#[test]
fn who_wrote_a_status_is_told() {
    let bench = Bench::new();
    let commit = bench.tip("main");
    let status = NewStatus {
        context: "flux/greeting".into(),
        state: StatusState::Success,
        description: "applied".into(),
        target_url: None,
    };
    bench.forge().set_commit_status(commit, &status).unwrap();
    let status = bench.forge().commit_statuses(commit).unwrap().remove(0);
    assert_eq!((status.creator.as_deref(), status.target_url), (Some("towline-bot"), None));
}
