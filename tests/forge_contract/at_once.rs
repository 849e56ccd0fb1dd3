//! Processes that write to one repository at the same time: real ones, over git's smart HTTP and
//! GitHub's API, sharing a cache.

use std::process::Stdio;

use insta::assert_snapshot;

use super::promote::{World, show};
use crate::fakes::github::TOKEN;

/// Runs command lines at once; what each of them says.
fn at_once(world: &World, lines: &[String]) -> Vec<String> {
    let start = |line: &String| {
        let arguments: Vec<&str> = line.split(' ').collect();
        let mut command = world.command(&arguments, TOKEN);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let running: Vec<_> = lines.iter().map(start).collect();
    running.into_iter().map(|process| show(&process.wait_with_output().unwrap())).collect()
}

/// Gives the application's repository more applications, each with a pipeline file of its own.
fn applications(world: &World, names: &[&str]) {
    for name in names {
        let text = world.pipeline().replace("application: greeting", &format!("application: {name}"));
        world.write(&format!("{name}.yaml"), &text);
    }
}

const NAMES: [&str; 4] = ["cart", "catalog", "checkout", "search"];

#[test]
fn different_applications_are_all_proposed() {
    let world = World::new();
    applications(&world, &NAMES);
    let lines = NAMES.map(|name| format!("-f {name}.yaml propose dev --release 1.4.0"));
    for said in at_once(&world, &lines) {
        assert!(said.ends_with("exit code 0"), "{said}");
    }
    assert_snapshot!(world.gitops.git(&["for-each-ref", "--format=%(refname:short)"]), @"
    main
    towline/dev/cart
    towline/dev/catalog
    towline/dev/checkout
    towline/dev/search
    ");
    for name in NAMES {
        let status = world.towline(&["-f", &format!("{name}.yaml"), "status"], TOKEN);
        assert!(status.contains("1.4.0 (#"), "{status}");
    }
}

#[test]
fn different_applications_are_all_promoted() {
    let world = World::new();
    applications(&world, &NAMES);
    let lines = NAMES.map(|name| format!("-f {name}.yaml promote --only dev --release 1.4.0"));
    for said in at_once(&world, &lines) {
        assert!(said.ends_with("exit code 0"), "{said}");
    }
    assert_snapshot!(world.gitops.git(&["ls-tree", "-r", "--name-only", "main", "dev"]), @"
    dev/cart/configmap-greeting.yaml
    dev/catalog/configmap-greeting.yaml
    dev/checkout/configmap-greeting.yaml
    dev/search/configmap-greeting.yaml
    ");
}

#[test]
fn of_two_releases_of_one_application_the_newer_wins() {
    for round in 1..4 {
        let world = World::new();
        let lines = ["1.4.0", "1.5.0"].map(|version| format!("propose dev --release {version}"));
        let said = at_once(&world, &lines);
        assert!(said[0].ends_with("exit code 0") || said[0].ends_with("exit code 7"), "{}", said[0]);
        assert!(said[1].ends_with("exit code 0"), "round {round}: {}", said[1]);
        let status = world.towline(&["status"], TOKEN);
        assert!(status.contains("1.5.0 (#1, now)"), "round {round}: {status}");
        assert_eq!(world.gitops.git(&["rev-list", "--count", "main..towline/dev/greeting"]), "1");
        let opened = world
            .server
            .log()
            .iter()
            .filter(|line| line.starts_with("POST") && line.ends_with("pulls → 201"))
            .count();
        assert_eq!(opened, 1, "round {round}: pull requests opened");
    }
}
