//! What a rendering changes in the GitOps repository, resource by resource: for the pull request
//! and for `render --diff`.

mod dangers;
mod fields;
mod hide;
mod pair;

use std::fmt;

use anyhow::Result;
use git2::Oid;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use similar::TextDiff;

use self::fields::FieldChange;
use self::pair::{Pair, Side};
use super::deployed::deployed;
use crate::config::MergePolicy;
use crate::git::Repository;
use crate::gitops::{Committed, Deployment, Destination};
use crate::release::Image;
use crate::render::Rendering;
use crate::render::ownership::{self, Drift};
use crate::render::taken_out::Rollback;

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
    /// Why the change needs attention.
    pub dangers: Vec<String>,
    /// A unified diff. Secret values are hidden on both sides.
    pub diff: String,
    /// The fields that change, where both sides are resources.
    #[serde(skip)]
    pub fields: Vec<FieldChange>,
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
        let pairs = pair::pairs(repository, base, deployed, rendering)?;
        let mut resources: Vec<_> = pairs.into_iter().map(compare).collect();
        resources.sort_by(|a, b| a.path.cmp(&b.path));
        let before = deployed.map(|deployed| deployed.descriptor.images.as_slice()).unwrap_or_default();
        Ok(Self {
            rollback: rendering.rollback.clone().map(Box::new),
            from: deployed.map(|deployed| deployed.descriptor.release.version.clone()),
            images: images(before, &rendering.release.images),
            resources,
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
            if resource.change != Change::Changed || resource.fields.is_empty() {
                return Some(format!("{name} is {}", resource.change));
            }
            let other = resource.fields.iter().find(|field| !field.is_covered(patterns, images))?;
            Some(format!("{name} changes {}", other.name()))
        })
    }

    pub fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.images.is_empty()
    }

    /// Every danger, with the resource it is about.
    pub fn dangers(&self) -> impl Iterator<Item = (&ResourceChange, &str)> {
        self.resources
            .iter()
            .flat_map(|resource| resource.dangers.iter().map(move |danger| (resource, danger.as_str())))
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

fn compare(mut pair: Pair) -> ResourceChange {
    let change = match (&pair.before, &pair.after) {
        (_, None) => Change::Removed,
        (None, _) => Change::Added,
        _ => Change::Changed,
    };
    let dangers = dangers::dangers(value(&pair.before), value(&pair.after));
    let fields = match (value(&pair.before), value(&pair.after)) {
        (Some(before), Some(after)) => fields::fields(before, after),
        _ => Vec::new(),
    };
    hide::hide(&mut pair);
    let side = pair.after.as_ref().or(pair.before.as_ref());
    ResourceChange {
        change,
        path: side.map(|side| side.path.clone()).unwrap_or_default(),
        name: side.map(Side::name).unwrap_or_default(),
        dangers,
        diff: diff(pair.before.as_ref(), pair.after.as_ref()),
        fields,
    }
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
