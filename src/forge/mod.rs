//! The forge: where pull requests and commit statuses live. This file is the registry of forges.
//!
//! What Towline asks of a forge is the trait [`Forge`]. [`connect()`] reaches the forge at the other
//! end of a URL; [`Access`] opens a repository together with its forge, which is asked nothing twice in one
//! `look`; [`trigger`] starts pipelines again that wait for what happens here.
//!
//! One folder an adapter, with the same file names in each: `client` (the repository there), `api`
//! (what the forge answers), `location`, `credentials`, `access`, `pulls`, `review` (labels and
//! reviewers), `merge`, `when_ready` (leaving a merge to the forge), `readiness`, `statuses`,
//! `comments`, `dispatch` (starting pipelines). An adapter of a server implements the traits of
//! `protocol`, which holds once what all of them do; [`LocalForge`](local()) is a forge by itself.
//!
//! A new forge touches three files: its kind in the vocabulary, its own file or folder here, and this
//! one, which gets its `mod` and its row in `FORGES`.

mod access;
pub mod azure_devops;
mod connect;
mod contract;
pub mod entra;
mod expiring_token;
mod gitea;
mod github;
mod github_style;
mod gitlab;
pub(crate) mod local;
mod look;
pub mod pages;
mod process_credentials;
mod protocol;
pub mod remote;
pub mod row;
mod text;
pub mod token;
pub mod trigger;

pub use access::Access;
pub use connect::{connect, local};
pub use contract::{
    Ability, CommitStatus, DeploymentState, Event, Forge, MergeReadiness, MergeRequest, MergeResult,
    NewDeployment, NewPullRequest, NewStatus, Permission, PullRequest, PullState, StatusState, Workflow,
};
pub use process_credentials::remember_credentials;
pub use protocol::ask_permissions;

use crate::http::Settings;
use crate::vocabulary::ForgeKind;
use remote::Remote;
use row::Host::{Domain, Prefix};
use row::{Connection, Pages, Row};
use text::Limit;
use token::{TokenVariable, Variables};

/// The forges, one row each.
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
        title_limit: Limit::Characters(256),
        body_limit: 65_536,
        comment_limit: 65_536,
        has_deployments: true,
        pages: Some(Pages { commit: "commit/{to}", compare: "compare/{from}...{to}" }),
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
        title_limit: Limit::Characters(400),
        body_limit: 4_000,
        // It takes 150,000 units of UTF-16, of which no character has more than two.
        comment_limit: 75_000,
        has_deployments: false,
        pages: Some(Pages {
            commit: "commit/{to}",
            compare: "branchCompare?baseVersion=GC{from}&targetVersion=GC{to}",
        }),
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
        title_limit: Limit::Characters(255),
        // It takes so many characters, of which none is shorter than a byte.
        body_limit: 1_048_576,
        comment_limit: 1_000_000,
        has_deployments: true,
        pages: Some(Pages { commit: "-/commit/{to}", compare: "-/compare/{from}...{to}" }),
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
        // They cut what is longer by themselves, some by bytes and some by the width of characters.
        title_limit: Limit::Bytes(255),
        // The servers set no limit; this is what other forges take.
        body_limit: 65_536,
        comment_limit: 65_536,
        has_deployments: false,
        pages: Some(Pages { commit: "commit/{to}", compare: "compare/{from}...{to}" }),
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
        title_limit: Limit::Characters(256),
        body_limit: 65_536,
        comment_limit: 65_536,
        has_deployments: false,
        pages: None,
        credentials: |connection| Err(local::has_no_server(connection)),
        connect: |connection, _| Err(local::has_no_server(connection)),
        send_event: None,
        start_workflow: None,
    },
];

/// What is known of a kind of forge.
pub fn row_of(kind: ForgeKind) -> &'static Row {
    FORGES.iter().find(|row| row.kind == kind).expect("every kind of forge has a row")
}

/// What it takes to reach the repository at `remote`.
pub fn connection<'a>(
    kind: ForgeKind,
    remote: &'a Remote,
    variables: &'a Variables,
    settings: &'a Settings,
) -> Connection<'a> {
    Connection { row: row_of(kind), remote, variables, settings }
}

/// The forge that the name of a host tells.
pub fn kind_of_host(host: &str) -> Option<ForgeKind> {
    FORGES.iter().find(|row| row.is_at(host)).map(|row| row.kind)
}
