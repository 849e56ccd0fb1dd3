//! Clusters that write no statuses: Azure Resource Graph is asked.

use std::sync::{Arc, Mutex};

use insta::assert_snapshot;
use serde_json::{Value, json};
use towline::forge::StatusState::Success;
use towline::gitops::Destinations;
use towline::promote::status::status;
use towline::report::output::EnvironmentStatusOutput;
use towline::report::{page::Page, status_text};
use towline::vocabulary::MergeMethod;

use super::world::World;
use crate::fakes::azure_devops::entra::{APPLICATION, Entra, SECRET, TENANT};
use crate::fakes::{Fault, Reply, Request, Server, Service};

/// Azure Resource Graph with these configurations, as the service's documentation describes it:
/// https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources
#[derive(Default)]
struct Graph {
    configurations: Mutex<Vec<Value>>,
}

impl Service for Graph {
    fn sends_etags(&self) -> bool {
        false
    }

    /// One configuration a page.
    fn answer(&self, request: &Request) -> Reply {
        assert_eq!(
            request.line(),
            "POST /providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01"
        );
        assert!(request.header("authorization").is_some_and(|it| it.starts_with("Bearer eyJ0.")));
        assert_eq!(request.body["subscriptions"], json!(["11111111-aaaa-4aaa-8aaa-000000000001"]));
        assert!(request.body["query"].as_str().unwrap().starts_with("kubernetesconfigurationresources "));
        let configurations = self.configurations.lock().unwrap();
        let at: usize = match request.body["options"]["$skipToken"].as_str() {
            None => 0,
            Some(token) => token.parse().unwrap(),
        };
        let data: Vec<&Value> = configurations.iter().skip(at).take(1).collect();
        let mut answer = json!({
            "totalRecords": configurations.len(), "count": data.len(), "data": data, "facets": [],
            "resultTruncated": "false",
        });
        if at + 1 < configurations.len() {
            answer["$skipToken"] = json!((at + 1).to_string());
        }
        Reply::json(200, answer)
    }
}

fn configuration(cluster: &str, commit: &str, state: &str, updated: &str) -> Value {
    json!({
        "id": format!("/subscriptions/1/resourceGroups/stores/providers/Microsoft.Kubernetes/connectedClusters/{cluster}/\
                       providers/Microsoft.KubernetesConfiguration/fluxConfigurations/greeting"),
        "name": "greeting", "url": "../gitops.git", "branch": "main",
        "commit": format!("main@sha1:{commit}"), "state": state, "suspended": false, "updated": updated, "error": null,
    })
}

struct Azure {
    graph: Arc<Graph>,
    server: Server,
    authority: Server,
}

impl Azure {
    fn start() -> Self {
        let graph = Arc::new(Graph::default());
        let server = Server::start(graph.clone(), None);
        let (entra, authority) = Entra::start();
        *entra.scope.lock().unwrap() = format!("{}/.default", server.url());
        Self { graph, server, authority }
    }

    /// A world in which 1.4.0 is merged, and two clusters are to have it.
    fn world(&self, secret: &str) -> World {
        let mut world = World::new(&format!(
            "  - name: prod\n    targets: [{{name: eu}}, {{name: us}}]\n    await:\n      settle: 0s\n      reporters:\n        \
             - azureResourceGraph:\n            configuration: greeting\n            targets: {{eu: eu1, us: us1}}\n            \
             subscriptions: [11111111-aaaa-4aaa-8aaa-000000000001]\n            endpoint: {}\n",
            self.server.url()
        ));
        let variables = [
            ("AZURE_TENANT_ID", TENANT),
            ("AZURE_CLIENT_ID", APPLICATION),
            ("AZURE_CLIENT_SECRET", secret),
            ("AZURE_AUTHORITY_HOST", self.authority.url()),
        ];
        world.variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        world.once("1.4.0");
        world.merge(1, MergeMethod::Merge);
        world
    }

    fn say(&self, configurations: &[Value]) {
        *self.graph.configurations.lock().unwrap() = configurations.to_vec();
    }
}

#[test]
fn status_tells_what_is_deployed_without_the_service() {
    let mut world = Azure::start().world(SECRET);
    world.variables.clear();
    let pipeline = world.pipeline();
    let found = status(&Destinations::new(&pipeline, world.access())).unwrap();
    let now = "2026-01-05T09:00:00Z".parse().unwrap();
    assert_snapshot!(world.tidy(&status_text::overview(&found, &Page::plain(now))), @"
    ENVIRONMENT  DEPLOYED  AGE  VERDICT  PROPOSED
    prod         1.4.0     now  -        -
    prod: the reporters could not be asked: cannot ask Azure Resource Graph: AZURE_CLIENT_ID is not set; set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET (or AZURE_FEDERATED_TOKEN_FILE) of an application with the role Reader on the clusters
    ");
    let shown = serde_json::to_value(EnvironmentStatusOutput::from(&found[0])).unwrap();
    assert_eq!((&shown["rollout"], shown.get("error")), (&Value::Null, None));
    assert!(shown["rolloutError"].as_str().unwrap().contains("AZURE_TENANT_ID"), "{shown}");
}

#[test]
fn configurations_count_that_have_synced_the_release() {
    let azure = Azure::start();
    let world = azure.world(SECRET);
    let [before, merged] = ["main~1", "main"].map(|commit| world.git(&["rev-parse", commit]));
    let (early, now) = ("2026-01-05T08:00:00Z", "2026-01-05T09:00:00Z");
    azure.say(&[]);
    assert_snapshot!(world.look("prod"), @"Unfinished: nothing yet from fluxconfiguration/greeting/*/eu1 (eu), nothing yet from fluxconfiguration/greeting/*/us1 (us)");
    // Both still have what was there before.
    azure.say(&[
        configuration("eu1", &before, "Compliant", early),
        configuration("us1", &before, "Compliant", early),
    ]);
    assert_snapshot!(world.look("prod"), @"Unfinished: nothing yet from fluxconfiguration/greeting/*/eu1 (eu), nothing yet from fluxconfiguration/greeting/*/us1 (us)");
    let eu = configuration("eu1", &merged, "Compliant", now);
    azure.say(&[eu.clone(), configuration("us1", &merged, "Non-Compliant", now)]);
    assert_snapshot!(world.look("prod"), @"Unfinished: fluxconfiguration/greeting/stores/us1 in us is failing (Non-Compliant)");
    // Another branch, another repository, another cluster.
    let mut other = configuration("us1", &merged, "Compliant", now);
    other["branch"] = json!("dev");
    let mut elsewhere = configuration("us1", &merged, "Compliant", now);
    elsewhere["url"] = json!("https://github.com/acme/other");
    azure.say(&[eu.clone(), other, elsewhere, configuration("us2", &merged, "Compliant", now)]);
    assert_snapshot!(world.look("prod"), @"Unfinished: nothing yet from fluxconfiguration/greeting/*/us1 (us)");
    // A status of that name on the forge is not Azure's word.
    world.describe("main", "fluxconfiguration/greeting/stores/us1", Success, "Compliant");
    assert_snapshot!(world.look("prod"), @"Unfinished: nothing yet from fluxconfiguration/greeting/*/us1 (us)");
    azure.say(&[eu, configuration("us1", &merged, "Compliant", now)]);
    assert_snapshot!(world.look("prod"), @"Done");
}

#[test]
fn what_azure_refuses_is_told_with_what_to_do() {
    let azure = Azure::start();
    let world = azure.world(SECRET);
    let body =
        r#"{"error": {"code": "AuthorizationFailed", "message": "The client does not have authorization."}}"#;
    let refused = crate::fakes::faults::What::Instead { status: 403, headers: Vec::new(), body };
    azure.server.fail(Fault::new("POST /providers/", refused));
    assert_snapshot!(world.look("prod").replace(azure.server.url(), "URL"), @"error: cannot ask Azure Resource Graph: POST URL/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01 returned 403 Forbidden: The client does not have authorization.");
    let world = azure.world("wrong-entra-otter-71");
    assert_snapshot!(world.look("prod").replace(azure.authority.url(), "URL").replace(azure.server.url(), "URL"), @"error: cannot ask Azure Resource Graph: POST URL/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01 failed: there is no token: Microsoft Entra refused a token for the application 88888888-aaaa-4aaa-8aaa-000000000001: POST URL/acme.onmicrosoft.com/oauth2/v2.0/token returned 401 Unauthorized: invalid_client; AADSTS7000215: Invalid client secret provided: (secret) ((secret)) Trace ID: 0-0 Timestamp: 2026-03-01 12:00:00Z");
    let mut world = azure.world(SECRET);
    world.variables.clear();
    assert_snapshot!(world.look("prod"), @"error: cannot ask Azure Resource Graph: AZURE_CLIENT_ID is not set");
}
