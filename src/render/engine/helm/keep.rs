//! `keep`: generated values that stay as git has them.
//!
//! A resource is rendered anew, and only its generated values are taken from what git has. So a
//! change of the chart goes through, and a password is made once. Text that has a generated value in
//! it is taken line by line: where the rest of the line is not what it was, nobody can tell which
//! part is to stay, and that is an error.

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::generated::{self, Field, Generated, Part};
use super::kept_text;
use crate::config::TemplateStep;
use crate::render::contract::Kept;
use crate::render::deployed::Deployed;
use crate::render::manifest::{Document, described};
use crate::vocabulary::Diagnostic;

/// What git has, of one target.
pub struct InGit<'a> {
    /// `None`: it was not read.
    pub deployed: Option<&'a Deployed>,
    /// The target's folder in the GitOps repository.
    pub folder: &'a str,
    /// The namespace of resources that name none.
    pub namespace: Option<&'a str>,
}

/// Puts what git has in place of generated values, in the resources that `keep` names, and gives
/// these. Any others with generated values are an error.
pub fn keep(
    step: &TemplateStep,
    documents: &mut [Document],
    generated: &[Generated],
    in_git: &InGit,
) -> Result<Vec<Kept>> {
    let identity = |it: &Generated| {
        let text = |pointer| documents[it.index].value.pointer(pointer).and_then(Value::as_str);
        let owned = |pointer| text(pointer).unwrap_or_default().to_owned();
        let namespace = text("/metadata/namespace").or(in_git.namespace).map(str::to_owned);
        Kept { kind: owned("/kind"), name: owned("/metadata/name"), namespace }
    };
    let is_kept = |it: &Generated| {
        let Kept { kind, name, .. } = identity(it);
        it.can_be_kept() && step.keep().iter().any(|entry| entry.matches(&kind, &name))
    };
    let refused: Vec<_> = generated.iter().filter(|it| !is_kept(it)).collect();
    if !refused.is_empty() {
        return Err(generated::refuse(&refused, documents, &step.path.place).into());
    }
    let kept = generated.iter().map(identity).collect();
    for Generated { index, fields } in generated {
        let document = &mut documents[*index];
        let in_git = in_git.deployed.and_then(|it| it.find(in_git.folder, &document.value, in_git.namespace));
        // What git does not have is made now.
        if let Some(found) = in_git {
            keep_fields(document, fields, found)?;
        }
    }
    Ok(kept)
}

fn keep_fields(document: &mut Document, fields: &[Field], found: &Value) -> Result<()> {
    let is_secret = document.value.get("kind").is_some_and(|kind| kind == "Secret");
    for field in fields {
        let is_encoded = is_secret && field.path.first() == Some(&Part::Key("data".to_owned()));
        let value = match find(&document.value, found, &field.path) {
            Location::Found(value) => value,
            Location::Missing => continue,
            Location::Unclear => return Err(unclear(document, field)),
        };
        let Some(at) = at_mut(&mut document.value, &field.path) else { continue };
        match kept(at, field, value, is_encoded) {
            Some(kept) => *at = kept,
            None => return Err(unclear(document, field)),
        }
    }
    Ok(())
}

/// The value of a field with what git has of it in place of what is generated.
fn kept(rendered: &Value, field: &Field, in_git: &Value, is_encoded: bool) -> Option<Value> {
    let (Some(one), Some(other), Some(found)) = (rendered.as_str(), field.other.as_str(), in_git.as_str())
    else {
        return (!in_git.is_object() && !in_git.is_array()).then(|| in_git.clone());
    };
    let decoded = |text: &str| {
        let bytes = STANDARD.decode(text).ok().filter(|_| is_encoded)?;
        String::from_utf8(bytes).ok()
    };
    match (decoded(one), decoded(other), decoded(found)) {
        (Some(one), Some(other), Some(found)) => {
            kept_text::merge(&one, &other, &found).map(|text| STANDARD.encode(text).into())
        }
        _ => kept_text::merge(one, other, found).map(Value::from),
    }
}

fn unclear(document: &Document, field: &Field) -> anyhow::Error {
    let message = format!(
        "`{field}` of {} has a generated value in a text that has changed, so it is unclear what to keep",
        described(&document.value)
    );
    let hint = "set the value with the chart's values, or delete the resource in the GitOps repository and use \
                `--overwrite-drift` to make a new one";
    Diagnostic::new(message).at(document.origin.clone()).hint(hint).into()
}

/// Where what git has stands.
enum Location<'a> {
    Found(&'a Value),
    /// Git has no such field yet.
    Missing,
    /// A list has become longer or shorter, and its elements have no names.
    Unclear,
}

/// The value at a path in what git has. In a list it is that of the element of the same name.
fn find<'a>(rendered: &Value, found: &'a Value, path: &[Part]) -> Location<'a> {
    let Some((part, rest)) = path.split_first() else { return Location::Found(found) };
    let pair = match part {
        Part::Key(key) => rendered.get(key).zip(found.get(key)),
        Part::Index(index) => {
            let (Some(rendered), Some(found)) = (rendered.as_array(), found.as_array()) else {
                return Location::Missing;
            };
            let Some(element) = rendered.get(*index) else { return Location::Missing };
            match element.get("name") {
                Some(name) => found.iter().find(|it| it.get("name") == Some(name)).map(|it| (element, it)),
                None if rendered.len() != found.len() => return Location::Unclear,
                None => found.get(*index).map(|it| (element, it)),
            }
        }
    };
    pair.map_or(Location::Missing, |(rendered, found)| find(rendered, found, rest))
}

fn at_mut<'a>(value: &'a mut Value, path: &[Part]) -> Option<&'a mut Value> {
    path.iter().try_fold(value, |value, part| match part {
        Part::Key(key) => value.get_mut(key),
        Part::Index(index) => value.get_mut(index),
    })
}
