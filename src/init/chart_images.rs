//! The images of a chart, from its values: `image.repository`, as `helm create` writes it, at any
//! depth, with `image.registry` before it where charts keep that apart.

use serde_json::Value;

use crate::vocabulary::ImageReference;

/// The repositories in the values of a chart, in their order.
pub fn repositories(values: &Value) -> Vec<String> {
    let mut found = Vec::new();
    match values {
        Value::Object(map) => {
            if let (Some(repository), true) = (own_repository(map), map.contains_key("tag")) {
                found.push(repository);
            }
            for (key, value) in map {
                let text = value.as_str().filter(|_| key == "image");
                found.extend(text.and_then(repository));
                found.extend(repositories(value));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| found.extend(repositories(item))),
        _ => {}
    }
    found
}

/// The repository of a map that describes an image: one with a `tag` beside it.
fn own_repository(map: &serde_json::Map<String, Value>) -> Option<String> {
    let path = map.get("repository")?.as_str()?;
    match map.get("registry").and_then(Value::as_str).filter(|registry| !registry.is_empty()) {
        Some(registry) => repository(&format!("{registry}/{path}")),
        None => repository(path),
    }
}

fn repository(reference: &str) -> Option<String> {
    ImageReference::parse(reference).ok().map(|reference| reference.repository)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::repositories;

    #[test]
    fn the_images_of_usual_charts() {
        let values = json!({
            "image": {"repository": "nginx", "pullPolicy": "IfNotPresent", "tag": ""},
            "worker": {"image": {"registry": "ghcr.io", "repository": "acme/worker", "tag": null}},
            "sidecar": {"image": "ghcr.io/acme/proxy:1.2"},
            "git": {"repository": "https://github.com/acme/config", "branch": "main"},
            "jobs": [{"image": {"repository": "{{ x }}", "tag": "1"}}],
        });
        assert_eq!(repositories(&values), ["nginx", "ghcr.io/acme/worker", "ghcr.io/acme/proxy"]);
    }
}
