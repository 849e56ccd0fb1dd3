//! The hash of a ConfigMap or Secret that stands behind its name: the same that Kustomize gives it, so that
//! who comes from a `configMapGenerator` keeps the names.
//!
//! Kustomize hashes the content as Go writes it in JSON: keys sorted, and `<`, `>` and `&` escaped.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::vocabulary::text::hex;

/// How long the hash is.
const LENGTH: usize = 10;

/// The hash of a ConfigMap or Secret.
pub fn of(manifest: &Value) -> String {
    let field = |key: &str| match &manifest[key] {
        Value::Null => json!(""),
        value => value.clone(),
    };
    let is_secret = manifest["kind"] == "Secret";
    // Kustomize means to have the name in it, and looks for it in the wrong place.
    let mut content = json!({"kind": manifest["kind"], "name": "", "data": field("data")});
    let optional = if is_secret { "stringData" } else { "binaryData" };
    if is_secret {
        content["type"] = field("type");
    }
    if manifest[optional].is_object() {
        content[optional] = manifest[optional].clone();
    }
    let hash = hex(&Sha256::digest(go_json(&sorted(&content))));
    // As Kubernetes does it for names, no vowels and nothing that is mistaken for one.
    let encode = |c: char| match c {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    };
    hash.chars().take(LENGTH).map(encode).collect()
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            Value::Object(
                entries.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect::<Map<_, _>>(),
            )
        }
        other => other.clone(),
    }
}

fn go_json(value: &Value) -> String {
    let mut text = value.to_string();
    for (character, escape) in [
        ('<', "\\u003c"),
        ('>', "\\u003e"),
        ('&', "\\u0026"),
        ('\u{2028}', "\\u2028"),
        ('\u{2029}', "\\u2029"),
    ] {
        text = text.replace(character, escape);
    }
    text
}
