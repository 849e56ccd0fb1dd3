//! Two commits merged in memory.

use std::collections::BTreeMap;

use anyhow::Result;
use git2::{Index, MergeOptions, ObjectType, Oid};

use super::repository::Repository;

impl Repository {
    /// The files that a merge of `head` into `base` gives, with the conflicts that it has. Renames
    /// are not followed: two manifests that look alike are still two applications, and a change
    /// meant for one must never be applied to the other.
    pub(crate) fn merge(&self, base: Oid, head: Oid) -> Result<Index> {
        self.prepare_merge(base, head)?;
        let (base, head) = (self.find_commit(base)?, self.find_commit(head)?);
        let mut options = MergeOptions::new();
        options.find_renames(false);
        self.git.merge_commits(&base, &head, Some(&options)).map_err(|e| self.read_fault(e))
    }

    /// Writes the tree of a merge.
    pub(crate) fn write_merged(&self, merged: &mut Index) -> Result<Oid> {
        let _shared = self.shared();
        merged.write_tree_to(&self.git).map_err(|e| self.write_fault(e))
    }

    /// What libgit2 reads by itself is read first: the commits, and what differs of their trees. The
    /// tree of their common ancestor, if there is one.
    pub(super) fn prepare_merge(&self, base: Oid, head: Oid) -> Result<Option<Oid>> {
        self.commits_since(base, head)?;
        self.commits_since(head, base)?;
        let ancestor =
            self.common_ancestor(base, head)?.map(|ancestor| self.tree_id(ancestor)).transpose()?;
        let sides = [ancestor, Some(self.tree_id(base)?), Some(self.tree_id(head)?)];
        self.prepare_difference(&sides.into_iter().flatten().collect::<Vec<_>>())?;
        Ok(ancestor)
    }

    /// Prepares what is not the same in all of the trees.
    fn prepare_difference(&self, trees: &[Oid]) -> Result<()> {
        let mut entries: BTreeMap<Vec<u8>, Vec<(ObjectType, Oid)>> = BTreeMap::new();
        for id in trees {
            for entry in &self.find_tree(*id)? {
                let kind = entry.kind().unwrap_or(ObjectType::Any);
                entries.entry(entry.name_bytes().to_vec()).or_default().push((kind, entry.id()));
            }
        }
        let differs = |found: &Vec<_>| found.len() < trees.len() || found.windows(2).any(|w| w[0] != w[1]);
        for found in entries.into_values().filter(differs) {
            let of = |kind| found.iter().filter(move |entry| entry.0 == kind).map(|entry| entry.1);
            of(ObjectType::Blob).try_for_each(|blob| self.prepare(blob, ObjectType::Blob))?;
            self.prepare_difference(&of(ObjectType::Tree).collect::<Vec<_>>())?;
        }
        Ok(())
    }
}
