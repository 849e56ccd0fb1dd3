//! Command lines that cannot be read, and the options that every command has.

use std::process::Stdio;

use insta::assert_snapshot;

use super::greeting;
use crate::given::Sandbox;

#[test]
fn no_command() {
    let run = greeting().towline(&[]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.contains("Usage: towline [OPTIONS] <COMMAND>"), "{}", run.stderr);
    assert_snapshot!(greeting().towline(&["--output", "json"]), @r#"
    --- stdout
    {
      "command": null,
      "outcome": "usage",
      "error": {
        "message": "no command was given",
        "hint": "`towline --help` lists the commands"
      }
    }
    --- stderr
    error: 'towline' requires a subcommand but one was not provided
      [subcommands: render, propose, await, promote, rollback, merge, approve, override, remove, report, resume, status, verify, validate, init, completions, schema, help]

    Usage: towline [OPTIONS] <COMMAND>

    For more information, try '--help'.
    --- exit code 2
    "#);
}

#[test]
fn a_misspelled_command() {
    assert_snapshot!(greeting().towline(&["reprot", "dev"]), @r"
    --- stderr
    error: unrecognized subcommand 'reprot'

      tip: a similar subcommand exists: 'report'

    Usage: towline [OPTIONS] <COMMAND>

    For more information, try '--help'.
    --- exit code 2
    ");
    assert_snapshot!(greeting().towline(&["reprot", "dev", "--output=json"]), @r#"
    --- stdout
    {
      "command": null,
      "outcome": "usage",
      "error": {
        "message": "unrecognized subcommand 'reprot'",
        "hint": "did you mean report?"
      }
    }
    --- stderr
    error: unrecognized subcommand 'reprot'

      tip: a similar subcommand exists: 'report'

    Usage: towline [OPTIONS] <COMMAND>

    For more information, try '--help'.
    --- exit code 2
    "#);
}

#[test]
fn a_missing_option() {
    assert_snapshot!(greeting().towline(&["report", "dev", "--state", "success"]), @r"
    --- stderr
    error: the following required arguments were not provided:
      --context <CONTEXT>

    Usage: towline report --context <CONTEXT> --state <STATE> <ENV>

    For more information, try '--help'.
    --- exit code 2
    ");
    assert_snapshot!(greeting().towline(&["report", "dev", "--state", "success", "--output", "json"]), @r#"
    --- stdout
    {
      "command": "report",
      "outcome": "usage",
      "error": {
        "message": "the following required arguments were not provided: --context <CONTEXT>"
      }
    }
    --- stderr
    error: the following required arguments were not provided:
      --context <CONTEXT>

    Usage: towline report --context <CONTEXT> --state <STATE> --output <FORMAT> <ENV>

    For more information, try '--help'.
    --- exit code 2
    "#);
}

#[test]
fn an_environment_that_is_not_there() {
    let arguments = ["report", "prd", "--context", "a", "--state", "success"];
    assert_snapshot!(greeting().towline(&arguments), @r"
    --- stderr
    error: towline.yaml: there is no environment `prd`
      hint: did you mean `prod`?
    --- exit code 1
    ");
    assert_snapshot!(greeting().towline(&[&arguments[..], &["--output", "json"]].concat()), @r#"
    --- stdout
    {
      "command": "report",
      "outcome": "error",
      "error": {
        "message": "there is no environment `prd`",
        "place": {
          "file": "towline.yaml"
        },
        "hint": "did you mean `prod`?"
      }
    }
    --- stderr
    error: towline.yaml: there is no environment `prd`
      hint: did you mean `prod`?
    --- exit code 1
    "#);
    assert_snapshot!(greeting().towline(&[&arguments[..], &["--log-format", "json"]].concat()), @r#"
    --- stderr
    {"level":"error","message":"there is no environment `prd`","place":{"file":"towline.yaml"},"hint":"did you mean `prod`?"}
    --- exit code 1
    "#);
}

#[test]
fn colours_when_they_are_asked_for() {
    let mut sandbox = Sandbox::new();
    let escape = |run: crate::given::Run| run.stderr.replace('\x1b', "ESC");
    assert_snapshot!(escape(sandbox.towline(&["--color", "always", "-C", "nowhere", "schema"])), @r"
    ESC[1mESC[31merror:ESC[0m cannot change to folder nowhere
      because: No such file or directory (os error 2)
    ");
    sandbox.set("CLICOLOR_FORCE", "1");
    assert_snapshot!(escape(sandbox.towline(&["-C", "nowhere", "schema"])), @r"
    ESC[1mESC[31merror:ESC[0m cannot change to folder nowhere
      because: No such file or directory (os error 2)
    ");
    assert_snapshot!(escape(sandbox.towline(&["--color", "never", "-C", "nowhere", "schema"])), @r"
    error: cannot change to folder nowhere
      because: No such file or directory (os error 2)
    ");
}

#[test]
fn what_was_typed_wrongly_is_shown_without_secrets() {
    let mut sandbox = Sandbox::new();
    sandbox.set("TOWLINE_TOKEN", "us4ge-t0ken");
    for color in ["always", "never"] {
        let run = sandbox.towline(&["--color", color, "render", "--us4ge-t0ken"]);
        assert!(run.code == Some(2) && run.stderr.contains("(secret)"), "{run}");
        assert!(!run.stderr.contains("us4ge"), "{run}");
        let help = sandbox.towline(&["--color", color, "--help"]).stdout;
        assert!([run.stderr, help].iter().all(|text| text.contains('\x1b') == (color == "always")));
    }
}

#[test]
fn another_folder_and_another_file() {
    let sandbox = greeting();
    sandbox.write("elsewhere/empty", "");
    sandbox.towline(&["propose", "dev", "--release", "1.4.0", "--image", "web=1.4.0"]);
    sandbox.towline(&["merge", "dev"]);
    let report = ["report", "dev", "--context", "a", "--state", "success"];
    let from = |arguments: &[&str]| {
        let mut command = sandbox.command(&[arguments, &report[..]].concat());
        sandbox.run(command.current_dir(sandbox.path("elsewhere")).output().unwrap())
    };
    assert_snapshot!(from(&[]), @r"
    --- stderr
    error: towline.yaml: cannot read the pipeline file: No such file or directory (os error 2)
      hint: run `towline init` to create one, or pass its path with `--file`
    --- exit code 1
    ");
    assert_snapshot!(from(&["-C", "../app"]), @"
    --- stdout
    dev: a is success on [ID]
    --- exit code 0
    ");
    assert_snapshot!(from(&["-C", "..", "--file", "app/towline.yaml"]), @"
    --- stdout
    dev: a is success on [ID]
    --- exit code 0
    ");
    assert_snapshot!(from(&["--file", "../app/towline.yaml"]), @"
    --- stdout
    dev: a is success on [ID]
    --- exit code 0
    ");
}

#[test]
fn a_reader_that_goes_away() {
    let sandbox = greeting();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = sandbox.command(&["schema"]).stdout(writer).stderr(Stdio::piped()).output().unwrap();
    assert_snapshot!(sandbox.run(output), @"--- exit code 0");
}

#[test]
fn a_full_disk_behind_stdout() {
    let sandbox = greeting();
    let full = std::fs::File::create("/dev/full").unwrap();
    let output = sandbox.command(&["schema"]).stdout(full).output().unwrap();
    assert_snapshot!(sandbox.run(output), @r"
    --- stderr
    error: cannot write to standard output
      because: No space left on device (os error 28)
    --- exit code 1
    ");
}
