//! Credentials of a GitHub App, which need no personal token.
//!
//! An app authenticates with a JSON web token that it signs with its key, and gets a token for one
//! of its installations, which expires after an hour. The token is restricted to the one
//! repository.

use std::sync::Arc;

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde::Deserialize;
use serde_json::json;

use super::location::{api_of, server};
use crate::clock::Clock;
use crate::forge::expiring_token::{Ending, ExpiringToken};
use crate::forge::row::Connection;
use crate::forge::token::{Variables, variable};
use crate::http::{Authorization, Client, Credentials, segment};
use crate::secrets::{self, Kind};
use crate::vocabulary::Diagnostic;

const ID: &str = "TOWLINE_GITHUB_APP_ID";
const INSTALLATION: &str = "TOWLINE_GITHUB_APP_INSTALLATION";
const KEY: &str = "TOWLINE_GITHUB_APP_KEY";
const KEY_FILE: &str = "TOWLINE_GITHUB_APP_KEY_FILE";

/// The user that git gives beside a token, whosever it is.
pub const GIT_USER: &str = "x-access-token";

/// The installation of an app in the repository's account.
pub struct App {
    client: Client,
    owner: String,
    name: String,
    installation: Option<String>,
    token: ExpiringToken,
}

impl App {
    /// The app that the variables describe, if they name one.
    pub fn from_variables(connection: &Connection) -> Result<Option<Self>> {
        let Connection { remote, variables, settings, .. } = *connection;
        let Some(id) = variable(variables, ID) else { return Ok(None) };
        let (owner, name) = remote.owner_and_name()?;
        let signer = Signer { id: id.to_owned(), key: key(variables)?, clock: settings.clock.clone() };
        Ok(Some(Self {
            client: Client::new(server(connection, api_of(connection)?, Arc::new(signer)), settings.clone())?,
            owner: owner.to_owned(),
            name: name.to_owned(),
            installation: variable(variables, INSTALLATION).map(str::to_owned),
            token: ExpiringToken::new(settings.clock.clone()),
        }))
    }

    fn new_token(&self) -> Result<Ending> {
        let installation = match &self.installation {
            Some(installation) => segment(installation),
            None => self.find_installation()?,
        };
        let path = format!("app/installations/{installation}/access_tokens");
        let request = self.client.post(&path).body(json!({"repositories": [self.name]})).repeatable();
        let answer = request.send().context("GitHub refused a token for the GitHub App")?;
        let Token { token, expires_at } = answer.json()?;
        Ok(Ending { token: token.into(), at: expires_at })
    }

    fn find_installation(&self) -> Result<String> {
        let path = format!("repos/{}/{}/installation", segment(&self.owner), segment(&self.name));
        let answer = self.client.get(&path).send();
        let repository = format!("{}/{}", self.owner, self.name);
        let answer = answer.with_context(|| format!("the GitHub App is not installed for {repository}"))?;
        let Installation { id } = answer.json()?;
        Ok(id.to_string())
    }
}

impl Credentials for App {
    fn authorization(&self) -> Result<Option<Authorization>> {
        let token = self.token.token(|_| self.new_token())?;
        Ok(Some(Authorization::bearer(&token).as_user(GIT_USER)))
    }

    fn origin(&self) -> String {
        format!("the GitHub App of {ID}")
    }
}

#[derive(Deserialize)]
struct Token {
    token: String,
    expires_at: Timestamp,
}

#[derive(Deserialize)]
struct Installation {
    id: u64,
}

/// Signs as the app itself.
struct Signer {
    id: String,
    key: RsaKeyPair,
    clock: Arc<dyn Clock>,
}

impl Credentials for Signer {
    /// Good for nine minutes, of ten that GitHub allows; issued a minute ago, for clocks that differ.
    fn authorization(&self) -> Result<Option<Authorization>> {
        let now = self.clock.now().as_second();
        let claims = json!({"iss": self.id, "iat": now - 60, "exp": now + 8 * 60});
        let header = json!({"alg": "RS256", "typ": "JWT"});
        let parts = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let text = parts.join(".");
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
            .ok()
            .context("the GitHub App's key cannot sign")?;
        let token = format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature));
        Ok(Some(Authorization::bearer(&token.into())))
    }

    fn origin(&self) -> String {
        format!("the key of the GitHub App {}", self.id)
    }
}

/// The app's key, from a variable or the file that one names. The error never shows it.
fn key(variables: &Variables) -> Result<RsaKeyPair> {
    let (pem, from) = match (variable(variables, KEY), variable(variables, KEY_FILE)) {
        (Some(pem), _) => (pem.to_owned(), KEY.to_owned()),
        (None, Some(file)) => {
            let pem =
                std::fs::read_to_string(file).with_context(|| format!("cannot read {KEY_FILE} ({file})"))?;
            (pem, file.to_owned())
        }
        (None, None) => {
            return Err(Diagnostic::new(format!("{ID} is set, but neither {KEY} nor {KEY_FILE}"))
                .hint("create a private key in the app's settings, and set one of the two")
                .into());
        }
    };
    secrets::remember(Kind::Token, &from, &pem);
    // Some CI systems keep variables in one line.
    let pem = if pem.contains('\n') { pem } else { pem.replace("\\n", "\n") };
    let key = match PrivateKeyDer::from_pem_slice(pem.as_bytes()) {
        Ok(PrivateKeyDer::Pkcs1(key)) => RsaKeyPair::from_der(key.secret_pkcs1_der()).ok(),
        Ok(PrivateKeyDer::Pkcs8(key)) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).ok(),
        _ => None,
    };
    key.ok_or_else(|| {
        Diagnostic::new(format!("{from} does not contain an RSA key in PEM format"))
            .hint("it starts with `-----BEGIN RSA PRIVATE KEY-----`, as downloaded from GitHub")
            .into()
    })
}
