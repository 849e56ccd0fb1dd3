//! What a rendering changes in the GitOps repository, resource by resource: for the pull request
//! and for `render --diff`.

mod effect;
mod fields;
mod hide;
mod pair;
mod quantity;
mod resource;
mod risks;

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use anyhow::Result;
use git2::Oid;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use similar::TextDiff;

pub use self::effect::Effect;
pub use self::fields::FieldChange;
use self::pair::{Compared, Pair, Side};
use self::resource::Resource;
pub use self::risks::{Risk, RiskId, Severity};
use super::deployed::deployed;
use crate::config::MergePolicy;
use crate::git::Repository;
use crate::gitops::{Committed, Deployment, Destination};
use crate::release::{Image, Release};
use crate::render::ownership::{self, Drift};
use crate::render::taken_out::Rollback;
use crate::render::{Rendering, manifest};
use crate::vocabulary::Place;
use crate::vocabulary::text::{counted, listed};

/// What a rendering changes in the GitOps repository.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Changes {
    /// The version that is replaced.
    pub from: Option<String>,
    /// What is rolled back; left out when nothing is
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollback: Option<Box<Rollback>>,
    pub images: Vec<ImageChange>,
    /// Sorted by path. The descriptor is not one of them: it changes with every release.
    pub resources: Vec<ResourceChange>,
    /// What merging does to the cluster; `null` when that is nothing, or cannot be told.
    pub effect: Option<Box<Effect>>,
    /// What is replaced.
    #[serde(skip)]
    pub replaced: Option<Box<Release>>,
    /// The source commit of the variables, where only these change.
    #[serde(skip)]
    pub configuration: Option<String>,
    /// What people did by hand and this undoes, sorted by path.
    #[serde(skip)]
    pub drift: Vec<Drift>,
    /// What the operator cannot judge.
    #[serde(skip)]
    pub unjudged: Option<String>,
    /// The gates that do not count for this release, and who said so.
    #[serde(skip)]
    pub overrides: Vec<String>,
    /// Why Towline does not merge it by itself, where that depends on the fields that change.
    #[serde(skip)]
    pub left_to_people: Option<String>,
}

/// An image whose reference changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImageChange {
    pub name: String,
    /// The reference before; `null` when the image is new.
    pub before: Option<String>,
    /// The reference after; `null` when the image is gone.
    pub after: Option<String>,
}

/// A file that is added, changed or removed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceChange {
    pub change: Change,
    /// `Kind namespace/name`; of a file that is no resource, its path.
    pub name: String,
    /// Where it stands, or stood when it is removed.
    pub path: String,
    /// The template that gives it, with the line in which it begins; `null` where that is not known, as of
    /// what is removed.
    pub template: Option<String>,
    /// What is risky in the change, the worst first.
    pub risks: Vec<Risk>,
    /// The fields that change in a resource that is there before and after; secret values are hidden.
    pub fields: Vec<FieldChange>,
    /// Where no field changes: what is different nevertheless; left out otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only: Option<Only>,
    /// A unified diff. Secret values are hidden on both sides.
    pub diff: String,
    /// The fields that change as they are written, values not hidden.
    #[serde(skip)]
    written: Vec<FieldChange>,
}

/// A difference without a meaning
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Only {
    /// Items of a list, told apart by their keys, stand in another order
    Order,
    /// It is written otherwise
    Spelling,
}

impl Only {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Spelling => "spelling",
        }
    }
}

/// A risk that one resource has, or several
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SharedRisk {
    #[serde(flatten)]
    pub risk: Risk,
    /// The resources that have it
    pub resources: Vec<String>,
}

impl fmt::Display for SharedRisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", listed(&self.resources), self.risk)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    Removed,
    Changed,
    Added,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Change::Removed => "removed",
            Change::Changed => "changed",
            Change::Added => "added",
        })
    }
}

impl Changes {
    /// Compares what `base` has of the rendering's application and environment with the rendering.
    pub fn between(destination: &Destination, base: Oid, rendering: &Rendering) -> Result<Self> {
        let deployed = deployed(destination, base, rendering)?;
        let repository = &*destination.repository;
        let drift = match &deployed {
            Some(deployed) => {
                let standing = Committed { repository, commit: base };
                ownership::undone(&deployed.drift(repository)?, &deployed.files, &rendering.files, &standing)?
            }
            None => Vec::new(),
        };
        let changes = Self::since(repository, base, deployed.as_ref(), rendering)?;
        let left_to_people =
            changes.left_to_people(&destination.environment.merge, &rendering.release.images);
        Ok(Self { drift, left_to_people, ..changes })
    }

    pub(super) fn since(
        repository: &Repository,
        base: Oid,
        deployed: Option<&Deployment>,
        rendering: &Rendering,
    ) -> Result<Self> {
        let Compared { mut pairs, same } = pair::compare(repository, base, deployed, rendering)?;
        let templates = templates(rendering);
        let mut resources: Vec<_> = pairs.iter_mut().map(|pair| compare(pair, &templates)).collect();
        let effect = effect(&pairs, &same, &resources);
        if rendering.rollback.is_some() {
            // That is what a rollback is for.
            let stays = |risk: &Risk| risk.id != RiskId::ImageDowngrade;
            resources.iter_mut().for_each(|resource| resource.risks.retain(stays));
        }
        resources.sort_by(|a, b| a.path.cmp(&b.path));
        let before = deployed.map(|deployed| deployed.descriptor.images.as_slice()).unwrap_or_default();
        Ok(Self {
            rollback: rendering.rollback.clone().map(Box::new),
            from: deployed.map(|deployed| deployed.descriptor.release.version.clone()),
            images: images(before, &rendering.release.images),
            replaced: deployed.map(|deployed| Box::new(deployed.release())),
            resources,
            effect,
            configuration: rendering.release.configuration.clone(),
            drift: Vec::new(),
            unjudged: None,
            overrides: Vec::new(),
            left_to_people: None,
        })
    }

    /// Why people merge this, where Towline merges only changes of some fields.
    pub(super) fn left_to_people(&self, policy: &MergePolicy, images: &[Image]) -> Option<String> {
        let MergePolicy::Fields(patterns) = policy else { return None };
        self.resources.iter().find_map(|resource| {
            let name = &resource.name;
            if resource.change != Change::Changed || resource.written.is_empty() {
                return Some(format!("{name} is {}", resource.change));
            }
            let other = resource.written.iter().find(|field| !field.is_covered(patterns, images))?;
            Some(format!("{name} changes {}", other.name()))
        })
    }

    pub fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.images.is_empty()
    }

    /// Every risk, the worst first, with all resources that have it. Images of the release that no resource
    /// shows to go back are told, too.
    pub fn risks(&self) -> Vec<SharedRisk> {
        let mut shared: BTreeMap<Risk, Vec<String>> = BTreeMap::new();
        let of_resources = self.resources.iter().flat_map(|it| it.risks.iter().map(|risk| (risk, &it.name)));
        for (risk, name) in of_resources {
            shared.entry(risk.clone()).or_default().push(name.clone());
        }
        for image in self.images.iter().filter(|_| self.rollback.is_none()) {
            let sides = image.before.as_ref().zip(image.after.as_ref());
            if let Some(risk) = sides.and_then(|(before, after)| risks::of_image(before, after)) {
                shared.entry(risk).or_insert_with(|| vec![format!("image {}", image.name)]);
            }
        }
        shared.into_iter().map(|(risk, resources)| SharedRisk { risk, resources }).collect()
    }

    /// `3 risks: 2 high, 1 low`; nothing where there is none.
    pub fn risk_count(&self) -> Option<String> {
        let all = self.risks();
        let of = |severity: Severity| -> usize {
            all.iter().filter(|it| it.risk.severity == severity).map(|it| it.resources.len()).sum()
        };
        let counts =
            [Severity::High, Severity::Medium, Severity::Low].map(|severity| (of(severity), severity));
        let parts: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, severity)| format!("{count} {}", severity.as_str()))
            .collect();
        let total = counts.iter().map(|(count, _)| count).sum();
        (total > 0).then(|| format!("{}: {}", counted(total, "risk"), parts.join(", ")))
    }

    /// `1 added, 2 changed`, or `nothing` when no resource is different.
    pub fn summary(&self) -> String {
        let count = |change| self.resources.iter().filter(|resource| resource.change == change).count();
        let counts = [Change::Added, Change::Changed, Change::Removed].map(|change| (count(change), change));
        let parts: Vec<String> = counts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, change)| format!("{count} {change}"))
            .collect();
        if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
    }
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.resources.iter().try_for_each(|resource| f.write_str(&resource.diff))
    }
}

/// Where each resource of a rendering comes from, by its path and its name.
fn templates(rendering: &Rendering) -> HashMap<(String, String), &Place> {
    let mut templates = HashMap::new();
    for target in &rendering.targets {
        for resource in &target.resources {
            let path = manifest::join(&target.path, &resource.file);
            let name = Resource::of(&resource.manifest).map(Resource::label).unwrap_or_default();
            templates.insert((path, name), &resource.origin);
        }
    }
    templates
}

fn compare(pair: &mut Pair, templates: &HashMap<(String, String), &Place>) -> ResourceChange {
    let change = match (&pair.before, &pair.after) {
        (_, None) => Change::Removed,
        (None, _) => Change::Added,
        _ => Change::Changed,
    };
    let written = in_both(pair, fields::fields).unwrap_or_default();
    hide::hide(pair);
    // From here on, no value is one that nobody may see.
    let found = in_both(pair, fields::meaning);
    let fields = found.as_ref().map(|found| found.fields.clone()).unwrap_or_default();
    let risks = risks::risks(value(&pair.before), value(&pair.after), &fields);
    let only = found.filter(|found| found.fields.is_empty()).map(|found| match found.is_reordered {
        true => Only::Order,
        false => Only::Spelling,
    });
    let side = pair.after.as_ref().or(pair.before.as_ref());
    let (path, name) = side.map(|side| (side.path.clone(), side.name())).unwrap_or_default();
    let place = (path, name);
    let template = pair.after.as_ref().and_then(|_| templates.get(&place)).map(|origin| origin.to_string());
    let (path, name) = place;
    ResourceChange {
        change,
        path,
        name,
        template,
        risks,
        diff: diff(pair.before.as_ref(), pair.after.as_ref()),
        fields,
        only,
        written,
    }
}

fn effect(pairs: &[Pair], same: &[Side], resources: &[ResourceChange]) -> Option<Box<Effect>> {
    let sides: Vec<_> = pairs.iter().map(|pair| (resource(&pair.before), resource(&pair.after))).collect();
    let same: Vec<Resource> = same.iter().filter_map(Side::resource).collect();
    let is_recreated = |it: &&ResourceChange| it.risks.iter().any(|risk| risk.id == RiskId::Recreated);
    let recreated = resources.iter().filter(is_recreated).map(|it| it.name.clone()).collect();
    Effect::of(&sides, &same, recreated).map(Box::new)
}

fn resource(side: &Option<Side>) -> Option<Resource<'_>> {
    side.as_ref()?.resource()
}

/// What a comparison finds where both sides are documents.
fn in_both<T>(pair: &Pair, compare: fn(&Value, &Value) -> T) -> Option<T> {
    Some(compare(value(&pair.before)?, value(&pair.after)?))
}

fn value(side: &Option<Side>) -> Option<&Value> {
    side.as_ref()?.value.as_ref()
}

fn diff(before: Option<&Side>, after: Option<&Side>) -> String {
    let text = |side: Option<&Side>| side.map(|side| side.text.clone()).unwrap_or_default();
    let header = |prefix: &str, side: Option<&Side>| match side {
        Some(side) => format!("{prefix}/{}", side.path),
        None => "/dev/null".to_owned(),
    };
    let (old, new) = (text(before), text(after));
    let diff = TextDiff::from_lines(&old, &new);
    let mut unified = diff.unified_diff();
    unified.context_radius(3).header(&header("a", before), &header("b", after)).to_string()
}

fn images(before: &[Image], after: &[Image]) -> Vec<ImageChange> {
    let find =
        |images: &[Image], name: &str| images.iter().find(|image| image.name == name).map(Image::reference);
    let gone = before.iter().filter(|image| find(after, &image.name).is_none());
    after
        .iter()
        .chain(gone)
        .map(|image| ImageChange {
            name: image.name.clone(),
            before: find(before, &image.name),
            after: find(after, &image.name),
        })
        .filter(|image| image.before != image.after)
        .collect()
}
