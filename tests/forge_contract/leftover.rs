//! A forge that breaks down in the middle of a merge: the base branch has it, and the pull request stays
//! open, as recorded from Gitea.

use std::process::Command;

use insta::assert_snapshot;

use super::promote::{HOSTS, World};

/// On Gitea, with a proposal for dev that git has merged and the forge has not.
fn torn() -> World {
    let gitea = HOSTS.into_iter().find(|host| host.kind == "gitea").unwrap();
    let world = World::on(gitea);
    let proposed = world.towline(&["propose", "dev", "--release", "1.4.0"], world.host.token);
    assert!(proposed.ends_with("exit code 0"), "{proposed}");
    let head = "refs/heads/towline/dev/greeting";
    let tree = format!("{head}^{{tree}}");
    // Not a moment ago: the forge had the time to show it.
    let merge = Command::new("git")
        .current_dir(world.gitops.path())
        .args(["commit-tree", &tree, "-p", "refs/heads/main", "-p", head, "-m", "Merge"])
        .envs(["AUTHOR", "COMMITTER"].map(|role| (format!("GIT_{role}_NAME"), "Ann")))
        .envs(["AUTHOR", "COMMITTER"].map(|role| (format!("GIT_{role}_EMAIL"), "ann@example.com")))
        .env("GIT_COMMITTER_DATE", "2026-03-01T12:00:00Z")
        .output()
        .unwrap();
    let merged = String::from_utf8(merge.stdout).unwrap();
    world.gitops.git(&["update-ref", "refs/heads/main", merged.trim()]);
    world
}

#[test]
fn what_is_merged_is_no_proposal_any_more_whatever_the_forge_shows() {
    let world = torn();
    let say = |command: &[&str]| world.towline(command, world.host.token);
    assert_snapshot!(say(&["await", "dev", "--once"]), @r"
    dev: rolled out
    dev: merged as [ID]
    exit code 0
    ");
    let status = say(&["status"]);
    let dev: Vec<&str> = status.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!((dev[1], dev[4]), ("1.4.0", "-"), "deployed, and not proposed");
    assert_snapshot!(say(&["merge", "dev"]), @r"
    dev: https://git.example.com/acme/gitops/pulls/1 is already merged into main; it was still open, and is closed now
    exit code 0
    ");
    assert_snapshot!(say(&["merge", "dev"]), @r"
    dev: https://git.example.com/acme/gitops/pulls/1 is already merged into main
    exit code 0
    ");
    assert!(say(&["await", "dev", "--once"]).starts_with("dev: rolled out\n"));
}

#[test]
fn a_promotion_closes_what_is_left_open() {
    let world = torn();
    assert_snapshot!(world.towline(&["promote", "--once", "--release", "1.4.0", "--to", "dev"], world.host.token), @r"
    dev  done  1.4.0 merged, not observed
    dev: 1.4.0 merged, not observed
    exit code 0
    ");
    let log = world.server.log();
    let closed = log.iter().filter(|line| line.starts_with("PATCH") && line.contains("/pulls/1 "));
    assert_eq!(closed.count(), 1);
}
