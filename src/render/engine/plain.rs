//! `plain`: YAML as it is. Only what is not text and stands where Kubernetes has text becomes text, as
//! it is written.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::config::EngineKind;
use crate::render::contract::{Claim, Engine, EngineRow, Input, Loading, Rendered};
use crate::render::fields;
use crate::render::manifest::Document;
use crate::render::template::files::{Role, SourceFile};
use crate::variables::Data;
use crate::vocabulary::Place;
use crate::yaml;

/// Takes what no other engine claims.
pub const ENGINE: EngineRow =
    EngineRow { kind: EngineKind::Plain, claim: Claim::Templates(|_, _| true), load };

struct Plain(Vec<SourceFile>);

fn load(loading: &mut Loading) -> Result<Box<dyn Engine>> {
    Ok(Box::new(Plain(loading.take_templates()?)))
}

impl Engine for Plain {
    fn used_names(&self) -> BTreeSet<String> {
        BTreeSet::new()
    }

    fn render(&self, _: &Input) -> Result<Rendered> {
        let mut documents = Vec::new();
        for file in self.0.iter().filter(|file| file.role == Role::Manifest) {
            for node in yaml::parse(&file.text, &file.path)? {
                let origin = Place::new(&file.path, node.line, 0);
                documents.push(Document { value: fields::document(Data::of_node(&node)), origin });
            }
        }
        Ok(documents.into())
    }
}
