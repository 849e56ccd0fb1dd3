//! Credentials for Azure DevOps: a token from the variables, a Microsoft Entra application, or
//! git's credential helper, in this order.

use std::sync::Arc;

use anyhow::Result;
use secrecy::{ExposeSecret, SecretString};

use super::location::is_services;
use crate::forge::entra::{self, Entra};
use crate::forge::row::Connection;
use crate::forge::token::{self, Source, Token};
use crate::http::{Authorization, Credentials, Fixed};

/// Azure DevOps, as Entra knows it, with all that the application has been granted there.
const SCOPE: &str = "499b84ac-1321-427f-aa17-267ca6975798/.default";

/// What the requests and the pushes to the repository are signed in with.
pub fn credentials(connection: &Connection) -> Result<Arc<dyn Credentials>> {
    let Connection { row, remote, variables, settings } = *connection;
    if let Some(token) = token::in_variables(row.token_variables, remote, variables) {
        return Ok(Arc::new(fixed(token)));
    }
    let has_entra = is_services(&remote.host);
    if has_entra && let Some(entra) = Entra::from_variables(variables, settings, SCOPE)? {
        return Ok(Arc::new(entra));
    }
    let elsewhere = has_entra.then(|| entra::missing(variables));
    token::find_token(row.token_variables, remote, variables, elsewhere)
        .map(|token| Arc::new(fixed(token)) as _)
}

/// What a pipeline or Entra gives is a bearer token; what people make for themselves (PAT) is a
/// password without a user.
fn fixed(token: Token) -> Fixed {
    let is_bearer = token.source == Source::Variable("SYSTEM_ACCESSTOKEN") || is_jwt(&token.secret);
    let authorization = match is_bearer {
        true => Authorization::bearer(&token.secret),
        false => Authorization::basic("", &token.secret),
    };
    let authorization = authorization.as_user(token.user());
    token.into_credentials(authorization)
}

/// Three parts, the first of which is JSON in base64. A PAT has no dots.
pub fn is_jwt(token: &SecretString) -> bool {
    let token = token.expose_secret();
    token.starts_with("eyJ") && token.matches('.').count() == 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::row::testing::with_connection;
    use crate::vocabulary::ForgeKind;

    #[test]
    fn what_a_token_looks_like_tells_how_it_is_sent() {
        let repository = "https://dev.azure.com/acme/shop/_git/gitops";
        let sent = |name: &str, value: &str| {
            let credentials =
                with_connection(ForgeKind::AzureDevOps, repository, &[(name, value)], credentials);
            let authorization = credentials.unwrap().authorization().unwrap().unwrap();
            authorization.exposed().to_owned()
        };
        assert_eq!(sent("AZURE_DEVOPS_EXT_PAT", "pat"), "Basic OnBhdA==");
        assert_eq!(sent("TOWLINE_TOKEN", "pat"), "Basic OnBhdA==");
        assert_eq!(sent("SYSTEM_ACCESSTOKEN", "pat"), "Bearer pat");
        assert_eq!(sent("TOWLINE_TOKEN", "eyJ0.eyJ1.c2ln"), "Bearer eyJ0.eyJ1.c2ln");
    }
}
