//! Variables in `config/`: `config/common.yaml` for all environments, `config/prod.yaml` for one.

use std::collections::BTreeMap;

use super::environments::is_environment;
use super::folder::Folder;

/// Files for all environments.
const COMMON: [&str; 4] = ["common", "default", "defaults", "base"];

#[derive(Debug, Clone, Default)]
pub struct Configuration {
    /// Files with variables for every environment.
    pub common: Vec<String>,
    /// The file of each environment.
    pub environments: BTreeMap<String, String>,
}

pub fn is_configuration(folder: &Folder) -> bool {
    folder.name() == "config" && folder.files.iter().any(|file| variables(file).is_some())
}

pub fn read(folders: &[&Folder]) -> Configuration {
    let mut found = Configuration::default();
    for folder in folders.iter().filter(|folder| is_configuration(folder)) {
        for file in &folder.files {
            let Some(name) = variables(file) else { continue };
            match COMMON.contains(&name) {
                true => found.common.push(folder.file(file)),
                false => _ = found.environments.entry(name.to_owned()).or_insert(folder.file(file)),
            }
        }
    }
    found
}

/// The name of a file of variables, without its end.
fn variables(file: &str) -> Option<&str> {
    let (name, "yaml" | "yml" | "json" | "env") = file.rsplit_once('.')? else { return None };
    (COMMON.contains(&name) || is_environment(name)).then_some(name)
}
