//! Plain cron: a clone that stays, and a script.

use super::fill::folder;
use super::journey::{self, System};
use super::world::{Ended, World, log};

struct Cron;

/// Every run is alike: it starts what is new and goes on with the rest.
impl System for Cron {
    fn start(&self, world: &World, _: &str) -> Ended {
        self.resume(world)
    }

    fn resume(&self, world: &World) -> Ended {
        let clone = world.path("clone");
        if !clone.exists() {
            world.git(".", &["clone", "--quiet", "app.git", "clone"]);
        }
        let output =
            world.command("bash", true).arg(folder().join("cron/towline.sh")).arg(clone).output().unwrap();
        let code = output.status.code().unwrap();
        Ended { passed: code == 0, code, log: log(&output) }
    }
}

#[test]
fn brings_a_release_to_prod() {
    journey::to_prod(&Cron);
}

#[test]
fn stops_at_a_failed_rollout() {
    journey::a_failed_rollout(&Cron);
}

#[test]
fn the_newest_tag_is_the_release() {
    let world = World::new();
    for tag in ["v1.9.0", "v1.10.0", "v1.10.0-rc.1"] {
        world.commit("app", &[]);
        world.tag(tag);
    }
    assert!(Cron.resume(&world).passed);
    assert_eq!(world.status(), "dev 1.10.0 deployed, staging -, prod -");
}

#[test]
fn what_waits_goes_on_whatever_became_of_the_newest_tag() {
    let world = World::new();
    // By hand, under the name of a release that is newer than the tag.
    let release = ["--release", "2.0.0", "--image", "web=2.0.0"];
    world.towline(&[&["propose", "dev"], &release[..]].concat());
    world.towline(&["merge", "dev"]);
    world.report("dev", "success");
    let ended = Cron.resume(&world);
    assert!(ended.passed, "{}", ended.log);
    assert_eq!(world.status(), "dev 2.0.0 verified, staging 2.0.0 deployed, prod -");
}
