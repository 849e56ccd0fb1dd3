//! Checks that the file of a loose object is complete. libgit2 1.9 never stops reading a truncated
//! file, so each file is checked before libgit2 reads it, once per open repository.

use std::cell::RefCell;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use anyhow::{Context, Result};
use flate2::{Decompress, FlushDecompress, Status};
use git2::Oid;

use super::repository::Repository;
use crate::vocabulary::Diagnostic;

impl Repository {
    /// Refuses the object when its file is damaged. An object that has no file of its own is in a
    /// pack, or absent: libgit2 tells those well.
    pub(super) fn check_whole(&self, id: Oid) -> Result<()> {
        if self.whole.borrow().contains(&id) {
            return Ok(());
        }
        let path = self.loose_path(id);
        match fs::read(&path) {
            Ok(file) => match damage(&file) {
                None => {}
                // What is missing in a cache is fetched again.
                Some(_) if self.remote.is_some() => {
                    return fs::remove_file(&path)
                        .with_context(|| format!("cannot remove {}", path.display()));
                }
                Some(damage) => return Err(self.corrupt(id, damage)),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        }
        self.whole.borrow_mut().insert(id);
        Ok(())
    }

    /// Where the object stands unless it is in a pack.
    pub(super) fn loose_path(&self, id: Oid) -> PathBuf {
        let name = id.to_string();
        self.git.path().join("objects").join(&name[..2]).join(&name[2..])
    }

    fn corrupt(&self, id: Oid, damage: &str) -> anyhow::Error {
        let place = self.location();
        Diagnostic::new(format!("cannot read {place}: object {id} is corrupt: {damage}"))
            .hint(super::fault::restore(place))
            .into()
    }
}

const CUT: &str = "its file ends too early";
const ODD: &str = "its file is not what git writes";

/// What is wrong with the compressed text `kind size NUL content`.
fn damage(file: &[u8]) -> Option<&'static str> {
    if file.is_empty() {
        return Some("its file is empty");
    }
    // Making these takes longer than most objects do.
    thread_local! {
        static SPACE: RefCell<(Decompress, Vec<u8>)> = RefCell::new((Decompress::new(true), vec![0; 1 << 15]));
    }
    SPACE.with_borrow_mut(|(inflate, buffer)| {
        inflate.reset(true);
        damage_in(file, inflate, buffer)
    })
}

fn damage_in(file: &[u8], inflate: &mut Decompress, buffer: &mut [u8]) -> Option<&'static str> {
    let mut expected = None;
    loop {
        let (read, written) = (inflate.total_in(), inflate.total_out());
        let rest = &file[usize::try_from(read).unwrap_or(file.len())..];
        let Ok(status) = inflate.decompress(rest, buffer, FlushDecompress::None) else {
            return Some(ODD);
        };
        if written == 0 {
            let Some(total) = total_size(buffer) else { return Some(ODD) };
            expected = Some(total);
        }
        match status {
            Status::StreamEnd if Some(inflate.total_out()) == expected => return None,
            Status::StreamEnd => return Some(CUT),
            _ if (inflate.total_in(), inflate.total_out()) == (read, written) => return Some(CUT),
            _ => {}
        }
    }
}

/// The size of the whole text, from its header.
fn total_size(start: &[u8]) -> Option<u64> {
    let header = start.iter().position(|byte| *byte == 0)?;
    let (_, size) = std::str::from_utf8(&start[..header]).ok()?.split_once(' ')?;
    Some(header as u64 + 1 + size.parse::<u64>().ok()?)
}
