//! What the parsers have in common: nothing but a success of this resource, in this cluster, with the
//! words of a success, is healthy.

use proptest::prelude::*;
use towline::config::{self, Environment};
use towline::forge::CommitStatus;
use towline::forge::StatusState::{self, Error, Failure, Pending, Success};

const GITHUB: &str = "https://github.com/acme/gitops.git";
const AZURE_DEVOPS: &str = "https://dev.azure.com/acme/shop/_git/gitops";

fn environment(entry: &str, location: &str) -> Environment {
    let text = format!(
        "version: 1\napplication: greeting\ntemplates: [path: deploy]\ngitops: {{repository: {location}}}\n\
         environments:\n  - {{name: dev, targets: [{{name: eu}}, {{name: us}}], await: {{reporters: [{entry}]}}}}\n"
    );
    let text = text.replace("gitops: {", "gitops: {path: \"{{ target }}\", descriptor: d.yaml, ");
    config::parse(&text, "towline.yaml".as_ref()).unwrap().environments.remove(0)
}

fn status(context: &str, state: StatusState, description: &str) -> CommitStatus {
    CommitStatus {
        context: context.to_owned(),
        state,
        description: description.to_owned(),
        target_url: None,
        created_at: jiff::Timestamp::UNIX_EPOCH,
        creator: None,
        creator_id: None,
    }
}

/// What the reporters of an entry say about a status, one after the other.
fn read(entry: &str, location: &str, status: &CommitStatus) -> String {
    let environment = environment(entry, location);
    let reporters = environment.rollout.reporters.iter().flatten();
    let read = reporters.filter_map(|reporter| Some((reporter, reporter.read(status)?)));
    let said = read.map(|(reporter, report)| {
        let cluster = reporter.target.clone().or(report.who.cluster);
        match cluster {
            Some(cluster) => format!("{} in {cluster}", report.meaning),
            None => report.meaning.to_string(),
        }
    });
    said.collect::<Vec<_>>().join(", ")
}

#[test]
fn flux_is_read_by_the_reason_of_its_event() {
    let said = |context: &str, state, description| {
        read("{flux: {kustomization: web}}", GITHUB, &status(context, state, description))
    };
    let web = "kustomization/web/3c9d8e7f";
    assert_eq!(said(web, Success, "reconciliation succeeded"), "healthy in 3c9d8e7f");
    assert_eq!(said(web, Success, "Reconciliation succeeded "), "healthy in 3c9d8e7f");
    assert_eq!(said("kustomization/web/eu/3c9d8e7f", Success, "reconciliation succeeded"), "healthy in eu");
    assert_eq!(said(web, Failure, "health check failed"), "failed in 3c9d8e7f");
    assert_eq!(said(web, Failure, "dependency not ready"), "progressing in 3c9d8e7f");
    assert_eq!(said(web, Success, "dependency not ready"), "progressing in 3c9d8e7f");
    assert_eq!(said(web, Success, "health check failed"), "unknown in 3c9d8e7f");
    assert_eq!(said(web, Success, ""), "unknown in 3c9d8e7f");
    for other in
        ["kustomization/api/3c9d8e7f", "kustomization/web", "kustomization/web/db/eu", "helmrelease/web/1"]
    {
        assert_eq!(said(other, Success, "reconciliation succeeded"), "", "{other}");
    }
}

#[test]
fn flux_names_clusters() {
    let entry = "{flux: {kustomization: web, targets: {eu: 3c9d8e7f, us: [us1, us2]}}}";
    let said = |context: &str| read(entry, GITHUB, &status(context, Success, "reconciliation succeeded"));
    assert_eq!(said("kustomization/web/3c9d8e7f"), "healthy in eu");
    assert_eq!(said("kustomization/web/anything/3c9d8e7f"), "healthy in eu");
    assert_eq!(said("kustomization/web/us1"), "healthy in us");
    assert_eq!(said("kustomization/web/us2/41d0aa17"), "healthy in us");
    assert_eq!(said("kustomization/web/41d0aa17"), "");
    assert_eq!(said("kustomization/web/us3"), "");
}

#[test]
fn flux_names_namespaces() {
    let entry = "{flux: {kustomization: web, namespace: shop}}";
    let said = |context: &str| read(entry, GITHUB, &status(context, Success, "reconciliation succeeded"));
    assert_eq!(said("kustomization/shop/web/eu"), "healthy in eu");
    assert_eq!(said("kustomization/other/web/eu"), "");
    assert_eq!(said("kustomization/web/eu"), "");
}

/// Kind, namespace, name and cluster, as far as the context has them.
#[test]
fn a_context_is_read_for_whom_it_names() {
    let named = |entry: &str, context: &str| {
        let environment = environment(entry, GITHUB);
        let status = status(context, Success, "");
        let mut read = environment.rollout.reporters.iter().flatten().filter_map(|it| it.read(&status));
        let who = read.next().unwrap().who;
        let text = |part: Option<String>| part.unwrap_or("-".to_owned());
        format!(
            "{} {} {} {}",
            who.kind.unwrap_or("-"),
            text(who.namespace),
            text(who.name),
            text(who.cluster)
        )
    };
    for (entry, context, who) in [
        ("{flux: {kustomization: web}}", "kustomization/web/3c9d8e7f", "kustomization - web 3c9d8e7f"),
        ("{flux: {kustomization: web}}", "kustomization/web/eu/3c9d8e7f", "kustomization - web eu"),
        (
            "{flux: {kustomization: web, namespace: shop}}",
            "kustomization/shop/web/eu",
            "kustomization shop web eu",
        ),
        ("{flux: {helmRelease: 'web*'}}", "helmrelease/web-1/3c9d8e7f", "helmrelease - web-1 3c9d8e7f"),
        ("{argocd: {application: web}}", "continuous-delivery/web", "application - web -"),
        ("{argocd: {application: 'w*', context: 'cd/{app}/eu'}}", "cd/web/eu", "application - web -"),
        (
            "{azureResourceGraph: {configuration: web}}",
            "fluxconfiguration/web/rg/eu1",
            "fluxconfiguration - web eu1",
        ),
        ("{gitopsConnector: {operator: flux}}", "Status", "- - - -"),
    ] {
        assert_eq!(named(entry, context), who, "{entry} {context}");
    }
}

#[test]
fn a_helm_release_that_was_rolled_back_did_not_succeed() {
    let said = |description: &str| {
        read("{flux: {helmRelease: web}}", GITHUB, &status("helmrelease/web/3c9d8e7f", Success, description))
    };
    assert_eq!(said("upgrade succeeded"), "healthy in 3c9d8e7f");
    assert_eq!(said("rollback succeeded"), "failed in 3c9d8e7f");
}

#[test]
fn argo_cd_is_read_by_its_words() {
    let said = |state, description| {
        read("{argocd: {application: web}}", GITHUB, &status("continuous-delivery/web", state, description))
    };
    for description in
        ["Succeeded, Healthy", "Synced / Healthy", "", "ArgoCD", "Application web is now running"]
    {
        assert_eq!(said(Success, description), "healthy", "{description}");
    }
    for (state, description, meaning) in [
        (Success, "Succeeded, Unknown", "unknown"),
        (Success, "Succeeded, Degraded", "unknown"),
        (Success, "Succeeded, Hibernating", "unknown"),
        (Success, "Succeeded, Progressing", "progressing"),
        (Success, "Succeeded, Missing", "progressing"),
        (Success, "Succeeded, Suspended", "paused"),
        (Success, "Application web is Degraded now", "unknown"),
        (Success, "degraded", "unknown"),
        (Success, "sync failed for web", "unknown"),
        (Success, "health: unknown", "unknown"),
        (Success, "Application is Progressing", "progressing"),
        (Success, "Succeeded - Failed", "unknown"),
        (Success, "Operation Running (Healthy)", "progressing"),
        (Pending, "Running, Suspended", "paused"),
        (Pending, "Running, Degraded", "progressing"),
        (Pending, "Running, Healthy", "progressing"),
        (Pending, "Terminating, Healthy", "progressing"),
        (Error, "Succeeded, Degraded", "failed"),
        (Failure, "Failed, Healthy", "failed"),
        (Failure, "the sync failed", "failed"),
    ] {
        assert_eq!(said(state, description), meaning, "{state:?} {description}");
    }
}

#[test]
fn what_the_connector_makes_of_unknown_is_no_success() {
    let github = |context: &str, state, description| {
        read("{gitopsConnector: {operator: argocd}}", GITHUB, &status(context, state, description))
    };
    assert_eq!(github("Phase", Success, "Succeeded: successfully synced (all tasks run)"), "healthy");
    assert_eq!(github("Sync", Success, "3/3 Synced"), "healthy");
    assert_eq!(github("Health", Success, "1/3 Healthy"), "healthy");
    assert_eq!(github("Sync", Success, ""), "unknown");
    assert_eq!(github("Health", Success, ""), "unknown");
    assert_eq!(github("Health", Success, "1/3 Healthy, 1/3 Unknown"), "unknown");
    assert_eq!(github("Health", Success, "1/3 Healthy, 1/3 Hibernating"), "unknown");
    assert_eq!(github("Health", Success, "0/3 Healthy"), "unknown");
    assert_eq!(github("Health", Error, "1/1 Suspended"), "paused");
    assert_eq!(github("Health", Error, "1/2 Healthy, 1/2 Degraded"), "failed");
    assert_eq!(github("Health", Failure, "1/1 Missing"), "progressing");
    assert_eq!(github("Phase", Failure, "Failed: one or more objects failed to apply"), "failed");
    let azure = |context: &str, state, description| {
        read("{gitopsConnector: {operator: argocd}}", AZURE_DEVOPS, &status(context, state, description))
    };
    assert_eq!(azure("ArgoCD/Health", Success, "Health: 2/2 Healthy"), "healthy");
    assert_eq!(azure("ArgoCD/Health", Pending, "Health: "), "unknown");
    assert_eq!(azure("ArgoCD/Phase", Success, "Phase: Succeeded: successfully synced"), "healthy");
    let flux = |state, description| {
        let status = status("Kustomization/Status", state, description);
        read("{gitopsConnector: {operator: flux}}", AZURE_DEVOPS, &status)
    };
    assert_eq!(flux(Success, "Status: Reconciliation finished in 1.2s, next run in 5m0s"), "healthy");
    assert_eq!(
        flux(Error, "Status: Dependencies do not meet ready condition, retrying in 30s"),
        "progressing"
    );
    assert_eq!(
        flux(Success, "Status: Dependencies do not meet ready condition, retrying in 30s"),
        "progressing"
    );
    assert_eq!(flux(Success, "Status: Reconciliation is suspended"), "paused");
    assert_eq!(flux(Failure, "Status: Health Check Failed"), "failed");
    assert_eq!(flux(Success, "Status: "), "unknown");
}

/// Every entry that names a resource, with a context of its own.
const NAMED: &[(&str, &str)] = &[
    ("{flux: {kustomization: web}}", "kustomization/web/3c9d8e7f"),
    ("{flux: {kustomization: web, targets: {eu: 3c9d8e7f, us: us1}}}", "kustomization/web/3c9d8e7f"),
    ("{flux: {kustomization: web, namespace: shop}}", "kustomization/shop/web/3c9d8e7f"),
    ("{flux: {helmRelease: web}}", "helmrelease/web/3c9d8e7f"),
    ("{argocd: {application: web}}", "continuous-delivery/web"),
    ("{argocd: {application: web, context: 'cd/{app}/eu'}}", "cd/web/eu"),
    ("{promoter: {key: health, branch: web}}", "health/web"),
    ("{status: 'deploy/web'}", "deploy/web"),
];

fn states() -> impl Strategy<Value = StatusState> {
    prop::sample::select(vec![Pending, Success, Failure, Error])
}

/// Texts of operators, and of none.
fn descriptions() -> impl Strategy<Value = String> {
    let words = [
        "reconciliation succeeded",
        "health check failed",
        "dependency not ready",
        "upgrade succeeded",
        "Succeeded",
        "Healthy",
        "Unknown",
        "Degraded",
        "Missing",
        "Suspended",
        "Terminating",
        "1/1 Healthy",
        "0/1 Synced",
        "",
    ];
    let word = prop_oneof![prop::sample::select(words.to_vec()).prop_map(str::to_owned), "[A-Z][a-z]{2,9}"];
    prop::collection::vec(word, 0..3).prop_map(|words| words.join(", "))
}

proptest! {
    /// Only a success can be one, whatever it says.
    #[test]
    fn only_a_success_is_healthy(index in 0..NAMED.len(), state in states(), said in descriptions()) {
        let (entry, context) = NAMED[index];
        let read = read(entry, GITHUB, &status(context, state, &said));
        prop_assert!(state == Success || !read.starts_with("healthy"), "{entry} {state:?} {said}: {read}");
    }

    /// A word of Argo CD that is none of a success is none, wherever it stands, nor is one that nobody knows.
    #[test]
    fn a_word_that_is_not_a_success_is_none(
        word in prop_oneof![
            prop::sample::select(vec!["Unknown", "Degraded", "Missing", "Suspended", "OutOfSync", "Progressing"])
                .prop_map(str::to_owned),
            "[A-Z][a-z]{2,9}".prop_filter("a success", |word| {
                !["Succeeded", "Synced", "Healthy"].contains(&word.as_str())
            }),
        ],
        first in any::<bool>(),
    ) {
        let said = if first { format!("{word}, Healthy") } else { format!("Succeeded, {word}") };
        let argocd = status("continuous-delivery/web", Success, &said);
        let read_argocd = read("{argocd: {application: web}}", GITHUB, &argocd);
        prop_assert!(!read_argocd.starts_with("healthy"), "{said}: {read_argocd}");
        let health = status("Health", Success, &format!("1/2 Healthy, 1/2 {word}"));
        let read_health = read("{gitopsConnector: {operator: argocd}}", GITHUB, &health);
        prop_assert!(!read_health.starts_with("healthy"), "{word}: {read_health}");
    }

    /// A context with any other segment is another resource, another namespace or another cluster.
    #[test]
    fn another_name_is_not_read(index in 0..NAMED.len(), at in 0..4_usize, name in "[a-z0-9]{1,9}") {
        let (entry, context) = NAMED[index];
        let mut segments: Vec<&str> = context.split('/').collect();
        let at = at % segments.len();
        prop_assume!(segments[at] != name);
        // Without names for clusters, each is one.
        let is_cluster = at + 1 == segments.len() && context.ends_with("3c9d8e7f") && !entry.contains("targets");
        segments[at] = &name;
        let other = status(&segments.join("/"), Success, "reconciliation succeeded");
        let read = read(entry, GITHUB, &other);
        prop_assert!(is_cluster || read.is_empty(), "{entry} {}: {read}", other.context);
    }
}
