//! A GitOps repository for tests: bare, made and inspected with the real git, hermetically.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use git2::Oid;
use tempfile::TempDir;
use towline::git::Repository;

/// A bare repository with the branch `main` and one file in it.
#[derive(Clone)]
pub struct Gitops {
    folder: Arc<TempDir>,
}

impl Gitops {
    pub fn new() -> Self {
        let gitops = Self { folder: Arc::new(tempfile::tempdir().unwrap()) };
        std::fs::create_dir(gitops.path()).unwrap();
        gitops.git(&["init", "--quiet", "--bare", "--initial-branch=main"]);
        gitops.git(&["config", "user.name", "Release Bot"]);
        gitops.git(&["config", "user.email", "bot@example.com"]);
        gitops.push("main", &[("README.md", "# GitOps\n")]);
        gitops
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("gitops.git")
    }

    pub fn repository(&self) -> Repository {
        Repository::open("gitops.git", self.folder.path()).unwrap()
    }

    /// What git prints, without the last line end.
    pub fn git(&self, arguments: &[&str]) -> String {
        self.git_with(arguments, "")
    }

    /// A person's commit on a branch, which starts at `main` when it is new.
    pub fn push(&self, branch: &str, files: &[(&str, &str)]) -> Oid {
        let existing = self.git(&["for-each-ref", "--format=%(refname)"]);
        let parent = [format!("refs/heads/{branch}"), "refs/heads/main".into()]
            .into_iter()
            .find(|name| existing.lines().any(|line| line == name))
            .map_or(String::new(), |name| format!("from {name}^0\n"));
        let mut script = format!(
            "commit refs/heads/{branch}\ncommitter Ann <ann@example.com> 1700000000 +0000\n\
             data <<END\nEdit by hand\nEND\n{parent}"
        );
        for (path, content) in files {
            script += &format!("M 100644 inline {path}\ndata {}\n{content}\n", content.len());
        }
        self.import(&script);
        Oid::from_str(&self.git(&["rev-parse", &format!("refs/heads/{branch}")])).unwrap()
    }

    /// What `git fast-import` reads.
    pub fn import(&self, script: &str) {
        self.git_with(&["fast-import", "--quiet", "--force"], script);
    }

    fn git_with(&self, arguments: &[&str], input: &str) -> String {
        let mut child = Command::new("git")
            .args(arguments)
            .current_dir(self.path())
            .env("HOME", self.folder.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {}: {errors}", arguments.join(" "));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }
}
