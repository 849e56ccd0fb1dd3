//! `git` as a subprocess: an argument vector, never a shell; answers in English; no prompts.

use std::path::Path;
use std::process::Command;

/// Variables that would make git work on another repository.
const ELSEWHERE: [&str; 8] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_SHALLOW_FILE",
];

/// git, to work on the bare repository at `path`.
pub fn git(path: &Path) -> Command {
    let mut command = plain();
    command.arg("--git-dir").arg(path);
    command
}

/// git, to read the checkout that `folder` is in.
pub fn git_in(folder: &Path) -> Command {
    let mut command = plain();
    // Reading is not to wait for anybody who writes.
    command.current_dir(folder).env("GIT_OPTIONAL_LOCKS", "0");
    command
}

fn plain() -> Command {
    let mut command = Command::new("git");
    for name in ELSEWHERE {
        command.env_remove(name);
    }
    command
        .env("LC_ALL", "C")
        .env("LANGUAGE", "C")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GCM_INTERACTIVE", "never");
    command
}
