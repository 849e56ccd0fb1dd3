//! `gitops.package`: the chart at the release's version, for the environment's chart repository.

use std::path::Path;

use anyhow::Result;
use serde_json::Value;

use super::edits::{Change, Edit, Expressions};
use super::manifest::join;
use super::rendering::EarlierPackage;
use super::request::RenderRequest;
use crate::boundary::Boundary;
use crate::chart::{self, Package};
use crate::vocabulary::Diagnostic;
use crate::yaml::At;

/// A package and where it goes.
pub struct Packaged {
    /// The file, from the repository's root.
    pub path: String,
    pub package: Package,
    index: String,
}

/// The chart of the environment, if it has one.
pub fn render(request: &RenderRequest, expressions: &Expressions) -> Result<Option<Packaged>> {
    let Some(wanted) = &request.environment.gitops.package else { return Ok(None) };
    let version = &request.release.version;
    let app_version = match &wanted.app_version {
        None => version.clone(),
        Some(At { value: text, place }) => match expressions.value(&Value::from(text.as_str()), place)? {
            Value::String(text) => text,
            Value::Null => return Err(Diagnostic::new("`appVersion` is empty").at(place.clone()).into()),
            scalar => scalar.to_string(),
        },
    };
    let folder = request.pipeline.below_root(&wanted.chart);
    let edit = |path: &Path, content: Vec<u8>| match &wanted.placeholders {
        None => Ok(content),
        Some(placeholders) => expressions.expand(placeholders, (path, &folder.join(path)), &content),
    };
    let boundary = Boundary::of(&request.pipeline.root);
    let chart = chart::Folder { boundary: &boundary, path: &wanted.chart };
    let package = chart::package(chart, version, Some(&app_version), &edit)?;
    let path = join(&wanted.into, &package.file_name());
    Ok(Some(Packaged { path, package, index: wanted.index() }))
}

impl Packaged {
    /// Where it is in the environments that this one needs.
    pub fn earlier(&self, request: &RenderRequest) -> Vec<EarlierPackage> {
        let needed = |name: &String| request.environment.needs.contains(name);
        let environments = request.pipeline.environments.iter().filter(|it| needed(&it.name));
        let earlier = environments.filter_map(|environment| {
            let gitops = &environment.gitops;
            let path = join(&gitops.package.as_ref()?.into, &self.package.file_name());
            Some(EarlierPackage {
                environment: environment.name.clone(),
                branch: gitops.branch.clone(),
                path,
            })
        });
        earlier.collect()
    }

    /// The package's entry in the index of its chart repository.
    pub fn into_index_edit(self) -> Edit {
        Edit { file: self.index, change: Change::AddPackage(self.package) }
    }
}
