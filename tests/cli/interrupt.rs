//! Ctrl-C, and the signals that mean the same.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use insta::assert_snapshot;
use rustix::process::{Pid, Signal, kill_process};

use super::greeting;
use crate::given::{Run, Sandbox};

/// A command that was started and said something.
struct Started<'a> {
    sandbox: &'a Sandbox,
    child: Child,
    stderr: BufReader<ChildStderr>,
    seen: Vec<u8>,
}

impl<'a> Started<'a> {
    /// Starts the command and waits for its first line of progress.
    fn new(sandbox: &'a Sandbox, arguments: &[&str]) -> Self {
        let mut command = sandbox.command(arguments);
        let mut started = Self::silent(sandbox, &mut command);
        started.stderr.read_until(b'\n', &mut started.seen).unwrap();
        started
    }

    /// Starts a command that says nothing.
    fn silent(sandbox: &'a Sandbox, command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Self { sandbox, child, stderr, seen: Vec::new() }
    }

    fn interrupt(mut self, signal: Signal) -> Run {
        kill_process(Pid::from_raw(self.child.id().cast_signed()).unwrap(), signal).unwrap();
        self.stderr.read_to_end(&mut self.seen).unwrap();
        let output = self.child.wait_with_output().unwrap();
        self.sandbox.run(Output { stderr: self.seen, ..output })
    }
}

#[test]
fn an_interrupted_await() {
    let sandbox = greeting();
    sandbox.towline(&["propose", "prod", "--release", "1.4.0", "--image", "web=1.4.0"]);
    let run = |arguments: &[&str], signal| Started::new(&sandbox, arguments).interrupt(signal);
    assert_snapshot!(run(&["await", "prod"], Signal::INT), @r"
    --- stderr
    prod: ../gitops.git#1 is waiting to be merged
    error: interrupted
      hint: nothing is half-written; run the same command again to continue
    --- exit code 130
    ");
    assert_snapshot!(run(&["await", "prod", "--output", "json"], Signal::TERM), @r#"
    --- stdout
    {
      "command": "await",
      "outcome": "interrupted",
      "error": {
        "message": "interrupted",
        "hint": "nothing is half-written; run the same command again to continue"
      }
    }
    --- stderr
    prod: ../gitops.git#1 is waiting to be merged
    error: interrupted
      hint: nothing is half-written; run the same command again to continue
    --- exit code 130
    "#);
    let mut left: Vec<_> =
        sandbox.path(".").read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["app", "gitops.git", "home"]);
}

#[test]
fn an_interrupted_check_ends_with_all_it_started() {
    let sandbox = greeting();
    let check =
        "merge: auto\n    checks: [{name: smoke, run: 'exec > ../alive; sleep 1000 & echo started; wait'}]";
    sandbox.write("app/towline.yaml", &sandbox.read("app/towline.yaml").replace("merge: auto", check));
    assert!(Command::new("mkfifo").arg(sandbox.path("alive")).status().unwrap().success());
    let promote = ["promote", "--release", "1.4.0", "--image", "web=1.4.0"];
    let started = Started::new(&sandbox, &promote);
    let mut alive = BufReader::new(File::open(sandbox.path("alive")).unwrap());
    alive.read_line(&mut String::new()).unwrap();
    assert_snapshot!(started.interrupt(Signal::INT), @"
    --- stderr
    dev: proposed greeting 1.4.0 for dev: ../gitops.git#1
    dev: merged as [ID]
    dev smoke: running
    error: interrupted
      hint: nothing is half-written; run the same command again to continue
    --- exit code 130
    ");
    // The pipe has an end only when nobody holds it any more.
    alive.read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn an_interrupted_helm_ends_with_all_it_started_and_leaves_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let mut sandbox = greeting();
    sandbox.write("app/deploy/Chart.yaml", "apiVersion: v2\nname: greeting\nversion: 0.1.0\n");
    let alive = sandbox.path("alive");
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = version ] && echo v3.17.0 && exit\nexec > {}\nsleep 1000 & echo started; wait\n",
        alive.display()
    );
    sandbox.write("home/helm", &script);
    std::fs::set_permissions(sandbox.path("home/helm"), std::fs::Permissions::from_mode(0o755)).unwrap();
    sandbox.set("TOWLINE_HELM", sandbox.path("home/helm").display().to_string());
    assert!(Command::new("mkfifo").arg(&alive).status().unwrap().success());
    let mut render =
        sandbox.command(&["render", "dev", "--release", "1", "--image", "web=1", "-o", "../out"]);
    let started = Started::silent(&sandbox, &mut render);
    let mut alive = BufReader::new(File::open(alive).unwrap());
    alive.read_line(&mut String::new()).unwrap();
    assert_snapshot!(started.interrupt(Signal::INT), @r"
    --- stderr
    error: interrupted
      hint: nothing is half-written; run the same command again to continue
    --- exit code 130
    ");
    // The pipe has an end only when nobody holds it any more.
    alive.read_to_end(&mut Vec::new()).unwrap();
    let mut left: Vec<_> =
        sandbox.path(".").read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["alive", "app", "gitops.git", "home"]);
}
