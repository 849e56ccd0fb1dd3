//! `images:`: names that templates can write, repositories that a registry could have.

use crate::vocabulary::{Diagnostic, ImageReference, Place};
use crate::yaml::{At, Entries, written_as};

/// An entry of `images:`.
#[derive(Debug, Clone)]
pub struct DeclaredImage {
    pub name: String,
    /// Without tag or digest.
    pub repository: String,
    pub place: Place,
}

#[derive(Debug, Default)]
pub(super) struct Images(pub Vec<DeclaredImage>);

written_as!(Images = Entries<At<String>>);

impl TryFrom<Entries<At<String>>> for Images {
    type Error = Diagnostic;

    fn try_from(entries: Entries<At<String>>) -> Result<Self, Diagnostic> {
        entries.0.into_iter().map(DeclaredImage::try_from).collect::<Result<_, _>>().map(Self)
    }
}

impl TryFrom<(At<String>, At<String>)> for DeclaredImage {
    type Error = Diagnostic;

    fn try_from((name, repository): (At<String>, At<String>)) -> Result<Self, Diagnostic> {
        let good = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if name.is_empty() || !name.chars().all(good) {
            let message = format!("`{}` is not a name for an image", name.escape_debug());
            return Err(name.error(message).hint("letters, digits, `_` and `-`"));
        }
        let reference = ImageReference::parse(&repository).map_err(|why| {
            repository.error(format!("`{}` is not an image repository: {why}", repository.escape_debug()))
        })?;
        if reference.tag.is_some() || reference.digest.is_some() {
            let message = format!("`{}` has a tag or digest, which the release supplies", *repository);
            return Err(repository.error(message).hint(format!("write `{}`", reference.repository)));
        }
        Ok(DeclaredImage { name: name.value, repository: reference.repository, place: repository.place })
    }
}
