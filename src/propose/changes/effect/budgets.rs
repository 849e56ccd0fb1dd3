//! What PodDisruptionBudgets allow: drains of nodes ask them, rollouts do not.

use schemars::JsonSchema;
use serde::Serialize;

use super::super::resource::Resource;
use super::workload::{Pods, Rollout, Workload, autoscalers, portion};

/// A PodDisruptionBudget that a merge runs into
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BudgetConflict {
    /// The budget
    pub budget: String,
    /// The workload whose pods it is about
    pub workload: String,
    /// How many pods the budget lets go at a time
    pub allowed: u64,
    /// How many pods the rollout takes away at a time; `null` when the budget keeps nodes from being drained
    pub taken: Option<u64>,
}

/// The budgets that allow nothing and did otherwise before, and rollouts that take more pods away than
/// a budget would.
pub fn conflicts(
    before: &[Resource],
    after: &[Resource],
    rollouts: &[(Workload, Pods, Rollout)],
) -> Vec<BudgetConflict> {
    let earlier = allowances(before);
    let is_new = |(budget, workload, allowed): &(String, String, u64)| {
        *allowed == 0 && !earlier.iter().any(|it| it.0 == *budget && it.1 == *workload && it.2 == 0)
    };
    let now = allowances(after);
    let conflict = |(budget, workload, allowed): (String, String, u64), taken: Option<u64>| BudgetConflict {
        budget,
        workload,
        allowed,
        taken,
    };
    let blocked = now.iter().filter(|it| is_new(it)).map(|it| conflict(it.clone(), None));
    let exceeded = rollouts.iter().flat_map(|(workload, pods, rollout)| {
        let taken = match (rollout, pods) {
            (Rollout::Rolling(Some((missing, _))), _) => *missing,
            (Rollout::Recreate, Pods::Exactly(pods)) => *pods,
            _ => 0,
        };
        let name = workload.resource.label();
        let less = now.iter().filter(move |it| it.1 == name && it.2 < taken);
        less.map(move |it| conflict(it.clone(), Some(taken)))
    });
    blocked.chain(exceeded).collect()
}

/// Each budget with the one workload that it is about, and how many of its pods may go. A budget of
/// several, or of one whose pods cannot be counted, tells nothing that is certain.
fn allowances(all: &[Resource]) -> Vec<(String, String, u64)> {
    let workloads: Vec<Workload> = all.iter().filter_map(|it| Workload::of(*it)).collect();
    let autoscalers = autoscalers(all);
    let budgets = all.iter().filter(|it| it.is("policy", &["PodDisruptionBudget"]));
    let allowance = |budget: &Resource| {
        let selector = budget.at("/spec/selector");
        let mut meant = workloads.iter().filter(|workload| {
            workload.resource.namespace() == budget.namespace() && workload.is_selected(selector)
        });
        let (Some(workload), None) = (meant.next(), meant.next()) else { return None };
        let Pods::Exactly(pods @ 1..) = workload.pods(&autoscalers) else { return None };
        let [least, most] = ["minAvailable", "maxUnavailable"].map(|field| &budget.at("/spec")[field]);
        let allowed = match (least.is_null(), most.is_null()) {
            (false, _) => pods.saturating_sub(portion(least, pods, true)?),
            (true, false) => portion(most, pods, true)?.min(pods),
            (true, true) => return None,
        };
        Some((budget.label(), workload.resource.label(), allowed))
    };
    budgets.filter_map(allowance).collect()
}
