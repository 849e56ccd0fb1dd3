//! The table of rules, one file a rule.

use super::custom::{self, Schemas};
use super::finding::Finding;
use super::scene::Scene;
use super::{credentials, duplicates, images, plain_secrets, references, required, schema, selectors};
use crate::render::join;

/// Adds what it finds.
type Rule = fn(&Scene, &mut Vec<Finding>);

const RULES: &[Rule] = &[
    schema::check,
    duplicates::check,
    selectors::check,
    references::check,
    images::check,
    required::check,
    plain_secrets::check,
    credentials::check,
];

/// What all rules find, in the order of the files. What several say of one resource stays in their order.
/// `schemas` are those of `validate.schemas`.
pub fn check(scene: &Scene, schemas: &Schemas) -> Vec<Finding> {
    let mut found = Vec::new();
    custom::check(scene, schemas, &mut found);
    RULES.iter().for_each(|rule| rule(scene, &mut found));
    found.sort_by(|a, b| a.file.cmp(&b.file));
    for file in found.iter_mut().filter_map(|finding| finding.file.as_mut()) {
        *file = join(&scene.target.path, file);
    }
    found
}
