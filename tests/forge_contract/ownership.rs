//! What people changed by hand, what was renamed and what is taken out, in a repository at the other
//! end of a URL.

use super::promote::{HOSTS, Host, World};

const FILE: &str = "dev/greeting/configmap-greeting.yaml";

/// What a person sees, which has to end well.
fn done(world: &World, arguments: &[&str]) -> String {
    let seen = world.towline(arguments, world.host().token);
    assert!(seen.ends_with("exit code 0"), "{arguments:?}: {seen}");
    seen
}

fn files(world: &World) -> String {
    let all = world.gitops().git(&["ls-tree", "-r", "--name-only", "main"]);
    all.lines().filter(|path| *path != "README.md").collect::<Vec<_>>().join(" ")
}

fn story(host: &'static Host) {
    let world = World::on(host);
    world.write("towline.yaml", &world.pipeline().replacen("merge: auto", "merge: manual", 1));
    done(&world, &["propose", "dev", "--release", "1.0.0"]);
    done(&world, &["merge", "dev"]);

    // A change made by hand stays, until people give it up.
    world.gitops().push("main", &[(FILE, "by: hand\n")]);
    let propose = ["propose", "dev", "--release", "1.1.0"];
    let refused = world.towline(&propose, host.token);
    assert!(refused.contains(&format!("changed by hand: {FILE}")), "{refused}");
    assert!(refused.ends_with("exit code 3"), "{refused}");
    assert!(done(&world, &["status"]).contains(&format!("dev: {FILE} was changed by hand")));
    done(&world, &[&propose[..], &["--overwrite-drift"]].concat());

    // Renamed, it moves in one proposal, and the one with the old name is closed.
    let renamed = world.pipeline().replace("application: greeting", "application: hello\nformerly: greeting");
    world.write("towline.yaml", &renamed);
    let moves = ["propose", "dev", "--release", "1.1.0", "--overwrite-drift"];
    done(&world, &moves);
    done(&world, &["merge", "dev"]);
    assert_eq!(files(&world), "descriptors/dev/hello.yaml dev/hello/configmap-greeting.yaml");
    world.write(
        "towline.yaml",
        &renamed.replace("application: hello\nformerly: greeting", "application: greeting"),
    );
    let old = done(&world, &["status"]);
    assert!(!old.contains("1.1.0 (#") && !old.contains("1.1.0 (!"), "{old}");

    // Taken out, nothing of it is left.
    world.write("towline.yaml", &renamed);
    done(&world, &["remove", "dev"]);
    done(&world, &["merge", "dev"]);
    assert_eq!(files(&world), "");
}

#[test]
fn what_people_did_counts_on_every_forge() {
    HOSTS.into_iter().for_each(story);
}
