//! Keeps secrets out of committed files, however a template encodes them.
//!
//! The check looks at what was rendered, not at how, so it holds for every engine: each scalar
//! and key is searched for each secret's text, plain, in base64, percent-encoded and as JSON
//! writes it; what is itself base64 is decoded and searched again.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::Value;

use super::manifest::Resource;
use crate::variables::{Leaf, Variables};
use crate::vocabulary::{Diagnostic, Place};

/// A shorter text occurs everywhere by chance; it must be the whole scalar to be meant.
const MIN_SEARCHED: usize = 4;
/// How many layers of base64 are taken off.
const MAX_LAYERS: usize = 4;

/// The secrets of one target, in the forms they are searched for.
pub struct Secrets(Vec<Secret>);

struct Secret {
    name: String,
    text: String,
    forms: Vec<String>,
}

impl Secrets {
    pub fn new(variables: &Variables) -> Self {
        let texts =
            variables.secrets().flat_map(|leaf| leaf.texts().into_iter().map(move |text| (leaf, text)));
        let secret =
            |(leaf, text): (&Leaf, String)| Secret { name: leaf.name.clone(), forms: forms(&text), text };
        Self(texts.map(secret).collect())
    }

    /// Refuses a resource that holds a secret.
    pub fn check(&self, resource: &Resource) -> Result<(), Diagnostic> {
        if self.0.is_empty() {
            return Ok(());
        }
        match self.secret_in(&resource.manifest, "") {
            Some((secret, field)) => Err(self.refusal(resource, secret, &field)),
            None => Ok(()),
        }
    }

    /// The name of a secret that is in `value`.
    pub fn name_in(&self, value: &Value) -> Option<&str> {
        self.secret_in(value, "").map(|(secret, _)| secret.name.as_str())
    }

    fn refusal(&self, resource: &Resource, secret: &Secret, field: &str) -> Diagnostic {
        let field = field.trim_start_matches('.');
        Diagnostic::refused(format!("the secret variable `{}` would be committed in {}, field {field}", secret.name, resource.file))
            .at(Place { ..resource.origin.clone() })
            .hint("let the cluster fetch it (external-secrets, sealed secrets), or set `secrets: allow` on the environment")
    }

    /// The first secret below `value`, and the path of the field it is in.
    fn secret_in(&self, value: &Value, path: &str) -> Option<(&Secret, String)> {
        match value {
            Value::Null => None,
            Value::Array(items) => {
                let mut items = items.iter().enumerate();
                items.find_map(|(index, item)| self.secret_in(item, &format!("{path}[{index}]")))
            }
            Value::Object(map) => map.iter().find_map(|(key, value)| {
                if let Some(secret) = self.in_text(key) {
                    return Some((secret, format!("{path} (a key)")));
                }
                self.secret_in(value, &format!("{path}.{key}"))
            }),
            Value::String(text) => Some((self.in_text(text)?, path.to_owned())),
            scalar => Some((self.in_text(&scalar.to_string())?, path.to_owned())),
        }
    }

    fn in_text(&self, text: &str) -> Option<&Secret> {
        let mut layers = vec![text.to_owned()];
        while let Some(inner) = layers.last().filter(|_| layers.len() < MAX_LAYERS).and_then(|it| decoded(it))
        {
            layers.push(inner);
        }
        self.0.iter().find(|secret| layers.iter().any(|layer| secret.is_in(layer)))
    }
}

impl Secret {
    fn is_in(&self, text: &str) -> bool {
        if self.text.chars().count() < MIN_SEARCHED {
            return text == self.text;
        }
        self.forms.iter().any(|form| text.contains(form.as_str()))
    }
}

fn forms(text: &str) -> Vec<String> {
    let json = Value::String(text.to_owned()).to_string();
    let mut forms = vec![text.to_owned(), json[1..json.len() - 1].to_owned(), percent_encoded(text)];
    // A multi-line secret is found although a template has indented its lines.
    forms.extend(text.lines().max_by_key(|line| line.len()).map(|line| line.trim().to_owned()));
    for alignment in 0..3 {
        forms.extend(base64_inside(text, alignment));
    }
    forms.retain(|form| form.len() >= MIN_SEARCHED);
    forms.sort();
    forms.dedup();
    forms
}

/// The characters that `text` leaves in base64 when `alignment` bytes stand before it: those that
/// its neighbours have no part in.
fn base64_inside(text: &str, alignment: usize) -> [String; 2] {
    let padded = [&[0; 2][..alignment.min(2)], text.as_bytes()].concat();
    let first = (alignment * 8).div_ceil(6);
    let last = padded.len() * 8 / 6;
    [&STANDARD, &URL_SAFE]
        .map(|engine| engine.encode(&padded).get(first..last).unwrap_or_default().to_owned())
}

fn percent_encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

/// What base64 stands for, when `text` is base64 of text.
fn decoded(text: &str) -> Option<String> {
    let compact: String = text.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(&compact).or_else(|_| URL_SAFE.decode(&compact)).ok()?;
    String::from_utf8(bytes).ok().filter(|inner| !inner.is_empty())
}
