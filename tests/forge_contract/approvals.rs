//! Approvals belong to what was approved: the story of a release that takes the place of an approved
//! one, and of an approved release that has to be put onto a new base.

use std::sync::Arc;

use insta::assert_snapshot;
use towline::clock::ManualClock;
use towline::config;
use towline::forge::StatusState;
use towline::gitops::Destinations;
use towline::promote::{self, PromoteRequest, Selection};
use towline::propose::ProposeOptions;
use towline::variables::Inputs;
use towline::vocabulary::Diagnostic;

use super::promote::World;
use crate::fakes::github::rules::Rules;
use crate::fakes::github::{GitHub, TOKEN};
use crate::fakes::people::People;
use crate::given;

struct Desk {
    world: World,
    github: Arc<GitHub>,
    clock: Arc<ManualClock>,
}

impl Desk {
    fn new(rules: Rules) -> Self {
        let clock = given::clock();
        let (world, github) = World::at(clock.clone());
        github.protect(rules);
        Self { world, github, clock }
    }

    /// `promote --once`: how it went in dev.
    fn promote(&self, version: &str) -> String {
        let pipeline = config::load(&self.world.root().join("towline.yaml")).unwrap();
        let access = self.world.access(self.clock.clone(), &[("GITHUB_TOKEN", TOKEN)]);
        let request = PromoteRequest {
            destinations: &Destinations::new(&pipeline, access),
            release: &given::release(version),
            inputs: &Inputs::default(),
            selection: Selection::Only("dev".into()),
            once: true,
            options: ProposeOptions::default(),
            polling: None,
        };
        let promotion = match promote::promote(&request, &|_| ()) {
            Ok(promotion) => promotion,
            Err(error) => return format!("{:?}: {error:#}", Diagnostic::outcome_of(&error)),
        };
        let result = &promotion.environments[0];
        format!("{:?}: {}", result.outcome, result.reason)
            .replace("https://github.com/acme/gitops/pull/", "#")
    }

    fn checks_pass(&self) {
        let head = self.world.gitops.git(&["rev-parse", "towline/dev/greeting"]).parse().unwrap();
        self.github.report(head, "ci", StatusState::Success);
    }

    /// What is said on the pull requests.
    fn pulls(&self) -> String {
        let said =
            |number| self.github.comments_of(number).join(" | ").replace("\n\n<!-- towline:comment -->", "");
        format!("#1: {}\n#3: {}", said(1), said(3))
    }

    fn merges(&self) -> String {
        self.world.gitops.git(&["log", "--first-parent", "--format=%s", "main"])
    }
}

#[test]
fn an_approval_of_a_release_does_not_merge_the_next() {
    let desk =
        Desk::new(Rules { approvals: 1, checks: vec!["ci"], auto_merge_allowed: true, ..Rules::default() });
    assert_snapshot!(desk.promote("1.4.0"), @"Unfinished: #1 is waiting to be merged; missing: an approving review is required, required check `ci`: expected; it will be merged when nothing is missing");
    desk.github.review(1, "ann", "APPROVED");
    // 1.5.0 comes before the check of 1.4.0 is done.
    assert_snapshot!(desk.promote("1.5.0"), @"Unfinished: #3 is waiting to be merged; missing: an approving review is required, required check `ci`: expected; it will be merged when nothing is missing");
    assert_snapshot!(desk.pulls(), @r"
    #1: greeting 1.5.0 for dev gets a pull request of its own, because this one was reviewed or was to be merged | Replaced by https://github.com/acme/gitops/pull/3, which proposes greeting 1.5.0 for dev.
    #3:
    ");
    desk.checks_pass();
    assert_snapshot!(desk.promote("1.5.0"), @"Unfinished: #3 is waiting to be merged; missing: an approving review is required; it will be merged when nothing is missing");
    assert_snapshot!(desk.promote("1.4.0"), @"Superseded: greeting 1.4.0 for dev is older than 1.5.0, which is already proposed");
    desk.github.review(3, "ann", "APPROVED");
    assert_snapshot!(desk.promote("1.5.0"), @"Done: 1.5.0 merged, not observed");
    assert_snapshot!(desk.merges(), @r"
    Deploy greeting 1.5.0 to dev (#3)
    Edit by hand
    ");
}

#[test]
fn what_nobody_reviewed_stays_one_pull_request() {
    let desk = Desk::new(Rules { approvals: 1, ..Rules::default() });
    desk.promote("1.4.0");
    assert_snapshot!(desk.promote("1.5.0"), @"Unfinished: #1 is waiting to be merged; missing: an approving review is required; the forge refused to merge it: At least 1 approving review is required by reviewers with write access; Pull request Auto merge is not allowed for this repository (turn on `Allow auto-merge` in the repository's settings)");
}

/// "Require branches to be up to date": the base goes on all the time.
#[test]
fn a_proposal_is_put_onto_a_base_that_has_to_be_current() {
    let checks = vec!["ci"];
    let desk = Desk::new(Rules { checks, strict: true, auto_merge_allowed: true, ..Rules::default() });
    assert_snapshot!(desk.promote("1.4.0"), @"Unfinished: #1 is waiting to be merged; missing: required check `ci`: expected; it will be merged when nothing is missing");
    desk.checks_pass();
    desk.world.gitops.push("main", &[("other.yaml", "other: 2\n")]);
    assert_snapshot!(desk.promote("1.4.0"), @"Unfinished: #1 is waiting to be merged; missing: required check `ci`: expected; it will be merged when nothing is missing");
    desk.checks_pass();
    assert_snapshot!(desk.promote("1.4.0"), @"Done: 1.4.0 merged, not observed");
    assert_snapshot!(desk.merges(), @r"
    Deploy greeting 1.4.0 to dev (#1)
    Edit by hand
    Edit by hand
    ");
}

/// Both at once: what was approved is pushed again, and approved again.
#[test]
fn an_approval_of_an_older_commit_does_not_merge_by_itself() {
    let desk = Desk::new(Rules { approvals: 1, strict: true, auto_merge_allowed: true, ..Rules::default() });
    assert_snapshot!(desk.promote("1.4.0"), @"Unfinished: #1 is waiting to be merged; missing: an approving review is required; it will be merged when nothing is missing");
    desk.world.gitops.push("main", &[("other.yaml", "other: 2\n")]);
    desk.github.review(1, "ann", "APPROVED");
    assert_snapshot!(desk.promote("1.4.0"), @"Unfinished: #1 is waiting to be merged; missing: an approval of this commit (an older one was approved by ann); an older commit was approved by ann");
    assert_snapshot!(desk.promote("1.4.0"), @"Unfinished: #1 is waiting to be merged; missing: an approval of this commit (an older one was approved by ann); an older commit was approved by ann");
    assert_snapshot!(desk.merges(), @r"
    Edit by hand
    Edit by hand
    ");
    desk.github.review(1, "ann", "APPROVED");
    assert_snapshot!(desk.promote("1.4.0"), @"Done: 1.4.0 merged, not observed");
}

/// People commit to what GitHub was to merge by itself: it is not merged any more.
#[test]
fn what_people_committed_is_not_left_to_the_forge() {
    let desk = Desk::new(Rules { approvals: 1, auto_merge_allowed: true, ..Rules::default() });
    desk.promote("1.4.0");
    desk.world.gitops.push("towline/dev/greeting", &[("dev/evil.yaml", "evil: 1\n")]);
    let head = desk.world.gitops.git(&["rev-parse", "--short=10", "towline/dev/greeting"]);
    assert_snapshot!(desk.promote("1.4.0").replace(&head, "[ID]"), @"Refused: cannot promote to environment `dev`: cannot propose greeting for dev: people committed to towline/dev/greeting: [ID]");
    desk.github.review(1, "ann", "APPROVED");
    assert_snapshot!(desk.merges(), @"Edit by hand");
}
