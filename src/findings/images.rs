//! Images that are another one with every pull: without a tag, or with `latest`.

use super::finding::{Finding, named};
use super::pods::Pod;
use super::scene::Scene;
use crate::vocabulary::{FindingId, ImageReference};

pub fn check(scene: &Scene, found: &mut Vec<Finding>) {
    for pod in Pod::all(&scene.target.resources) {
        for container in pod.containers() {
            let Some(image) = container.value["image"].as_str() else { continue };
            let path = container.path.key("image");
            let reference = match ImageReference::parse(image) {
                Ok(reference) => reference,
                Err(why) => {
                    let image = image.escape_debug();
                    let message = format!("`{image}` in {} is not an image: {why}", named(&pod.resource.id));
                    found.push(Finding::new(FindingId::InvalidValue, pod.resource, message).at(path));
                    continue;
                }
            };
            let why = match (&reference.tag, &reference.digest) {
                (_, Some(_)) => continue,
                (None, None) => "has no tag",
                (Some(tag), None) if tag == "latest" => "has the tag `latest`",
                _ => continue,
            };
            let message = format!(
                "the image `{image}` of {} {why}: nobody knows which one runs",
                named(&pod.resource.id)
            );
            let finding = Finding::new(FindingId::UnpinnedImage, pod.resource, message);
            found.push(
                finding
                    .at(path)
                    .hint("write a version, or declare the repository in `images`, so that releases set it"),
            );
        }
    }
}
