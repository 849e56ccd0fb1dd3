//! Tokens and private keys that can be told by their form, wherever they stand. What was found is never shown.

use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use regex::RegexSet;
use serde_json::Value;

use super::document_path::{DocumentPath, Step};
use super::finding::{Finding, named};
use super::plain_secrets::is_encrypted;
use super::scene::Scene;
use crate::render::Resource;
use crate::vocabulary::FindingId;

/// What it is, and its form, as its issuer documents it or prints it.
const FORMS: [(&str, &str); 20] = [
    ("an AWS access key", r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    ("an Azure client secret", r"\b[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}\b"),
    ("an Azure shared access key", r"\bSharedAccessKey=[A-Za-z0-9+/]{43}="),
    ("an Azure storage key", r"\bAccountKey=[A-Za-z0-9+/]{86}=="),
    ("a DigitalOcean token", r"\bdo[opr]_v1_[a-f0-9]{64}\b"),
    ("a Docker Hub token", r"\bdckr_[po]at_[A-Za-z0-9_-]{27,}"),
    ("a GitHub token", r"\bgh[pousr]_[A-Za-z0-9]{36,}\b"),
    ("a GitHub token", r"\bgithub_pat_[A-Za-z0-9_]{60,}\b"),
    ("a GitLab token", r"\bgl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|imt)-[A-Za-z0-9_-]{20,}"),
    ("a Google API key", r"\bAIza[0-9A-Za-z_-]{35}\b"),
    ("a Vault token", r"\bhv[sbr]\.[A-Za-z0-9_-]{24,}"),
    ("a JSON Web Token", r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    ("an npm token", r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("a private key", r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"),
    ("a PyPI token", r"\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}"),
    ("a SendGrid key", r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    ("a Slack token", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
    ("a Slack webhook", r"\bhooks\.slack\.com/services/T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{20,}"),
    ("a Stripe key", r"\b[sr]k_live_[0-9A-Za-z]{24,}\b"),
    ("an age key", r"\bAGE-SECRET-KEY-1[0-9A-Z]{58}\b"),
];

/// Together they are one automaton. A form that is no expression would be found by the tests, not by people.
static SET: LazyLock<RegexSet> =
    LazyLock::new(|| RegexSet::new(FORMS.map(|(_, form)| form)).unwrap_or_else(|_| RegexSet::empty()));

pub fn check(scene: &Scene, found: &mut Vec<Finding>) {
    for resource in &scene.target.resources {
        // What is encrypted may look like anything.
        if resource.id.kind == "SealedSecret" || is_encrypted(&resource.manifest) {
            continue;
        }
        let is_secret = resource.id.kind == "Secret";
        if let Value::Object(map) = &resource.manifest {
            for (key, value) in map {
                let path = DocumentPath::default().key(key);
                look(value, path, is_secret && key == "data", &mut |path, what| {
                    found.push(finding(resource, path, what));
                });
            }
        }
    }
}

fn finding(resource: &Resource, path: DocumentPath, what: &str) -> Finding {
    let message = format!("`{path}` of {} looks like {what}", named(&resource.id));
    Finding::new(FindingId::Credential, resource, message).at(path).hint(
        "revoke it if it is one: it may be in git already. Let the cluster fetch the new one, with an \
         ExternalSecret or a SealedSecret",
    )
}

/// Looks at every text below a value. That of `data` of a Secret is encoded.
fn look(
    value: &Value,
    path: DocumentPath,
    is_encoded: bool,
    tell: &mut impl FnMut(DocumentPath, &'static str),
) {
    match value {
        Value::String(text) => {
            let decoded = if is_encoded { decode(text) } else { None };
            if let Some(what) = form(decoded.as_deref().unwrap_or(text)) {
                tell(path, what);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                look(item, path.clone().item(index), is_encoded, tell);
            }
        }
        Value::Object(map) => {
            for (key, value) in map {
                let mut path = path.clone();
                path.0.push(Step::Key(key.clone()));
                look(value, path, is_encoded, tell);
            }
        }
        _ => {}
    }
}

fn decode(text: &str) -> Option<String> {
    let text: String = text.split_whitespace().collect();
    String::from_utf8(BASE64_STANDARD.decode(text).ok()?).ok()
}

fn form(text: &str) -> Option<&'static str> {
    // The shortest of them.
    if text.len() < 15 {
        return None;
    }
    SET.matches(text).iter().next().map(|index| FORMS[index].0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_an_expression() {
        assert_eq!(SET.len(), FORMS.len());
    }

    #[test]
    fn what_only_looks_alike_is_none() {
        let texts = [
            "the ghp_ prefix of GitHub",
            "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
            "-----BEGIN PUBLIC KEY-----",
            "glpat-short",
        ];
        for text in texts {
            assert_eq!(form(text), None, "{text}");
        }
    }
}
