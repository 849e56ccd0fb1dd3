//! The processes of this system. Linux tells them in files, macOS with a command.

use std::fs;
use std::process::Command;
use std::time::{Duration, SystemTime};

/// A process that was running a moment ago.
#[derive(Debug)]
pub struct Process {
    pub id: u32,
    /// Of its program, cut to 15 bytes.
    pub name: String,
    pub parent: u32,
    /// Ticks since the boot.
    started: u64,
}

/// All processes. Nothing where there is no /proc: then [`listed`] tells some of it.
pub fn processes() -> Option<Vec<Process>> {
    let folder = fs::read_dir("/proc").ok()?;
    let ids = folder.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let stats = ids.filter_map(|id| fs::read_to_string(format!("/proc/{id}/stat")).ok());
    Some(stats.filter_map(|stat| Process::parse(&stat)).collect())
}

/// These columns of `ps`, a line for each process. Nothing where there is no `ps`.
pub fn listed(columns: &str) -> Option<Vec<String>> {
    let output = Command::new("ps").args(["-A", "-o", columns]).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).lines().map(|line| line.trim().to_owned()).collect())
}

/// When the system was started, to the second.
pub fn boot() -> Option<SystemTime> {
    let told = fs::read_to_string("/proc/stat").ok()?;
    let seconds = told.lines().find_map(|line| line.strip_prefix("btime "))?;
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.trim().parse().ok()?))
}

impl Process {
    /// `17 (git) S 16 …`: the name may hold anything.
    fn parse(stat: &str) -> Option<Self> {
        let (start, rest) = stat.rsplit_once(')')?;
        let (id, name) = start.split_once(" (")?;
        let words: Vec<&str> = rest.split_whitespace().collect();
        Some(Self {
            id: id.parse().ok()?,
            name: name.to_owned(),
            parent: words.get(1)?.parse().ok()?,
            started: words.get(19)?.parse().ok()?,
        })
    }

    pub fn started(&self, boot: SystemTime) -> SystemTime {
        boot + Duration::from_secs(self.started / rustix::param::clock_ticks_per_second())
    }

    /// Its command line, as long as it runs.
    pub fn arguments(&self) -> Vec<String> {
        let told = fs::read(format!("/proc/{}/cmdline", self.id)).unwrap_or_default();
        told.split(|byte| *byte == 0).map(|part| String::from_utf8_lossy(part).into_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_anything() {
        let stat = "17 (a) b (c) S 16 17 0 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 4200 0 0";
        let process = Process::parse(stat).unwrap();
        assert_eq!((process.id, process.name.as_str(), process.parent), (17, "a) b (c", 16));
        let ticks = rustix::param::clock_ticks_per_second();
        let boot = SystemTime::UNIX_EPOCH;
        assert_eq!(process.started(boot), boot + Duration::from_secs(4200 / ticks));
        assert!(Process::parse("17 (git) S").is_none());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_is_there_and_was_started_today() {
        let id = std::process::id();
        let own = processes().unwrap().into_iter().find(|process| process.id == id).unwrap();
        let age = SystemTime::now().duration_since(own.started(boot().unwrap())).unwrap();
        assert!(age < Duration::from_secs(24 * 3600), "{age:?}");
        assert!(own.arguments()[0].contains("towline"));
    }
}
