//! One environment rendered: all its targets, in parallel, and what is written once for all of them.

use std::collections::{BTreeSet, HashSet};

use anyhow::{Context, Result};
use rayon::prelude::*;

use super::contract::{Files, Kept, Rendered};
use super::edits::{self, Expressions};
use super::engine::Templates;
use super::files::{self, Extras};
use super::images::{self, Images};
use super::inputs::ReleaseInputs;
use super::manifest::{File, RenderedTarget, Resource};
use super::package::{self, Packaged};
use super::rendering::Rendering;
use super::request::RenderRequest;
use super::template::expressions;
use super::template::names::Names;
use super::{high_level, layout, leftovers, overlays, taint, threads, transform, unjudged};
use crate::config::Target;
use crate::variables::{self, Data, Variables};
use crate::vocabulary::{Diagnostic, Place, Warning};

/// Renders one environment: all its targets, and the descriptor.
pub fn render(request: &RenderRequest) -> Result<Rendering> {
    render_from(request, None)
}

/// `inputs` are those of the release, if they were read already.
fn render_from(request: &RenderRequest, inputs: Option<&ReleaseInputs>) -> Result<Rendering> {
    let (application, environment) = (&request.pipeline.application, &request.environment.name);
    render_all_targets(request, inputs)
        .with_context(|| format!("cannot render {application} for {environment}"))
}

fn render_all_targets(request: &RenderRequest, inputs: Option<&ReleaseInputs>) -> Result<Rendering> {
    let environment = request.environment;
    request.pipeline.check_supported(environment)?;
    let templates = Templates::load(request.pipeline, environment)?;
    threads::prepare();
    let done = environment.targets.par_iter().map(|target| render_target(request, &templates, target));
    let done = done.collect::<Vec<_>>().into_iter().collect::<Result<Vec<_>>>()?;
    let Together { targets, mut used, mut warnings, high_level, outside } = Together::of(done);
    warnings.extend(unjudged::warnings(environment, &targets));
    warnings.extend(used.unmatched_fields(&request.pipeline.images));
    if request.pipeline.is_strict {
        Warning::refuse(&warnings)?;
    }
    used.note(
        || &templates.used_names() | &edits::used_names(environment),
        &targets,
        &request.release.images,
    );
    used.refuse_unused(&request.pipeline.images, &environment.name)?;
    let expressions = Expressions::new(request, &targets);
    let mut edits = edits::render(request, &expressions)?;
    let package = package::render(request, &expressions)?;
    let paths = high_level::paths(&high_level);
    let extras = Extras { high_level, package: package.as_ref() };
    let inputs = match inputs {
        Some(read) => read.clone(),
        None => ReleaseInputs::read(request.pipeline, request.inputs)?,
    };
    let digest = templates.digest(&outside);
    let files = files::collect(request, (&inputs, &digest), &targets, extras, &edits)?;
    taint::refuse_credentials(&files)?;
    let earlier_packages = package.iter().flat_map(|package| package.earlier(request)).collect();
    edits.extend(package.map(Packaged::into_index_edit));
    Ok(Rendering {
        application: request.pipeline.application.clone(),
        environment: environment.name.clone(),
        release: request.release.clone(),
        rollback: None,
        warnings,
        inputs,
        descriptor: environment.gitops.descriptor.clone(),
        targets,
        files,
        high_level: paths,
        folders: environment.folders(),
        edits,
        earlier_packages,
        ring: None,
    })
}

/// Renders several environments of a pipeline, in parallel.
pub fn render_all(requests: &[RenderRequest]) -> Vec<Result<Rendering>> {
    // They all have the same. Where they cannot be read, rendering says why.
    let inputs = requests.first().and_then(|it| ReleaseInputs::read(it.pipeline, it.inputs).ok());
    threads::prepare();
    requests.par_iter().map(|request| render_from(request, inputs.as_ref())).collect()
}

/// One target, and what it adds to the whole.
struct Done {
    target: RenderedTarget,
    images: images::Used,
    warnings: Vec<Warning>,
    high_level: Vec<File>,
    outside: Files,
}

/// All targets.
#[derive(Default)]
struct Together {
    targets: Vec<RenderedTarget>,
    used: images::Used,
    warnings: Vec<Warning>,
    high_level: Vec<File>,
    outside: Files,
}

impl Together {
    fn of(done: Vec<Done>) -> Self {
        let (mut all, mut said) = (Self::default(), HashSet::new());
        for Done { target, images, warnings, high_level, outside } in done {
            all.targets.push(target);
            all.used.extend(images);
            all.high_level.extend(high_level);
            all.outside.extend(outside);
            // Targets that share a template have the same to say; one target may say it more than once.
            let new: Vec<(String, Warning)> = warnings.into_iter().map(|it| (it.to_string(), it)).collect();
            let new: Vec<_> = new.into_iter().filter(|(text, _)| !said.contains(text)).collect();
            said.extend(new.iter().map(|(text, _)| text.clone()));
            all.warnings.extend(new.into_iter().map(|(_, warning)| warning));
        }
        all
    }
}

fn render_target(request: &RenderRequest, templates: &Templates, target: &Target) -> Result<Done> {
    let RenderRequest { pipeline, environment, inputs, .. } = *request;
    let declared = Declared { request, target };
    let variables = environment.resolve_variables(target, &pipeline.root, inputs, Some(&declared))?;
    let mut done = render_with(request, templates, target, &variables)?;
    done.warnings.extend(environment.warnings_of_variables(target, &pipeline.root, inputs));
    Ok(done)
}

/// The expressions in values of the pipeline file.
#[derive(Debug)]
struct Declared<'a> {
    request: &'a RenderRequest<'a>,
    target: &'a Target,
}

impl variables::Expressions for Declared<'_> {
    fn names(&self, text: &str) -> Option<BTreeSet<String>> {
        expressions::has_expressions(text).then(|| expressions::used_names(text))
    }

    fn evaluate(&self, text: &str, place: &Place, known: &Variables) -> Result<Data> {
        let names = Names::new(self.request, self.target, known);
        expressions::evaluate_string(text, place, &names)
    }
}

fn render_with(
    request: &RenderRequest,
    templates: &Templates,
    target: &Target,
    variables: &Variables,
) -> Result<Done> {
    let RenderRequest { pipeline, environment, release, .. } = *request;
    let names = Names::new(request, target, variables);
    let Rendered { documents, mut warnings, expanded, outside, kept, .. } =
        templates.render(request, target, &names)?;
    let mut used = images::Used::default();
    let mut documents = layout::without_repetitions(documents, &mut warnings);
    let snippets = templates.overlays(&names, &mut warnings)?;
    overlays::apply(&mut documents, |document| &mut document.value, &snippets)?;
    let images = Images::new(&release.images, &pipeline.images);
    warnings.extend(documents.iter_mut().flat_map(|document| images.set(document, &mut used)));
    transform::apply(&mut documents, &environment.transform, &names, &mut warnings)?;
    let mut resources = layout::lay_out(documents, environment.gitops.layout, &mut warnings)?;
    check_kept(&kept, &resources)?;
    let high_level = high_level::files(target, expanded);
    let secrets = taint::Secrets::new(variables);
    if !environment.secrets_allowed {
        high_level::check(&high_level, &secrets)?;
    }
    let finish = |resource: &mut Resource| {
        if !environment.secrets_allowed {
            secrets.check(resource)?;
        }
        leftovers::check_images(resource)?;
        layout::write(resource)?;
        anyhow::Ok(leftovers::misfit(resource))
    };
    for misfit in threads::map(&mut resources, finish) {
        warnings.extend(misfit?);
    }
    let target = RenderedTarget {
        name: target.name.value.clone(),
        path: target.path.clone(),
        resources,
        variables: variables.clone(),
    };
    Ok(Done { target, images: used, warnings, high_level, outside })
}

/// Refuses to keep values of resources that a later step renames or moves: in git they would not be
/// found again, and every run would make new ones.
fn check_kept(kept: &[Kept], resources: &[Resource]) -> Result<()> {
    let is_there = |kept: &&Kept| {
        resources.iter().map(|resource| &resource.id).any(|id| {
            let namespaces = id.namespace.as_ref().zip(kept.namespace.as_ref());
            id.kind == kept.kind && id.name == kept.name && namespaces.is_none_or(|(is, was)| is == was)
        })
    };
    match kept.iter().find(|kept| !is_there(kept)) {
        None => Ok(()),
        Some(Kept { kind, name, .. }) => {
            let message = format!("{kind} `{name}` of `keep` gets another name or namespace after its step");
            let hint = "give it the name and the namespace in its step, or set its generated values";
            Err(Diagnostic::new(message).hint(hint).into())
        }
    }
}
