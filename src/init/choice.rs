//! Which of the things that render become steps. Two that deploy the same, such as a chart and the
//! manifests made from it, are alternatives: people choose, or the first by its rank is taken.

use std::collections::BTreeSet;

use anyhow::Result;

use super::attempt::Attempt;
use super::plan::LeftOut;
use crate::render::{ResourceId, repositories};

/// Chooses one of several alternatives, shown as `charts/web (helm)`, by its index.
pub type Choose<'a> = &'a dyn Fn(&[String]) -> Result<usize>;

/// Kinds that run containers.
const WORKLOADS: [&str; 9] = [
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Job",
    "Pod",
    "ReplicaSet",
    "ReplicationController",
    "Rollout",
    "StatefulSet",
];

/// The attempts that become steps, and the others.
pub fn choose(mut attempts: Vec<Attempt>, ask: Choose) -> Result<(Vec<Attempt>, Vec<LeftOut>)> {
    attempts.sort_by_key(|attempt| attempt.candidate.rank());
    let (mut chosen, mut left_out): (Vec<Attempt>, Vec<LeftOut>) = (Vec::new(), Vec::new());
    while !attempts.is_empty() {
        let first = Deployed::by(&attempts[0]);
        let is_same: Vec<bool> = attempts.iter().map(|it| first.is_same(&Deployed::by(it))).collect();
        let alternatives: Vec<usize> =
            (0..attempts.len()).filter(|index| *index == 0 || is_same[*index]).collect();
        let shown: Vec<String> = alternatives.iter().map(|it| attempts[*it].candidate.shown()).collect();
        let index = if shown.len() > 1 { alternatives[ask(&shown)?] } else { 0 };
        let attempt = attempts.remove(index);
        let deployed = Deployed::by(&attempt);
        let (same, others) = attempts.into_iter().partition(|it| deployed.is_same(&Deployed::by(it)));
        let same: Vec<Attempt> = same;
        left_out.extend(same.into_iter().map(|other| alternative(other, &attempt)));
        attempts = others;
        chosen.push(attempt);
    }
    only_one_chain(&mut chosen, &mut left_out);
    Ok((chosen, left_out))
}

fn alternative(other: Attempt, chosen: &Attempt) -> LeftOut {
    let images = Deployed::by(&other).images;
    let mut hint = "to use it instead, swap the comments in `templates`".to_owned();
    if images != Deployed::by(chosen).images {
        let images: Vec<String> = images.into_iter().collect();
        hint += &format!(", and name its images in `images`: {}", images.join(", "));
    }
    LeftOut {
        what: other.candidate.shown(),
        why: format!("deploys the same as {}", chosen.candidate.shown()),
        hint: Some(hint),
        steps: other.candidate.steps,
    }
}

/// A step with an input takes what all steps above it give, so there can be one chain.
fn only_one_chain(chosen: &mut Vec<Attempt>, left_out: &mut Vec<LeftOut>) {
    let mut has_one = false;
    for attempt in std::mem::take(chosen) {
        if attempt.candidate.is_chain() && std::mem::replace(&mut has_one, true) {
            left_out.push(LeftOut {
                what: attempt.candidate.shown(),
                why: "a pipeline file can have one step with `input`".to_owned(),
                hint: Some("write a pipeline file of its own for it".to_owned()),
                steps: attempt.candidate.steps,
            });
        } else {
            chosen.push(attempt);
        }
    }
}

/// What an attempt deploys.
struct Deployed<'a> {
    environments: BTreeSet<&'a String>,
    engine: &'static str,
    resources: BTreeSet<&'a ResourceId>,
    images: BTreeSet<String>,
}

impl<'a> Deployed<'a> {
    fn by(attempt: &'a Attempt) -> Self {
        let targets = attempt.renderings.iter().flat_map(|rendering| &rendering.targets);
        let resources: Vec<_> = targets.flat_map(|target| &target.resources).collect();
        Self {
            environments: attempt.candidate.environments().into_iter().collect(),
            engine: attempt.candidate.last().engine_name(),
            resources: resources.iter().map(|resource| &resource.id).collect(),
            images: resources.iter().flat_map(|resource| repositories(&resource.manifest)).collect(),
        }
    }

    /// Whether two are ways of deploying the same thing: a workload of the same name, most of the
    /// resources, or, with different tools, half of the images.
    fn is_same(&self, other: &Deployed) -> bool {
        let are_apart = !self.environments.is_empty()
            && !other.environments.is_empty()
            && self.environments.is_disjoint(&other.environments);
        if are_apart {
            return false;
        }
        let shared: Vec<_> = self.resources.iter().filter(|id| other.has(id)).collect();
        let smaller = self.resources.len().min(other.resources.len());
        let workload = shared.iter().any(|id| WORKLOADS.contains(&id.kind.as_str()));
        let images = self.images.intersection(&other.images).count();
        let fewer = self.images.len().min(other.images.len());
        let same_images = self.engine != other.engine && images > 0 && images * 2 >= fewer;
        workload || shared.len() * 2 > smaller || same_images
    }

    /// Charts seldom name the namespace that manifests name.
    fn has(&self, id: &ResourceId) -> bool {
        self.resources.iter().any(|own| {
            let same_namespace =
                own.namespace == id.namespace || own.namespace.is_none() || id.namespace.is_none();
            own.kind == id.kind && own.name == id.name && same_namespace
        })
    }
}
