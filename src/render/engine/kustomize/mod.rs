//! Kustomize: `kustomize build` or `kubectl kustomize`, on a scratch copy of the overlay and of all
//! that it refers to, inside the repository of the pipeline file.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use semver::Version;

use crate::config::{AllowRemote, EngineKind};
use crate::render::contract::{Claim, Engine, EngineRow, Input, Loading, Rendered};
use crate::render::external::output::Manifests;
use crate::render::external::scratch::{Scratch, Texts};
use crate::render::external::step::{ExternalStep, Folder};
use crate::render::external::tool::{Kind, Runner};
use crate::render::external::{files, output};
use crate::vocabulary::{Diagnostic, Place, Warning, WarningId};

use kustomization::Kustomization;
use references::Copied;

mod kustomization;
mod references;
mod remote;
mod unmatched;

pub use references::referenced;

pub const ENGINE: EngineRow =
    EngineRow { kind: EngineKind::Kustomize, claim: Claim::Path(is_kustomization), load };

const OLDEST: (Version, &str) =
    (Version::new(4, 0, 0), "older versions print other manifests for the same files");
const MISSING: &str = "neither kustomize nor kubectl is on PATH";
const INSTALL_HINT: &str = "install it with `brew install kustomize` or `curl -fsSL \
    https://raw.githubusercontent.com/kubernetes-sigs/kustomize/master/hack/install_kustomize.sh | bash`, \
    or set TOWLINE_KUSTOMIZE to the path of kustomize or kubectl";

static KUSTOMIZE: Kind = Kind {
    variable: "TOWLINE_KUSTOMIZE",
    program: "kustomize",
    subcommand: "build",
    name: "kustomize",
    version_arguments: &[],
    version_label: "",
    oldest: OLDEST,
    missing: MISSING,
    install_hint: INSTALL_HINT,
};

static KUBECTL: Kind = Kind {
    variable: "TOWLINE_KUSTOMIZE",
    program: "kubectl",
    subcommand: "kustomize",
    name: "kubectl kustomize",
    version_arguments: &["--client"],
    version_label: "Kustomize Version:",
    oldest: OLDEST,
    missing: MISSING,
    install_hint: INSTALL_HINT,
};

/// What is so without it. Only version 4 and later know the word: an older one fails, and is then asked for
/// its version.
const RESTRICTION: &str = "--load-restrictor=LoadRestrictionsRootOnly";

struct Kustomize(ExternalStep);

fn is_kustomization(path: &Path) -> bool {
    kustomization::file_in(path).is_some()
}

fn load(loading: &mut Loading) -> Result<Box<dyn Engine>> {
    Ok(Box::new(Kustomize(ExternalStep::with_all_files(loading)?)))
}

impl Engine for Kustomize {
    fn used_names(&self) -> BTreeSet<String> {
        BTreeSet::new()
    }

    fn render(&self, input: &Input) -> Result<Rendered> {
        let allow_remote = self.0.step.allow_remote();
        self.0.render(input, |folder, runner| build(folder, allow_remote, runner))
    }
}

/// Builds a kustomization. Patches, images and replacements that match nothing, which kustomize
/// passes over in silence, are warnings. Also gives the files that were read, if they are kept.
fn build(folder: Folder, allow_remote: AllowRemote, runner: &Runner) -> Result<(Rendered, Option<Texts>)> {
    let Folder { root, shown, path, place, keep, .. } = folder;
    if !is_kustomization(&root.join(path)) {
        let message = format!("{} has no kustomization.yaml", path.display());
        return Err(Diagnostic::new(message).at(place.clone()).into());
    }
    let tool = runner.find(&KUSTOMIZE, Some(&KUBECTL)).map_err(|error| folder.at_step(error))?;
    let scratch = Scratch::new(files::boundary(root)?.1)?;
    let Copied { kustomizations, has_remote } = references::copy(folder, allow_remote, &scratch)?;
    let texts = keep.then(|| kept(folder, &kustomizations, &scratch)).transpose()?;
    let built = scratch.files().join(path).to_string_lossy().into_owned();
    let printed = runner.run(&tool, &[RESTRICTION, &built], &scratch, has_remote);
    let origin = Place::file(shown.join(path));
    let read = printed.map_err(|error| folder.at_step(error)).and_then(|printed| {
        // Kustomize refuses duplicate keys itself.
        output::parse(&printed.text, "kustomize", &|_| origin.clone())
    });
    let Manifests { mut documents, .. } =
        read.map_err(|error| runner.explain(&tool, error, |why| folder.at_step(why)))?;
    // Versions of kustomize differ in which keys they sort.
    documents.iter_mut().for_each(|document| document.value.sort_all_objects());
    let warnings = unmatched::warnings(&kustomizations, &documents, &scratch).into_iter();
    let warnings = warnings.map(|it| Warning::new(WarningId::UnmatchedInKustomization, it)).collect();
    let if_empty = Some("list manifests in the `resources` of the kustomization");
    Ok((Rendered { documents, warnings, if_empty, ..Rendered::default() }, texts))
}

/// The files of the copy, which must all be below the pipeline file's folder.
fn kept(folder: Folder, kustomizations: &[Kustomization], scratch: &Scratch) -> Result<Texts> {
    match kustomizations.iter().find(|it| it.folder.starts_with("..")) {
        None => scratch.texts(),
        Some(outside) => {
            let message = format!("`gitops.highLevel` cannot contain {}", outside.folder.display());
            Err(Diagnostic::new(message)
                .at(folder.place.clone())
                .hint("remove `gitops.highLevel`, or keep the base below the folder of the pipeline file")
                .into())
        }
    }
}
