//! What a rendering changes, for people and for programs.

use anstyle::AnsiColor;
use serde_json::{Value, json};

use super::Style;
use crate::propose::Changes;

/// The unified diff of every resource, dangers above it.
pub fn text(changes: &Changes, style: Style) -> String {
    let mut text = String::new();
    for resource in &changes.resources {
        for danger in &resource.dangers {
            let danger = format!("# {} {}: {danger}\n", resource.change, resource.name);
            text += &style.color(AnsiColor::Yellow, &danger);
        }
        text += &style.diff(&resource.diff);
    }
    text
}

/// `{"from", "images": [{"name", "before", "after"}], "resources": [{"change":
/// "added"|"changed"|"removed", "name", "path", "dangers": [text], "diff"}]}`, where `from` is the
/// version that is replaced.
pub fn record(changes: &Changes) -> Value {
    let images = changes
        .images
        .iter()
        .map(|image| json!({"name": image.name, "before": image.before, "after": image.after}));
    let resources = changes.resources.iter().map(|resource| {
        json!({
            "change": resource.change,
            "name": resource.name,
            "path": resource.path,
            "dangers": resource.dangers,
            "diff": resource.diff,
        })
    });
    json!({
        "from": changes.from,
        "images": images.collect::<Value>(),
        "resources": resources.collect::<Value>(),
    })
}
