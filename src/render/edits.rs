//! Changes of files that have other owners too: the values of `gitops.edits`, as the templates'
//! language and hygiene give them, and the index of a chart repository.
//!
//! An environment's files are edited once, for all its targets. So a value may use only what is
//! the same for each of them.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use serde_json::Value;

use super::external::placeholders::Expansion;
use super::manifest::RenderedTarget;
use super::request::RenderRequest;
use super::taint::{Secrets, refuse_credential};
use super::template::expressions;
use super::template::names::Names;
use crate::chart::{self, Package};
use crate::config::{Environment, Placeholders, ValueEdit};
use crate::vocabulary::{Diagnostic, Place};
use crate::yaml;

/// What happens to a file of the GitOps repository that is not Towline's alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// From the repository's root.
    pub file: String,
    pub change: Change,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// New values for what is there.
    Set(Vec<(yaml::edit::Path, Value)>),
    /// One more entry for the index of a chart repository, which begins with its first entry.
    AddPackage(Package),
}

impl Edit {
    /// What the file becomes. `before` is what it is, if it is there. A file or a value that is
    /// not there is an error: to create them is their owners' work.
    pub fn apply(&self, before: Option<&str>) -> Result<String> {
        let file = Path::new(&self.file);
        match (&self.change, before) {
            (Change::AddPackage(package), before) => chart::add_to_index(before, package, file),
            (Change::Set(set), Some(before)) => yaml::edit::edit(before, set, file),
            (Change::Set(_), None) => {
                let error = Diagnostic::new("the file to edit is not in the GitOps repository");
                let hint = "add it there first, or correct `file` in `gitops.edits`";
                Err(error.at(Place::file(file)).hint(hint).into())
            }
        }
    }

    /// The values that are set.
    pub fn set(&self) -> &[(yaml::edit::Path, Value)] {
        match &self.change {
            Change::Set(set) => set,
            Change::AddPackage(_) => &[],
        }
    }
}

/// The edits of an environment.
pub fn render(request: &RenderRequest, expressions: &Expressions) -> Result<Vec<Edit>> {
    let value = |edit: &ValueEdit| Ok((edit.path.clone(), expressions.value(&edit.value, &edit.place)?));
    let edits = request.environment.gitops.edits.iter();
    edits
        .map(|edit| {
            let set = edit.set.0.iter().map(value).collect::<Result<_>>()?;
            Ok(Edit { file: edit.file.value.clone(), change: Change::Set(set) })
        })
        .collect()
}

/// The names that the edits and the chart's package ask for, dotted.
pub fn used_names(environment: &Environment) -> BTreeSet<String> {
    let gitops = &environment.gitops;
    let values = gitops.edits.iter().flat_map(|edit| &edit.set.0);
    let texts = values.filter_map(|edit| edit.value.as_str());
    let app_version = gitops.package.iter().filter_map(|package| package.app_version.as_ref());
    let texts = texts.chain(app_version.map(|text| text.as_str()));
    texts.flat_map(expressions::used_names).collect()
}

/// Evaluates what is said once for all targets of an environment.
pub struct Expressions<'a> {
    request: &'a RenderRequest<'a>,
    rendered: &'a [RenderedTarget],
    /// Of every target, with its name. Most environments have nothing to evaluate.
    targets: OnceCell<Vec<(&'a str, Names, Secrets)>>,
    secrets_allowed: bool,
}

impl<'a> Expressions<'a> {
    pub fn new(request: &'a RenderRequest<'a>, rendered: &'a [RenderedTarget]) -> Self {
        let secrets_allowed = request.environment.secrets_allowed;
        Self { request, rendered, targets: OnceCell::new(), secrets_allowed }
    }

    fn targets(&self) -> Result<&[(&'a str, Names, Secrets)]> {
        if let Some(known) = self.targets.get() {
            return Ok(known);
        }
        let targets = self.request.environment.targets.iter().zip(self.rendered);
        let targets = targets.map(|(target, RenderedTarget { variables, .. })| {
            let names = Names::new(self.request, target, variables);
            Ok((target.name.as_str(), names, Secrets::new(variables)))
        });
        let targets = targets.collect::<Result<_>>()?;
        Ok(self.targets.get_or_init(|| targets))
    }

    /// The value of a scalar, which may be a text with expressions.
    pub fn value(&self, written: &Value, place: &Place) -> Result<Value> {
        let Some(text) = written.as_str().filter(|text| expressions::has_expressions(text)) else {
            return Ok(written.clone());
        };
        let refused = |message: String| Diagnostic::new(message).at(place.clone());
        let mut first: Option<(&str, Value)> = None;
        for (target, names, secrets) in self.targets()? {
            let value = expressions::evaluate(written, place, names)?;
            if value.is_null() {
                let hint = "give it a value, or use the `default` filter";
                return Err(refused(format!("`{text}` is null")).hint(hint).into());
            }
            if value.is_object() || value.is_array() {
                let message = format!("`{text}` is a list or a map; only scalars can be set");
                return Err(refused(message).into());
            }
            if !self.secrets_allowed
                && let Some(name) = secrets.name_in(&value)
            {
                let message = format!("the secret variable `{name}` would be committed");
                return Err(Diagnostic::refused(message).at(place.clone()).into());
            }
            refuse_credential(&value, place)?;
            match &first {
                None => first = Some((target, value)),
                Some((other, known)) if *known != value => {
                    let message =
                        format!("`{text}` is one value for the target `{other}` and another for `{target}`");
                    let hint = "this is written once for the whole environment: use a value that is the same for all its targets";
                    return Err(refused(message).hint(hint).into());
                }
                Some(_) => {}
            }
        }
        Ok(first.map(|(_, value)| value).unwrap_or_default())
    }

    /// A file with its placeholders filled: by its path in the folder, and the one for errors.
    pub fn expand(
        &self,
        placeholders: &Placeholders,
        (inside, shown): (&Path, &Path),
        content: &[u8],
    ) -> Result<Vec<u8>> {
        let mut first: Option<(&str, Vec<u8>)> = None;
        for (target, names, secrets) in self.targets()? {
            let expanded = Expansion::new(placeholders, names)?.expand(inside, shown, content.to_vec())?;
            let refused = |message: String| Diagnostic::refused(message).at(Place::file(shown));
            let text = Value::from(String::from_utf8_lossy(&expanded).as_ref());
            if !self.secrets_allowed
                && let Some(name) = secrets.name_in(&text)
            {
                return Err(refused(format!("the secret variable `{name}` would be committed")).into());
            }
            refuse_credential(&text, &Place::file(shown))?;
            match &first {
                None => first = Some((target, expanded)),
                Some((other, known)) if *known != expanded => {
                    let message =
                        format!("the file is one for the target `{other}` and another for `{target}`");
                    let hint = "a chart is packaged once for the whole environment: use values that are the same for all its targets";
                    return Err(refused(message).hint(hint).into());
                }
                Some(_) => {}
            }
        }
        Ok(first.map_or_else(|| content.to_vec(), |(_, expanded)| expanded))
    }
}
