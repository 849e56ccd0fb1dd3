//! What a kustomization refers to, found by reading it and the ones it builds upon. All of it is
//! copied; a reference that leads out of the repository, or over the network, is refused before the
//! tool runs.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::kustomization::{self, Kustomization, field, fields, items};
use super::remote;
use crate::boundary::Boundary;
use crate::config::AllowRemote;
use crate::render::external::files;
use crate::render::external::scratch::Scratch;
use crate::render::external::step::Folder;
use crate::render::paths;
use crate::vocabulary::{Diagnostic, Place};
use crate::yaml::{self, Kind, Node};

/// Fields that list other kustomizations, manifests, or things kept like them.
const LISTS: [&str; 9] = [
    "resources",
    "bases",
    "components",
    "crds",
    "configurations",
    "generators",
    "transformers",
    "validators",
    "patchesStrategicMerge",
];
/// Fields that list maps with a `path`.
const PATHS: [&str; 3] = ["patches", "patchesJson6902", "replacements"];
/// Fields that list generators, whose data come from files.
const GENERATORS: [&str; 2] = ["configMapGenerator", "secretGenerator"];
/// The API version of the generators and transformers that kustomize has built in.
const BUILT_IN: &str = "builtin";

/// What was copied.
pub struct Copied {
    /// All kustomizations that take part.
    pub kustomizations: Vec<Kustomization>,
    /// Whether one of them has a base that comes over the network.
    pub has_remote: bool,
}

/// Copies the overlay and what it refers to.
pub fn copy(overlay: Folder, allow_remote: AllowRemote, scratch: &Scratch) -> Result<Copied> {
    let (boundary, above) = files::boundary(overlay.root)?;
    let copied = Copied { kustomizations: Vec::new(), has_remote: false };
    let (folders, seen) = (Vec::new(), BTreeSet::new());
    let mut copying = Copying { overlay, boundary, above, allow_remote, scratch, folders, seen, copied };
    copying.copy(overlay.path)?;
    copying.follow(overlay.path)?;
    Ok(copying.copied)
}

/// What the kustomization in `folder` refers to, and those it builds upon. References that have
/// placeholders, or lead over the network, are left out.
pub fn referenced(root: &Path, folder: &Path) -> Result<Vec<PathBuf>> {
    let (mut found, mut open) = (BTreeSet::new(), vec![folder.to_path_buf()]);
    while let Some(folder) = open.pop() {
        let Some(name) = kustomization::file_in(&root.join(&folder)) else { continue };
        let (boundary, above) = files::boundary(root)?;
        let file = root.join(&folder).join(name);
        let bytes = boundary.read(&folder.join(name)).map_err(|error| error.about(&file))?;
        let text = yaml::text(bytes, &file)?;
        // What is no YAML before placeholders are filled in tells nothing.
        let documents = yaml::parse(&text, &file).unwrap_or_default();
        for node in documents.first().map(references).into_iter().flatten() {
            let Kind::String(text) = &node.kind else { continue };
            let path = paths::join_above(&folder, text, above).filter(|path| root.join(path).exists());
            if let Some(path) = path.filter(|path| found.insert(path.clone())) {
                open.push(path);
            }
        }
    }
    Ok(found.into_iter().collect())
}

struct Copying<'a> {
    overlay: Folder<'a>,
    /// The repository, and how many folders it is above the pipeline file.
    boundary: Boundary,
    above: usize,
    allow_remote: AllowRemote,
    scratch: &'a Scratch,
    /// Files and folders that were copied.
    folders: Vec<PathBuf>,
    /// Folders whose kustomization was read.
    seen: BTreeSet<PathBuf>,
    copied: Copied,
}

impl Copying<'_> {
    fn copy(&mut self, path: &Path) -> Result<()> {
        let is_below = |copied: &PathBuf| path.strip_prefix(copied).is_ok_and(|it| !it.starts_with(".."));
        if self.folders.iter().any(is_below) {
            return Ok(());
        }
        let Folder { edit, input, .. } = self.overlay;
        self.scratch.copy(&self.boundary, path, edit)?;
        self.folders.push(path.strip_prefix(".").unwrap_or(path).to_path_buf());
        // What was copied may have a file of that name.
        match input {
            Some((file, text)) => self.scratch.write(&self.overlay.path.join(file), text),
            None => Ok(()),
        }
    }

    /// Reads the kustomization in `folder`, if there is one, and copies what it refers to.
    fn follow(&mut self, folder: &Path) -> Result<()> {
        let Some(name) = kustomization::file_in(&self.scratch.files().join(folder)) else { return Ok(()) };
        let file = folder.join(name);
        if !self.seen.insert(folder.to_path_buf()) {
            return Ok(());
        }
        let text = fs::read_to_string(self.scratch.files().join(&file))
            .with_context(|| format!("cannot read {}", file.display()))?;
        for node in yaml::parse(&text, &file)? {
            for reference in references(&node) {
                self.reference(folder, &file, reference)?;
            }
            self.check_fetched(&node, &file)?;
            let folder = folder.to_path_buf();
            self.copied.kustomizations.push(Kustomization { folder, file: file.clone(), node });
        }
        Ok(())
    }

    fn reference(&mut self, folder: &Path, file: &Path, node: &Node) -> Result<()> {
        let Kind::String(text) = &node.kind else { return Ok(()) };
        let place = node.place(file);
        let path = paths::join_above(folder, text, self.above);
        let exists = path.as_ref().is_some_and(|path| {
            self.scratch.files().join(path).exists() || self.overlay.root.join(path).exists()
        });
        if remote::is_url(text) || (!exists && remote::is_remote(text)) {
            self.copied.has_remote = true;
            return Ok(remote::check(text, self.allow_remote, place)?);
        }
        let Some(path) = path else {
            let message = format!("{text} is outside the repository of the pipeline file");
            let hint = "keep a copy in this repository: a release is made from its files";
            return Err(Diagnostic::new(message).at(place).hint(hint).into());
        };
        if !exists {
            return Err(Diagnostic::new(format!("{text} does not exist")).at(place).into());
        }
        if self.overlay.root.join(&path).exists() {
            self.copy(&path)?;
        }
        match self.scratch.files().join(&path) {
            copy if copy.is_file() => self.check_built_in_file(&copy, &path),
            _ => self.follow(&path),
        }
    }

    /// Checks the data of generators, and what generators and transformers that are written in place
    /// read: kustomize fetches all of that, too.
    fn check_fetched(&self, kustomization: &Node, file: &Path) -> Result<()> {
        let generators = GENERATORS.iter().flat_map(|name| items(kustomization, name));
        for node in generators.flat_map(sources) {
            self.check_source(node, node.place(file))?;
        }
        for node in LISTS.iter().flat_map(|name| items(kustomization, name)).filter(|it| !is_reference(it)) {
            let Kind::String(text) = &node.kind else { continue };
            self.check_built_in(text, file, Some(node))?;
        }
        Ok(())
    }

    fn check_built_in_file(&self, copy: &Path, path: &Path) -> Result<()> {
        let bytes = fs::read(copy).with_context(|| format!("cannot read {}", path.display()))?;
        let text = String::from_utf8_lossy(&bytes);
        // Only a backslash can hide a word. Large files without one need not be read as YAML.
        let may_have = |word: &str| text.contains(word) || text.contains('\\');
        match may_have("://") && may_have(BUILT_IN) {
            true => self.check_built_in(&text, path, None),
            false => Ok(()),
        }
    }

    /// Checks what the built-in generators and transformers in a text read. One that is written `inside`
    /// of a kustomization has its place.
    fn check_built_in(&self, text: &str, file: &Path, inside: Option<&Node>) -> Result<()> {
        for document in yaml::parse(text, file)? {
            if !fields(&document, "apiVersion").any(|version| version.scalar_text() == BUILT_IN) {
                continue;
            }
            let replacements = items(&document, "replacements").flat_map(|it| fields(it, "path"));
            let paths = fields(&document, "path").chain(items(&document, "paths")).chain(replacements);
            for node in paths.chain(sources(&document)) {
                self.check_source(node, inside.unwrap_or(node).place(file))?;
            }
        }
        Ok(())
    }

    fn check_source(&self, node: &Node, place: Place) -> Result<()> {
        let text = node.scalar_text();
        let source = text.split_once('=').map_or(text.as_str(), |(_, source)| source);
        match remote::is_url(&text) || remote::is_url(source) {
            true => Ok(remote::check(&text, self.allow_remote, place)?),
            false => Ok(()),
        }
    }
}

/// The nodes of a kustomization that name files or folders.
fn references(kustomization: &Node) -> Vec<&Node> {
    let lists = LISTS.iter().flat_map(|name| items(kustomization, name)).filter(|node| is_reference(node));
    let paths =
        PATHS.iter().flat_map(|name| items(kustomization, name)).filter_map(|item| field(item, "path"));
    let openapi = fields(kustomization, "openapi").filter_map(|openapi| field(openapi, "path"));
    let generators = GENERATORS.iter().flat_map(|name| items(kustomization, name));
    let envs = generators.flat_map(|generator| items(generator, "envs").chain(field(generator, "env")));
    lists.chain(paths).chain(openapi).chain(envs).collect()
}

/// Where the data of a generator come from.
fn sources(generator: &Node) -> impl Iterator<Item = &Node> {
    let lists = ["files", "envs"].into_iter().flat_map(|name| items(generator, name));
    lists.chain(fields(generator, "env"))
}

/// Patches and transformers may also be written in place: those have lines.
fn is_reference(node: &Node) -> bool {
    matches!(&node.kind, Kind::String(text) if !text.contains('\n'))
}
