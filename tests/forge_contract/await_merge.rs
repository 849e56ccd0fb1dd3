//! What `await` says of a pull request on GitHub that is not merged yet.

use towline::forge::{MergeRequest, MergeResult};
use towline::rollout::{self, Awaited};
use towline::vocabulary::MergeMethod;

use super::Bench as _;
use super::bench::HEAD;
use super::github::Bench;
use super::long_wait::{destination, pipeline, proposed};
use crate::fakes::Fault;
use crate::fakes::github::rules::Rules;

/// A proposal in a repository with these rules, and what a look at it finds.
struct Scene {
    bench: Bench,
    number: u64,
}

impl Scene {
    fn new(rules: Rules) -> Self {
        let bench = Bench::new();
        bench.fake.protect(rules);
        let number = proposed(&bench, &pipeline().0, &bench.forge().into());
        Self { bench, number }
    }

    fn look(&self) -> String {
        let (pipeline, _folder) = pipeline();
        // Whether it can be merged GitHub works out after it was asked.
        self.bench.forge().get_pull(self.number).unwrap();
        let destination = destination(&self.bench, &pipeline, self.bench.forge().into());
        let awaited = Awaited { pull: Some(self.number), content: None, since: None };
        let seen = rollout::observe(&destination, awaited).unwrap();
        let reason = seen.state.reason().replace("https://github.com/acme/gitops/pull/", "#");
        format!("{:?}: {reason}", seen.state.outcome())
    }

    fn merge_when_ready(&self) -> MergeResult {
        let expected_head = self.bench.tip(HEAD);
        let method = MergeMethod::Merge;
        let request = MergeRequest { expected_head, method, message: "Deploy".into(), when_ready: true };
        self.bench.forge().merge_pull(self.number, &request).unwrap()
    }
}

#[test]
fn reviewers_and_rules() {
    let scene = Scene::new(Rules { approvals: 1, checks: vec!["ci"], ..Rules::default() });
    insta::assert_snapshot!(scene.look(), @"Unfinished: #1 is waiting to be merged; missing: an approving review is required, required check `ci`: expected");
    scene.bench.fake.review(scene.number, "ann", "CHANGES_REQUESTED");
    insta::assert_snapshot!(scene.look(), @"Unfinished: #1 is waiting to be merged; rejected by ann; missing: required check `ci`: expected");
    scene.bench.fake.review(scene.number, "ann", "APPROVED");
    insta::assert_snapshot!(scene.look(), @"Unfinished: #1 is waiting to be merged; missing: required check `ci`: expected; approved by ann");
}

#[test]
fn a_conflict() {
    let scene = Scene::new(Rules::default());
    scene.bench.push("main", &[("dev/greeting/configmap-greeting.yaml", "by: hand\n")]);
    insta::assert_snapshot!(scene.look(), @"Unfinished: #1 is waiting to be merged; it conflicts with main");
}

#[test]
fn the_merge_queue() {
    let scene = Scene::new(Rules { queue: true, ..Rules::default() });
    insta::assert_snapshot!(scene.look(), @"Unfinished: #1 is waiting to be merged; missing: the base branch requires its merge queue");
    assert!(matches!(scene.merge_when_ready(), MergeResult::WhenReady(_)));
    insta::assert_snapshot!(scene.look(), @"Unfinished: #1 is waiting to be merged; missing: its turn in the merge queue (position 1, awaiting checks); it will be merged when nothing is missing");
    scene.bench.fake.evict(scene.number, "CI_FAILURE");
    insta::assert_snapshot!(scene.look(), @"Unfinished: #1 is waiting to be merged; missing: the base branch requires its merge queue; it was removed from the merge queue (ci failure); run `towline merge dev --when-ready` to add it again");
    scene.merge_when_ready();
    scene.bench.fake.run_queue();
    insta::assert_snapshot!(scene.look(), @"Unfinished: nothing yet from flux/*");
}

#[test]
fn closed_by_people() {
    let scene = Scene::new(Rules::default());
    scene.bench.forge().close_pull(scene.number, "not this week").unwrap();
    insta::assert_snapshot!(scene.look(), @"Closed: the pull request was closed without being merged");
}

/// As on an old Enterprise Server, or with a token that may not ask.
#[test]
fn a_forge_that_does_not_tell() {
    let scene = Scene::new(Rules::default());
    scene.bench.server.fail(Fault::status("POST /graphql", 403));
    let seen = scene.look().replace(scene.bench.server.url(), "API");
    insta::assert_snapshot!(seen, @"Unfinished: #1 is waiting to be merged; cannot see what pull request #1 waits for: POST API/graphql returned 403 Forbidden: fault");
    insta::assert_snapshot!(scene.look(), @"Unfinished: #1 is waiting to be merged");
}

/// What stands on the base branch tells.
#[test]
fn a_merge_whose_commit_nobody_tells() {
    let scene = Scene::new(Rules::default());
    assert!(matches!(scene.merge_when_ready(), MergeResult::Merged(_)));
    scene.bench.fake.leave_out_merge_commits();
    (0..9).for_each(|_| scene.bench.server.fail(Fault::status("POST /graphql", 403)));
    assert_eq!(scene.bench.forge().get_pull(scene.number).unwrap().merge_commit, None);
    insta::assert_snapshot!(scene.look(), @"Unfinished: nothing yet from flux/*");
}
