//! `--output json`: what each command prints, on success (docs/json.md) and on failure, and that it
//! fits the command's JSON Schema, which [`crate::given::schema`] checks of every answer that a
//! test sees.
//!
//! After a change of what is printed: `UPDATE=1 cargo test cli::json::`, and read the difference.

mod document;

use std::path::Path;

use insta::assert_snapshot;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};
use towline::report::Answer;
use towline::report::output::{COMMANDS, LogLine, Output, ResumeOutput, Resumed, json_schema};
use towline::vocabulary::Outcome;

use self::document::{Command, Example, document};
use crate::cli::greeting;
use crate::given::{Sandbox, schema};

const RELEASE: [&str; 4] = ["--release", "1.4.0", "--image", "web=1.4.0"];

fn json(sandbox: &Sandbox, arguments: &[&str]) -> String {
    sandbox.towline(&[arguments, &["--output", "json"]].concat()).stdout
}

#[test]
fn every_command_has_a_schema() {
    let help = Sandbox::new().towline(&["--help"]).stdout;
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let named = commands.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let named: Vec<_> = named.filter(|name| !name.is_empty() && *name != "help").collect();
    assert_eq!(named, COMMANDS.map(|(name, _)| name));
}

#[test]
fn the_schema_of_an_output() {
    for (command, _) in COMMANDS {
        let printed = Sandbox::new().towline(&["schema", "--output-of", command]).stdout;
        let printed: Value = serde_json::from_str(&printed).unwrap();
        assert_eq!(printed, json_schema(command).unwrap());
    }
    assert_snapshot!(json(&Sandbox::new(), &["schema", "--output-of", "everything"]), @r#"
    {
      "command": "schema",
      "outcome": "usage",
      "error": {
        "message": "invalid value 'everything' for '--output-of <COMMAND>' [possible values: render, propose, await, promote, rollback, merge, approve, override, remove, report, resume, status, verify, validate, init, completions, schema]"
      }
    }
    "#);
}

#[test]
fn what_does_not_fit_is_refused() {
    let answer = json(&greeting(), &["promote", "--plan"]);
    let mut answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(schema::errors(&answer), [""; 0]);
    answer["plan"][0]["merge"] = json!("sometimes");
    assert_ne!(schema::errors(&answer), [""; 0]);
    answer.as_object_mut().unwrap().remove("plan");
    assert_ne!(schema::errors(&answer), [""; 0]);
}

#[test]
fn failures() {
    let sandbox = greeting();
    std::fs::rename(sandbox.path("gitops.git"), sandbox.path("away.git")).unwrap();
    let failures: [&[&str]; 9] = [
        &["render", "nowhere"],
        &["propose", "dev", "--release", "1.4.0", "--image", "web=1.4.0"],
        &["await", "prod", "--once"],
        &["promote", "--release", "1.4.0"],
        &["merge", "prod", "--when"],
        &["resume", "event", "https://example.com/acme/greeting"],
        &["status"],
        &["init"],
        &["completions", "csh"],
    ];
    let printed = failures.map(|typed| format!("$ towline {}\n{}", typed.join(" "), json(&sandbox, typed)));
    assert_snapshot!(printed.concat(), @r#"
    $ towline render nowhere
    {
      "command": "render",
      "outcome": "error",
      "error": {
        "message": "there is no environment `nowhere`",
        "place": {
          "file": "towline.yaml"
        },
        "hint": "there are: dev, prod"
      }
    }
    $ towline propose dev --release 1.4.0 --image web=1.4.0
    {
      "command": "propose",
      "outcome": "error",
      "error": {
        "message": "the GitOps repository ../gitops.git does not exist",
        "hint": "create it with `git init --bare ../gitops.git`, or correct `gitops.repository`"
      }
    }
    $ towline await prod --once
    {
      "command": "await",
      "outcome": "error",
      "error": {
        "message": "the GitOps repository ../gitops.git does not exist",
        "hint": "create it with `git init --bare ../gitops.git`, or correct `gitops.repository`"
      }
    }
    $ towline promote --release 1.4.0
    {
      "command": "promote",
      "outcome": "error",
      "error": {
        "message": "the release has no tag or digest for the image `web`",
        "place": {
          "file": "towline.yaml",
          "line": 5,
          "column": 8
        },
        "hint": "pass `--image web=TAG`, or all of them with `--images FILE`"
      }
    }
    $ towline merge prod --when
    {
      "command": "merge",
      "outcome": "usage",
      "error": {
        "message": "unexpected argument '--when' found",
        "hint": "did you mean --when-ready?"
      }
    }
    $ towline resume event https://example.com/acme/greeting
    {
      "command": "resume",
      "outcome": "error",
      "error": {
        "message": "cannot detect the forge from the host `example.com`",
        "hint": "add `--forge github` or `--forge gitea`"
      }
    }
    $ towline status
    {
      "command": "status",
      "outcome": "error",
      "error": {
        "message": "cannot open environment `dev`: the GitOps repository ../gitops.git does not exist",
        "hint": "create it with `git init --bare ../gitops.git`, or correct `gitops.repository`"
      }
    }
    $ towline init
    {
      "command": "init",
      "outcome": "refused",
      "error": {
        "message": "the file already exists",
        "place": {
          "file": "towline.yaml"
        },
        "hint": "check it with `towline validate --file towline.yaml`, or pass another path with `--file`"
      }
    }
    $ towline completions csh
    {
      "command": "completions",
      "outcome": "usage",
      "error": {
        "message": "invalid value 'csh' for '<SHELL>' [possible values: bash, elvish, fish, powershell, zsh]",
        "hint": "did you mean zsh?"
      }
    }
    "#);
}

#[test]
fn a_promotion_that_is_refused_says_what_it_came_to() {
    let printed = json(&greeting(), &[&["promote", "--only", "prod"], &RELEASE[..]].concat());
    assert_snapshot!(printed, @r#"
    {
      "command": "promote",
      "outcome": "refused",
      "error": {
        "message": "prod: release 1.4.0 is not verified in environment `dev`, which `prod` needs: it has no verdict there; run `towline promote --to dev --release 1.4.0 --image web=ghcr.io/acme/greeting-web:1.4.0` first"
      },
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
          "environment": "prod",
          "outcome": "refused",
          "reason": "release 1.4.0 is not verified in environment `dev`, which `prod` needs: it has no verdict there; run `towline promote --to dev --release 1.4.0 --image web=ghcr.io/acme/greeting-web:1.4.0` first",
          "commit": null,
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
    "#);
}

#[test]
fn the_document_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json.md");
    let written = std::fs::read_to_string(&path).unwrap();
    let mut commands =
        COMMANDS.map(|(name, _)| Command { name, schema: json_schema(name).unwrap(), examples: Vec::new() });
    for example in examples() {
        let command = commands.iter_mut().find(|it| example.typed.split(' ').nth(1) == Some(it.name));
        command.unwrap().examples.push(example);
    }
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let log_line = Value::from(generator.into_root_schema_for::<LogLine>());
    let wanted = document(&written, &commands, &log_line);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written == wanted, "docs/json.md is out of date: UPDATE=1 cargo test cli::json::");
}

/// A release on its way, command by command.
fn examples() -> Vec<Example> {
    let sandbox = greeting();
    sandbox.write("new/deploy/web.yaml", &sandbox.read("app/deploy/web.yaml"));
    let with_release = |arguments: &[&'static str]| [arguments, &RELEASE[..]].concat();
    let steps: [Vec<&str>; 12] = [
        vec!["validate"],
        with_release(&["render", "dev", "--output-dir", "out"]),
        with_release(&["render", "prod", "--explain"]),
        vec!["promote", "--plan"],
        with_release(&["propose", "prod"]),
        vec!["await", "prod", "--once"],
        vec!["merge", "prod"],
        vec!["report", "prod", "--context", "kustomization/greeting/one", "--state", "success"],
        with_release(&["promote"]),
        vec!["status"],
        vec!["status", "prod"],
        vec!["status", "--history", "prod"],
    ];
    let example = |typed: Vec<&str>| Example {
        typed: format!("towline {}", typed.join(" ")),
        printed: readable(&json(&sandbox, &typed)),
    };
    let init = Example {
        typed: "towline init".to_owned(),
        printed: readable(&json(&sandbox, &["-C", "../new", "init"])),
    };
    let rollback = || {
        sandbox.towline(&["promote", "--to", "dev", "--release", "1.5.0", "--image", "web=1.5.0"]);
        example(vec!["rollback", "dev"])
    };
    let steps = steps.into_iter().map(example);
    steps.chain(std::iter::once_with(rollback)).chain([init, resume()]).collect()
}

/// What no server needs to be there for.
fn resume() -> Example {
    let url = "https://github.com/acme/greeting";
    let output = ResumeOutput { resumed: Resumed::Event, url: url.to_owned(), name: "towline".to_owned() };
    let answer = Answer::new(Outcome::Done).output(Output::Resume(output));
    Example {
        typed: format!("towline resume event {url}"),
        printed: serde_json::to_string_pretty(&answer.envelope("resume", [])).unwrap() + "\n",
    }
}

/// Values that look real in place of those that differ from run to run.
fn readable(printed: &str) -> String {
    let age = regex::Regex::new(r#""ageSeconds": \d+"#).unwrap();
    age.replace_all(printed, "\"ageSeconds\": 90")
        .replace("[ID]", "8c3d2f0a6b1e4d5c9f7a0b2c4e6d8f1a3b5c7d9e")
        .replace("[TIME]", "2026-01-05T09:00:00Z")
        .replace("\"[LENGTH]\"", "12")
}
