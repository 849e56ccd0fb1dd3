//! The release's images, put wherever a manifest names one of their repositories as an image.
//!
//! [`places`] knows where a manifest has images; [`left`] finds what was not set.

mod left;
mod places;
mod reference;

use std::collections::BTreeSet;

use serde_json::Value;

pub use self::places::CONTAINERS;
use self::reference::{ByRepository, in_templates, without_version};
use super::manifest::{Document, RenderedTarget};
use super::texts;
use crate::config::{DeclaredImage, FieldPath};
use crate::release::Image;
use crate::vocabulary::{Diagnostic, Warning, WarningId};
use crate::yaml::At;

/// The repositories of a manifest's images, as they are written there.
pub fn repositories(manifest: &Value) -> Vec<String> {
    let mut manifest = manifest.clone();
    let mut found = Vec::new();
    places::each(&mut manifest, &mut |value| {
        found.extend(value.as_str().map(|reference| without_version(reference).to_owned()));
    });
    found
}

/// The images of a release, and what the pipeline file says of them.
#[derive(Debug)]
pub struct Images<'a> {
    release: ByRepository<'a>,
    declared: &'a [DeclaredImage],
}

/// Which images some manifest uses, and which `fields` led to one.
#[derive(Debug, Default)]
pub struct Used {
    images: BTreeSet<String>,
    /// The image's name, and its field as it is written.
    fields: BTreeSet<(String, String)>,
}

impl<'a> Images<'a> {
    pub fn new(release: &'a [Image], declared: &'a [DeclaredImage]) -> Self {
        Self { release: ByRepository::new(release), declared }
    }

    /// Sets every image of a manifest whose repository is declared. What names a declared repository
    /// elsewhere, with another version, is a warning.
    pub fn set(&self, document: &mut Document, used: &mut Used) -> Vec<Warning> {
        if self.release.is_empty() {
            return Vec::new();
        }
        places::each(&mut document.value, &mut |value| {
            for image in self.meant_by(value) {
                *value = image.reference().into();
                used.images.insert(image.name.clone());
            }
        });
        let fields =
            self.declared.iter().flat_map(|image| image.fields.iter().map(move |field| (image, field)));
        for (image, field) in fields {
            field.each(&mut document.value, &mut |value| {
                for its in self.meant_by(value).into_iter().filter(|its| its.name == image.name) {
                    *value = its.reference().into();
                    used.images.insert(its.name.clone());
                    used.fields.insert((its.name.clone(), field.to_string()));
                }
            });
        }
        left::warnings(document, &self.release)
    }

    /// The images that a value is a reference of.
    fn meant_by(&self, value: &Value) -> Vec<&'a Image> {
        value.as_str().into_iter().flat_map(|text| self.release.of(text)).map(|(_, image)| image).collect()
    }
}

impl Used {
    /// Adds what another target uses.
    pub fn extend(&mut self, other: Used) {
        self.images.extend(other.images);
        self.fields.extend(other.fields);
    }

    /// Takes note of the images that stand in manifests outside of containers, and of those that
    /// templates ask for. `names` are the names that they ask for; finding them takes a while.
    pub fn note(
        &mut self,
        names: impl FnOnce() -> BTreeSet<String>,
        targets: &[RenderedTarget],
        images: &[Image],
    ) {
        let unused: Vec<_> = images.iter().filter(|image| !self.images.contains(&image.name)).collect();
        if unused.is_empty() {
            return;
        }
        let names = names();
        for image in unused {
            let dotted = format!("images.{}", image.name);
            let asked = |name: &String| name == &dotted || name.starts_with(&format!("{dotted}."));
            let reference = image.reference();
            let resources = targets.iter().flat_map(|target| &target.resources);
            let mut texts = resources.flat_map(|resource| texts::texts(&resource.manifest));
            if names.iter().any(asked) || texts.any(|text| text.contains(&reference)) {
                self.images.insert(image.name.clone());
            }
        }
    }

    /// An error when nothing uses a declared image that may not be unused: its release would change
    /// nothing, and be called verified.
    pub fn refuse_unused(&self, declared: &[DeclaredImage], environment: &str) -> Result<(), Diagnostic> {
        let Some(image) = declared.iter().find(|image| !image.unused && !self.images.contains(&image.name))
        else {
            return Ok(());
        };
        let DeclaredImage { name, repository, place, .. } = image;
        let message = format!("no manifest of {environment} uses the image `{name}` ({repository})");
        let written = in_templates(name);
        Err(Diagnostic::new(message).at(place.clone()).hint(format!(
            "use that repository in a container's `image`, write `{{{{ {written} }}}}` in a template, or name the \
             field that has it: `{name}: {{repository: {repository}, fields: [\"spec.image\"]}}`; if no manifest \
             should use it, declare `{name}: {{repository: {repository}, unused: true}}`"
        )))
    }

    /// A warning for each of `fields` where no manifest has the image.
    pub fn unmatched_fields(&self, declared: &[DeclaredImage]) -> Vec<Warning> {
        let fields = declared.iter().flat_map(|image| image.fields.iter().map(move |field| (image, field)));
        let unmatched =
            fields.filter(|(image, field)| !self.fields.contains(&(image.name.clone(), field.to_string())));
        let warning = |(image, field): (&DeclaredImage, &At<FieldPath>)| {
            let message = format!("no manifest has an image of {} at `{}`", image.repository, field.value);
            Warning::new(WarningId::UnmatchedImageField, Diagnostic::new(message).at(field.place.clone()))
        };
        unmatched.map(warning).collect()
    }
}
