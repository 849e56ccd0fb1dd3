//! `variables:`: one source an entry, checked as far as can be without reading it.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::paths;
use crate::config::{Environment, SourceKind, Target, VariableSource, schema};
use crate::vocabulary::RESERVED;
use crate::vocabulary::{Diagnostic, Place};
use crate::yaml::{At, Kind, Node};

/// The sources of one list. Placeholders in paths stay: environment and target fill them in when
/// the source is read.
pub fn resolve(sources: &[At<schema::VariableSource>], file: &Path) -> Result<Vec<VariableSource>> {
    sources.iter().map(|source| one(source, file)).collect()
}

/// The path of a variables file for one target.
pub(crate) fn expand_path(
    path: &Path,
    environment: &Environment,
    target: &Target,
    place: &Place,
) -> Result<PathBuf> {
    let names: paths::Names = &[("environment", &environment.name), ("target", &target.name)];
    Ok(paths::expand(&path.display().to_string(), names, place)?.into())
}

fn one(source: &At<schema::VariableSource>, file: &Path) -> Result<VariableSource> {
    let mut kinds = kinds(&source.value, file)?;
    let place = source.place(file);
    match (kinds.pop(), kinds.pop()) {
        (Some(kind), None) => {
            let secret = source.value.secret || source.value.key_vault.is_some();
            Ok(VariableSource { kind, place, secret })
        }
        (None, _) => {
            let hint = "one of: file, values, process, git, azureDevOps, keyVault, appConfiguration";
            Err(Diagnostic::new("an entry of `variables` without a source").at(place).hint(hint).into())
        }
        _ => {
            let message = "an entry of `variables` has more than one source";
            let hint = "give each a `-` of its own: their order tells which one wins";
            Err(Diagnostic::new(message).at(place).hint(hint).into())
        }
    }
}

fn kinds(source: &schema::VariableSource, file: &Path) -> Result<Vec<SourceKind>> {
    let schema::VariableSource { file: path, values, process, git, .. } = source;
    let mut kinds = Vec::new();
    if let Some(path) = path {
        let path_place = path.place(file);
        paths::expand(&path.value, &[("environment", ""), ("target", "")], &path_place)?;
        kinds.push(SourceKind::File(paths::relative(&path.value, &path_place)?.into()));
    }
    if let Some(schema::Values(node)) = values {
        kinds.push(inline(node, file)?);
    }
    if let Some(process) = process {
        let prefix = &process.value.prefix;
        if prefix.value.is_empty() {
            let message = "an empty prefix would take the whole process environment";
            return Err(Diagnostic::new(message).at(prefix.place(file)).hint("for example `APP_`").into());
        }
        kinds.push(SourceKind::Process { prefix: prefix.value.clone() });
    }
    let later = [
        ("git", git.is_some()),
        ("azureDevOps", source.azure_dev_ops.is_some()),
        ("keyVault", source.key_vault.is_some()),
        ("appConfiguration", source.app_configuration.is_some()),
    ];
    kinds.extend(later.iter().filter(|(_, there)| *there).map(|(name, _)| SourceKind::Later(name)));
    Ok(kinds)
}

fn inline(node: &Node, file: &Path) -> Result<SourceKind> {
    let Kind::Mapping(entries) = &node.kind else {
        let message = "`values` has to be a map from names to values";
        return Err(Diagnostic::new(message).at(node.place(file)).into());
    };
    for (key, _) in entries {
        refuse_reserved(&key.scalar_text(), &key.place(file))?;
    }
    Ok(SourceKind::Values(node.clone()))
}

fn refuse_reserved(name: &str, place: &Place) -> Result<()> {
    match RESERVED.contains(&name) {
        false => Ok(()),
        true => Err(crate::vocabulary::reserved(name, Some(place.clone()))),
    }
}
