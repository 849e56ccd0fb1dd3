//! Whose reports count: those about this application, in this environment, in this cluster.

use insta::assert_snapshot;
use towline::forge::StatusState::{Failure, Pending, Success};
use towline::vocabulary::MergeMethod;

use super::world::World;

const CONNECTOR: &str = "  - name: dev\n    merge: auto\n    await: {reporters: [{gitopsConnector: {operator: flux}}], settle: 0s}\n";

/// As another application's pipeline would have deployed it.
fn neighbour(world: &World) {
    world.environments("  - {name: dev, merge: auto, await: {reporters: none}}\n");
    let text = std::fs::read_to_string(world.path("app/towline.yaml")).unwrap();
    world.write("app/towline.yaml", &text.replace("application: greeting", "application: payments"));
    assert!(world.go("1.0.0").starts_with("Done"), "it is deployed");
}

#[test]
fn a_report_that_names_no_application_is_refused_where_there_is_another() {
    let world = World::new(CONNECTOR);
    neighbour(&world);
    let before = world.git(&["rev-parse", "main"]);
    world.environments(CONNECTOR);
    assert_snapshot!(world.once("1.4.0"), @"error: cannot promote to environment `dev`: app/towline.yaml:10:24: `Status` names no application, and `payments` is deployed from the branch main too: its reports would count for `greeting`");
    assert_eq!(world.git(&["rev-parse", "main"]), before, "nothing was merged");
    world.environments(&CONNECTOR.replace("operator: flux", "operator: flux, shared: true"));
    world.once("1.4.0");
    world.describe("main", "Status", Success, "Reconciliation finished in 1s, next run in 1m0s");
    assert_snapshot!(world.look("dev"), @"Done");
}

#[test]
fn a_report_that_names_no_application_counts_where_there_is_no_other() {
    let world = World::new(CONNECTOR);
    world.once("1.4.0");
    world.describe("main", "Status", Success, "Reconciliation finished in 1s, next run in 1m0s");
    assert_snapshot!(world.look("dev"), @"Done");
}

const CLUSTERS: &str = "  - name: prod\n    targets: [{name: eu}, {name: us}]\n    await:\n      \
                        reporters: [{flux: {kustomization: web, targets: {eu: 3c9d8e7f, us: us-east}}}]\n      \
                        settle: 0s\n";

const SUCCEEDED: &str = "reconciliation succeeded";

#[test]
fn each_cluster_that_is_named_has_to_report() {
    let world = World::new(CLUSTERS);
    world.once("1.4.0");
    world.merge(1, MergeMethod::Merge);
    world.describe("main", "kustomization/web/3c9d8e7f", Success, SUCCEEDED);
    world.describe("main", "kustomization/web/41d0aa17", Success, SUCCEEDED);
    assert_snapshot!(world.look("prod"), @"Unfinished: nothing yet from kustomization/web/us-east (us)");
    world.describe("main", "kustomization/web/us-east/41d0aa17", Failure, "health check failed");
    assert_snapshot!(world.look("prod"), @"Unfinished: kustomization/web/us-east/41d0aa17 in us is failing (health check failed)");
    world.describe("main", "kustomization/web/us-east/41d0aa17", Success, SUCCEEDED);
    assert_snapshot!(world.look("prod"), @"Done");
    assert_snapshot!(world.git(&["show", "main:descriptors/prod/greeting.yaml"]).lines().filter(|line| {
        line.contains("name: eu") || line.contains("name: us") || line.contains("kustomization/")
    }).collect::<Vec<_>>().join("\n"), @"
    - name: eu
      - kustomization/web/3c9d8e7f
    - name: us
      - kustomization/web/us-east
    ");
}

/// Somebody names the cluster after the first release.
#[test]
fn another_reporter_takes_over_the_verdict() {
    let world = World::new(CONNECTOR);
    world.once("1.4.0");
    world.describe("main", "Status", Success, "Reconciliation finished in 1s, next run in 1m0s");
    assert_snapshot!(world.go("1.4.0"), @"
    Done (0)
    dev: Done: 1.4.0 verified: 1 reporter, 0 checks
    ");
    world.environments(&CONNECTOR.replace("gitopsConnector: {operator: flux}", "flux: {kustomization: web}"));
    assert_snapshot!(world.go("1.4.0"), @"
    Done (0)
    dev: Done: 1.4.0 verified: no manifest changes since 1.4.0
    ");
}

const SHARED: &str = "  - name: dev\n    merge: auto\n    await: {reporters: [{flux: {kustomization: apps}}], settle: 0s, grace: 1m}\n";

/// One Kustomization applies several applications, and another one's is broken.
#[test]
fn a_failure_that_was_there_before_is_told() {
    let world = World::new(SHARED);
    world.once("1.4.0");
    world.sleep(10);
    world.describe("main", "kustomization/apps/3c9d8e7f", Success, SUCCEEDED);
    world.go("1.4.0");
    world.push("main", "payments/config.yaml", "a: broken\n");
    world.sleep(10);
    world.describe("main", "kustomization/apps/3c9d8e7f", Failure, "health check failed");
    world.once("1.5.0");
    world.sleep(10);
    world.describe("main", "kustomization/apps/3c9d8e7f", Failure, "health check failed");
    world.sleep(60);
    assert_snapshot!(world.look("dev"), @"Failed: kustomization/apps/3c9d8e7f failed (health check failed); it has failed since commit [ID] (Edit by hand), before this release: if several applications share it, another one may be the cause");
}

/// Two Kustomizations of one name behind one context, as far as the forge lets it be known.
#[test]
fn a_context_that_says_now_this_and_now_that_is_told() {
    let world = World::new(&SHARED.replace("settle: 0s", "settle: 30s"));
    world.once("1.4.0");
    world.sleep(10);
    world.describe("main", "kustomization/apps/3c9d8e7f", Success, SUCCEEDED);
    world.sleep(10);
    world.describe("main", "kustomization/apps/3c9d8e7f", Failure, "health check failed");
    world.sleep(60);
    assert_snapshot!(world.look("dev"), @"Failed: kustomization/apps/3c9d8e7f failed (health check failed); it also succeeded on this deployment: two Kustomizations of one name, in two namespaces or clusters, write one context unless `commitStatusExpr` tells them apart");
}

#[test]
fn a_silence_of_flux_is_told_as_what_it_may_be() {
    let world = World::new(SHARED);
    world.once("1.4.0");
    world.sleep(15 * 60);
    assert_snapshot!(world.look("dev"), @"TimedOut: not every reporter appeared within 15m of the merge: expected kustomization/apps/* (seen 0 of 1); seen nothing; nothing that matches kustomization/apps/* reported on earlier commits either: does your operator write statuses to this repository, and with this context? Flux writes nothing while a Kustomization is suspended, depends on one that is not ready, or cannot fetch its source: `flux get all -A` tells which");
}

/// Argo CD retries a failed sync for minutes before it reports the failure.
#[test]
fn a_reporter_that_stays_undecided_is_explained() {
    let world = World::new(
        "  - name: dev\n    merge: auto\n    await: {reporters: [{argocd: {application: web}}]}\n",
    );
    world.once("1.4.0");
    world.describe("main", "continuous-delivery/web", Pending, "Running, Healthy");
    assert_snapshot!(world.look("dev"), @"Unfinished: continuous-delivery/web is pending (Running, Healthy)");
    world.sleep(5 * 60);
    assert_snapshot!(world.look("dev"), @"Unfinished: continuous-delivery/web is pending (Running, Healthy); Argo CD also reports Running while it retries a failed sync: `argocd app get APPLICATION` shows the message of the operation");
}
