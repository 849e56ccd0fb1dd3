//! Whether a git is running that may be at work on something.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

/// Start times are known to the second.
const VAGUE: Duration = Duration::from_secs(2);

/// Whether a git that was started before `time` is running. When in doubt, one is. Those of other hosts and
/// containers cannot be seen.
pub fn is_git_at_work(time: SystemTime) -> bool {
    let Ok(folder) = fs::read_dir("/proc") else { return is_git_listed() };
    let Some(boot) = boot() else { return is_git_listed() };
    let ids = folder.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter(|id| is_working_git(*id)).any(|id| match started(id, boot) {
        Some(started) => started < time + VAGUE,
        // It ended meanwhile.
        None => fs::exists(format!("/proc/{id}")).unwrap_or(true),
    })
}

/// Whether a git is running that was told on its command line to work in this repository, as Towline does.
pub fn is_git_at_work_in(repository: &Path) -> bool {
    let repository = repository.to_string_lossy();
    let Ok(folder) = fs::read_dir("/proc") else {
        let listed = Command::new("ps").args(["-A", "-o", "args="]).output();
        let listed = listed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        return listed.map_or(true, |listed| {
            listed.lines().any(|it| it.contains("git ") && it.contains(&*repository))
        });
    };
    let ids = folder.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter(|id| is_working_git(*id)).any(|id| arguments(id).iter().any(|it| *it == repository))
}

/// Servers and stores of passwords run for days, and lock nothing themselves.
fn is_working_git(id: u32) -> bool {
    let name = fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default();
    name.starts_with("git") && !arguments(id).iter().any(|argument| argument.contains("daemon"))
}

fn arguments(id: u32) -> Vec<String> {
    let told = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    told.split(|byte| *byte == 0).map(|part| String::from_utf8_lossy(part).into_owned()).collect()
}

fn boot() -> Option<SystemTime> {
    let told = fs::read_to_string("/proc/stat").ok()?;
    let seconds = told.lines().find_map(|line| line.strip_prefix("btime "))?;
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.trim().parse().ok()?))
}

/// `17 (git) S 16 …`: the name may hold anything. What comes 20 words after it counts from the boot.
fn started(id: u32, boot: SystemTime) -> Option<SystemTime> {
    let told = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let ticks: u64 = told.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()?;
    Some(boot + Duration::from_secs(ticks / rustix::param::clock_ticks_per_second()))
}

/// Without /proc there is a command, which does not tell start times to compare with.
fn is_git_listed() -> bool {
    let listed = Command::new("ps").args(["-A", "-o", "comm="]).output();
    let listed = listed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let is_git = |line: &str| line.trim().rsplit('/').next().is_some_and(|name| name.starts_with("git"));
    listed.map_or(true, |listed| listed.lines().any(is_git))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_now_was_not_there_long_ago() {
        let boot = boot().unwrap();
        let started = started(std::process::id(), boot).unwrap();
        let age = SystemTime::now().duration_since(started).unwrap();
        assert!(age < Duration::from_secs(24 * 3600), "{age:?}");
        assert!(!is_git_at_work(boot - Duration::from_secs(3600)));
    }
}
