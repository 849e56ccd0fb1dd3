//! Verdicts on the forges: whose count, and what it costs to look at them.

use std::sync::Arc;

use insta::assert_snapshot;
use towline::clock::SystemClock;
use towline::forge::StatusState;

use super::promote::{HOSTS, World};
use crate::fakes::github::TOKEN;
use crate::fakes::people::People as _;

const ONLY_DEV: [&str; 6] = ["promote", "--once", "--only", "dev", "--release", "1.4.0"];
const ONLY_PROD: [&str; 6] = ["promote", "--once", "--only", "prod", "--release", "1.4.0"];

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
    dev  unfinished  nothing yet from flux
    note: verdicts of every account count, because `gitops.trusted` is `any`
    dev: proposed greeting 1.4.0 for dev: https://github.com/acme/gitops/pull/3
    dev: merged as [ID]
    dev: nothing yet from flux
    exit code 75
    ");
}
