//! How older versions stored pull requests: all of them in one folder, as `pulls/<number>.json`, and nothing
//! that tells which are of a head branch.

use std::collections::BTreeMap;

use anyhow::Result;
use git2::Oid;

use super::record::{PULLS, Record, parse};
use crate::git::Repository;

pub fn read(repository: &Repository, commit: Oid) -> Result<BTreeMap<u64, Record>> {
    let mut records = BTreeMap::new();
    for name in repository.names_in(commit, PULLS)? {
        let Some(number) = name.strip_suffix(".json").and_then(|number| number.parse().ok()) else {
            continue;
        };
        let path = path(number);
        let Some(content) = repository.read_file(commit, &path)? else { continue };
        records.insert(number, parse(repository, &path, &content)?);
    }
    Ok(records)
}

pub fn path(number: u64) -> String {
    format!("{PULLS}/{number}.json")
}
