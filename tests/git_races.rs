//! What others do in the repository while Towline is at work, and what they left there: `git gc`, folders that nobody
//! can count, commits of the far future.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use git2::Oid;
use insta::assert_snapshot;
use jiff::Timestamp;
use towline::git::{Edits, MergedTree, NewCommit};

use crate::given::{Gitops, Sandbox};

/// Somebody removes the folders of objects as soon as they are empty, as `git gc` does.
#[test]
fn a_folder_of_objects_that_gc_removes_is_made_again() {
    let gitops = Gitops::new();
    let repository = gitops.repository();
    let objects = gitops.path().join("objects");
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                for number in 0..256 {
                    fs::remove_dir(objects.join(format!("{number:02x}"))).ok();
                }
            }
        });
        let written = (0..400).try_for_each(|number| {
            let edits = Edits::from([("a/b.txt".to_owned(), Some(format!("{number}").into_bytes()))]);
            repository.edit_tree(None, &edits).map(drop)
        });
        ended.store(true, Ordering::Relaxed);
        written.unwrap();
    });
    gitops.git(&["fsck", "--strict", "--no-dangling"]);
}

#[test]
fn objects_that_were_packed_meanwhile_are_read_from_the_pack() {
    let gitops = Gitops::new();
    let repository = gitops.repository();
    let time = Timestamp::UNIX_EPOCH;
    for number in 0..20 {
        let base = repository.branch_tip("main").unwrap();
        let edits = Edits::from([(format!("{number}.txt"), Some(b"text".to_vec()))]);
        let tree = repository.edit_tree(Some(repository.tree_id(base).unwrap()), &edits).unwrap();
        let new = NewCommit { tree, parents: &[base], message: "Add", time };
        let commit = repository.commit(new).unwrap();
        repository.update_branch("main", commit, Some(base)).unwrap();
        // The pack that the open repository knows is gone afterwards.
        gitops.git(&["repack", "-q", "-a", "-d"]);
        gitops.git(&["pack-refs", "--all", "--prune"]);
        assert!(repository.read_file(repository.branch_tip("main").unwrap(), "README.md").unwrap().is_some());
    }
    assert_eq!(gitops.git(&["rev-list", "--count", "main"]), "21");
}

/// Ten folders in each of ten folders, ten levels deep: eleven objects, and more paths than anybody can count.
fn add_a_tree_bomb(world: &Sandbox) {
    let git = |arguments: &[&str]| world.git("gitops.git", arguments);
    world.write("x", "x");
    let mut id = git(&["hash-object", "-w", world.path("x").to_str().unwrap()]);
    let mut mode = "100644 blob";
    for _ in 0..10 {
        let entries: String = (0..10).map(|number| format!("{mode} {id}\tf{number}\n")).collect();
        id = mktree(world, &entries);
        mode = "040000 tree";
    }
    let tree = format!("{}\n040000 tree {id}\tbomb\n", git(&["ls-tree", "main"]));
    let tree = mktree(world, &tree);
    let commit = git(&["commit-tree", &tree, "-p", "main", "-m", "Add a bomb"]);
    git(&["update-ref", "refs/heads/main", &commit]);
}

fn mktree(world: &Sandbox, entries: &str) -> String {
    world.write("entries", entries);
    let script = "git -C ../gitops.git mktree < ../entries";
    let output = world.shell(script).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_tree_bomb_on_the_base_branch_costs_nothing() {
    let world = Sandbox::with_two_environments();
    world.towline(&["propose", "dev", "--release", "1.4.0"]);
    add_a_tree_bomb(&world);
    assert_eq!(world.towline(&["status"]).code, Some(0));
    let run = world.towline(&["merge", "dev"]);
    assert_eq!(run.code, Some(0), "{run}");
    let run = world.towline(&["promote", "--release", "1.5.0"]);
    assert_eq!(run.code, Some(0), "{run}");
    let run = world.towline(&["status", "--history", "dev"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(world.git("gitops.git", &["ls-tree", "main", "bomb"]).starts_with("040000 tree"));
}

#[test]
fn folders_without_end_are_refused_and_not_followed() {
    let gitops = Gitops::new();
    let repository = gitops.repository();
    let base = repository.branch_tip("main").unwrap();
    let nested = |text: &str| {
        let path = ["f"; 400].join("/");
        let edits = Edits::from([(path, Some(text.as_bytes().to_vec()))]);
        let tree = repository.edit_tree(Some(repository.tree_id(base).unwrap()), &edits).unwrap();
        let time = Timestamp::UNIX_EPOCH;
        repository.commit(NewCommit { tree, parents: &[base], message: "Nest", time }).unwrap()
    };
    let (one, other) = (nested("one"), nested("other"));
    assert!(matches!(repository.merged_tree(base, one).unwrap(), MergedTree::Clean(_)));
    assert_snapshot!(repository.merged_tree(one, other).unwrap_err(), @"f in gitops.git has folders in more than 256 levels");
    let trees: Vec<Oid> = [one, other].iter().map(|commit| repository.tree_id(*commit).unwrap()).collect();
    let error = repository.differing_paths(trees[0], trees[1], 10).unwrap_err();
    assert_snapshot!(error, @"f in gitops.git has folders in more than 256 levels");
}

#[test]
fn a_commit_of_the_far_future_hides_nothing() {
    let world = Sandbox::with_two_environments();
    world.towline(&["promote", "--only", "dev", "--release", "1.4.0"]);
    let tip = world.git("gitops.git", &["cat-file", "commit", "main"]);
    let id = world.git("gitops.git", &["rev-parse", "main"]);
    let tree = tip.lines().next().unwrap();
    for (number, seconds) in
        [99_999_999_999_999_i64, 253_402_207_199, i64::MAX, 1 << 40].into_iter().enumerate()
    {
        let person = format!("Ada <ada@example.com> {seconds} +0000");
        let commit = format!("{tree}\nparent {id}\nauthor {person}\ncommitter {person}\n\nWork {number}\n");
        world.write("commit", &commit);
        let script = "git -C ../gitops.git update-ref refs/heads/main \
                      $(git -C ../gitops.git hash-object -t commit -w --literally ../commit)";
        assert!(world.shell(script).status().unwrap().success());
        for arguments in [
            &["status"][..],
            &["status", "--history", "dev"],
            &["promote", "--release", &format!("1.{}.0", number + 5)],
        ] {
            let run = world.towline(arguments);
            assert!(matches!(run.code, Some(0)), "{seconds}: {run}");
        }
        world.git("gitops.git", &["update-ref", "refs/heads/main", &id]);
    }
}
