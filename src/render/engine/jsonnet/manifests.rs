//! What a Jsonnet program gives, as a list of manifests: one, an array, or a map from names to
//! any of these, as deep as people nest them. `null` stands for a manifest that is left out.

use anyhow::Result;
use serde_json::Value;

use crate::render::manifest::Document;
use crate::vocabulary::{Diagnostic, Place};

pub fn flatten(value: Value, origin: &Place) -> Result<Vec<Document>> {
    let mut documents = Vec::new();
    collect(value, "", origin, &mut documents)?;
    Ok(documents)
}

fn collect(value: Value, path: &str, origin: &Place, documents: &mut Vec<Document>) -> Result<()> {
    match value {
        Value::Null => Ok(()),
        Value::Object(map) if map.contains_key("kind") || map.contains_key("apiVersion") => {
            documents.push(Document { value: Value::Object(map), origin: origin.clone() });
            Ok(())
        }
        Value::Object(map) => map
            .into_iter()
            .try_for_each(|(key, value)| collect(value, &format!("{path}.{key}"), origin, documents)),
        Value::Array(items) => items
            .into_iter()
            .enumerate()
            .try_for_each(|(index, item)| collect(item, &format!("{path}[{index}]"), origin, documents)),
        scalar => {
            let at = path.trim_start_matches('.');
            let what = if at.is_empty() { "the result".to_owned() } else { format!("`{at}` of the result") };
            let message = format!("{what} is {scalar}, which is not a manifest");
            let hint = "give a manifest, an array of them, or a map from names to manifests";
            Err(Diagnostic::new(message).at(origin.clone()).hint(hint).into())
        }
    }
}
