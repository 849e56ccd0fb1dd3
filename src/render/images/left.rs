//! References that were not set: in arguments, environment variables, annotations and fields that
//! nothing is known of.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::reference::{ByRepository, in_templates, without_version};
use crate::release::Image;
use crate::render::manifest::Document;
use crate::vocabulary::{Diagnostic, Warning, WarningId};

/// A warning for each text of a manifest that names the repository of an image with a version that is
/// not the release's.
pub fn warnings(document: &Document, images: &ByRepository) -> Vec<Warning> {
    let mut warnings = Vec::new();
    each_text(&document.value, &mut Vec::new(), &mut |path, text| {
        let found = other_versions(text, images).into_iter();
        warnings.extend(found.map(|(image, reference)| warning(document, path, reference, image)));
    });
    warnings
}

fn warning(document: &Document, path: &[Step], reference: &str, image: &Image) -> Warning {
    let text = |pointer: &str| document.value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let resource = format!("{} {}", text("/kind"), text("/metadata/name"));
    let path: String = path.iter().map(Step::to_string).collect();
    let path = path.trim_start_matches('.');
    let message = format!("{reference} in `{path}` of {resource} was not set to {}", image.reference());
    let name = &image.name;
    let written = in_templates(name);
    let hint = format!(
        "write `{{{{ {written} }}}}` there; if the whole field is the image and the manifest is not a template, \
         add the field to `images`: `{name}: {{repository: {}, fields: [\"{}\"]}}`",
        image.repository,
        in_every_item(path)
    );
    Warning::new(WarningId::ImageNotSet, Diagnostic::new(message).at(document.origin.clone()).hint(hint))
}

/// `spec.steps[0].image` is written `spec.steps[].image`.
fn in_every_item(path: &str) -> String {
    let parts = path.split('[').enumerate();
    let parts = parts.map(|(index, part)| match (index, part.split_once(']')) {
        (0, _) | (_, None) => part.to_owned(),
        (_, Some((_, rest))) => format!("[]{rest}"),
    });
    parts.collect()
}

/// A step of a path.
enum Step<'v> {
    Key(&'v str),
    Item(usize),
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Key(key) => write!(f, ".{key}"),
            Step::Item(index) => write!(f, "[{index}]"),
        }
    }
}

fn each_text<'v>(value: &'v Value, path: &mut Vec<Step<'v>>, visit: &mut dyn FnMut(&[Step], &'v str)) {
    let mut below = |step: Step<'v>, value: &'v Value| {
        path.push(step);
        each_text(value, path, visit);
        path.pop();
    };
    match value {
        Value::String(text) => visit(path, text),
        Value::Array(items) => items.iter().enumerate().for_each(|(at, item)| below(Step::Item(at), item)),
        Value::Object(map) => map.iter().for_each(|(key, item)| below(Step::Key(key), item)),
        _ => {}
    }
}

/// Images in the order of the release, each with the reference in a text that has its repository and a
/// version that is not the release's.
fn other_versions<'a, 't>(text: &'t str, images: &ByRepository<'a>) -> Vec<(&'a Image, &'t str)> {
    let mut found = BTreeMap::new();
    // Most texts can have no version.
    if !text.contains([':', '@']) {
        return Vec::new();
    }
    let part = |c: char| c.is_ascii_alphanumeric() || "._-/:@".contains(c);
    let references = text.split(|c| !part(c)).map(|word| word.rsplit_once("://").map_or(word, |(_, it)| it));
    for word in references.map(|word| word.trim_end_matches(['.', ':'])) {
        let version = &word[without_version(word).len()..];
        if version.is_empty() {
            continue;
        }
        for (index, image) in images.of(word) {
            if !is_port(version, image) && word != image.reference() {
                found.entry(index).or_insert((image, word));
            }
        }
    }
    found.into_values().collect()
}

/// Whether a version is none: `web:8080` is a host and a port.
fn is_port(version: &str, image: &Image) -> bool {
    !image.repository.contains('/') && version[1.min(version.len())..].parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'t>(repository: &str, text: &'t str) -> Option<&'t str> {
        let (name, tag) = ("web".to_owned(), Some("2.0".to_owned()));
        let images = [Image { name, repository: repository.to_owned(), tag, digest: None }];
        other_versions(text, &ByRepository::new(&images)).first().map(|(_, reference)| *reference)
    }

    #[test]
    fn versions_that_are_not_the_releases_are_found() {
        let web = "ghcr.io/acme/web";
        for text in
            ["ghcr.io/acme/web:1.0", "--image=ghcr.io/acme/web:1.0,x", "docker://ghcr.io/acme/web:1.0."]
        {
            assert_eq!(found(web, text), Some("ghcr.io/acme/web:1.0"), "{text}");
        }
        assert_eq!(found(web, "'ghcr.io/acme/web@sha256:aa'"), Some("ghcr.io/acme/web@sha256:aa"));
        for text in [
            "ghcr.io/acme/web:2.0",
            "https://ghcr.io/acme/web",
            "ghcr.io/acme/web-x:1",
            "x/ghcr.io/acme/web:1",
        ] {
            assert_eq!(found(web, text), None, "{text}");
        }
    }

    #[test]
    fn a_port_is_no_version() {
        assert_eq!(found("redis", "http://redis:6379"), None);
        assert_eq!(found("redis", "redis:7.2-alpine"), Some("redis:7.2-alpine"));
        assert_eq!(found("redis", "docker.io/library/redis:7.2"), Some("docker.io/library/redis:7.2"));
    }

    #[test]
    fn the_field_that_a_hint_names_is_for_every_item() {
        assert_eq!(in_every_item("spec.steps[12].image"), "spec.steps[].image");
        assert_eq!(in_every_item("a[0][1]"), "a[][]");
    }
}
