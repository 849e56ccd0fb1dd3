//! Expressions outside of templates: in the pipeline file's own values, and as placeholders in
//! files of another engine.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use minijinja::value::ValueKind;
use minijinja::{Environment, Error};
use serde_json::Value;

use super::dialect::{self, Adapted};
use super::environment::{self, environment};
use super::errors::{Paths, Refusal, refuse};
use super::marks::marks;
use super::names::Names;
use super::sentinel::{Sentinel, Taken};
use super::spelling::{Contexts, Tokenized};
use super::tokens::Tokens;
use super::values::{self, Context, Image, Json};
use crate::bounds;
use crate::config::Delimiters;
use crate::variables::Data;
use crate::vocabulary::{Diagnostic, Place};

/// A value with the expressions in its strings evaluated. A string that is nothing but
/// `{{ expression }}` becomes the value with its type, any other gets it as text.
pub fn evaluate(value: &Value, place: &Place, names: &Names) -> Result<Value> {
    Ok(match value {
        Value::String(text) => evaluate_string(text, place, names)?.to_value(),
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

/// A string of the pipeline file, evaluated in the same way.
pub fn evaluate_string(text: &str, place: &Place, names: &Names) -> Result<Data> {
    match expression(text) {
        Some(expression) => within(place, || evaluate_expression(expression, names)),
        None => Ok(Data::text(evaluate_text(text, place, names)?)),
    }
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
    within(place, || expand(text, &place.file, names))
}

/// Evaluates something at a place, whose time and memory are bounded. The place of the string in the
/// pipeline file says more than the line inside it.
fn within<R>(place: &Place, evaluate: impl FnOnce() -> Result<R, Diagnostic>) -> Result<R> {
    let done = bounds::within(bounds::TIME, &Arc::new(place.clone()), evaluate);
    done.map_err(|error| Diagnostic { place: Some(place.clone()), ..error }.into())
}

/// A text with its expressions expanded to text. Nothing is quoted.
pub fn expand(text: &str, file: &Path, names: &Names) -> Result<String, Diagnostic> {
    let (Tokenized { text, tokens, .. }, sentinel) = tokenize(text, file, names, false)?;
    tokens.text(&text, sentinel).ok_or_else(|| Diagnostic::new("a value that text cannot contain"))
}

/// A text with tokens in place of its expressions. Lists and maps are refused, unless they may be
/// `structures`.
pub fn tokenize(
    text: &str,
    file: &Path,
    names: &Names,
    structures: bool,
) -> Result<(Tokenized, Sentinel), Diagnostic> {
    const NAME: &str = "text";
    let adapted = Arc::new(Adapted::new(text, &marks(Delimiters::Braces)));
    let paths: Paths = [(NAME.to_owned(), file.to_owned(), adapted.clone())].into_iter().collect();
    let said = |error: Error| paths.diagnostic(&super::errors::with_template(error, NAME), Some(names));
    let sentinel = names
        .sentinel(&Sentinel::candidates(&Taken::by([text])))
        .map_err(|error| Diagnostic::new(error.to_string()))?;
    let mut environment = expressions()?;
    environment.set_formatter(move |out, state, value| {
        let is_structure = matches!(value.kind(), ValueKind::Seq | ValueKind::Map | ValueKind::Iterable)
            && value.downcast_object_ref::<Json>().is_none()
            && value.downcast_object_ref::<Image>().is_none();
        match is_structure && !structures {
            true => Err(refuse(Refusal::Structure)),
            false => values::write_token(sentinel, out, state, value),
        }
    });
    environment.add_template_owned(NAME, adapted.text.clone()).map_err(said)?;
    let template = environment.get_template(NAME).map_err(said)?;
    let tokenized = Contexts::new(names).render(|context| {
        let mut captured = template.render_captured(context.value.clone()).map_err(said)?;
        let tokens = captured.with_state_mut(|state| state.get_extension_mut::<Tokens>().map(std::mem::take));
        let mut rendered = captured.into_output();
        adapted.end_line(&mut rendered);
        Ok((rendered, tokens.unwrap_or_default()))
    });
    let at_file = |error: Diagnostic| Diagnostic { place: error.place.or(Some(Place::file(file))), ..error };
    Ok((tokenized.map_err(at_file)?, sentinel))
}

/// The names that a string of the pipeline file asks for, dotted.
pub fn used_names(text: &str) -> BTreeSet<String> {
    let Ok(environment) = expressions() else { return BTreeSet::new() };
    let adapted = Adapted::new(text, &marks(Delimiters::Braces));
    let template = environment.template_from_str(&adapted.text);
    template.map(|template| template.undeclared_variables(true).into_iter().collect()).unwrap_or_default()
}

fn evaluate_expression(expression: &str, names: &Names) -> Result<Data, Diagnostic> {
    let plain = evaluate_in(&Context::new(names), expression, names)?;
    if !names.are_unusual() {
        return Ok(plain);
    }
    // The value is what the expression makes of plain values; how it is written, the others tell.
    match evaluate_in(&Context::as_written(names), expression, names) {
        Ok(written) if written.to_value() == plain.to_value() => Ok(written),
        _ => Ok(plain),
    }
}

fn evaluate_in(context: &Context, expression: &str, names: &Names) -> Result<Data, Diagnostic> {
    let said = |error: Error| Paths::default().diagnostic(&error, Some(names));
    let environment = expressions()?;
    let adapted = dialect::expression(expression);
    let compiled = environment.compile_expression(&adapted).map_err(said)?;
    let value = compiled.eval(context.value.clone()).map_err(said)?;
    if value.is_undefined() {
        let message = Diagnostic::new(format!("`{expression}` is undefined"));
        return Err(match names.nearest(expression) {
            Some(nearest) => message.hint(format!("did you mean `{nearest}`?")),
            None => message.hint("give it a value, or use the `default` filter"),
        });
    }
    context.data(&value).map_err(said)
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
