//! The effect in one line of Markdown.

use super::{Amount, BudgetConflict, Effect, PodCount, Resize, Restart, Step, Unread};
use crate::vocabulary::text::{code_span as code, counted, listed};

/// More names than these are counted.
const NAMED: usize = 3;

impl Effect {
    /// `restarts … (4 pods); requests cpu 1 → 2`; nothing where there is nothing to tell.
    pub fn line(&self) -> Option<String> {
        let mut parts = Vec::new();
        parts.extend(restarts(&self.restarts));
        parts.extend(pods("starts", self.starts.iter()));
        parts.extend(pods("stops", self.stops.iter()));
        parts.extend(
            self.scales
                .iter()
                .map(|it| format!("scales {} from {} to {}", code(&it.workload), it.before, it.after))
                .take(NAMED),
        );
        parts.extend(
            (self.scales.len() > NAMED).then(|| format!("scales {} more", self.scales.len() - NAMED)),
        );
        parts.extend(
            (!self.recreates.is_empty())
                .then(|| format!("deletes and creates again {}", names(self.recreates.iter(), "resource"))),
        );
        parts.extend(self.volumes.iter().map(volume));
        parts.extend(self.unread.iter().map(unread));
        parts.extend(self.budgets.iter().map(budget));
        parts.extend(amounts(&self.amounts));
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

fn restarts(restarts: &[Restart]) -> Vec<String> {
    let (stopped, rolled): (Vec<&Restart>, Vec<&Restart>) = restarts.iter().partition(|it| it.recreate);
    let count = |all: Vec<&Restart>| -> Vec<PodCount> {
        all.into_iter().map(|it| PodCount { workload: it.workload.clone(), pods: it.pods }).collect()
    };
    let rolled = pods("restarts", count(rolled).iter());
    let stopped = pods("stops and starts again", count(stopped).iter());
    rolled.into_iter().chain(stopped).collect()
}

/// `restarts 5 workloads (12 pods)`
fn pods<'a>(verb: &str, counts: impl ExactSizeIterator<Item = &'a PodCount> + Clone) -> Option<String> {
    if counts.len() == 0 {
        return None;
    }
    let all: Option<u64> = counts.clone().map(|it| it.pods).sum();
    let known = all.map(|all| format!(" ({})", counted(usize::try_from(all).unwrap_or(usize::MAX), "pod")));
    Some(format!("{verb} {}{}", names(counts.map(|it| &it.workload), "workload"), known.unwrap_or_default()))
}

fn names<'a>(names: impl ExactSizeIterator<Item = &'a String>, what: &str) -> String {
    match names.len() {
        ..=NAMED => listed(&names.map(|name| code(name)).collect::<Vec<_>>()),
        count => counted(count, what),
    }
}

fn volume(resize: &Resize) -> String {
    let Resize { claim, storage: Step { before, after }, refused } = resize;
    match refused {
        true => format!("cannot shrink {} from {before} to {after}", code(claim)),
        false => format!("grows {} from {before} to {after}", code(claim)),
    }
}

fn unread(unread: &Unread) -> String {
    let Unread { resource, workloads } = unread;
    let readers = names(workloads.iter(), "workload");
    let told = match workloads.len() {
        1 => "reads it at its start, and does not restart",
        _ => "read it at their start, and do not restart",
    };
    format!("{} reaches no running pod: {readers} {told}", code(resource))
}

fn budget(conflict: &BudgetConflict) -> String {
    let (budget, workload) = (code(&conflict.budget), code(&conflict.workload));
    match conflict.taken {
        None => format!("{budget} lets no pod of {workload} go: nodes cannot be drained"),
        Some(taken) => format!(
            "the rollout of {workload} takes {} away at a time, where {budget} lets {} go",
            counted(usize::try_from(taken).unwrap_or(usize::MAX), "pod"),
            conflict.allowed
        ),
    }
}

fn amounts(amounts: &[Amount]) -> Vec<String> {
    let of = |word: &str, step: fn(&Amount) -> &Step| {
        let changed: Vec<String> = amounts
            .iter()
            .filter(|amount| step(amount).is_change())
            .map(|amount| {
                format!("{} {} → {}", code(&amount.resource), step(amount).before, step(amount).after)
            })
            .collect();
        (!changed.is_empty()).then(|| format!("{word} {}", changed.join(", ")))
    };
    [of("requests", |it| &it.requests), of("limits", |it| &it.limits)].into_iter().flatten().collect()
}
