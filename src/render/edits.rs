//! `gitops.edits`: the new values, as the templates' language and hygiene give them.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::Value;

use super::engine::Expression;
use super::names::Names;
use super::taint::Secrets;
use super::{Edit, RenderedTarget, Request};
use crate::error::Diagnostic;
use crate::pipeline::{Environment, ValueEdit};

/// The edits of an environment. Their variables are those of its first target.
pub fn render(request: &Request, targets: &[RenderedTarget]) -> Result<Vec<Edit>> {
    let environment = request.environment;
    let (Some(target), Some(rendered)) = (environment.targets.first(), targets.first()) else {
        return Ok(Vec::new());
    };
    let names = Names::new(request, target, &rendered.variables);
    let secrets = Secrets::new(&rendered.variables);
    let value = |edit: &ValueEdit| {
        let value = evaluate(edit, &names)?;
        if !environment.secrets_allowed
            && let Some(name) = secrets.name_in(&value)
        {
            let message = format!("the secret variable `{name}` would be committed");
            return Err(Diagnostic::new(message).at(edit.place.clone()).into());
        }
        Ok((edit.path.clone(), value))
    };
    let edits = environment.gitops.edits.iter();
    edits
        .map(|edit| {
            Ok(Edit { file: edit.file.clone(), set: edit.set.iter().map(value).collect::<Result<_>>()? })
        })
        .collect()
}

/// The names that the edits ask for, dotted.
pub fn used_names(environment: &Environment) -> BTreeSet<String> {
    let values = environment.gitops.edits.iter().flat_map(|edit| &edit.set);
    let texts = values.filter_map(|edit| Some((edit.value.as_str()?, &edit.place)));
    // One that does not compile has been reported before anybody asks.
    let expressions = texts.filter_map(|(text, place)| Expression::new(text, place).ok().flatten());
    expressions.flat_map(|expression| expression.used_names()).collect()
}

fn evaluate(edit: &ValueEdit, names: &Names) -> Result<Value> {
    let Value::String(text) = &edit.value else { return Ok(edit.value.clone()) };
    let Some(expression) = Expression::new(text, &edit.place)? else { return Ok(edit.value.clone()) };
    match expression.value(names)? {
        Value::Object(_) | Value::Array(_) => {
            let error =
                Diagnostic::new(format!("`{text}` is a list or a map; only single values can be set"));
            Err(error.at(edit.place.clone()).into())
        }
        value => Ok(value),
    }
}
