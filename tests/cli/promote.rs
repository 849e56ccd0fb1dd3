//! `towline promote` and `towline status`: a release through its environments.

use insta::assert_snapshot;

use super::greeting;
use crate::given::{Run, Sandbox};

fn promote(sandbox: &Sandbox, version: &str, more: &[&str]) -> Run {
    let image = format!("web={version}");
    sandbox.towline(&[&["promote", "--release", version, "--image", &image], more].concat())
}

#[test]
fn a_plan() {
    let sandbox = greeting();
    assert_snapshot!(sandbox.towline(&["promote", "--plan"]), @r"
    --- stdout
    ENVIRONMENT  NEEDS  MERGE   AWAITS                    CHECKS
    dev          -      auto    -                         -
    prod         dev    manual  kustomization/greeting/*  -
    --- exit code 0
    ");
    assert_snapshot!(sandbox.towline(&["promote", "--plan", "--only", "prod", "--output", "json"]), @r#"
    --- stdout
    {
      "command": "promote",
      "outcome": "done",
      "application": "greeting",
      "plan": [
        {
          "environment": "prod",
          "needs": [
            "dev"
          ],
          "merge": "manual",
          "reporters": [
            {
              "status": "kustomization/greeting/*",
              "count": 1
            }
          ],
          "checks": []
        }
      ]
    }
    --- exit code 0
    "#);
    assert_snapshot!(sandbox.towline(&["promote", "--to", "dev", "--only", "prod"]), @r"
    --- stderr
    error: the argument '--to <ENV>' cannot be used with '--only <ENV>'

    Usage: towline promote --to <ENV>

    For more information, try '--help'.
    --- exit code 2
    ");
}

#[test]
fn a_release_goes_as_far_as_it_can() {
    let sandbox = greeting();
    assert_snapshot!(sandbox.towline(&["status"]), @r"
    --- stdout
    ENVIRONMENT  DEPLOYED  AGE  VERDICT  PROPOSED
    dev          -         -    -        -
    prod         -         -    -        -
    --- exit code 0
    ");
    assert_snapshot!(promote(&sandbox, "1.4.0", &["--once"]), @"
    --- stdout
    dev   done        1.4.0 merged, not observed; merged after [LENGTH]
    prod  unfinished  ../gitops.git#2 is waiting to be merged
    --- stderr
    dev: proposed greeting 1.4.0 for dev: ../gitops.git#1
    dev: merged as [ID]
    dev: 1.4.0 merged, not observed
    prod: proposed greeting 1.4.0 for prod: ../gitops.git#2
    prod: ../gitops.git#2 is waiting to be merged
    --- exit code 75
    ");
    assert_snapshot!(sandbox.towline(&["status"]), @r"
    --- stdout
    ENVIRONMENT  DEPLOYED  AGE  VERDICT                     PROPOSED
    dev          1.4.0     now  1.4.0 merged, not observed  -
    prod         -         -    -                           1.4.0 (#2, now)
    --- exit code 0
    ");
    sandbox.towline(&["merge", "prod"]);
    sandbox.towline(&["report", "prod", "--context", "kustomization/greeting/one", "--state", "success"]);
    assert_snapshot!(promote(&sandbox, "1.4.0", &[]), @"
    --- stdout
    dev   unchanged  1.4.0 is already merged, not observed
    prod  done       1.4.0 verified: 1 reporter, 0 checks; merged after [LENGTH], first report after [LENGTH], healthy after [LENGTH]
    --- stderr
    dev: 1.4.0 is already merged, not observed
    prod: merged as [ID]
    prod kustomization/greeting/one: succeeded
    prod: 1.4.0 verified: 1 reporter, 0 checks
    --- exit code 0
    ");
    assert_snapshot!(sandbox.towline(&["status"]), @r"
    --- stdout
    ENVIRONMENT  DEPLOYED  AGE  VERDICT                               PROPOSED
    dev          1.4.0     now  1.4.0 merged, not observed            -
    prod         1.4.0     now  1.4.0 verified: 1 reporter, 0 checks  -
    --- exit code 0
    ");
    assert_snapshot!(sandbox.towline(&["status", "--history", "prod"]), @r"
    --- stdout
    AT                    RELEASE  WHO  PULL  VERDICT                               COMMIT
    [TIME]  1.4.0    Ada  #2    1.4.0 verified: 1 reporter, 0 checks  [ID]
    --- exit code 0
    ");
    assert_snapshot!(sandbox.towline(&["status", "--history", "prod", "--output", "json"]), @r#"
    --- stdout
    {
      "command": "status",
      "outcome": "done",
      "application": "greeting",
      "environment": "prod",
      "history": [
        {
          "commit": "[ID]",
          "at": "[TIME]",
          "author": "Ada",
          "release": {
            "version": "1.4.0",
            "build": null,
            "commit": null,
            "repository": null,
            "branch": null,
            "images": [
              {
                "name": "web",
                "repository": "ghcr.io/acme/greeting-web",
                "tag": "1.4.0",
                "digest": null,
                "reference": "ghcr.io/acme/greeting-web:1.4.0"
              }
            ]
          },
          "rollback": null,
          "pull": 2,
          "verdict": {
            "state": "success",
            "description": "1.4.0 verified: 1 reporter, 0 checks",
            "at": "[TIME]"
          }
        }
      ]
    }
    --- exit code 0
    "#);
    assert_snapshot!(promote(&sandbox, "1.4.0", &["--output", "json"]), @r#"
    --- stdout
    {
      "command": "promote",
      "outcome": "unchanged",
      "application": "greeting",
      "release": {
        "version": "1.4.0",
        "build": null,
        "commit": null,
        "repository": null,
        "branch": null,
        "images": [
          {
            "name": "web",
            "repository": "ghcr.io/acme/greeting-web",
            "tag": "1.4.0",
            "digest": null,
            "reference": "ghcr.io/acme/greeting-web:1.4.0"
          }
        ]
      },
      "environments": [
        {
          "environment": "dev",
          "outcome": "unchanged",
          "reason": "1.4.0 is already merged, not observed",
          "commit": "[ID]",
          "takenOver": false,
          "pull": null,
          "reporters": [],
          "checks": [],
          "mergedAfterSeconds": null,
          "firstReportAfterSeconds": null,
          "healthyAfterSeconds": null,
          "lookAgainAt": null,
          "lookAgainSeconds": null,
          "changesAt": null
        },
        {
          "environment": "prod",
          "outcome": "unchanged",
          "reason": "1.4.0 is already verified",
          "commit": "[ID]",
          "takenOver": false,
          "pull": null,
          "reporters": [],
          "checks": [],
          "mergedAfterSeconds": null,
          "firstReportAfterSeconds": null,
          "healthyAfterSeconds": null,
          "lookAgainAt": null,
          "lookAgainSeconds": null,
          "changesAt": null
        }
      ]
    }
    --- stderr
    dev: 1.4.0 is already merged, not observed
    prod: 1.4.0 is already verified
    --- exit code 0
    "#);
}

#[test]
fn one_environment_whose_needs_are_not_verified() {
    assert_snapshot!(promote(&greeting(), "1.4.0", &["--only", "prod"]), @r"
    --- stdout
    prod  refused
    --- stderr
    prod: refused
    error: prod: release 1.4.0 is not verified in environment `dev`, which `prod` needs: it has no verdict there; run `towline promote --to dev --release 1.4.0 --image web=ghcr.io/acme/greeting-web:1.4.0` first
    --- exit code 3
    ");
}

#[test]
fn a_check_that_fails() {
    let sandbox = greeting();
    let checks =
        "merge: auto\n    checks: [{name: unit, run: 'true'}, {name: smoke, run: 'echo no answer; exit 1'}]";
    let pipeline = sandbox.read("app/towline.yaml").replace("merge: auto", checks);
    sandbox.write("app/towline.yaml", &pipeline);
    assert_snapshot!(promote(&sandbox, "1.4.0", &[]), @"
    --- stdout
    dev  failed
    --- stderr
    dev: proposed greeting 1.4.0 for dev: ../gitops.git#1
    dev: merged as [ID]
    dev unit: running
    dev unit: passed
    dev smoke: running
    dev smoke: failed (exit status: 1)
    dev: failed
    error: dev: check `smoke` failed: exit status: 1
      because: it wrote
        no answer
    --- exit code 5
    ");
    let status = sandbox.towline(&["status", "--output", "json"]).to_string();
    let ageless: Vec<_> = status.lines().filter(|line| !line.contains("ageSeconds")).collect();
    assert_snapshot!(ageless.join("\n"), @r#"
    --- stdout
    {
      "command": "status",
      "outcome": "done",
      "application": "greeting",
      "environments": [
        {
          "environment": "dev",
          "deployed": {
            "release": {
              "version": "1.4.0",
              "build": null,
              "commit": null,
              "repository": null,
              "branch": null,
              "images": [
                {
                  "name": "web",
                  "repository": "ghcr.io/acme/greeting-web",
                  "tag": "1.4.0",
                  "digest": null,
                  "reference": "ghcr.io/acme/greeting-web:1.4.0"
                }
              ]
            },
            "rollback": null,
            "commit": "[ID]",
            "at": "[TIME]",
            "verdict": {
              "state": "failure",
              "description": "1.4.0 failed: check `smoke` failed: exit status: 1",
              "at": "[TIME]"
            }
          },
          "proposed": null,
          "drift": [],
          "withdrawn": null,
          "holds": [],
          "rollout": null
        },
        {
          "environment": "prod",
          "deployed": null,
          "proposed": null,
          "drift": [],
          "withdrawn": null,
          "holds": [],
          "rollout": null
        }
      ],
      "orphans": []
    }
    --- exit code 0
    "#);
}

#[test]
fn a_gate_that_is_not_supported_yet() {
    let sandbox = greeting();
    let pipeline =
        sandbox.read("app/towline.yaml").replace("merge: auto", "merge: auto\n    gates: [{soak: 2h}]");
    sandbox.write("app/towline.yaml", &pipeline);
    assert_snapshot!(promote(&sandbox, "1.4.0", &[]), @r"
    --- stderr
    error: towline.yaml:17:13: not supported yet: the gate `soak`
    --- exit code 1
    ");
    // Nothing walks around a gate.
    for arguments in
        [&["propose", "dev", "--release", "1.4.0", "--image", "web=1.4.0"][..], &["merge", "dev"]]
    {
        let run = sandbox.towline(arguments);
        assert_eq!(run.code, Some(1), "{run}");
        assert!(run.stderr.contains("not supported yet: the gate `soak`"), "{run}");
    }
}
