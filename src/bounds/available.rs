//! How much memory there is for this process: the machine's, or that of its container or service.

use std::fs;
use std::path::{Path, PathBuf};

/// Seven eighths of what there is, because others need some of it too. `None`: the system does not tell.
pub fn memory() -> Option<usize> {
    let limits = cgroup().into_iter().chain(machine());
    limits.min().map(|bytes| bytes - bytes / 8)
}

/// `MemTotal:  8042124 kB`
fn machine() -> Option<usize> {
    let told = fs::read_to_string("/proc/meminfo").ok()?;
    let kilobytes = told.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    kilobytes.split_whitespace().next()?.parse::<usize>().ok()?.checked_mul(1024)
}

/// The limit of the control group, or of one above it.
fn cgroup() -> Option<usize> {
    let told = fs::read_to_string("/proc/self/cgroup").ok()?;
    told.lines().filter_map(|line| limit(line, Path::new("/sys/fs/cgroup"))).min()
}

/// The limit that holds for a line such as `0::/user.slice` or `4:memory:/docker/1`.
fn limit(line: &str, top: &Path) -> Option<usize> {
    let (controllers, group) = line.split_once(':')?.1.split_once(':')?;
    let (top, file) = match controllers {
        "" => (top.to_owned(), "memory.max"),
        "memory" => (top.join("memory"), "memory.limit_in_bytes"),
        _ => return None,
    };
    // In a container, the group is the top of what can be seen, whatever it is called outside.
    let group: PathBuf = top.join(group.trim_start_matches('/'));
    let groups = group.ancestors().take_while(|folder| folder.starts_with(&top));
    let limits = groups.filter_map(|folder| fs::read_to_string(folder.join(file)).ok()?.trim().parse().ok());
    limits.min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tightest_limit_above_counts() {
        let top = tempfile::tempdir().unwrap();
        let write = |path: &str, limit: &str| {
            let path = top.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, limit).unwrap();
        };
        write("a.slice/memory.max", "2000\n");
        write("a.slice/b.service/memory.max", "max\n");
        write("memory/docker/1/memory.limit_in_bytes", "3000\n");
        assert_eq!(limit("0::/a.slice/b.service", top.path()), Some(2000));
        assert_eq!(limit("4:memory:/docker/1", top.path()), Some(3000));
        assert_eq!(limit("0::/elsewhere", top.path()), None);
        assert_eq!(limit("7:cpu,cpuacct:/", top.path()), None);
        assert_eq!(limit("nonsense", top.path()), None);
    }

    #[test]
    fn a_machine_has_some() {
        assert!(memory().is_none_or(|bytes| bytes > 1 << 20));
    }
}
