//! Where GitHub's API is, and who Towline is to it.

use std::sync::Arc;

use anyhow::{Context, Result};
use url::Url;

use super::app::App;
use crate::forge::row::Connection;
use crate::forge::token::variable;
use crate::http::{Authorization, Credentials};

/// The user that git gives beside a token, whosever it is.
pub const GIT_USER: &str = "x-access-token";

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

/// The bearer of `TOWLINE_TOKEN`, else a GitHub App, else the bearer of another token.
pub fn credentials(connection: &Connection) -> Result<Arc<dyn Credentials>> {
    if variable(connection.variables, "TOWLINE_TOKEN").is_none()
        && let Some(app) = App::find(connection)?
    {
        return Ok(Arc::new(app));
    }
    let token = connection.token()?;
    let authorization = Authorization::bearer(&token.secret).as_user(GIT_USER);
    Ok(Arc::new(token.into_credentials(authorization)))
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
}
