//! What the changes need to know and set of a resource's `metadata`.

use serde_json::{Map, Value};

/// The namespace that is meant when none is written.
pub const DEFAULT_NAMESPACE: &str = "default";

/// Sets a label or annotation.
pub fn set(manifest: &mut Value, key: &str, name: &str, value: &str) {
    let Some(metadata) = of(manifest) else { return };
    let entries = metadata.entry(key).or_insert_with(|| Value::Object(Map::new()));
    if entries.is_null() {
        *entries = Value::Object(Map::new());
    }
    if let Value::Object(entries) = entries {
        entries.insert(name.to_owned(), value.into());
    }
}

/// The metadata of a resource. What has none is refused later.
pub fn of(manifest: &mut Value) -> Option<&mut Map<String, Value>> {
    manifest.get_mut("metadata")?.as_object_mut()
}

/// The kind, namespace and name of a resource.
pub fn identity(manifest: &Value) -> (&str, Option<&str>, &str) {
    let metadata = &manifest["metadata"];
    (
        manifest["kind"].as_str().unwrap_or_default(),
        metadata["namespace"].as_str(),
        metadata["name"].as_str().unwrap_or_default(),
    )
}
