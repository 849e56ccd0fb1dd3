//! `gitops.package`: which chart is released, and into which chart repository.

use std::path::Path;

use anyhow::Result;

use super::paths;
use crate::config::{ChartPackage, FileEdit, schema};
use crate::vocabulary::Diagnostic;
use crate::yaml::At;

pub fn resolve(
    package: &At<schema::ChartPackage>,
    edits: &[FileEdit],
    names: paths::Names,
    file: &Path,
) -> Result<ChartPackage> {
    let schema::ChartPackage { chart, into, app_version } = &package.value;
    let place = into.place(file);
    let resolved = ChartPackage {
        chart: paths::relative(&chart.value, &chart.place(file))?.into(),
        into: paths::in_gitops(&paths::expand(&into.value, names, &place)?, &place)?,
        app_version: app_version.as_ref().map(|it| (it.value.clone(), it.place(file))),
        place: package.place(file),
    };
    let index = resolved.index();
    if edits.iter().any(|edit| edit.file == index) {
        let message = format!("`{index}` is the index of `gitops.package` and cannot be edited too");
        return Err(Diagnostic::new(message).at(place).into());
    }
    Ok(resolved)
}
