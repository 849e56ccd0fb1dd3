//! Who we are to Azure DevOps: a token from the variables, an application of Entra, or what git's
//! credential helper has, in this order.

use anyhow::Result;
use secrecy::{ExposeSecret, SecretString};

use super::entra::Entra;
use super::location::is_services;
use crate::forge::remote::Remote;
use crate::forge::token::{self, Source, Token, Variables};
use crate::http::{Authorization, Credentials, Fixed, Settings};
use crate::vocabulary::ForgeKind;

/// What the requests and the pushes to the repository are signed in with.
pub fn credentials(
    remote: &Remote,
    variables: &Variables,
    settings: &Settings,
) -> Result<Box<dyn Credentials>> {
    if let Some(token) = token::in_variables(ForgeKind::AzureDevOps, remote, variables) {
        return Ok(Box::new(fixed(&token)));
    }
    if is_services(&remote.host)
        && let Some(entra) = Entra::find(variables, settings)?
    {
        return Ok(Box::new(entra));
    }
    let token = token::find(ForgeKind::AzureDevOps, remote, variables)?;
    Ok(Box::new(fixed(&token)))
}

/// What a pipeline or Entra gives is a bearer token; what people make for themselves (PAT) is a
/// password without a user.
fn fixed(token: &Token) -> Fixed {
    let is_bearer = token.source == Source::Variable("SYSTEM_ACCESSTOKEN") || is_jwt(&token.secret);
    let authorization = match is_bearer {
        true => Authorization::bearer(&token.secret),
        false => Authorization::basic("", &token.secret),
    };
    Fixed { authorization: authorization.as_user(token.user()), origin: token.source.to_string() }
}

/// Three parts, the first of which is JSON in base64. A PAT has no dots.
pub fn is_jwt(token: &SecretString) -> bool {
    let token = token.expose_secret();
    token.starts_with("eyJ") && token.matches('.').count() == 2
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::SystemClock;

    #[test]
    fn what_a_token_looks_like_tells_how_it_is_sent() {
        let remote = Remote::parse("https://dev.azure.com/acme/shop/_git/gitops").unwrap();
        let sent = |name: &str, value: &str| {
            let variables = [(name.to_owned(), value.to_owned())];
            let credentials = credentials(&remote, &variables, &Settings::new(Arc::new(SystemClock)));
            let authorization = credentials.unwrap().authorization().unwrap().unwrap();
            // The header itself is a secret: what is hidden of its Basic form tells that it has one.
            authorization.redact(&format!("{value} OnBhdA=="))
        };
        assert_eq!(sent("AZURE_DEVOPS_EXT_PAT", "pat"), "(secret) (secret)");
        assert_eq!(sent("TOWLINE_TOKEN", "pat"), "(secret) (secret)");
        assert_eq!(sent("SYSTEM_ACCESSTOKEN", "pat"), "(secret) OnBhdA==");
        assert_eq!(sent("TOWLINE_TOKEN", "eyJ0.eyJ1.c2ln"), "(secret) OnBhdA==");
    }
}
