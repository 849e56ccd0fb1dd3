//! `rollback`: what people see of it, and what the files of a release are besides manifests.

use insta::assert_snapshot;

use super::greeting;
use crate::given::Sandbox;

fn promote(sandbox: &Sandbox, version: &str, more: &[&str]) -> i32 {
    let image = format!("web={version}");
    let typed = ["promote", "--to", "dev", "--release", version, "--image", &image];
    sandbox.towline(&[&typed, more].concat()).code.unwrap()
}

#[test]
fn people_see_from_what_to_what() {
    let sandbox = greeting();
    assert_eq!(promote(&sandbox, "1.4.0", &[]), 0);
    assert_eq!(promote(&sandbox, "1.5.0", &[]), 0);
    assert_snapshot!(sandbox.towline(&["rollback", "dev", "--plan"]), @"
    --- stdout
    dev: back from 1.5.0 to 1.4.0 as of [ID] (1.4.0 merged, not observed)
    --- exit code 0
    ");
    assert_snapshot!(sandbox.towline(&["rollback", "dev", "--reason", "carts are\nempty"]), @"
    --- stdout
    dev  done  1.4.0 merged, not observed; merged after [LENGTH]
    --- stderr
    dev: proposed to roll back greeting from 1.5.0 to 1.4.0 in dev: ../gitops.git#3
    dev: merged as [ID]
    dev: 1.4.0 merged, not observed
    --- exit code 0
    ");
    assert_snapshot!(sandbox.towline(&["rollback", "dev", "--plan"]), @"
    --- stdout
    dev: 1.5.0 is rolled back to 1.4.0 already: carts are empty
    --- exit code 0
    ");
    assert_snapshot!(sandbox.towline(&["propose", "dev", "--release", "1.5.0", "--image", "web=1.5.0"]), @"
    --- stderr
    error: cannot propose greeting for dev
      because: on hold: Ada rolled 1.5.0 back at [TIME] with commit [ID]: carts are empty
      hint: promote a newer release, or lift the hold with `--release-hold`
    --- exit code 3
    ");
    assert_snapshot!(sandbox.towline(&["status"]), @"
    --- stdout
    ENVIRONMENT  DEPLOYED  AGE  VERDICT                     PROPOSED
    dev          1.4.0     now  1.4.0 merged, not observed  -
    prod         -         -    -                           -
    dev: 1.5.0 was rolled back to 1.4.0: carts are empty
    dev: 1.5.0 is on hold since [TIME] by Ada, with commit [ID]; `--release-hold` lifts that
    --- exit code 0
    ");
    assert_snapshot!(sandbox.towline(&["status", "--history", "dev"]), @"
    --- stdout
    AT                    RELEASE           WHO  PULL  VERDICT                     COMMIT
    [TIME]  1.4.0 (rollback)  Ada  #3    1.4.0 merged, not observed  [ID]
    [TIME]  1.5.0             Ada  #2    1.5.0 merged, not observed  [ID]
    [TIME]  1.4.0             Ada  #1    1.4.0 merged, not observed  [ID]

    DELIVERY                 VALUE       FROM
    deployment frequency     2.0 a week  2 deployments since [TIME]
    lead time from commit    unknown     -
    lead time from proposal  [LENGTH]  2 verified deployments
    change failure rate      50%         1 of 2 judged deployments
    time to restore  [LENGTH]  1 failure
    --- exit code 0
    ");
    let lifted = ["propose", "dev", "--release", "1.5.0", "--image", "web=1.5.0", "--release-hold"];
    assert_snapshot!(sandbox.towline(&lifted), @"
    --- stdout
    proposed greeting 1.5.0 for dev: ../gitops.git#4
    --- exit code 0
    ");
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let sandbox = greeting();
    assert_snapshot!(sandbox.towline(&["rollback", "dev", "--reason", " "]), @"
    --- stderr
    error: invalid value ' ' for '--reason <TEXT>': it is empty

    For more information, try '--help'.
    --- exit code 2
    ");
    assert_snapshot!(sandbox.towline(&["rollback", "nowhere"]), @"
    --- stderr
    error: towline.yaml: there is no environment `nowhere`
      hint: there are: dev, prod
    --- exit code 1
    ");
    assert_snapshot!(sandbox.towline(&["rollback", "dev"]), @"
    --- stderr
    error: greeting is not deployed in `dev`
    --- exit code 3
    ");
}

/// A value in a file of other people goes back; what else they changed there stays.
#[test]
fn values_in_files_of_others_go_back_too() {
    let sandbox = greeting();
    let pipeline = sandbox.read("app/towline.yaml");
    let edits =
        "  edits: [{file: apps/web.yaml, set: {image.tag: \"{{ release.version }}\"}}]\nenvironments:";
    sandbox.write("app/towline.yaml", &pipeline.replace("environments:", edits));
    let people = |text: &str| {
        sandbox.git(".", &["clone", "--quiet", "gitops.git", "people"]);
        sandbox.write("people/apps/web.yaml", text);
        sandbox.git("people", &["add", "."]);
        sandbox.git("people", &["commit", "--quiet", "--message=By hand"]);
        sandbox.git("people", &["push", "--quiet", "origin", "HEAD:main"]);
        std::fs::remove_dir_all(sandbox.path("people")).unwrap();
    };
    people("image: {tag: none}\nreplicas: 1\n");
    assert_eq!(promote(&sandbox, "1.4.0", &[]), 0);
    assert_eq!(promote(&sandbox, "1.5.0", &[]), 0);
    people("image: {tag: \"1.5.0\"}\nreplicas: 5\n");
    assert_eq!(sandbox.towline(&["rollback", "dev"]).code, Some(0));
    let stands = sandbox.git("gitops.git", &["show", "main:apps/web.yaml"]);
    assert_eq!(stands, "image: {tag: \"1.4.0\"}\nreplicas: 5");
}

#[test]
fn a_release_from_other_folders_stays_where_it_is() {
    let sandbox = greeting();
    assert_eq!(promote(&sandbox, "1.4.0", &[]), 0);
    let pipeline = sandbox.read("app/towline.yaml");
    let moved = pipeline.replace("  - name: dev\n", "  - name: dev\n    formerly: {path: dev/greeting}\n");
    let moved = moved.replace(
        "path: \"{{ environment }}/{{ application }}\"",
        "path: \"apps/{{ environment }}/{{ application }}\"",
    );
    sandbox.write("app/towline.yaml", &moved);
    assert_eq!(promote(&sandbox, "1.5.0", &[]), 0);
    assert_snapshot!(sandbox.towline(&["rollback", "dev"]), @"
    --- stderr
    error: 1.4.0 had files outside of the folders that `dev` has now (apps/dev/greeting): dev/greeting/deployment-web_greeting-dev.yaml
      hint: promote a newer release with what was right in it
    --- exit code 3
    ");
}
