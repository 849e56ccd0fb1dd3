//! The files that a descriptor lists, each with the id that git gives its content: what tells a file
//! that is still as Towline wrote it from one that people changed.

use std::collections::BTreeMap;

use anyhow::Result;
use git2::{ObjectType, Oid};
use serde::{Deserialize, Serialize};

use super::digest::Digest;
use crate::git::oid_text;

/// Names inside a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "`files` is not a map of names and git's ids of their content")]
pub enum RecordedFiles {
    Contents(BTreeMap<String, BlobId>),
    /// As older versions wrote it: only the digest of the whole folder tells of the content.
    Names(Vec<String>),
}

/// The id of a file's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BlobId(#[serde(with = "oid_text")] pub Oid);

impl RecordedFiles {
    /// The record of files with these contents.
    pub fn of(files: &[(&str, &[u8])]) -> Result<Self> {
        let record = |(name, content): &(&str, &[u8])| {
            Ok(((*name).to_owned(), BlobId(Oid::hash_object(ObjectType::Blob, content)?)))
        };
        files.iter().map(record).collect::<Result<_>>().map(Self::Contents)
    }

    /// Each name, with the id of its content where that was recorded.
    pub fn iter(&self) -> Box<dyn Iterator<Item = (&str, Option<Oid>)> + '_> {
        match self {
            Self::Contents(ids) => Box::new(ids.iter().map(|(name, BlobId(id))| (name.as_str(), Some(*id)))),
            Self::Names(names) => Box::new(names.iter().map(|name| (name.as_str(), None))),
        }
    }

    /// The digest of the folder. Nothing where only its files' bytes tell.
    pub fn digest(&self) -> Option<String> {
        let Self::Contents(ids) = self else { return None };
        let mut digest = Digest::default();
        ids.iter().for_each(|(name, BlobId(id))| digest.add(name, id.to_string().as_bytes()));
        Some(digest.finish())
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(name, _)| name)
    }
}
