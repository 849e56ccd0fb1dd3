//! What every system must bring a release through.

use super::world::{Ended, World};

/// A CI system with its pipelines.
pub trait System {
    /// Somebody pushed a tag.
    fn start(&self, world: &World, tag: &str) -> Ended;

    /// Something happened in the GitOps repository, or it was time.
    fn resume(&self, world: &World) -> Ended;
}

/// From a tag to prod, with nothing running while operators and people take their time.
pub fn to_prod(system: &dyn System) {
    let world = World::new();
    let step = |ended: Ended, expected: &str| {
        assert!(ended.passed, "{}", ended.log);
        assert_eq!(world.status(), expected, "{}", ended.log);
    };
    step(system.start(&world, "v1.4.0"), "dev 1.4.0 deployed, staging -, prod -");
    // The source goes on meanwhile; the release does not.
    world.commit("app", &[("deploy/more.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: more}\n")]);
    world.report("dev", "success");
    step(system.resume(&world), "dev 1.4.0 verified, staging 1.4.0 deployed, prod -");
    world.report("staging", "success");
    let waits = "dev 1.4.0 verified, staging 1.4.0 verified, prod 1.4.0 proposed";
    step(system.resume(&world), waits);

    let before = world.gitops();
    step(system.resume(&world), waits);
    assert_eq!(world.gitops(), before, "one that came for nothing changes nothing");

    world.towline(&["merge", "prod"]);
    step(system.resume(&world), "dev 1.4.0 verified, staging 1.4.0 verified, prod 1.4.0 deployed");
    world.report("prod", "success");
    let done = "dev 1.4.0 verified, staging 1.4.0 verified, prod 1.4.0 verified";
    step(system.resume(&world), done);

    let before = world.gitops();
    step(system.resume(&world), done);
    assert_eq!(world.gitops(), before);
}

/// A rollout that fails is seen, once, and what stands behind it gets nothing.
pub fn a_failed_rollout(system: &dyn System) {
    let world = World::new();
    assert!(system.start(&world, "v1.4.0").passed);
    world.report("dev", "failure");
    let ended = system.resume(&world);
    assert!(!ended.passed, "{}", ended.log);
    assert!(ended.log.contains("dev: operator/dev failed"), "{}", ended.log);
    let failed = "dev 1.4.0 failed, staging -, prod -";
    assert_eq!(world.status(), failed);

    let ended = system.resume(&world);
    assert!(ended.passed, "{}", ended.log);
    assert_eq!(world.status(), failed, "what failed stays so until people start it again");
}
