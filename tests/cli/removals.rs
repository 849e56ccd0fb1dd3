//! What is taken out, and what stands in the way of that.

use insta::assert_snapshot;

use super::{PIPELINE, greeting};
use crate::given::{Run, Sandbox};

fn promote(sandbox: &Sandbox, version: &str) -> Run {
    let image = format!("web={version}");
    sandbox.towline(&["promote", "--only=dev", "--release", version, "--image", &image])
}

/// The files on main, but for the README.
fn files(sandbox: &Sandbox) -> String {
    let all = sandbox.git("gitops.git", &["ls-tree", "-r", "--name-only", "main"]);
    all.lines().filter(|path| *path != "README.md").collect::<Vec<_>>().join("\n")
}

/// People commit in a clone of theirs.
fn push(sandbox: &Sandbox, git: &[&str]) {
    if !sandbox.path("people").exists() {
        sandbox.git(".", &["clone", "--quiet", "gitops.git", "people"]);
    }
    sandbox.git("people", &["pull", "--quiet"]);
    sandbox.git("people", git);
    sandbox.git("people", &["commit", "--quiet", "--all", "--message=By hand"]);
    sandbox.git("people", &["push", "--quiet", "origin", "HEAD:main"]);
}

#[test]
fn an_environment_is_taken_out() {
    let sandbox = greeting();
    promote(&sandbox, "1.0.0");
    assert_snapshot!(sandbox.towline(&["remove", "dev"]), @r"
    --- stdout
    proposed to remove greeting from dev: ../gitops.git#2
    --- exit code 0
    ");
    let pull = sandbox.git("gitops.git", &["show", "refs/towline/forge:pulls/0/2.json"]);
    assert!(pull.contains("Removes `greeting` from `dev`, where `1.0.0` is deployed."), "{pull}");
    assert!(files(&sandbox).contains("dev/greeting"), "it is only proposed");
    let status = sandbox.towline(&["status"]);
    assert!(status.stdout.contains("removal (#"), "{status}");
    let merged = sandbox.towline(&["merge", "dev"]);
    assert_eq!(merged.code, Some(0), "{merged}");
    assert_eq!(files(&sandbox), "");
    assert_snapshot!(sandbox.towline(&["remove", "dev"]), @r"
    --- stdout
    nothing to remove: greeting is not deployed in dev
    --- exit code 0
    ");
    let everywhere = sandbox.towline(&["remove", "--application", "--output=json"]);
    assert!(everywhere.stdout.contains(r#""outcome": "unchanged""#), "{everywhere}");
}

#[test]
fn an_application_is_taken_out_everywhere() {
    let sandbox = greeting();
    promote(&sandbox, "1.0.0");
    sandbox.towline(&["propose", "prod", "--release", "1.0.0", "--image", "web=1.0.0"]);
    sandbox.towline(&["merge", "prod"]);
    let run = sandbox.towline(&["remove", "--application", "--output", "json"]);
    let output: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(output["removals"].as_array().unwrap().len(), 2, "{run}");
    for environment in ["dev", "prod"] {
        assert_eq!(sandbox.towline(&["merge", environment]).code, Some(0));
    }
    assert_eq!(files(&sandbox), "");
    assert!(PIPELINE.contains("name: prod"));
}

#[test]
fn a_release_does_not_take_back_a_removal_that_is_open() {
    let sandbox = greeting();
    promote(&sandbox, "1.0.0");
    sandbox.towline(&["remove", "dev"]);
    let pull = sandbox.git("gitops.git", &["rev-parse", "towline/dev/greeting"]);
    assert_snapshot!(promote(&sandbox, "1.1.0"), @r"
    --- stderr
    error: cannot promote to environment `dev`
      because: cannot propose greeting for dev
      because: ../gitops.git#2 removes greeting from dev
      hint: merge it, or close it to deploy there again
    --- exit code 3
    ");
    assert_snapshot!(sandbox.towline(&["promote", "--once", "--continue=dev"]), @r"
    --- stderr
    error: cannot continue in environment `dev`
      because: ../gitops.git#2 removes greeting from dev
      hint: merge it, or close it to go on with what is deployed
    --- exit code 3
    ");
    assert_eq!(sandbox.git("gitops.git", &["rev-parse", "towline/dev/greeting"]), pull);
    sandbox.towline(&["merge", "dev"]);
    assert_eq!(promote(&sandbox, "1.1.0").code, Some(0), "a newer release is a new wish");
}

/// Without it, Towline does not know which files are its own.
#[test]
fn a_descriptor_that_people_deleted_is_asked_for() {
    let sandbox = greeting();
    promote(&sandbox, "1.0.0");
    push(&sandbox, &["rm", "--quiet", "descriptors/dev/greeting.yaml"]);
    let refused = promote(&sandbox, "1.1.0");
    assert_eq!(refused.code, Some(3), "{refused}");
    assert!(
        refused.stderr.contains("if somebody deleted descriptors/dev/greeting.yaml, restore it from git"),
        "{refused}"
    );
    let removal = sandbox.towline(&["remove", "dev"]);
    assert_snapshot!(removal, @r"
    --- stderr
    error: descriptors/dev/greeting.yaml is not there, but files are: dev/greeting
      hint: restore it in the GitOps repository with `git checkout [ID] -- descriptors/dev/greeting.yaml`, commit and push it, and run this again; or delete the files there by hand
    --- exit code 3
    ");
    // What the hint says.
    let before = sandbox.git("gitops.git", &["rev-parse", "main^"]);
    push(&sandbox, &["checkout", "--quiet", &before, "--", "descriptors/dev/greeting.yaml"]);
    assert_eq!(sandbox.towline(&["remove", "dev"]).code, Some(0));
}

/// Two targets, and then one of them.
#[test]
fn a_target_is_taken_out_as_the_hint_says() {
    let sandbox = greeting();
    let one = "  - name: dev\n    merge: auto\n";
    let targets = |names: &str, former: &str| {
        let text = PIPELINE
            .replace("{{ application }}\"\n  descriptor", "{{ application }}/{{ target }}\"\n  descriptor");
        let text = text.replace(one, &format!("{one}    targets: [{names}]\n{former}"));
        sandbox.write("app/towline.yaml", &text);
    };
    targets("{name: eu}, {name: us}", "");
    assert_eq!(promote(&sandbox, "1.0.0").code, Some(0));
    targets("{name: eu}", "");
    let refused = promote(&sandbox, "1.1.0");
    assert_eq!(refused.code, Some(3), "{refused}");
    assert!(
        refused.stderr.contains("a target was changed or removed, add `formerly: {path: OLD}`"),
        "{refused}"
    );
    targets("{name: eu}", "    formerly: {path: dev/greeting/us}\n");
    let run = promote(&sandbox, "1.1.0");
    assert_eq!(run.code, Some(0), "{run}");
    assert!(!files(&sandbox).contains("dev/greeting/us"), "{}", files(&sandbox));
}

#[test]
fn an_environment_that_cannot_be_read_hides_no_other() {
    let sandbox = greeting();
    promote(&sandbox, "1.0.0");
    sandbox.towline(&["propose", "prod", "--release=1.0.0", "--image=web=1.0.0"]);
    sandbox.git(".", &["clone", "--quiet", "gitops.git", "people"]);
    sandbox.write("people/descriptors/dev/greeting.yaml", "kind: {\n");
    push(&sandbox, &["add", "."]);
    let status = sandbox.towline(&["status"]);
    assert_eq!(status.code, Some(1), "{status}");
    assert!(status.stdout.contains("dev          unreadable"), "{status}");
    assert!(status.stdout.contains("1.0.0 (#2, "), "{status}");
    assert!(status.stderr.contains("descriptors/dev/greeting.yaml"), "{status}");
    let status = sandbox.towline(&["status", "--output=json"]);
    let output: serde_json::Value = serde_json::from_str(&status.stdout).unwrap();
    let environments = output["environments"].as_array().unwrap();
    assert!(environments[0]["error"].as_str().unwrap().contains("descriptor"), "{status}");
    assert_eq!(environments[1]["proposed"]["release"]["version"], "1.0.0");
    assert_eq!(environments[1].get("error"), None);
}
