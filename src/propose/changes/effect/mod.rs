//! What a merge does to the cluster, from the manifests alone: which pods are replaced, and which are
//! not though their configuration changes; what grows and what is missing meanwhile.
//!
//! Only what is certain is told. What other applications run, and what people did in the cluster, no
//! manifest says.

mod amounts;
mod budgets;
mod configuration;
mod told;
mod workload;

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::Serialize;

pub use self::amounts::{Amount, Step};
pub use self::budgets::BudgetConflict;
use self::workload::{Pods, Rollout, Workload};
use super::quantity::Quantity;
use super::resource::Resource;

/// What merging does to the cluster
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Effect {
    /// Workloads whose pods are replaced
    pub restarts: Vec<Restart>,
    /// Workloads that are new
    pub starts: Vec<PodCount>,
    /// Workloads that are gone
    pub stops: Vec<PodCount>,
    /// Workloads that get another number of pods
    pub scales: Vec<Scaling>,
    /// Resources that the operator deletes and creates again
    pub recreates: Vec<String>,
    /// Configuration that running pods do not read
    pub unread: Vec<Unread>,
    /// PodDisruptionBudgets that this runs into
    pub budgets: Vec<BudgetConflict>,
    /// Claims whose size changes
    pub volumes: Vec<Resize>,
    /// The resources of all pods that are not one on every node; with an autoscaler, its minimum counts
    pub amounts: Vec<Amount>,
}

/// A workload whose pods are replaced
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Restart {
    pub workload: String,
    /// How many pods are replaced; `null` where an autoscaler or the nodes decide
    pub pods: Option<u64>,
    /// Whether all pods stop before the first new one starts
    pub recreate: bool,
    /// How many pods are missing at a time, at most; `null` where that cannot be told
    pub unavailable: Option<u64>,
    /// How many more pods than usual run at a time, at most; `null` where that cannot be told
    pub surge: Option<u64>,
}

/// A workload and its pods
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PodCount {
    pub workload: String,
    /// `null` where an autoscaler or the nodes decide
    pub pods: Option<u64>,
}

/// A workload that gets another number of pods
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Scaling {
    pub workload: String,
    pub before: u64,
    pub after: u64,
}

/// Configuration that changes, while pods that read it at their start go on running
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Unread {
    /// The ConfigMap or Secret, or what it is made from
    pub resource: String,
    /// The workloads that read it when they start, and are not restarted
    pub workloads: Vec<String>,
}

/// A claim whose size changes
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resize {
    pub claim: String,
    #[serde(flatten)]
    pub storage: Step,
    /// Whether Kubernetes refuses it: a claim cannot shrink
    pub refused: bool,
}

/// A resource on both sides.
pub type Sides<'a> = (Option<Resource<'a>>, Option<Resource<'a>>);

impl Effect {
    /// What `changed` does; `same` are the other resources of the application. `recreates` are those that the
    /// operator makes anew. Nothing where none of it is about pods.
    pub fn of(changed: &[Sides], same: &[Resource], recreates: Vec<String>) -> Option<Self> {
        let before: Vec<Resource> =
            changed.iter().filter_map(|it| it.0).chain(same.iter().copied()).collect();
        let after: Vec<Resource> = changed.iter().filter_map(|it| it.1).chain(same.iter().copied()).collect();
        let scalers = [&before, &after].map(|all| workload::autoscalers(all));
        let rollouts = rollouts(changed, &scalers[1]);
        let effect = Self {
            restarts: rollouts.iter().map(restart).collect(),
            starts: alone(changed, &scalers[1], |(before, after)| after.filter(|_| before.is_none())),
            stops: alone(changed, &scalers[0], |(before, after)| before.filter(|_| after.is_none())),
            scales: scales(changed, &scalers),
            recreates,
            unread: unread(changed, &after, &scalers[1], &rollouts),
            budgets: budgets::conflicts(&before, &after, &rollouts),
            volumes: changed.iter().filter_map(resize).collect(),
            amounts: amounts::amounts(&before, &after),
        };
        (effect != Self { amounts: effect.amounts.clone(), ..Self::default() } || effect.has_other_amounts())
            .then_some(effect)
    }

    fn has_other_amounts(&self) -> bool {
        self.amounts.iter().any(|amount| amount.requests.is_change() || amount.limits.is_change())
    }
}

/// The workloads that replace their pods by themselves.
fn rollouts<'a>(changed: &[Sides<'a>], autoscalers: &[Resource<'a>]) -> Vec<(Workload<'a>, Pods, Rollout)> {
    let rollout = |(before, after): &Sides<'a>| {
        let (old, new) = (Workload::of((*before)?)?, Workload::of((*after)?)?);
        let pods = new.pods(autoscalers);
        let rollout = new.rollout(pods);
        let is_one = old.template != new.template
            && rollout != Rollout::ByHand
            && new.replaced(pods).is_none_or(|pods| pods > 0);
        is_one.then_some((new, pods, rollout))
    };
    changed.iter().filter_map(rollout).collect()
}

fn restart((workload, pods, rollout): &(Workload, Pods, Rollout)) -> Restart {
    let numbers = match rollout {
        Rollout::Rolling(numbers) => *numbers,
        _ => workload.replaced(*pods).map(|pods| (pods, 0)),
    };
    Restart {
        workload: workload.resource.label(),
        pods: workload.replaced(*pods),
        recreate: *rollout == Rollout::Recreate,
        unavailable: numbers.map(|(missing, _)| missing),
        surge: numbers.map(|(_, more)| more),
    }
}

fn alone<'a>(
    changed: &[Sides<'a>],
    autoscalers: &[Resource<'a>],
    side: impl Fn(&Sides<'a>) -> Option<Resource<'a>>,
) -> Vec<PodCount> {
    let workloads = changed.iter().filter_map(side).filter_map(Workload::of);
    let count = |workload: Workload| {
        let pods = workload.replaced(workload.pods(autoscalers));
        PodCount { workload: workload.resource.label(), pods }
    };
    workloads.map(count).collect()
}

fn scales(changed: &[Sides], autoscalers: &[Vec<Resource>; 2]) -> Vec<Scaling> {
    let scaling = |(old, new): &Sides| {
        let (old, new) = (Workload::of((*old)?)?, Workload::of((*new)?)?);
        match (old.pods(&autoscalers[0]), new.pods(&autoscalers[1])) {
            (Pods::Exactly(before), Pods::Exactly(after)) if before != after => {
                Some(Scaling { workload: new.resource.label(), before, after })
            }
            _ => None,
        }
    };
    changed.iter().filter_map(scaling).collect()
}

fn unread(
    changed: &[Sides],
    after: &[Resource],
    autoscalers: &[Resource],
    rollouts: &[(Workload, Pods, Rollout)],
) -> Vec<Unread> {
    let is_new = |(before, after): &Sides| after.filter(|_| before.is_none()).map(Resource::label);
    let new = changed.iter().filter_map(is_new);
    let started: HashSet<String> = new.chain(rollouts.iter().map(|(it, ..)| it.resource.label())).collect();
    let running = after.iter().filter_map(|it| Workload::of(*it)).filter(|workload| {
        !started.contains(&workload.resource.label())
            && !workload.is_reloaded()
            && workload.pods(autoscalers) != Pods::Exactly(0)
    });
    let running: Vec<Workload> = running.collect();
    let of = |(old, new): &Sides| {
        let (old, new) = ((*old)?, (*new)?);
        let made = configuration::of(new).filter(|_| configuration::is_changed(old, new))?;
        let readers = running.iter().filter(|workload| {
            workload.resource.namespace() == new.namespace()
                && configuration::is_read_at_start(**workload, made)
        });
        let workloads: Vec<String> = readers.map(|workload| workload.resource.label()).collect();
        (!workloads.is_empty()).then(|| Unread { resource: new.label(), workloads })
    };
    changed.iter().filter_map(of).collect()
}

fn resize((before, after): &Sides) -> Option<Resize> {
    let (before, after) = ((*before)?, (*after)?);
    let of = |side: Resource| {
        let claim = side.is("", &["PersistentVolumeClaim"]);
        Quantity::of(side.at("/spec/resources/requests/storage")).filter(|_| claim)
    };
    let (old, new) = (of(before)?, of(after)?);
    (old != new).then(|| Resize {
        claim: after.label(),
        storage: Step { before: old.to_string(), after: new.to_string() },
        refused: new < old,
    })
}
