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
        } else if let Some(kind) = kind_in_urls(name) {
            secrets::remember_in_urls(kind, name, value);
        }
    }
}

/// What the passwords in the URLs of a variable are for, if it is about the network.
fn kind_in_urls(name: &str) -> Option<Kind> {
    let of_servers = ["GIT_CONFIG_", "TOWLINE_", "CI_REPOSITORY_"];
    if name.to_ascii_lowercase().ends_with("_proxy") {
        return Some(Kind::Proxy);
    }
    of_servers.iter().any(|begin| name.starts_with(begin)).then_some(Kind::Token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_get_the_password_of_a_proxy_and_of_no_server() {
        let variables = [
            ("HTTPS_PROXY", "http://ada:pr0xy-pa55word@proxy:3128"),
            ("CI_REPOSITORY_URL", "https://gitlab-ci-token:j0b-pa55word@gitlab.example.com/acme/web.git"),
            ("GIT_CONFIG_KEY_0", "url.https://x:c0nfig-pa55word@host/.insteadOf"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        remember_credentials(&variables);
        let is_token = |value: &str| secrets::is_token("COPY", value);
        assert_eq!(["pr0xy-pa55word", "j0b-pa55word", "c0nfig-pa55word"].map(is_token), [false, true, true]);
        assert!(secrets::credential_in("pr0xy-pa55word").is_some());
    }
}
