//! What people do by hand in the GitOps repository, and what Towline leaves alone.

use insta::assert_snapshot;

use super::{DEPLOYMENT, PIPELINE, greeting};
use crate::given::{Run, Sandbox};

const FILE: &str = "dev/greeting/deployment-web_greeting-dev.yaml";
const DESCRIPTOR: &str = "descriptors/dev/greeting.yaml";

fn promote(sandbox: &Sandbox, version: &str, more: &[&str]) -> Run {
    let image = format!("web={version}");
    let release = ["promote", "--only", "dev", "--release", version, "--image", &image];
    sandbox.towline(&[&release, more].concat())
}

/// A person's clone of the GitOps repository, as `people/`, at the tip of main.
fn people(sandbox: &Sandbox) {
    _ = std::fs::remove_dir_all(sandbox.path("people"));
    sandbox.git(".", &["clone", "--quiet", "gitops.git", "people"]);
}

fn push(sandbox: &Sandbox, message: &str) {
    sandbox.git("people", &["add", "--all"]);
    sandbox.git("people", &["commit", "--quiet", "--message", message]);
    sandbox.git("people", &["push", "--quiet", "origin", "HEAD:main"]);
}

fn on_main(sandbox: &Sandbox, path: &str) -> String {
    sandbox.git("gitops.git", &["show", &format!("main:{path}")])
}

#[test]
fn an_incident_is_not_undone_behind_its_back() {
    let sandbox = greeting();
    assert_eq!(promote(&sandbox, "1.0.0", &[]).code, Some(0));
    people(&sandbox);
    let edited = sandbox.read(&format!("people/{FILE}")).replace("replicas: 1", "replicas: 10");
    sandbox.write(&format!("people/{FILE}"), &edited);
    push(&sandbox, "Incident 42: more replicas");

    // Neither a retry nor the next release takes it out.
    for version in ["1.0.0", "1.1.0"] {
        let run = promote(&sandbox, version, &[]);
        assert_eq!(run.code, Some(3), "{run}");
        assert!(run.stderr.contains(&format!("changed by hand: {FILE}")), "{run}");
    }
    assert!(on_main(&sandbox, FILE).contains("replicas: 10"));
    let status = sandbox.towline(&["status"]);
    assert!(status.stdout.contains(&format!("dev: {FILE} was changed by hand")), "{status}");

    // The change goes into the templates instead: then nothing is lost, and nothing is in the way.
    sandbox.write("app/towline.yaml", &PIPELINE.replace("replicas: 1", "replicas: 10"));
    let run = promote(&sandbox, "1.0.0", &[]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(on_main(&sandbox, FILE).contains("replicas: 10"));
    assert!(!sandbox.towline(&["status"]).stdout.contains("by hand"));
}

#[test]
fn a_hand_edit_is_given_up_only_when_people_say_so() {
    let sandbox = greeting();
    promote(&sandbox, "1.0.0", &[]);
    people(&sandbox);
    let edited = sandbox.read(&format!("people/{FILE}")).replace("replicas: 1", "replicas: 10");
    sandbox.write(&format!("people/{FILE}"), &edited);
    push(&sandbox, "More replicas");
    let release = ["propose", "dev", "--release", "1.1.0", "--image", "web=1.1.0"];
    assert_snapshot!(sandbox.towline(&release), @r"
    --- stderr
    error: cannot propose greeting for dev
      because: this would undo work of people in dev: changed by hand: dev/greeting/deployment-web_greeting-dev.yaml
      hint: put the change into the templates or variables, and undo it in the GitOps repository; or give it up with `--overwrite-drift`
    --- exit code 3
    ");
    let run = sandbox.towline(&[&release[..], &["--overwrite-drift", "--output", "json"]].concat());
    assert_eq!(run.code, Some(0), "{run}");
    let output: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(output["drift"], serde_json::json!([{"path": FILE, "change": "changed"}]));
    let pull = sandbox.git("gitops.git", &["show", "refs/towline/forge:pulls/0/2.json"]);
    let warning = format!("### Undoes changes made by hand\\n\\n- `{FILE}` was changed\\n");
    assert!(pull.contains(&warning), "{pull}");
    // Who looked at this proposal has said so.
    assert_eq!(sandbox.towline(&release).code, Some(0));
}

#[test]
fn drift_overwrite_is_said_once_for_an_environment() {
    let sandbox = greeting();
    promote(&sandbox, "1.0.0", &[]);
    people(&sandbox);
    sandbox.write(&format!("people/{FILE}"), "kind: Nothing\n");
    push(&sandbox, "Try something");
    sandbox.write("app/towline.yaml", &PIPELINE.replace("merge: auto", "merge: auto\n    drift: overwrite"));
    let run = promote(&sandbox, "1.1.0", &[]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(on_main(&sandbox, FILE).contains("kind: Deployment"));
}

#[test]
fn what_people_removed_or_moved_does_not_come_back() {
    let sandbox = greeting();
    promote(&sandbox, "1.0.0", &[]);
    people(&sandbox);
    std::fs::create_dir(sandbox.path("people/dev/greeting/apps")).unwrap();
    sandbox.git("people", &["mv", FILE, "dev/greeting/apps/web.yaml"]);
    push(&sandbox, "Tidy up");
    let run = promote(&sandbox, "1.1.0", &[]);
    assert_eq!(run.code, Some(3), "{run}");
    assert!(run.stderr.contains(&format!("removed by hand: {FILE}")), "{run}");

    // A resource that goes away is gone already: nobody's work is undone.
    sandbox.write(
        "app/deploy/web.yaml",
        &DEPLOYMENT.replace("name: web\n  namespace", "name: api\n  namespace"),
    );
    let run = promote(&sandbox, "1.1.0", &[]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(on_main(&sandbox, "dev/greeting/apps/web.yaml").contains("name: web"));
}

/// Anybody who may push can write a descriptor: it gives no right to what is elsewhere.
#[test]
fn a_descriptor_does_not_make_files_of_others_towlines() {
    let sandbox = greeting();
    promote(&sandbox, "1.0.0", &[]);
    people(&sandbox);
    sandbox.write("people/CODEOWNERS", "* @security\n");
    sandbox.write("people/prod/other/x.yaml", "kind: X\n");
    let evil = "targets:\n- {name: evil, path: '', files: [CODEOWNERS, prod/other/x.yaml], digest: x}";
    let edited = sandbox.read(&format!("people/{DESCRIPTOR}")).replace("targets:", evil);
    sandbox.write(&format!("people/{DESCRIPTOR}"), &edited);
    push(&sandbox, "Only dev");
    for more in [&[][..], &["--overwrite-drift"]] {
        let run = promote(&sandbox, "2.0.0", more);
        assert_eq!(run.code, Some(3), "{run}");
        assert!(run.stderr.contains(": CODEOWNERS, prod/other/x.yaml"), "{run}");
    }
    let run =
        sandbox.towline(&["render", "dev", "--release", "2.0.0", "--image", "web=2", "-o", "../people"]);
    assert_snapshot!(run, @r"
    --- stderr
    error: descriptors/dev/greeting.yaml lists files outside the folders of this environment (dev/greeting): CODEOWNERS, prod/other/x.yaml
      hint: if `gitops.path` or a target was changed or removed, add `formerly: {path: OLD}` to the environment, with the folder of these files: they are moved or deleted. If somebody edited descriptors/dev/greeting.yaml, restore it from git
    --- exit code 3
    ");
    assert_eq!(on_main(&sandbox, "CODEOWNERS"), "* @security");
    assert_eq!(on_main(&sandbox, "prod/other/x.yaml"), "kind: X");
    assert_eq!(sandbox.read("people/CODEOWNERS"), "* @security\n");
}

#[test]
fn an_edited_descriptor_is_drift_too() {
    let sandbox = greeting();
    promote(&sandbox, "1.0.0", &[]);
    people(&sandbox);
    sandbox.write(
        &format!("people/{DESCRIPTOR}"),
        &(sandbox.read(&format!("people/{DESCRIPTOR}")) + "# mine\n"),
    );
    push(&sandbox, "Remark");
    let run = promote(&sandbox, "1.1.0", &[]);
    assert_eq!(run.code, Some(3), "{run}");
    assert!(run.stderr.contains(&format!("changed by hand: {DESCRIPTOR}")), "{run}");
    assert_eq!(promote(&sandbox, "1.1.0", &["--overwrite-drift"]).code, Some(0));
}

/// A descriptor of an older version lists names only, and the digest of all bytes.
#[test]
fn an_older_descriptor_tells_by_its_digest() {
    let sandbox = greeting();
    promote(&sandbox, "1.0.0", &[]);
    people(&sandbox);
    let written = sandbox.read(&format!("people/{FILE}"));
    let digest = older_digest("deployment-web_greeting-dev.yaml", &written);
    let new = sandbox.read(&format!("people/{DESCRIPTOR}"));
    let (before, after) = new.split_once("  files:\n").unwrap();
    let after = after.split_once("inputs:").unwrap().1;
    let older = format!(
        "{before}  files:\n  - deployment-web_greeting-dev.yaml\n  digest: sha256:{digest}\ninputs:{after}"
    );
    sandbox.write(&format!("people/{DESCRIPTOR}"), &older);
    push(&sandbox, "As version 0.1 wrote it");
    assert!(!sandbox.towline(&["status"]).stdout.contains("by hand"));
    sandbox.write(&format!("people/{FILE}"), &written.replace("replicas: 1", "replicas: 2"));
    push(&sandbox, "Two");
    let run = promote(&sandbox, "1.1.0", &[]);
    assert_eq!(run.code, Some(3), "{run}");
    assert!(run.stderr.contains(&format!("changed by hand: {FILE}")), "{run}");
    sandbox.write(&format!("people/{FILE}"), &written);
    push(&sandbox, "One");
    assert_eq!(promote(&sandbox, "1.1.0", &[]).code, Some(0));
    assert!(on_main(&sandbox, DESCRIPTOR).contains("deployment-web_greeting-dev.yaml: "));
}

fn older_digest(name: &str, content: &str) -> String {
    use sha2::{Digest, Sha256};
    let mut digest = Sha256::new();
    for part in [name, content] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn what_git_would_encrypt_is_not_committed_as_plain_text() {
    let sandbox = greeting();
    people(&sandbox);
    sandbox.write("people/.gitattributes", "[attr]secret filter=git-crypt diff=git-crypt\ndev/** secret\n");
    push(&sandbox, "Encrypt dev");
    let run = promote(&sandbox, "1.0.0", &[]);
    assert_snapshot!(run, @r"
    --- stderr
    error: cannot promote to environment `dev`
      because: cannot propose greeting for dev
      because: dev/greeting/deployment-web_greeting-dev.yaml has the filter `git-crypt` in .gitattributes, and Towline runs no filters: the file would be committed as it is, neither encrypted nor stored elsewhere
      hint: take the path out with `dev/greeting/** !filter` at the end of .gitattributes, or choose a path without a filter
    --- exit code 3
    ");
    // The hint works.
    sandbox.write(
        "people/.gitattributes",
        "[attr]secret filter=git-crypt diff=git-crypt\ndev/** secret\ndev/greeting/** !filter\n",
    );
    push(&sandbox, "But not greeting");
    assert_eq!(promote(&sandbox, "1.0.0", &[]).code, Some(0));
}

#[test]
fn modes_and_links_of_files_that_are_edited() {
    let sandbox = greeting();
    let edits = "edits: [{file: values/dev.yaml, set: {tag: \"{{ images.web.tag }}\"}}]\n  path: \"";
    sandbox.write("app/towline.yaml", &PIPELINE.replace("path: \"", edits));
    people(&sandbox);
    sandbox.write("people/values/real.yaml", "tag: old\n");
    std::os::unix::fs::symlink("real.yaml", sandbox.path("people/values/dev.yaml")).unwrap();
    push(&sandbox, "Values");
    let run = promote(&sandbox, "1.0.0", &[]);
    assert_snapshot!(run, @r"
    --- stderr
    error: cannot promote to environment `dev`
      because: cannot propose greeting for dev
      because: values/dev.yaml is a symbolic link to real.yaml, and Towline does not write through links
      hint: in `gitops.edits`, name the file that the link leads to
    --- exit code 3
    ");
    std::fs::remove_file(sandbox.path("people/values/dev.yaml")).unwrap();
    sandbox.write("people/values/dev.yaml", "tag: old\n");
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(sandbox.path("people/values/dev.yaml"), executable).unwrap();
    push(&sandbox, "Executable");
    let run = promote(&sandbox, "1.0.0", &[]);
    assert_eq!(run.code, Some(0), "{run}");
    let entry = sandbox.git("gitops.git", &["ls-tree", "main", "values/dev.yaml"]);
    assert!(entry.starts_with("100755 "), "{entry}");
    assert_eq!(on_main(&sandbox, "values/dev.yaml"), "tag: 1.0.0");
}

/// `await` speaks about what was merged, not about what was proposed.
#[test]
fn what_people_changed_before_the_merge_is_not_called_rolled_out() {
    for (path, content) in [(FILE, "kind: Nothing\n"), ("dev/greeting/extra.yaml", "kind: ConfigMap\n")] {
        let sandbox = greeting();
        sandbox.write("app/towline.yaml", &PIPELINE.replace("merge: auto", "merge: manual"));
        let release = ["propose", "dev", "--release", "1.0.0", "--image", "web=1.0.0"];
        assert_eq!(sandbox.towline(&release).code, Some(0));
        people(&sandbox);
        sandbox.git("people", &["merge", "--quiet", "--no-ff", "--no-commit", "origin/towline/dev/greeting"]);
        sandbox.write(&format!("people/{path}"), content);
        push(&sandbox, "Merge");
        for arguments in [&["await", "dev", "--once"][..], &["await", "dev", "--release", "1.0.0", "--once"]]
        {
            let run = sandbox.towline(arguments);
            assert_eq!(run.code, Some(3), "{run}");
            assert!(
                run.stderr.contains("but people changed it before") && run.stderr.contains(path),
                "{run}"
            );
        }
    }
}
