//! A folder built anew beside the one that is there, with the same files but those that change. What stays is linked,
//! not copied: it keeps its mode, its owner and its times, and whoever has it open goes on with it.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirEntryExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, linkat};

use super::manifest::File;
use super::on_disk::OnDisk;
use super::target_folder::TargetFolder;

/// What changes in a folder.
#[derive(Debug)]
pub struct Twin<'a> {
    /// Its path in the folder that is written to.
    pub path: String,
    /// Those that are written.
    pub files: Vec<&'a File>,
    /// Those that are removed.
    pub stale: Vec<&'a str>,
}

impl Twin<'_> {
    /// Builds it at `staged`.
    pub fn build(&self, target: &TargetFolder, disk: &OnDisk, staged: &Path) -> anyhow::Result<()> {
        let written = self.files.iter().map(|file| Path::new(&file.path));
        let left_out: HashSet<&Path> = written.chain(self.stale.iter().map(Path::new)).collect();
        let mut modes = Vec::new();
        self.link(target, disk, Path::new(&self.path), staged, &left_out, &mut modes)?;
        let mut made = HashSet::new();
        for file in &self.files {
            write_below(staged, self.below(&file.path), &file.content, &mut made)?;
        }
        // The innermost first: who may not write into a folder could not do so above.
        for (folder, mode) in modes.iter().rev() {
            fs::set_permissions(folder, fs::Permissions::from_mode(*mode))?;
        }
        Ok(())
    }

    /// Saves what other programs have put into the old folder, now at `old`, while the new one was built.
    pub fn rescue(&self, target: &TargetFolder, old: &Path) -> io::Result<()> {
        let written = self.files.iter().map(|file| Path::new(&file.path));
        let ours: HashSet<&Path> = written.chain(self.stale.iter().map(Path::new)).collect();
        rescue(old, &target.path.join(&self.path), Path::new(&self.path), &ours)
    }

    fn link(
        &self,
        target: &TargetFolder,
        disk: &OnDisk,
        folder: &Path,
        staged: &Path,
        left_out: &HashSet<&Path>,
        modes: &mut Vec<(PathBuf, u32)>,
    ) -> anyhow::Result<()> {
        fs::create_dir(staged)?;
        let from = fs::File::from(target.folder(folder)?);
        let mode = from.metadata()?.permissions().mode();
        if mode != fs::metadata(staged)?.permissions().mode() {
            modes.push((staged.to_owned(), mode & 0o7777));
        }
        for (name, kind) in &*disk.listing(folder)? {
            let (path, to) = (folder.join(name), staged.join(name));
            match kind.is_dir() {
                true => self.link(target, disk, &path, &to, left_out, modes)?,
                false if left_out.contains(&*path) => {}
                false => linkat(&from, name, CWD, &to, AtFlags::empty())?,
            }
        }
        Ok(())
    }

    fn below<'p>(&self, path: &'p str) -> &'p str {
        path.strip_prefix(&self.path).unwrap_or(path).trim_start_matches('/')
    }
}

/// Writes a file into a folder. The folders on the way to it are made, but not one twice.
pub fn write_below<'p>(
    folder: &Path,
    path: &'p str,
    content: &[u8],
    made: &mut HashSet<&'p str>,
) -> io::Result<()> {
    for above in path.match_indices('/').map(|(end, _)| &path[..end]) {
        if made.insert(above) {
            match fs::create_dir(folder.join(above)) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                done => done?,
            }
        }
    }
    fs::write(folder.join(path), content)
}

fn rescue(old: &Path, new: &Path, path: &Path, ours: &HashSet<&Path>) -> io::Result<()> {
    let known: HashMap<OsString, u64> =
        fs::read_dir(new)?.flatten().map(|entry| (entry.file_name(), entry.ino())).collect();
    for entry in fs::read_dir(old)?.flatten() {
        let name = entry.file_name();
        let (path, to) = (path.join(&name), new.join(&name));
        match known.get(&name) {
            Some(_) if entry.file_type()?.is_dir() => rescue(&entry.path(), &to, &path, ours)?,
            _ if ours.contains(&*path) => {}
            Some(inode) if *inode == entry.ino() => {}
            _ => match fs::rename(entry.path(), to) {
                // Removed again meanwhile.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                renamed => renamed?,
            },
        }
    }
    Ok(())
}
