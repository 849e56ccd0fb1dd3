//! A release that changes no manifest: it is recorded, and nobody waits for what will not happen.

use insta::assert_snapshot;

use super::greeting;
use crate::given::{Run, Sandbox};

/// The application, where an operator reports in dev. It has no image.
fn reported() -> Sandbox {
    let sandbox = greeting();
    let pipeline = sandbox.read("app/towline.yaml");
    let pipeline = pipeline
        .replace("images:\n  web: ghcr.io/acme/greeting-web\n", "")
        .replace("reporters: none", "reporters: [{argocd: {application: greeting}}], settle: 0s");
    sandbox.write("app/towline.yaml", &pipeline);
    sandbox
}

fn promote(sandbox: &Sandbox, more: &[&str]) -> Run {
    sandbox.towline(&[&["promote", "--once", "--to=dev"], more].concat())
}

fn verify(sandbox: &Sandbox, release: &str) {
    promote(sandbox, &["--release", release, "--build=1"]);
    let report = ["report", "dev", "--context=continuous-delivery/greeting", "--state=success"];
    assert_eq!(sandbox.towline(&report).code, Some(0));
    let done = promote(sandbox, &["--release", release, "--build=1"]);
    assert_eq!(done.code, Some(0), "{done}");
}

/// The pipeline for the tag runs after the one for the branch: another number, another branch, and
/// maybe a newer Towline.
#[test]
fn another_run_of_the_same_release_has_nothing_to_do() {
    let mut sandbox = reported();
    verify(&sandbox, "1.0.0");
    assert_snapshot!(promote(&sandbox, &["--release=1.0.0", "--build=2"]), @r"
    --- stdout
    dev  unchanged  1.0.0 is already verified
    --- stderr
    dev: 1.0.0 is already verified
    --- exit code 0
    ");
    sandbox.set("GITHUB_ACTIONS", "true");
    sandbox.set("GITHUB_RUN_ID", "3");
    sandbox.set("GITHUB_REF_NAME", "v1.0.0");
    assert_snapshot!(sandbox.towline(&["propose", "dev", "--release=1.0.0"]).stdout, @"nothing to propose: main already has greeting 1.0.0 for dev");
    assert_eq!(sandbox.git("gitops.git", &["rev-list", "--count", "main"]), "3");
}

/// What people are asked to approve stays what it is, too.
#[test]
fn another_run_leaves_an_open_proposal_alone() {
    let sandbox = greeting();
    let promote =
        |build: &str| sandbox.towline(&["promote", "--once", "--release=1.0.0", "--image=web=1", build]);
    assert_eq!(promote("--build=1").code, Some(75));
    let proposed = sandbox.git("gitops.git", &["rev-parse", "towline/prod/greeting"]);
    assert_eq!(promote("--build=2").code, Some(75));
    assert_eq!(sandbox.git("gitops.git", &["rev-parse", "towline/prod/greeting"]), proposed);
}

/// Argo CD reports nothing where it finds no difference.
#[test]
fn a_release_without_manifest_changes_is_recorded_and_not_awaited() {
    let sandbox = reported();
    verify(&sandbox, "1.0.0");
    assert_snapshot!(promote(&sandbox, &["--release=1.1.0"]), @r"
    --- stdout
    dev  done  1.1.0 verified: no manifest changes since 1.0.0; merged after [LENGTH]
    --- stderr
    dev: proposed greeting 1.1.0 for dev: ../gitops.git#2 (no manifest changes)
    dev: merged as [ID]
    dev: 1.1.0 verified: no manifest changes since 1.0.0
    --- exit code 0
    ");
    assert_snapshot!(sandbox.git("gitops.git", &["log", "-1", "--format=%s", "main^2"]), @"Deploy greeting 1.1.0 to dev (no manifest changes)");
    let changed = sandbox.git("gitops.git", &["diff", "--name-only", "main^", "main"]);
    assert_eq!(changed, "descriptors/dev/greeting.yaml");
    assert_eq!(promote(&sandbox, &["--release=1.1.0"]).code, Some(0));

    // A manifest that changes is awaited.
    assert_eq!(promote(&sandbox, &["--release=1.2.0", "--set=replicas=2"]).code, Some(75));
    // The next one has its manifests, and nothing to take over from it yet.
    assert_eq!(promote(&sandbox, &["--release=1.3.0", "--set=replicas=2"]).code, Some(75));
}
