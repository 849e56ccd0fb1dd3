//! `gitops.package`: which chart is released, and into which chart repository.

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;

use super::edits::FileEdit;
use super::pattern;
use super::templates::Placeholders;
use crate::vocabulary::paths;
use crate::yaml::{At, RelativePath};

/// A Helm chart, packaged at the release's version
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ChartPackage {
    /// The chart's folder, relative to this file
    pub chart: RelativePath,
    /// The folder of the chart repository, with its `index.yaml`, or `.`; may use `{{ environment }}` and
    /// `{{ application }}`
    pub into: At<String>,
    /// The chart's `appVersion`; may use what templates can use; the release's version when absent
    pub app_version: Option<At<String>>,
    /// Variables filled into the chart's files before it is packaged
    pub placeholders: Option<Placeholders>,
}

impl ChartPackage {
    /// The index of the chart repository.
    pub fn index(&self) -> String {
        match self.into.as_str() {
            paths::ROOT => "index.yaml".to_owned(),
            folder => format!("{folder}/index.yaml"),
        }
    }
}

/// The package as it is in one environment.
pub(super) fn expand(
    package: &At<ChartPackage>,
    edits: &[FileEdit],
    names: paths::Names,
) -> Result<At<ChartPackage>> {
    let mut package = package.clone();
    package.into.value = pattern::folder_in_gitops(&package.into, names)?;
    let index = package.index();
    if edits.iter().any(|edit| *edit.file == index) {
        let message = format!("`{index}` is the index of `gitops.package` and cannot be edited too");
        return Err(package.into.error(message).into());
    }
    Ok(package)
}
