//! A GitHub App at the fake GitHub: proves itself with a signature, gets tokens for an hour.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use rustls::pki_types::PrivatePkcs1KeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};

use super::{GitHub, State};
use crate::fakes::git_http::basic;
use crate::fakes::{Reply, Request};

pub const ID: &str = "12345";
pub const KEY: &str = include_str!("app.pem");
const INSTALLATION: u64 = 77;

impl GitHub {
    pub(super) fn installation(&self, request: &Request) -> Reply {
        match self.is_app(request) {
            true => Reply::json(200, self.spec.example("installation", json!({"id": INSTALLATION}))),
            false => Reply::refused(401, "A JSON web token could not be decoded"),
        }
    }

    pub(super) fn access_token(&self, state: &mut State, installation: &str, request: &Request) -> Reply {
        if !self.is_app(request) || installation != INSTALLATION.to_string() {
            return Reply::refused(401, "A JSON web token could not be decoded");
        }
        assert_eq!(request.body, json!({"repositories": ["gitops"]}));
        let token = format!("ghs_{}", state.next_id());
        let ends = self.now().checked_add(Duration::from_secs(3600)).unwrap();
        state.app_tokens.push((token.clone(), ends));
        Reply::json(201, self.spec.example("installation-token", json!({"token": token, "expires_at": ends})))
    }

    /// What git may show to get in: the app's tokens that are still good.
    pub fn app_logins(&self) -> Vec<String> {
        let state = self.state.lock().unwrap();
        let good = state.app_tokens.iter().filter(|(_, ends)| *ends > self.now());
        good.map(|(token, _)| basic("x-access-token", token)).collect()
    }

    /// Whether a token of the app is still good.
    pub(super) fn is_app_token(&self, state: &State, token: &str) -> bool {
        state.app_tokens.iter().any(|(known, ends)| known == token && *ends > self.now())
    }

    /// Whether the app signed this request not long ago.
    fn is_app(&self, request: &Request) -> bool {
        let token = request.header("authorization").unwrap().strip_prefix("Bearer ").unwrap();
        let Some((text, signature)) = token.rsplit_once('.') else { return false };
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
        let claims: Value = serde_json::from_slice(&decode(text.split_once('.').unwrap().1)).unwrap();
        let (from, until) = (claims["iat"].as_i64().unwrap(), claims["exp"].as_i64().unwrap());
        let key = PrivatePkcs1KeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
        let key = RsaKeyPair::from_der(key.secret_pkcs1_der()).unwrap();
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public().as_ref());
        public.verify(text.as_bytes(), &decode(signature)).is_ok()
            && claims["iss"] == ID
            && until - from <= 600
            && (from..until).contains(&self.now().as_second())
    }
}
