//! What a release is, where the GitOps repository and its pull requests are on a server.

use super::promote::{HOSTS, World};

const SAME: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: greeting}\ndata: {a: '{{ a | default(1) }}'}\n";

fn promote(world: &World, release: &str, more: &[&str]) -> String {
    world.towline(&[&["promote", "--once", "--release", release], more].concat(), world.host.token)
}

/// A release that is verified, on any forge.
fn verified(world: &World) {
    world.write("deploy/config.yaml", SAME);
    promote(world, "1.4.0", &[]);
    world.towline(
        &["report", "prod", "--context", "kustomization/greeting", "--state", "success"],
        world.host.token,
    );
    let verified = promote(world, "1.4.0", &[]);
    assert!(verified.contains("prod: 1.4.0 verified: 1 reporter, 0 checks"), "{verified}");
}

/// The operator finds no difference and stays silent; the verdict of the same manifests holds.
#[test]
fn a_release_without_manifest_changes_needs_no_report_on_any_forge() {
    for host in HOSTS {
        let world = World::on(host);
        verified(&world);
        let merges = world.gitops.git(&["rev-list", "--count", "main"]);
        let again = promote(&world, "1.4.0", &["--build", "77"]);
        assert!(again.contains("prod  unchanged  1.4.0 is already verified"), "{}: {again}", host.kind);
        assert_eq!(world.gitops.git(&["rev-list", "--count", "main"]), merges, "{}", host.kind);

        let recorded = promote(&world, "1.5.0", &[]);
        assert!(recorded.ends_with("exit code 0"), "{}: {recorded}", host.kind);
        let said = "prod: 1.5.0 verified: no manifest changes since 1.4.0";
        assert!(recorded.contains(said), "{}: {recorded}", host.kind);
        let subject = world.gitops.git(&["log", "-1", "--format=%s", "main"]);
        assert!(subject.contains("(no manifest changes)"), "{}: {subject}", host.kind);
        let changed = world.gitops.git(&["diff", "--name-only", "main^", "main"]);
        assert_eq!(changed, "descriptors/prod/greeting.yaml", "{}", host.kind);
    }
}

/// The version is verified in dev, and a value on the command line makes it another release.
#[test]
fn other_inputs_than_those_that_were_verified_go_no_further_on_any_forge() {
    for host in HOSTS {
        let world = World::on(host);
        verified(&world);
        let refused = promote(&world, "1.4.0", &["--only", "prod", "--set", "a=2"]);
        assert!(refused.contains("with other inputs (--set and --vars)"), "{}: {refused}", host.kind);
        assert!(refused.ends_with("exit code 3"), "{}: {refused}", host.kind);
    }
}

/// Two repositories on GitHub with one pipeline file.
#[test]
fn a_copy_in_another_repository_is_refused_by_what_its_ci_says() {
    let run = |mut world: World, repository: &str| {
        world.set("GITHUB_ACTIONS", "true");
        world.set("GITHUB_REPOSITORY", repository);
        let said = promote(&world, "1.4.0", &["--to", "dev"]);
        (world, said)
    };
    let (world, first) = run(World::new(), "acme/web");
    assert!(first.ends_with("exit code 0"), "{first}");
    let (world, second) = run(world, "acme/Web");
    assert!(second.ends_with("exit code 0"), "{second}");
    let (world, copy) = run(world, "acme/db");
    let said = "greeting belongs to GIT/acme/web, and this release comes from GIT/acme/db";
    assert!(copy.contains(said) && copy.ends_with("exit code 3"), "{copy}");
    let taken = promote(&world, "1.5.0", &["--to", "dev", "--take-over"]);
    assert!(taken.ends_with("exit code 0"), "{taken}");
}
