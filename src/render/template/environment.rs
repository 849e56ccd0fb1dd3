//! The template language: minijinja with Towline's settings, filters and delimiters.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};

use super::limits::{FUEL, MAX_DEPTH};
use super::{errors, files, filters};
use crate::config::Delimiters;

/// An environment that includes from `texts`, by name.
pub fn environment(
    delimiters: Delimiters,
    texts: Arc<BTreeMap<String, String>>,
) -> Result<Environment<'static>> {
    let mut environment = Environment::new();
    environment.set_syntax(syntax(delimiters)?);
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
    environment.set_loader(move |name| match texts.get(name) {
        Some(text) => Ok(Some(text.clone())),
        None => Err(errors::include(name)),
    });
    filters::add(&mut environment);
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

fn syntax(delimiters: Delimiters) -> Result<SyntaxConfig> {
    let mut builder = SyntaxConfig::builder();
    match delimiters {
        Delimiters::Braces | Delimiters::Shell => &mut builder,
        Delimiters::DollarBraces => builder
            .variable_delimiters("${{", "}}")
            .block_delimiters("${%", "%}")
            .comment_delimiters("${#", "#}"),
        Delimiters::Hash => builder
            .variable_delimiters("#{", "}#")
            .block_delimiters("#%", "%#")
            .comment_delimiters("#*", "*#"),
        Delimiters::Angle => builder
            .variable_delimiters("<<", ">>")
            .block_delimiters("<%", "%>")
            .comment_delimiters("<#", "#>"),
    };
    builder.build().context("setting the delimiters of templates")
}
