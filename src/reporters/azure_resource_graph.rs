//! `azureResourceGraph:`, the Flux configurations of Azure Arc and AKS, of which Azure knows the state.
//! Nobody has to write commit statuses: Azure Resource Graph is asked, one request for all clusters.
//!
//! A configuration counts that has this GitOps repository and branch. It is told as a commit status on the commit
//! that it has synced last, with the context `fluxconfiguration/NAME/RESOURCE-GROUP/CLUSTER`.
//!
//! <https://learn.microsoft.com/azure/governance/resource-graph/reference/supported-tables-resources>

use std::sync::OnceLock;
use std::time::Duration;

use anyhow::Result;
use git2::Oid;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::clusters::{self, Targets};
use super::name::ResourceName;
use super::report::{Meaning, Report, Who};
use super::reporter::{Asking, Count, Expected, Reports, Scope};
use crate::forge::entra::{self, Entra, is_this_machine};
use crate::forge::{CommitStatus, StatusState};
use crate::http::{Client, Fault, Kind, Server};
use crate::vocabulary::repository_url::is_same_repository;
use crate::vocabulary::{Diagnostic, ForgeKind};
use crate::yaml::At;

const PUBLIC: &str = "https://management.azure.com";

/// Identifiers do not change, so pages are cut at them. A configuration that is suspended keeps its state.
const QUERY: &str = "kubernetesconfigurationresources \
    | where type =~ 'microsoft.kubernetesconfiguration/fluxconfigurations' \
    | project id, name, url = tostring(properties.gitRepository.url), \
    branch = tostring(properties.gitRepository.repositoryRef.branch), \
    commit = tostring(properties.sourceSyncedCommitId), state = tostring(properties.complianceState), \
    suspended = tobool(properties.suspend), updated = tostring(properties.statusUpdatedAt), \
    error = tostring(properties.errorMessage) \
    | order by id asc";

/// More pages than there are clusters for.
const PAGES: usize = 1_000;

/// Flux configurations of Azure Arc and AKS, asked of Azure Resource Graph
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "AzureResourceGraph")]
pub struct AzureResourceGraph {
    /// The name of the Flux configuration; may have `*`
    configuration: ResourceName,
    /// How many clusters have it; one for each target when absent
    clusters: Option<At<Count>>,
    /// Which clusters have it, by target
    targets: Option<At<Targets>>,
    /// The ids of subscriptions; when absent, all that the application may read
    #[serde(default)]
    subscriptions: Vec<String>,
    /// Azure Resource Manager; `https://management.azure.com` when absent
    endpoint: Option<At<String>>,
    #[serde(skip)]
    client: OnceClient,
}

/// The client, once it was asked. It keeps the token.
#[derive(Default)]
struct OnceClient(OnceLock<Client>);

impl std::fmt::Debug for OnceClient {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("OnceClient")
    }
}

/// A Flux configuration, as the query tells.
#[derive(Debug, Deserialize)]
struct Configuration {
    id: String,
    name: String,
    url: Option<String>,
    branch: Option<String>,
    commit: Option<String>,
    state: Option<String>,
    suspended: Option<bool>,
    updated: Option<String>,
    error: Option<String>,
}

impl Reports for AzureResourceGraph {
    fn expects(&self, scope: &Scope) -> Result<Vec<Expected>> {
        self.url()?;
        let ResourceName(name) = &self.configuration;
        let resource = format!("fluxconfiguration/{name}/*");
        let of = |cluster: &str| vec![format!("{resource}/{cluster}")];
        let any = vec![format!("{resource}/*")];
        Ok(clusters::expected(self.clusters.as_ref(), self.targets.as_ref(), scope, (any, of))?)
    }

    fn read(&self, status: &CommitStatus, _: ForgeKind) -> Report {
        let mut segments = status.context.split('/').skip(1).map(str::to_owned);
        let (name, _, cluster) = (segments.next(), segments.next(), segments.next());
        let who = Who { kind: Some("fluxconfiguration"), namespace: None, name, cluster };
        let state = status.description.split(':').next().unwrap_or_default();
        Report { who, meaning: meaning(state) }
    }

    fn asks(&self) -> bool {
        true
    }

    fn ask(&self, asking: &Asking) -> Result<Vec<(Oid, CommitStatus)>> {
        let client = match self.client.0.get() {
            Some(client) => client,
            None => {
                let client = self.connect(asking)?;
                self.client.0.get_or_init(|| client)
            }
        };
        let configurations = self.configurations(client)?;
        let ours = configurations.into_iter().filter(|it| it.is_of(asking.repository, asking.branch));
        Ok(ours.filter_map(|it| it.status()).collect())
    }

    fn silence(&self) -> Option<&'static str> {
        Some(
            "Azure lists only configurations with the URL and the branch of this GitOps repository, in subscriptions that \
             the application may read: `az k8s-configuration flux show` tells",
        )
    }
}

impl AzureResourceGraph {
    fn url(&self) -> Result<Url> {
        let named = self.endpoint.as_ref().map_or(PUBLIC, |endpoint| endpoint.value.as_str());
        let url = Url::parse(named).ok().filter(|url| url.scheme() == "https" || is_this_machine(url));
        url.ok_or_else(|| {
            let error = Diagnostic::new(format!("`{}` is not an https URL", named.escape_debug()));
            let place = self.endpoint.as_ref().map(|endpoint| endpoint.place.clone());
            Diagnostic { place, ..error }.hint(format!("the public cloud's is {PUBLIC}")).into()
        })
    }

    /// The scope is that of this service, so that Entra's token is of no use elsewhere.
    fn connect(&self, asking: &Asking) -> Result<Client> {
        let (base, settings) = (self.url()?, asking.access.settings());
        let scope = format!("{}/.default", base.as_str().trim_end_matches('/'));
        let variables = &asking.access.variables;
        let Some(entra) = Entra::from_variables(variables, &settings, &scope)? else {
            let message = format!("cannot ask Azure Resource Graph: {}", entra::missing(variables));
            let hint = "set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET (or AZURE_FEDERATED_TOKEN_FILE) of an \
                        application with the role Reader on the clusters";
            return Err(Diagnostic::new(message).hint(hint).into());
        };
        let server = Server {
            name: "Azure Resource Graph",
            base,
            headers: vec![("accept", "application/json")],
            credentials: Box::new(entra),
            between_writes: Duration::ZERO,
            moved: |_, _| None,
        };
        Client::new(server, settings)
    }

    /// All pages of them.
    fn configurations(&self, client: &Client) -> Result<Vec<Configuration>> {
        let mut all = Vec::new();
        let mut token = Value::Null;
        for _ in 0..PAGES {
            let mut body = json!({"query": QUERY, "options": {"resultFormat": "objectArray", "$top": 1000}});
            if !self.subscriptions.is_empty() {
                body["subscriptions"] = json!(self.subscriptions);
            }
            if !token.is_null() {
                body["options"]["$skipToken"] = token.clone();
            }
            let request = client.post("providers/Microsoft.ResourceGraph/resources");
            let request = request.query("api-version", "2022-10-01").body(body).repeatable();
            let answer = request.send().map_err(explained)?;
            let page: Page = answer.json()?;
            all.extend(page.data);
            if page.token.is_null() || page.token == token {
                break;
            }
            token = page.token;
        }
        Ok(all)
    }
}

#[derive(Deserialize)]
struct Page {
    data: Vec<Configuration>,
    #[serde(rename = "$skipToken", default)]
    token: Value,
}

fn explained(fault: Fault) -> anyhow::Error {
    let hint = match fault.kind {
        Kind::Forbidden => "grant the application the role Reader on the clusters or their subscription",
        _ => return anyhow::Error::new(fault).context("cannot ask Azure Resource Graph"),
    };
    Diagnostic::new(format!("cannot ask Azure Resource Graph: {fault}: {}", fault.said())).hint(hint).into()
}

impl Configuration {
    fn is_of(&self, repository: &str, branch: &str) -> bool {
        let is_repository = self.url.as_deref().is_some_and(|url| is_same_repository(url, repository));
        is_repository && self.branch.as_deref() == Some(branch)
    }

    /// Its state, on the commit that it is about. One that has synced nothing yet says nothing.
    fn status(self) -> Option<(Oid, CommitStatus)> {
        let commit = self.commit.as_deref()?.rsplit([':', '/']).next()?;
        // What is shorter would be taken for the beginning of an id.
        let commit = Oid::from_str(commit).ok().filter(|id| id.to_string() == commit)?;
        let state = match self.suspended {
            Some(true) => "Suspended",
            _ => self.state.as_deref().unwrap_or("Unknown"),
        };
        let description = match self.error.filter(|error| !error.is_empty()) {
            Some(error) => format!("{state}: {error}"),
            None => state.to_owned(),
        };
        let mut segments = self.id.split('/').skip_while(|it| !it.eq_ignore_ascii_case("resourceGroups"));
        let (_, group) = (segments.next(), segments.next()?);
        let cluster = segments.nth(3)?;
        let status = CommitStatus {
            context: format!("fluxconfiguration/{}/{group}/{cluster}", self.name),
            state: match meaning(state) {
                Meaning::Healthy => StatusState::Success,
                Meaning::Failed => StatusState::Failure,
                _ => StatusState::Pending,
            },
            description,
            target_url: Some(format!("https://portal.azure.com/#resource{}", self.id)),
            created_at: self.updated.as_deref()?.parse::<Timestamp>().ok()?,
            creator: None,
            creator_id: None,
        };
        Some((commit, status))
    }
}

/// The words of `complianceState`.
fn meaning(state: &str) -> Meaning {
    match state {
        "Compliant" => Meaning::Healthy,
        "Non-Compliant" => Meaning::Failed,
        "Pending" => Meaning::Progressing,
        "Suspended" => Meaning::Paused,
        _ => Meaning::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configuration(commit: &str, state: &str) -> Configuration {
        Configuration {
            id: "/subscriptions/0/resourceGroups/stores/providers/Microsoft.Kubernetes/connectedClusters/eu1/providers/\
                 Microsoft.KubernetesConfiguration/fluxConfigurations/greeting"
                .into(),
            name: "greeting".into(),
            url: Some("https://github.com/acme/gitops".into()),
            branch: Some("main".into()),
            commit: Some(commit.into()),
            state: Some(state.into()),
            suspended: None,
            updated: Some("2026-03-01T12:00:00Z".into()),
            error: None,
        }
    }

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn a_configuration_is_told_on_the_commit_that_it_synced() {
        for written in [format!("main@sha1:{COMMIT}"), format!("main/{COMMIT}"), COMMIT.to_owned()] {
            let (commit, status) = configuration(&written, "Compliant").status().unwrap();
            assert_eq!(commit.to_string(), COMMIT);
            assert_eq!(status.context, "fluxconfiguration/greeting/stores/eu1");
            assert_eq!(status.state, StatusState::Success);
        }
        for written in ["", "main", "latest@sha256:12"] {
            assert!(configuration(written, "Compliant").status().is_none(), "{written}");
        }
    }

    #[test]
    fn only_compliant_is_healthy() {
        let meaning = |state| meaning(state).to_string();
        assert_eq!(meaning("Compliant"), "healthy");
        assert_eq!(meaning("Non-Compliant"), "failed");
        assert_eq!(meaning("Pending"), "progressing");
        for odd in ["Unknown", "", "compliant", "Installing"] {
            assert_eq!(meaning(odd), "unknown", "{odd}");
        }
        let suspended = Configuration { suspended: Some(true), ..configuration(COMMIT, "Compliant") };
        assert_eq!(suspended.status().unwrap().1.description, "Suspended");
    }

    #[test]
    fn another_repository_or_branch_is_not_ours() {
        let configuration = configuration(COMMIT, "Compliant");
        assert!(configuration.is_of("git@github.com:acme/gitops.git", "main"));
        assert!(!configuration.is_of("https://github.com/acme/gitops", "dev"));
        assert!(!configuration.is_of("https://github.com/acme/other", "main"));
    }
}
