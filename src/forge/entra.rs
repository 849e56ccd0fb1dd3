//! Credentials of a Microsoft Entra application, which need no personal token.
//!
//! The application authenticates with a secret, or with a token that the platform has written to a
//! file (workload identity). It gets a token for Azure DevOps or another service that expires after about an hour. The
//! variables are those of the Azure SDKs.
//!
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;
use url::{Host, Url};

use crate::forge::expiring_token::{Ending, ExpiringToken};
use crate::forge::token::{Variables, variable};
use crate::http::{Anonymous, Authorization, Client, Credentials, Fault, Server, Settings, segment};
use crate::vocabulary::Diagnostic;

const TENANT: &str = "AZURE_TENANT_ID";
const APPLICATION: &str = "AZURE_CLIENT_ID";
const SECRET: &str = "AZURE_CLIENT_SECRET";
const FILE: &str = "AZURE_FEDERATED_TOKEN_FILE";
const AUTHORITY: &str = "AZURE_AUTHORITY_HOST";

/// An application that signs in to a service.
pub struct Entra {
    client: Client,
    tenant: String,
    application: String,
    scope: String,
    proof: Proof,
    token: ExpiringToken,
}

/// What an application proves itself with.
enum Proof {
    Secret(SecretString),
    /// The platform renews what is in it.
    File(PathBuf),
}

impl Entra {
    /// The application that the variables describe, if they describe one. `scope` is the service, with what the
    /// application may do there.
    pub fn from_variables(variables: &Variables, settings: &Settings, scope: &str) -> Result<Option<Self>> {
        let (Some(tenant), Some(application), Some(proof)) =
            (variable(variables, TENANT), variable(variables, APPLICATION), proof(variables))
        else {
            return Ok(None);
        };
        Ok(Some(Self {
            client: Client::new(server(authority(variables)?), settings.clone())?,
            tenant: tenant.to_owned(),
            application: application.to_owned(),
            scope: scope.to_owned(),
            proof,
            token: ExpiringToken::new(settings.clock.clone()),
        }))
    }

    fn new_token(&self, now: Timestamp) -> Result<Ending> {
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", self.application.as_str()),
            ("scope", self.scope.as_str()),
        ];
        let assertion = [("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")];
        let request = self.client.post(&format!("{}/oauth2/v2.0/token", segment(&self.tenant)));
        let request = match &self.proof {
            Proof::Secret(secret) => request.form(&fields, ("client_secret", secret)),
            Proof::File(file) => {
                let token = std::fs::read_to_string(file)
                    .with_context(|| format!("cannot read {FILE} ({})", file.display()))?;
                let fields = [&fields[..], &assertion].concat();
                request.form(&fields, ("client_assertion", &token.trim().into()))
            }
        };
        let answer = request.repeatable().send().and_then(|answer| answer.json());
        let Token { access_token, expires_in } = answer.map_err(|fault| self.explained(fault))?;
        let at = now.checked_add(Duration::from_secs(expires_in))?;
        Ok(Ending { token: access_token.into(), at })
    }

    /// What Entra said, with what to look at. It has a code for each kind of refusal.
    fn explained(&self, fault: Fault) -> anyhow::Error {
        let cannot = format!("Microsoft Entra refused a token for the application {}", self.application);
        let hint = match (fault.body()["error"].as_str(), &self.proof) {
            (Some("invalid_client"), Proof::Secret(_)) => {
                format!("{SECRET} is wrong or has expired: create a new secret for the application")
            }
            (Some("invalid_client"), Proof::File(_)) => {
                format!("add a federated credential to the application for the issuer of the token in {FILE}")
            }
            (Some(_), _) => format!("check {TENANT} and {APPLICATION}"),
            (None, _) => return anyhow::Error::new(fault).context(cannot),
        };
        Diagnostic::new(format!("{cannot}: {fault}: {}", fault.said())).hint(hint).into()
    }
}

impl Credentials for Entra {
    fn authorization(&self) -> Result<Option<Authorization>> {
        let token = self.token.token(|now| self.new_token(now))?;
        Ok(Some(Authorization::bearer(&token)))
    }

    fn origin(&self) -> String {
        format!("the application of {APPLICATION}")
    }
}

/// What is missing of an application in the variables.
pub fn missing(variables: &Variables) -> String {
    let unset = [APPLICATION, TENANT].into_iter().find(|name| variable(variables, name).is_none());
    match unset {
        Some(name) => format!("{name} is not set"),
        None => format!("neither {SECRET} nor {FILE} is set"),
    }
}

fn proof(variables: &Variables) -> Option<Proof> {
    let secret = variable(variables, SECRET).map(|secret| Proof::Secret(secret.into()));
    secret.or_else(|| variable(variables, FILE).map(|file| Proof::File(file.into())))
}

/// Where tokens come from. The secret must not be seen on its way there, so only this machine itself
/// may be asked without TLS.
fn authority(variables: &Variables) -> Result<Url> {
    let named = variable(variables, AUTHORITY).unwrap_or("https://login.microsoftonline.com");
    // Azure's libraries take it without a scheme, too.
    let named = if named.contains("://") { named.to_owned() } else { format!("https://{named}") };
    let url = Url::parse(&named).ok().filter(|url| url.scheme() == "https" || is_this_machine(url));
    url.ok_or_else(|| {
        Diagnostic::new(format!("{AUTHORITY} is not an https URL: {named}"))
            .hint("the public cloud's is https://login.microsoftonline.com")
            .into()
    })
}

/// Whether what is sent there stays on this machine.
pub fn is_this_machine(url: &Url) -> bool {
    let address = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::from(address),
        Some(Host::Ipv6(address)) => IpAddr::from(address),
        _ => return false,
    };
    url.scheme() == "http" && address.is_loopback()
}

fn server(base: Url) -> Server {
    let headers = vec![("accept", "application/json")];
    let credentials = Box::new(Anonymous);
    Server {
        name: "Microsoft Entra",
        base,
        headers,
        credentials,
        between_writes: Duration::ZERO,
        moved: |_, _| None,
    }
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
    /// Seconds.
    expires_in: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_goes_nowhere_without_tls() {
        let look = |host: &str| {
            let url = authority(&[(AUTHORITY.to_owned(), host.to_owned())]);
            url.map_or_else(|error| error.to_string(), |url| url.to_string())
        };
        assert_eq!(look(""), "https://login.microsoftonline.com/");
        assert_eq!(look("login.microsoftonline.us"), "https://login.microsoftonline.us/");
        assert_eq!(look("http://127.0.0.1:8080"), "http://127.0.0.1:8080/");
        for odd in ["http://login.example.com", "http://localhost", "ftp://127.0.0.1", "https://"] {
            assert!(look(odd).contains("is not an https URL"), "{odd}");
        }
    }
}
