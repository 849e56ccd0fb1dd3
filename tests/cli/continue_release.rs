//! `promote --continue`: a run that was not told what the release is.

use insta::assert_snapshot;

use super::greeting;
use crate::given::Sandbox;

/// The application as a repository with one commit, and a second one after the release of the
/// first.
fn released() -> (Sandbox, String) {
    let sandbox = greeting();
    sandbox.git("app", &["init", "--quiet", "--initial-branch=main"]);
    sandbox.git("app", &["add", "."]);
    sandbox.git("app", &["commit", "--quiet", "--message=One"]);
    let digest = format!("--image=web=@sha256:{}", "ab".repeat(32));
    let promote = ["promote", "--once", "--release=1.4.0", "--build=17", &digest];
    assert_eq!(sandbox.towline(&promote).code, Some(75));
    let commit = sandbox.git("app", &["rev-parse", "HEAD"]);
    (sandbox, commit)
}

#[test]
fn it_goes_on_with_what_is_proposed() {
    let (sandbox, _) = released();
    let go_on = || sandbox.towline(&["promote", "--once", "--continue", "prod"]);
    assert_snapshot!(go_on(), @"
    --- stdout
    dev   unchanged   1.4.0 is already merged, not observed
    prod  unfinished  ../gitops.git#2 is waiting to be merged
    --- stderr
    dev: 1.4.0 is already merged, not observed
    prod: proposed greeting 1.4.0 for prod: ../gitops.git#2
    prod: ../gitops.git#2 is waiting to be merged
    --- exit code 75
    ");
    assert_eq!(sandbox.git("gitops.git", &["rev-list", "--count", "main..towline/prod/greeting"]), "1");
    sandbox.towline(&["merge", "prod"]);
    sandbox.towline(&["report", "prod", "--context", "kustomization/greeting/one", "--state", "success"]);
    assert_snapshot!(go_on(), @"
    --- stdout
    dev   unchanged  1.4.0 is already merged, not observed
    prod  done       1.4.0 verified: 1 reporter, 0 checks; merged after [LENGTH], first report after [LENGTH], healthy after [LENGTH]
    --- stderr
    dev: 1.4.0 is already merged, not observed
    prod: 1.4.0 verified: 1 reporter, 0 checks
    --- exit code 0
    ");
}

#[test]
fn it_goes_on_with_what_is_deployed_where_nothing_is_proposed() {
    let (sandbox, _) = released();
    let again = sandbox.towline(&["promote", "--once", "--continue", "dev", "--to", "dev"]);
    assert_snapshot!(again, @"
    --- stdout
    dev  unchanged  1.4.0 is already merged, not observed
    --- stderr
    dev: 1.4.0 is already merged, not observed
    --- exit code 0
    ");
}

#[test]
fn other_source_would_be_another_release() {
    let (sandbox, commit) = released();
    sandbox.git("app", &["commit", "--quiet", "--allow-empty", "--message=Two"]);
    assert_snapshot!(sandbox.towline(&["promote", "--once", "--continue", "prod"]), @r"
    --- stderr
    error: 1.4.0 was made from commit [ID], but [ID] is here
      hint: run `git checkout [ID]` first
    --- exit code 3
    ");
    sandbox.git("app", &["checkout", "--quiet", &commit]);
    assert_eq!(sandbox.towline(&["promote", "--once", "--continue", "prod"]).code, Some(75));
}

#[test]
fn there_must_be_something_to_go_on_with() {
    let sandbox = greeting();
    assert_snapshot!(sandbox.towline(&["promote", "--continue", "prod"]), @r"
    --- stderr
    error: cannot continue in environment `prod`
      because: no release of greeting is proposed or deployed
      hint: start one with `towline promote --release VERSION --image web=TAG`
    --- exit code 1
    ");
    assert_snapshot!(sandbox.towline(&["promote", "--continue", "prod", "--release", "1.4.0"]), @r"
    --- stderr
    error: the argument '--continue <ENV>' cannot be used with '--release <VERSION>'

    Usage: towline promote --continue <ENV>

    For more information, try '--help'.
    --- exit code 2
    ");
}

/// Whoever may write to dev's files could otherwise choose what prod runs.
#[test]
fn a_descriptor_that_people_changed_is_not_continued() {
    let sandbox = greeting();
    sandbox.towline(&["promote", "--to", "dev", "--release", "1.4.0", "--image", "web=1.4.0"]);
    sandbox.git(".", &["clone", "--quiet", "gitops.git", "people"]);
    let descriptor = sandbox.read("people/descriptors/dev/greeting.yaml");
    assert!(descriptor.contains("tag: \"1.4.0\""), "{descriptor}");
    sandbox.write(
        "people/descriptors/dev/greeting.yaml",
        &descriptor.replace("tag: \"1.4.0\"", "tag: \"6.6.6\""),
    );
    sandbox.git("people", &["commit", "--quiet", "--all", "--message=Edit by hand"]);
    sandbox.git("people", &["push", "--quiet", "origin", "main"]);
    assert_snapshot!(sandbox.towline(&["promote", "--once", "--continue", "dev"]), @r"
    --- stderr
    error: cannot continue in environment `dev`
      because: people changed descriptors/dev/greeting.yaml: it is not what a proposal brought
      hint: restore it from git, or name the release with `towline promote --release VERSION --image web=TAG`
    --- exit code 3
    ");
}
