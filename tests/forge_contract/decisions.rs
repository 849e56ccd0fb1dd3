//! What people decide about a release before it is proposed, and a release that goes ring by ring, on every forge.

use super::promote::{HOSTS, Host, World};

fn promote(world: &World, release: &str, more: &[&str]) -> String {
    world.towline(&[&["promote", "--once", "--release", release], more].concat(), world.host().token)
}

/// The world of `host`, with these lines in `prod`.
fn with_prod(host: &'static Host, lines: &str) -> World {
    let world = World::on(host);
    let pipeline = world.pipeline().replace("  - name: prod\n", &format!("  - name: prod\n    {lines}\n"));
    world.write("towline.yaml", &pipeline);
    world
}

#[test]
fn an_approval_opens_a_manual_gate_on_any_forge() {
    for host in HOSTS {
        let world = with_prod(host, "gates: [{manual: {}}]");
        let waits = promote(&world, "1.4.0", &[]);
        assert!(waits.contains("waits for `towline approve prod --release 1.4.0`"), "{}: {waits}", host.kind);
        assert!(waits.ends_with("exit code 75"), "{}: {waits}", host.kind);
        let approved =
            world.towline(&["approve", "prod", "--release", "1.4.0", "--reason", "fine"], host.token);
        assert!(approved.contains("approved greeting 1.4.0 for prod"), "{}: {approved}", host.kind);
        let goes_on = promote(&world, "1.4.0", &[]);
        assert!(goes_on.contains("prod: proposed greeting 1.4.0 for prod"), "{}: {goes_on}", host.kind);
        // For this release only.
        let another = promote(&world, "1.5.0", &[]);
        assert!(
            another.contains("waits for `towline approve prod --release 1.5.0`"),
            "{}: {another}",
            host.kind
        );
    }
}

#[test]
fn an_override_is_told_wherever_people_look_on_any_forge() {
    let freeze = "freeze: [{from: 2000-01-01T00:00:00Z, to: 2100-01-01T00:00:00Z, environments: [prod]}]\n";
    for host in HOSTS {
        let world = World::on(host);
        world.write("towline.yaml", &(world.pipeline() + freeze));
        let waits = promote(&world, "1.4.0", &[]);
        assert!(waits.contains("the gate `freeze` is closed"), "{}: {waits}", host.kind);
        let reason = ["--gate", "freeze", "--release", "1.4.0", "--reason", "fixes the outage"];
        let told = world.towline(&[&["override", "prod"], &reason[..]].concat(), host.token);
        assert!(told.contains("greeting 1.4.0 may pass the gate `freeze` of prod"), "{}: {told}", host.kind);
        let goes_on = promote(&world, "1.4.0", &[]);
        assert!(goes_on.contains("prod: proposed greeting 1.4.0 for prod"), "{}: {goes_on}", host.kind);
        let log = world.gitops.git(&["log", "--format=%B", "main"]);
        let by = log.lines().find_map(|line| line.strip_prefix("Towline-Override: freeze by "));
        assert!(by.is_some_and(|by| by.ends_with(": fixes the outage")), "{}: {log}", host.kind);
        let status = world.towline(&["status"], host.token);
        assert!(
            status.contains("prod: entered with an overridden gate: freeze by "),
            "{}: {status}",
            host.kind
        );
    }
}

#[test]
fn every_ring_is_a_pull_request_on_any_forge() {
    for host in HOSTS {
        let world = with_prod(host, "targets: [{name: canary}, {name: eu}]\n    rings: [[canary], [eu]]");
        let report = ["report", "prod", "--context", "kustomization/greeting", "--state", "success"];
        let mut said = String::new();
        for _ in 0..3 {
            said = promote(&world, "1.4.0", &[]);
            world.towline(&report, host.token);
        }
        let log = world.gitops.git(&["log", "--first-parent", "--format=%s", "main"]);
        assert_eq!(log.matches("ring 1 of 2 (canary)").count(), 1, "{}: {log}\n{said}", host.kind);
        assert_eq!(log.matches("greeting 1.4.0 to prod").count(), 2, "{}: {log}\n{said}", host.kind);
        assert!(said.contains("prod: 1.4.0 verified"), "{}: {said}", host.kind);
    }
}
