//! Whether a git is running that may be at work on something. When in doubt, one is. Those of other hosts and
//! containers cannot be seen.

use std::path::Path;
use std::time::{Duration, SystemTime};

use super::table;

/// Start times are known to the second.
const VAGUE: Duration = Duration::from_secs(2);

/// Whether a git that was started before `time` is running.
pub fn is_git_at_work(time: SystemTime) -> bool {
    // Without /proc, start times are not known.
    let Some(processes) = table::processes() else { return is_listed(|_| true) };
    let boot = table::boot();
    processes.iter().any(|it| {
        let is_older = boot.is_none_or(|boot| it.started(boot) < time + VAGUE);
        is_older && is_git(&it.name) && !is_daemon(&it.arguments())
    })
}

/// Whether a git is running that was told on its command line to work in this repository, as Towline does.
pub fn is_git_at_work_in(repository: &Path) -> bool {
    let repository = repository.to_string_lossy();
    let Some(processes) = table::processes() else { return is_listed(|line| line.contains(&*repository)) };
    processes.iter().filter(|it| is_git(&it.name)).any(|it| {
        let arguments = it.arguments();
        !is_daemon(&arguments) && arguments.iter().any(|argument| *argument == repository)
    })
}

/// Whether there is a git whose command line is like this.
fn is_listed(is_meant: impl Fn(&str) -> bool) -> bool {
    let is_one = |line: &String| {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let program = words.first().map_or("", |path| path.rsplit('/').next().unwrap_or_default());
        is_git(program) && !is_daemon(&words) && is_meant(line)
    };
    table::listed("args=").is_none_or(|lines| lines.iter().any(is_one))
}

fn is_git(program: &str) -> bool {
    program == "git" || program.starts_with("git-")
}

/// Servers and stores of passwords run for days, and lock nothing themselves: `git daemon`,
/// `git-credential-cache--daemon`. Later arguments are names that people gave.
fn is_daemon(arguments: &[String]) -> bool {
    arguments.iter().take(2).any(|argument| argument.ends_with("daemon"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_whose_names_only_begin_like_gits_are_not_git() {
        assert!(["git", "git-remote-http", "git-upload-pack"].into_iter().all(is_git));
        assert!(!["gitea", "gitlab-runner", "github-runner", "legit", ""].into_iter().any(is_git));
    }

    #[test]
    fn a_daemon_is_known_by_its_command_and_not_by_a_path() {
        let is_daemon = |line: &str| is_daemon(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        for line in [
            "git daemon --export-all",
            "/usr/lib/git-core/git-daemon /srv",
            "git-credential-cache--daemon /home/ada/socket",
            "git fsmonitor--daemon run",
        ] {
            assert!(is_daemon(line), "{line}");
        }
        for line in ["git -C /srv/daemon gc", "git fetch daemon", "/opt/daemon/bin/git gc", ""] {
            assert!(!is_daemon(line), "{line}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn no_git_was_there_before_the_system() {
        assert!(!is_git_at_work(table::boot().unwrap() - Duration::from_secs(3600)));
    }
}
