//! What a rendering changes, for people.

use anstyle::AnsiColor;

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
