//! A release is what it is made from: files that are committed, and the same ones in every
//! environment.

use insta::assert_snapshot;

use super::greeting;
use crate::given::{Run, Sandbox};

/// The application as a repository with one commit.
fn committed() -> Sandbox {
    let sandbox = greeting();
    sandbox.git("app", &["init", "--quiet", "--initial-branch=main"]);
    commit(&sandbox, "One");
    sandbox
}

fn commit(sandbox: &Sandbox, message: &str) {
    sandbox.git("app", &["add", "."]);
    sandbox.git("app", &["commit", "--quiet", "--message", message]);
}

fn promote(sandbox: &Sandbox, more: &[&str]) -> Run {
    let arguments = ["promote", "--once", "--release=1.0.0", "--image=web=1.0.0"];
    sandbox.towline(&[&arguments, more].concat())
}

fn edit(sandbox: &Sandbox, path: &str, from: &str, to: &str) {
    let text = sandbox.read(path);
    assert!(text.contains(from), "{text}");
    sandbox.write(path, &text.replace(from, to));
}

fn recorded_commit(sandbox: &Sandbox) -> String {
    let descriptor = sandbox.git("gitops.git", &["show", "main:descriptors/dev/greeting.yaml"]);
    descriptor.lines().find_map(|line| line.strip_prefix("  commit: ")).unwrap().to_owned()
}

/// Somebody edits templates without a commit, deploys them to dev all the same, and finds that they
/// go no further until they are committed.
#[test]
fn what_is_not_committed_is_deployed_on_request_and_goes_no_further() {
    let sandbox = committed();
    edit(&sandbox, "app/deploy/web.yaml", "{{ replicas }}", "7");
    sandbox.write("app/config/prod.yaml", "replicas: 4\ndb: {host: db.prod}\n");
    sandbox.write("app/deploy/new.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: new}\n");
    sandbox.write("app/notes.txt", "no input\n");
    assert_snapshot!(promote(&sandbox, &[]), @r"
    --- stderr
    error: files that the release is made from are not committed: config/prod.yaml, deploy/web.yaml, deploy/new.yaml
      hint: commit them, or use `--allow-dirty`: such a release cannot go on to other environments
    --- exit code 3
    ");
    let propose = ["propose", "dev", "--release=1.0.0", "--image=web=1.0.0"];
    assert_eq!(sandbox.towline(&propose).code, Some(3));
    assert_eq!(
        sandbox.towline(&["render", "dev", "--release=1.0.0", "--image=web=1.0.0", "--diff"]).code,
        Some(0)
    );
    assert_eq!(sandbox.towline(&["validate"]).code, Some(0));

    assert_snapshot!(promote(&sandbox, &["--allow-dirty"]), @"
    --- stdout
    dev   done     1.0.0 merged, not observed; merged after [LENGTH]
    prod  refused
    --- stderr
    dev: proposed greeting 1.0.0 for dev: ../gitops.git#1
    dev: merged as [ID]
    dev: 1.0.0 merged, not observed
    prod: refused
    error: prod: release 1.0.0 has files that are not committed, and goes to no environment that needs another one
    --- exit code 3
    ");
    let head = sandbox.git("app", &["rev-parse", "HEAD"]);
    assert_eq!(recorded_commit(&sandbox), format!("{head}-dirty"));
    assert_eq!(promote(&sandbox, &["--only=prod", "--allow-dirty"]).code, Some(3));

    sandbox.write("app/.gitignore", "deploy/new.yaml\n");
    commit(&sandbox, "Two");
    assert_eq!(promote(&sandbox, &[]).code, Some(75), "prod waits for people");
    assert_eq!(recorded_commit(&sandbox), sandbox.git("app", &["rev-parse", "HEAD"]));
}

/// The version, the commit and the images are the same, and the manifests would not be.
#[test]
fn an_environment_gets_what_the_one_before_it_verified() {
    let sandbox = committed();
    promote(&sandbox, &["--to=dev"]);
    assert_snapshot!(promote(&sandbox, &["--only=prod", "--set=extra=1"]), @r"
    --- stdout
    prod  refused
    --- stderr
    prod: refused
    error: prod: environment `dev` verified 1.0.0 with other inputs (--set and --vars); run `towline promote --to dev --release 1.0.0 --image web=ghcr.io/acme/greeting-web:1.0.0` first, or go back to the files that were verified
    --- exit code 3
    ");
    // A folder outside of any repository has no commit that could tell.
    std::fs::remove_dir_all(sandbox.path("app/.git")).unwrap();
    edit(&sandbox, "app/deploy/web.yaml", "{{ replicas }}", "11");
    let refused = promote(&sandbox, &["--only=prod"]);
    assert!(refused.stderr.contains("with other inputs (deploy/web.yaml);"), "{refused}");
    assert_eq!(refused.code, Some(3));

    // What differs between environments does not matter.
    edit(&sandbox, "app/deploy/web.yaml", "11", "{{ replicas }}");
    sandbox.write("app/config/prod.yaml", "replicas: 5\ndb: {host: db.prod}\n");
    assert_eq!(promote(&sandbox, &["--only=prod"]).code, Some(75));
}

#[test]
fn a_release_is_continued_with_the_same_inputs() {
    let sandbox = committed();
    promote(&sandbox, &["--to=dev"]);
    let go_on = |more: &[&str]| sandbox.towline(&[&["promote", "--once", "--continue=dev"], more].concat());
    assert_snapshot!(go_on(&["--set=replicas=2"]), @r"
    --- stderr
    error: 1.0.0 was made from other inputs than these: --set and --vars
      hint: pass the same `--set` and `--vars` as for the first run, from the same files
    --- exit code 3
    ");
    edit(&sandbox, "app/deploy/web.yaml", "{{ replicas }}", "9");
    assert_snapshot!(go_on(&[]), @r"
    --- stderr
    error: files that the release is made from are not committed: deploy/web.yaml
      hint: 1.0.0 was made without these changes: commit or stash them first
    --- exit code 3
    ");
    sandbox.git("app", &["checkout", "--quiet", "."]);
    assert_eq!(go_on(&[]).code, Some(75));
}

/// Everybody who can write to the GitOps repository can edit a descriptor.
#[test]
fn a_descriptor_says_which_tag_is_deployed_and_not_whose_image() {
    let sandbox = committed();
    promote(&sandbox, &["--to=dev"]);
    sandbox.git(".", &["clone", "--quiet", "gitops.git", "people"]);
    edit(&sandbox, "people/descriptors/dev/greeting.yaml", "ghcr.io/acme/greeting-web", "evil.example/miner");
    sandbox.git("people", &["commit", "--quiet", "--all", "--message=x"]);
    sandbox.git("people", &["push", "--quiet", "origin", "main"]);
    assert_snapshot!(sandbox.towline(&["promote", "--once", "--continue=dev"]), @r"
    --- stderr
    error: cannot continue in environment `dev`
      because: people changed descriptors/dev/greeting.yaml: it is not what a proposal brought
      hint: restore it from git, or name the release with `towline promote --release VERSION --image web=TAG`
    --- exit code 3
    ");
}

/// The default version is a commit, and most CI systems fetch no more than one.
#[test]
fn in_a_shallow_clone_nobody_can_tell_which_release_is_newer() {
    let sandbox = committed();
    let promote = |sandbox: &Sandbox| sandbox.towline(&["promote", "--to=dev", "--image=web=1"]);
    let older = sandbox.git("app", &["rev-parse", "HEAD"]);
    sandbox.git("app", &["commit", "--quiet", "--allow-empty", "--message=Two"]);
    assert_eq!(promote(&sandbox).code, Some(0));
    sandbox.git("app", &["checkout", "--quiet", &older]);
    let superseded = promote(&sandbox);
    assert_eq!(superseded.code, Some(7), "{superseded}");
    assert!(superseded.stderr.contains("hint: use `--allow-older` to promote it anyway"), "{superseded}");

    let origin = format!("file://{}", sandbox.path("app").display());
    sandbox.git("app", &["config", "uploadpack.allowAnySHA1InWant", "true"]);
    std::fs::create_dir(sandbox.path("ci")).unwrap();
    sandbox.git("ci", &["init", "--quiet"]);
    sandbox.git("ci", &["fetch", "--quiet", "--depth=1", &origin, &older]);
    sandbox.git("ci", &["checkout", "--quiet", "FETCH_HEAD"]);
    let file = sandbox.path("ci/towline.yaml").display().to_string();
    let shallow = sandbox.towline(&["promote", "--file", &file, "--to=dev", "--image=web=1"]);
    assert_snapshot!(shallow, @r"
    --- stderr
    error: cannot promote to environment `dev`
      because: cannot propose greeting for dev
      because: cannot tell whether [ID] is older than [ID]: this clone is shallow
      hint: fetch the whole history, with `fetch-depth: 0` in actions/checkout or `git fetch --unshallow`; `--allow-older` proposes it anyway
    --- exit code 3
    ");
    sandbox.git("ci", &["fetch", "--quiet", "--unshallow", &origin, "main"]);
    let whole = sandbox.towline(&["promote", "--file", &file, "--to=dev", "--image=web=1"]);
    assert_eq!(whole.code, Some(7), "{whole}");
}

/// Templates in a submodule have a commit of their own.
#[test]
fn what_is_not_committed_in_a_submodule_is_not_committed() {
    let sandbox = committed();
    sandbox.git(".", &["init", "--quiet", "--initial-branch=main", "shared"]);
    sandbox.write("shared/deploy/web.yaml", &sandbox.read("app/deploy/web.yaml"));
    sandbox.git("shared", &["add", "."]);
    sandbox.git("shared", &["commit", "--quiet", "--message=One"]);
    sandbox
        .git("app", &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../shared", "lib"]);
    edit(&sandbox, "app/towline.yaml", "path: deploy", "path: lib/deploy");
    commit(&sandbox, "Use the shared templates");
    assert_eq!(promote(&sandbox, &["--to=dev"]).code, Some(0));
    edit(&sandbox, "app/lib/deploy/web.yaml", "{{ replicas }}", "9");
    let refused = promote(&sandbox, &["--to=dev"]);
    assert!(refused.stderr.contains("are not committed: lib\n"), "{refused}");
    assert_eq!(refused.code, Some(3));
}

/// The first release of a repository without a commit is in no history.
#[test]
fn before_the_first_commit_everything_is_uncommitted() {
    let sandbox = greeting();
    sandbox.git("app", &["init", "--quiet", "--initial-branch=main"]);
    assert_eq!(promote(&sandbox, &["--to=dev"]).code, Some(3));
    assert_eq!(promote(&sandbox, &["--to=dev", "--allow-dirty"]).code, Some(0));
    assert_eq!(recorded_commit(&sandbox), "none-dirty");
    commit(&sandbox, "One");
    assert_eq!(promote(&sandbox, &["--to=dev"]).code, Some(0));
}

/// What git ignores is rendered all the same, when it stands where templates do.
#[test]
fn ignored_files_that_are_rendered_are_inputs() {
    let sandbox = committed();
    sandbox.write("app/.gitignore", "*.local.yaml\n*.swp\n");
    commit(&sandbox, "Two");
    let config = |name: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n");
    sandbox.write("app/deploy/one.local.yaml", &config("one"));
    assert_eq!(promote(&sandbox, &["--to=dev"]).code, Some(0));
    sandbox.write("app/deploy/one.local.yaml", &config("other"));
    let refused = promote(&sandbox, &["--only=prod"]);
    assert!(refused.stderr.contains("with other inputs (deploy/one.local.yaml);"), "{refused}");
    assert_eq!(refused.code, Some(3));
    // What an editor leaves behind is no template.
    sandbox.write("app/deploy/one.local.yaml", &config("one"));
    sandbox.write("app/deploy/.web.yaml.swp", "\u{0}");
    assert_eq!(promote(&sandbox, &["--only=prod"]).code, Some(75));
}
