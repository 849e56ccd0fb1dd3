//! Microsoft Entra, as far as an application gets a token for Azure DevOps or Azure Resource Manager there. It has no API
//! description; what it takes and answers is that of
//! https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::json;

use crate::fakes::{Reply, Request, Server, Service};

pub const TENANT: &str = "acme.onmicrosoft.com";
pub const APPLICATION: &str = "88888888-aaaa-4aaa-8aaa-000000000001";
pub const SECRET: &str = "s3cr~t+/&";

pub struct Entra {
    tokens: AtomicU64,
    /// The token of the platform that the application trusts.
    pub trusted: Mutex<String>,
    /// The service that a token is asked for.
    pub scope: Mutex<String>,
}

/// Azure DevOps.
const DEVOPS: &str = "499b84ac-1321-427f-aa17-267ca6975798/.default";

impl Entra {
    pub fn start() -> (Arc<Self>, Server) {
        let scope = Mutex::new(DEVOPS.to_owned());
        let entra = Arc::new(Self { tokens: AtomicU64::new(0), trusted: Mutex::default(), scope });
        let server = Server::start(entra.clone(), None);
        (entra, server)
    }

    fn is_proven(&self, form: &HashMap<String, String>) -> bool {
        let assertion = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        match (form.get("client_secret"), form.get("client_assertion")) {
            (Some(secret), None) => secret == SECRET,
            (None, Some(token)) => {
                form["client_assertion_type"] == assertion && *token == *self.trusted.lock().unwrap()
            }
            _ => false,
        }
    }
}

impl Service for Entra {
    fn answer(&self, request: &Request) -> Reply {
        let form = &request.form;
        if request.line() != format!("POST /{TENANT}/oauth2/v2.0/token") {
            return failed(400, "invalid_request", "AADSTS90002: Tenant not found.");
        }
        assert_eq!(form["grant_type"], "client_credentials");
        let scope = self.scope.lock().unwrap();
        assert_eq!(form["scope"], *scope);
        if form["client_id"] != APPLICATION {
            return failed(
                400,
                "unauthorized_client",
                "AADSTS700016: Application was not found in the directory.",
            );
        }
        if !self.is_proven(form) {
            // A server or a proxy may repeat what it was sent, though Entra does not.
            let sent = form.get("client_secret").or(form.get("client_assertion")).unwrap();
            let encoded: String = url::form_urlencoded::byte_serialize(sent.as_bytes()).collect();
            let said = format!("AADSTS7000215: Invalid client secret provided: {sent} ({encoded})");
            return failed(401, "invalid_client", &said);
        }
        let token = format!("eyJ0.{}.c2ln", self.tokens.fetch_add(1, Ordering::Relaxed) + 1);
        Reply::json(
            200,
            json!({"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": token}),
        )
    }
}

fn failed(status: u16, code: &str, said: &str) -> Reply {
    Reply::json(
        status,
        json!({
            "error": code,
            "error_description": format!("{said}\r\nTrace ID: 0-0\r\nTimestamp: 2026-03-01 12:00:00Z"),
            "error_codes": [7_000_215],
        }),
    )
}
