//! `gitops.highLevel`: what Helm and Kustomize read, kept beside what they gave. Placeholders are
//! expanded, values have their expressions evaluated, and a step with `input` has that file too, so
//! that a reviewer sees where a manifest comes from. Operators do not apply these files.

use std::collections::{BTreeMap, BTreeSet};

use super::contract::Expanded;
use super::manifest::{File, join};
use super::taint::Secrets;
use crate::config::Target;
use crate::vocabulary::{Diagnostic, Place};
use crate::yaml;

/// The files of a target's steps, from the root of the GitOps repository. They stand there as they
/// stand below the pipeline file's folder. A step that has another content for a file of an earlier
/// one, a chart that is rendered twice, gets a folder of its own.
pub fn files(target: &Target, steps: Vec<Expanded>) -> Vec<File> {
    let Some(folder) = &target.high_level else { return Vec::new() };
    let mut kept: BTreeMap<String, String> = BTreeMap::new();
    for step in steps {
        let differs = |(path, text): (&String, &String)| kept.get(path).is_some_and(|other| other != text);
        let own = step.files.iter().any(differs).then(|| format!("step-{}", step.number));
        let place = |path: String| match &own {
            Some(own) => join(own, &path),
            None => path,
        };
        kept.extend(step.files.into_iter().map(|(path, text)| (place(path), text)));
    }
    let file =
        |(path, text): (String, String)| File { path: join(folder, &path), content: text.into_bytes() };
    kept.into_iter().map(file).collect()
}

/// Refuses files that hold a secret.
pub fn check(files: &[File], secrets: &Secrets) -> Result<(), Diagnostic> {
    let found = files.iter().find_map(|file| Some((file, secret(file, secrets)?)));
    let Some((file, (name, line))) = found else { return Ok(()) };
    let message = format!("the secret variable `{name}` would be committed");
    let hint = "remove `gitops.highLevel`, or set `secrets: allow` on the environment";
    Err(Diagnostic::refused(message).at(Place::new(&file.path, line, 0)).hint(hint))
}

/// The paths of all files, for those who must not take them for resources.
pub fn paths(files: &[File]) -> BTreeSet<String> {
    files.iter().map(|file| file.path.clone()).collect()
}

/// The name of a secret in a file, and its line if it is known: in its text and, where it is YAML, in one of
/// its values, which may be written over several lines.
fn secret<'a>(file: &File, secrets: &'a Secrets) -> Option<(&'a str, usize)> {
    let text = String::from_utf8_lossy(&file.content);
    if let Some(found) = secrets.line_in(&text) {
        return Some(found);
    }
    let documents = yaml::parse_leniently(&text, file.path.as_ref()).unwrap_or_default();
    let mut values = documents.iter().map(|document| document.to_value());
    values.find_map(|value| secrets.name_in(&value)).map(|name| (name, 0))
}
