//! Expressions outside of templates: in the pipeline file's own values, and as placeholders in
//! files of another engine.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use minijinja::{Environment, Error, Output, State};
use serde_json::Value;

use super::dialect::{self, Adapted};
use super::environment::{self, environment};
use super::errors::{Paths, Refusal, refuse};
use super::marks::marks;
use super::names::Names;
use super::values;
use crate::config::Delimiters;
use crate::vocabulary::{Diagnostic, Place};

/// A value with the expressions in its strings evaluated. A string that is nothing but
/// `{{ expression }}` becomes the value with its type, any other gets it as text.
pub fn evaluate(value: &Value, place: &Place, names: &Names) -> Result<Value> {
    Ok(match value {
        Value::String(text) => match expression(text) {
            Some(expression) => evaluate_expression(expression, names)
                .map_err(|error| Diagnostic { place: Some(place.clone()), ..error })?,
            None => evaluate_text(text, place, names)?.into(),
        },
        Value::Array(items) => {
            items.iter().map(|item| evaluate(item, place, names)).collect::<Result<Vec<_>>>()?.into()
        }
        Value::Object(map) => {
            let entries = map.iter().map(|(key, value)| Ok((key.clone(), evaluate(value, place, names)?)));
            Value::Object(entries.collect::<Result<_>>()?)
        }
        other => other.clone(),
    })
}

/// Whether a text may be another one once it is evaluated.
pub fn has_expressions(text: &str) -> bool {
    environment::has_expressions(Delimiters::Braces, text)
}

/// A string of the pipeline file with its expressions expanded to text.
pub fn evaluate_text(text: &str, place: &Place, names: &Names) -> Result<String> {
    if !has_expressions(text) {
        return Ok(text.to_owned());
    }
    // The place of the string in the pipeline file says more than the line inside it.
    expand(text, &place.file, names)
        .map_err(|error| Diagnostic { place: Some(place.clone()), ..error }.into())
}

/// A text with its expressions expanded to text. Nothing is quoted.
pub fn expand(text: &str, file: &Path, names: &Names) -> Result<String, Diagnostic> {
    const NAME: &str = "text";
    let adapted = Arc::new(Adapted::new(text, &marks(Delimiters::Braces)));
    let paths: Paths = [(NAME.to_owned(), file.to_owned(), adapted.clone())].into_iter().collect();
    let said = |error: Error| paths.diagnostic(&super::errors::with_template(error, NAME), Some(names));
    let mut environment = expressions()?;
    environment.set_formatter(write_text);
    environment.add_template_owned(NAME, adapted.text.clone()).map_err(said)?;
    let template = environment.get_template(NAME).map_err(said)?;
    let mut expanded = template.render(values::context(names)).map_err(said)?;
    adapted.end_line(&mut expanded);
    Ok(expanded)
}

/// The names that a string of the pipeline file asks for, dotted.
pub fn used_names(text: &str) -> BTreeSet<String> {
    let Ok(environment) = expressions() else { return BTreeSet::new() };
    let adapted = Adapted::new(text, &marks(Delimiters::Braces));
    let template = environment.template_from_str(&adapted.text);
    template.map(|template| template.undeclared_variables(true).into_iter().collect()).unwrap_or_default()
}

fn evaluate_expression(expression: &str, names: &Names) -> Result<Value, Diagnostic> {
    let said = |error: Error| Paths::default().diagnostic(&error, Some(names));
    let environment = expressions()?;
    let adapted = dialect::expression(expression);
    let compiled = environment.compile_expression(&adapted).map_err(said)?;
    let value = compiled.eval(values::context(names)).map_err(said)?;
    if value.is_undefined() {
        let message = Diagnostic::new(format!("`{expression}` is undefined"));
        return Err(match names.nearest(expression) {
            Some(nearest) => message.hint(format!("did you mean `{nearest}`?")),
            None => message.hint("give it a value, or use the `default` filter"),
        });
    }
    values::to_json(&value).map_err(said)
}

fn expressions() -> Result<Environment<'static>, Diagnostic> {
    let environment = environment(Delimiters::Braces, Arc::new(BTreeMap::new()));
    environment.map_err(|error| Diagnostic::new(format!("{error:#}")))
}

/// What stands between `{{` and `}}` when there is nothing else.
fn expression(text: &str) -> Option<&str> {
    let inside = text.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    let inside = inside.trim_start_matches('-').trim_end_matches('-');
    (!inside.contains("{{") && !inside.contains("}}")).then_some(inside.trim())
}

fn write_text(out: &mut Output, _: &mut State, value: &minijinja::Value) -> Result<(), Error> {
    if value.is_undefined() {
        return Ok(());
    }
    if let Some(json) = value.downcast_object_ref::<values::Json>() {
        return Ok(out.write_str(&json.text)?);
    }
    match values::to_json(value)? {
        Value::Null => Err(refuse(Refusal::Null)),
        Value::String(text) => Ok(out.write_str(&text)?),
        Value::Array(_) | Value::Object(_) => Err(refuse(Refusal::Structure)),
        other => Ok(out.write_str(&other.to_string())?),
    }
}
