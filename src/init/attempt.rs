//! Finds out how something in the folder can be rendered, by rendering it: as it is, with
//! expressions, with placeholders. Files that an error names are left out, and names that are
//! undefined get a value to begin with.

use std::path::Path;

use anyhow::{Error, Result};
use serde_json::{Value, json};

use super::bench::Bench;
use super::candidate::{CHANGE_ME, Candidate, Step};
use super::folder;
use super::marks::{Mark, is_unfilled};
use super::plan::LeftOut;
use super::read;
use super::variants::{Variant, variants};
use crate::render::Rendering;
use crate::vocabulary::Diagnostic;

/// After this many corrections it is not worth more.
const MOST: usize = 60;

/// Something that renders.
pub struct Attempt {
    pub candidate: Candidate,
    pub renderings: Vec<Rendering>,
    /// Files of it that do not.
    pub left_out: Vec<LeftOut>,
}

/// Something that does not, and why.
pub struct Failed {
    pub candidate: Candidate,
    pub error: Error,
}

/// The first way of rendering that works for all files and leaves nothing to be filled in, or else
/// the best.
pub fn attempt(candidate: Candidate, bench: &Bench) -> Result<Attempt, Failed> {
    let (mut best, mut error): (Option<Attempt>, Option<Error>) = (None, None);
    for variant in variants(&candidate, bench.root) {
        match with_corrections(variant, bench) {
            Ok(attempt) => {
                let is_better = best.as_ref().is_none_or(|best| attempt.faults() < best.faults());
                best = if is_better { Some(attempt) } else { best };
            }
            Err(failed) => error = Some(error.unwrap_or(failed)),
        }
        if best.as_ref().is_some_and(|best| best.faults() == (false, 0)) {
            break;
        }
    }
    best.ok_or_else(|| {
        let error = error.unwrap_or_else(|| Error::msg("there is nothing to render"));
        Failed { candidate, error }
    })
}

impl Attempt {
    /// Whether something is still to be filled in, and how many files are left out.
    fn faults(&self) -> (bool, usize) {
        let targets = self.renderings.iter().flat_map(|rendering| &rendering.targets);
        let mut resources = targets.flat_map(|target| &target.resources);
        (resources.any(|resource| is_unfilled(&resource.manifest)), self.left_out.len())
    }
}

fn with_corrections(variant: Variant, bench: &Bench) -> Result<Attempt, Error> {
    let Variant { mut candidate, mark, may_leave_out } = variant;
    let mut left_out = Vec::new();
    loop {
        let error = match bench.try_out(&candidate) {
            Ok(renderings) => return Ok(Attempt { candidate, renderings, left_out }),
            Err(error) => error,
        };
        let is_defined = mark.is_some_and(|mark| define(&mut candidate, mark, &error, bench.root));
        let is_corrected =
            is_defined || may_leave_out && leave_out(&mut candidate, &error, &mut left_out, bench.root);
        if !is_corrected {
            return Err(error);
        }
    }
}

/// Gives a value to each undefined name that the error tells.
fn define(candidate: &mut Candidate, mark: Mark, error: &Error, root: &Path) -> bool {
    let told = format!("{error:#}");
    if !told.contains("undefined") {
        return false;
    }
    let paths = candidate.steps.iter().flat_map(Step::paths).flat_map(|path| read::below(root, &path));
    let names = paths.flat_map(|path| mark.names(&read::text(root, &path)));
    let names: Vec<String> = names.filter(|name| told.contains(&format!("`{name}`"))).collect();
    let mut is_new = false;
    for name in names {
        is_new |= insert(&mut candidate.values, &name);
    }
    is_new
}

/// Whether the dotted name was not there.
fn insert(values: &mut std::collections::BTreeMap<String, Value>, name: &str) -> bool {
    let (first, rest) = name.split_once('.').unwrap_or((name, ""));
    let mut value = values.entry(first.to_owned()).or_insert(Value::Null);
    for part in rest.split('.').filter(|part| !part.is_empty()) {
        value = match value {
            Value::Object(map) => map.entry(part).or_insert(Value::Null),
            other => {
                *other = json!({part: null});
                &mut other[part]
            }
        };
    }
    let is_new = value.is_null();
    if is_new {
        *value = CHANGE_ME.into();
    }
    is_new
}

/// Leaves the file out that the error names, if it is one of a folder that Towline itself reads.
fn leave_out(candidate: &mut Candidate, error: &Error, left_out: &mut Vec<LeftOut>, root: &Path) -> bool {
    let Some(diagnostic) = error.chain().filter_map(|cause| cause.downcast_ref::<Diagnostic>()).last() else {
        return false;
    };
    let Some(place) = &diagnostic.place else { return false };
    let file = place.file.strip_prefix(root).unwrap_or(&place.file).to_string_lossy().into_owned();
    let Some(step) = candidate.steps.iter_mut().find(|step| step.is_own()) else { return false };
    let Some(inside) = inside(step, &file).filter(|inside| !step.ignore.contains(inside)) else {
        return false;
    };
    if left_out.len() >= MOST || !root.join(&file).is_file() {
        return false;
    }
    step.ignore.push(inside);
    step.ignore.sort();
    left_out.push(LeftOut {
        what: file,
        steps: Vec::new(),
        why: diagnostic.to_string(),
        hint: diagnostic.hint.clone(),
    });
    true
}

/// The path of a file in the step's folder.
fn inside(step: &Step, file: &str) -> Option<String> {
    step.paths().iter().find_map(|folder| folder::inside(folder, file)).map(str::to_owned)
}
