//! `merge: auto` where GitHub refuses and is not allowed to merge by itself: Towline merges when
//! nothing is missing any more.

use std::cell::RefCell;
use std::time::Duration;

use towline::clock::Clock;
use towline::config;
use towline::gitops::Destinations;
use towline::promote::{self, Event, PromoteRequest, Selection, What};
use towline::propose::ProposeOptions;
use towline::rollout::{self, Polling};
use towline::variables::Inputs;
use towline::vocabulary::Outcome;

use super::promote::World;
use crate::fakes::github::TOKEN;
use crate::fakes::github::rules::Rules;
use crate::given;

const POLLING: Polling = Polling {
    first: Duration::from_secs(5),
    longest: Duration::from_secs(30),
    allowance: 240,
    random: || 0.0,
};

#[test]
fn what_lacks_an_approval_is_merged_when_it_is_there() {
    let clock = given::clock();
    let (world, github) = World::at(clock.clone());
    github.protect(Rules { approvals: 1, auto_merge_allowed: false, ..Rules::default() });
    let pipeline = config::load(&world.root().join("towline.yaml")).unwrap();
    let release = given::release("1.4.0");
    let access = world.access(clock.clone(), &[("GITHUB_TOKEN", TOKEN)]);
    let request = PromoteRequest {
        destinations: &Destinations::new(&pipeline, access),
        release: &release,
        inputs: &Inputs::default(),
        selection: Selection::Only("dev".into()),
        once: false,
        options: ProposeOptions::default(),
        polling: Some(POLLING),
    };
    let waited = RefCell::new(Vec::new());
    let ann = |event: Event| {
        if let What::Rollout(rollout::Event::Waiting { why, .. }) = event.what {
            waited.borrow_mut().push(why);
            if waited.borrow().len() == 3 {
                github.review(1, "ann", "APPROVED");
            }
        }
    };
    let started = clock.now();
    let promotion = promote::promote(&request, &ann).unwrap();
    assert_eq!(promotion.outcome, Outcome::Done);
    let waited = waited.into_inner();
    insta::assert_snapshot!(waited[0], @"https://github.com/acme/gitops/pull/1 is waiting to be merged; missing: an approving review is required; the forge refused to merge it: At least 1 approving review is required by reviewers with write access; Pull request Auto merge is not allowed for this repository (turn on `Allow auto-merge` in the repository's settings)");
    assert!(waited.iter().all(|why| *why == waited[0]), "{waited:?}");
    let merges = world.server.log().iter().filter(|line| line.contains("/merge ")).count();
    assert_eq!(merges, 2, "refused once, and then nothing was missing");
    assert_eq!(world.gitops.git(&["rev-list", "--merges", "--count", "main"]), "1");
    // The review is looked for a minute after the last time.
    assert!(clock.now().as_second() - started.as_second() <= 60 + 30, "{}", clock.now());
}
