//! `-o DIR` for who reads DIR meanwhile, and after a run that was killed.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::given::Sandbox;

const PIPELINE: &str = "
version: 1
application: greeting
templates: [{path: deploy}]
gitops: {repository: ../gitops.git}
environments: [{name: dev, await: {reporters: none}}]
";

/// An application with so many manifests. All of them name the release.
fn world(manifests: usize) -> Sandbox {
    let manifest = |number| {
        let metadata = format!("metadata: {{name: c{number}}}");
        format!(
            "---\napiVersion: v1\nkind: ConfigMap\n{metadata}\ndata: {{v: \"{{{{ release.version }}}}\"}}\n"
        )
    };
    let text: String = (0..manifests).map(manifest).collect();
    Sandbox::with_application(&[("towline.yaml", PIPELINE), ("deploy/config.yaml", &text)])
}

fn render(world: &Sandbox, release: &str) -> std::process::Command {
    world.command(&["render", "dev", "--release", release, "-o", "out"])
}

fn renders(world: &Sandbox, release: &str) {
    let run = world.run(render(world, release).output().unwrap());
    assert_eq!(run.code, Some(0), "{run}");
}

/// The releases that the files of the folder name, and how many there are.
fn releases(folder: &Path) -> std::io::Result<(BTreeSet<String>, usize)> {
    let (mut found, mut count) = (BTreeSet::new(), 0);
    for entry in fs::read_dir(folder)? {
        let text = fs::read_to_string(entry?.path())?;
        let version = text.lines().find_map(|line| line.trim().strip_prefix("v: ")).unwrap_or_default();
        found.insert(version.trim_matches(['"', '\'']).to_owned());
        count += 1;
    }
    Ok((found, count))
}

fn left_beside(out: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(out).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.file_name().unwrap().as_encoded_bytes().starts_with(b".")).collect()
}

#[test]
fn a_reader_sees_the_old_folder_or_the_new_one() {
    const MANIFESTS: usize = 60;
    let world = world(MANIFESTS);
    let out = world.path("app/out");
    renders(&world, "0.0.0");
    let (ended, looked) = (AtomicBool::new(false), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let folder = out.join("dev/greeting");
            while !ended.load(Ordering::Relaxed) {
                // Who has a folder open that was exchanged may see it go. Who opens it anew sees all of it.
                let open = fs::File::open(&folder).unwrap();
                let Ok((found, count)) = releases(&folder) else { continue };
                if fs::metadata(&folder).unwrap().ino() == open.metadata().unwrap().ino() {
                    assert_eq!((found.len(), count), (1, MANIFESTS), "{found:?}");
                    looked.store(true, Ordering::Relaxed);
                }
            }
        });
        for release in 1..30 {
            renders(&world, &format!("{release}.0.0"));
        }
        ended.store(true, Ordering::Relaxed);
    });
    assert!(looked.load(Ordering::Relaxed));
    assert_eq!(left_beside(&out), Vec::<PathBuf>::new());
}

/// How often a rendering of a new release into a folder puts something into its place.
fn moments(world: &Sandbox) -> usize {
    renders(world, "1.0.0");
    let status = render(world, "2.0.0").env("TOWLINE_FAILPOINT_LOG", world.path("calls")).output().unwrap();
    assert!(status.status.success());
    world.read("calls").lines().filter(|call| call.contains("put ")).count()
}

#[cfg(debug_assertions)]
#[test]
fn killed_anywhere_it_leaves_the_old_or_the_new() {
    const MANIFESTS: usize = 5;
    let moments = moments(&world(MANIFESTS));
    assert!(moments >= 4, "{moments}: too few to believe");
    for moment in 1..=moments {
        let world = world(MANIFESTS);
        let out = world.path("app/out");
        renders(&world, "1.0.0");
        let killed = render(&world, "2.0.0").env("TOWLINE_FAILPOINT", moment.to_string()).output().unwrap();
        assert_eq!(killed.status.code(), None, "killed at {moment}");
        let (found, count) = releases(&out.join("dev/greeting")).unwrap();
        assert_eq!((found.len(), count), (1, MANIFESTS), "killed at {moment}: {found:?}");
        // git does not see what is beside.
        world.git("app", &["init", "--quiet"]);
        let seen = world.git("app", &["status", "--porcelain", "--untracked-files=all"]);
        assert!(!seen.contains(".towline-"), "killed at {moment}: {seen}");

        renders(&world, "3.0.0");
        let (found, count) = releases(&out.join("dev/greeting")).unwrap();
        assert_eq!((found, count), (BTreeSet::from(["3.0.0".to_owned()]), MANIFESTS), "killed at {moment}");
        assert_eq!(left_beside(&out), Vec::<PathBuf>::new(), "killed at {moment}");
    }
}

#[cfg(debug_assertions)]
#[test]
fn what_people_changed_after_a_kill_is_theirs() {
    let world = world(3);
    renders(&world, "1.0.0");
    // The folder has changed; the descriptor has not.
    render(&world, "2.0.0").env("TOWLINE_FAILPOINT", "2 has put ").output().unwrap();
    render(&world, "2.0.0").env("TOWLINE_FAILPOINT", "1 has put ").output().unwrap();
    world.write("app/out/dev/greeting/README.md", "mine");
    renders(&world, "2.0.0");
    assert_eq!(world.read("app/out/dev/greeting/README.md"), "mine");
    assert_eq!(left_beside(&world.path("app/out")), Vec::<PathBuf>::new());
}

#[test]
fn what_is_not_ours_stays_as_it_is() {
    let world = world(4);
    let out = world.path("app/out");
    renders(&world, "1.0.0");
    let folder = out.join("dev/greeting");
    fs::create_dir_all(folder.join("docs/deep")).unwrap();
    for (path, mode) in [("run.sh", 0o750), ("docs/deep/notes.txt", 0o604)] {
        fs::write(folder.join(path), "mine").unwrap();
        fs::set_permissions(folder.join(path), fs::Permissions::from_mode(mode)).unwrap();
    }
    fs::set_permissions(folder.join("docs"), fs::Permissions::from_mode(0o710)).unwrap();
    symlink("run.sh", folder.join("link")).unwrap();
    symlink("nowhere", folder.join("docs/broken")).unwrap();
    let look = || {
        let of = |path: &str| {
            let it = fs::symlink_metadata(folder.join(path)).unwrap();
            (path.to_owned(), it.ino(), it.mode(), it.mtime_nsec())
        };
        ["run.sh", "docs/deep/notes.txt", "link", "docs/broken"].map(of)
    };
    let (before, modes) =
        (look(), [folder.clone(), folder.join("docs")].map(|it| fs::metadata(it).unwrap().mode()));
    renders(&world, "2.0.0");
    assert_eq!(look(), before);
    assert_eq!([folder.clone(), folder.join("docs")].map(|it| fs::metadata(it).unwrap().mode()), modes);
    assert_eq!(fs::read_link(folder.join("docs/broken")).unwrap(), Path::new("nowhere"));
}

/// Where nothing is exchanged, nothing is touched.
#[test]
fn one_changed_file_is_put_in_the_place_of_the_old_one_alone() {
    let world = world(3);
    world.write(
        "app/deploy/fixed.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fixed}\ndata: {a: b}\n",
    );
    renders(&world, "1.0.0");
    let folder = world.path("app/out/dev/greeting");
    let inode = |path: &Path| fs::metadata(path).unwrap().ino();
    let before = inode(&folder);
    world.write(
        "app/deploy/fixed.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fixed}\ndata: {a: c}\n",
    );
    renders(&world, "1.0.0");
    assert_eq!(inode(&folder), before);
    assert!(fs::read_to_string(folder.join("configmap-fixed.yaml")).unwrap().contains("a: c"));
    // More than one: the folder is another one.
    renders(&world, "2.0.0");
    assert_ne!(inode(&folder), before);
}

/// Somebody exchanges a folder on the way for a link, again and again, while it is written.
#[test]
fn a_link_that_comes_meanwhile_leads_nowhere() {
    let world = world(10);
    let out = world.path("app/out");
    renders(&world, "0.0.0");
    fs::create_dir_all(world.path("elsewhere/greeting")).unwrap();
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (folder, away) = (out.join("dev"), out.join("away"));
            while !ended.load(Ordering::Relaxed) {
                if fs::rename(&folder, &away).is_ok() {
                    symlink(world.path("elsewhere"), &folder).ok();
                    std::thread::yield_now();
                    fs::remove_file(&folder).ok();
                    fs::rename(&away, &folder).ok();
                }
            }
        });
        for release in 1..40 {
            // It fails when it sees the link, and that is right.
            render(&world, &format!("{release}.0.0")).output().unwrap();
        }
        ended.store(true, Ordering::Relaxed);
    });
    assert_eq!(fs::read_dir(world.path("elsewhere/greeting")).unwrap().count(), 0);
    assert_eq!(fs::read_dir(world.path("elsewhere")).unwrap().count(), 1);
}
