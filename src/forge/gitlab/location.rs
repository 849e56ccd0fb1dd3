//! Where GitLab's API is.

use anyhow::{Context, Result};
use url::Url;

use crate::forge::row::Connection;
use crate::forge::token::variable;

/// Where GitLab CI says, or below the server that a variable names, if the repository is there; else
/// below the repository's host.
pub fn api_of(connection: &Connection) -> Result<Url> {
    let remote = connection.remote;
    let ci = connection.server_named_by(&["CI_SERVER_URL"]);
    let api = match variable(connection.variables, "CI_API_V4_URL").filter(|_| ci.is_some()) {
        Some(api) => api.to_owned(),
        None => {
            let server = match ci.or_else(|| connection.server_named_by(&["GITLAB_HOST"])) {
                Some(server) => server.to_string(),
                None => format!("{}://{}", remote.scheme, remote.authority()),
            };
            format!("{}/api/v4", server.trim_end_matches('/'))
        }
    };
    Url::parse(&api).with_context(|| format!("`{api}` is not the URL of an API"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::row::testing::with_connection;
    use crate::vocabulary::ForgeKind;

    fn api(location: &str, variables: &[(&str, &str)]) -> String {
        with_connection(ForgeKind::GitLab, location, variables, |it| api_of(it).unwrap().to_string())
    }

    #[test]
    fn the_api_is_found_from_the_repository() {
        assert_eq!(api("https://gitlab.com/acme/gitops.git", &[]), "https://gitlab.com/api/v4");
        assert_eq!(api("git@gitlab.acme.com:acme/platform/gitops", &[]), "https://gitlab.acme.com/api/v4");
        assert_eq!(api("https://acme.com:8443/acme/gitops", &[]), "https://acme.com:8443/api/v4");
    }

    #[test]
    fn a_variable_names_the_server_of_its_own_repositories_only() {
        let ci =
            [("CI_SERVER_URL", "http://git.acme.com:3000"), ("CI_API_V4_URL", "http://git.acme.com:3000/v4")];
        assert_eq!(api("git@git.acme.com:acme/gitops", &ci), "http://git.acme.com:3000/v4");
        assert_eq!(api("git@gitlab.com:acme/gitops", &ci), "https://gitlab.com/api/v4");
        let glab = [("GITLAB_HOST", "git.acme.com")];
        assert_eq!(api("git@git.acme.com:acme/gitops", &glab), "https://git.acme.com/api/v4");
    }
}
