//! Keeps secrets out of committed files, however a template encodes them.
//!
//! The check looks at what was rendered, not at how, so it holds for every engine: each scalar
//! and key is searched for each secret's text, plain, in base64, percent-encoded and as JSON
//! writes it; what is itself base64 is decoded and searched again.

use std::borrow::Cow;
use std::collections::HashMap;

use aho_corasick::AhoCorasick;
use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::Value;

use super::manifest::Resource;
use crate::variables::Variables;
use crate::vocabulary::{Diagnostic, Place};

/// A shorter text occurs everywhere by chance; it must be the whole scalar to be meant.
const MIN_SEARCHED: usize = 4;
/// How many layers of base64 are taken off.
const MAX_LAYERS: usize = 4;

/// The secrets of one target, in the forms they are searched for.
pub struct Secrets {
    /// The names of their variables.
    names: Vec<String>,
    /// Those that must be the whole scalar, by their text.
    short: HashMap<String, usize>,
    /// All forms of the others, which one search finds, and whose each is.
    forms: AhoCorasick,
    of_form: Vec<usize>,
}

impl Secrets {
    pub fn new(variables: &Variables) -> Result<Self> {
        let (mut names, mut short) = (Vec::new(), HashMap::new());
        let (mut all_forms, mut of_form) = (Vec::new(), Vec::new());
        for leaf in variables.secrets() {
            for text in leaf.texts() {
                let forms = match text.chars().count() < MIN_SEARCHED {
                    true => Vec::new(),
                    false => forms(&text),
                };
                if forms.is_empty() {
                    short.entry(text).or_insert(names.len());
                }
                of_form.extend(std::iter::repeat_n(names.len(), forms.len()));
                all_forms.extend(forms);
                names.push(leaf.name.clone());
            }
        }
        let forms = AhoCorasick::new(all_forms).context("cannot search for so many secrets")?;
        Ok(Self { names, short, forms, of_form })
    }

    /// Refuses a resource that holds a secret.
    pub fn check(&self, resource: &Resource) -> Result<(), Diagnostic> {
        if self.names.is_empty() {
            return Ok(());
        }
        match self.secret_in(&resource.manifest) {
            Some((secret, field)) => Err(self.refusal(resource, secret, &field)),
            None => Ok(()),
        }
    }

    /// The name of a secret that is in `value`.
    pub fn name_in(&self, value: &Value) -> Option<&str> {
        self.secret_in(value).map(|(secret, _)| secret)
    }

    fn refusal(&self, resource: &Resource, secret: &str, field: &str) -> Diagnostic {
        let field = field.trim_start_matches('.');
        Diagnostic::refused(format!("the secret variable `{secret}` would be committed in {}, field {field}", resource.file))
            .at(Place { ..resource.origin.clone() })
            .hint("let the cluster fetch it (external-secrets, sealed secrets), or set `secrets: allow` on the environment")
    }

    /// The first secret below `value`, and the path of the field it is in.
    fn secret_in(&self, value: &Value) -> Option<(&str, String)> {
        match value {
            Value::Null => None,
            Value::Array(items) => items.iter().enumerate().find_map(|(index, item)| {
                let (secret, path) = self.secret_in(item)?;
                Some((secret, format!("[{index}]{path}")))
            }),
            Value::Object(map) => map.iter().find_map(|(key, value)| {
                if let Some(secret) = self.in_text(key) {
                    return Some((secret, " (a key)".to_owned()));
                }
                let (secret, path) = self.secret_in(value)?;
                Some((secret, format!(".{key}{path}")))
            }),
            Value::String(text) => Some((self.in_text(text)?, String::new())),
            scalar => Some((self.in_text(&scalar.to_string())?, String::new())),
        }
    }

    fn in_text(&self, text: &str) -> Option<&str> {
        let mut layers = vec![Cow::Borrowed(text)];
        while let Some(inner) = layers.last().filter(|_| layers.len() < MAX_LAYERS).and_then(|it| decoded(it))
        {
            layers.push(Cow::Owned(inner));
        }
        let found = layers.iter().flat_map(|layer| {
            let forms = self.forms.find_overlapping_iter(&**layer);
            let forms = forms.map(|form| self.of_form[form.pattern().as_usize()]);
            forms.chain(self.short.get(&**layer).copied())
        });
        found.min().map(|first| self.names[first].as_str())
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
