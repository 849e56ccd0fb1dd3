//! `towline report`: a status on a commit of the GitOps repository.

use insta::assert_snapshot;

use super::greeting;
use crate::given::Sandbox;

/// An application whose release 1.4.0 is merged in prod.
fn deployed() -> Sandbox {
    let sandbox = greeting();
    sandbox.towline(&["propose", "prod", "--release", "1.4.0", "--image", "web=1.4.0"]);
    sandbox.towline(&["merge", "prod"]);
    sandbox
}

#[test]
fn a_status_on_the_deployment() {
    let sandbox = deployed();
    let context = "kustomization/greeting/one";
    let mut arguments = vec!["report", "prod", "--context", context, "--state", "pending"];
    assert_snapshot!(sandbox.towline(&arguments), @r"
    --- stdout
    prod: kustomization/greeting/one is pending on [ID]
    --- exit code 0
    ");
    arguments.extend(["--description", "Applied revision", "--url", "https://example.com"]);
    arguments.extend(["--output", "json"]);
    assert_snapshot!(sandbox.towline(&arguments), @r#"
    --- stdout
    {
      "command": "report",
      "outcome": "done",
      "environment": "prod",
      "commit": "[ID]",
      "context": "kustomization/greeting/one",
      "state": "pending"
    }
    --- exit code 0
    "#);
    let notes = sandbox.git("gitops.git", &["notes", "--ref=towline-statuses", "show", "main"]);
    assert_eq!(notes.lines().count(), 2, "{notes}");
}

/// The tip of the branch may be another environment's deployment.
#[test]
fn nothing_to_report_on() {
    let sandbox = deployed();
    let tip = sandbox.git("gitops.git", &["rev-parse", "main"]);
    let report = ["report", "dev", "--context", "smoke", "--state", "success"];
    assert_snapshot!(sandbox.towline(&report), @r"
    --- stderr
    error: nothing is proposed or deployed for environment `dev`
      hint: propose a release with `towline propose dev --release VERSION`, and `--image NAME=TAG` for each image of the pipeline file
    --- exit code 1
    ");
    assert_snapshot!(sandbox.towline(&[&report[..], &["--commit", &tip]].concat()), @"
    --- stderr
    error: commit [ID] has no deployment of greeting in `dev`
      hint: leave out `--commit` to report on the latest deployment
    --- exit code 1
    ");
}

#[test]
fn a_status_on_what_was_merged() {
    let sandbox = greeting();
    for environment in ["prod", "dev"] {
        sandbox.towline(&["propose", environment, "--release", "1.4.0", "--image", "web=1.4.0"]);
        sandbox.towline(&["merge", environment]);
    }
    sandbox.towline(&["report", "prod", "--context", "smoke", "--state", "success"]);
    let notes = sandbox.git("gitops.git", &["notes", "--ref=towline-statuses", "show", "main^1"]);
    assert_eq!(notes.lines().count(), 1, "{notes}");
}

#[test]
fn a_commit_that_is_not_there() {
    let sandbox = greeting();
    let arguments = ["report", "dev", "--context", "a", "--state", "success", "--commit"];
    assert_snapshot!(sandbox.towline(&[&arguments[..], &["main"]].concat()), @r"
    --- stderr
    error: invalid value 'main' for '--commit <SHA>': not a full commit id

    For more information, try '--help'.
    --- exit code 2
    ");
    let unknown = "0123456789012345678901234567890123456789";
    assert_snapshot!(sandbox.towline(&[&arguments[..], &[unknown]].concat()), @r"
    --- stderr
    error: cannot report on this commit
      because: ../gitops.git has no commit [ID]
    --- exit code 1
    ");
}

#[test]
fn a_context_that_is_no_report() {
    let sandbox = greeting();
    for (context, says) in [("", "the context is empty"), ("towline/greeting/dev", "are Towline's own")] {
        let run = sandbox.towline(&["report", "dev", "--context", context, "--state", "success"]);
        assert_eq!(run.code, Some(2), "{run}");
        assert!(run.stderr.contains(says), "{run}");
    }
}
