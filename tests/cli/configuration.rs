//! `promote --config`: changed variables for a release that is deployed.

use insta::assert_snapshot;

use super::greeting;
use crate::given::{Run, Sandbox};

/// 1.4.0 is deployed in both environments, from the first commit.
fn deployed() -> Sandbox {
    let sandbox = greeting();
    let pipeline = sandbox.read("app/towline.yaml").replace("settle: 0s", "settle: 0s, grace: 0s");
    sandbox.write("app/towline.yaml", &pipeline);
    sandbox.git("app", &["init", "--quiet", "--initial-branch=main"]);
    commit(&sandbox, "One");
    promote(&sandbox, &["--release=1.4.0", "--image=web=1.4.0"]);
    sandbox.towline(&["merge", "prod"]);
    sandbox.towline(&["report", "prod", "--context", "kustomization/greeting/one", "--state", "success"]);
    assert_eq!(promote(&sandbox, &["--release=1.4.0", "--image=web=1.4.0"]).code, Some(0));
    sandbox
}

fn commit(sandbox: &Sandbox, message: &str) -> String {
    sandbox.git("app", &["add", "."]);
    sandbox.git("app", &["commit", "--quiet", "--message", message]);
    sandbox.git("app", &["rev-parse", "HEAD"])
}

fn promote(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    sandbox.towline(&[&["promote", "--once"], arguments].concat())
}

fn configure(sandbox: &Sandbox) -> Run {
    promote(sandbox, &["--config=prod"])
}

fn set_replicas(sandbox: &Sandbox, number: u32) -> String {
    sandbox.write("app/config/prod.yaml", &format!("replicas: {number}\ndb:\n  host: db.prod\n"));
    commit(sandbox, "Change the variables of prod")
}

#[test]
fn only_what_the_variables_change_is_proposed() {
    let sandbox = deployed();
    assert_snapshot!(configure(&sandbox), @"
--- stdout
prod  unchanged  1.4.0 is already verified
--- stderr
prod: 1.4.0 is already verified
--- exit code 0
");
    let changed = set_replicas(&sandbox, 5);
    assert_snapshot!(promote(&sandbox, &["--config=prod", "--plan"]), @"
--- stdout
ENVIRONMENT  NOW    NEXT
prod         1.4.0  propose: 1 changed; people merge
--- exit code 0
");
    assert_snapshot!(configure(&sandbox), @"
--- stdout
prod  unfinished  ../gitops.git#3 is waiting to be merged
--- stderr
prod: proposed greeting 1.4.0 for prod: ../gitops.git#3
prod: ../gitops.git#3 is waiting to be merged
--- exit code 75
");
    let log = sandbox.git("gitops.git", &["log", "-1", "--format=%B", "towline/prod/greeting"]);
    assert!(log.starts_with("Configure greeting 1.4.0 in prod\n\nResources: 1 changed\n"), "{log}");
    let diff =
        sandbox.git("gitops.git", &["diff", "--unified=0", "main...towline/prod/greeting", "--", "prod"]);
    assert!(diff.contains("-  replicas: 3\n+  replicas: 5"), "{diff}");
    let record = sandbox.git("gitops.git", &["show", "towline/prod/greeting:descriptors/prod/greeting.yaml"]);
    assert!(record.contains(&format!("configuration: {changed}")), "{record}");

    // It is awaited like a release, and dev stays as it is.
    sandbox.towline(&["merge", "prod"]);
    sandbox.towline(&["report", "prod", "--context", "kustomization/greeting/one", "--state", "success"]);
    assert_snapshot!(configure(&sandbox), @"
--- stdout
prod  done  1.4.0 verified: 1 reporter, 0 checks; merged after [LENGTH], first report after [LENGTH], healthy after [LENGTH]
--- stderr
prod: 1.4.0 verified: 1 reporter, 0 checks
--- exit code 0
");
    let dev = sandbox.git("gitops.git", &["log", "--format=%s", "main", "--", "dev"]);
    assert_eq!(dev, "Deploy greeting 1.4.0 to dev");
}

/// A newer release waits for its turn, and a configuration is none.
#[test]
fn a_queue_does_not_keep_a_configuration_out() {
    let sandbox = deployed();
    let pipeline =
        sandbox.read("app/towline.yaml").replace("  - name: prod", "  - name: prod\n    releases: queue");
    sandbox.write("app/towline.yaml", &pipeline);
    commit(&sandbox, "Queue");
    promote(&sandbox, &["--release=1.5.0", "--image=web=1.5.0"]);
    sandbox.towline(&["merge", "prod"]);
    sandbox.towline(&["report", "prod", "--context", "kustomization/greeting/one", "--state", "success"]);
    promote(&sandbox, &["--release=1.5.0", "--image=web=1.5.0"]);
    promote(&sandbox, &["--release=1.6.0", "--image=web=1.6.0", "--to=dev"]);
    set_replicas(&sandbox, 5);
    assert_snapshot!(configure(&sandbox), @"
--- stdout
prod  unfinished  ../gitops.git#6 is waiting to be merged
--- stderr
prod: proposed greeting 1.5.0 for prod: ../gitops.git#6
prod: ../gitops.git#6 is waiting to be merged
--- exit code 75
");
}

#[test]
fn the_next_release_has_the_new_variables() {
    let sandbox = deployed();
    set_replicas(&sandbox, 5);
    configure(&sandbox);
    sandbox.towline(&["merge", "prod"]);
    promote(&sandbox, &["--release=1.5.0", "--image=web=1.5.0"]);
    let log = sandbox.git("gitops.git", &["log", "-1", "--format=%B", "towline/prod/greeting"]);
    assert!(log.starts_with("Deploy greeting 1.5.0 to prod\n"), "{log}");
    let record = sandbox.git("gitops.git", &["show", "towline/prod/greeting:descriptors/prod/greeting.yaml"]);
    assert!(!record.contains("configuration:"), "{record}");
}

/// The old variables are in its commit.
#[test]
fn running_the_pipeline_of_the_release_again_does_not_undo_it() {
    let sandbox = deployed();
    set_replicas(&sandbox, 5);
    configure(&sandbox);
    sandbox.towline(&["merge", "prod"]);
    sandbox.git("app", &["checkout", "--quiet", "HEAD~1"]);
    assert_snapshot!(promote(&sandbox, &["--release=1.4.0", "--image=web=1.4.0"]), @"
--- stdout
dev   unchanged  1.4.0 is already merged, not observed
prod  unchanged  greeting 1.4.0 for prod is older than 1.4.0 with the configuration of [ID], which is already deployed
--- stderr
dev: 1.4.0 is already merged, not observed
prod: greeting 1.4.0 for prod is older than 1.4.0 with the configuration of [ID], which is already deployed
error: prod: greeting 1.4.0 for prod is older than 1.4.0 with the configuration of [ID], which is already deployed
--- exit code 7
");
}

#[test]
fn more_than_variables_is_another_release() {
    let sandbox = deployed();
    let template = sandbox.read("app/deploy/web.yaml").replace("DB_HOST", "DATABASE_HOST");
    sandbox.write("app/deploy/web.yaml", &template);
    assert_snapshot!(configure(&sandbox), @"
--- stderr
error: files that the release is made from are not committed: deploy/web.yaml
  hint: 1.4.0 was made without these changes: commit or stash them first
--- exit code 3
");
    commit(&sandbox, "Two");
    assert_snapshot!(configure(&sandbox), @"
--- stderr
error: 1.4.0 in `prod` was made from other inputs than these, so this is more than a change of its variables: deploy/web.yaml
  hint: put these files back to commit [ID], or promote a new release
--- exit code 3
");
    assert_snapshot!(promote(&sandbox, &["--config=prod", "--set=replicas=1"]), @"
--- stderr
error: the argument '--config <ENV>' cannot be used with '--set <NAME=VALUE>'

Usage: towline promote --once --config <ENV>

For more information, try '--help'.
--- exit code 2
");
    assert_snapshot!(promote(&sandbox, &["--config=production"]), @"
--- stderr
error: towline.yaml: there is no environment `production`
  hint: there are: dev, prod
--- exit code 1
");
}

#[test]
fn there_is_a_release_to_configure() {
    let sandbox = greeting();
    assert_snapshot!(configure(&sandbox), @"
--- stderr
error: no release of greeting is deployed in `prod`
  hint: promote one first, with `towline promote --release VERSION --image web=TAG`
--- exit code 3
");
}

#[test]
fn a_configuration_can_be_rolled_back() {
    let sandbox = deployed();
    set_replicas(&sandbox, 5);
    configure(&sandbox);
    sandbox.towline(&["merge", "prod"]);
    sandbox.towline(&["report", "prod", "--context", "kustomization/greeting/one", "--state", "failure"]);
    assert_eq!(configure(&sandbox).code, Some(5));
    assert_snapshot!(sandbox.towline(&["rollback", "prod", "--once", "--reason", "too many pods"]), @"
--- stdout
prod  unfinished  ../gitops.git#4 is waiting to be merged
--- stderr
prod: proposed to roll back greeting from 1.4.0 with the configuration of [ID] to 1.4.0 in prod: ../gitops.git#4
prod: ../gitops.git#4 is waiting to be merged
--- exit code 75
");
    sandbox.towline(&["merge", "prod"]);
    sandbox.towline(&["report", "prod", "--context", "kustomization/greeting/one", "--state", "success"]);
    assert_eq!(sandbox.towline(&["rollback", "prod", "--once"]).code, Some(0));
    let manifest = sandbox.git("gitops.git", &["grep", "replicas:", "main", "--", "prod"]);
    assert!(manifest.ends_with("replicas: 3"), "{manifest}");
    assert_snapshot!(configure(&sandbox), @"
--- stdout
prod  refused
--- stderr
prod: refused
error: prod: on hold: Ada rolled 1.4.0 with the configuration of [ID] back at [TIME] with commit [ID]: too many pods; promote a newer release, or lift the hold with `--release-hold`
--- exit code 3
");
    // Other variables are another configuration.
    set_replicas(&sandbox, 4);
    assert_snapshot!(configure(&sandbox), @"
--- stdout
prod  unfinished  ../gitops.git#5 is waiting to be merged
--- stderr
prod: proposed greeting 1.4.0 for prod: ../gitops.git#5
prod: ../gitops.git#5 is waiting to be merged
--- exit code 75
");
}
