//! What is in the folder: template folders by the files that mark them, environments by the names
//! of configuration files and overlays, images by the containers of plain manifests and the values of
//! charts.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use walkdir::WalkDir;

use super::chart_images;
use super::dns_label::dns_label;
use crate::config::{Delimiters, EngineKind};
use crate::render::{external_engine, has_expressions, repositories};
use crate::yaml;

/// Deeper than this nobody keeps manifests.
const DEPTH: usize = 5;
/// Folders of other people's files.
const FOREIGN: [&str; 5] = ["node_modules", "target", "vendor", "venv", "dist"];
/// Names that environments have, in the order of a pipeline. Others begin with one: `prod-eu`.
const ENVIRONMENTS: [&str; 15] = [
    "dev",
    "development",
    "int",
    "integration",
    "test",
    "testing",
    "qa",
    "acceptance",
    "uat",
    "staging",
    "stage",
    "preprod",
    "prod",
    "production",
    "live",
];
/// Files for all environments.
const COMMON: [&str; 4] = ["common", "default", "defaults", "base"];

/// What the pipeline file can be made of. Paths are relative to the folder, with `/`.
#[derive(Debug, Clone, Default)]
pub struct Found {
    pub templates: Vec<Template>,
    /// Logical name and repository.
    pub images: Vec<(String, String)>,
    /// Variables for every environment.
    pub common: Vec<String>,
    /// In the order of a pipeline; empty when there is no sign of any.
    pub environments: Vec<String>,
    /// The variables of an environment.
    pub variables: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pub path: String,
    pub engine: EngineKind,
}

pub fn search(folder: &Path) -> Result<Found> {
    let mut search = Search { root: folder, found: Found::default() };
    search.folder(Path::new(""), 0)?;
    let mut found = search.found;
    found.environments.sort_by_key(|name| (rank(name), name.clone()));
    found.environments.dedup();
    found.templates.dedup();
    Ok(found)
}

struct Search<'a> {
    root: &'a Path,
    found: Found,
}

impl Search<'_> {
    fn folder(&mut self, folder: &Path, depth: usize) -> Result<()> {
        let Listing { folders, files } = Listing::of(&self.root.join(folder))?;
        if let Some(engine @ (EngineKind::Helm | EngineKind::Kustomize)) =
            external_engine(&self.root.join(folder))
        {
            self.template(folder, engine);
            if engine == EngineKind::Helm {
                self.chart_images(folder);
            }
            return Ok(());
        }
        if folder.file_name().is_some_and(|name| name == "config") {
            self.configuration(folder, &files);
            return Ok(());
        }
        let jsonnet: Vec<_> = files.iter().filter(|file| file.ends_with(".jsonnet")).collect();
        for file in &jsonnet {
            self.template(&folder.join(file), EngineKind::Jsonnet);
        }
        if jsonnet.is_empty() && self.manifests(folder, &files)? {
            return Ok(());
        }
        if self.overlays(folder, &folders)? || depth == DEPTH {
            return Ok(());
        }
        for name in folders.iter().filter(|name| !FOREIGN.contains(&name.as_str())) {
            self.folder(&folder.join(name), depth + 1)?;
        }
        Ok(())
    }

    fn template(&mut self, path: &Path, engine: EngineKind) {
        let path = match shown(path) {
            path if path.is_empty() => ".".to_owned(),
            path => path,
        };
        self.found.templates.push(Template { path, engine });
    }

    /// Manifests: a step for the folder and all below it. The root has other files beside them, so
    /// there each manifest is a step of its own.
    fn manifests(&mut self, folder: &Path, files: &[String]) -> Result<bool> {
        let mut engine = None;
        for name in files {
            let path = folder.join(name);
            let Some(text) = manifest(&self.root.join(&path))? else { continue };
            let this = if has_expressions(Delimiters::Braces, &text) {
                EngineKind::Jinja
            } else {
                EngineKind::Plain
            };
            self.images(&text, &path);
            if folder == Path::new("") {
                self.template(&path, this);
            } else if engine != Some(EngineKind::Jinja) {
                engine = Some(this);
            }
        }
        if let Some(engine) = engine {
            let engine = self.below(folder, 0)?.filter(|it| *it == EngineKind::Jinja).unwrap_or(engine);
            self.template(folder, engine);
        }
        Ok(engine.is_some())
    }

    /// The images of the manifests in the folders below, and whether any has expressions.
    fn below(&mut self, folder: &Path, depth: usize) -> Result<Option<EngineKind>> {
        let mut engine = None;
        for name in Listing::of(&self.root.join(folder))?.folders {
            let inner = folder.join(name);
            for file in Listing::of(&self.root.join(&inner))?.files {
                let path = inner.join(file);
                let Some(text) = manifest(&self.root.join(&path))? else { continue };
                self.images(&text, &path);
                if has_expressions(Delimiters::Braces, &text) {
                    engine = Some(EngineKind::Jinja);
                }
            }
            if depth < DEPTH {
                engine = engine.or(self.below(&inner, depth + 1)?);
            }
        }
        Ok(engine)
    }

    /// A folder with a kustomization for each environment. A step is the same for all of them, so
    /// it is the base that becomes one, or the first overlay when there is no base.
    fn overlays(&mut self, folder: &Path, folders: &[String]) -> Result<bool> {
        let overlays = folders.iter().find(|name| ["overlays", "environments"].contains(&name.as_str()));
        let parent = overlays.map_or(folder.to_owned(), |name| folder.join(name));
        let is_overlay = |name: &&String| is_environment(name) && self.is_kustomization(&parent.join(name));
        let names = Listing::of(&self.root.join(&parent))?.folders;
        let mut environments: Vec<String> = names.iter().filter(is_overlay).cloned().collect();
        environments.sort_by_key(|name| rank(name));
        let Some(first) = environments.first() else { return Ok(false) };
        let base = folder.join("base");
        let step = if self.is_kustomization(&base) { base } else { parent.join(first) };
        self.template(&step, EngineKind::Kustomize);
        self.found.environments.extend(environments);
        Ok(true)
    }

    fn is_kustomization(&self, folder: &Path) -> bool {
        external_engine(&self.root.join(folder)) == Some(EngineKind::Kustomize)
    }

    fn configuration(&mut self, folder: &Path, files: &[String]) {
        for file in files {
            let Some((name, "yaml" | "yml" | "json" | "env")) = file.rsplit_once('.') else { continue };
            let path = shown(&folder.join(file));
            if COMMON.contains(&name) {
                self.found.common.push(path);
            } else if is_environment(name) && !self.found.variables.contains_key(name) {
                self.found.environments.push(name.to_owned());
                self.found.variables.insert(name.to_owned(), path);
            }
        }
    }

    /// Templates that are no YAML before they are rendered have none that can be known.
    fn images(&mut self, text: &str, path: &Path) {
        for document in yaml::parse_leniently(text, path).unwrap_or_default() {
            repositories(&document.to_value()).into_iter().for_each(|repository| self.image(repository));
        }
    }

    /// The images in a chart's values. Where the chart puts them into containers, the release's tag
    /// gets there too.
    fn chart_images(&mut self, chart: &Path) {
        let path = chart.join("values.yaml");
        let text = fs::read_to_string(self.root.join(&path)).unwrap_or_default();
        for document in yaml::parse(&text, &path).unwrap_or_default() {
            let found = chart_images::repositories(&document.to_value());
            found.into_iter().for_each(|repository| self.image(repository));
        }
    }

    fn image(&mut self, repository: String) {
        let images = &mut self.found.images;
        if images.iter().any(|(_, known)| *known == repository) {
            return;
        }
        let last = dns_label(repository.rsplit('/').next().unwrap_or_default());
        let taken = |name: &String| images.iter().any(|(known, _)| known == name);
        let name = match taken(&last) {
            true => dns_label(&repository),
            false => last,
        };
        if !taken(&name) {
            images.push((name, repository));
        }
    }
}

/// The names in a folder, sorted, without hidden ones and links.
#[derive(Default)]
struct Listing {
    folders: Vec<String>,
    files: Vec<String>,
}

impl Listing {
    fn of(folder: &Path) -> Result<Self> {
        let mut listing = Self::default();
        for entry in WalkDir::new(folder).min_depth(1).max_depth(1).sort_by_file_name() {
            let entry = entry.with_context(|| format!("cannot list {}", folder.display()))?;
            let kind = entry.file_type();
            match entry.file_name().to_str() {
                Some(name) if name.starts_with('.') => {}
                Some(name) if kind.is_dir() => listing.folders.push(name.to_owned()),
                Some(name) if kind.is_file() => listing.files.push(name.to_owned()),
                _ => {}
            }
        }
        Ok(listing)
    }
}

/// The text of a file if it is a manifest, or a template of one.
fn manifest(path: &Path) -> Result<Option<String>> {
    let name = path.to_string_lossy();
    if ![".yaml", ".yml", ".j2", ".jinja"].iter().any(|end| name.ends_with(end)) {
        return Ok(None);
    }
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let has = |key: &str| text.lines().any(|line| line.starts_with(key));
    Ok((has("apiVersion:") && has("kind:")).then_some(text))
}

fn is_environment(name: &str) -> bool {
    dns_label(name) == name && rank(name) < ENVIRONMENTS.len()
}

/// The place in a pipeline.
fn rank(name: &str) -> usize {
    let is =
        |known: &&str| name.strip_prefix(*known).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    ENVIRONMENTS.iter().position(is).unwrap_or(ENVIRONMENTS.len())
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}
