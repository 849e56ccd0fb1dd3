//! The user's own tools: found, checked once, and run so that only what stands in the scratch copy
//! can reach the result.
//!
//! A tool is run without a shell, in a process group of its own, with an environment of our
//! making: `PATH` is the user's, while home, configuration, cache and plugins are empty folders in
//! the scratch copy. The system bounds its memory and keeps it off the network, where it can. Where it
//! cannot, all ways that helm and kustomize have are closed all the same: no repository is configured,
//! `git` may use no transport, and HTTP goes to a proxy that is not there.

use std::collections::{BTreeSet, HashMap};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::{LazyLock, Mutex, PoisonError};

use anyhow::Result;
use regex::Regex;
use semver::Version;

use super::scratch::Scratch;
use crate::process::{self, End, Ended, Limits};
use crate::vocabulary::{Diagnostic, version};

/// Far above what charts need: large ones take seconds and print a few megabytes.
pub const OUTPUT: usize = 64 << 20;

const NOT_TEXT: &str = "save the files that it reads as UTF-8";
const KILLED: &str = "the system stops programs that need more memory than there is";
const TOO_LONG: &str = "if it needs that long, set a longer `timeout` on the step";
const BOMB: &str = "does a template go through far more than intended, or repeat a text again and again?";
/// What Go says then, before pages of what it was doing.
const NO_MEMORY: [&str; 2] =
    ["fatal error: runtime: out of memory", "fatal error: runtime: cannot allocate memory"];
const TOO_MUCH: &str = "render less in one step";

/// What Go's logger writes before a line: `2006/01/02 15:04:05 file.go:12: `, or a part of it.
static LOGGED: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"^(?:\d{4}/\d\d/\d\d \d\d:\d\d:\d\d )?(?:\S+\.go:\d+: )?";
    Regex::new(pattern).expect("the pattern is right")
});

/// What has to be known about a tool to find it, check it and run it.
#[derive(Debug)]
pub struct Kind {
    /// The variable that names the program, over what is on `PATH`.
    pub variable: &'static str,
    /// The program on `PATH`.
    pub program: &'static str,
    /// The subcommand that renders.
    pub subcommand: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// Behind `version`.
    pub version_arguments: &'static [&'static str],
    /// What the version stands behind in the answer.
    pub version_label: &'static str,
    /// The oldest version that will do, and why not an older one.
    pub oldest: (Version, &'static str),
    /// What there is to say when there is none.
    pub missing: &'static str,
    pub install_hint: &'static str,
}

/// A tool that was found and is new enough.
#[derive(Debug, Clone)]
pub struct Tool {
    program: PathBuf,
    kind: &'static Kind,
}

/// What running a tool needs beside its arguments.
#[derive(Debug, Clone, Copy)]
pub struct Runner<'a> {
    /// The process environment, for `PATH` and the variables that name programs.
    pub process: &'a [(String, String)],
    pub limits: Limits,
}

/// What a tool printed.
pub struct Printed {
    pub text: String,
    /// What it said beside it, line by line: sorted, because tools that go through maps say it in
    /// another order each time.
    pub remarks: BTreeSet<String>,
}

impl Runner<'_> {
    /// The tool of this kind, or else the alternative. Its version is not known yet.
    pub fn find(&self, kind: &'static Kind, alternative: Option<&'static Kind>) -> Result<Tool> {
        let kinds = || std::iter::once(kind).chain(alternative);
        Ok(match self.variable(kind.variable).map(PathBuf::from) {
            Some(program) => {
                let is = |kind: &&Kind| program.file_stem().is_some_and(|name| name == kind.program);
                let kind = kinds().find(is).unwrap_or(kind);
                // The program runs in another folder.
                let is_name = program.components().count() == 1;
                Tool { program: if is_name { program } else { std::path::absolute(program)? }, kind }
            }
            None => kinds()
                .find_map(|kind| Some(Tool { program: self.on_path(kind.program)?, kind }))
                .ok_or_else(|| Diagnostic::new(kind.missing).hint(kind.install_hint))?,
        })
    }

    /// Runs the tool in the scratch copy and returns what it printed.
    pub fn run(&self, tool: &Tool, arguments: &[&str], scratch: &Scratch, network: bool) -> Result<Printed> {
        self.printed(tool, tool.kind.subcommand, arguments, scratch, network)
    }

    fn variable(&self, name: &str) -> Option<&str> {
        let found = self.process.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    fn on_path(&self, name: &str) -> Option<PathBuf> {
        std::env::split_paths(self.variable("PATH")?)
            .map(|folder| folder.join(name))
            .find(|file| is_executable(file))
    }

    fn command(&self, tool: &Tool, scratch: &Scratch, network: bool) -> Command {
        let mut command = Command::new(&tool.program);
        command.current_dir(scratch.files()).env_clear();
        if network {
            // Fetching needs the user's credentials, keys and proxies.
            command.envs(self.process.iter().map(|(name, value)| (name, value)));
            return command;
        }
        let home = scratch.home();
        command.envs(self.variable("PATH").map(|path| ("PATH", path)));
        for name in ["HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"] {
            command.env(name, home);
        }
        for name in ["HELM_CONFIG_HOME", "HELM_CACHE_HOME", "HELM_DATA_HOME", "HELM_PLUGINS"] {
            command.env(name, home);
        }
        command.env("KUBECONFIG", home.join("kubeconfig")).env("GIT_ALLOW_PROTOCOL", "");
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"] {
            command.env(name, "http://127.0.0.1:9");
        }
        command
    }

    fn printed(
        &self,
        tool: &Tool,
        subcommand: &str,
        arguments: &[&str],
        scratch: &Scratch,
        network: bool,
    ) -> Result<Printed> {
        let mut command = self.command(tool, scratch, network);
        command.arg(subcommand).args(arguments);
        process::contain(&mut command, network);
        let Ended { how, stdout, stderr } = process::run(command, self.limits).map_err(|error| {
            let message = format!("{} cannot be started: {error}", tool.program.display());
            Diagnostic::new(message).hint(tool.kind.install_hint)
        })?;
        let called = format!("{} {subcommand}", tool.kind.program);
        let said = scratch.without_its_path(&String::from_utf8_lossy(&stderr));
        let (message, hint) = match how {
            End::Exited(status) if status.success() => match String::from_utf8(stdout) {
                Ok(text) => return Ok(Printed { text, remarks: remarks(&said) }),
                Err(_) => (format!("the output of `{called}` is not UTF-8 text"), Some(NOT_TEXT)),
            },
            End::Exited(_) if NO_MEMORY.iter().any(|words| said.contains(words)) => {
                let message = format!("`{called}` needs more than {} GiB of memory", process::MEMORY >> 30);
                (message, Some(BOMB))
            }
            End::Exited(status) => {
                let hint = status.code().is_none().then_some(KILLED);
                (ending(&called, status, &message(&said)), hint)
            }
            End::TimedOut => {
                (format!("`{called}` ran longer than {:?} and was killed", self.limits.time), Some(TOO_LONG))
            }
            End::TooMuchOutput => {
                (format!("`{called}` printed more than {OUTPUT} bytes and was killed"), Some(TOO_MUCH))
            }
        };
        Err(Diagnostic { hint: hint.map(str::to_owned), ..Diagnostic::new(message) }.into())
    }

    /// What is wrong with the tool itself, if something is, in place of the error of a run: a tool that is
    /// too old, or another one, fails, and one that works is not asked for its version. An error with a
    /// hint is explained already.
    pub fn explain(
        &self,
        tool: &Tool,
        error: anyhow::Error,
        at_step: impl Fn(anyhow::Error) -> anyhow::Error,
    ) -> anyhow::Error {
        if error.downcast_ref::<Diagnostic>().is_some_and(|error| error.hint.is_some()) {
            return error;
        }
        self.check(tool).err().map_or(error, at_step)
    }

    /// Refuses a tool that is too old, or something else. It is asked for its version once per process
    /// and program.
    pub fn check(&self, tool: &Tool) -> Result<()> {
        static KNOWN: LazyLock<Mutex<HashMap<PathBuf, Version>>> = LazyLock::new(Mutex::default);
        // The lock is held while the tool runs: everybody else would only run it too.
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let version = match known.get(&tool.program) {
            Some(version) => version,
            None => {
                let version = self.version(tool)?;
                known.entry(tool.program.clone()).or_insert(version)
            }
        };
        let Kind { name, oldest: (oldest, why), install_hint, .. } = tool.kind;
        if version < oldest {
            let program = tool.program.display();
            let message = format!("{program} is {name} {version}, and must be at least {oldest}: {why}");
            return Err(Diagnostic::new(message).hint(*install_hint).into());
        }
        Ok(())
    }

    fn version(&self, tool: &Tool) -> Result<Version> {
        let Kind { name, version_arguments, version_label, install_hint, .. } = tool.kind;
        let scratch = Scratch::new(0)?;
        let Printed { text, .. } = self.printed(tool, "version", version_arguments, &scratch, false)?;
        let found = text.split_once(version_label).and_then(|(_, behind)| version::find_version(behind));
        found.ok_or_else(|| {
            let program = tool.program.display();
            let message = format!("{program} does not report its version, so it may not be {name}");
            Diagnostic::new(message).hint(*install_hint).into()
        })
    }
}

/// A line that a tool says beside what it prints, without the time and place in its source.
fn remarks(said: &str) -> BTreeSet<String> {
    let lines = said.lines().map(|line| LOGGED.replace(line.trim(), "").into_owned());
    lines.filter(|line| !line.is_empty()).collect()
}

/// What a tool says, without what it says around it: helm's advice to use `--debug`, and the time
/// and place in the source that some builds of kubectl log with an error.
fn message(said: &str) -> String {
    let said = said.split("\n\nUse --debug").next().unwrap_or(said).trim();
    let logged = said.split_once(" err=").and_then(|(_, quoted)| serde_json::from_str(quoted).ok());
    logged.unwrap_or_else(|| said.trim_start_matches("Error: ").trim_start_matches("error: ").to_owned())
}

fn ending(called: &str, status: ExitStatus, said: &str) -> String {
    let how = match status.code() {
        Some(code) => format!("failed with exit code {code}"),
        None => format!("was killed ({status})"),
    };
    if said.is_empty() {
        format!("`{called}` {how} and printed nothing")
    } else {
        format!("`{called}` {how}: {said}")
    }
}

fn is_executable(file: &Path) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}
