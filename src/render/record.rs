//! The record that stands: a descriptor that differs only in what it says of the run that wrote it.

use std::path::Path;

use super::descriptor::Descriptor;
use super::rendering::Rendering;
use crate::vocabulary::repository_url::is_same_repository;

impl Rendering {
    /// Takes the descriptor that is there, if it records the same release, made from the same, with
    /// the same files. Another run of the CI system, or another version of Towline, is no reason to
    /// deploy it again.
    pub fn keep_record(&mut self, there: &[u8]) -> bool {
        let path = Path::new(&self.descriptor);
        let Some(ours) = self.files.iter_mut().find(|file| file.path == self.descriptor) else {
            return false;
        };
        let (Ok(mine), Ok(recorded)) =
            (Descriptor::parse(ours.content.clone(), path), Descriptor::parse(there.to_vec(), path))
        else {
            return false;
        };
        if !is_same_record(&mine, &recorded) {
            return false;
        }
        ours.content = there.to_vec();
        self.release = recorded.into_release();
        true
    }

    /// The same for a descriptor that is only proposed: a rollback that brings this release back is another
    /// deployment.
    pub fn keep_proposed_record(&mut self, proposed: &[u8]) -> bool {
        let recorded = Descriptor::parse(proposed.to_vec(), Path::new(&self.descriptor));
        !recorded.is_ok_and(|recorded| recorded.rollback.is_some()) && self.keep_record(proposed)
    }
}

fn is_same_record(one: &Descriptor, other: &Descriptor) -> bool {
    let repositories = (&one.release.repository, &other.release.repository);
    let same_repository = match repositories {
        (Some(one), Some(other)) => is_same_repository(one, other),
        (one, other) => one == other,
    };
    same_repository && without_run(one) == without_run(other)
}

/// The descriptor without what a run says of itself, without who reports, and without what was taken out
/// before it: that is no reason to deploy it again.
fn without_run(descriptor: &Descriptor) -> Descriptor {
    let mut descriptor = descriptor.clone();
    descriptor.release.build = None;
    descriptor.release.branch = None;
    descriptor.release.repository = None;
    descriptor.inputs.pipeline = None;
    descriptor.targets.iter_mut().for_each(|target| target.reporters.clear());
    descriptor.tool = String::new();
    descriptor.rollback = None;
    descriptor.holds.clear();
    descriptor
}
