//! `towline propose`, `merge` and `await`: the way of one proposal.

use insta::assert_snapshot;

use super::greeting;
use crate::given::{Run, Sandbox};

fn propose(sandbox: &Sandbox, environment: &str, version: &str, more: &[&str]) -> Run {
    let image = format!("web={version}");
    let release = ["propose", environment, "--release", version, "--image", &image];
    sandbox.towline(&[&release, more].concat())
}

#[test]
fn a_proposal_is_made_once() {
    let sandbox = greeting();
    assert_snapshot!(propose(&sandbox, "dev", "1.4.0", &[]), @r"
    --- stdout
    proposed greeting 1.4.0 for dev: ../gitops.git#1
    --- exit code 0
    ");
    assert_snapshot!(propose(&sandbox, "dev", "1.4.0", &["--output", "json"]), @r#"
    --- stdout
    {
      "command": "propose",
      "outcome": "done",
      "environment": "dev",
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
      "message": "proposed greeting 1.4.0 for dev: ../gitops.git#1",
      "commit": "[ID]",
      "pull": {
        "number": 1,
        "url": "../gitops.git#1",
        "state": "open",
        "title": "Deploy greeting 1.4.0 to dev",
        "head": "towline/dev/greeting",
        "base": "main",
        "headCommit": "[ID]",
        "mergeCommit": null
      },
      "changes": {
        "from": null,
        "images": [
          {
            "name": "web",
            "before": null,
            "after": "ghcr.io/acme/greeting-web:1.4.0"
          }
        ],
        "resources": [
          {
            "change": "added",
            "name": "Deployment greeting-dev/web",
            "path": "dev/greeting/deployment-web_greeting-dev.yaml",
            "template": "deploy/web.yaml:2",
            "risks": [],
            "fields": [],
            "diff": "--- /dev/null\n+++ b/dev/greeting/deployment-web_greeting-dev.yaml\n@@ -0,0 +1,21 @@\n+apiVersion: apps/v1\n+kind: Deployment\n+metadata:\n+  name: web\n+  namespace: greeting-dev\n+spec:\n+  replicas: 1\n+  selector:\n+    matchLabels:\n+      app: web\n+  template:\n+    metadata:\n+      labels:\n+        app: web\n+    spec:\n+      containers:\n+      - name: web\n+        image: ghcr.io/acme/greeting-web:1.4.0\n+        env:\n+        - name: DB_HOST\n+          value: localhost\n"
          }
        ],
        "effect": {
          "restarts": [],
          "starts": [
            {
              "workload": "Deployment greeting-dev/web",
              "pods": 1
            }
          ],
          "stops": [],
          "scales": [],
          "recreates": [],
          "unread": [],
          "budgets": [],
          "volumes": [],
          "amounts": []
        }
      },
      "drift": []
    }
    --- exit code 0
    "#);
}

#[test]
fn a_proposal_on_its_way() {
    let sandbox = greeting();
    propose(&sandbox, "prod", "1.4.0", &[]);
    assert_snapshot!(sandbox.towline(&["await", "prod", "--once"]), @r"
    --- stdout
    prod: ../gitops.git#1 is waiting to be merged
    --- exit code 75
    ");
    assert_snapshot!(sandbox.towline(&["merge", "--pull", "1"]), @r"
    --- stdout
    prod: merged ../gitops.git#1 as [ID]
    --- exit code 0
    ");
    assert_snapshot!(sandbox.towline(&["merge", "prod", "--output", "json"]), @r#"
    --- stdout
    {
      "command": "merge",
      "outcome": "unchanged",
      "environment": "prod",
      "commit": "[ID]",
      "pull": {
        "number": 1,
        "url": "../gitops.git#1",
        "state": "merged",
        "title": "Deploy greeting 1.4.0 to prod",
        "head": "towline/prod/greeting",
        "base": "main",
        "headCommit": "[ID]",
        "mergeCommit": "[ID]"
      }
    }
    --- exit code 0
    "#);
    assert_snapshot!(sandbox.towline(&["await", "prod", "--once"]), @r"
    --- stdout
    prod: nothing yet from kustomization/greeting/*
    --- stderr
    prod: merged as [ID]
    --- exit code 75
    ");
    assert_snapshot!(sandbox.towline(&["await", "prod", "--once", "--output", "json"]), @r#"
    --- stdout
    {
      "command": "await",
      "outcome": "unfinished",
      "environment": "prod",
      "rollout": {
        "state": "look-again",
        "reason": "nothing yet from kustomization/greeting/*",
        "commit": "[ID]",
        "mergedAt": "[TIME]",
        "supersededBy": null,
        "pull": {
          "number": 1,
          "url": "../gitops.git#1",
          "state": "merged",
          "title": "Deploy greeting 1.4.0 to prod",
          "head": "towline/prod/greeting",
          "base": "main",
          "headCommit": "[ID]",
          "mergeCommit": "[ID]"
        },
        "standing": null,
        "reporters": [
          {
            "status": "kustomization/greeting/*",
            "target": null,
            "count": 1,
            "contexts": []
          }
        ],
        "mergedAfterSeconds": "[LENGTH]",
        "firstReportAfterSeconds": null,
        "healthyAfterSeconds": null,
        "lookAgainAt": "[TIME]",
        "lookAgainSeconds": 30,
        "changesAt": "[TIME]"
      }
    }
    --- stderr
    prod: merged as [ID]
    --- exit code 75
    "#);
    sandbox.towline(&["report", "prod", "--context", "kustomization/greeting/one", "--state", "success"]);
    assert_snapshot!(sandbox.towline(&["await", "--pull", "1"]), @"
    --- stdout
    prod: rolled out, merged after [LENGTH], first report after [LENGTH], healthy after [LENGTH]
    --- stderr
    prod: merged as [ID]
    prod kustomization/greeting/one: succeeded
    --- exit code 0
    ");
    assert_snapshot!(propose(&sandbox, "prod", "1.4.0", &[]), @r"
    --- stdout
    nothing to propose: main already has greeting 1.4.0 for prod
    --- exit code 0
    ");
}

#[test]
fn an_older_release() {
    let sandbox = greeting();
    propose(&sandbox, "dev", "1.4.0", &[]);
    sandbox.towline(&["merge", "dev"]);
    assert_snapshot!(propose(&sandbox, "dev", "1.3.0", &[]), @r"
    --- stderr
    error: greeting 1.3.0 for dev is older than 1.4.0, which is already deployed
      hint: use `--allow-older` to propose it anyway
    --- exit code 7
    ");
    assert_snapshot!(propose(&sandbox, "dev", "1.3.0", &["--allow-older"]), @r"
    --- stdout
    proposed greeting 1.3.0 for dev: ../gitops.git#2
    --- exit code 0
    ");
}

#[test]
fn a_branch_that_somebody_changed() {
    let sandbox = greeting();
    propose(&sandbox, "dev", "1.4.0", &[]);
    sandbox.git(".", &["clone", "--quiet", "--branch", "towline/dev/greeting", "gitops.git", "checkout"]);
    sandbox.git("checkout", &["commit", "--quiet", "--allow-empty", "--message", "By hand"]);
    sandbox.git("checkout", &["push", "--quiet", "origin", "HEAD"]);
    assert_snapshot!(sandbox.towline(&["merge", "dev"]), @r"
    --- stderr
    error: dev: the head of ../gitops.git#1 is not what was proposed: people committed to towline/dev/greeting: [ID]
      hint: merge it on the forge if that is what you want, or overwrite their commits with `towline propose dev --release 1.4.0 --image web=ghcr.io/acme/greeting-web:1.4.0 --force`
    --- exit code 3
    ");
    assert_snapshot!(propose(&sandbox, "dev", "1.4.1", &[]), @r"
    --- stderr
    error: cannot propose greeting for dev
      because: people committed to towline/dev/greeting: [ID]
      hint: merge or close that pull request first, or overwrite their commits with `--force`
    --- exit code 3
    ");
    assert_snapshot!(propose(&sandbox, "dev", "1.4.1", &["--force"]), @r"
    --- stdout
    proposed greeting 1.4.1 for dev: ../gitops.git#1
    --- exit code 0
    ");
}

#[test]
fn no_proposal() {
    let sandbox = greeting();
    assert_snapshot!(sandbox.towline(&["merge", "dev"]), @r"
    --- stderr
    error: there is no proposal of greeting for dev
      hint: run `towline propose dev` to create one
    --- exit code 1
    ");
    assert_snapshot!(sandbox.towline(&["merge", "--pull", "7"]), @r"
    --- stderr
    error: pull request 7 is not a proposal of greeting
      because: ../gitops.git has no pull request #7
      hint: `towline status` lists the proposals
    --- exit code 1
    ");
    assert_snapshot!(sandbox.towline(&["merge"]), @r"
    --- stderr
    error: the following required arguments were not provided:
      <ENV|--pull <N>>

    Usage: towline merge <ENV|--pull <N>>

    For more information, try '--help'.
    --- exit code 2
    ");
    assert_snapshot!(sandbox.towline(&["await", "dev", "--output", "json"]), @r#"
    --- stdout
    {
      "command": "await",
      "outcome": "error",
      "error": {
        "message": "nothing is proposed or deployed for environment `dev`",
        "hint": "propose a release with `towline propose dev --release VERSION`, and `--image NAME=TAG` for each image of the pipeline file"
      }
    }
    --- stderr
    error: nothing is proposed or deployed for environment `dev`
      hint: propose a release with `towline propose dev --release VERSION`, and `--image NAME=TAG` for each image of the pipeline file
    --- exit code 1
    "#);
}

/// The next release takes the pull request over. Whoever awaits the one before it is not told of
/// the success of another.
#[test]
fn a_release_is_awaited_by_its_name() {
    let sandbox = greeting();
    propose(&sandbox, "prod", "1.4.0", &[]);
    assert_snapshot!(sandbox.towline(&["await", "prod", "--release", "1.4.0", "--once"]), @"
    --- stdout
    prod: ../gitops.git#1 is waiting to be merged
    --- exit code 75
    ");
    propose(&sandbox, "prod", "1.5.0", &[]);
    sandbox.towline(&["merge", "prod"]);
    sandbox.towline(&["report", "prod", "--context", "kustomization/greeting/one", "--state", "success"]);
    assert_snapshot!(sandbox.towline(&["await", "prod", "--release", "1.4.0"]), @"
    --- stderr
    error: prod: release 1.5.0 has replaced 1.4.0
    --- exit code 7
    ");
    assert_snapshot!(sandbox.towline(&["await", "--pull", "1", "--release", "1.4.0"]), @"
    --- stderr
    error: prod: release 1.5.0 has replaced 1.4.0
    --- exit code 7
    ");
    assert_snapshot!(sandbox.towline(&["await", "prod", "--release", "1.5.0"]), @"
    --- stdout
    prod: 1.5.0 rolled out, merged after [LENGTH], first report after [LENGTH], healthy after [LENGTH]
    --- stderr
    prod: merged as [ID]
    prod kustomization/greeting/one: succeeded
    --- exit code 0
    ");
    // What was done stays done when the next one comes.
    propose(&sandbox, "prod", "1.6.0", &[]);
    assert_snapshot!(sandbox.towline(&["await", "prod", "--release", "1.5.0"]), @"
    --- stdout
    prod: 1.5.0 rolled out, merged after [LENGTH], first report after [LENGTH], healthy after [LENGTH]
    --- stderr
    prod: merged as [ID]
    prod kustomization/greeting/one: succeeded
    --- exit code 0
    ");
    // Once that is deployed, the one before it is not there any more.
    sandbox.towline(&["merge", "prod"]);
    assert_snapshot!(sandbox.towline(&["await", "prod", "--release", "1.5.0"]), @r"
    --- stderr
    prod: merged as [ID]
    prod kustomization/greeting/one: succeeded
    error: prod: it was rolled out, and then release 1.6.0 took over environment `prod` (commit [ID])
    --- exit code 7
    ");
    assert_snapshot!(sandbox.towline(&["await", "dev", "--release", "1.5.0"]), @r"
    --- stderr
    error: nothing is proposed or deployed for environment `dev`
      hint: propose a release with `towline propose dev --release VERSION`, and `--image NAME=TAG` for each image of the pipeline file
    --- exit code 1
    ");
}

#[test]
fn a_rollout_that_failed() {
    let sandbox = greeting();
    let pipeline = sandbox.read("app/towline.yaml").replace("settle: 0s", "settle: 0s, grace: 0s");
    sandbox.write("app/towline.yaml", &pipeline);
    propose(&sandbox, "prod", "1.4.0", &[]);
    sandbox.towline(&["merge", "prod", "--method", "squash"]);
    let report = ["report", "prod", "--context", "kustomization/greeting/one", "--state", "failure"];
    sandbox.towline(&[&report[..], &["--description", "health check failed"]].concat());
    assert_snapshot!(sandbox.towline(&["await", "prod"]), @"
    --- stderr
    prod: merged as [ID]
    prod kustomization/greeting/one: failed (health check failed)
    error: prod: kustomization/greeting/one failed (health check failed)
    --- exit code 5
    ");
    assert_snapshot!(sandbox.towline(&["await", "prod", "--log-format", "json"]), @r#"
    --- stderr
    {"level":"info","subject":"prod","message":"merged as [ID]"}
    {"level":"info","subject":"prod kustomization/greeting/one","message":"failed (health check failed)"}
    {"level":"error","message":"prod: kustomization/greeting/one failed (health check failed)"}
    --- exit code 5
    "#);
}

#[test]
fn what_people_took_out_is_proposed_only_again() {
    let sandbox = greeting();
    let propose = ["propose", "dev", "--release", "1.4.0", "--image", "web=1.4.0"];
    sandbox.towline(&propose);
    sandbox.towline(&["merge", "dev"]);
    sandbox.git(".", &["clone", "--quiet", "gitops.git", "people"]);
    sandbox.git("people", &["revert", "--no-edit", "--mainline=1", "HEAD"]);
    sandbox.git("people", &["push", "--quiet", "origin", "main"]);
    let refused = sandbox.towline(&propose);
    assert_eq!(refused.code, Some(3), "{refused}");
    assert!(refused.stderr.contains("took 1.4.0 out with commit"), "{refused}");
    assert_eq!(sandbox.towline(&[&propose[..], &["--again"]].concat()).code, Some(0));
}

/// Where a proposal comes from, and what the environment before says.
#[test]
fn what_a_proposal_is_made_from() {
    let sandbox = greeting();
    sandbox.git("app", &["init", "--quiet", "--initial-branch=main"]);
    sandbox.git("app", &["remote", "add", "origin", "https://github.com/acme/greeting.git"]);
    let commit = |message: &str| {
        sandbox.git("app", &["add", "."]);
        sandbox.git("app", &["commit", "--quiet", "--allow-empty", "--message", message]);
        sandbox.git("app", &["rev-parse", "HEAD"]).trim().to_owned()
    };
    let body = |number: u64| {
        let pull = sandbox.git("gitops.git", &["show", &format!("refs/towline/forge:pulls/0/{number}.json")]);
        let pull: serde_json::Value = serde_json::from_str(&pull).unwrap();
        pull["body"].as_str().unwrap().to_owned()
    };
    let first = commit("One");
    propose(&sandbox, "dev", "1.4.0", &[]);
    sandbox.towline(&["merge", "dev"]);
    let second = commit("Two");
    propose(&sandbox, "dev", "1.5.0", &[]);
    let page = "https://github.com/acme/greeting";
    let body_of_second = body(2);
    for link in [
        format!("commit [`{}`]({page}/commit/{second})", &second[..12]),
        format!("[changes since `{}`]({page}/compare/{first}...{second})", &first[..12]),
    ] {
        assert!(body_of_second.contains(&link), "{link}: {body_of_second}");
    }
    propose(&sandbox, "prod", "1.5.0", &[]);
    let body_of_prod = body(3);
    assert!(body_of_prod.contains("\nBefore:\n\n- `dev`: `not verified: "), "{body_of_prod}");
    assert!(body_of_prod.contains("Merge this here or with `towline merge prod`."), "{body_of_prod}");
}
