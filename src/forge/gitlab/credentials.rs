//! Where GitLab's API is, and who Towline is to it.

use std::sync::Arc;

use anyhow::{Context, Result};
use url::Url;

use crate::forge::row::Connection;
use crate::forge::token::{Source, Token, variable};
use crate::http::{Authorization, Credentials, Fixed};

/// Where a job's token is.
pub const JOB_TOKEN: &str = "CI_JOB_TOKEN";

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
    Url::parse(&api).with_context(|| format!("`{api}` is no URL of an API"))
}

/// The token for the repository.
pub fn credentials(connection: &Connection) -> Result<Arc<dyn Credentials>> {
    Ok(Arc::new(fixed(connection.token()?)))
}

/// The token as GitLab wants it. All but a job's may be sent as bearers: people's, projects',
/// groups', and those of an application, which git's credential helpers have.
fn fixed(token: Token) -> Fixed {
    let user = token.user().to_owned();
    if token.source != Source::Variable(JOB_TOKEN) {
        let bearer = Authorization::bearer(&token.secret);
        return token.into_credentials(bearer.as_user(&user));
    }
    let authorization = Authorization::own("JOB-TOKEN", &token.secret).as_user(&user);
    let mut job = token.into_credentials(authorization);
    job.origin += ", a job's, with which GitLab lets read a little and write nothing";
    job
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

    #[test]
    fn a_jobs_token_goes_in_a_header_of_its_own() {
        let header = |name| {
            let token = Token { secret: "secret".into(), source: Source::Variable(name) };
            format!("{:?}", fixed(token).authorization)
        };
        assert!(header("CI_JOB_TOKEN").contains("JOB-TOKEN"));
        assert!(header("GITLAB_TOKEN").contains("\"Authorization\""));
    }
}
