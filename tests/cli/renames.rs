//! Renamed applications, environments and paths, and what is taken out.

use insta::assert_snapshot;

use super::greeting;
use crate::given::{Run, Sandbox};

fn promote(sandbox: &Sandbox, environment: &str, version: &str, more: &[&str]) -> Run {
    let image = format!("web={version}");
    let release = ["promote", "--only", environment, "--release", version, "--image", &image];
    sandbox.towline(&[&release, more].concat())
}

/// The files on main, but for the README.
fn files(sandbox: &Sandbox) -> String {
    let all = sandbox.git("gitops.git", &["ls-tree", "-r", "--name-only", "main"]);
    all.lines().filter(|path| *path != "README.md").collect::<Vec<_>>().join("\n")
}

fn rename(sandbox: &Sandbox, changes: &[(&str, &str)]) {
    let mut pipeline = sandbox.read("app/towline.yaml");
    for (before, after) in changes {
        assert!(pipeline.contains(before), "{before}");
        pipeline = pipeline.replace(before, after);
    }
    sandbox.write("app/towline.yaml", &pipeline);
}

#[test]
fn a_renamed_application_moves_in_one_proposal() {
    let mut sandbox = greeting();
    sandbox.set("GITHUB_ACTIONS", "true");
    sandbox.set("GITHUB_SERVER_URL", "https://github.com");
    sandbox.set("GITHUB_REPOSITORY", "acme/greeting");
    promote(&sandbox, "dev", "1.0.0", &[]);
    rename(&sandbox, &[("application: greeting", "application: hello")]);
    // Without a word about it, there would be two of them: people are told.
    let status = sandbox.towline(&["status"]);
    assert!(
        status.stdout.contains("descriptors/dev/greeting.yaml: greeting 1.0.0 in dev is in no env"),
        "{status}"
    );

    rename(&sandbox, &[("application: hello", "application: hello\nformerly: greeting")]);
    let run = promote(&sandbox, "dev", "1.1.0", &[]);
    assert_eq!(run.code, Some(0), "{run}");
    assert_snapshot!(files(&sandbox), @"
    descriptors/dev/hello.yaml
    dev/hello/deployment-web_greeting-dev.yaml
    ");
    assert_eq!(sandbox.git("gitops.git", &["rev-list", "--first-parent", "--count", "main"]), "3");
    assert!(!sandbox.towline(&["status"]).stdout.contains("is in no env"));
    // It may stay there.
    assert_eq!(promote(&sandbox, "dev", "1.2.0", &[]).code, Some(0));
}

#[test]
fn a_renamed_environment_takes_its_open_proposal_along() {
    let sandbox = greeting();
    promote(&sandbox, "dev", "1.0.0", &[]);
    let propose = ["--release", "1.1.0", "--image", "web=1.1.0"];
    assert_eq!(sandbox.towline(&[&["propose", "dev"][..], &propose].concat()).code, Some(0));
    rename(&sandbox, &[("name: dev", "name: development\n    formerly: {name: dev}")]);
    let run = sandbox.towline(&[&["propose", "development"][..], &propose].concat());
    assert_eq!(run.code, Some(0), "{run}");
    assert!(!run.stderr.contains("is in no environment"), "{run}");
    let former = sandbox.git("gitops.git", &["show", "refs/towline/forge:pulls/0/2.json"]);
    assert!(
        former.contains("\"closed\"") && former.contains("renamed: ../gitops.git#3 replaces it"),
        "{former}"
    );
    assert_eq!(sandbox.towline(&["merge", "development"]).code, Some(0));
    assert_snapshot!(files(&sandbox), @"
    descriptors/development/greeting.yaml
    development/greeting/deployment-web_greeting-development.yaml
    ");
}

#[test]
fn the_hint_about_another_path_works() {
    let sandbox = greeting();
    promote(&sandbox, "dev", "1.0.0", &[]);
    rename(
        &sandbox,
        &[("path: \"{{ environment }}/{{ application }}\"", "path: \"apps/{{ environment }}\"")],
    );
    let run = promote(&sandbox, "dev", "1.1.0", &[]);
    assert_eq!(run.code, Some(3), "{run}");
    assert!(run.stderr.contains("add `formerly: {path: OLD}` to the environment"), "{run}");
    rename(&sandbox, &[("name: dev", "name: dev\n    formerly: {path: dev/greeting}")]);
    let run = promote(&sandbox, "dev", "1.1.0", &[]);
    assert_eq!(run.code, Some(0), "{run}");
    assert_snapshot!(files(&sandbox), @"
    apps/dev/deployment-web_greeting-dev.yaml
    descriptors/dev/greeting.yaml
    ");
}

#[test]
fn the_hint_about_another_descriptor_works() {
    let sandbox = greeting();
    promote(&sandbox, "dev", "1.0.0", &[]);
    rename(&sandbox, &[("\"descriptors/{{ environment }}", "\"state/{{ environment }}")]);
    let run = promote(&sandbox, "dev", "1.1.0", &[]);
    assert_eq!(run.code, Some(3), "{run}");
    assert!(run.stderr.contains("add `formerly: {descriptor: OLD}` to the environment"), "{run}");
    rename(
        &sandbox,
        &[("name: dev", "name: dev\n    formerly: {descriptor: descriptors/dev/greeting.yaml}")],
    );
    let run = promote(&sandbox, "dev", "1.1.0", &[]);
    assert_eq!(run.code, Some(0), "{run}");
    assert_snapshot!(files(&sandbox), @"
    dev/greeting/deployment-web_greeting-dev.yaml
    state/dev/greeting.yaml
    ");
}

/// Path and descriptor at once: nothing stands in the way, so people are told of the second copy.
#[test]
fn a_deployment_that_is_left_behind_is_told() {
    let sandbox = greeting();
    promote(&sandbox, "dev", "1.0.0", &[]);
    rename(
        &sandbox,
        &[
            ("path: \"{{ environment }}/{{ application }}\"", "path: \"apps/{{ environment }}\""),
            ("\"descriptors/{{ environment }}", "\"state/{{ environment }}"),
        ],
    );
    let run = promote(&sandbox, "dev", "1.1.0", &[]);
    assert!(
        run.stderr.contains("descriptors/dev/greeting.yaml: greeting 1.0.0 in dev is in no env"),
        "{run}"
    );
    let former = "formerly: {path: dev/greeting, descriptor: descriptors/dev/greeting.yaml}";
    rename(&sandbox, &[("name: dev", &format!("name: dev\n    {former}"))]);
    let run = promote(&sandbox, "dev", "1.2.0", &[]);
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(files(&sandbox), "apps/dev/deployment-web_greeting-dev.yaml\nstate/dev/greeting.yaml");
}

/// The right to delete comes from the pipeline file, and ends where another environment begins.
#[test]
fn a_former_path_is_not_anothers() {
    let sandbox = greeting();
    rename(&sandbox, &[("name: dev", "name: dev\n    formerly: {path: prod}")]);
    assert_snapshot!(promote(&sandbox, "dev", "1.0.0", &[]), @r"
    --- stderr
    error: towline.yaml:15:11: `formerly` of `dev` is where `prod` has `prod/greeting`
    --- exit code 1
    ");
}

#[test]
fn what_people_changed_is_not_moved_behind_their_backs() {
    let sandbox = greeting();
    promote(&sandbox, "dev", "1.0.0", &[]);
    sandbox.git(".", &["clone", "--quiet", "gitops.git", "people"]);
    let file = "people/dev/greeting/deployment-web_greeting-dev.yaml";
    sandbox.write(file, &sandbox.read(file).replace("replicas: 1", "replicas: 10"));
    sandbox.git("people", &["commit", "--quiet", "--all", "--message=More"]);
    sandbox.git("people", &["push", "--quiet", "origin", "HEAD:main"]);
    rename(&sandbox, &[("application: greeting", "application: hello\nformerly: greeting")]);
    let run = promote(&sandbox, "dev", "1.1.0", &[]);
    assert_eq!(run.code, Some(3), "{run}");
    assert!(run.stderr.contains("changed by hand: dev/greeting/deployment"), "{run}");
    assert_eq!(promote(&sandbox, "dev", "1.1.0", &["--overwrite-drift"]).code, Some(0));
}
