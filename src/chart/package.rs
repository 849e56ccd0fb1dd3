//! A chart folder as a `.tgz`, reproducibly.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use flate2::{Compression, GzBuilder};
use serde_json::Value;
use sha2::{Digest, Sha256};
use walkdir::{DirEntry, WalkDir};

use super::folder::Folder;
use super::ignore::Rules;
use crate::vocabulary::text::hex;
use crate::vocabulary::{Diagnostic, Place, version};
use crate::yaml;
use crate::yaml::edit;

/// A packaged chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Package {
    pub name: String,
    pub version: String,
    /// Its `Chart.yaml`, with the new versions.
    pub metadata: Value,
    pub bytes: Vec<u8>,
}

impl Package {
    /// `name-version.tgz`, as `helm package` names it.
    pub fn file_name(&self) -> String {
        format!("{}-{}.tgz", self.name, self.version)
    }

    /// SHA-256 of the file, hexadecimal.
    pub fn digest(&self) -> String {
        hex(&Sha256::digest(&self.bytes))
    }
}

/// What becomes of a file of the chart, by its path in it.
pub type Edit<'a> = &'a dyn Fn(&Path, Vec<u8>) -> Result<Vec<u8>>;

/// Packages a chart with the given versions. Its folder is not changed.
pub fn package(folder: Folder, version: &str, app_version: Option<&str>, edit: Edit) -> Result<Package> {
    let file = folder.shown("Chart.yaml");
    let place = || Place::file(&file);
    if !is_version(version) {
        let message = format!("`{version}` is not a valid chart version");
        return Err(Diagnostic::new(message)
            .hint("Helm requires a semantic version: 1.2.3 or 1.2.3-rc.1")
            .into());
    }
    let original = folder.read("Chart.yaml").map_err(|error| match error.is_missing() {
        true => Diagnostic::new(format!("there is no {}; a chart has one", file.display())),
        false => error.about(&file),
    })?;
    let original = edit(Path::new("Chart.yaml"), original)?;
    let chart = with_versions(&yaml::text(original, &file)?, version, app_version, &file)?;
    let documents = yaml::parse(&chart, &file)?;
    let metadata = documents.first().map(yaml::Node::to_value).unwrap_or_default();
    let name = match metadata.get("name").and_then(Value::as_str) {
        Some(name) if is_name(name) => name.to_owned(),
        Some(name) => {
            let message = format!("`{}` is not a valid chart name", name.escape_debug());
            return Err(Diagnostic::new(message).at(place()).into());
        }
        None => return Err(Diagnostic::new("the chart has no name").at(place()).into()),
    };
    let mut files = files(folder)?;
    files.remove("Chart.yaml");
    for (path, content) in &mut files {
        *content = edit(Path::new(path), std::mem::take(content))?;
    }
    let bytes = archive(&name, chart.as_bytes(), &files)
        .with_context(|| format!("cannot pack {}", folder.shown("").display()))?;
    Ok(Package { name, version: version.to_owned(), metadata, bytes })
}

/// `Chart.yaml` with the release's versions; nothing else in it changes.
fn with_versions(chart: &str, version: &str, app_version: Option<&str>, file: &Path) -> Result<String> {
    let key = |key: &str| key.parse::<edit::Path>().map_err(anyhow::Error::msg);
    let mut edits = vec![(key("version")?, Value::from(version))];
    let mut chart = chart.to_owned();
    if let Some(app_version) = app_version {
        let documents = yaml::parse(&chart, file)?;
        let has_key = documents.iter().any(|document| document.to_value().get("appVersion").is_some());
        if !has_key {
            chart = with_app_version(&chart);
        }
        edits.push((key("appVersion")?, Value::from(app_version)));
    }
    edit::edit(&chart, &edits, file)
}

/// A `Chart.yaml` with an empty `appVersion` behind everything else, in the style that it has.
fn with_app_version(chart: &str) -> String {
    const KEY: &str = "appVersion: \"\"";
    let lines = chart.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let first = lines.map(|line| line.trim_start_matches("---").trim_start()).find(|line| !line.is_empty());
    match chart.rfind('}').filter(|_| first.is_some_and(|line| line.starts_with('{'))) {
        Some(end) => {
            let before = chart[..end].trim_end().trim_end_matches(',');
            format!("{before}, {KEY}{}", &chart[end..])
        }
        None => format!("{chart}{}{KEY}\n", if chart.ends_with('\n') { "" } else { "\n" }),
    }
}

/// What Helm takes for a version: one to three numbers without leading zeros, then `-` and `+` parts.
fn is_version(text: &str) -> bool {
    let numbers = text.strip_prefix('v').unwrap_or(text).split(['-', '+']).next().unwrap_or_default();
    let leading_zero = |number: &str| number.len() > 1 && number.starts_with('0');
    !text.contains("-+")
        && !text.ends_with(['-', '+'])
        && version::parse(text).is_some()
        && !numbers.split('.').any(leading_zero)
}

/// A name that is one part of a path.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.chars().all(|char| char.is_ascii_alphanumeric() || "._-".contains(char))
        && !name.starts_with('.')
}

/// The files of a chart by their paths in it, with `/`, in the order of the paths.
fn files(folder: Folder) -> Result<BTreeMap<String, Vec<u8>>> {
    let rules = Rules::of(folder)?;
    let top = folder.shown("");
    let name = |path: &Path| path.strip_prefix(&top).ok()?.to_str().map(str::to_owned);
    let is_kept = |entry: &DirEntry| {
        name(entry.path()).is_none_or(|name| !rules.ignores(&name, entry.file_type().is_dir()))
    };
    let mut files = BTreeMap::new();
    for entry in WalkDir::new(&top).min_depth(1).into_iter().filter_entry(is_kept) {
        let entry = entry.with_context(|| format!("cannot list {}", top.display()))?;
        let (path, kind) = (entry.path(), entry.file_type());
        let Some(name) = name(path) else {
            return Err(Diagnostic::new("a file name that is not UTF-8").at(Place::file(path)).into());
        };
        if kind.is_file() {
            let content = folder.read(&name).map_err(|error| error.about(path))?;
            files.insert(name, content);
        } else if !kind.is_dir() {
            let error = Diagnostic::new("a link or device, which cannot be packed").at(Place::file(path));
            return Err(error.hint("put the file itself here, or name it in .helmignore").into());
        }
    }
    Ok(files)
}

/// Everything that could differ between two runs is fixed: order, times, owners, modes.
fn archive(name: &str, chart: &[u8], files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>> {
    let mut tar = tar::Builder::new(Vec::new());
    let files = files.iter().map(|(path, content)| (path.as_str(), content.as_slice()));
    for (path, content) in [("Chart.yaml", chart)].into_iter().chain(files) {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        tar.append_data(&mut header, format!("{name}/{path}"), content)?;
    }
    let mut gzip = GzBuilder::new().write(Vec::new(), Compression::best());
    gzip.write_all(&tar.into_inner()?)?;
    Ok(gzip.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_that_helm_takes() {
        for good in ["1.2.3", "v1.2.3", "1.10", "0.1.0-rc.1+build.5", "2026.11.20"] {
            assert!(is_version(good), "{good}");
        }
        for bad in ["", "main", "1.2.3.4", "01.2.3", "1.2.x", "1.2.3-", "1.2.3/4", "1..2"] {
            assert!(!is_version(bad), "{bad}");
        }
    }
}
