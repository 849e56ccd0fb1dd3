//! `releases: queue`: a release that comes while another one is under way waits for its end.

use insta::assert_snapshot;
use towline::forge::StatusState;
use towline::vocabulary::MergeMethod;

use super::world::{Back, Run, World};

const QUEUE: &str = "  - {name: staging, merge: auto, await: {reporters: none}}
  - name: prod
    releases: queue
    await: {reporters: [{status: \"flux/*\"}], settle: 0s, grace: 0s}
";

#[test]
fn the_newest_that_waits_is_next() {
    let world = World::new(QUEUE);
    world.once("1.0.0");
    assert_snapshot!(world.once("1.1.0"), @"
Unfinished (75)
staging: Done: 1.1.0 merged, not observed
prod: Unfinished: the gate `queue` is closed: 1.0.0 is proposed: ../gitops.git#2
");
    world.merge(2, MergeMethod::Merge);
    assert_snapshot!(world.once("1.1.0"), @"
Unfinished (75)
staging: Unchanged: 1.1.0 is already merged, not observed
prod: Unfinished: the gate `queue` is closed: 1.0.0 is deployed, and neither verified nor failed yet
");
    assert_snapshot!(world.once("1.2.0"), @"
Unfinished (75)
staging: Done: 1.2.0 merged, not observed
prod: Unfinished: the gate `queue` is closed: 1.0.0 is deployed, and neither verified nor failed yet
");
    world.report("main", "flux/prod", StatusState::Success);
    // What is reported is no verdict yet: the run of 1.0.0 has to see it.
    assert_snapshot!(world.once("1.1.0"), @"
Unfinished (75)
staging: Unchanged: greeting 1.1.0 for staging is older than 1.2.0, which is already deployed
prod: Unfinished: the gate `queue` is closed: 1.0.0 is deployed, and neither verified nor failed yet
");
    assert_snapshot!(world.once("1.0.0"), @"
Done (0)
staging: Unchanged: greeting 1.0.0 for staging is older than 1.2.0, which is already deployed
prod: Done: 1.0.0 verified: 1 reporter, 0 checks
");
    assert_snapshot!(world.once("1.1.0"), @"
Superseded (7)
staging: Unchanged: greeting 1.1.0 for staging is older than 1.2.0, which is already deployed
prod: Superseded: 1.2.0 is newer and waited as well
");
    assert_snapshot!(world.once("1.2.0"), @"
Unfinished (75)
staging: Unchanged: 1.2.0 is already merged, not observed
prod: Unfinished: ../gitops.git#5 is waiting to be merged
");
    assert_snapshot!(world.pulls(), @"
#1 Merged Deploy greeting 1.0.0 to staging
#2 Merged Deploy greeting 1.0.0 to prod
#3 Merged Deploy greeting 1.1.0 to staging
#4 Merged Deploy greeting 1.2.0 to staging
#5 Open Deploy greeting 1.2.0 to prod
");
}

#[test]
fn what_was_rolled_back_does_not_wait() {
    let world = World::new(&QUEUE.replace("[{status: \"flux/*\"}], settle: 0s, grace: 0s", "none"));
    for (version, number) in [("1.0.0", 2), ("1.2.0", 4)] {
        world.once(version);
        world.merge(number, MergeMethod::Merge);
        world.once(version);
    }
    world.roll_back("prod", Back { once: true, ..Back::default() });
    world.merge(5, MergeMethod::Merge);
    world.roll_back("prod", Back { once: true, ..Back::default() });
    assert_snapshot!(world.promote("1.1.0", Run { once: true, allow_older: true, ..Run::default() }, &|_| {}), @"
Unfinished (75)
staging: Done: 1.1.0 merged, not observed
prod: Unfinished: ../gitops.git#7 is waiting to be merged
");
}

#[test]
fn what_failed_is_not_waited_for() {
    let world = World::new(QUEUE);
    world.once("1.0.0");
    world.merge(2, MergeMethod::Merge);
    world.report("main", "flux/prod", StatusState::Failure);
    world.sleep(1);
    world.once("1.0.0");
    assert_snapshot!(world.once("1.1.0"), @"
Unfinished (75)
staging: Done: 1.1.0 merged, not observed
prod: Unfinished: ../gitops.git#4 is waiting to be merged
");
}

#[test]
fn an_override_lets_one_release_pass() {
    let world = World::new(QUEUE);
    world.once("1.0.0");
    world.once("1.1.0");
    world.decide("prod", towline::gitops::decision::Decision::Override, Some("queue"), "1.1.0");
    assert_snapshot!(world.once("1.1.0"), @"
Unfinished (75)
staging: Unchanged: 1.1.0 is already merged, not observed
prod: Unfinished: ../gitops.git#2 is waiting to be merged
");
}

#[test]
fn without_it_the_newer_release_takes_the_place() {
    let world = World::new(&QUEUE.replace("queue", "latest"));
    world.once("1.0.0");
    assert_snapshot!(world.once("1.1.0"), @"
Unfinished (75)
staging: Done: 1.1.0 merged, not observed
prod: Unfinished: ../gitops.git#2 is waiting to be merged
");
}
