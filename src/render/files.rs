//! All files of a rendering: the manifests, the descriptor, and what stands beside them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use anyhow::Result;

use super::descriptor::Descriptor;
use super::edits::Edit;
use super::inputs::ReleaseInputs;
use super::kustomization;
use super::manifest::{Contents, File, RenderedTarget, Resource, join};
use super::package::Packaged;
use super::request::RenderRequest;
use crate::vocabulary::Diagnostic;

/// Files that are no manifests.
pub struct Extras<'a> {
    pub high_level: Vec<File>,
    pub package: Option<&'a Packaged>,
}

/// Everything that goes into the GitOps repository, sorted by path. `inputs` are those of the release,
/// and the digest of the templates.
pub fn collect(
    request: &RenderRequest,
    inputs: (&ReleaseInputs, &str),
    targets: &[RenderedTarget],
    extras: Extras,
    edits: &[Edit],
) -> Result<Vec<File>> {
    let gitops = &request.environment.gitops;
    let mut files = BTreeMap::new();
    let mut record = Vec::new();
    let lists: Vec<_> =
        targets.iter().map(|target| kustomization::write(&target.resources)).collect::<Result<_>>()?;
    for (target, list) in targets.iter().zip(&lists) {
        let mut contents = contents(target);
        if gitops.kustomization {
            contents.push((kustomization::FILE, Cow::Borrowed(list)));
            contents.sort();
        }
        for (name, content) in &contents {
            insert(&mut files, join(&target.path, name), content.as_bytes().to_vec(), request)?;
        }
        record.push((target, contents));
    }
    let Extras { high_level, package } = extras;
    let descriptor = Descriptor::new(request, inputs, &record, &high_level, edits, package)?.write()?;
    insert(&mut files, gitops.descriptor.clone(), descriptor.into_bytes(), request)?;
    for file in high_level {
        insert(&mut files, file.path, file.content, request)?;
    }
    if let Some(Packaged { path, package, .. }) = package {
        insert(&mut files, path.clone(), package.bytes.clone(), request)?;
    }
    if let Some(edit) = edits.iter().find(|edit| files.contains_key(&edit.file)) {
        let message = format!("{} is rendered and edited", edit.file);
        return Err(Diagnostic::new(message).at(gitops.place.clone()).into());
    }
    Ok(files.into_iter().map(|(path, content)| File { path, content }).collect())
}

/// Each file of a target with its content: one resource, or several as a stream.
fn contents(target: &RenderedTarget) -> Contents<'_> {
    let files = target.resources.chunk_by(|one, next| one.file == next.file);
    files.map(|resources| (resources[0].file.as_str(), content(resources))).collect()
}

fn content(resources: &[Resource]) -> Cow<'_, str> {
    match resources {
        [only] => Cow::Borrowed(&only.text),
        several => several.iter().map(|resource| format!("---\n{}", resource.text)).collect(),
    }
}

fn insert(
    files: &mut BTreeMap<String, Vec<u8>>,
    path: String,
    content: Vec<u8>,
    request: &RenderRequest,
) -> Result<()> {
    if files.contains_key(&path) {
        return Err(Diagnostic::new(format!("{path} would be written twice"))
            .at(request.environment.gitops.place.clone())
            .hint("give each target and the descriptor its own path, for example with `{{ target }}`")
            .into());
    }
    files.insert(path, content);
    Ok(())
}
