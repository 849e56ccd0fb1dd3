//! `jinja`: templates for minijinja, with values kept out of the text (see [`hygiene`]).
//!
//! [`hygiene`]: crate::render::hygiene

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use anyhow::{Context, Result};
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};

use super::Document;
use super::files::{self, Role, SourceFile};
use super::source::Source;
use crate::config::Delimiters;
use crate::render::hygiene::{Sentinel, Tokens};
use crate::render::names::Names;

mod errors;
mod filters;
pub mod inline;
mod values;

/// Instructions that one template may take. A large template takes some ten thousand.
const FUEL: u64 = 5_000_000;
/// Bytes that one template may give.
const MAX_OUTPUT: usize = 16 << 20;
/// How deep includes and macros may call one another; each level takes some of the stack.
const MAX_DEPTH: usize = 60;

/// The templates of a step, compiled.
pub struct Engine {
    environment: Environment<'static>,
    templates: Vec<Source>,
    /// Paths of all files, for errors in included ones.
    paths: errors::Paths,
    sentinels: Vec<Sentinel>,
}

impl Engine {
    pub fn new(delimiters: Delimiters, files: Vec<SourceFile>) -> Result<Self> {
        let sentinels = Sentinel::candidates(files.iter().map(|file| file.text.as_str()));
        let paths = files.iter().map(|file| (file.name.clone(), file.path.clone())).collect();
        let texts: BTreeMap<_, _> = files.iter().map(|file| (file.name.clone(), file.text.clone())).collect();
        let templates =
            files.into_iter().filter(|file| file.role != Role::Include).map(Source::from).collect();
        let environment = environment(delimiters, Arc::new(texts))?;
        let engine = Self { environment, templates, paths, sentinels };
        for source in &engine.templates {
            engine
                .environment
                .get_template(&source.name)
                .map_err(|error| engine.paths.diagnostic(&error, None))?;
        }
        Ok(engine)
    }

    /// Every name that a template asks for.
    pub fn used_names(&self) -> BTreeSet<String> {
        let names = self.paths.names().filter_map(|name| self.environment.get_template(name).ok());
        names.flat_map(|template| template.undeclared_variables(true)).collect()
    }

    pub fn render(&self, names: &Names) -> Result<Vec<Document>> {
        let sentinel = names.sentinel(&self.sentinels)?;
        let context = values::context(names);
        let mut environment = self.environment.clone();
        environment.set_formatter(move |out, state, value| values::write_token(sentinel, out, state, value));
        let mut documents = Vec::new();
        for source in &self.templates {
            let (rendered, tokens) = self
                .render_one(&environment, source, context.clone())
                .map_err(|error| self.paths.diagnostic(&error, Some(names)))?;
            documents.extend(tokens.resolve(&rendered, source, sentinel)?);
        }
        Ok(documents)
    }

    fn render_one(
        &self,
        environment: &Environment,
        source: &Source,
        context: minijinja::Value,
    ) -> Result<(String, Tokens), Error> {
        let template = environment.get_template(&source.name)?;
        let mut output = Bounded(Vec::with_capacity(source.text.len()));
        let result = template.render_captured_to(context, &mut output);
        let mut captured = result.map_err(|error| errors::with_template(error, &source.name))?;
        let tokens = captured.with_state_mut(|state| state.get_extension_mut::<Tokens>().map(std::mem::take));
        // The end of a block scalar is told from that of a plain one by its line end.
        output.0.push(b'\n');
        let text = String::from_utf8(output.0)
            .map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))?;
        Ok((text, tokens.unwrap_or_default()))
    }
}

fn environment(delimiters: Delimiters, texts: Arc<BTreeMap<String, String>>) -> Result<Environment<'static>> {
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

/// A buffer that refuses to grow without end.
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_OUTPUT {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
