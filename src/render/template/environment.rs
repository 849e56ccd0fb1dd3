//! The template language: minijinja with Towline's settings, filters and delimiters.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use anyhow::{Context, Result};
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, functions};

use super::dialect::Adapted;
use super::limits::{FUEL, MAX_DEPTH, exceeded};
use super::marks::{Marks, marks};
use super::{errors, files, filters, methods};
use crate::config::Delimiters;

/// What all environments have in common. Making it takes longer than rendering a small template.
static COMMON: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // What is captured by macros and `set` blocks is then a safe string, which is template text.
    environment.set_auto_escape_callback(|_| AutoEscape::Custom("yaml".into()));
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(MAX_DEPTH);
    // For the column of an error, and the name of what is undefined.
    environment.set_debug(true);
    environment.set_path_join_callback(|name, parent| match files::resolve_include(name, parent) {
        Some(name) => name.into(),
        // The loader finds that no file has such a name.
        None => name.into(),
    });
    filters::add(&mut environment);
    methods::add(&mut environment);
    add_functions(&mut environment);
    environment
});

/// An environment that includes from `texts`, by name.
pub fn environment(
    delimiters: Delimiters,
    texts: Arc<BTreeMap<String, Arc<Adapted>>>,
) -> Result<Environment<'static>> {
    let mut environment = COMMON.clone();
    environment.set_syntax(syntax(&marks(delimiters))?);
    environment.set_loader(move |name| {
        let Some(adapted) = texts.get(name) else { return Err(errors::include(name)) };
        match exceeded(&adapted.text, &marks(delimiters)) {
            Some(what) => Err(Error::new(ErrorKind::SyntaxError, what)),
            None => Ok(Some(adapted.text.clone())),
        }
    });
    Ok(environment)
}

/// Whether a text may be another one once it is rendered.
pub fn has_expressions(delimiters: Delimiters, text: &str) -> bool {
    let opens: &[&str] = match delimiters {
        Delimiters::Braces => &["{{", "{%"],
        Delimiters::DollarBraces => &["${{", "${%"],
        Delimiters::Hash => &["#{", "#%"],
        Delimiters::Angle => &["<<", "<%"],
        Delimiters::Shell => &["$"],
    };
    opens.iter().any(|open| text.contains(open))
}

fn syntax(marks: &Marks) -> Result<SyntaxConfig> {
    let Marks { variable, block, comment } = *marks;
    let mut builder = SyntaxConfig::builder();
    builder
        .variable_delimiters(variable.0, variable.1)
        .block_delimiters(block.0, block.1)
        .comment_delimiters(comment.0, comment.1)
        .trim_blocks(true)
        .lstrip_blocks(true);
    builder.build().context("setting the delimiters of templates")
}

/// The functions of [`FUNCTIONS`](super::dialect::FUNCTIONS), by the names that calls of them get.
fn add_functions(environment: &mut Environment) {
    for name in ["debug", "dict", "namespace", "range"] {
        environment.remove_global(name);
    }
    environment.add_function("dict_", functions::dict);
    environment.add_function("namespace_", functions::namespace);
    environment.add_function("range_", functions::range);
}
