//! Where the history in the cache is cut off: the file `shallow`, kept as git keeps it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use git2::Oid;

/// The commits whose parents are not in the cache.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shallow(BTreeSet<Oid>);

impl Shallow {
    pub fn read(cache: &Path) -> Result<Self> {
        let path = cache.join("shallow");
        match fs::read_to_string(&path) {
            Ok(text) => {
                let ids = text.lines().map(Oid::from_str).collect::<Result<_, _>>();
                Ok(Self(ids.with_context(|| format!("cannot read {}", path.display()))?))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    pub fn commits(&self) -> impl Iterator<Item = &Oid> {
        self.0.iter()
    }

    /// Follows a line of the server: `shallow ID` or `unshallow ID`. Says whether it was one.
    pub fn follow(&mut self, line: &str) -> bool {
        let (word, id) = line.split_once(' ').unwrap_or((line, ""));
        match (word, Oid::from_str(id)) {
            ("shallow", Ok(id)) => _ = self.0.insert(id),
            ("unshallow", Ok(id)) => _ = self.0.remove(&id),
            _ => return false,
        }
        true
    }

    /// Writes it, at once. The cache is locked.
    pub fn write(&self, cache: &Path) -> Result<()> {
        let path = cache.join("shallow");
        let write = || {
            if self.0.is_empty() {
                return if path.exists() { fs::remove_file(&path) } else { Ok(()) };
            }
            let text: String = self.0.iter().map(|id| format!("{id}\n")).collect();
            // git leaves its own lock there, and it is removed when the cache is opened.
            let new = cache.join("shallow.lock");
            fs::write(&new, text)?;
            fs::rename(&new, &path)
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }
}
