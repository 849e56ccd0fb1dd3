//! `images:`: names that templates can write, repositories that a registry could have.

use std::path::Path;

use anyhow::Result;

use crate::config::DeclaredImage;
use crate::vocabulary::Diagnostic;
use crate::vocabulary::ImageReference;
use crate::yaml::{At, Entries};

pub fn resolve(images: &Entries<At<String>>, file: &Path) -> Result<Vec<DeclaredImage>> {
    images.0.iter().map(|(name, repository)| image(name, repository, file)).collect()
}

fn image(name: &At<String>, repository: &At<String>, file: &Path) -> Result<DeclaredImage> {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.value.is_empty() || !name.value.chars().all(good) {
        let message = format!("`{}` is not a name for an image", name.value.escape_debug());
        let hint = "letters, digits, `_` and `-`";
        return Err(Diagnostic::new(message).at(name.place(file)).hint(hint).into());
    }
    let place = repository.place(file);
    let reference = ImageReference::parse(&repository.value).map_err(|why| {
        let message = format!("`{}` is not an image repository: {why}", repository.value.escape_debug());
        Diagnostic::new(message).at(place.clone())
    })?;
    if reference.tag.is_some() || reference.digest.is_some() {
        let message = format!("`{}` has a tag or digest, which the release supplies", repository.value);
        let hint = format!("write `{}`", reference.repository);
        return Err(Diagnostic::new(message).at(place).hint(hint).into());
    }
    Ok(DeclaredImage { name: name.value.clone(), repository: reference.repository, place })
}
