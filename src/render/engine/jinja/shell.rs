//! `jinja` with the delimiters `$VAR`: [placeholders], no blocks,
//! no filters.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::config::PlaceholderStyle;
use crate::render::contract::{Engine, Input, Rendered};
use crate::render::template::files::{Role, SourceFile};
use crate::render::template::placeholders::{self, Filled, Part};
use crate::render::template::sentinel::{Sentinel, Taken};
use crate::render::template::source::Source;
use crate::render::template::tokens::Tokens;
use crate::vocabulary::{Place, Warning, WarningId};

const STYLE: PlaceholderStyle = PlaceholderStyle::Shell;

pub struct Shell {
    templates: Vec<Source>,
    sentinels: Vec<Sentinel>,
}

impl Shell {
    pub fn new(files: Vec<SourceFile>) -> Self {
        let templates = files.into_iter().filter(|file| file.role != Role::Include);
        let templates: Vec<_> = templates.map(Source::from).collect();
        let sentinels = Sentinel::candidates(&Taken::by(templates.iter().map(|source| source.text.as_str())));
        Self { templates, sentinels }
    }
}

impl Engine for Shell {
    fn used_names(&self) -> BTreeSet<String> {
        self.templates.iter().flat_map(|source| placeholders::used_names(&source.text, STYLE)).collect()
    }

    fn render(&self, input: &Input) -> Result<Rendered> {
        let sentinel = input.names.sentinel(&self.sentinels)?;
        let (mut rendered, mut unfilled) = (Rendered::default(), Vec::new());
        for source in &self.templates {
            let (mut tokens, mut text) = (Tokens::default(), String::with_capacity(source.text.len()));
            let known = unfilled.len();
            for (offset, part) in placeholders::parts(&source.text, STYLE) {
                let place = || Place::in_text(&source.path, source.text.as_bytes(), offset);
                match part {
                    Part::Text(part) | Part::Unended { text: part, .. } => text.push_str(part),
                    Part::Placeholder(inside) => match placeholders::fill(inside, STYLE, input.names) {
                        Ok(Filled::Value(data)) => text.push_str(&tokens.add(sentinel, data, None)),
                        Ok(Filled::Left(left)) => {
                            text.push_str(&placeholders::shown(inside, STYLE));
                            let warning = Warning::new(WarningId::PlaceholderLeft, left.at(place()));
                            rendered.warnings.push(warning);
                        }
                        Err(error) => unfilled.push((place(), error)),
                    },
                }
            }
            if !text.ends_with('\n') {
                text.push('\n');
            }
            if unfilled.len() == known {
                rendered.documents.extend(tokens.resolve(&text, source, sentinel)?);
            }
        }
        match placeholders::error(unfilled) {
            Some(error) => Err(error.into()),
            None => Ok(rendered),
        }
    }
}
