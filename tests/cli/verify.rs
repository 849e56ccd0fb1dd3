//! `towline verify`: what is deployed beside what its release renders to.

use insta::assert_snapshot;
use serde_json::Value;

use super::greeting;
use crate::given::Sandbox;

/// 1.4.0 is deployed in dev.
fn deployed() -> Sandbox {
    let sandbox = greeting();
    let promote = ["promote", "--once", "--to", "dev", "--release", "1.4.0", "--image", "web=1.4.0"];
    let run = sandbox.towline(&promote);
    assert!(matches!(run.code, Some(0 | 75)), "{run}");
    sandbox
}

/// A person commits a change on the base branch.
fn by_hand(sandbox: &Sandbox, change: &str) {
    let script = format!(
        "git clone --quiet ../gitops.git ../work && cd ../work && {change} && git add --all && \
         git -c user.name=Ann -c user.email=ann@example.com commit --quiet --message='By hand' && git push --quiet"
    );
    assert!(sandbox.shell(&script).status().unwrap().success());
}

#[test]
fn what_stands_is_what_was_rendered() {
    let sandbox = deployed();
    assert_snapshot!(sandbox.towline(&["verify"]), @"
--- stdout
dev: 1.4.0 is what stands there, 2 files
prod: nothing is deployed
--- exit code 0
");
    assert_snapshot!(sandbox.towline(&["verify", "dex"]), @"
--- stderr
error: towline.yaml: there is no environment `dex`
  hint: did you mean `dev`?
--- exit code 1
");
    assert_snapshot!(sandbox.towline(&["verify", "--statement"]), @"
--- stderr
error: the following required arguments were not provided:
  <ENV>

Usage: towline verify --statement <ENV>

For more information, try '--help'.
--- exit code 2
");
}

#[test]
fn what_people_changed_is_named() {
    let sandbox = deployed();
    by_hand(
        &sandbox,
        "cd dev/greeting && for file in deployment-*; do echo '# more' >> $file; done && echo more > notes.md",
    );
    assert_snapshot!(sandbox.towline(&["verify"]), @"
--- stdout
dev: 1.4.0 is not what stands there: 1 difference of 2 files
  dev/greeting/deployment-web_greeting-dev.yaml differs, since Ada committed [ID] at [TIME]
prod: nothing is deployed
--- stderr
error: greeting is not what its release renders to in 1 environment
  hint: to put it back, run `towline promote --overwrite-drift` with the release
--- exit code 5
");
    assert_snapshot!(sandbox.towline(&["verify", "dev", "--statement"]), @"
--- stderr
error: dev is not what its release renders to: dev/greeting/deployment-web_greeting-dev.yaml differs
  hint: run `towline verify dev` to see all differences
--- exit code 5
");
    let json: Value =
        serde_json::from_str(&sandbox.towline(&["verify", "dev", "--output", "json"]).stdout).unwrap();
    assert_eq!(json["environments"][0]["differences"].as_array().unwrap().len(), 1);
}

#[test]
fn who_took_a_file_away_is_named() {
    let sandbox = deployed();
    by_hand(&sandbox, "rm dev/greeting/deployment-*");
    assert_snapshot!(sandbox.towline(&["verify", "dev"]), @"
--- stdout
dev: 1.4.0 is not what stands there: 1 difference of 2 files
  dev/greeting/deployment-web_greeting-dev.yaml is missing, since Ada committed [ID] at [TIME]
--- stderr
error: greeting is not what its release renders to in 1 environment
  hint: to put it back, run `towline promote --overwrite-drift` with the release
--- exit code 5
");
}

#[test]
fn another_source_verifies_nothing() {
    let sandbox = deployed();
    sandbox.write("app/deploy/more.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\n");
    assert_snapshot!(sandbox.towline(&["verify", "dev"]), @"
--- stderr
error: cannot verify environment `dev`
  because: 1.4.0 was made from other inputs than these: deploy/more.yaml
  hint: pass the same `--set` and `--vars` as for the first run, from the same files
--- exit code 3
");
}

#[test]
fn a_statement_is_the_same_each_time() {
    let sandbox = deployed();
    let first = sandbox.towline(&["verify", "dev", "--statement"]);
    assert_eq!(first.code, Some(0), "{first}");
    let again = sandbox.towline(&["verify", "dev", "--statement"]);
    assert_eq!(first.stdout, again.stdout);
    let statement: Value = serde_json::from_str(&first.stdout).unwrap();
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(statement["predicateType"], "https://slsa.dev/provenance/v1");
    let build = &statement["predicate"]["buildDefinition"];
    assert_eq!(build["externalParameters"]["release"], "1.4.0");
    // The digests are those of the files on the branch.
    for subject in statement["subject"].as_array().unwrap() {
        let path = subject["name"].as_str().unwrap();
        let script = format!("git -C ../gitops.git show main:{path} | sha256sum | cut -d' ' -f1");
        let output = sandbox.shell(&script).output().unwrap();
        assert_eq!(subject["digest"]["sha256"], String::from_utf8(output.stdout).unwrap().trim());
    }
}
