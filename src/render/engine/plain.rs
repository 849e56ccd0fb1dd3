//! `plain`: YAML as it is. Only what is not text and stands where Kubernetes has text becomes text, as
//! it is written.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::config::EngineKind;
use crate::render::contract::{Claim, Engine, EngineRow, Input, Loading, Rendered};
use crate::render::fields;
use crate::render::manifest::Document;
use crate::render::template::files::{Role, SourceFile};
use crate::render::threads;
use crate::vocabulary::Place;
use crate::yaml::{self, Node};

/// Takes what no other engine claims.
pub const ENGINE: EngineRow =
    EngineRow { kind: EngineKind::Plain, claim: Claim::Templates(|_, _| true), load };

struct Plain(Vec<SourceFile>);

fn load(loading: &mut Loading) -> Result<Box<dyn Engine>> {
    Ok(Box::new(Plain(loading.take_templates()?)))
}

fn documents(file: &SourceFile) -> Result<Vec<Document>> {
    let document = |node: Node| {
        let origin = Place::new(&file.path, node.line, 0);
        Document { value: fields::of_node(node), origin }
    };
    Ok(yaml::parse(&file.text, &file.path)?.into_iter().map(document).collect())
}

impl Engine for Plain {
    fn used_names(&self) -> BTreeSet<String> {
        BTreeSet::new()
    }

    fn render(&self, _: &Input) -> Result<Rendered> {
        let pieces = threads::map_pieces(&self.0, |files| {
            let manifests = files.iter().filter(|file| file.role == Role::Manifest);
            manifests.map(documents).collect::<Result<Vec<_>>>()
        });
        let documents = pieces.into_iter().collect::<Result<Vec<_>>>()?;
        Ok(documents.into_iter().flatten().flatten().collect::<Vec<_>>().into())
    }
}
