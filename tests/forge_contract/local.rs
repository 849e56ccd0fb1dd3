//! The local forge on the bench, and what it alone promises.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use towline::clock::ManualClock;
use towline::forge::{
    self, Forge, MergeRequest, MergeResult, NewPullRequest, NewStatus, PullState, StatusState,
};
use towline::vocabulary::MergeMethod;

use super::Bench as _;
use crate::given::{self, Gitops};

pub struct Bench {
    gitops: Gitops,
    clock: Arc<ManualClock>,
}

impl Bench {
    pub fn new() -> Self {
        let start = "2026-03-01T12:00:00Z".parse().unwrap();
        Self { gitops: Gitops::new(), clock: Arc::new(ManualClock::new(start)) }
    }
}

impl super::Bench for Bench {
    fn forge(&self) -> Box<dyn Forge> {
        forge::local(&self.gitops.repository(), self.clock.clone())
    }

    fn gitops(&self) -> &Gitops {
        &self.gitops
    }

    fn comments(&self, number: u64) -> Vec<String> {
        let record = self.gitops.git(&["show", &format!("refs/towline/forge:pulls/0/{number}.json")]);
        let record: Value = serde_json::from_str(&record).unwrap();
        let comments = record["comments"].as_array().into_iter().flatten().chain(record.get("kept_comment"));
        comments.map(|comment| comment["text"].as_str().unwrap().to_owned()).collect()
    }

    fn advance(&self, time: Duration) {
        self.clock.advance(time);
    }
}

const HEAD: &str = "towline/dev/greeting";

fn open(bench: &Bench) -> u64 {
    bench.push(HEAD, &[("dev/greeting.yaml", "a: 1\n")]);
    let new = NewPullRequest {
        open: None,
        head: HEAD.into(),
        base: "main".into(),
        head_commit: bench.tip(HEAD),
        title: "Deploy greeting 1.2.0".into(),
        body: "Body".into(),
        labels: vec!["deploy".into()],
        reviewers: vec!["ann".into()],
    };
    bench.forge().open_pull(&new).unwrap().number
}

/// Writes the intention that a process killed in the middle of a merge leaves behind.
fn leave_intention(bench: &Bench, merging: Value) {
    let mut record: Value =
        serde_json::from_str(&bench.gitops.git(&["show", "refs/towline/forge:pulls/0/1.json"])).unwrap();
    record["merging"] = merging;
    // The support's commits go to branches; the forge's reference is then moved there.
    let commit = bench.gitops.push("scratch", &[("pulls/1.json", &record.to_string())]);
    bench.gitops.git(&["update-ref", "refs/towline/forge", &commit.to_string()]);
}

/// A merge commit as the killed process wrote it.
fn merge_commit(bench: &Bench) -> (String, String, String) {
    let [base, head] = ["main", HEAD].map(|branch| bench.gitops.git(&["rev-parse", branch]));
    let tree = format!("{HEAD}^{{tree}}");
    let commit = bench.gitops.git(&["commit-tree", &tree, "-p", &base, "-p", &head, "-m", "Merge"]);
    (commit, base, head)
}

fn request(bench: &Bench) -> MergeRequest {
    MergeRequest {
        expected_head: bench.tip(HEAD),
        method: MergeMethod::Merge,
        message: "Merge it\n".into(),
        when_ready: false,
    }
}

/// What was last written to the forge.
fn last_change(bench: &Bench) -> String {
    bench.gitops.git(&["log", "--max-count=1", "--format=%s", "refs/towline/forge"])
}

#[test]
fn history_reads_like_a_log() {
    let bench = Bench::new();
    let number = open(&bench);
    bench.forge().update_pull(number, "Deploy greeting 1.3.0", "Body").unwrap();
    bench.forge().close_pull(number, "superseded by 1.4.0").unwrap();
    let log = bench.gitops.git(&["log", "--reverse", "--format=%an: %s", "refs/towline/forge"]);
    insta::assert_snapshot!(log, @r#"
    Release Bot: Open #1: Deploy greeting 1.2.0
    Release Bot: Update #1: Deploy greeting 1.3.0
    Release Bot: Close #1: superseded by 1.4.0
    "#);
    let record = bench.gitops.git(&["show", "refs/towline/forge:pulls/0/1.json"]);
    let record = record.replace(&bench.tip(HEAD).to_string(), "[head]");
    insta::assert_snapshot!(record, @r#"
    {
      "number": 1,
      "title": "Deploy greeting 1.3.0",
      "head": "towline/dev/greeting",
      "base": "main",
      "state": "closed",
      "closed_at": "2026-03-01T12:00:00Z",
      "created_at": "2026-03-01T12:00:00Z",
      "head_commit": "[head]",
      "labels": [
        "deploy"
      ],
      "reviewers": [
        "ann"
      ],
      "comments": [
        {
          "at": "2026-03-01T12:00:00Z",
          "text": "superseded by 1.4.0"
        }
      ],
      "body": "Body"
    }
    "#);
}

#[test]
fn statuses_are_readable_with_git_notes() {
    let bench = Bench::new();
    let commit = bench.tip("main");
    let status = NewStatus {
        description: "applied".into(),
        ..given::status("kustomization/greeting/1", StatusState::Success)
    };
    bench.forge().set_commit_status(commit, &status).unwrap();
    let show = || bench.gitops.git(&["notes", "--ref=towline-statuses", "show", "main"]);
    insta::assert_snapshot!(show(), @r#"{"context":"kustomization/greeting/1","state":"success","description":"applied","created_at":"2026-03-01T12:00:00Z","creator":"Release Bot <bot@example.com>"}"#);

    // git lays the notes out anew, and people add to them.
    bench.gitops.git(&["notes", "--ref=towline-statuses", "append", "-m", "looks good to me", "main"]);
    bench.forge().set_commit_status(commit, &status).unwrap();
    assert_eq!(show().matches("looks good to me").count(), 1);
    assert_eq!(bench.forge().commit_statuses(commit).unwrap().len(), 2);
}

#[test]
fn a_merge_that_was_killed_in_the_middle_is_completed_by_the_next_look() {
    let bench = Bench::new();
    let number = open(&bench);
    let (commit, base, head) = merge_commit(&bench);
    leave_intention(&bench, json!({"commit": commit, "base": base, "head": head}));
    bench.advance(Duration::from_secs(86_400));

    let pull = bench.forge().get_pull(number).unwrap();
    assert_eq!((pull.state, pull.merge_commit.unwrap().to_string()), (PullState::Merged, commit.clone()));
    assert_eq!(pull.ended_at, Some("2026-03-02T12:00:00Z".parse().unwrap()), "when it was completed");
    assert_eq!(bench.tip("main").to_string(), commit);
    assert_eq!(last_change(&bench), "Merged #1");
}

#[test]
fn a_merge_that_was_killed_before_its_record_is_recorded_by_the_next_look() {
    let bench = Bench::new();
    let number = open(&bench);
    let (commit, base, head) = merge_commit(&bench);
    leave_intention(&bench, json!({"commit": commit, "base": base, "head": head}));
    bench.gitops.git(&["update-ref", "refs/heads/main", &commit]);
    let later = bench.push("main", &[("later", "x")]);
    bench.advance(Duration::from_secs(86_400));

    let [pull] = &bench.forge().list_pulls(None).unwrap()[..] else { panic!("not one") };
    assert_eq!((pull.state, pull.merge_commit.unwrap().to_string()), (PullState::Merged, commit));
    assert_eq!(pull.ended_at, Some("2026-03-02T12:00:00Z".parse().unwrap()), "when it was seen");
    bench.advance(Duration::from_secs(60));
    assert_eq!(&bench.forge().get_pull(number).unwrap(), pull);
    assert_eq!((bench.tip("main"), last_change(&bench).as_str()), (later, "Merged #1"));
}

#[test]
fn a_merge_that_was_force_pushed_away_is_not_done_again() {
    let bench = Bench::new();
    let number = open(&bench);
    let before = bench.tip("main");
    bench.forge().merge_pull(number, &request(&bench)).unwrap();
    let merged = bench.forge().get_pull(number).unwrap();

    bench.gitops.git(&["update-ref", "refs/heads/main", &before.to_string()]);
    assert_eq!(bench.forge().get_pull(number).unwrap(), merged);
    assert_eq!(bench.forge().find_pull(HEAD, "main").unwrap(), Some(merged.clone()));
    assert_eq!(bench.forge().list_pulls(None).unwrap(), std::slice::from_ref(&merged));
    let again = bench.forge().merge_pull(number, &request(&bench)).unwrap();
    assert_eq!(again, MergeResult::Merged(merged.merge_commit.unwrap()));
    assert_eq!(bench.tip("main"), before);
    // Whoever wants it there proposes it again.
    assert_eq!(open(&bench), number + 1);
}

#[test]
fn an_intention_of_a_closed_pull_request_is_void() {
    let bench = Bench::new();
    let number = open(&bench);
    let (commit, base, head) = merge_commit(&bench);
    let other = bench.push("main", &[("other", "x")]);
    leave_intention(&bench, json!({"commit": commit, "base": base, "head": head}));
    bench.forge().close_pull(number, "not now").unwrap();
    assert_eq!(bench.tip("main"), other);
    bench.gitops.git(&["update-ref", "refs/heads/main", &base]);
    assert_eq!(bench.forge().get_pull(number).unwrap().state, PullState::Closed);
    assert_eq!(bench.tip("main").to_string(), base);
}

#[test]
fn an_intention_that_the_base_branch_overtook_is_void() {
    let bench = Bench::new();
    let number = open(&bench);
    let (commit, base, head) = merge_commit(&bench);
    let other = bench.push("main", &[("other", "x")]);
    leave_intention(&bench, json!({"commit": commit, "base": base, "head": head}));

    assert_eq!(bench.forge().get_pull(number).unwrap().state, PullState::Open);
    assert_eq!(bench.tip("main"), other);
    let result = bench.forge().merge_pull(number, &request(&bench)).unwrap();
    assert_eq!(result, MergeResult::Merged(bench.tip("main")));
    assert_eq!(
        bench.gitops.git(&["log", "--first-parent", "--format=%s", "main"]),
        "Merge it\nEdit by hand\nEdit by hand"
    );
}

#[test]
fn a_branch_that_a_person_merged_with_git_counts_as_merged() {
    let bench = Bench::new();
    let number = open(&bench);
    let (commit, ..) = merge_commit(&bench);
    bench.gitops.git(&["update-ref", "refs/heads/main", &commit]);
    bench.push("main", &[("later", "x")]);

    let pull = bench.forge().get_pull(number).unwrap();
    assert_eq!((pull.state, pull.merge_commit.unwrap().to_string()), (PullState::Merged, commit));
    // The next proposal takes the branch over; this one stays merged.
    bench.push(HEAD, &[("dev/greeting.yaml", "a: 2\n")]);
    assert_eq!(bench.forge().get_pull(number).unwrap(), pull);
    assert_eq!(open(&bench), number + 1);
}

/// Puts the records where older versions of Towline had them.
fn lay_out_as_before(bench: &Bench) {
    let files = bench.gitops.git(&["ls-tree", "-r", "--name-only", "refs/towline/forge", "pulls/"]);
    let record = |path: &str| bench.gitops.git(&["show", &format!("refs/towline/forge:{path}")]);
    let name_of = |path: &str| format!("pulls/{}", path.rsplit('/').next().unwrap());
    let records: Vec<_> = files.lines().map(|path| (name_of(path), record(path))).collect();
    let records: Vec<_> = records.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let commit = bench.gitops.push("scratch", &records);
    bench.gitops.git(&["update-ref", "refs/towline/forge", &commit.to_string()]);
    bench.gitops.git(&["update-ref", "-d", "refs/heads/scratch"]);
}

/// Where the forge has its records and what it knows of head branches.
fn files(bench: &Bench) -> String {
    bench.gitops.git(&["ls-tree", "-r", "--name-only", "refs/towline/forge", "pulls/", "heads/"])
}

#[test]
fn what_an_older_version_stored_is_read_and_moved_with_the_next_change() {
    let bench = Bench::new();
    let number = open(&bench);
    bench.forge().close_pull(number, "not now").unwrap();
    assert_eq!(open(&bench), number + 1);
    let before = bench.forge().list_pulls(None).unwrap();
    lay_out_as_before(&bench);
    assert_eq!(files(&bench), "pulls/1.json\npulls/2.json");

    let forge = bench.forge();
    assert_eq!(forge.list_pulls(None).unwrap(), before);
    assert_eq!(forge.list_pulls(Some(HEAD)).unwrap(), before);
    assert_eq!(forge.find_pull(HEAD, "main").unwrap().unwrap().number, number + 1);
    assert_eq!(forge.find_pull("towline/prod/greeting", "main").unwrap(), None);
    assert_eq!(files(&bench), "pulls/1.json\npulls/2.json", "a look changes nothing");

    forge.close_pull(2, "not now either").unwrap();
    insta::assert_snapshot!(files(&bench), @"
    heads/c2/towline%2Fdev%2Fgreeting
    pulls/0/1.json
    pulls/0/2.json
    ");
    assert_eq!(forge.get_pull(1).unwrap(), before[1]);
    assert_eq!(open(&bench), number + 2);
}

#[test]
fn a_damaged_record_is_in_the_way_of_no_other_application() {
    let bench = Bench::new();
    let number = open(&bench);
    let tree = bench.gitops.git(&["ls-tree", "-r", "refs/towline/forge", "heads/"]);
    let (_, index) = tree.split_once('\t').unwrap();
    let index_text = bench.gitops.git(&["show", &format!("refs/towline/forge:{index}")]) + "\n";
    let commit = bench.gitops.push("scratch", &[("pulls/0/1.json", "not JSON"), (index, &index_text)]);
    bench.gitops.git(&["update-ref", "refs/towline/forge", &commit.to_string()]);

    let error = bench.forge().find_pull(HEAD, "main").unwrap_err();
    let place = format!("cannot read pulls/0/1.json in refs/towline/forge of {}", "gitops.git");
    assert_eq!(error.to_string(), place);
    let other = "towline/dev/shop";
    assert_eq!(bench.forge().find_pull(other, "main").unwrap(), None);
    bench.push(other, &[("dev/shop.yaml", "a: 1\n")]);
    let new = NewPullRequest { head: other.into(), ..given::pull(other, bench.tip(other), "Deploy shop") };
    assert_eq!(bench.forge().open_pull(&new).unwrap().number, number + 1);
}

/// The size of all objects, as they are on disk.
fn size(bench: &Bench) -> u64 {
    let files = walkdir::WalkDir::new(bench.gitops.path().join("objects")).into_iter();
    files.map(|file| file.unwrap().metadata().unwrap()).filter(|it| it.is_file()).map(|it| it.len()).sum()
}

#[test]
fn a_change_does_not_write_all_pull_requests_anew() {
    let written = [90, 990, 9_990].map(|count| {
        let bench = Bench::new();
        let mut script = "commit refs/towline/forge\ncommitter Ann <ann@example.com> 1700000000 +0000\n\
                          data 6\nOthers\nM 100644 inline heads/00/other\ndata 2\n1\n"
            .to_owned();
        for number in 1..=count {
            // Nothing reads them.
            let text = number.to_string();
            let (folder, length) = (number / 100, text.len());
            script += &format!("M 100644 inline pulls/{folder}/{number}.json\ndata {length}\n{text}\n");
        }
        bench.gitops.import(&script);
        bench.push(HEAD, &[("dev/greeting.yaml", "a: 1\n")]);
        let before = size(&bench);
        let new = given::pull(HEAD, bench.tip(HEAD), "Deploy greeting 1.2.0");
        assert_eq!(bench.forge().open_pull(&new).unwrap().number, count + 1);
        size(&bench) - before
    });
    let [few, _, many] = written;
    assert!(many < few * 2, "{written:?}");
}

#[test]
fn the_repository_stays_sound() {
    let bench = Bench::new();
    let number = open(&bench);
    bench.forge().merge_pull(number, &request(&bench)).unwrap();
    assert_eq!(bench.gitops.git(&["fsck", "--strict", "--no-dangling"]), "");
}
