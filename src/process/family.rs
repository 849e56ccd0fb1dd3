//! Which processes a process has started.

use super::table;

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

/// Every process, and its parent.
fn parents() -> Vec<(u32, u32)> {
    if let Some(processes) = table::processes() {
        return processes.iter().map(|process| (process.id, process.parent)).collect();
    }
    let pair = |line: &String| {
        let mut numbers = line.split_whitespace().map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    };
    table::listed("pid=,ppid=").unwrap_or_default().iter().filter_map(pair).collect()
}
