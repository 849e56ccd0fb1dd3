//! `environments:`: every stage with its targets, in order, none in another's way.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;

use super::checks::{self, Check};
use super::formerly::{self, Former, Formerly, Now};
use super::gitops::{self, Gitops};
use super::merge::MergePolicy;
use super::overlays::Overlay;
use super::rollout::RolloutOptions;
use super::targets::{Destinations, Target};
use super::transform::Transform;
use super::{names, needs, rings};
use crate::gates::{Freeze, Gate, Queue, Releases, Rest};
use crate::reporters;
use crate::variables::{self, Expressions, Inputs, Scope, VariableSource, Variables};
use crate::vocabulary::{Diagnostic, Place, Warning};
use crate::yaml::{At, Line};

/// One stage of the pipeline, with what it has from the rest of the file.
#[derive(Debug, Clone)]
pub struct Environment {
    pub name: String,
    pub place: Place,
    pub needs: Vec<String>,
    /// What it was before it was renamed or moved.
    pub former: Option<Former>,
    /// At least one.
    pub targets: Vec<Target>,
    /// The names of targets, in the order in which a change reaches them; empty: all at once.
    pub rings: Vec<Vec<String>>,
    /// The pipeline's sources, then the environment's own.
    pub variables: Vec<VariableSource>,
    pub gitops: Gitops,
    pub merge: MergePolicy,
    pub labels: Vec<String>,
    pub reviewers: Vec<String>,
    pub overlays: Vec<At<Overlay>>,
    /// The pipeline's, with the environment's own on top.
    pub transform: Transform,
    /// The freezes that cover it and its queue, then its own.
    pub gates: Vec<Gate>,
    /// Whether a release waits until the one before it is done.
    pub queues_releases: bool,
    pub rollout: RolloutOptions,
    pub checks: Vec<At<Check>>,
    pub on_failure: Option<At<OnFailure>>,
    /// Whether `drift: overwrite` gives up what people changed by hand.
    pub drift_overwritten: bool,
    /// Whether `secrets: allow` lets secret values into committed files.
    pub secrets_allowed: bool,
}

impl Environment {
    /// Reads and merges all variables of one of its targets. `root` is [`super::Pipeline::root`].
    /// Without `expressions`, those in values of the pipeline file are left as they are.
    pub fn resolve_variables(
        &self,
        target: &Target,
        root: &Path,
        inputs: &Inputs,
        expressions: Option<&dyn Expressions>,
    ) -> Result<Variables> {
        let scope = Scope { environment: &self.name, target: &target.name, root, inputs, expressions };
        variables::resolve(self.variables.iter().chain(&target.variables), &scope)
    }

    /// What the sources of a target's variables leave out, and why.
    pub fn warnings_of_variables(&self, target: &Target, root: &Path, inputs: &Inputs) -> Vec<Warning> {
        let scope = Scope { environment: &self.name, target: &target.name, root, inputs, expressions: None };
        let sources = self.variables.iter().chain(&target.variables);
        sources.flat_map(|source| source.warnings(&scope)).collect()
    }

    /// Whether anything looks at what is deployed, so that a success says more than that it was merged.
    pub fn is_observed(&self) -> bool {
        self.rollout.reporters.iter().flatten().count() + self.checks.len() > 0
    }

    /// The folders of the GitOps repository whose files may be this environment's.
    pub fn folders(&self) -> Vec<String> {
        let targets = self.targets.iter().map(|target| &target.path);
        let former = self.former.iter().flat_map(|former| &former.folders);
        targets.chain(self.high_level_folders()).chain(former).cloned().collect()
    }

    /// The folders that keep what manifests are made from.
    pub fn high_level_folders(&self) -> impl Iterator<Item = &String> {
        let targets = self.targets.iter().filter_map(|target| target.high_level.as_ref());
        self.gitops.high_level.iter().chain(targets)
    }
}

/// One stage of the pipeline
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "Environment")]
pub(super) struct Section {
    /// A DNS label
    name: At<String>,
    /// What the environment was called before, and where its files were: they are moved
    formerly: Option<At<Formerly>>,
    /// The environments that come first; when absent the one above
    needs: Option<Vec<At<String>>>,
    /// The destinations (clusters, regions); when absent one, of the environment's name
    targets: Option<At<Vec<Target>>>,
    /// A folder of nested folders, each leaf of which with a `values.yaml` is a target. Its variables are the
    /// `values.yaml` of all folders on the way, the leaf's last. Stands instead of `targets`
    targets_from: Option<At<String>>,
    /// Lists of targets. A change reaches one list after the other, each with a pull request of its own; all at once
    /// when absent
    rings: Option<rings::Written>,
    /// Added behind the pipeline's variables
    #[serde(default)]
    variables: Vec<VariableSource>,
    /// Patches applied on top of the manifests: strategic-merge or JSON patches, in files or folders
    #[serde(default)]
    overlays: Vec<At<Overlay>>,
    /// Changes of every manifest, on top of those of the pipeline
    #[serde(default)]
    transform: Transform,
    /// Labels of the pull request
    #[serde(default)]
    labels: Vec<Line>,
    /// Who is asked to review the pull request
    #[serde(default)]
    reviewers: Vec<Line>,
    /// Who merges: `auto` (Towline), `manual` (people), or `{auto: [images], else: manual}`, by the fields that change;
    /// `manual` when absent
    #[serde(default)]
    merge: MergePolicy,
    /// What must hold before a release enters
    #[serde(default)]
    gates: Vec<Gate>,
    /// What becomes of a release when another one comes while it is under way: `latest` (the newer one takes its
    /// place) or `queue` (the newer one waits until it is verified or has failed); `latest` when absent
    releases: Option<At<Releases>>,
    /// What to wait for after the merge
    #[serde(rename = "await", default)]
    rollout: RolloutOptions,
    /// Commands that are run after the deployment
    #[serde(default)]
    checks: Vec<At<Check>>,
    /// What to do when the deployment or a check fails; `stop` when absent
    on_failure: Option<At<OnFailure>>,
    /// What becomes of files that people changed by hand in the GitOps repository; `refuse` when absent
    #[serde(default)]
    drift: DriftPolicy,
    /// Whether secret values may stand in committed files; `refuse` when absent
    #[serde(default)]
    secrets: Secrets,
}

/// What to do after a failure
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnFailure {
    Stop,
    /// Propose the last verified release again
    Rollback,
}

/// What becomes of files that people changed by hand in the GitOps repository
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Drift")]
enum DriftPolicy {
    /// Propose what is rendered, and list in the pull request what that overwrites
    Overwrite,
    /// Propose nothing until they are restored, or until `--overwrite-drift` says otherwise
    #[default]
    Refuse,
}

/// Whether secret values may stand in committed files
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Secrets {
    Allow,
    #[default]
    Refuse,
}

/// What all environments have from the rest of the file.
pub(super) struct Shared<'a> {
    pub application: &'a str,
    pub formerly: Option<&'a At<String>>,
    pub root: &'a Path,
    pub gitops: &'a At<gitops::Section>,
    pub variables: &'a [VariableSource],
    pub transform: &'a Transform,
    pub freeze: &'a [At<Freeze>],
}

/// Every environment, behind those it needs.
pub(super) fn resolve_all(sections: At<Vec<Section>>, shared: &Shared) -> Result<Vec<Environment>> {
    if sections.is_empty() {
        return Err(sections.error("`environments` is empty: there is nowhere to deploy to").into());
    }
    names::check_all(sections.iter().map(|section| &section.name), "an environment")?;
    let known: Vec<String> = sections.iter().map(|section| section.name.value.clone()).collect();
    let declared: Vec<needs::Declared> =
        sections.iter().map(|section| (&section.name, section.needs.as_deref())).collect();
    let needs = needs::needs(&declared)?;
    let order = needs::order(&declared, &needs)?;
    let mut sections: Vec<_> = sections.value.into_iter().map(Some).collect();
    let ordered = order.into_iter().filter_map(|index| Some((index, sections[index].take()?)));
    let resolve = |(index, section): (usize, Section)| {
        let behind = needs::behind(&known[index], &known, &needs);
        section.resolve(&Rest { environments: &known, needs: &needs[index], behind: &behind }, shared)
    };
    ordered.map(resolve).collect()
}

impl Section {
    fn resolve(self, rest: &Rest, shared: &Shared) -> Result<Environment> {
        let Shared { application, root, gitops: section, .. } = *shared;
        let destinations = Destinations { environment: &self.name, application, root, gitops: section };
        let targets = destinations.resolve(self.targets, self.targets_from.as_ref())?;
        let names = [("environment", self.name.as_str()), ("application", shared.application)];
        // A descriptor is of all targets, so only an only one can be in its path.
        let names = match &targets[..] {
            [only] => only.names(&names),
            _ => names.to_vec(),
        };
        let gitops = shared.gitops.resolve(&names)?;
        let now = Now { application, environment: &self.name, branch: &gitops.branch, targets: &targets };
        let rings = rings::resolve(self.rings, &targets, &gitops)?;
        let former = formerly::resolve(shared.formerly, self.formerly.as_ref(), section, &now)?;
        let mut rollout = self.rollout;
        let target_names: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
        rollout.resolve(&reporters::Scope {
            forge: gitops.forge,
            branch: &gitops.branch,
            targets: &target_names,
        })?;
        self.gates.iter().try_for_each(|gate| gate.check(rest))?;
        refuse_same_names(&self.gates)?;
        let frozen = shared.freeze.iter().filter(|freeze| freeze.covers(&self.name)).map(frozen);
        let queue = self.releases.filter(|releases| **releases == Releases::Queue);
        let queues_releases = queue.is_some();
        let queue = queue.map(|releases| Gate::new(QUEUE, releases.place, Arc::new(Queue)));
        let gates = frozen.chain(queue).chain(self.gates).collect();
        checks::check(&self.checks)?;
        Ok(Environment {
            place: self.name.place,
            needs: rest.needs.to_vec(),
            former,
            targets,
            rings,
            variables: [shared.variables, &self.variables].concat(),
            gitops,
            merge: self.merge,
            labels: texts(self.labels),
            reviewers: texts(self.reviewers),
            overlays: self.overlays,
            transform: shared.transform.clone().with(self.transform),
            gates,
            queues_releases,
            rollout,
            checks: self.checks,
            on_failure: self.on_failure,
            drift_overwritten: self.drift == DriftPolicy::Overwrite,
            secrets_allowed: self.secrets == Secrets::Allow,
            name: self.name.value,
        })
    }
}

/// Refuses gates of one name: who overrides one means that one.
fn refuse_same_names(gates: &[Gate]) -> Result<()> {
    for (index, gate) in gates.iter().enumerate() {
        let is_taken = [FREEZE, QUEUE].contains(&gate.name.as_str())
            || gates[..index].iter().any(|other| other.name == gate.name);
        if is_taken {
            return Err(Diagnostic::new(format!("there is another gate with the name `{}`", gate.name))
                .at(gate.place.clone())
                .hint("give it a `name` of its own, beside its key")
                .into());
        }
    }
    Ok(())
}

/// The name of every freeze, as a gate.
const FREEZE: &str = "freeze";
/// What the gate of `releases: queue` is called.
const QUEUE: &str = "queue";

/// A freeze, as a gate.
fn frozen(freeze: &At<Freeze>) -> Gate {
    Gate::new(FREEZE, freeze.place.clone(), Arc::new(freeze.value.clone()))
}

fn texts(lines: Vec<Line>) -> Vec<String> {
    lines.into_iter().map(String::from).collect()
}
