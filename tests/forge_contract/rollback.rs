//! Rolling back on every forge, also from a machine that knows nothing of what was before.

use std::fs;

use super::promote::{GITHUB, HOSTS, Host, World};

/// A forge whose application has a check in dev that 1.5.0 fails.
fn world(host: &'static Host) -> World {
    let world = World::on(host);
    let check = "    onFailure: rollback\n    checks: [{name: smoke, run: 'test $TOWLINE_RELEASE != 1.5.0'}]\n  - name: prod\n";
    world.write("towline.yaml", &world.pipeline().replace("  - name: prod\n", check));
    world
}

fn promote(world: &World, version: &str) -> String {
    world.towline(&["promote", "--to", "dev", "--release", version], world.host.token)
}

#[test]
fn a_release_goes_out_again_on_every_forge() {
    for host in HOSTS {
        let world = world(host);
        let ends = |said: String, with: &[&str]| {
            assert!(with.iter().all(|part| said.contains(part)), "{}: {with:?} in\n{said}", host.kind);
        };
        ends(promote(&world, "1.4.0"), &["exit code 0"]);
        ends(promote(&world, "1.5.0"), &["failed: exit status: 1; rolled back to 1.4.0", "exit code 5"]);
        fs::remove_dir_all(world.home().join(".cache")).unwrap();
        ends(promote(&world, "1.5.0"), &["on hold: ", "1.5.0 failed: check `smoke` failed", "exit code 3"]);
        ends(promote(&world, "1.6.0"), &["exit code 0"]);
        let rollback = |more: &[&str]| world.towline(&[&["rollback", "dev"], more].concat(), host.token);
        ends(rollback(&["--plan"]), &["back from 1.6.0 to 1.4.0", "exit code 0"]);
        ends(rollback(&["--reason", "it is slow"]), &["1.4.0 verified: 0 reporters, 1 check", "exit code 0"]);
        fs::remove_dir_all(world.home().join(".cache")).unwrap();
        ends(rollback(&[]), &["1.4.0 is already verified", "exit code 0"]);
        let status = world.towline(&["status"], host.token);
        ends(status, &["dev: 1.6.0 was rolled back to 1.4.0: it is slow", "dev: 1.6.0 is on hold since "]);
        let log = world.gitops.git(&["log", "--first-parent", "--format=%s", "main"]);
        let back = |version: &str| {
            log.matches(&format!("Roll back greeting from {version} to 1.4.0 in dev")).count()
        };
        assert_eq!((back("1.5.0"), back("1.6.0")), (1, 1), "{}: {log}", host.kind);
    }
}

#[test]
fn what_is_asked_does_not_grow_with_the_history() {
    let asked = |releases: u32| {
        let world = world(&GITHUB);
        for release in 1..=releases {
            promote(&world, &format!("2.{release}.0"));
        }
        let before = world.server.log().len();
        let said = world.towline(&["rollback", "dev", "--plan"], world.host.token);
        assert!(said.ends_with("exit code 0"), "{said}");
        world.server.log().len() - before
    };
    assert_eq!(asked(2), asked(7));
}
