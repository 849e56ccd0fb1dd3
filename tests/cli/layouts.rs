//! Where the files of an environment stand: another layout, nested targets, the root of a branch.

use insta::assert_snapshot;

use super::greeting;
use crate::given::{Run, Sandbox};

fn promote(sandbox: &Sandbox, version: &str) -> Run {
    let image = format!("web={version}");
    sandbox.towline(&["promote", "--only", "dev", "--release", version, "--image", &image])
}

fn change(sandbox: &Sandbox, before: &str, after: &str) {
    let pipeline = sandbox.read("app/towline.yaml");
    assert!(pipeline.contains(before), "{before}");
    sandbox.write("app/towline.yaml", &pipeline.replace(before, after));
}

fn files(sandbox: &Sandbox, branch: &str) -> String {
    sandbox.git("gitops.git", &["ls-tree", "-r", "--name-only", branch])
}

const PATH: &str = "path: \"{{ environment }}/{{ application }}\"";

#[test]
fn another_layout_moves_the_files_in_one_proposal() {
    let sandbox = greeting();
    assert_eq!(promote(&sandbox, "1.0.0").code, Some(0));
    let mut before = PATH.to_owned();
    for layout in ["kind", "single", "flat"] {
        let after = format!("{PATH}\n  layout: {layout}");
        change(&sandbox, &before, &after);
        before = after;
        let diff =
            sandbox.towline(&["render", "dev", "--release", "1.0.0", "--image", "web=1.0.0", "--diff"]);
        assert!(!diff.stdout.contains("/dev/null"), "nothing is added or removed: {diff}");
        let run = promote(&sandbox, "1.0.0");
        assert_eq!(run.code, Some(0), "{run}");
        let status = sandbox.towline(&["status"]);
        assert!(!status.stdout.contains("by hand"), "{status}");
        let expected = match layout {
            "kind" => "dev/greeting/deployment/deployment-web_greeting-dev.yaml",
            "single" => "dev/greeting/manifests.yaml",
            _ => "dev/greeting/deployment-web_greeting-dev.yaml",
        };
        assert_eq!(files(&sandbox, "main"), format!("README.md\ndescriptors/dev/greeting.yaml\n{expected}"));
    }
}

#[test]
fn a_file_that_was_removed_by_hand_does_not_come_back_with_another_layout() {
    let sandbox = greeting();
    assert_eq!(promote(&sandbox, "1.0.0").code, Some(0));
    sandbox.git(".", &["clone", "--quiet", "gitops.git", "people"]);
    sandbox.git("people", &["rm", "--quiet", "dev/greeting/deployment-web_greeting-dev.yaml"]);
    sandbox.git("people", &["commit", "--quiet", "--message", "Take it out"]);
    sandbox.git("people", &["push", "--quiet", "origin", "HEAD:main"]);
    for layout in ["kind", "app", "single"] {
        change(&sandbox, PATH, &format!("{PATH}\n  layout: {layout}"));
        let run = promote(&sandbox, "1.1.0");
        assert_eq!(run.code, Some(3), "{layout}: {run}");
        assert!(run.stderr.contains("removed by hand"), "{run}");
        change(&sandbox, &format!("{PATH}\n  layout: {layout}"), PATH);
    }
}

#[test]
fn the_root_of_a_branch_belongs_to_one_environment() {
    let sandbox = greeting();
    change(&sandbox, PATH, "path: .");
    let shared = promote(&sandbox, "1.0.0");
    assert_snapshot!(shared.stderr, @r"
    error: towline.yaml:12:9: `prod/prod` would go to `.`, and `dev/dev` to `.`: on one branch, one inside the other
      hint: give each environment whose `path` is `.` a branch of its own: `branch: env/{{ environment }}`
    ");
    change(&sandbox, "path: .", "path: .\n  branch: \"env/{{ environment }}\"");
    let descriptor = promote(&sandbox, "1.0.0");
    assert_snapshot!(descriptor.stderr, @r"
    error: towline.yaml:14:15: the descriptor `descriptors/dev/greeting.yaml` is in `.`, which operators apply
      hint: write `descriptor: .towline/{{ environment }}/{{ application }}`, which operators take for no manifest
    ");
    change(
        &sandbox,
        "descriptors/{{ environment }}/{{ application }}.yaml",
        ".towline/{{ environment }}/{{ application }}",
    );
    sandbox.git("gitops.git", &["branch", "env/dev", "main"]);
    let run = promote(&sandbox, "1.0.0");
    assert_eq!(run.code, Some(0), "{run}");
    assert_snapshot!(files(&sandbox, "env/dev"), @r"
    .towline/dev/greeting
    README.md
    deployment-web_greeting-dev.yaml
    ");

    // Somebody claims a file in the descriptor, and somebody else adds a manifest.
    sandbox.git(".", &["clone", "--quiet", "--branch", "env/dev", "gitops.git", "people"]);
    let descriptor = sandbox.read("people/.towline/dev/greeting");
    let id = sandbox.git("people", &["hash-object", "README.md"]);
    let forged = descriptor.replace("  files:\n", &format!("  files:\n    README.md: {}\n", id.trim()));
    assert_ne!(forged, descriptor);
    sandbox.write("people/.towline/dev/greeting", &forged);
    sandbox.git("people", &["commit", "--quiet", "--all", "--message", "Claim it"]);
    sandbox.git("people", &["push", "--quiet", "origin", "HEAD:env/dev"]);
    let claimed = promote(&sandbox, "1.1.0");
    assert_eq!(claimed.code, Some(3), "{claimed}");
    assert!(claimed.stderr.contains("outside the folders of this environment (.): README.md"), "{claimed}");
    sandbox.write("people/.towline/dev/greeting", &descriptor);
    sandbox.write("people/other/app.yaml", "kind: Pod\n");
    sandbox.git("people", &["add", "--all"]);
    sandbox.git("people", &["commit", "--quiet", "--message", "Another application"]);
    sandbox.git("people", &["push", "--quiet", "origin", "HEAD:env/dev"]);
    let neighbour = promote(&sandbox, "1.1.0");
    assert_eq!(neighbour.code, Some(3), "{neighbour}");
    assert!(
        neighbour.stderr.contains("operators would apply what else is there: other/app.yaml"),
        "{neighbour}"
    );
}

#[test]
fn targets_may_be_nested() {
    let sandbox = greeting();
    for folder in ["eu/left", "eu/right", "us"] {
        sandbox.write(&format!("app/config/{folder}/values.yaml"), "{}\n");
    }
    change(&sandbox, PATH, "path: \"{{ targetPath }}\"");
    change(&sandbox, "- name: dev", "- name: dev\n    targetsFrom: config");
    let run = promote(&sandbox, "1.0.0");
    assert_eq!(run.code, Some(0), "{run}");
    assert_snapshot!(files(&sandbox, "main"), @r"
    README.md
    descriptors/dev/greeting.yaml
    eu/left/deployment-web_greeting-dev.yaml
    eu/right/deployment-web_greeting-dev.yaml
    us/deployment-web_greeting-dev.yaml
    ");
    let listed = "- name: dev\n    targets: [{name: eu/left}, {name: eu/right}, {name: us}]";
    change(&sandbox, "- name: dev\n    targetsFrom: config", listed);
    let again = promote(&sandbox, "1.0.0");
    assert_eq!(again.code, Some(0), "{again}");
    assert_eq!(files(&sandbox, "main").lines().count(), 5);
}
