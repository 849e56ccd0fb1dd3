//! People on the branch of a proposal: what is theirs is never merged or overwritten, and what only
//! looks like theirs is in nobody's way.

use insta::assert_snapshot;
use towline::git::Marker;

use super::world::{Run, World};

const AUTO: &str = "  - {name: dev, merge: auto, await: {reporters: none}}\n";
const MANUAL: &str = "  - {name: dev, await: {reporters: none}}\n";
const HEAD: &str = "towline/dev/greeting";
const FILE: &str = "dev/greeting/configmap-greeting.yaml";

/// 1.4.0 is proposed, and waits for people.
fn proposed() -> World {
    let world = World::new(MANUAL);
    world.once("1.4.0");
    world.sleep(60);
    world
}

/// The story of an amended proposal: it keeps message and trailers, and is another commit.
#[test]
fn an_amended_proposal_is_somebodys_work() {
    let world = proposed();
    world.amend(HEAD, FILE, "by: hand\n");
    let amended = world.git(&["rev-parse", HEAD]);

    assert_snapshot!(world.merge_command("dev"), @r"
    Refused: the head of ../gitops.git#1 is not what was proposed: people committed to towline/dev/greeting: [ID]
    hint: merge it on the forge if that is what you want, or overwrite their commits with `towline propose dev --release 1.4.0 --force`
    ");
    world.environments(AUTO);
    assert_snapshot!(world.go("1.4.0"), @"error: cannot promote to environment `dev`: cannot propose greeting for dev: people committed to towline/dev/greeting: [ID]");
    assert_snapshot!(world.go("1.5.0"), @"error: cannot promote to environment `dev`: cannot propose greeting for dev: people committed to towline/dev/greeting: [ID]");
    assert_eq!(world.git(&["rev-parse", HEAD]), amended, "nobody's work is overwritten");
    assert_eq!(world.log(), "Begin");

    // Unless somebody says so.
    let forced = world.promote("1.5.0", Run { force: true, ..Run::default() }, &|_| {});
    assert_snapshot!(forced, @r"
    Done (0)
    dev: Done: 1.5.0 merged, not observed
    ");
    assert!(!world.git(&["show", &format!("main:{FILE}")]).contains("by: hand"));
}

/// What is ours is as it was, and something else goes in beside it.
#[test]
fn a_file_that_was_slipped_in_is_found() {
    let world = proposed();
    world.amend(HEAD, ".github/workflows/evil.yaml", "on: push\n");
    assert_snapshot!(world.merge_command("dev"), @r"
    Refused: the head of ../gitops.git#1 is not what was proposed: people committed to towline/dev/greeting: [ID]
    hint: merge it on the forge if that is what you want, or overwrite their commits with `towline propose dev --release 1.4.0 --force`
    ");
    assert_snapshot!(world.go("1.4.0"), @"error: cannot promote to environment `dev`: cannot propose greeting for dev: people committed to towline/dev/greeting: [ID]");
}

#[test]
fn a_copied_message_makes_no_commit_ours() {
    let world = proposed();
    world.check_out(HEAD);
    world.write(&format!("gitops/{FILE}"), "by: hand\n");
    world.by_hand(&["commit", "--quiet", "--all", "--reuse-message=HEAD"]);
    world.by_hand(&["push", "--quiet", "origin", &format!("HEAD:{HEAD}")]);
    assert_snapshot!(world.merge_command("dev"), @r"
    Refused: the head of ../gitops.git#1 is not what was proposed: people committed to towline/dev/greeting: [ID]
    hint: merge it on the forge if that is what you want, or overwrite their commits with `towline propose dev --release 1.4.0 --force`
    ");
    assert_snapshot!(world.go("1.5.0"), @"error: cannot promote to environment `dev`: cannot propose greeting for dev: people committed to towline/dev/greeting: [ID]");
}

/// What the body says can be edited too: a rendering at hand is compared with the files themselves.
#[test]
fn an_edited_marker_does_not_get_other_files_verified() {
    let world = proposed();
    world.amend(HEAD, FILE, "by: hand\n");
    let (forge, head) = (world.forge(), world.git(&["rev-parse", HEAD]).parse().unwrap());
    let pull = forge.get_pull(1).unwrap();
    let marker = Marker { commit: Some(head), ..Marker::parse(&pull.body).unwrap() };
    forge.update_pull(1, &pull.title, &marker.put_into(&pull.body).unwrap()).unwrap();
    world.environments(AUTO);
    world.go("1.4.0");
    assert!(!world.git(&["show", &format!("main:{FILE}")]).contains("by: hand"));
}

/// As a rebase by the forge leaves it: another commit of the very same files.
#[test]
fn the_same_files_in_another_commit_are_the_same_proposal() {
    let world = proposed();
    world.push("main", "other.yaml", "other: 1\n");
    world.check_out(HEAD);
    world.by_hand(&["fetch", "--quiet", "origin", "main"]);
    world.by_hand(&["rebase", "--quiet", "FETCH_HEAD"]);
    world.by_hand(&["push", "--quiet", "--force", "origin", &format!("HEAD:{HEAD}")]);
    assert_snapshot!(world.merge_command("dev"), @"Done: merged ../gitops.git#1 as [ID]");
}

/// "Update branch" joins the base into the branch. That is nobody's work.
#[test]
fn joining_the_base_is_nobodys_work() {
    let join = |world: &World| {
        let moved = world.git(&["rev-list", "--count", "main"]);
        world.push("main", "other.yaml", &format!("other: {moved}\n"));
        world.check_out(HEAD);
        world.by_hand(&["fetch", "--quiet", "origin", "main"]);
        world.by_hand(&["merge", "--quiet", "--no-edit", "FETCH_HEAD"]);
        world.by_hand(&["push", "--quiet", "origin", &format!("HEAD:{HEAD}")]);
    };
    let world = proposed();
    join(&world);
    assert_snapshot!(world.merge_command("dev"), @"Done: merged ../gitops.git#1 as [ID]");

    // A newer release takes its place, and the release itself goes on.
    let world = proposed();
    join(&world);
    assert_snapshot!(world.once("1.5.0"), @r"
    Unfinished (75)
    dev: Unfinished: ../gitops.git#1 is waiting to be merged
    ");
    join(&world);
    world.environments(AUTO);
    assert_snapshot!(world.go("1.5.0"), @r"
    Done (0)
    dev: Done: 1.5.0 merged, not observed
    ");

    // A join with something else in it is somebody's work.
    let world = proposed();
    join(&world);
    world.amend(HEAD, "evil.yaml", "evil: 1\n");
    assert_snapshot!(world.merge_command("dev"), @r"
    Refused: the head of ../gitops.git#1 is not what was proposed: people committed to towline/dev/greeting: [ID]
    hint: merge it on the forge if that is what you want, or overwrite their commits with `towline propose dev --release 1.4.0 --force`
    ");
}

/// The story of a base branch that is rewritten below a proposal.
#[test]
fn a_rewritten_base_gets_a_fresh_proposal() {
    let world = World::new(MANUAL);
    world.push("main", "notes.txt", "tipyng erorr\n");
    world.once("1.4.0");
    world.amend("main", "notes.txt", "typing error\n");
    // To merge it now would bring back what was taken out.
    assert_snapshot!(world.merge_command("dev"), @r"
    Refused: main was rewritten, and would get back what was taken out of it by ../gitops.git#1
    hint: run `towline propose dev --release 1.4.0` to propose it again
    ");
    assert_snapshot!(world.once("1.4.0"), @r"
    Unfinished (75)
    dev: Unfinished: ../gitops.git#1 is waiting to be merged
    ");
    assert_snapshot!(world.merge_command("dev"), @"Done: merged ../gitops.git#1 as [ID]");
    assert_eq!(world.git(&["show", "main:notes.txt"]), "typing error");
    assert_snapshot!(world.git(&["log", "--format=%s", "main"]), @r"
    Deploy greeting 1.4.0 to dev (#1)
    Edit by hand
    Deploy greeting 1.4.0 to dev
    Begin
    ");
}

/// A run that is killed between the push and the text of the pull request.
#[test]
fn a_run_that_was_killed_before_the_text_is_mended() {
    let killed = || {
        let world = proposed();
        let before = world.forge().get_pull(1).unwrap();
        world.once("1.5.0");
        world.forge().update_pull(1, &before.title, &before.body).unwrap();
        world
    };
    let world = killed();
    assert_snapshot!(world.merge_command("dev"), @r"
    Refused: the text of ../gitops.git#1 is about another commit than its head
    hint: run `towline propose dev --release 1.5.0` to propose it again
    ");
    assert_snapshot!(world.once("1.5.0"), @r"
    Unfinished (75)
    dev: Unfinished: ../gitops.git#1 is waiting to be merged
    ");
    assert_snapshot!(world.merge_command("dev"), @"Done: merged ../gitops.git#1 as [ID]");

    let world = killed();
    assert_snapshot!(world.once("1.6.0"), @r"
    Unfinished (75)
    dev: Unfinished: ../gitops.git#1 is waiting to be merged
    ");
    assert_snapshot!(world.merge_command("dev"), @"Done: merged ../gitops.git#1 as [ID]");
}

/// Somebody who edits the description takes the marker away.
#[test]
fn a_lost_marker_is_written_again() {
    let world = proposed();
    world.forge().update_pull(1, "Deploy greeting 1.4.0 to dev", "Please wait until Monday").unwrap();
    assert_snapshot!(world.merge_command("dev"), @r"
    Refused: the text of ../gitops.git#1 no longer contains Towline's marker: the description was edited
    hint: run `towline propose dev --release 1.4.0` to propose it again
    ");
    world.once("1.4.0");
    assert_snapshot!(world.merge_command("dev"), @"Done: merged ../gitops.git#1 as [ID]");
}

/// Two release lines of one application know nothing of each other.
#[test]
fn release_lines_live_beside_each_other() {
    let world = World::new(MANUAL);
    let line = |branch: &str| {
        world.environments(MANUAL);
        let pipeline = std::fs::read_to_string(world.path("app/towline.yaml")).unwrap();
        let with_branch = format!("gitops.git, branch: {branch}}}");
        world.write("app/towline.yaml", &pipeline.replace("gitops.git}", &with_branch));
    };
    world.git(&["branch", "release/1.0/dev", "main"]);
    world.once("2.0.0");
    line("release/1.0/dev");
    assert_snapshot!(world.once("1.0.1"), @r"
    Unfinished (75)
    dev: Unfinished: ../gitops.git#2 is waiting to be merged
    ");
    assert_snapshot!(world.pulls(), @r"
    #1 Open Deploy greeting 2.0.0 to dev
    #2 Open Deploy greeting 1.0.1 to dev
    ");
    assert_snapshot!(world.merge_command("dev"), @"Done: merged ../gitops.git#2 as [ID]");
    line("main");
    assert_snapshot!(world.merge_command("dev"), @"Done: merged ../gitops.git#1 as [ID]");
    assert_snapshot!(world.git(&["for-each-ref", "--format=%(refname:short)", "refs/heads"]), @r"
    main
    release/1.0/dev
    towline/dev/greeting
    towline/dev/greeting@release/1.0/dev
    ");
}

#[test]
fn a_branch_in_the_way_of_the_head_branch_is_told() {
    let world = World::new(MANUAL);
    world.git(&["branch", "towline", "main"]);
    assert_snapshot!(world.once("1.4.0"), @"error: cannot promote to environment `dev`: cannot propose greeting for dev: the branch `towline` is in the way of towline/dev/greeting");
    world.git(&["branch", "--delete", "--force", "towline"]);
    world.git(&["branch", "towline/dev", "main"]);
    assert_snapshot!(world.once("1.4.0"), @"error: cannot promote to environment `dev`: cannot propose greeting for dev: the branch `towline/dev` is in the way of towline/dev/greeting");
}
