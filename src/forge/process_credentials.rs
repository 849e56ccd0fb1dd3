//! The credentials in the environment of the process, remembered as secrets before anything else happens.

use super::FORGES;
use super::token::{GITOPS_TOKEN, SOURCE_TOKEN, Variables};
use crate::secrets::{self, Kind};

/// Other credentials of Towline and of the jobs of CI systems.
const OTHERS: [&str; 6] = [
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_RUNTIME_TOKEN",
    "AZURE_CLIENT_SECRET",
    "CI_JOB_JWT",
    "CI_JOB_JWT_V2",
    "TOWLINE_GITHUB_APP_KEY",
];

/// Remembers what Towline may sign in with, whether it will or not, and what proxies and servers are reached
/// with.
pub fn remember_credentials(variables: &Variables) {
    let usual = FORGES.iter().flat_map(|row| row.token_variables).map(|place| place.name());
    let tokens: Vec<&str> = usual.chain([GITOPS_TOKEN, SOURCE_TOKEN]).chain(OTHERS).collect();
    for (name, value) in variables {
        if tokens.contains(&name.as_str()) {
            secrets::remember(Kind::Token, name, value);
        } else if value.contains("://") && is_about_network(name) {
            secrets::remember_in_urls(Kind::Proxy, name, value);
        }
    }
}

fn is_about_network(name: &str) -> bool {
    let begins = ["GIT_CONFIG_", "TOWLINE_", "CI_REPOSITORY_"].iter().any(|begin| name.starts_with(begin));
    begins || name.to_ascii_lowercase().ends_with("_proxy")
}
