//! Where GitHub's API is.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use url::Url;

use crate::forge::row::Connection;
use crate::forge::token::variable;
use crate::http::{Credentials, Server};

/// GitHub asks for writes that stand a second apart.
const BETWEEN_WRITES: Duration = Duration::from_secs(1);

/// For github.com and its tenants at a host of its own, else below the server. GitHub Actions tells
/// it for the server that it belongs to.
pub fn api_of(connection: &Connection) -> Result<Url> {
    let Connection { remote, variables, .. } = connection;
    if let Some(api) = variable(variables, "GITHUB_API_URL")
        && connection.server_named_by(&["GITHUB_SERVER_URL"]).is_some()
    {
        return Url::parse(api).with_context(|| format!("GITHUB_API_URL is no URL: `{api}`"));
    }
    let host = remote.host.as_str();
    let api = match host {
        "github.com" | "www.github.com" | "ssh.github.com" => "https://api.github.com".to_owned(),
        _ if host.ends_with(".ghe.com") => format!("https://api.{host}"),
        _ => format!("{}://{}/api/v3", remote.scheme, remote.authority()),
    };
    Url::parse(&api).with_context(|| format!("`{}` names no server", remote.location))
}

/// Where GraphQL is asked, seen from the REST API: on GitHub Enterprise Server `/api/graphql`
/// beside `/api/v3`, else below the API's host.
pub fn graphql_path(api: &Url) -> &'static str {
    match api.path().trim_end_matches('/').ends_with("/v3") {
        true => "../graphql",
        false => "graphql",
    }
}

pub fn server(connection: &Connection, api: Url, credentials: Arc<dyn Credentials>) -> Server {
    let headers = vec![("accept", "application/vnd.github+json"), ("x-github-api-version", "2022-11-28")];
    Server { headers, between_writes: BETWEEN_WRITES, ..connection.server(api, credentials) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::row::testing::with_connection;
    use crate::vocabulary::ForgeKind;

    fn api(location: &str, variables: &[(&str, &str)]) -> String {
        with_connection(ForgeKind::GitHub, location, variables, |it| api_of(it).unwrap().to_string())
    }

    #[test]
    fn the_api_is_found_from_the_repository() {
        assert_eq!(api("git@github.com:acme/gitops.git", &[]), "https://api.github.com/");
        assert_eq!(api("https://acme.ghe.com/acme/gitops", &[]), "https://api.acme.ghe.com/");
        assert_eq!(api("https://git.acme.com:8443/acme/gitops", &[]), "https://git.acme.com:8443/api/v3");
    }

    #[test]
    fn actions_tells_the_api_of_its_own_server_only() {
        let actions =
            [("GITHUB_SERVER_URL", "https://git.acme.com"), ("GITHUB_API_URL", "https://git.acme.com/v3")];
        assert_eq!(api("https://git.acme.com/acme/gitops", &actions), "https://git.acme.com/v3");
        assert_eq!(api("https://github.com/acme/gitops", &actions), "https://api.github.com/");
    }

    #[test]
    fn graphql_stands_beside_the_rest_api() {
        let graphql = |api: &str| {
            let mut url = Url::parse(api).unwrap();
            url.set_path(&format!("{}/{}", url.path().trim_end_matches('/'), graphql_path(&url)));
            url.to_string()
        };
        assert_eq!(graphql("https://api.github.com"), "https://api.github.com/graphql");
        assert_eq!(graphql("https://api.acme.ghe.com/"), "https://api.acme.ghe.com/graphql");
        assert_eq!(graphql("https://git.acme.com/api/v3"), "https://git.acme.com/api/graphql");
    }
}
