//! Warnings have ids, are said by every command that renders, once, and are errors when strict.

use insta::assert_snapshot;
use towline::vocabulary::WarningId;

use super::{DEPLOYMENT, PIPELINE};
use crate::given::Sandbox;

const CANARY: &str =
    "apiVersion: flagger.app/v1beta1\nkind: Canary\nmetadata: {name: web}\nspec: {targetRef: {name: web}}\n";
const RELEASE: [&str; 4] = ["--release", "1.4.0", "--image", "web=1.4.0"];

/// Two environments in which Flux cannot judge a resource.
fn sandbox(settings: &str) -> Sandbox {
    let pipeline =
        PIPELINE.replace("{reporters: none}", "{reporters: [{flux: {kustomization: dev}}], settle: 0s}");
    let pipeline =
        pipeline.replace("{status: \"kustomization/greeting/*\"}", "{flux: {kustomization: prod}}");
    Sandbox::with_application(&[
        ("towline.yaml", &format!("{settings}{pipeline}")),
        ("config/prod.yaml", "replicas: 3\n"),
        ("deploy/web.yaml", DEPLOYMENT),
        ("deploy/canary.yaml", CANARY),
    ])
}

#[test]
fn every_command_that_renders_says_a_warning_once() {
    let sandbox = sandbox("");
    for command in [&["render"][..], &["validate"], &["propose", "dev"], &["promote", "--once"]] {
        let release: &[&str] = if command == ["validate"] { &[] } else { &RELEASE };
        let said = sandbox.towline(&[command, release].concat());
        let warnings = said.stderr.matches("warning[unjudged-health]: deploy/canary.yaml:1").count();
        assert_eq!(warnings, 1, "{command:?}: {said}");
    }
}

#[test]
fn strict_makes_warnings_errors_before_anything_is_written() {
    for (settings, flag) in [("strict: true\n", &[][..]), ("", &["--strict"])] {
        let sandbox = sandbox(settings);
        for command in [&["render"][..], &["validate"], &["propose", "dev"], &["promote", "--once"]] {
            let release: &[&str] = if command == ["validate"] { &[] } else { &RELEASE };
            let refused = sandbox.towline(&[command, release, flag].concat());
            assert_eq!(refused.code, Some(1), "{command:?}: {refused}");
            assert!(
                refused.stderr.contains("(warning `unjudged-health`, an error with `strict`)"),
                "{refused}"
            );
        }
        assert_eq!(sandbox.git("gitops.git", &["for-each-ref", "refs/heads/towline"]), "");
    }
}

#[test]
fn several_warnings_are_told_at_once() {
    let sandbox = sandbox("strict: true\n");
    sandbox.write("app/deploy/run.yaml", "apiVersion: tekton.dev/v1\nkind: TaskRun\nmetadata: {name: web}\n");
    assert_snapshot!(sandbox.towline(&["validate"]), @r"
    --- stdout
    towline.yaml: 2 environments
    dev: failed
    prod: failed
    --- stderr
    error: cannot render greeting for dev
      because: 2 warnings, which are errors with `strict`:
        - deploy/canary.yaml:1: Flux reports success as soon as it has applied Canary web: its progress is in `status.phase`, which Flux does not read (`unjudged-health`)
        - deploy/run.yaml:1: Flux reports success as soon as it has applied TaskRun web: its condition is `Succeeded`, which Flux does not read (`unjudged-health`)
      hint: run the command without `strict` for what to do about each
    error: cannot render greeting for prod
      because: 2 warnings, which are errors with `strict`:
        - deploy/canary.yaml:1: Flux reports success as soon as it has applied Canary web: its progress is in `status.phase`, which Flux does not read (`unjudged-health`)
        - deploy/run.yaml:1: Flux reports success as soon as it has applied TaskRun web: its condition is `Succeeded`, which Flux does not read (`unjudged-health`)
      hint: run the command without `strict` for what to do about each
    error: 2 of 2 environments cannot be rendered
    --- exit code 1
    ");
}

#[test]
fn every_json_has_them() {
    let sandbox = sandbox("");
    let ids = |arguments: &[&str]| {
        let ran = sandbox.towline(&[arguments, &["--output", "json", "--quiet"]].concat());
        let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let warnings = json["warnings"].as_array().cloned().unwrap_or_default();
        warnings.iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let released = |command: &[&'static str]| [command, &RELEASE].concat();
    assert_eq!(ids(&released(&["render", "dev"])), ["unjudged-health"]);
    assert_eq!(ids(&["validate"]), ["unjudged-health"]);
    assert_eq!(ids(&released(&["propose", "dev"])), ["unjudged-health"]);
    assert_eq!(ids(&released(&["promote", "--once"])), ["unjudged-health"]);
    assert!(ids(&["schema"]).is_empty());
}

/// The table of docs/warnings.md.
#[test]
fn every_warning_is_documented() {
    let mut ids = WarningId::ALL.to_vec();
    ids.sort_by_key(|id| id.as_str());
    let rows = ids.iter().map(|id| format!("| `{id}` | {} |\n", id.description()));
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/warnings.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let (before, _) = document.split_once("|---|---|\n").unwrap();
    let written = format!("{before}|---|---|\n{}", rows.collect::<String>());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, written).unwrap();
    } else {
        assert_eq!(document, written, "run this test with UPDATE=1");
    }
}
