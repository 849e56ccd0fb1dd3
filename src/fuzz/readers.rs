//! The readers of files and texts.

use std::path::Path;

use serde_json::{Value, json};

use crate::config::{self, PlaceholderStyle, Placeholders};
use crate::forge::local::record::Record;
use crate::forge::remote::Remote;
use crate::promote::junit::parse_junit;
use crate::render::descriptor::Descriptor;
use crate::render::external::placeholders::Expansion;
use crate::render::overlays::{self, Snippet};
use crate::render::template::names::Names;
use crate::variables::{file, set};
use crate::vocabulary::repository_url::RepositoryUrl;
use crate::vocabulary::{ImageReference, Place};
use crate::yaml;

pub fn pipeline_file(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        // There is no folder with that name, so that nothing here is read.
        drop(config::parse(text, Path::new("no folder/towline.yaml")));
    }
}

pub fn variables(data: &[u8]) {
    drop(file::parse_bytes(data.to_vec(), Path::new("v.yaml"), &[]));
}

pub fn dotenv(data: &[u8]) {
    let process = [("HOME".to_owned(), "/root".to_owned())];
    drop(file::parse_bytes(data.to_vec(), Path::new("v.env"), &process));
}

pub fn set_argument(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        drop(set::parse(text));
    }
}

pub fn overlays(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(documents) = yaml::parse(text, Path::new("overlay.yaml")) else { return };
    let snippet = |node: &yaml::Node| Snippet::parse(node.to_value(), Place::default(), None).ok();
    let snippets: Vec<Snippet> = documents.iter().filter_map(snippet).collect();
    for snippet in snippets {
        let mut manifests = vec![deployment()];
        if overlays::apply(&mut manifests, |manifest| manifest, &[snippet]).is_err() {
            assert_eq!(manifests, [deployment()], "a patch that fails changes nothing");
        }
    }
}

/// What overlays are for.
fn deployment() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "labels": {"app": "web"}},
        "spec": {"replicas": 2, "template": {"spec": {"containers": [
            {"name": "web", "image": "a", "ports": [{"containerPort": 80, "protocol": "TCP"}], "args": ["a", "b"]},
            {"name": "side", "image": "b", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]},
        ]}}},
    })
}

pub fn junit(data: &[u8]) {
    if let Ok(totals) = parse_junit(data) {
        assert!(totals.skipped <= totals.tests, "{}", totals.describe());
    }
}

pub fn descriptor(data: &[u8]) {
    let file = Path::new("descriptor.yaml");
    let Ok(read) = Descriptor::parse(data.to_vec(), file) else { return };
    for path in read.files() {
        assert!(!path.starts_with('/') && !path.split('/').any(|part| part == ".."), "{path}");
    }
    let written = read.write().expect("what was read can be written");
    let again = Descriptor::parse(written.into_bytes(), file).expect("what was written can be read");
    assert_eq!(again, read);
}

pub fn local_forge(data: &[u8]) {
    let Ok(read) = serde_json::from_slice::<Record>(data) else { return };
    let written = serde_json::to_vec(&read).expect("what was read can be written");
    assert_eq!(serde_json::from_slice::<Record>(&written).expect("what was written can be read"), read);
}

pub fn placeholders(data: &[u8]) {
    let values = json!({"TAG": "1.10", "replicas": 3, "on": true, "none": null, "db": {"host": "a: b"}});
    let names = Names::of_values(values.as_object().cloned().unwrap_or_default());
    for style in [PlaceholderStyle::Shell, PlaceholderStyle::Tokens] {
        let placeholders = Placeholders { style, files: Vec::new(), ignore: Vec::new() };
        let Ok(expansion) = Expansion::new(&placeholders, &names) else { continue };
        for name in ["values.yaml", "notes.txt"].map(Path::new) {
            drop(expansion.expand(name, name, data.to_vec()));
        }
        drop(expansion.error());
    }
}

pub fn image_reference(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(read) = ImageReference::parse(text) else { return };
    let tag = read.tag.as_ref().map(|tag| format!(":{tag}")).unwrap_or_default();
    let digest = read.digest.as_ref().map(|digest| format!("@{digest}")).unwrap_or_default();
    assert_eq!(ImageReference::parse(&format!("{}{tag}{digest}", read.repository)), Ok(read));
}

pub fn url(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    drop(Remote::parse(text));
    let Some(url) = RepositoryUrl::parse(text) else { return };
    let (shown, without) = (url.shown(), url.without_user());
    if let Some(again) = RepositoryUrl::parse(&shown) {
        assert_eq!(again.password, None, "{shown}");
        assert_eq!((again.host, again.port), (url.host.clone(), url.port), "{shown}");
    }
    drop((without, url.segments(), url.site()));
}
