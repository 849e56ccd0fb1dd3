//! Render: templates, variables and a release to manifests. A pure function of its inputs.
//!
//! No git and no forge here. The same inputs give the same bytes.
//!
//! ```text
//! engine ─► hygiene ─► overlays ─► images ─► layout ─► taint ─► descriptor
//! (text)    (values)   (patches)   (tags)    (files)   (secrets)
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};
use rayon::prelude::*;
use serde_json::Value;

use self::descriptor::Descriptor;
pub use self::edits::Edit;
use self::edits::Expressions;
use self::engine::Templates;
use self::names::Names;
use self::package::Packaged;
use crate::config::{Environment, Pipeline, Step, Target};
use crate::interrupt;
use crate::release::Release;
use crate::variables::{self, Inputs, Redactor, Variables};
use crate::vocabulary::{Diagnostic, Place};

pub mod descriptor;
mod digest;
pub mod edits;
mod engine;
mod high_level;
mod hygiene;
pub(crate) mod images;
mod kustomization;
mod layout;
mod names;
mod output;
pub mod overlays;
mod package;
pub(crate) mod taint;

/// What is to be rendered.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub pipeline: &'a Pipeline,
    pub environment: &'a Environment,
    pub release: &'a Release,
    pub inputs: &'a Inputs,
}

/// The manifests of one release for one environment, and the descriptor.
#[derive(Debug, Clone)]
pub struct Rendering {
    pub application: String,
    pub environment: String,
    pub release: Release,
    pub targets: Vec<RenderedTarget>,
    /// Everything that goes into the GitOps repository, sorted by path: the manifests, the
    /// descriptor, and optional extras. Paths start at the repository's root.
    pub files: Vec<File>,
    /// Those of `files` that are no manifests but what Helm and Kustomize made them from.
    pub high_level: BTreeSet<String>,
    /// Changes of files that have other owners too. Which bytes that gives, only the base knows.
    pub edits: Vec<Edit>,
    /// Where the chart of this release stands if the environments before this one have it. There
    /// it must be the same.
    pub earlier_packages: Vec<EarlierPackage>,
    /// The descriptor's path, one of `files`.
    pub descriptor: String,
    pub warnings: Vec<Diagnostic>,
}

/// The resources of one target.
#[derive(Debug, Clone)]
pub struct RenderedTarget {
    pub name: String,
    /// The folder in the GitOps repository.
    pub path: String,
    /// Sorted by file name.
    pub resources: Vec<Resource>,
    pub variables: Variables,
}

/// One Kubernetes resource.
#[derive(Debug, Clone)]
pub struct Resource {
    pub id: ResourceId,
    pub manifest: Value,
    /// `kind-name[_namespace].yaml`, inside the target's folder.
    pub file: String,
    /// The file's bytes.
    pub text: String,
    /// The template it came from.
    pub origin: Place,
}

/// What makes two resources the same one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceId {
    pub api_version: String,
    pub kind: String,
    pub namespace: Option<String>,
    pub name: String,
}

/// The package of the same release in an environment that this one needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierPackage {
    pub environment: String,
    pub branch: String,
    pub path: String,
}

/// A file of the GitOps repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub path: String,
    pub content: Vec<u8>,
}

/// Renders one environment: all its targets, and the descriptor.
pub fn render(request: &Request) -> Result<Rendering> {
    let environment = request.environment;
    let context = || format!("cannot render {} for {}", request.pipeline.application, environment.name);
    request.pipeline.check_supported(environment, Step::Render).with_context(context)?;
    let templates = Templates::load(request.pipeline, environment).with_context(context)?;
    let targets = environment.targets.par_iter().map(|target| render_target(request, &templates, target));
    let done = targets.collect::<Vec<_>>().into_iter().collect::<Result<Vec<_>>>().with_context(context)?;
    let mut used = images::Used::default();
    let mut warnings: Vec<Diagnostic> = Vec::new();
    let mut targets = Vec::with_capacity(done.len());
    let (mut high_level, mut outside) = (Vec::new(), engine::Files::new());
    for Done { target, images, warnings: said, high_level: kept, outside: read } in done {
        used.extend(images);
        high_level.extend(kept);
        outside.extend(read);
        // Targets that share a template have the same to say.
        warnings.extend(
            said.into_iter()
                .filter(|new| warnings.iter().all(|old| old.to_string() != new.to_string()))
                .collect::<Vec<_>>(),
        );
        targets.push(target);
    }
    used.note(
        || &templates.used_names() | &edits::used_names(environment),
        &targets,
        &request.release.images,
    );
    warnings.extend(used.warnings(&request.pipeline.images, &environment.name));
    let expressions = Expressions::new(request, &targets);
    let own = edits::render(request, &expressions).and_then(|edits| {
        let package = package::render(request, &expressions)?;
        Ok((edits, package))
    });
    let redactor = || Redactor::new(targets.iter().map(|target| &target.variables));
    let (mut edits, package) =
        own.map_err(|error| without_secrets(error, &redactor())).with_context(context)?;
    let paths = high_level::paths(&high_level);
    let extras = Extras { high_level, package: package.as_ref() };
    let files = collect_files(request, &templates.digest(&outside), &targets, extras, &edits)
        .with_context(context)?;
    let earlier_packages = package.iter().flat_map(|package| package.earlier(request)).collect();
    edits.extend(package.map(Packaged::into_index_edit));
    Ok(Rendering {
        application: request.pipeline.application.clone(),
        environment: environment.name.clone(),
        release: request.release.clone(),
        warnings,
        descriptor: environment.gitops.descriptor.clone(),
        targets,
        files,
        high_level: paths,
        edits,
        earlier_packages,
    })
}

/// Renders several environments, in parallel.
pub fn render_all(requests: &[Request]) -> Vec<Result<Rendering>> {
    requests.par_iter().map(render).collect()
}

/// One target, and what it adds to the whole.
struct Done {
    target: RenderedTarget,
    images: images::Used,
    warnings: Vec<Diagnostic>,
    high_level: Vec<File>,
    outside: engine::Files,
}

fn render_target(request: &Request, templates: &Templates, target: &Target) -> Result<Done> {
    let Request { pipeline, environment, inputs, .. } = *request;
    let variables = variables::resolve(environment, target, &pipeline.root, inputs)?;
    render_with(request, templates, target, &variables)
        .map_err(|error| without_secrets(error, &Redactor::new([&variables])))
}

fn render_with(
    request: &Request,
    templates: &Templates,
    target: &Target,
    variables: &Variables,
) -> Result<Done> {
    let Request { pipeline, environment, release, inputs } = *request;
    let names = Names::new(request, target, variables);
    let engine::Rendered { documents, warnings, expanded, outside } =
        templates.render(&names, &inputs.process)?;
    let mut used = images::Used::default();
    let mut documents = layout::flatten(documents);
    overlays::apply(&mut documents, |document| &mut document.value, &templates.overlays(&names)?)?;
    if documents.is_empty() && !environment.gitops.has_more_than_manifests() {
        return Err(nothing_rendered(pipeline));
    }
    for document in &mut documents {
        images::set(&mut document.value, &release.images, &mut used);
    }
    let mut resources = layout::lay_out(documents)?;
    let high_level = high_level::files(request, target, expanded);
    let secrets = taint::Secrets::new(variables);
    if !environment.secrets_allowed {
        high_level::check(&high_level, &secrets)?;
    }
    for resource in &mut resources {
        if !environment.secrets_allowed {
            secrets.check(resource)?;
        }
        layout::write(resource)?;
    }
    let target = RenderedTarget {
        name: target.name.clone(),
        path: target.path.clone(),
        resources,
        variables: variables.clone(),
    };
    Ok(Done { target, images: used, warnings, high_level, outside })
}

/// Messages show names, lines and expressions; a secret may be among them.
fn without_secrets(error: anyhow::Error, redactor: &Redactor) -> anyhow::Error {
    match error.downcast::<Diagnostic>() {
        Ok(Diagnostic { message, hint, place, outcome }) => {
            let hint = hint.map(|hint| redactor.redact(&hint));
            Diagnostic { message: redactor.redact(&message), hint, place, outcome }.into()
        }
        Err(error) => error,
    }
}

fn nothing_rendered(pipeline: &Pipeline) -> anyhow::Error {
    let Some(step) = pipeline.templates.first() else {
        return Diagnostic::new("there are no templates")
            .at(Place::file(&pipeline.file))
            .hint("name a folder of manifests in `templates`")
            .into();
    };
    Diagnostic::new(format!("the templates give no resource; the first step reads {}", step.path.display()))
        .at(step.place.clone())
        .hint(
            "templates end in .yaml, .yml or .json (and then .j2 or .jinja) and do not begin with `.` or `_`",
        )
        .into()
}

/// Files that are no manifests.
struct Extras<'a> {
    high_level: Vec<File>,
    package: Option<&'a Packaged>,
}

/// Everything that goes into the GitOps repository, sorted by path.
fn collect_files(
    request: &Request,
    templates: &str,
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
        let mut contents: Vec<(&str, &str)> = target
            .resources
            .iter()
            .map(|resource| (resource.file.as_str(), resource.text.as_str()))
            .collect();
        if gitops.kustomization {
            contents.push((kustomization::FILE, list));
            contents.sort();
        }
        for (name, content) in &contents {
            insert(&mut files, descriptor::join(&target.path, name), content.as_bytes().to_vec(), request)?;
        }
        record.push((target, contents));
    }
    let Extras { high_level, package } = extras;
    let descriptor = Descriptor::new(request, templates, &record, &high_level, edits, package).write()?;
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

fn insert(
    files: &mut BTreeMap<String, Vec<u8>>,
    path: String,
    content: Vec<u8>,
    request: &Request,
) -> Result<()> {
    if files.contains_key(&path) {
        return Err(Diagnostic::new(format!("{path} would be written twice"))
            .at(request.environment.gitops.place.clone())
            .hint(
                "give each target a `path` of its own, and the descriptor another one: `{{ target }}` helps",
            )
            .into());
    }
    files.insert(path, content);
    Ok(())
}

impl Rendering {
    /// All manifests as one YAML stream, each behind a `# Source:` line with its path in the
    /// GitOps repository, as `helm template` prints them.
    pub fn stream(&self) -> String {
        let mut stream = String::new();
        for target in &self.targets {
            for resource in &target.resources {
                let path = descriptor::join(&target.path, &resource.file);
                stream.push_str(&format!("---\n# Source: {path}\n{}", resource.text));
            }
        }
        stream
    }

    /// Writes all files below `folder`, as they would stand in the GitOps repository: all of
    /// them or, on any error, none. Files of the rendering that was there before and that this
    /// one has no more are deleted; a file that is not Towline's is never touched, but for the
    /// edits: where `folder` has the file, it is edited there, else that is one of the warnings.
    pub fn write_to(&self, folder: &Path) -> Result<Vec<Diagnostic>> {
        interrupt::wholly(|| output::write(self, folder))
    }
}
