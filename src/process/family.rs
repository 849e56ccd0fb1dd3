//! Which processes a process has started.

use std::process::Command;

/// All that a process started, and what those started.
pub fn descendants(id: u32) -> Vec<u32> {
    let all = parents();
    let mut found = vec![id];
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        found.extend(all.iter().filter(|(_, its)| *its == parent).map(|(child, _)| *child));
        next += 1;
    }
    found.split_off(1)
}

/// Every process, and its parent. Linux tells in files, macOS with a command.
fn parents() -> Vec<(u32, u32)> {
    if let Ok(folder) = std::fs::read_dir("/proc") {
        let ids = folder.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        return ids.filter_map(|id| Some((id, parent_of(id)?))).collect();
    }
    let listed = Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output();
    let listed = listed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let pair = |line: &str| {
        let mut numbers = line.split_whitespace().map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    };
    listed.unwrap_or_default().lines().filter_map(pair).collect()
}

/// `17 (git) S 16 …`: the name may hold anything.
fn parent_of(id: u32) -> Option<u32> {
    let told = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    told.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}
