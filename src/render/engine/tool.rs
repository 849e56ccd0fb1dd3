//! The user's own tools: found, checked once, and run so that only what stands in the scratch copy
//! can reach the result.
//!
//! A tool is run without a shell, in a process group of its own, with an environment of our
//! making: `PATH` is the user's, while home, configuration, cache and plugins are empty folders in
//! the scratch copy. Without a sandbox of the operating system a tool cannot be kept off the
//! network, but all ways that helm and kustomize have are closed: no repository is configured,
//! `git` may use no transport, and HTTP goes to a proxy that is not there.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::{LazyLock, Mutex, PoisonError};

use anyhow::{Context, Result};

use super::scratch::Scratch;
use crate::process::{self, End, Ended, Limits};
use crate::vocabulary::Diagnostic;

/// What running a tool needs beside its arguments.
#[derive(Debug, Clone, Copy)]
pub struct Runner<'a> {
    /// The process environment, for `PATH`, `TOWLINE_HELM` and `TOWLINE_KUSTOMIZE`.
    pub process: &'a [(String, String)],
    pub limits: Limits,
}

/// Far above what charts need: large ones take seconds and print a few megabytes.
pub const OUTPUT: usize = 64 << 20;

/// A tool that was found and is new enough.
#[derive(Debug, Clone)]
pub struct Tool {
    program: PathBuf,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Helm,
    Kustomize,
    /// `kubectl kustomize`
    Kubectl,
}

type Version = (u64, u64, u64);

impl Runner<'_> {
    pub fn helm(&self) -> Result<Tool> {
        let program = match self.variable("TOWLINE_HELM") {
            Some(path) => PathBuf::from(path),
            None => self.on_path("helm").ok_or_else(|| missing(Kind::Helm))?,
        };
        self.checked(Tool { program, kind: Kind::Helm })
    }

    /// `kustomize`, or else the one in `kubectl`.
    pub fn kustomize(&self) -> Result<Tool> {
        let kustomize = |program| Tool { program, kind: Kind::Kustomize };
        let kubectl = |program| Tool { program, kind: Kind::Kubectl };
        let tool = match self.variable("TOWLINE_KUSTOMIZE").map(PathBuf::from) {
            Some(path) if path.file_stem().is_some_and(|name| name == "kubectl") => kubectl(path),
            Some(path) => kustomize(path),
            None => (self.on_path("kustomize").map(kustomize))
                .or_else(|| self.on_path("kubectl").map(kubectl))
                .ok_or_else(|| missing(Kind::Kustomize))?,
        };
        self.checked(tool)
    }

    /// Runs the tool in the scratch copy and returns what it printed.
    pub fn run(&self, tool: &Tool, arguments: &[&str], scratch: &Scratch, network: bool) -> Result<String> {
        let mut command = self.command(tool, scratch, network);
        command.args(tool.kind.subcommand()).args(arguments);
        let ended = process::run(&mut command, self.limits)
            .map_err(|error| tool.kind.cannot_start(&tool.program, &error))?;
        self.printed(tool, arguments, ended, scratch)
    }

    fn variable(&self, name: &str) -> Option<&str> {
        let found = self.process.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    fn on_path(&self, name: &str) -> Option<PathBuf> {
        let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        std::env::split_paths(self.variable("PATH")?)
            .map(|folder| folder.join(&name))
            .find(|file| executable(file))
    }

    fn command(&self, tool: &Tool, scratch: &Scratch, network: bool) -> Command {
        let mut command = Command::new(&tool.program);
        command.current_dir(scratch.files());
        if network {
            // Fetching needs the user's credentials, keys and proxies.
            command.env_clear().envs(self.process.iter().map(|(name, value)| (name, value)));
            return command;
        }
        let home = scratch.home();
        let kept = ["PATH", "SystemRoot"];
        command.env_clear().envs(kept.iter().filter_map(|name| Some((name, self.variable(name)?))));
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

    fn printed(&self, tool: &Tool, arguments: &[&str], ended: Ended, scratch: &Scratch) -> Result<String> {
        let said = scratch.without_its_path(&String::from_utf8_lossy(&ended.stderr));
        let said = message(&said);
        let called = tool.kind.called(arguments);
        let failed = match ended.how {
            End::Exited(status) if status.success() => {
                return String::from_utf8(ended.stdout).map_err(|_| {
                    let message = format!("`{called}` printed what is not UTF-8 text");
                    Diagnostic::new(message).hint(tool.kind.check_hint(&tool.program)).into()
                });
            }
            End::Exited(status) => Diagnostic::new(ending(&called, status, &said)),
            End::TimedOut => {
                Diagnostic::new(format!("`{called}` ran longer than {:?} and was ended", self.limits.time))
                    .hint(tool.kind.check_hint(&tool.program))
            }
            End::TooMuchOutput => {
                let message =
                    format!("`{called}` printed more than {} bytes and was ended", self.limits.output);
                Diagnostic::new(message).hint(tool.kind.check_hint(&tool.program))
            }
        };
        Err(match ended.how {
            End::Exited(status) if status.code().is_none() => {
                failed.hint(tool.kind.check_hint(&tool.program)).into()
            }
            _ => failed.into(),
        })
    }

    /// Asks the tool for its version, once per process and program.
    fn checked(&self, tool: Tool) -> Result<Tool> {
        static KNOWN: LazyLock<Mutex<HashMap<PathBuf, Version>>> = LazyLock::new(Mutex::default);
        // The lock is held while the tool runs: everybody else would only run it too.
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let version = match known.get(&tool.program) {
            Some(version) => *version,
            None => {
                let version = self.version(&tool)?;
                known.insert(tool.program.clone(), version);
                version
            }
        };
        if version < tool.kind.oldest().0 {
            return Err(too_old(&tool, version));
        }
        Ok(tool)
    }

    fn version(&self, tool: &Tool) -> Result<Version> {
        let scratch = Scratch::new()?;
        let arguments = tool.kind.version_arguments();
        let mut command = self.command(tool, &scratch, false);
        let ended = process::run(command.args(arguments), self.limits)
            .map_err(|error| tool.kind.cannot_start(&tool.program, &error))?;
        let text = self.printed(tool, arguments, ended, &scratch).context("cannot ask for its version")?;
        tool.kind.read_version(&text).ok_or_else(|| {
            let program = tool.program.display();
            let message = format!(
                "{program} does not tell its version, so it is not {} as we know it",
                tool.kind.name()
            );
            Diagnostic::new(message).hint(tool.kind.install_hint()).into()
        })
    }
}

impl Tool {
    /// The error for output that makes no sense: with what it was about, and how to look at it.
    pub fn garbage(&self, why: &anyhow::Error) -> anyhow::Error {
        let message = format!("what {} printed is not a list of manifests: {why}", self.kind.name());
        Diagnostic::new(message).hint(self.kind.check_hint(&self.program)).into()
    }
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Helm => "helm",
            Kind::Kustomize => "kustomize",
            Kind::Kubectl => "kubectl kustomize",
        }
    }

    fn subcommand(self) -> &'static [&'static str] {
        match self {
            Kind::Helm => &["template"],
            Kind::Kustomize => &["build"],
            Kind::Kubectl => &["kustomize"],
        }
    }

    fn version_arguments(self) -> &'static [&'static str] {
        match self {
            Kind::Helm => &["version", "--short"],
            Kind::Kustomize => &["version"],
            Kind::Kubectl => &["version", "--client"],
        }
    }

    /// The oldest version that will do, and why not an older one.
    fn oldest(self) -> (Version, &'static str) {
        match self {
            Kind::Helm => ((3, 11, 1), "older ones let a chart look up names in DNS"),
            Kind::Kustomize | Kind::Kubectl => {
                ((4, 0, 0), "older ones print other manifests for the same files")
            }
        }
    }

    fn read_version(self, text: &str) -> Option<Version> {
        let text = match self {
            Kind::Kubectl => text.split_once("Kustomize Version:")?.1,
            _ => text,
        };
        text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).find_map(|word| {
            let mut numbers = word.trim_start_matches('v').splitn(3, '.').map(|number| number.parse().ok());
            Some((numbers.next()??, numbers.next()??, numbers.next()??))
        })
    }

    fn called(self, arguments: &[&str]) -> String {
        let program = if self == Kind::Kubectl { "kubectl" } else { self.name() };
        let asks_version = arguments.first() == Some(&"version");
        let subcommand = if asks_version { "version" } else { self.subcommand()[0] };
        format!("{program} {subcommand}")
    }

    fn install_hint(self) -> &'static str {
        match self {
            Kind::Helm => {
                "install it with `brew install helm` or `curl -fsSL \
                 https://raw.githubusercontent.com/helm/helm/main/scripts/get-helm-3 | bash`, \
                 or set TOWLINE_HELM to where it is"
            }
            Kind::Kustomize | Kind::Kubectl => {
                "install it with `brew install kustomize` or `curl -fsSL \
                 https://raw.githubusercontent.com/kubernetes-sigs/kustomize/master/hack/install_kustomize.sh | bash`, \
                 or set TOWLINE_KUSTOMIZE to where it or kubectl is"
            }
        }
    }

    fn check_hint(self, program: &Path) -> String {
        let arguments = self.version_arguments().join(" ");
        format!("see whether `{} {arguments}` works; {}", program.display(), self.install_hint())
    }

    fn cannot_start(self, program: &Path, error: &std::io::Error) -> anyhow::Error {
        let message = format!("{} cannot be started: {error}", program.display());
        Diagnostic::new(message).hint(self.install_hint()).into()
    }
}

/// What a tool says, without what it says around it: helm's advice to use `--debug`, and the time
/// and place in the source that some builds of kubectl log with an error.
fn message(said: &str) -> String {
    let said = said.split("\n\nUse --debug").next().unwrap_or(said).trim();
    let logged = said.split_once(" err=").and_then(|(_, quoted)| serde_json::from_str(quoted).ok());
    logged.unwrap_or_else(|| said.trim_start_matches("Error: ").trim_start_matches("error: ").to_owned())
}

fn missing(kind: Kind) -> anyhow::Error {
    let missing = if kind == Kind::Helm { "helm is not" } else { "neither kustomize nor kubectl is" };
    Diagnostic::new(format!("{missing} on PATH")).hint(kind.install_hint()).into()
}

fn too_old(tool: &Tool, found: Version) -> anyhow::Error {
    let ((major, minor, patch), why) = tool.kind.oldest();
    let name = tool.kind.name();
    let (a, b, c) = found;
    let program = tool.program.display();
    let message =
        format!("{program} is {name} {a}.{b}.{c}, and must be at least {major}.{minor}.{patch}: {why}");
    Diagnostic::new(message).hint(tool.kind.install_hint()).into()
}

fn ending(called: &str, status: ExitStatus, said: &str) -> String {
    let how = match status.code() {
        Some(code) => format!("failed with exit code {code}"),
        None => format!("was killed ({status})"),
    };
    if said.is_empty() {
        format!("`{called}` {how} and said nothing")
    } else {
        format!("`{called}` {how}: {said}")
    }
}

#[cfg(unix)]
fn executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn executable(file: &Path) -> bool {
    file.is_file()
}
