//! Keeps secrets out of committed files, however a template encodes them.
//!
//! The check looks at what was rendered, not at how, so it holds for every engine. The secrets of a target's
//! variables are searched for in each scalar and key of its manifests; what Towline and proxies sign in with, in
//! every file. `secrets: allow` lets the former in, and nothing the latter.

use rayon::prelude::*;
use serde_json::Value;

use super::manifest::{File, Resource};
use crate::secrets::{self, Finder, Found};
use crate::variables::Variables;
use crate::vocabulary::{Diagnostic, Place};

/// The secrets of one target.
pub struct Secrets {
    /// The names of their variables.
    names: Vec<String>,
    finder: Finder,
}

impl Secrets {
    pub fn new(variables: &Variables) -> Self {
        let leaves: Vec<_> =
            variables.secrets().map(|leaf| (leaf.name.clone(), leaf.value.telling_texts())).collect();
        let texts = leaves
            .iter()
            .enumerate()
            .flat_map(|(number, (_, texts))| texts.iter().map(move |text| (number, text.as_str())));
        let finder = Finder::new(texts);
        Self { finder, names: leaves.into_iter().map(|(name, _)| name).collect() }
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

    /// The name of a secret that a text shows, and the line that it begins in.
    pub fn line_in(&self, text: &str) -> Option<(&str, usize)> {
        let leak = self.finder.leaks(text).into_iter().find(|leak| !leak.is_part)?;
        Some((&self.names[leak.secret], 1 + text[..leak.start].matches('\n').count()))
    }

    fn refusal(&self, resource: &Resource, secret: &str, field: &str) -> Diagnostic {
        let field = field.trim_start_matches('.');
        Diagnostic::refused(format!("the secret variable `{secret}` would be committed in {}, field {field}", resource.file))
            .at(resource.origin.clone())
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
        Some(self.names[self.finder.find(text)?].as_str())
    }
}

/// Refuses files that hold what Towline or a proxy signs in with.
pub fn refuse_credentials(files: &[File]) -> Result<(), Diagnostic> {
    let found = files.par_iter().find_map_first(|file| {
        let found = secrets::credential_in(&String::from_utf8_lossy(&file.content))?;
        Some(refused(&found, Place::new(&file.path, found.line, 0)))
    });
    found.map_or(Ok(()), Err)
}

/// Refuses a value that holds what Towline or a proxy signs in with.
pub fn refuse_credential(value: &Value, place: &Place) -> Result<(), Diagnostic> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    secrets::credential_in(&text).map_or(Ok(()), |found| Err(refused(&found, place.clone())))
}

fn refused(found: &Found, place: Place) -> Diagnostic {
    let message = format!("a credential would be committed ({})", found.what);
    let hint = "remove it: Towline or a proxy signs in with it. Give the application a credential of its own";
    Diagnostic::refused(message).at(place).hint(hint)
}
