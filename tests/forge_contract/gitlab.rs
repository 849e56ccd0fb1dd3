//! GitLab on the bench, and what it alone promises.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use towline::clock::ManualClock;
use towline::forge::{Ability, MergeResult, NewPullRequest, NewStatus, PullState, StatusState};
use towline::vocabulary::ForgeKind;
use towline::vocabulary::MergeMethod;

use super::Bench as _;
use super::bench::{self, Fake, HEAD};
use crate::fakes::gitlab::{GitLab, JOB_TOKEN, PROJECT, TOKEN};
use crate::fakes::{Fault, Server};
use crate::given;

pub type Bench = bench::Bench<GitLab>;

impl Fake for GitLab {
    const KIND: ForgeKind = ForgeKind::GitLab;
    const TOKEN: (&'static str, &'static str) = ("GITLAB_TOKEN", TOKEN);

    fn serve(gitops: PathBuf, clock: Arc<ManualClock>) -> (Arc<Self>, Server) {
        Self::start(gitops, clock)
    }

    fn location(url: &str) -> String {
        format!("{url}/{PROJECT}.git")
    }

    fn variables(url: &str) -> Vec<(&'static str, String)> {
        vec![("CI_SERVER_URL", url.to_owned())]
    }

    fn write_statuses_as(&self, author: &str) {
        self.write_statuses_as(author);
    }

    fn deployments_told(&self) -> Option<Vec<String>> {
        Some(self.deployments_seen())
    }

    fn comments_on(&self, number: u64) -> Vec<String> {
        self.comments(number)
    }

    fn approved(&self, number: u64) {
        self.approve(number, "ann");
    }

    fn marked_as_draft(&self, number: u64, is_draft: bool) {
        self.mark_as_draft(number, is_draft);
    }

    fn take_to_fork(&self, number: u64) {
        self.move_to_fork(number);
    }

    fn set_method(&self, method: MergeMethod) {
        self.set(|project| project.merge_method = if method == MergeMethod::Merge { "merge" } else { "ff" });
    }
}

pub fn standing(bench: &Bench, number: u64) -> String {
    // The first look makes GitLab work out whether it can merge.
    bench.forge().get_pull(number).unwrap();
    serde_json::to_string(&bench.forge().merge_readiness(number).unwrap()).unwrap()
}

#[test]
fn no_text_of_ours_commands_anything() {
    let bench = Bench::pushed();
    let text = "/close\n\nDeploys\n/close\n";
    let new = NewPullRequest { body: text.into(), ..bench.new_pull(&[], &[]) };
    let number = bench.forge().open_pull(&new).unwrap().number;
    bench.forge().update_pull(number, "Deploy greeting 1.2.0", text).unwrap();
    bench.forge().sticky_comment(number, text).unwrap();
    bench.forge().sticky_comment(number, &format!("{text}/approve")).unwrap();
    let pull = bench.forge().get_pull(number).unwrap();
    assert_eq!((pull.state, pull.body.as_str()), (PullState::Open, " /close\n\nDeploys\n /close"));
    assert_eq!(
        bench.comments(number),
        [" /close\n\nDeploys\n /close\n /approve\n\n<!-- towline:comment -->"]
    );
    // To say the same again changes nothing.
    let asked = bench.server.log().len();
    bench.forge().update_pull(number, "Deploy greeting 1.2.0", text).unwrap();
    bench.forge().sticky_comment(number, &format!("{text}/approve")).unwrap();
    assert!(bench.server.log()[asked..].iter().all(|line| line.starts_with("GET")));
}

#[test]
fn labels_and_reviewers_are_asked_for_once() {
    let bench = Bench::pushed();
    bench.fake.set(|project| project.paid = true);
    let number = bench.opened(&["deploy"], &["ann"]);
    insta::assert_snapshot!(bench.fake.seen(number), @r#"labels ["deploy"], reviewers ["ann"], notes []"#);
    bench.opened(&["deploy", "dev"], &["Ann", "bob"]);
    insta::assert_snapshot!(bench.fake.seen(number), @r#"labels ["deploy", "dev"], reviewers ["ann", "bob"], notes []"#);
    let before = bench.server.log().len();
    bench.opened(&["deploy", "dev"], &["ann", "bob"]);
    assert!(!bench.server.log()[before..].iter().any(|line| line.starts_with("PUT")));
}

#[test]
fn the_free_edition_takes_one_reviewer_and_towline_says_so() {
    let bench = Bench::pushed();
    let number = bench.opened(&[], &["ann", "bob"]);
    insta::assert_snapshot!(bench.fake.seen(number), @r#"labels [], reviewers ["ann"], notes []"#);
    insta::assert_snapshot!(bench.told(), @"GitLab did not ask `bob` to review merge request !1: its free edition allows one reviewer");
}

#[test]
fn a_reviewer_that_is_not_there_is_an_error_before_anything_is_opened() {
    let bench = Bench::pushed();
    let error = bench.forge().open_pull(&bench.new_pull(&[], &["nobody"])).unwrap_err();
    insta::assert_snapshot!(format!("{error:#}"), @"cannot open a merge request from towline/dev/greeting into main: there is no user `nobody` to ask for a review");
    assert_eq!(bench.forge().list_pulls(None).unwrap(), []);
}

#[test]
fn why_it_was_closed_stands_in_a_comment() {
    let bench = Bench::pushed();
    let number = bench.opened(&[], &[]);
    bench.forge().close_pull(number, "superseded by 1.3.0").unwrap();
    assert_eq!(bench.comments(number), ["superseded by 1.3.0"]);
}

#[test]
fn of_two_that_were_opened_at_once_the_older_stays() {
    let bench = Bench::pushed();
    let older = bench.opened(&[], &[]);
    let younger = bench.fake.open_twice(older);
    assert_eq!(bench.opened(&[], &[]), older);
    assert_eq!(bench.forge().get_pull(older).unwrap().state, PullState::Open);
    assert_eq!(bench.forge().get_pull(younger).unwrap().state, PullState::Closed);
    assert_eq!(bench.comments(younger), ["!1 is open for the same branches"]);
}

#[test]
fn a_branch_without_a_commit_of_its_own_is_not_proposed() {
    let bench = Bench::pushed();
    let number = bench.opened(&[], &[]);
    bench.merge(number, MergeMethod::Merge);
    let error = bench.forge().open_pull(&bench.new_pull(&[], &[])).unwrap_err();
    insta::assert_snapshot!(format!("{error:#}"), @"cannot open a merge request from towline/dev/greeting into main: towline/dev/greeting has no commits that main lacks");
}

#[test]
fn gitlab_may_see_a_push_late() {
    let bench = Bench::pushed();
    let number = bench.opened(&[], &[]);
    bench.fake.be_late(number, 2);
    let head = bench.push(HEAD, &[("dev/greeting.yaml", "a: 2\n")]);
    assert_eq!(bench.forge().open_pull(&bench.new_pull(&[], &[])).unwrap().head_commit, head);
    bench.fake.be_late(number, 2);
    bench.push(HEAD, &[("dev/greeting.yaml", "a: 3\n")]);
    assert_eq!(bench.merge(number, MergeMethod::Merge), MergeResult::Merged(bench.tip("main")));
    assert_eq!(bench.gitops().git(&["show", "main:dev/greeting.yaml"]), "a: 3");
}

#[test]
fn the_kept_comment_is_found_among_many() {
    let bench = Bench::pushed();
    let number = bench.opened(&[], &[]);
    bench.forge().sticky_comment(number, "The rest of the diff").unwrap();
    for _ in 0..3 {
        bench.forge().close_pull(bench.fake.open_twice(number), "no").unwrap();
    }
    bench.forge().sticky_comment(number, "Another rest").unwrap();
    insta::assert_snapshot!(bench.comments(number).join("\n"), @"
    Another rest

    <!-- towline:comment -->
    ");
}

#[test]
fn a_comment_whose_answer_was_lost_is_not_written_twice() {
    let bench = Bench::pushed();
    let number = bench.opened(&[], &[]);
    let at = format!("POST /api/v4/projects/acme%2Fplatform%2Fgitops/merge_requests/{number}/notes");
    bench.server.fail(Fault::new(&at, crate::fakes::faults::What::Reset));
    bench.forge().sticky_comment(number, "The rest of the diff").unwrap();
    assert_eq!(bench.comments(number).len(), 1);
}

#[test]
fn what_a_role_and_scopes_allow_is_told() {
    let bench = Bench::new();
    bench.fake.set(|project| {
        project.access_level = 30;
        project.scopes = vec!["read_api", "write_repository"];
    });
    let told = bench.forge().permissions().unwrap().into_iter();
    let told = told.map(|it| format!("{:?}: {:?}, {}", it.ability, it.granted, it.detail));
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @"
    Read: Some(true), the role Developer; the scopes read_api, write_repository
    Push: Some(true), the role Developer; the scopes read_api, write_repository
    PullRequests: Some(false), the role Developer; the scopes read_api, write_repository (needs Developer and the scope api)
    Merge: Some(false), the role Developer; the scopes read_api, write_repository (needs Developer and the scope api)
    ReadStatuses: Some(true), the role Developer; the scopes read_api, write_repository
    WriteStatuses: Some(false), the role Developer; the scopes read_api, write_repository (needs Developer and the scope api)
    ");
}

#[test]
fn a_jobs_token_reads_and_does_not_write() {
    let bench = Bench::pushed();
    let number = bench.opened(&[], &[]);
    let job = bench.connect_with(&[("CI_JOB_TOKEN", JOB_TOKEN)], Duration::from_secs(20));
    assert_eq!(job.find_pull(HEAD, "main").unwrap().unwrap().number, number);
    let error = job.update_pull(number, "Other", "Text").unwrap_err();
    insta::assert_snapshot!(bench.shown(&error), @"
    cannot update merge request !1: PUT URL/api/v4/projects/acme%2Fplatform%2Fgitops/merge_requests/1 returned 401 Unauthorized: 401 Unauthorized
    the token is missing, wrong or expired (CI_JOB_TOKEN, a job token, which can read a little and write nothing)
    ");
}

#[test]
fn what_a_jobs_token_may_do_is_told() {
    let bench = Bench::new();
    let job = bench.connect_with(&[("CI_JOB_TOKEN", JOB_TOKEN)], Duration::from_secs(20));
    let told = job.permissions().unwrap().into_iter();
    let told = told.map(|it| format!("{:?}: {:?}, {}", it.ability, it.granted, it.detail));
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @"
    Read: Some(true), a job's token may read merge requests
    Push: None, a job's token may push only where the project's settings allow it
    PullRequests: Some(false), a job's token may not: set TOWLINE_TOKEN to a project access token
    Merge: Some(false), a job's token may not: set TOWLINE_TOKEN to a project access token
    ReadStatuses: Some(false), a job's token may not: set TOWLINE_TOKEN to a project access token
    WriteStatuses: Some(false), a job's token may not: set TOWLINE_TOKEN to a project access token
    ");
}

#[test]
fn who_wrote_a_status_is_told_and_long_descriptions_are_cut() {
    let bench = Bench::new();
    let commit = bench.tip("main");
    let status =
        NewStatus { description: "ö".repeat(300), ..given::status("flux/greeting", StatusState::Success) };
    bench.forge().set_commit_status(commit, &status).unwrap();
    let status = bench.forge().commit_statuses(commit).unwrap().remove(0);
    assert_eq!((status.creator.as_deref(), status.target_url), (Some("towline-bot"), None));
    assert_eq!(status.description.chars().count(), 255);
}

#[test]
fn a_status_waits_for_others_of_its_commit() {
    let bench = Bench::new();
    let commit = bench.tip("main");
    let at = format!("POST /api/v4/projects/acme%2Fplatform%2Fgitops/statuses/{commit}");
    for _ in 0..2 {
        bench.server.fail(Fault::status(&at, 409));
    }
    let status = given::status("flux/greeting", StatusState::Failure);
    bench.forge().set_commit_status(commit, &status).unwrap();
    assert_eq!(bench.forge().commit_statuses(commit).unwrap().len(), 1);
}

#[test]
fn finding_the_open_one_is_two_requests() {
    let bench = Bench::pushed();
    bench.opened(&[], &[]);
    let before = bench.server.log().len();
    bench.forge().find_pull(HEAD, "main").unwrap().unwrap();
    insta::assert_snapshot!(bench.server.log()[before..].join("\n"), @"
    GET /api/v4/projects/acme%2Fplatform%2Fgitops/merge_requests?state=opened&order_by=created_at&sort=desc&per_page=100&source_branch=towline/dev/greeting&target_branch=main → 200
    GET /api/v4/projects/acme%2Fplatform%2Fgitops/merge_requests/1 → 200
    ");
}

#[test]
fn whether_a_developer_may_merge_is_up_to_the_branch() {
    let bench = Bench::new();
    let access = bench.forge().permissions().unwrap();
    assert!(access.iter().all(|permission| permission.granted == Some(true)), "{access:?}");
    bench.fake.set(|project| project.access_level = 30);
    let access = bench.forge().permissions().unwrap();
    let unknown = access.iter().filter(|permission| permission.granted.is_none());
    assert_eq!(unknown.map(|it| it.ability).collect::<Vec<_>>(), [Ability::Merge, Ability::WriteStatuses]);
}
