//! The name of an application belongs to the repository that it came from.

use insta::assert_snapshot;

use super::greeting;
use crate::given::{Run, Sandbox};

/// The same pipeline file in two repositories, and the first one's application deployed.
fn two_teams() -> Sandbox {
    let sandbox = greeting();
    sandbox.git("app", &["init", "--quiet", "--initial-branch=main"]);
    sandbox.git("app", &["add", "."]);
    sandbox.git("app", &["commit", "--quiet", "--message=One"]);
    sandbox.git(".", &["clone", "--quiet", "app", "copy"]);
    origin(&sandbox, "app", "https://github.com/team-a/web.git");
    origin(&sandbox, "copy", "https://github.com/team-b/db.git");
    assert_eq!(promote(&sandbox, "app", &[]).code, Some(0));
    sandbox
}

fn origin(sandbox: &Sandbox, folder: &str, url: &str) {
    let remotes = sandbox.git(folder, &["remote"]);
    let verb = if remotes.is_empty() { "add" } else { "set-url" };
    sandbox.git(folder, &["remote", verb, "origin", url]);
}

fn promote(sandbox: &Sandbox, folder: &str, more: &[&str]) -> Run {
    let file = sandbox.path(folder).join("towline.yaml").display().to_string();
    let arguments = ["promote", "--file", &file, "--to=dev", "--release=2.0.0", "--image=web=2"];
    sandbox.towline(&[&arguments, more].concat())
}

#[test]
fn a_copied_pipeline_file_does_not_replace_the_application_it_was_copied_from() {
    let sandbox = two_teams();
    let before = sandbox.git("gitops.git", &["rev-parse", "main"]);
    assert_snapshot!(promote(&sandbox, "copy", &[]), @r"
    --- stderr
    error: cannot promote to environment `dev`
      because: cannot propose greeting for dev
      because: greeting belongs to https://github.com/team-a/web.git, and this release comes from https://github.com/team-b/db.git
      hint: give this application another name, or use `--take-over` if it moved to this repository
    --- exit code 3
    ");
    assert_eq!(sandbox.git("gitops.git", &["rev-parse", "main"]), before);

    // Without a remote nobody can tell, and that is not a yes.
    sandbox.git("copy", &["remote", "remove", "origin"]);
    assert_snapshot!(promote(&sandbox, "copy", &[]).stderr, @r"
    error: cannot promote to environment `dev`
      because: cannot propose greeting for dev
      because: greeting belongs to https://github.com/team-a/web.git, and this source has no remote that says the same
      hint: add the remote `origin` to the source repository, or use `--take-over`
    ");

    // The same repository by another URL.
    origin(&sandbox, "copy", "git@github.com:Team-A/web");
    assert_snapshot!(promote(&sandbox, "copy", &[]), @r"
    --- stdout
    dev  unchanged  2.0.0 is already merged, not observed
    --- stderr
    dev: 2.0.0 is already merged, not observed
    --- exit code 0
    ");
}

#[test]
fn an_application_that_moved_takes_its_name_along() {
    let sandbox = two_teams();
    assert_eq!(promote(&sandbox, "copy", &["--take-over"]).code, Some(0));
    let record = sandbox.git("gitops.git", &["show", "main:descriptors/dev/greeting.yaml"]);
    assert!(record.contains("repository: https://github.com/team-b/db.git"), "{record}");
    assert_eq!(promote(&sandbox, "copy", &[]).code, Some(0), "it is theirs now");
    assert_eq!(promote(&sandbox, "app", &[]).code, Some(3), "and no longer the first one's");
}

/// Folders on one machine have nothing to compare, and the first remote is the first claim.
#[test]
fn a_source_without_remote_has_no_claim() {
    let sandbox = greeting();
    assert_eq!(promote(&sandbox, "app", &[]).code, Some(0));
    sandbox.git("app", &["init", "--quiet", "--initial-branch=main"]);
    sandbox.git("app", &["add", "."]);
    sandbox.git("app", &["commit", "--quiet", "--message=One"]);
    origin(&sandbox, "app", "https://github.com/team-a/web.git");
    assert_eq!(promote(&sandbox, "app", &[]).code, Some(0));
    let record = sandbox.git("gitops.git", &["show", "main:descriptors/dev/greeting.yaml"]);
    assert!(record.contains("repository: https://github.com/team-a/web.git"), "{record}");
}

/// A pipeline file that was copied inside of one repository, with its application's name.
#[test]
fn two_pipeline_files_of_one_repository_do_not_replace_each_other() {
    let sandbox = two_teams();
    let text = sandbox.read("app/towline.yaml").replace("../gitops.git", "../../gitops.git");
    sandbox.write("app/other/towline.yaml", &text);
    for file in ["deploy/web.yaml", "config/prod.yaml"] {
        sandbox.write(&format!("app/other/{file}"), &sandbox.read(&format!("app/{file}")));
    }
    let commit = || {
        sandbox.git("app", &["add", "."]);
        sandbox.git("app", &["commit", "--quiet", "--message=Two"]);
    };
    commit();
    assert_snapshot!(promote(&sandbox, "app/other", &[]), @r"
    --- stderr
    error: cannot promote to environment `dev`
      because: cannot propose greeting for dev
      because: greeting belongs to towline.yaml, and this release comes from other/towline.yaml of the same repository
      hint: give this application another name, or delete towline.yaml if it moved; `--take-over` replaces what is deployed
    --- exit code 3
    ");
    // It was moved there.
    sandbox.git("app", &["rm", "--quiet", "towline.yaml"]);
    commit();
    assert_eq!(promote(&sandbox, "app/other", &[]).code, Some(0));
    let record = sandbox.git("gitops.git", &["show", "main:descriptors/dev/greeting.yaml"]);
    assert!(record.contains("pipeline: other/towline.yaml"), "{record}");
}
