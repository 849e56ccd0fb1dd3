//! What a rendering changes, for people.

use anstyle::AnsiColor;

use super::Style;
use crate::propose::Changes;

/// The unified diff of every resource, risks above it.
pub fn text(changes: &Changes, style: Style) -> String {
    let mut text = String::new();
    for resource in &changes.resources {
        for risk in &resource.risks {
            let risk = format!("# {} {}: {risk}\n", resource.change, resource.name);
            text += &style.color(AnsiColor::Yellow, &risk);
        }
        text += &style.diff(&resource.diff);
    }
    text
}
