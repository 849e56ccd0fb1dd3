//! Helm charts, by `Chart.yaml`, with the values of environments: `values-prod.yaml`.

use std::path::Path;

use serde_json::json;

use super::candidate::{Candidate, EXPRESSION, Step};
use super::environments;
use super::folder::{Folder, join};
use super::read;
use crate::config::EngineKind;

pub fn is_chart(folder: &Folder) -> bool {
    folder.has("Chart.yaml")
}

/// Every chart below a folder that can be installed. `None` for libraries.
pub fn candidate(root: &Path, folder: &Folder) -> Option<Candidate> {
    let chart = read::documents(root, &folder.file("Chart.yaml"));
    let is_library = chart.iter().any(|chart| chart["type"] == "library");
    (!is_library).then(|| with_values(folder))
}

/// A step for the environments with values of their own, and one for those that begin with the
/// chart's: a chart with `values-prod.yaml` alone has them for everything before.
fn with_values(folder: &Folder) -> Candidate {
    let step = Step::new(&folder.path, EngineKind::Helm);
    let Some((pattern, mut only)) = values_files(folder) else { return Candidate::of(step) };
    environments::sort(&mut only);
    let first = environments::DEFAULT[0];
    let has_first = only.iter().any(|name| environments::rank(name) <= environments::rank("testing"));
    let with = Step { only, ..step.clone() }.with("values", json!([{"file": pattern}]));
    let without = Step { only: vec![first.to_owned()], ..step };
    let steps = if has_first { vec![with] } else { vec![without, with] };
    Candidate { steps, ..Candidate::default() }
}

/// The path of the values of an environment, and the environments that have some.
fn values_files(folder: &Folder) -> Option<(String, Vec<String>)> {
    let inner =
        folder.folders.iter().filter(|it| ["values", "env", "envs", "environments"].contains(&it.name()));
    let places =
        inner.map(|inner| (inner, "")).chain(["values-", "values.", "values_"].map(|it| (folder, it)));
    for (place, before) in places {
        for end in [".yaml", ".yml"] {
            let names = place.files.iter().filter_map(|it| it.strip_prefix(before)?.strip_suffix(end));
            let names: Vec<String> =
                names.filter(|it| environments::is_environment(it)).map(str::to_owned).collect();
            if !names.is_empty() {
                return Some((join(&place.path, &format!("{before}{EXPRESSION}{end}")), names));
            }
        }
    }
    None
}
