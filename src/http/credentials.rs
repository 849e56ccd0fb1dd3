//! Credentials of the client. A trait, because some tokens expire after an hour and a rollout may
//! take eight: each request asks for the header again.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::blocking::RequestBuilder;
use secrecy::{ExposeSecret, SecretString};

use crate::secrets::{self, Kind};

/// Gives the header that tells the server who asks.
pub trait Credentials: Send + Sync {
    /// `None` asks as nobody.
    fn authorization(&self) -> anyhow::Result<Option<Authorization>>;

    /// Where they come from, for people: `GITHUB_TOKEN`.
    fn origin(&self) -> String;
}

/// Several clients may ask as one.
impl Credentials for Arc<dyn Credentials> {
    fn authorization(&self) -> anyhow::Result<Option<Authorization>> {
        self.as_ref().authorization()
    }

    fn origin(&self) -> String {
        self.as_ref().origin()
    }
}

/// A header that must never be printed. What is secret in it is remembered as such.
#[derive(Clone, Debug)]
pub struct Authorization {
    header: &'static str,
    value: SecretString,
    token: SecretString,
    user: String,
}

/// What people read where nothing tells more of a token.
const TOKEN: &str = "a token";

/// What git sends beside a token to the many forges that do not look at it.
const ANY_USER: &str = "oauth2";

impl Authorization {
    /// `Authorization: Bearer TOKEN`
    pub fn bearer(token: &SecretString) -> Self {
        Self::scheme("Bearer", token)
    }

    /// `Authorization: SCHEME TOKEN`, such as Gitea's `token TOKEN`
    pub fn scheme(scheme: &str, token: &SecretString) -> Self {
        Self::header("Authorization", &format!("{scheme} {}", token.expose_secret()), token)
    }

    /// `Authorization: Basic …`
    pub fn basic(user: &str, password: &SecretString) -> Self {
        let encoded = STANDARD.encode(format!("{user}:{}", password.expose_secret()));
        if !password.expose_secret().is_empty() {
            secrets::remember(Kind::Token, TOKEN, &encoded);
        }
        Self::header("Authorization", &format!("Basic {encoded}"), password)
    }

    /// A header of the server's own, such as GitLab's `PRIVATE-TOKEN: TOKEN`
    pub fn own(header: &'static str, token: &SecretString) -> Self {
        Self::header(header, token.expose_secret(), token)
    }

    fn header(header: &'static str, value: &str, token: &SecretString) -> Self {
        secrets::remember(Kind::Token, TOKEN, token.expose_secret());
        Self { header, value: value.to_owned().into(), token: token.clone(), user: ANY_USER.to_owned() }
    }

    /// A request that carries it.
    pub fn put_on(&self, request: RequestBuilder) -> RequestBuilder {
        request.header(self.header, self.value.expose_secret())
    }

    /// With the name of a user, for forges that want git to give a certain one.
    pub fn as_user(self, user: &str) -> Self {
        Self { user: user.to_owned(), ..self }
    }

    /// The same for git: a user and a password.
    pub fn for_git(&self) -> (&str, &SecretString) {
        (&self.user, &self.token)
    }

    /// The value of the header.
    #[cfg(test)]
    pub fn exposed(&self) -> &str {
        self.value.expose_secret()
    }
}

/// The same header each time.
pub struct Fixed {
    pub authorization: Authorization,
    pub origin: String,
}

impl Credentials for Fixed {
    fn authorization(&self) -> anyhow::Result<Option<Authorization>> {
        Ok(Some(self.authorization.clone()))
    }

    fn origin(&self) -> String {
        self.origin.clone()
    }
}

/// Asks as nobody.
pub struct Anonymous;

impl Credentials for Anonymous {
    fn authorization(&self) -> anyhow::Result<Option<Authorization>> {
        Ok(None)
    }

    fn origin(&self) -> String {
        "no token".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_prints_a_token() {
        let token = SecretString::from("ghp_0f-a-basic-header");
        let basic = Authorization::basic("", &token);
        assert!(!format!("{basic:?}").contains("ghp_0f-a-basic-header"));
        let header = basic.exposed();
        let said = format!("got {header} of ghp_0f-a-basic-header");
        assert_eq!(secrets::redact(&said), "got Basic (secret) of (secret)");
    }
}
