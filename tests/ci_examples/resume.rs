//! `resume.sh`, which all of them share: which releases it goes on with.

use insta::assert_snapshot;

use super::world::{World, log};

/// What it writes in a fresh clone, without ids and durations, and its exit code.
fn resume(world: &World) -> String {
    let workspace = world.checkout("origin/main");
    let output = world.command("ci/resume.sh", true).current_dir(workspace).output().unwrap();
    let folder = world.path("gitops.git").display().to_string();
    let log = log(&output).replace(&folder, "gitops.git");
    let log = regex::Regex::new(r"after \d+s").unwrap().replace_all(&log, "after [LENGTH]");
    let is_id = |word: &&str| word.len() == 40 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let words = log.split_inclusive([' ', '\n']).map(|word| match Some(word.trim_end()).filter(is_id) {
        Some(id) => word.replace(id, "[ID]"),
        None => word.to_owned(),
    });
    format!("{}exit code {}", words.collect::<String>(), output.status.code().unwrap())
}

fn start(world: &World, tag: &str) {
    let workspace = world.checkout(tag);
    let version = tag.trim_start_matches('v');
    let mut promote = world.command("towline", true);
    promote.args(["promote", "--once", "--release", version, "--image", &format!("web={version}")]);
    let output = promote.current_dir(workspace).output().unwrap();
    assert_eq!(output.status.code(), Some(75), "{}", log(&output));
}

#[test]
fn nothing_is_under_way_before_the_first_release() {
    assert_snapshot!(resume(&World::new()), @"exit code 0");
}

#[test]
fn two_releases_are_under_way() {
    let world = World::new();
    start(&world, "v1.4.0");
    for environment in ["dev", "staging"] {
        world.report(environment, "success");
        resume(&world);
    }
    world.commit("app", &[]);
    world.tag("v1.5.0");
    start(&world, "v1.5.0");
    assert_eq!(world.status(), "dev 1.5.0 deployed, staging 1.4.0 verified, prod 1.4.0 proposed",);
    world.towline(&["merge", "prod"]);
    world.report("prod", "success");
    world.report("dev", "success");
    assert_snapshot!(resume(&world), @"
    dev      unchanged  greeting 1.4.0 for dev is older than 1.5.0, which is already deployed
    staging  unchanged  1.4.0 is already verified
    prod     done       1.4.0 verified: 1 reporter, 0 checks; merged after [LENGTH], first report after [LENGTH], healthy after [LENGTH]
    dev      done        1.5.0 verified: 1 reporter, 1 check; merged after [LENGTH], first report after [LENGTH], healthy after [LENGTH]
    staging  unfinished  nothing yet from operator/staging
    prod     unfinished  waits for environment `staging`
    dev: greeting 1.4.0 for dev is older than 1.5.0, which is already deployed
    staging: 1.4.0 is already verified
    prod: 1.4.0 verified: 1 reporter, 0 checks
    dev smoke: running
    dev smoke: passed
    dev: 1.5.0 verified: 1 reporter, 1 check
    staging: proposed greeting 1.5.0 for staging: gitops.git#5
    staging: merged as [ID]
    staging: nothing yet from operator/staging
    prod: waits for environment `staging`
    exit code 75
    ");
    assert_eq!(world.status(), "dev 1.5.0 verified, staging 1.5.0 deployed, prod 1.4.0 verified");
}

#[test]
fn a_no_of_people_is_an_answer() {
    let world = World::new();
    start(&world, "v1.4.0");
    for environment in ["dev", "staging"] {
        world.report(environment, "success");
        resume(&world);
    }
    let gitops = towline::git::Repository::open("gitops.git", &world.path(".")).unwrap();
    let forge = towline::forge::local(&gitops, std::sync::Arc::new(towline::clock::SystemClock));
    let pull = forge.find_pull("towline/prod/greeting", "main").unwrap().unwrap();
    forge.close_pull(pull.number, "not on a Friday").unwrap();
    assert_snapshot!(resume(&world), @r"
    dev      unchanged  1.4.0 is already verified
    staging  unchanged  1.4.0 is already verified
    prod     closed
    dev: 1.4.0 is already verified
    staging: 1.4.0 is already verified
    prod: closed
    error: prod: gitops.git#3 was closed without being merged
    exit code 0
    ");
}

#[test]
fn one_that_fails_does_not_keep_the_others_from_going_on() {
    let world = World::new();
    start(&world, "v1.4.0");
    world.report("dev", "success");
    resume(&world);
    world.commit("app", &[]);
    world.tag("v1.5.0");
    start(&world, "v1.5.0");
    world.report("dev", "failure");
    world.report("staging", "success");
    assert!(resume(&world).ends_with("exit code 5"));
    assert_eq!(world.status(), "dev 1.5.0 failed, staging 1.4.0 verified, prod 1.4.0 proposed");
}

#[test]
fn only_what_was_tagged_is_run() {
    let world = World::new();
    let workspace = world.checkout("v1.4.0");
    world.git(workspace.to_str().unwrap(), &["commit", "--quiet", "--allow-empty", "--message=Mine"]);
    world.git(workspace.to_str().unwrap(), &["push", "--quiet", "origin", "HEAD:refs/heads/mine"]);
    let mut promote = world.command("towline", true);
    promote.args(["promote", "--once", "--release=1.4.0", "--image=web=1.4.0"]).current_dir(workspace);
    assert_eq!(promote.output().unwrap().status.code(), Some(75));
    assert_snapshot!(resume(&world), @r"
    dev: its release is of a commit without a tag v*: [ID]
    exit code 1
    ");
}

#[test]
fn a_removal_is_left_to_people() {
    let world = World::new();
    start(&world, "v1.4.0");
    world.report("dev", "success");
    resume(&world);
    world.towline(&["remove", "dev"]);
    world.towline(&["remove", "staging"]);
    assert_snapshot!(resume(&world), @"exit code 0");
}
