//! A world of its own for every test: a home without settings, a bare GitOps repository with a
//! first commit, and a folder with an application. Nothing of the machine's configuration and
//! nothing of the CI system that runs the tests can be seen from inside.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::schema;

/// The pipeline file of an application that goes to `dev` and from there to `prod` by itself.
pub const TWO_ENVIRONMENTS: &str = "
version: 1
application: greeting
templates: [{path: deploy}]
gitops: {repository: ../gitops.git}
environments:
  - {name: dev, merge: auto, await: {reporters: none}}
  - {name: prod, merge: auto, await: {reporters: none}}
";

/// A template that is another one with each release and in each environment.
pub const CONFIG: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: greeting}
data: {version: \"{{ release.version }}\", environment: \"{{ environment }}\"}
";

/// The folders of one test; removed with it.
pub struct Sandbox {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
    unset: Vec<String>,
}

/// How a run of the binary ended, with everything that differs from run to run taken out.
pub struct Run {
    pub stdout: String,
    pub stderr: String,
    /// `None` when a signal ended it.
    pub code: Option<i32>,
}

impl Sandbox {
    /// `home/`, an empty `app/`, and the bare repository `gitops.git` whose `main` has one commit.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = Sandbox { folder, variables: Vec::new(), unset: Vec::new() };
        for name in ["home", "app", "first"] {
            std::fs::create_dir(sandbox.path(name)).unwrap();
        }
        std::fs::write(sandbox.path("first/README.md"), "What runs where.\n").unwrap();
        sandbox.git("first", &["init", "--quiet", "--initial-branch=main"]);
        sandbox.git("first", &["add", "."]);
        sandbox.git("first", &["commit", "--quiet", "--message=Begin"]);
        sandbox.git(".", &["clone", "--quiet", "--bare", "first", "gitops.git"]);
        std::fs::remove_dir_all(sandbox.path("first")).unwrap();
        sandbox
    }

    /// A sandbox with a copy of another one's GitOps repository, which is quicker than to make one.
    pub fn with_repository_of(other: &Sandbox) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = Sandbox { folder, variables: Vec::new(), unset: Vec::new() };
        for name in ["home", "app"] {
            std::fs::create_dir(sandbox.path(name)).unwrap();
        }
        let copied = Command::new("cp")
            .args(["-r".as_ref(), other.path("gitops.git").as_os_str(), sandbox.path(".").as_os_str()])
            .status();
        assert!(copied.unwrap().success());
        sandbox
    }

    /// A sandbox whose `app/` has these files.
    pub fn with_application(files: &[(&str, &str)]) -> Self {
        let sandbox = Sandbox::new();
        for (path, content) in files {
            sandbox.write(&format!("app/{path}"), content);
        }
        sandbox
    }

    /// A sandbox with the application of [`TWO_ENVIRONMENTS`].
    pub fn with_two_environments() -> Self {
        Self::with_pipeline(TWO_ENVIRONMENTS)
    }

    /// The same with another pipeline file.
    pub fn with_pipeline(pipeline: &str) -> Self {
        Self::with_application(&[("towline.yaml", pipeline), ("deploy/config.yaml", CONFIG)])
    }

    /// The path of something in the sandbox.
    pub fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// Writes a file and the folders above it.
    pub fn write(&self, relative: &str, content: &str) {
        let path = self.path(relative);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub fn read(&self, relative: &str) -> String {
        std::fs::read_to_string(self.path(relative)).unwrap_or_else(|error| panic!("{relative}: {error}"))
    }

    /// Sets an environment variable for every later run.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.variables.push((name.to_owned(), value.into()));
    }

    /// Takes an environment variable away from every later run.
    pub fn unset(&mut self, name: &str) {
        self.unset.push(name.to_owned());
    }

    /// Runs `towline` in `app/`.
    pub fn towline(&self, arguments: &[&str]) -> Run {
        self.run(self.command(arguments).output().unwrap())
    }

    /// `towline` in `app/`, not started yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_towline"));
        self.isolate(&mut command);
        command.current_dir(self.path("app")).args(arguments);
        command
    }

    /// The promotion of a release through all environments, not started yet.
    pub fn promote(&self, version: &str) -> Command {
        let mut command = self.command(&["promote", "--no-progress", "--release", version]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// A shell script in `app/` that may call `towline`, not started yet. It stops at the first command
    /// that fails.
    pub fn shell(&self, script: &str) -> Command {
        let mut command = Command::new("sh");
        self.isolate(&mut command);
        let program = Path::new(env!("CARGO_BIN_EXE_towline")).parent().unwrap().to_owned();
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(program).chain(std::env::split_paths(&folders));
        command.env("PATH", std::env::join_paths(folders).unwrap());
        command.current_dir(self.path("app")).args(["-ec", script]);
        command
    }

    /// The output of a finished [`Sandbox::command`], tidied. JSON has to fit its schema.
    pub fn run(&self, output: Output) -> Run {
        schema::assert_fits(&String::from_utf8_lossy(&output.stdout));
        Run {
            stdout: self.tidy(&String::from_utf8_lossy(&output.stdout)),
            stderr: self.tidy(&String::from_utf8_lossy(&output.stderr)),
            code: output.status.code(),
        }
    }

    /// Runs `git` in a folder of the sandbox; its output, without the last newline.
    pub fn git(&self, folder: &str, arguments: &[&str]) -> String {
        let mut command = Command::new("git");
        self.isolate(&mut command);
        let output = command.current_dir(self.path(folder)).args(arguments).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// The lock files in a repository of the sandbox. A `git gc` may remove folders there meanwhile.
    pub fn lock_files(&self, repository: &str) -> Vec<PathBuf> {
        let mut locks = Vec::new();
        for entry in walkdir::WalkDir::new(self.path(repository)) {
            match entry {
                Ok(entry) if entry.path().extension().is_some_and(|it| it == "lock") => {
                    locks.push(entry.into_path());
                }
                Ok(_) => {}
                Err(error) => {
                    let why = error.io_error().map(std::io::Error::kind);
                    assert_eq!(why, Some(std::io::ErrorKind::NotFound), "{error}");
                }
            }
        }
        locks
    }

    fn isolate(&self, command: &mut Command) {
        command.env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.path("home"));
        command.env("TMPDIR", self.folder.path()).env("TOWLINE_SCRATCH", self.folder.path());
        command.env("LC_ALL", "C.UTF-8");
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "Ada");
            command.env(format!("GIT_{role}_EMAIL"), "ada@example.com");
            command.env(format!("GIT_{role}_DATE"), "2026-01-05T09:00:00Z");
        }
        self.unset.iter().for_each(|name| _ = command.env_remove(name));
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
    }

    /// The sandbox's own path as `[SANDBOX]`, commit ids as `[ID]`, times as `[TIME]`, and how long
    /// something took as `[LENGTH]`.
    fn tidy(&self, text: &str) -> String {
        let folder = self.folder.path().canonicalize().unwrap();
        let text = text.replace(&*folder.to_string_lossy(), "[SANDBOX]");
        let text = text.replace(&*self.folder.path().to_string_lossy(), "[SANDBOX]");
        let text: String = text.split_inclusive([' ', '"', '\n']).map(without_time).collect();
        let text = regex::Regex::new(r"after \d+s").unwrap().replace_all(&text, "after [LENGTH]");
        let text = regex::Regex::new(r"(?m)^(lead time from \w+|time to restore) +\d+s +")
            .unwrap()
            .replace_all(&text, "$1  [LENGTH]  ");
        let text = regex::Regex::new(r#"((?:AfterSeconds|"seconds)": )\d+"#)
            .unwrap()
            .replace_all(&text, "${1}\"[LENGTH]\"");
        text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()).map(without_id).collect()
    }
}

impl std::fmt::Display for Run {
    /// Everything that a person would see, for snapshots.
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                write!(f, "--- {name}\n{text}")?;
                if !text.ends_with('\n') {
                    writeln!(f, "[no newline]")?;
                }
            }
        }
        match self.code {
            Some(code) => write!(f, "--- exit code {code}"),
            None => write!(f, "--- ended by a signal"),
        }
    }
}

/// A word, maybe with one more character behind it; git ids, long or abbreviated, are replaced.
fn without_id(word: &str) -> String {
    let id = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let is_id = matches!(id.len(), 7..=12 | 40)
        && id.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'))
        && id.chars().any(|c| c.is_ascii_digit());
    if is_id { word.replace(id, "[ID]") } else { word.to_owned() }
}

/// A word, maybe with one more character behind it; a time, as in JSON, is replaced.
fn without_time(word: &str) -> String {
    let time = word.trim_end_matches([' ', '"', '\n']);
    if time.parse::<jiff::Timestamp>().is_ok() { word.replace(time, "[TIME]") } else { word.to_owned() }
}

#[test]
fn the_sandbox_knows_nothing_of_the_machine() {
    let mut sandbox = Sandbox::with_application(&[("a/b.txt", "text")]);
    sandbox.set("EXTRA", "value");
    assert_eq!(sandbox.read("app/a/b.txt"), "text");
    assert_eq!(sandbox.git("gitops.git", &["log", "--format=%an %s", "main"]), "Ada Begin");
    let settings = sandbox.git("home", &["config", "--list", "--show-scope"]);
    assert!(!settings.contains("global") && !settings.contains("system"), "{settings}");
    let run = sandbox.towline(&["--version"]);
    let version = concat!("towline ", env!("CARGO_PKG_VERSION"));
    assert_eq!(run.to_string(), format!("--- stdout\n{version}\n--- exit code 0"));
}
