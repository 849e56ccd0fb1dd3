//! Verdicts on the forges: whose count, and what it costs to look at them.

use std::sync::Arc;

use insta::assert_snapshot;
use towline::clock::SystemClock;
use towline::forge::StatusState;

use super::promote::{HOSTS, World};
use crate::fakes::github::TOKEN;
use crate::fakes::github::rules::Rules;
use crate::fakes::people::People as _;

const ONLY_DEV: [&str; 6] = ["promote", "--once", "--only", "dev", "--release", "1.4.0"];
const ONLY_PROD: [&str; 6] = ["promote", "--once", "--only", "prod", "--release", "1.4.0"];

/// Ann reverts the merge at the tip of `main`. The commit.
fn revert(world: &World) -> String {
    let before = world.gitops.git(&["rev-parse", "main^1^{tree}"]);
    let identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"];
    let commit = [&identity[..], &["commit-tree", &before, "-p", "main", "-m", "Revert"]].concat();
    let revert = world.gitops.git(&commit);
    world.gitops.git(&["update-ref", "refs/heads/main", &revert]);
    revert
}

#[test]
fn a_verified_environment_costs_three_requests_whatever_came_after_it() {
    for host in HOSTS {
        let world = World::on(host);
        world.towline(&ONLY_DEV, host.token);
        for number in 0..40 {
            world.gitops.push("main", &[(&format!("other/{number}.yaml"), "a: 1\n")]);
        }
        let before = world.server.log().len();
        let told = world.towline(&ONLY_DEV, host.token);
        assert!(told.contains("1.4.0 is already merged, not observed"), "{}: {told}", host.kind);
        let log = world.server.log();
        assert!(log.len() - before <= 3, "{}: {:#?}", host.kind, &log[before..]);
    }
}

/// People press the button of the forge, or push: the branch shows it either way.
#[test]
fn what_people_revert_is_not_deployed_again_on_any_forge() {
    for host in HOSTS {
        let world = World::on(host);
        world.towline(&ONLY_DEV, host.token);
        let revert = revert(&world);
        let told = world.towline(&ONLY_DEV, host.token);
        assert!(told.contains("Ann took 1.4.0 out with commit"), "{}: {told}", host.kind);
        assert!(told.ends_with("exit code 3"), "{}: {told}", host.kind);
        assert_eq!(world.gitops.git(&["rev-parse", "main"]), revert, "{}", host.kind);
        let status = world.towline(&["status"], host.token);
        assert!(status.contains("dev: Ann took 1.4.0 out with commit"), "{}: {status}", host.kind);
        let again = world.towline(&[&ONLY_DEV[..], &["--again"]].concat(), host.token);
        assert!(again.contains("dev  done"), "{}: {again}", host.kind);
    }
}

/// What was armed before would be merged by the next approval, whatever Towline says now.
#[test]
fn a_refusal_takes_back_what_was_left_to_the_forge() {
    let (world, github) = World::at(Arc::new(SystemClock));
    github.protect(Rules { approvals: 1, auto_merge_allowed: true, ..Rules::default() });
    let promote = || world.towline(&["promote", "--once", "--release", "1.4.0"], TOKEN);
    promote();
    github.review(1, "ann", "APPROVED");
    let told = promote();
    let number = told.split("/pull/").nth(1).and_then(|rest| rest.split(' ').next());
    let prod: u64 = number.unwrap_or_else(|| panic!("{told}")).parse().unwrap();
    assert!(told.contains("it will be merged when nothing is missing"), "{told}");
    revert(&world);
    let tip = world.gitops.git(&["rev-parse", "main"]);
    let refused = promote();
    assert!(refused.contains("Ann took 1.4.0 out") && refused.ends_with("exit code 3"), "{refused}");
    github.review(prod, "ann", "APPROVED");
    world.towline(&["status"], TOKEN);
    assert_eq!(world.gitops.git(&["rev-parse", "main"]), tip, "the forge merged what was refused");
}

#[test]
fn only_the_verdict_of_a_trusted_account_counts() {
    let (world, github) = World::at(Arc::new(SystemClock));
    let dev = "merge: auto\n    await: {reporters: [{status: flux}], settle: 0s}";
    world.write(
        "towline.yaml",
        &world.pipeline().replacen("merge: auto\n    await: {reporters: none}", dev, 1),
    );
    world.towline(&ONLY_DEV, TOKEN);
    let merged = git2::Oid::from_str(&world.gitops.git(&["rev-parse", "main"])).unwrap();
    github.write_statuses_as("bob");
    github.report(merged, "towline/greeting/dev", StatusState::Success);
    assert_snapshot!(world.towline(&ONLY_PROD, TOKEN), @"
    prod  refused
    prod: refused
    error: prod: release 1.4.0 is not verified in environment `dev`, which `prod` needs: the verdict there is by `bob`, whom `gitops.trusted` does not list; run `towline promote --to dev --release 1.4.0` first
    exit code 3
    ");
    let trusted = |accounts: &str| {
        let forge = format!("forge: github, trusted: {accounts}}}");
        world.write("towline.yaml", &world.pipeline().replacen("forge: github}", &forge, 1));
    };
    trusted("[alice, bob]");
    assert_snapshot!(world.towline(&ONLY_PROD, TOKEN), @"
    prod  refused
    prod: refused
    error: prod: environment `dev` verified 1.4.0 with other inputs (towline.yaml); run `towline promote --to dev --release 1.4.0` first, or go back to the files that were verified
    exit code 3
    ");
    world.write("towline.yaml", &world.pipeline().replacen("[alice, bob]", "any", 1));
    assert_snapshot!(world.towline(&ONLY_DEV, TOKEN), @"
    dev  done  1.4.0 verified: no manifest changes since 1.4.0; merged after [LENGTH]
    note: verdicts of every account count, because `gitops.trusted` is `any`
    dev: proposed greeting 1.4.0 for dev: https://github.com/acme/gitops/pull/3 (no manifest changes)
    dev: merged as [ID]
    dev: 1.4.0 verified: no manifest changes since 1.4.0
    exit code 0
    ");
}
