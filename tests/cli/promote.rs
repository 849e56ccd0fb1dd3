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
    ENVIRONMENT  NEEDS  GATES  MERGE   AWAITS                    CHECKS
    dev          -      -      auto    -                         -
    prod         dev    -      manual  kustomization/greeting/*  -
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
          "checks": [],
          "gates": [],
          "rings": []
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
fn a_plan_of_a_release() {
    let sandbox = greeting();
    let plan = |version: &str| promote(&sandbox, version, &["--plan"]);
    assert_snapshot!(plan("1.4.0"), @"
--- stdout
ENVIRONMENT  NOW  NEXT
dev          -    propose: 1 added; Towline merges
prod         -    after dev: 1 added
--- exit code 0
");
    promote(&sandbox, "1.4.0", &["--once"]);
    assert_snapshot!(plan("1.4.0"), @"
--- stdout
ENVIRONMENT  NOW    NEXT
dev          1.4.0  unchanged
prod         -      merge ../gitops.git#2: 1 added; people merge
--- exit code 0
");
    assert_snapshot!(plan("1.3.0"), @"
--- stdout
ENVIRONMENT  NOW    NEXT
dev          1.4.0  refused: 1.4.0 is deployed, which is newer
prod         -      after dev: 1 added
--- exit code 0
");
    sandbox.git("gitops.git", &["update-ref", "refs/heads/main", "refs/heads/main"]);
    let json: serde_json::Value =
        serde_json::from_str(&promote(&sandbox, "1.5.0", &["--plan", "--output", "json"]).stdout).unwrap();
    assert_snapshot!(json["mermaid"].as_str().unwrap(), @r#"
flowchart LR
  e0["dev<br/>1.4.0 → 1.5.0<br/>propose"]
  class e0 next
  e1["prod<br/>nothing → 1.5.0<br/>later"]
  e0 --> e1
  class e1 later
  classDef done fill:#d9f2d9
  classDef next fill:#fff3cd
  classDef stopped fill:#f8d7da
  classDef later fill:#eeeeee
"#);
    assert_snapshot!(serde_json::to_string_pretty(&json["plan"][0]["forecast"]).unwrap(), @r#"
    {
      "from": "1.4.0",
      "next": "propose",
      "why": null,
      "until": null,
      "pull": null,
      "changes": "1 changed",
      "risks": [],
      "drift": [],
      "gates": []
    }
    "#);
    // Nothing was done.
    assert_snapshot!(sandbox.towline(&["status"]), @"
--- stdout
ENVIRONMENT  DEPLOYED  AGE  VERDICT                     PROPOSED
dev          1.4.0     now  1.4.0 merged, not observed  -
prod         -         -    -                           1.4.0 (#2, now)
--- exit code 0
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

    DELIVERY                 VALUE       FROM
    deployment frequency     1.0 a week  1 deployment since [TIME]
    lead time from commit    unknown     -
    lead time from proposal  [LENGTH]  1 verified deployment
    change failure rate      0%          0 of 1 judged deployment
    time to restore          unknown     -
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
          "proposedAt": "[TIME]",
          "sourceAt": null,
          "verdict": {
            "state": "success",
            "description": "1.4.0 verified: 1 reporter, 0 checks",
            "at": "[TIME]"
          }
        }
      ],
      "figures": {
        "since": "[TIME]",
        "deployments": 1,
        "deploymentsPerWeek": 1.0,
        "leadTimeFromCommit": null,
        "leadTimeFromProposal": {
          "seconds": "[LENGTH]",
          "of": 1
        },
        "failed": 0,
        "judged": 1,
        "changeFailureRate": 0.0,
        "timeToRestore": null
      }
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
fn nothing_walks_around_a_gate() {
    let sandbox = greeting();
    let freeze = "freeze: [{from: 2000-01-01T00:00:00Z, to: 2100-01-01T00:00:00Z, reason: fair}]\n";
    sandbox.write("app/towline.yaml", &(sandbox.read("app/towline.yaml") + freeze));
    assert_snapshot!(promote(&sandbox, "1.4.0", &["--once"]), @"
--- stdout
dev   unfinished  the gate `freeze` is closed since 2000-01-01T00:00:00Z: fair; it opens at [TIME]
prod  unfinished  waits for environment `dev`
--- stderr
dev: the gate `freeze` is closed since 2000-01-01T00:00:00Z: fair; it opens at [TIME]
prod: waits for environment `dev`
--- exit code 75
");
    let propose = ["propose", "dev", "--release", "1.4.0", "--image", "web=1.4.0"];
    assert_snapshot!(sandbox.towline(&propose), @"
--- stderr
error: environment `dev`: the gate `freeze` is closed since 2000-01-01T00:00:00Z: fair; it opens at [TIME]
  hint: run this again when it may be open
--- exit code 75
");
    assert_snapshot!(sandbox.towline(&["override", "dev", "--gate", "freeze", "--release", "1.4.0", "--reason", "fixes the outage"]), @"
--- stdout
greeting 1.4.0 may pass the gate `freeze` of dev
--- exit code 0
");
    assert_snapshot!(sandbox.towline(&["override", "dev", "--gate", "freeze", "--release", "1.4.0", "--reason", ""]), @"
--- stderr
error: invalid value '' for '--reason <TEXT>': it is empty

For more information, try '--help'.
--- exit code 2
");
    assert_snapshot!(sandbox.towline(&["approve", "dev", "--release", " "]), @"
--- stderr
error: invalid value ' ' for '--release <VERSION>': it is empty

For more information, try '--help'.
--- exit code 2
");
    let part = ["--release", "1.4.0", "--commit", "HEAD", "--reason", "fixes the outage"];
    assert_snapshot!(sandbox.towline(&[&["override", "dev", "--gate", "freeze"], &part[..]].concat()), @"
--- stderr
error: `HEAD` is not the whole id of a commit
  hint: `git rev-parse HEAD` prints it, in the repository of the application
--- exit code 2
");
    assert_snapshot!(sandbox.towline(&propose), @"
--- stdout
proposed greeting 1.4.0 for dev: ../gitops.git#1
--- exit code 0
");
    assert_snapshot!(sandbox.towline(&["merge", "dev"]), @"
--- stdout
dev: merged ../gitops.git#1 as [ID]
--- exit code 0
");
    assert_snapshot!(sandbox.towline(&["approve", "dev", "--release", "1.4.0"]), @"
--- stderr
error: towline.yaml:15:11: environment `dev` has no manual gate
  hint: add `- manual: {}` to its `gates`, or promote the release without an approval
--- exit code 1
");
}
