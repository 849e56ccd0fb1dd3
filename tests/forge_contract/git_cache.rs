//! The cache of a remote repository when disks, kills and people have been at it: what is damaged is
//! fetched anew, once, people are told, and nobody who uses it at the same time is disturbed.

use std::fs;
use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use towline::git::Update;

use super::git_network::{World, change, commit, walk};

/// A world whose cache has what one change needs.
fn used() -> World {
    used_by(World::new())
}

fn used_by(world: World) -> World {
    world.gitops.push("main", &[("dev/app1/a.yaml", "a: 1\n"), ("dev/app2/a.yaml", "a: 1\n")]);
    world.gitops.push("main", &[("dev/app2/a.yaml", "a: 2\n")]);
    run(&world);
    assert_eq!(world.told(), "");
    world
}

/// One run of ours, from the start; how many requests it took.
fn run(world: &World) -> usize {
    world.gitops.git(&["update-ref", "-d", "refs/heads/towline/dev/app1"]);
    world.server.requests();
    let shown = change(world, &world.connect());
    assert!(shown.contains("1 file changed"), "{shown}");
    world.server.requests().len()
}

fn files(world: &World, extension: &str) -> Vec<PathBuf> {
    let files = walk(&world.cached().join("objects/pack")).into_iter();
    files.filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
}

/// Writes over a file that git made read-only.
fn write(path: &Path, content: &[u8]) {
    if path.exists() {
        fs::remove_file(path).unwrap();
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn flip_the_middle(path: &Path) {
    let mut content = fs::read(path).unwrap();
    let middle = content.len() / 2;
    content[middle] ^= 0xff;
    write(path, &content);
}

fn cut(path: &Path) {
    let content = fs::read(path).unwrap();
    write(path, &content[..content.len() / 2]);
}

/// The next run begins anew, says so, takes what a first run takes, and leaves a whole cache.
fn heals(world: &World) {
    let first = run(&world.elsewhere());
    let healing = run(world);
    assert_eq!(world.told(), "the cache of http://host/gitops.git is damaged: fetching again what is needed");
    assert_eq!(healing, first);
    let next = run(world);
    assert_eq!(world.told(), "");
    assert!(next < first, "{next} requests with a cache, {first} without");
}

#[test]
fn damage_in_the_middle_of_a_pack() {
    let world = used();
    for pack in files(&world, "pack") {
        flip_the_middle(&pack);
        heals(&world);
    }
}

#[test]
fn damage_in_the_indexes() {
    for (extension, damage) in
        [("idx", cut as fn(&Path)), ("idx", flip_the_middle), ("rev", flip_the_middle), ("pack", cut)]
    {
        // Only git writes reverse indexes.
        let world = if extension == "rev" { used_by(World::by_command()) } else { used() };
        damage(&files(&world, extension)[0]);
        heals(&world);
    }
}

#[test]
fn files_that_are_gone() {
    for extension in ["idx", "pack"] {
        let world = used();
        fs::remove_file(&files(&world, extension)[0]).unwrap();
        heals(&world);
    }
    // With the commits go their packs; what tells where history is cut off stays behind.
    let world = used();
    fs::remove_dir_all(world.cached().join("objects/pack")).unwrap();
    fs::create_dir(world.cached().join("objects/pack")).unwrap();
    heals(&world);
}

#[test]
fn references_and_settings_that_are_no_more() {
    for (name, content) in [
        ("refs/towline/fetched/main", [b'0'; 40].as_slice()),
        ("refs/towline/fetched/main", [0; 41].as_slice()),
        ("HEAD", [0; 23].as_slice()),
        ("packed-refs", b"deadbeef refs/heads/x".as_slice()),
        ("config", b"[core"),
        ("shallow", b"deadbeef\n"),
        ("shallow", [0; 41].as_slice()),
    ] {
        let world = used();
        write(&world.cached().join(name), content);
        heals(&world);
    }
}

#[test]
fn what_a_killed_git_left_is_swept_away() {
    let world = used();
    for name in ["shallow.lock", "objects/pack/tmp_pack_a"] {
        fs::write(world.cached().join(name), "half").unwrap();
    }
    run(&world);
    assert!(walk(&world.cached()).iter().all(|path| !path.ends_with("shallow.lock")));
    // Objects that were written here and not pushed are written again.
    for file in walk(&world.cached().join("objects")) {
        if file.parent().unwrap().file_name().unwrap().len() == 2 {
            write(&file, b"");
        }
    }
    run(&world);
    assert_eq!(world.told(), "");
}

#[test]
fn a_run_that_uses_a_damaged_cache_is_left_alone() {
    let world = used();
    let early = world.connect();
    let tip = early.branch_tip("main").unwrap();
    let ours = commit(&early, tip, &[("dev/app2/a.yaml", "ours\n")]);
    write(&world.cached().join("refs/towline/fetched/main"), &[0; 41]);

    run(&world);
    assert_snapshot!(world.told(), @"the cache of http://host/gitops.git is damaged: fetching again what is needed");
    assert!(early.message(tip).unwrap().contains("Edit by hand"));
    assert_eq!(early.update_branch("towline/dev/app2", ours, None).unwrap(), Update::Done);
    drop(early);

    heals(&world);
}

#[test]
fn damage_that_comes_after_the_cache_was_opened() {
    let world = used_by(World::by_command());
    let repository = world.connect();
    let config = world.cached().join("config");
    write(&config, b"[core");
    assert!(repository.branch_tip("main").is_ok());
    assert_snapshot!(world.told(), @"the cache of http://host/gitops.git seems to be damaged: fetching again what is needed");

    // Once is enough: what breaks again is told, not tried for ever.
    write(&config, b"[core");
    assert!(repository.branch_tip("main").is_err());
    drop(repository);

    // Nothing is thrown away that others use.
    let (other, repository) = (world.connect(), world.connect());
    world.told();
    write(&config, b"[core");
    assert!(repository.branch_tip("main").is_err());
    assert_eq!(world.told(), "");
    drop((other, repository));
    heals(&world);
}

#[test]
fn many_runs_find_the_damage_at_once() {
    let world = used();
    flip_the_middle(&files(&world, "pack")[0]);
    std::thread::scope(|threads| {
        for number in 0..6 {
            let world = &world;
            threads.spawn(move || {
                let repository = world.connect();
                let tip = repository.branch_tip("main").unwrap();
                let new = commit(&repository, tip, &[(&format!("dev/app{number}/a.yaml"), "changed\n")]);
                let branch = format!("towline/at-once/app{number}");
                assert_eq!(repository.update_branch(&branch, new, None).unwrap(), Update::Done);
            });
        }
    });
    assert_eq!(world.gitops.git(&["for-each-ref", "refs/heads/towline/at-once"]).lines().count(), 6);
    world.told();
    run(&world);
    run(&world);
    assert_eq!(world.told(), "");
}

#[test]
fn a_cache_of_too_many_packs_begins_anew_without_a_word() {
    let world = used();
    let pack = files(&world, "pack")[0].clone();
    for number in 0..201 {
        for extension in ["pack", "idx"] {
            fs::copy(
                pack.with_extension(extension),
                pack.with_file_name(format!("pack-{number:040}.{extension}")),
            )
            .unwrap();
        }
    }
    run(&world);
    assert_eq!(world.told(), "");
    assert!(files(&world, "pack").len() < 20);
}
