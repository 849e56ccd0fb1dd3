//! The objects that a push needs.
//!
//! What came from the server came in packs, and what was written here is loose. So the loose commits are sent,
//! with all that is here and stands in another place, or not at all, in their parents. That a file is in a pack
//! does not mean that the server still has it: the branch that it came from may be gone.

use std::collections::HashSet;

use git2::{Buf, Error, ObjectType, Odb, Oid, Repository, Tree};

/// A pack of what the server may lack to have `new`.
pub fn pack(git: &Repository, new: Oid) -> Result<Buf, Error> {
    let mut outgoing = Outgoing { git, odb: git.odb()?, objects: HashSet::new(), order: Vec::new() };
    outgoing.add_commits(new)?;
    let mut builder = git.packbuilder()?;
    for id in &outgoing.order {
        builder.insert_object(*id, None)?;
    }
    let mut pack = Buf::new();
    builder.write_buf(&mut pack)?;
    Ok(pack)
}

struct Outgoing<'r> {
    git: &'r Repository,
    odb: Odb<'r>,
    objects: HashSet<Oid>,
    order: Vec<Oid>,
}

impl Outgoing<'_> {
    fn add_commits(&mut self, new: Oid) -> Result<(), Error> {
        let mut left = vec![new];
        while let Some(id) = left.pop() {
            if !self.is_loose(id) || !self.add(id) {
                continue;
            }
            let commit = self.git.find_commit(id)?;
            let parents: Vec<Oid> = commit.parent_ids().collect();
            // A parent that is not here is on the server, and so is its tree.
            let bases = parents.iter().filter_map(|parent| self.git.find_commit(*parent).ok());
            let bases: Vec<Oid> = bases.map(|parent| parent.tree_id()).collect();
            self.add_tree(commit.tree_id(), &bases)?;
            left.extend(parents);
        }
        Ok(())
    }

    /// Adds a tree with what is below it, unless it is one of `bases`, which stand in its place in the parents.
    fn add_tree(&mut self, id: Oid, bases: &[Oid]) -> Result<(), Error> {
        if bases.contains(&id) || !self.add(id) {
            return Ok(());
        }
        let bases: Vec<Tree> = bases.iter().filter_map(|base| self.git.find_tree(*base).ok()).collect();
        for entry in &self.git.find_tree(id)? {
            let below: Vec<Oid> =
                bases.iter().filter_map(|base| Some(base.get_name_bytes(entry.name_bytes())?.id())).collect();
            match entry.kind() {
                Some(ObjectType::Tree) => self.add_tree(entry.id(), &below)?,
                Some(ObjectType::Blob) if !below.contains(&entry.id()) => _ = self.add(entry.id()),
                _ => {}
            }
        }
        Ok(())
    }

    /// Says whether it is to be sent, and was not added before.
    fn add(&mut self, id: Oid) -> bool {
        let is_new = self.odb.exists(id) && self.objects.insert(id);
        if is_new {
            self.order.push(id);
        }
        is_new
    }

    fn is_loose(&self, id: Oid) -> bool {
        let name = id.to_string();
        self.git.path().join("objects").join(&name[..2]).join(&name[2..]).exists()
    }
}
