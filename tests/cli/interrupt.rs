//! Ctrl-C, and the signals that mean the same.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};

use insta::assert_snapshot;
use rustix::process::{Pid, Signal, kill_process};

use crate::common::{Run, Sandbox};
use crate::greeting;

/// Starts the command, waits for its first line of progress, and interrupts it.
fn interrupted(sandbox: &Sandbox, arguments: &[&str], signal: Signal) -> Run {
    let mut command = sandbox.command(arguments);
    let mut child: Child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut seen = Vec::new();
    stderr.read_until(b'\n', &mut seen).unwrap();
    kill_process(Pid::from_raw(child.id().cast_signed()).unwrap(), signal).unwrap();
    stderr.read_to_end(&mut seen).unwrap();
    let output = child.wait_with_output().unwrap();
    sandbox.run(std::process::Output { stderr: seen, ..output })
}

#[test]
fn an_interrupted_await() {
    let sandbox = greeting();
    sandbox.towline(&["propose", "prod", "--release", "1.4.0", "--image", "web=1.4.0"]);
    assert_snapshot!(interrupted(&sandbox, &["await", "prod"], Signal::INT), @r"
    --- stderr
    prod: ./../gitops.git#1 waits to be merged
    error: interrupted
      hint: nothing is half-written; run the same command again, and it goes on from here
    --- exit code 130
    ");
    assert_snapshot!(interrupted(&sandbox, &["await", "prod", "--output", "json"], Signal::TERM), @r#"
    --- stdout
    {
      "command": "await",
      "outcome": "interrupted",
      "error": {
        "message": "interrupted",
        "hint": "nothing is half-written; run the same command again, and it goes on from here"
      }
    }
    --- stderr
    prod: ./../gitops.git#1 waits to be merged
    error: interrupted
      hint: nothing is half-written; run the same command again, and it goes on from here
    --- exit code 130
    "#);
    let temporary: Vec<_> = std::fs::read_dir(sandbox.path(".")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(temporary.len(), 3, "{temporary:?}");
}
