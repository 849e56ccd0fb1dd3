//! The forges, one row each. A new forge is a folder with its adapter, a kind, and a row here.

use super::remote::Remote;
use super::row::Host::{Domain, Prefix};
use super::row::{Connection, Row};
use super::token::{TokenVariable, Variables};
use super::{azure_devops, gitea, github, gitlab, local};
use crate::http::Settings;
use crate::vocabulary::ForgeKind;

static FORGES: [Row; 5] = [
    Row {
        kind: ForgeKind::GitHub,
        name: "GitHub",
        hosts: &[Domain("github.com"), Domain("ghe.com")],
        token_variables: &[
            TokenVariable::new("GH_TOKEN", &["GITHUB_SERVER_URL", "GH_HOST"], Some("github.com")),
            TokenVariable::new("GITHUB_TOKEN", &["GITHUB_SERVER_URL", "GH_HOST"], Some("github.com")),
        ],
        pull: "pull request",
        mark: '#',
        closed: "closed",
        page_size: "100",
        body_limit: 65_536,
        comment_limit: 65_536,
        credentials: github::credentials,
        connect: github::connect,
        send_event: Some(github::send_event),
        start_workflow: Some(github::start_workflow),
    },
    Row {
        kind: ForgeKind::AzureDevOps,
        name: "Azure DevOps",
        hosts: &[Domain("dev.azure.com"), Domain("visualstudio.com")],
        token_variables: &[
            TokenVariable::new("SYSTEM_ACCESSTOKEN", &["SYSTEM_COLLECTIONURI"], Some("dev.azure.com")),
            TokenVariable::new("AZURE_DEVOPS_EXT_PAT", &["SYSTEM_COLLECTIONURI"], Some("dev.azure.com")),
        ],
        pull: "pull request",
        mark: '#',
        closed: "abandoned",
        page_size: "100",
        body_limit: 4_000,
        // It takes 150,000 units of UTF-16, of which no character has more than two.
        comment_limit: 75_000,
        credentials: azure_devops::credentials,
        connect: azure_devops::connect,
        send_event: None,
        start_workflow: None,
    },
    Row {
        kind: ForgeKind::GitLab,
        name: "GitLab",
        hosts: &[Prefix("gitlab.")],
        token_variables: &[
            TokenVariable::new("GITLAB_TOKEN", &["GITLAB_HOST", "CI_SERVER_URL"], Some("gitlab.com")),
            TokenVariable::new(gitlab::JOB_TOKEN, &["CI_SERVER_URL"], Some("gitlab.com")),
        ],
        pull: "merge request",
        mark: '!',
        closed: "closed",
        page_size: "100",
        // It takes so many characters, of which none is shorter than a byte.
        body_limit: 1_048_576,
        comment_limit: 1_000_000,
        credentials: gitlab::credentials,
        connect: gitlab::connect,
        send_event: None,
        start_workflow: None,
    },
    Row {
        kind: ForgeKind::Gitea,
        name: "Gitea",
        hosts: &[Domain("codeberg.org"), Prefix("gitea."), Prefix("forgejo.")],
        // The runners of Gitea and Forgejo set the variables of GitHub's.
        token_variables: &[
            TokenVariable::new("GITEA_TOKEN", &["GITEA_SERVER_URL", "GITHUB_SERVER_URL"], None),
            TokenVariable::new("FORGEJO_TOKEN", &["FORGEJO_SERVER_URL", "GITHUB_SERVER_URL"], None),
        ],
        pull: "pull request",
        mark: '#',
        closed: "closed",
        // As many as a page may have where nobody changed `MAX_RESPONSE_ITEMS`.
        page_size: "50",
        // The servers set no limit; this is what other forges take.
        body_limit: 65_536,
        comment_limit: 65_536,
        credentials: gitea::credentials,
        connect: gitea::connect,
        send_event: None,
        start_workflow: Some(gitea::start_workflow),
    },
    Row {
        kind: ForgeKind::Local,
        name: "local",
        hosts: &[],
        token_variables: &[],
        pull: "pull request",
        mark: '#',
        closed: "closed",
        page_size: "100",
        body_limit: 65_536,
        comment_limit: 65_536,
        credentials: |connection| Err(local::has_no_server(connection)),
        connect: |connection, _| Err(local::has_no_server(connection)),
        send_event: None,
        start_workflow: None,
    },
];

/// What is known of a kind of forge.
pub fn row(kind: ForgeKind) -> &'static Row {
    FORGES.iter().find(|row| row.kind == kind).expect("every kind of forge has a row")
}

/// What it takes to reach the repository at `remote`.
pub fn connection<'a>(
    kind: ForgeKind,
    remote: &'a Remote,
    variables: &'a Variables,
    settings: &'a Settings,
) -> Connection<'a> {
    Connection { row: row(kind), remote, variables, settings }
}

/// The forge that the name of a host tells.
pub fn kind_of_host(host: &str) -> Option<ForgeKind> {
    FORGES.iter().find(|row| row.is_at(host)).map(|row| row.kind)
}
