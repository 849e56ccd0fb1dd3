//! What a manifest cannot hold in any cluster: a value of a type that its field does not have, and an
//! image that is none, because nothing has filled its placeholder.

use serde_json::Value;

use super::fields;
use super::images::CONTAINERS;
use super::manifest::Resource;
use crate::kubernetes;
use crate::vocabulary::{Diagnostic, Warning, WarningId};

/// The warning about a value that Kubernetes refuses for its type.
pub fn misfit(resource: &Resource) -> Option<Warning> {
    let fields::Misfit { path, found, expected } = fields::misfit(&resource.manifest)?;
    let (kind, name) = (&resource.id.kind, &resource.id.name);
    let message =
        format!("`{path}` of {kind} `{name}` is {found}, and Kubernetes takes only {expected} there");
    let hint = match expected {
        "text" => "put it in quotes",
        _ => "remove the quotes around it; a variable that is text needs a filter: `{{ port | int }}`",
    };
    let diagnostic = Diagnostic::new(message).at(resource.origin.clone()).hint(hint);
    Some(Warning::new(WarningId::FieldType, diagnostic))
}

/// Refuses an image that holds what no reference can: `$IMAGE_NAME:$IMAGE_TAG`. Custom resources may
/// have templates of their own.
pub fn check_images(resource: &Resource) -> Result<(), Diagnostic> {
    if kubernetes::kind(&resource.id.api_version, &resource.id.kind).is_none() {
        return Ok(());
    }
    let Some(image) = unfilled_image(&resource.manifest) else { return Ok(()) };
    let (kind, name) = (&resource.id.kind, &resource.id.name);
    let message = format!("`{image}` in {kind} `{name}` is not an image");
    let hint =
        "if a placeholder was to be filled, set `placeholders` on the step, or `delimiters` for templates";
    Err(Diagnostic::new(message).at(resource.origin.clone()).hint(hint))
}

fn unfilled_image(manifest: &Value) -> Option<&str> {
    match manifest {
        Value::Array(items) => items.iter().find_map(unfilled_image),
        Value::Object(map) => map.iter().find_map(|(key, value)| {
            let containers = value.as_array().filter(|_| CONTAINERS.contains(&key.as_str()));
            let images =
                containers.into_iter().flatten().filter_map(|container| container.get("image")?.as_str());
            images.into_iter().find(|image| !is_reference(image)).or_else(|| unfilled_image(value))
        }),
        _ => None,
    }
}

/// Whether a text has only characters of image references. None is what a webhook fills in.
fn is_reference(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || "._/:@-+".contains(c))
}
