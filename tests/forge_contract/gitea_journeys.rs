//! `merge: auto` on Gitea with people and rules in the way: what `promote` does and says.

use std::cell::RefCell;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use insta::assert_snapshot;
use towline::clock::{Clock, ManualClock};
use towline::config;
use towline::forge::StatusState;
use towline::gitops::Destinations;
use towline::promote::{self, Event, PromoteRequest, Selection, What};
use towline::propose::ProposeOptions;
use towline::rollout::{self, Polling};
use towline::variables::Inputs;
use towline::vocabulary::Diagnostic;

use super::promote::World;
use crate::fakes::gitea::repository::Settings;
use crate::fakes::gitea::rules::Rules;
use crate::fakes::gitea::{Gitea, TOKEN};
use crate::fakes::people::People;
use crate::given;

const POLLING: Polling = Polling {
    first: Duration::from_secs(5),
    longest: Duration::from_secs(30),
    allowance: 240,
    random: || 0.0,
};

struct Desk {
    world: World,
    gitea: Arc<Gitea>,
    clock: Arc<ManualClock>,
    told: Arc<Mutex<Vec<String>>>,
}

impl Desk {
    fn new(rules: Rules) -> Self {
        let clock = given::clock();
        let (world, gitea) = World::gitea_at(clock.clone());
        gitea.protect(rules);
        Self { world, gitea, clock, told: Arc::default() }
    }

    /// `promote --once`: how it went in dev.
    fn promote(&self, version: &str) -> String {
        self.run(version, Selection::Only("dev".into()), true, &|_| ())
    }

    /// `promote`, with what happens at the look of this number.
    fn promote_and_wait(&self, version: &str, happens: &dyn Fn(usize)) -> (String, Vec<String>) {
        let waited = RefCell::new(Vec::new());
        let events = |event: Event| {
            if let What::Rollout(rollout::Event::Waiting { why, .. }) = event.what {
                waited.borrow_mut().push(tidy(&why));
                let looks = waited.borrow().len();
                happens(looks);
            }
        };
        let ended = self.run(version, Selection::Only("dev".into()), false, &events);
        let mut waited = waited.into_inner();
        waited.dedup();
        (ended, waited)
    }

    fn run(&self, version: &str, selection: Selection, once: bool, events: &dyn Fn(Event)) -> String {
        let pipeline = config::load(&self.world.root().join("towline.yaml")).unwrap();
        let variables = [("GITEA_SERVER_URL", self.world.url()), ("GITEA_TOKEN", TOKEN)];
        let mut access = self.world.access(self.clock.clone(), &variables);
        let told = self.told.clone();
        access.notify = Arc::new(move |line| told.lock().unwrap().push(line.to_owned()));
        let request = PromoteRequest {
            destinations: &Destinations::new(&pipeline, access),
            release: &given::release(version),
            inputs: &Inputs::default(),
            selection,
            once,
            options: ProposeOptions::default(),
            polling: Some(POLLING),
        };
        let promotion = match promote::promote(&request, events) {
            Ok(promotion) => promotion,
            Err(error) => return tidy(&format!("{:?}: {error:#}", Diagnostic::outcome_of(&error))),
        };
        let results =
            promotion.environments.iter().map(|result| format!("{:?}: {}", result.outcome, result.reason));
        tidy(&results.collect::<Vec<_>>().join("\n"))
    }

    fn merges(&self) -> String {
        self.world.gitops.git(&["log", "--first-parent", "--format=%s", "main"])
    }

    fn push(&self, branch: &str, path: &str) -> String {
        let id = self.world.gitops.push(branch, &[(path, "other: 2\n")]);
        id.to_string()[..10].to_owned()
    }

    fn merge_requests(&self) -> usize {
        self.world
            .server
            .log()
            .iter()
            .filter(|line| line.starts_with("POST") && line.contains("/merge "))
            .count()
    }

    fn report(&self, context: &str) {
        let head = self.world.gitops.git(&["rev-parse", "towline/dev/greeting"]).parse().unwrap();
        self.gitea.report(head, context, StatusState::Success);
    }

    /// As on another machine.
    fn forget_cache(&self) {
        std::fs::remove_dir_all(self.world.home().join(".cache")).unwrap();
    }

    fn told(&self) -> String {
        tidy(&self.told.lock().unwrap().join("\n"))
    }
}

fn tidy(text: &str) -> String {
    let text = text.replace("https://git.example.com/acme/gitops/pulls/", "#");
    let ids = regex::Regex::new(r"\b[0-9a-f]{40}\b").unwrap().replace_all(&text, "[ID]").into_owned();
    regex::Regex::new(r"http://127\.0\.0\.1:\d+").unwrap().replace_all(&ids, "URL").into_owned()
}

/// One request, and no waiting.
#[test]
fn what_towline_may_never_merge_is_refused_with_the_first_request() {
    for rules in [
        Rules { keeps_out: true, ..Rules::default() },
        Rules { signed: true, ..Rules::default() },
        Rules { protects_files: true, ..Rules::default() },
        Rules { refused_style: Some("merge"), ..Rules::default() },
    ] {
        let desk = Desk::new(rules);
        let before = desk.clock.now();
        let (ended, waited) = desk.promote_and_wait("1.4.0", &|_| ());
        assert!(ended.starts_with("Refused: ") && ended.contains("#1 cannot be merged: "), "{ended}");
        assert_eq!((waited, desk.merge_requests()), (vec![], 1));
        assert!(desk.clock.now().as_second() - before.as_second() < 20, "{}", desk.clock.now());
    }
}

#[test]
fn a_proposal_behind_its_base_is_put_onto_it() {
    let desk = Desk::new(Rules { up_to_date: true, statuses: vec!["ci"], ..Rules::default() });
    assert_snapshot!(desk.promote("1.4.0"), @"Unfinished: #1 is waiting to be merged; missing: required status `ci` is expected; it will be merged when nothing is missing");
    desk.push("main", "other.yaml");
    desk.report("ci");
    assert_snapshot!(desk.promote("1.4.0"), @"Unfinished: #1 is waiting to be merged; missing: required status `ci` is expected; it will be merged when nothing is missing");
    desk.report("ci");
    assert_snapshot!(desk.promote("1.4.0"), @"Done: 1.4.0 merged, not observed");
    assert_snapshot!(desk.merges(), @r"
    Deploy greeting 1.4.0 to dev (#1)
    Edit by hand
    Edit by hand
    ");
}

#[test]
fn who_merges_by_hand_merges_on_the_new_base() {
    let desk = Desk::new(Rules { up_to_date: true, ..Rules::default() });
    let manual = desk.world.pipeline().replacen("merge: auto", "merge: manual", 1);
    desk.world.write("towline.yaml", &manual);
    assert_snapshot!(desk.promote("1.4.0"), @"Unfinished: #1 is waiting to be merged");
    desk.push("main", "other.yaml");
    assert_snapshot!(tidy(&desk.world.towline(&["merge", "dev"], TOKEN)), @r"
    dev: merged #1 as [ID]
    exit code 0
    ");
    assert_snapshot!(desk.merges(), @r"
    Deploy greeting 1.4.0 to dev (#1)
    Edit by hand
    Edit by hand
    ");
}

#[test]
fn what_people_have_to_do_is_waited_for_and_named() {
    let desk = Desk::new(Rules { no_requests: true, ..Rules::default() });
    let pipeline = desk.world.pipeline();
    let asked = pipeline.replacen("    merge: auto\n", "    merge: auto\n    reviewers: [bob]\n", 1);
    desk.world.write("towline.yaml", &asked);
    let (ended, waited) = desk.promote_and_wait("1.4.0", &|looks| {
        if looks == 3 {
            desk.gitea.review(1, "bob", "APPROVED");
        }
    });
    assert_snapshot!(format!("{}\n{ended}", waited.join("\n")), @r"
    #1 is waiting to be merged; missing: a review by bob; it will be merged when nothing is missing
    Done: 1.4.0 merged, not observed
    ");
}

/// A person's hold stays through every later run and release, and is told.
#[test]
fn a_draft_mark_of_people_holds_the_merge() {
    let desk = Desk::new(Rules { statuses: vec!["ci"], ..Rules::default() });
    desk.promote("1.4.0");
    desk.gitea.retitle(1, "WIP: Deploy greeting 1.4.0 to dev");
    desk.report("ci");
    assert_snapshot!(desk.promote("1.4.0"), @"Unfinished: #1 is waiting to be merged; missing: the pull request is marked as work in progress; the forge refused to merge it: Work in progress PRs cannot be merged; it will be merged when nothing is missing");
    desk.gitea.retitle(1, "Deploy greeting 1.4.0 to dev");
    assert_snapshot!(desk.promote("1.4.0"), @"Done: 1.4.0 merged, not observed");
}

/// A schedule is cancelled before the branch is left to people.
#[test]
fn what_people_committed_is_not_merged_by_a_schedule() {
    let desk = Desk::new(Rules { approvals: 1, ..Rules::default() });
    assert_snapshot!(desk.promote("1.4.0"), @"Unfinished: #1 is waiting to be merged; missing: 0 of 1 approvals given; it will be merged when nothing is missing");
    let id = desk.push("towline/dev/greeting", "dev/evil.yaml");
    assert_snapshot!(desk.promote("1.4.0").replace(&id, "[ID]"), @"Refused: cannot promote to environment `dev`: cannot propose greeting for dev: people committed to towline/dev/greeting: [ID]");
    assert_snapshot!(desk.promote("1.5.0").replace(&id, "[ID]"), @"Refused: cannot promote to environment `dev`: cannot propose greeting for dev: people committed to towline/dev/greeting: [ID]");
    desk.gitea.review(1, "ann", "APPROVED");
    desk.promote("1.4.0");
    assert_snapshot!(desk.merges(), @"Edit by hand");
}

/// The base joined into the branch by the server's button is nobody's work.
#[test]
fn an_update_of_the_branch_by_a_reviewer_changes_nothing() {
    let desk = Desk::new(Rules { approvals: 1, ..Rules::default() });
    desk.promote("1.4.0");
    desk.push("main", "README.md");
    assert_eq!(desk.gitea.update_branch(1).status, 200);
    assert_eq!(desk.gitea.update_branch(1).status, 500, "it is up to date");
    desk.promote("1.4.0");
    desk.forget_cache();
    assert_snapshot!(desk.promote("1.4.0"), @"Unfinished: #1 is waiting to be merged; missing: 0 of 1 approvals given; it will be merged when nothing is missing");
    assert_snapshot!(desk.promote("1.5.0"), @"Unfinished: #2 is waiting to be merged; missing: 0 of 1 approvals given; it will be merged when nothing is missing");
    desk.gitea.review(2, "ann", "APPROVED");
    assert_snapshot!(desk.promote("1.5.0"), @"Done: 1.5.0 merged, not observed");
}

#[test]
fn rights_that_are_lost_while_it_waits_end_it() {
    let desk = Desk::new(Rules { approvals: 1, ..Rules::default() });
    let (ended, waited) = desk.promote_and_wait("1.4.0", &|looks| {
        if looks == 2 {
            desk.gitea.protect(Rules { approvals: 1, keeps_out: true, ..Rules::default() });
        }
    });
    assert_snapshot!(format!("{}\n{ended}", waited.join("\n")), @r"
    #1 is waiting to be merged; missing: 0 of 1 approvals given; it will be merged when nothing is missing
    Refused: cannot promote to environment `dev`: #1 cannot be merged: User not allowed to merge PR
    ");
}

/// Servers may drop the attempt of a scheduled merge, and try no other.
#[test]
fn a_schedule_that_the_server_forgot_is_done_by_towline() {
    let desk = Desk::new(Rules { approvals: 1, ..Rules::default() });
    desk.gitea.forget_schedules();
    let (ended, _) = desk.promote_and_wait("1.4.0", &|looks| {
        if looks == 2 {
            desk.gitea.review(1, "ann", "APPROVED");
        }
    });
    assert_snapshot!(ended, @"Done: 1.4.0 merged, not observed");
}

/// How it ended does not depend on whether that can be written down.
#[test]
fn a_rollout_without_the_right_to_record_it_ends_as_it_ended() {
    let desk = Desk::new(Rules::default());
    let lost = |_: usize| desk.gitea.set_up(Settings { is_read_only: true, ..Settings::default() });
    let merged = |event: Event| {
        if matches!(event.what, What::Merged { .. }) {
            lost(0);
        }
    };
    assert_snapshot!(desk.run("1.4.0", Selection::All, false, &merged), @r"
    Done: 1.4.0 merged, not observed
    Refused: release 1.4.0 is not verified in environment `dev`, which `prod` needs: it has no verdict there; run `towline promote --to dev --release 1.4.0` first
    ");
    assert_snapshot!(desk.told(), @"cannot record the verdict of `dev`: cannot set the status towline/greeting/dev of [ID]: POST URL/api/v1/repos/acme/gitops/statuses/[ID] returned 403 Forbidden: user should have a permission to write to a repo; `prod` cannot be entered without it; once the token may write commit statuses, run this again to record it");
    desk.gitea.set_up(Settings::default());
    assert_snapshot!(desk.promote("1.4.0"), @"Done: 1.4.0 merged, not observed");
}

/// Operators see the merge commit before the server notes when it merged.
#[test]
fn a_report_that_arrives_before_gitea_notes_the_merge_counts() {
    let desk = Desk::new(Rules::default());
    let awaiting = "reporters: [{status: smoke}], settle: 0s";
    let pipeline = desk.world.pipeline().replacen("reporters: none", awaiting, 1);
    desk.world.write("towline.yaml", &pipeline);
    assert_snapshot!(desk.promote("1.4.0"), @"Unfinished: nothing yet from smoke");
    let merge = desk.world.gitops.git(&["rev-parse", "main"]).parse().unwrap();
    desk.gitea.report(merge, "smoke", StatusState::Success);
    desk.clock.advance(Duration::from_secs(60));
    assert_snapshot!(desk.promote("1.4.0"), @"Done: 1.4.0 verified: 1 reporter, 0 checks");
}

/// Nothing is pushed before it is known.
#[test]
fn a_repository_that_takes_no_proposals_gets_none() {
    for settings in [
        Settings { has_no_pulls: true, ..Settings::default() },
        Settings { renamed: Some("deploy"), ..Settings::default() },
    ] {
        let desk = Desk::new(Rules::default());
        desk.gitea.set_up(settings);
        desk.told.lock().unwrap().push(desk.promote("1.4.0"));
        assert_eq!(desk.world.gitops.git(&["for-each-ref", "--format=%(refname)"]), "refs/heads/main");
        assert!(desk.told().contains("acme/"), "{}", desk.told());
    }
}
