//! Gitea on the bench, and what it alone promises.

use std::path::PathBuf;
use std::sync::Arc;

use towline::clock::ManualClock;
use towline::forge::{MergeResult, PullState, StatusState};
use towline::vocabulary::ForgeKind;
use towline::vocabulary::MergeMethod;

use super::Bench as _;
use super::bench::{self, Fake, HEAD};
use crate::fakes::gitea::{Gitea, TOKEN};
use crate::fakes::{Fault, Server};
use crate::given;

pub type Bench = bench::Bench<Gitea>;

impl Fake for Gitea {
    const KIND: ForgeKind = ForgeKind::Gitea;
    const TOKEN: (&'static str, &'static str) = ("GITEA_TOKEN", TOKEN);

    fn serve(gitops: PathBuf, clock: Arc<ManualClock>) -> (Arc<Self>, Server) {
        Self::start(gitops, clock)
    }

    fn location(url: &str) -> String {
        format!("{url}/acme/gitops.git")
    }

    fn variables(url: &str) -> Vec<(&'static str, String)> {
        vec![("GITEA_SERVER_URL", url.to_owned())]
    }

    fn write_statuses_as(&self, author: &str) {
        self.write_statuses_as(author);
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
    let number = bench.opened(&["deploy"], &["ann", "acme/platform-team"]);
    insta::assert_snapshot!(bench.fake.seen(number), @r#"labels ["deploy"], reviewers ["ann"], teams ["platform-team"], comments []"#);
    // A label may be the organization's, the team's name alone will do, and who has answered is
    // not asked again.
    bench.fake.review(number, "ann", "APPROVED");
    bench.opened(&["Deploy", "dev"], &["ann", "platform-team", "bob"]);
    insta::assert_snapshot!(bench.fake.seen(number), @r#"labels ["deploy", "dev"], reviewers ["bob"], teams ["platform-team"], comments []"#);
}

#[test]
fn a_label_that_is_not_there_is_left_out_with_a_warning() {
    let bench = Bench::pushed();
    let number = bench.opened(&["deploy", "urgent"], &[]);
    insta::assert_snapshot!(bench.fake.seen(number), @r#"labels ["deploy"], reviewers [], teams [], comments []"#);
    insta::assert_snapshot!(bench.told(), @"the repository has no label `urgent`; it is skipped");
}

#[test]
fn a_reviewer_that_is_not_there_is_an_error_that_says_so() {
    let bench = Bench::pushed();
    let error = bench.forge().open_pull(&bench.new_pull(&[], &["nobody"])).unwrap_err();
    insta::assert_snapshot!(format!("{error:#}").replace(bench.server.url(), "URL"), @"pull request #1 is open, but `nobody` cannot be asked for a review: POST URL/api/v1/repos/acme/gitops/pulls/1/requested_reviewers returned 404 Not Found: User 'nobody' not exist");
}

#[test]
fn why_it_was_closed_stands_in_a_comment() {
    let bench = Bench::pushed();
    let number = bench.opened(&[], &[]);
    bench.forge().close_pull(number, "superseded by 1.3.0").unwrap();
    insta::assert_snapshot!(bench.fake.seen(number), @r#"labels [], reviewers [], teams [], comments ["superseded by 1.3.0"]"#);
}

#[test]
fn of_two_that_were_opened_at_once_the_older_stays() {
    let bench = Bench::pushed();
    let older = bench.opened(&[], &[]);
    let younger = bench.fake.open_twice(older);
    assert_eq!(bench.opened(&[], &[]), older);
    assert_eq!(bench.forge().get_pull(older).unwrap().state, PullState::Open);
    assert_eq!(bench.forge().get_pull(younger).unwrap().state, PullState::Closed);
    insta::assert_snapshot!(bench.fake.seen(younger), @r##"labels [], reviewers [], teams [], comments ["#1 is open for the same branches"]"##);
}

#[test]
fn a_branch_without_a_commit_of_its_own_is_not_proposed() {
    let bench = Bench::pushed();
    let number = bench.opened(&[], &[]);
    bench.merge(number, MergeMethod::Merge);
    let error = bench.forge().open_pull(&bench.new_pull(&[], &[])).unwrap_err();
    insta::assert_snapshot!(format!("{error:#}"), @"cannot open a pull request from towline/dev/greeting into main: towline/dev/greeting has no commits that main lacks");
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
    let bench = Bench::pushed();
    let number = bench.opened(&[], &[]);
    let merge = format!("POST /api/v1/repos/acme/gitops/pulls/{number}/merge");
    bench.server.fail(Fault::status(&merge, 405));
    assert_eq!(bench.merge(number, MergeMethod::Merge), MergeResult::NotMergeable("fault".into()));
    assert_eq!(bench.server.log().iter().filter(|line| line.starts_with(&merge)).count(), 1);
}

#[test]
fn a_conflict_is_waited_for_once() {
    let bench = Bench::pushed();
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
    let bench = Bench::pushed();
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
    let status = given::status("flux/greeting", StatusState::Success);
    bench.forge().set_commit_status(commit, &status).unwrap();
    let status = bench.forge().commit_statuses(commit).unwrap().remove(0);
    assert_eq!((status.creator.as_deref(), status.target_url), (Some("towline-bot"), None));
}
