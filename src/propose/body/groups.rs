//! Resources that change in the same way: one row, and one diff.

use std::collections::HashMap;

use crate::propose::changes::{Change, ResourceChange};
use crate::vocabulary::text::listed;

/// Resources of one kind with the same change, one or more.
pub struct Group<'a> {
    pub resources: Vec<&'a ResourceChange>,
}

/// In the order in which each is first met.
pub fn groups<'a>(resources: impl IntoIterator<Item = &'a ResourceChange>) -> Vec<Group<'a>> {
    let mut groups: Vec<Group> = Vec::new();
    let mut known: HashMap<(&str, String), usize> = HashMap::new();
    for resource in resources {
        let key = (kind(resource), changed_lines(&resource.diff));
        let is_first = resource.change != Change::Changed || key.1.is_empty();
        match known.get(&key).filter(|_| !is_first) {
            Some(at) => groups[*at].resources.push(resource),
            None => {
                known.insert(key, groups.len());
                groups.push(Group { resources: vec![resource] });
            }
        }
    }
    groups
}

fn kind(resource: &ResourceChange) -> &str {
    resource.name.split(' ').next().unwrap_or_default()
}

/// What a diff adds and takes away, wherever that stands.
fn changed_lines(diff: &str) -> String {
    let is_header = |line: &str| line.starts_with("--- ") || line.starts_with("+++ ");
    let lines = diff.split_inclusive('\n').skip_while(|line| is_header(line));
    lines
        .filter(|line| line.starts_with(['+', '-', '@']))
        .map(|line| if line.starts_with('@') { "@\n" } else { line })
        .collect()
}

impl Group<'_> {
    pub fn first(&self) -> &ResourceChange {
        self.resources[0]
    }

    /// The diff of the first, which is the diff of all.
    pub fn diff(&self) -> String {
        let diff = &self.first().diff;
        let others: Vec<&str> = self.resources[1..].iter().map(|other| other.name.as_str()).collect();
        match others.len() {
            0 => diff.clone(),
            count => format!("# the same in {count} more: {}\n{diff}", listed(&others)),
        }
    }
}
