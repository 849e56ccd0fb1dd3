//! The lists of a pull request: what needs attention, and what changes.

use std::collections::BTreeMap;

use super::groups::{Group, groups};
use super::page::{List, Section};
use crate::propose::changes::{Change, Changes, FieldChange, ResourceChange, Risk, SharedRisk};
use crate::render::ownership::Drift;
use crate::vocabulary::text::{code_span as code, listed, shorten};

/// The diffs of removed and changed resources come before those of the added.
pub fn sections(changes: &Changes) -> Vec<Section<'_>> {
    let mut sorted: Vec<_> = changes.resources.iter().collect();
    sorted.sort_by_key(|resource| resource.change == Change::Added);
    let list = |heading: &str, lines, what| List { heading: heading.to_owned(), lines, end: "", what };
    let lists = [
        list("\n### Needs attention\n\n", attention(changes), "warnings"),
        list("\n### Undoes changes made by hand\n\n", drift(changes), "files"),
        list("\n| image | before | after |\n|---|---|---|\n", images(changes), "images"),
        list("\n### Changes\n\n", fields(changes), "fields"),
        resources(changes),
    ];
    lists.into_iter().map(Section::Lines).chain([Section::Diff(groups(sorted))]).collect()
}

fn attention(changes: &Changes) -> Vec<String> {
    let risks = changes.risks().into_iter().map(|SharedRisk { risk, resources }| {
        let Risk { severity, id, message } = risk;
        format!("**{}** {}: {message} ({})", severity.as_str(), named(&resources), code(id.as_str()))
    });
    let left = changes.left_to_people.iter().map(|why| format!("people merge this: {}", code(why)));
    let overridden = changes.overrides.iter().map(|told| format!("overridden gate {}", code(told)));
    let all = left.chain(overridden).chain(risks).chain(changes.unjudged.clone());
    all.map(|told| format!("- ⚠️ {told}\n")).collect()
}

fn named<T: AsRef<str>>(names: &[T]) -> String {
    listed(&names.iter().map(|name| code(name.as_ref())).collect::<Vec<_>>())
}

/// What people did by hand, before the diff that undoes it.
fn drift(changes: &Changes) -> Vec<String> {
    let undone = |drift: &Drift| format!("- {} was {}\n", code(&drift.path), drift.change);
    changes.drift.iter().map(undone).collect()
}

fn images(changes: &Changes) -> Vec<String> {
    let side = |image: &Option<String>| image.as_ref().map_or("—".to_owned(), |image| code(image));
    let rows = changes.images.iter();
    rows.map(|image| {
        format!("| {} | {} | {} |\n", code(&image.name), side(&image.before), side(&image.after))
    })
    .collect()
}

/// More fields than these are left to the diff.
const FIELDS: usize = 20;
/// As many characters of a value are shown.
const VALUE: usize = 60;

/// The fields that change, each once with all resources in which it changes so. What the images say is not
/// said again.
fn fields(changes: &Changes) -> Vec<String> {
    let mut rows: Vec<(&FieldChange, Vec<&str>)> = Vec::new();
    for resource in &changes.resources {
        for field in resource.fields.iter().filter(|field| !is_of_images(field, changes)) {
            match rows.iter().position(|(known, _)| *known == field) {
                Some(at) => rows[at].1.push(&resource.name),
                None if rows.len() == FIELDS => return Vec::new(),
                None => rows.push((field, vec![&resource.name])),
            }
        }
    }
    let row = |(field, names): (&FieldChange, Vec<&str>)| {
        format!("- {}: {} {}\n", named(&names), code(&field.name()), change(field))
    };
    rows.into_iter().map(row).collect()
}

fn is_of_images(field: &FieldChange, changes: &Changes) -> bool {
    let [before, after] =
        [&field.before, &field.after].map(|it| it.as_ref().and_then(|value| value.as_str()));
    before.is_some()
        && changes
            .images
            .iter()
            .any(|image| image.before.as_deref() == before && image.after.as_deref() == after)
}

/// `2 → 0`
fn change(field: &FieldChange) -> String {
    let shown = |value: &serde_json::Value| match value.as_str() {
        Some(text) if !text.contains('\n') => code(&shorten(text, VALUE)),
        _ => code(&shorten(&value.to_string(), VALUE)),
    };
    match (&field.before, &field.after) {
        (Some(before), Some(after)) => format!("{} → {}", shown(before), shown(after)),
        (None, Some(after)) => format!("is new: {}", shown(after)),
        (Some(before), None) => format!("is gone: {}", shown(before)),
        (None, None) => String::new(),
    }
}

/// So many resources with the same change have one row.
const SHARED: usize = 4;

/// More rows than these are folded.
const ROWS: usize = 20;

const TABLE: &str = "| | resource | file |\n|---|---|---|\n";

/// Removed ones first: they are what reviewers look for.
fn resources(changes: &Changes) -> List {
    let mut sorted: Vec<_> = changes.resources.iter().collect();
    sorted.sort_by_key(|resource| resource.change);
    let rows = |group: Group| -> Vec<String> {
        match group.resources.len() {
            SHARED.. => vec![row(group.first(), &group)],
            _ => group
                .resources
                .iter()
                .map(|resource| row(resource, &Group { resources: vec![resource] }))
                .collect(),
        }
    };
    let kinds = kinds(&sorted);
    let lines: Vec<String> = groups(sorted).into_iter().flat_map(rows).collect();
    match lines.len() {
        ..=ROWS => List { heading: format!("\n{TABLE}"), lines, end: "", what: "resources" },
        _ => List {
            heading: format!("\n<details><summary>{kinds}</summary>\n\n{TABLE}"),
            lines,
            end: "\n</details>\n",
            what: "resources",
        },
    }
}

/// `Resources: 40 Deployment, 2 Service`
fn kinds(resources: &[&ResourceChange]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for resource in resources {
        // A kind is a word; anything else may be anything.
        let kind = resource.name.split_once(' ').map_or("other", |(kind, _)| kind);
        let is_word = kind.chars().all(|c| c.is_ascii_alphanumeric());
        *counts.entry(if is_word { kind } else { "other" }).or_default() += 1;
    }
    let counts: Vec<String> = counts.into_iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    format!("Resources: {}", listed(&counts))
}

fn row(first: &ResourceChange, group: &Group) -> String {
    let mark = if first.risks.is_empty() { "" } else { " ⚠️" };
    let only = first.only.map_or_else(String::new, |only| format!(" ({} only)", only.as_str()));
    let names: Vec<&str> = group.resources.iter().map(|resource| resource.name.as_str()).collect();
    let place = match (names.len(), &first.template) {
        (1, Some(template)) => format!("{} from {}", code(&first.path), code(template)),
        (1, None) => code(&first.path),
        (count, _) => format!("the same change in {count} files"),
    };
    format!("| {}{only}{mark} | {} | {place} |\n", first.change, named(&names))
}
