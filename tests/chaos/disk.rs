//! A small disk of its own for the repository, that fills up and empties.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::Figures;
use crate::given::Random;

/// Unmounted in the end.
pub struct Disk {
    folder: PathBuf,
    is_mounted: bool,
}

impl Disk {
    /// Mounted at `folder`, where that can be done. Says why when it cannot.
    pub fn at(folder: PathBuf) -> Self {
        fs::create_dir_all(&folder).unwrap();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=64m", "tmpfs"]).arg(&folder).output();
        let is_mounted = mounted.as_ref().is_ok_and(|output| output.status.success());
        if !is_mounted {
            eprintln!(
                "the disk does not fill up in this run: no file system can be mounted here ({mounted:?})"
            );
        }
        Self { folder, is_mounted }
    }

    /// Fills it and empties it, again and again.
    pub fn fill(&self, until: Instant, mut random: Random, figures: &Figures) {
        while self.is_mounted && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1000 + random.below(3000)));
            let filler = self.folder.join("filler");
            fill(&filler);
            Figures::count(&figures.full);
            std::thread::sleep(Duration::from_millis(50 + random.below(500)));
            fs::remove_file(filler).unwrap();
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.is_mounted {
            Command::new("umount").arg("--lazy").arg(&self.folder).status().ok();
        }
    }
}

/// Writes until there is no more room.
fn fill(path: &Path) {
    use std::io::Write;
    let mut file = fs::File::create(path).unwrap();
    let part = vec![0; 1 << 16];
    while file.write_all(&part).is_ok() {}
    while file.write_all(&[0]).is_ok() {}
}
