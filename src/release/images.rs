//! `--image` and `--images`: a tag, digest or reference for every declared image.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::Image;
use crate::boundary;
use crate::config::DeclaredImage;
use crate::vocabulary::{Diagnostic, Place, nearest};
use crate::vocabulary::{ImageReference, check_digest, check_tag};
use crate::yaml::{self, Kind, Node};

/// A value for an image, and where it was given.
struct Given {
    name: String,
    value: String,
    origin: Origin,
}

enum Origin {
    Argument(String),
    Place(Place),
}

impl Given {
    fn refused(&self, why: &str) -> Diagnostic {
        match &self.origin {
            Origin::Argument(argument) => Diagnostic::new(format!("`--image {argument}`: {why}")),
            Origin::Place(place) => {
                Diagnostic::new(format!("image `{}`: {why}", self.name)).at(place.clone())
            }
        }
    }
}

/// An image for every declared one, in their order.
pub fn resolve(arguments: &[String], from: &[PathBuf], declared: &[DeclaredImage]) -> Result<Vec<Image>> {
    let mut given = Vec::new();
    for path in from {
        given.extend(read_images(path).with_context(|| format!("reading `--images {}`", path.display()))?);
    }
    for argument in arguments {
        given.push(parse(argument)?);
    }
    for one in &given {
        refuse_unknown(one, declared)?;
    }
    let missing: Vec<_> =
        declared.iter().filter(|image| given.iter().all(|one| one.name != image.name)).collect();
    if let Some(first) = missing.first() {
        let names: Vec<_> = missing.iter().map(|image| format!("`{}`", image.name)).collect();
        let images = if names.len() == 1 { "image" } else { "images" };
        let message = format!("the release has no tag or digest for the {images} {}", names.join(", "));
        let hint = format!("pass `--image {}=TAG`, or all of them with `--images FILE`", first.name);
        return Err(Diagnostic::new(message).at(first.place.clone()).hint(hint).into());
    }
    // The last one given wins.
    let last = |image: &DeclaredImage| {
        let given = given.iter().rev().find(|one| one.name == image.name)?;
        Some(one_image(given, image))
    };
    declared.iter().filter_map(last).collect()
}

fn parse(argument: &str) -> Result<Given> {
    match argument.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok(Given {
            name: name.trim().to_owned(),
            value: value.trim().to_owned(),
            origin: Origin::Argument(argument.to_owned()),
        }),
        _ => {
            let message = format!("`--image {argument}` has no name and `=`");
            Err(Diagnostic::new(message)
                .hint("write `--image NAME=TAG`, `NAME=REFERENCE` or `NAME=@DIGEST`")
                .into())
        }
    }
}

fn refuse_unknown(given: &Given, declared: &[DeclaredImage]) -> Result<()> {
    let names = || declared.iter().map(|image| image.name.as_str());
    if names().any(|name| name == given.name) {
        return Ok(());
    }
    let hint = match nearest(&given.name, names()) {
        Some(name) => format!("did you mean `{name}`?"),
        None if declared.is_empty() => "the pipeline file has no `images`".to_owned(),
        None => format!("the pipeline file has: {}", names().collect::<Vec<_>>().join(", ")),
    };
    Err(given.refused("the pipeline file has no image of this name").hint(hint).into())
}

/// A tag, a digest or `TAG@DIGEST` goes with the declared repository; a whole reference (with a
/// `/` or a tag of its own) replaces it, as a mirror would.
fn one_image(given: &Given, declared: &DeclaredImage) -> Result<Image> {
    let value = given.value.as_str();
    let refused = |why: String| anyhow::Error::from(given.refused(&why));
    let mut image = Image {
        name: declared.name.clone(),
        repository: declared.repository.clone(),
        tag: None,
        digest: None,
    };
    let (head, digest) = match value.split_once('@') {
        Some((head, digest)) => (head, Some(digest)),
        None if value.starts_with("sha256:") => ("", Some(value)),
        None => (value, None),
    };
    if head.contains(['/', ':']) {
        let reference = ImageReference::parse(value).map_err(refused)?;
        image.repository = reference.repository;
        (image.tag, image.digest) = (reference.tag, reference.digest);
    } else {
        if !head.is_empty() || digest.is_none() {
            check_tag(head).map_err(refused)?;
            image.tag = Some(head.to_owned());
        }
        digest.map_or(Ok(()), check_digest).map_err(refused)?;
        image.digest = digest.map(str::to_owned);
    }
    if image.tag.is_none() && image.digest.is_none() {
        return Err(refused("the reference has neither tag nor digest".to_owned()));
    }
    Ok(image)
}

fn read_images(path: &Path) -> Result<Vec<Given>> {
    match path.is_dir() {
        true => read_folder(path),
        false => read_map(path),
    }
}

/// A file an image, named like it, with or without an ending; hidden files are none.
fn read_folder(folder: &Path) -> Result<Vec<Given>> {
    let mut given = Vec::new();
    let mut paths = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') || path.is_dir() {
            continue;
        }
        let bytes = boundary::read(&path).map_err(|error| error.about(&path))?;
        let value = yaml::text(bytes, &path)?.trim().to_owned();
        given.push(Given { name, value, origin: Origin::Place(Place::file(&path)) });
    }
    Ok(given)
}

fn read_map(path: &Path) -> Result<Vec<Given>> {
    let text = yaml::text(boundary::read(path).map_err(|error| error.about(path))?, path)?;
    let documents = yaml::parse(&text, path)?;
    match documents.as_slice() {
        [Node { kind: Kind::Mapping(entries), .. }] => {
            entries.iter().map(|(key, value)| entry(key, value, path)).collect()
        }
        _ => {
            let message = "the file must be a map from image names to tags, digests or references";
            Err(Diagnostic::new(message).at(Place::file(path)).into())
        }
    }
}

/// A tag that reads as a number is not what it was any more: `1.10` is 1.1.
fn entry(key: &Node, value: &Node, path: &Path) -> Result<Given> {
    match &value.kind {
        Kind::String(text) => Ok(Given {
            name: key.scalar_text(),
            value: text.trim().to_owned(),
            origin: Origin::Place(value.place(path)),
        }),
        _ => {
            let message = format!("image `{}`: the tag is not text", key.scalar_text());
            Err(Diagnostic::new(message).at(value.place(path)).hint("put it in quotes: `\"1.10\"`").into())
        }
    }
}
