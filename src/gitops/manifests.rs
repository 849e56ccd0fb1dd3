//! The manifests that stand in git, for steps that keep a part of them.

use std::path::Path;

use anyhow::Result;
use git2::Oid;

use super::deployment::Deployment;
use super::destination::Destination;
use crate::render::{Deployed, is_manifest};
use crate::vocabulary::paths;

impl Destination<'_> {
    /// What is deployed, also by a former name, and then what is proposed: a value that was generated
    /// for a proposal is not generated again before it is merged.
    pub fn deployed_manifests(&self) -> Result<Deployed> {
        let mut found = Deployed::default();
        let _look = self.repository.look(&[self.base_branch(), &self.head_branch()]);
        let base = self.base_tip()?;
        self.add_manifests(base, self.deployment(base)?, &mut found)?;
        self.add_manifests(base, self.former_deployment(base)?, &mut found)?;
        let ended = self.newest_pull()?.filter(|pull| !pull.is_open()).map(|pull| pull.head_commit);
        let head = self.repository.find_branch(&self.head_branch())?;
        if let Some(head) = head.filter(|head| ended != Some(*head)) {
            // People may have damaged the descriptor; that is theirs to mend, and no reason to stop.
            self.add_manifests(head, self.deployment(head).ok().flatten(), &mut found)?;
        }
        Ok(found)
    }

    fn add_manifests(&self, commit: Oid, deployment: Option<Deployment>, found: &mut Deployed) -> Result<()> {
        let Some(deployment) = deployment else { return Ok(()) };
        let files: Vec<&str> = deployment.manifests().filter(|path| is_manifest(Path::new(path))).collect();
        self.repository.prefetch(commit, files.iter().copied())?;
        for path in files {
            let Some(content) = self.repository.read_file(commit, path)? else { continue };
            for target in self.targets_of(path) {
                found.add(target, &String::from_utf8_lossy(&content));
            }
        }
        Ok(())
    }

    /// The folder of the target that a file belongs to. Where it was before the environment was renamed
    /// or moved, the target's name is in the path, unless there is only one.
    fn targets_of<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a str> {
        let targets = &self.environment.targets;
        let inside = targets.iter().filter(move |target| paths::is_inside(path, &target.path));
        let has_inside = inside.clone().next().is_some();
        let former = targets.iter().filter(move |target| {
            !has_inside && (targets.len() == 1 || path.split('/').any(|part| part == *target.name))
        });
        inside.chain(former).map(|target| target.path.as_str())
    }
}
