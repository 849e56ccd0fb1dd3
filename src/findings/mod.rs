//! Findings: what is wrong with manifests that render.
//!
//! A finding names its rule, the resource, the path in its document, and the line of the template as far as
//! that can be told. Nothing here changes a manifest, and nothing asks a cluster.
//!
//! ```text
//! rendering ─► rules ─► ignored ─► grouped over the environments ─► places in templates
//! ```
//!
//! - [`rules`]: the table of rules, one file a rule; [`scene`] is what a rule gets to see
//! - [`schema`]: fields, types and API versions of Kubernetes' own kinds
//! - [`custom`]: custom resources beside their definitions
//! - [`duplicates`], [`selectors`], [`references`], [`images`], [`required`]: what no schema says of a
//!   release as a whole; [`pods`] is what they look at, [`provided`] what a reference can mean
//! - [`plain_secrets`], [`credentials`]: what nobody may read in git
//! - [`finding`]: what a rule says; [`document_path`]: where in the document that is
//! - [`described`]: how types are called in messages
//! - [`ignored`]: what the pipeline file accepts
//! - [`grouped`]: the same finding in several environments is one
//! - [`template_line`]: the line of a template that a field is written in

mod credentials;
mod custom;
mod described;
mod document_path;
mod duplicates;
mod finding;
mod grouped;
mod ignored;
mod images;
mod plain_secrets;
mod pods;
mod provided;
mod references;
mod required;
mod rules;
mod scene;
mod schema;
mod selectors;
mod template_line;

use anyhow::Result;

pub use document_path::{DocumentPath, Step};
pub use finding::Finding;
pub use grouped::Grouped;

use crate::config::Pipeline;
use crate::render::Rendering;
use custom::Schemas;
use scene::Scene;

/// Everything that is wrong with the manifests of a pipeline, each finding once, in the order of the
/// environments and of their files.
pub fn find(pipeline: &Pipeline, renderings: &[&Rendering]) -> Result<Vec<Grouped>> {
    let settings = pipeline.validate.as_ref().map(|it| it.value.clone()).unwrap_or_default();
    let schemas = Schemas::read(pipeline, &settings)?;
    let mut found = Vec::new();
    for rendering in renderings {
        let environment = pipeline.environment(&rendering.environment)?;
        for target in &rendering.targets {
            let minor = settings.minor();
            let scene = Scene { settings: &settings, minor, environment, target };
            let findings = rules::check(&scene, &schemas);
            found.extend(findings.into_iter().map(|finding| (rendering.environment.as_str(), finding)));
        }
    }
    // Of what did not render, nothing is known.
    let is_complete = renderings.len() == pipeline.environments.len();
    let unused = ignored::take_out(&settings, &mut found);
    let mut grouped = grouped::group(found);
    if is_complete {
        grouped.extend(unused.into_iter().map(Grouped::of_pipeline));
    }
    template_line::fill_in(pipeline, &mut grouped);
    Ok(grouped)
}
