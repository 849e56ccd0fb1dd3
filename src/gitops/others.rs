//! Others: what else is deployed from the branch of a destination.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use git2::Oid;

use super::destination::Destination;
use crate::git::Repository;
use crate::render::descriptor::Descriptor;

/// So many descriptors are read at most.
const MOST: usize = 200;

impl Destination<'_> {
    /// Another application that is deployed from this branch: the name in the first descriptor that stands where
    /// descriptors of this pipeline stand.
    pub fn neighbour(&self) -> Result<Option<String>> {
        let (repository, tip) = (&*self.repository, self.base_tip()?);
        let gitops = &self.environment.gitops;
        let mut paths = files_like(repository, tip, &gitops.descriptors)?;
        paths.remove(&gitops.descriptor);
        let paths: Vec<&str> = paths.iter().map(String::as_str).take(MOST).collect();
        repository.prefetch(tip, paths.iter().copied())?;
        for path in paths {
            let Some(content) = repository.read_file(tip, path)? else { continue };
            let Ok(descriptor) = Descriptor::parse(content, Path::new(path)) else { continue };
            if descriptor.application.name != self.application {
                return Ok(Some(descriptor.application.name));
            }
        }
        Ok(None)
    }
}

/// The files in a commit whose path fits a pattern, in which `*` stands for a name.
pub fn files_like(repository: &Repository, commit: Oid, pattern: &str) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    collect(repository, commit, "", &pattern.split('/').collect::<Vec<_>>(), &mut found)?;
    Ok(found)
}

/// The files below `folder` that fit the rest of a pattern.
fn collect(
    repository: &Repository,
    commit: Oid,
    folder: &str,
    pattern: &[&str],
    found: &mut BTreeSet<String>,
) -> Result<()> {
    let Some((&name, rest)) = pattern.split_first() else { return Ok(()) };
    let below = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    let names = match name.contains('*') {
        true => repository.names_in(commit, folder)?,
        false => vec![name.to_owned()],
    };
    for path in names.iter().filter(|it| fits(it, name)).map(|it| below(it)) {
        match rest.is_empty() {
            true => _ = found.insert(path),
            false => collect(repository, commit, &path, rest, found)?,
        }
    }
    Ok(())
}

/// Whether a name fits a pattern with `*`.
fn fits(name: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => name == pattern,
        Some((before, after)) => {
            let Some(rest) = name.strip_prefix(before) else { return false };
            (0..=rest.len()).any(|at| rest.is_char_boundary(at) && at > 0 && fits(&rest[at..], after))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_is_a_name() {
        assert!(fits("hello.yaml", "*.yaml") && fits("dev", "*") && fits("dev-hello", "*-hello"));
        assert!(!fits(".yaml", "*.yaml") && !fits("hello.yml", "*.yaml") && !fits("dev", "prod"));
    }
}
