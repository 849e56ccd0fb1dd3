//! Renders a pipeline file that is not written yet, for all its environments.

use std::path::Path;

use anyhow::{Context, Result};

use super::candidate::Candidate;
use super::plan::Plan;
use super::text;
use crate::config;
use crate::release;
use crate::render::{self, RenderRequest, Rendering};
use crate::variables::Inputs;

/// Version and tags of the release that is tried. Also valid as the version of a chart.
const PLACEHOLDER: &str = "0.0.0-init";

/// What every trial has in common.
pub struct Bench<'a> {
    /// The pipeline file that will be.
    pub file: &'a Path,
    /// Its folder.
    pub root: &'a Path,
    pub process: &'a [(String, String)],
    /// What the file says beside the templates.
    pub base: Plan,
}

impl Bench<'_> {
    /// A candidate alone. Where nothing differs from one environment to the next, one stands for all.
    pub fn try_out(&self, candidate: &Candidate) -> Result<Vec<Rendering>> {
        let plan = Plan { candidates: vec![candidate.clone()], ..self.base.clone() };
        let differs = !candidate.environments().is_empty() || !plan.configuration.environments.is_empty();
        self.render_some(&plan, if differs { usize::MAX } else { 1 })
    }

    /// Every environment of the plan, rendered. The error of the first that cannot be.
    pub fn render(&self, plan: &Plan) -> Result<Vec<Rendering>> {
        self.render_some(plan, usize::MAX)
    }

    fn render_some(&self, plan: &Plan, most: usize) -> Result<Vec<Rendering>> {
        let text = text::text(plan)?;
        let pipeline = config::parse(&text, self.file).context("cannot write a pipeline file with this")?;
        let images = pipeline.images.iter().map(|image| format!("{}={PLACEHOLDER}", image.name));
        let arguments = release::Arguments {
            version: Some(PLACEHOLDER.to_owned()),
            images: images.collect(),
            ..release::Arguments::default()
        };
        let release = release::resolve(&arguments, &pipeline)?;
        let inputs = Inputs { process: self.process.to_vec(), ..Inputs::default() };
        let request = |environment| RenderRequest {
            pipeline: &pipeline,
            environment,
            release: &release,
            inputs: &inputs,
            deployed: None,
        };
        let requests: Vec<_> = pipeline.environments.iter().take(most).map(request).collect();
        render::render_all(&requests).into_iter().collect()
    }
}
