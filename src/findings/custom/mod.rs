//! Custom resources, checked against the schemas of their definitions: those that the rendering itself has,
//! and those of `validate.schemas`.
//!
//! - [`schemas`]: which schema a resource has; [`files`] reads those of `validate.schemas`
//! - [`structural`]: a value beside its schema; [`constraint`] is what a schema says of a single value

mod constraint;
mod files;
mod schemas;
mod structural;

pub use schemas::Schemas;

use schemas::Known;

use super::document_path::DocumentPath;
use super::finding::{Finding, named};
use super::plain_secrets::is_encrypted;
use super::scene::Scene;
use crate::kubernetes;
use crate::render::Resource;
use crate::vocabulary::FindingId;
use crate::vocabulary::text::listed;

pub fn check(scene: &Scene, schemas: &Schemas, found: &mut Vec<Finding>) {
    let own = Schemas::of_resources(&scene.target.resources);
    for resource in &scene.target.resources {
        let id = &resource.id;
        if is_encrypted(&resource.manifest) || kubernetes::kind(&id.api_version, &id.kind).is_some() {
            continue;
        }
        match own.find(id).or_else(|| schemas.find(id)) {
            Some(Known::Schema(schema)) => {
                let wrong = structural::check(&resource.manifest, schema);
                found.extend(wrong.into_iter().map(|it| finding(resource, it)));
            }
            Some(Known::OtherVersions(versions)) => {
                let message = format!("{}: its definition does not serve `{}`", named(id), id.api_version);
                let finding = Finding::new(FindingId::UnknownKind, resource, message);
                let finding = finding.at(DocumentPath::of_keys("apiVersion"));
                found.push(finding.hint(format!("it serves: {}", listed(&versions))));
            }
            None => found.extend(no_schema(scene, resource)),
        }
    }
}

fn finding(resource: &Resource, wrong: structural::Wrong) -> Finding {
    let structural::Wrong { id, path, what, hint } = wrong;
    let message = match path.0.is_empty() {
        true => format!("{} {what}", named(&resource.id)),
        false => format!("`{path}` of {} {what}", named(&resource.id)),
    };
    Finding { hint, ..Finding::new(id, resource, message).at(path) }
}

/// With `validate.strict`, what cannot be checked is refused.
fn no_schema(scene: &Scene, resource: &Resource) -> Option<Finding> {
    let message = format!("{}: there is no schema of `{}`", named(&resource.id), resource.id.api_version);
    scene.settings.strict.then(|| {
        Finding::new(FindingId::NoSchema, resource, message)
            .hint("name a file with its definition in `validate.schemas`, or remove `validate.strict`")
    })
}
