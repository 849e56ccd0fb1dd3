//! `jinja`: templates for minijinja, with values kept out of the text (see
//! [`tokens`](crate::render::template::tokens)).

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use minijinja::{Environment, Error, ErrorKind};

use crate::bounds;
use crate::config::{Delimiters, EngineKind};
use crate::render::contract::{Claim, Engine, EngineRow, Input, Loading, Rendered};
use crate::render::template::dialect::Adapted;
use crate::render::template::environment::{self, environment};
use crate::render::template::errors::{self, Paths};
use crate::render::template::files::{Role, SourceFile};
use crate::render::template::limits::MAX_OUTPUT;
use crate::render::template::marks::marks;
use crate::render::template::names::Names;
use crate::render::template::sentinel::{Sentinel, Taken};
use crate::render::template::source::Source;
use crate::render::template::spelling::{Contexts, Tokenized};
use crate::render::template::tokens::Tokens;
use crate::render::template::values::{self, Context};
use crate::render::threads;
use crate::vocabulary::{Diagnostic, Place, Warning};

mod shell;

pub const ENGINE: EngineRow =
    EngineRow { kind: EngineKind::Jinja, claim: Claim::Templates(holds_templates), load };

/// The templates of a step, compiled.
struct Jinja {
    environment: Environment<'static>,
    templates: Vec<Source>,
    /// Paths of all files, for errors in included ones.
    paths: Paths,
    sentinels: Vec<Sentinel>,
    /// How long each template may take.
    time: Duration,
}

fn load(loading: &mut Loading) -> Result<Box<dyn Engine>> {
    let files = loading.take_templates()?;
    Ok(match loading.step.delimiters() {
        Delimiters::Shell => Box::new(shell::Shell::new(files)),
        delimiters => Box::new(Jinja::new(delimiters, files, loading.step.timeout())?),
    })
}

/// Whether there is a template, or a manifest with expressions in it.
fn holds_templates(delimiters: Delimiters, files: &[SourceFile]) -> bool {
    files.iter().any(|file| match file.role {
        Role::Template => true,
        Role::Manifest => environment::has_expressions(delimiters, &file.text),
        Role::Include => false,
    })
}

impl Jinja {
    fn new(delimiters: Delimiters, files: Vec<SourceFile>, time: Duration) -> Result<Self> {
        let sentinels = Sentinel::candidates(&Taken::by(files.iter().map(|file| file.text.as_str())));
        let marks = marks(delimiters);
        let adapt = |file: &SourceFile| (file.name.clone(), Arc::new(Adapted::new(&file.text, &marks)));
        let texts: BTreeMap<_, _> = files.iter().map(adapt).collect();
        let paths = files
            .iter()
            .map(|file| (file.name.clone(), file.path.clone(), texts[&file.name].clone()))
            .collect();
        let templates =
            files.into_iter().filter(|file| file.role != Role::Include).map(Source::from).collect();
        let environment = environment(delimiters, Arc::new(texts))?;
        let engine = Self { environment, templates, paths, sentinels, time };
        for source in &engine.templates {
            engine
                .environment
                .get_template(&source.name)
                .map_err(|error| engine.paths.diagnostic(&error, None))?;
        }
        Ok(engine)
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
        let mut text = String::from_utf8(output.0)
            .map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))?;
        self.paths.adapted(&source.name).end_line(&mut text);
        // The end of a block scalar is told from that of a plain one by its line end.
        if !text.ends_with('\n') {
            text.push('\n');
        }
        Ok((text, tokens.unwrap_or_default()))
    }
}

impl Engine for Jinja {
    fn used_names(&self) -> BTreeSet<String> {
        let names = self.paths.names().filter_map(|name| self.environment.get_template(name).ok());
        names.flat_map(|template| template.undeclared_variables(true)).collect()
    }

    fn render(&self, input: &Input) -> Result<Rendered> {
        let sentinel = input.names.sentinel(&self.sentinels)?;
        let mut environment = self.environment.clone();
        environment.set_formatter(move |out, state, value| values::write_token(sentinel, out, state, value));
        let mut rendered = Rendered::default();
        let render = |templates: &[Source]| self.render_all(templates, &environment, input.names, sentinel);
        for piece in threads::map_pieces(&self.templates, render) {
            rendered.extend(piece?);
        }
        Ok(rendered)
    }
}

impl Jinja {
    fn render_all(
        &self,
        templates: &[Source],
        environment: &Environment,
        names: &Names,
        sentinel: Sentinel,
    ) -> Result<Rendered> {
        let contexts = Contexts::new(names);
        let mut result = Rendered::default();
        for source in templates {
            let place = Arc::new(Place::file(&source.path));
            let render = |context: &Context| {
                self.render_one(environment, source, context.value.clone())
                    .map_err(|error| self.paths.diagnostic(&error, Some(names)))
            };
            let at_template = |error: Diagnostic| Diagnostic {
                place: error.place.or_else(|| Some((*place).clone())),
                ..error
            };
            bounds::within(self.time, &place, || {
                let Tokenized { text, tokens, warning } = contexts.render(render).map_err(at_template)?;
                let warning = warning.map(|it| Warning::new(it.id, at_template(it.diagnostic)));
                result.warnings.extend(warning);
                result.documents.extend(tokens.resolve(&text, source, sentinel)?);
                anyhow::Ok(())
            })?;
        }
        Ok(result)
    }
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
