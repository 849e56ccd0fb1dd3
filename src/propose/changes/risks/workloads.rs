//! How many pods run, and what keeps them healthy.

use super::super::resource::{Container, Pod, Resource, in_both, shown};
use super::table::RiskId;

/// The fields that say how many pods run.
const COUNTS: [&str; 3] = ["replicas", "minReplicas", "maxReplicas"];

const PROBES: [&str; 3] = ["livenessProbe", "readinessProbe", "startupProbe"];

pub fn scaling(before: Resource, after: Resource) -> Vec<(RiskId, String)> {
    let mut found = Vec::new();
    for field in COUNTS {
        let [old, new] = [before, after].map(|side| &side.at("/spec")[field]);
        match (old.as_u64(), new.as_u64()) {
            // Without a number there is one.
            (None | Some(1..), Some(0)) if field == "replicas" => {
                found.push((RiskId::ScaledToZero, "stops all pods: 0 replicas".to_owned()));
            }
            (Some(old), Some(new)) if new > 0 && new <= old / 2 => {
                let message = format!("lowers {} from {old} to {new}", shown(field));
                found.push((RiskId::ScaledDown, message));
            }
            _ => {}
        }
    }
    found
}

/// Probes and limits that a container has no longer.
pub fn lost_guards(before: Resource, after: Resource) -> Vec<(RiskId, String)> {
    let lost = |[(_, before), (_, after)]: [(Pod, Container); 2]| {
        let (kept, name) = (guards(after), shown(before.name));
        let gone = guards(before).into_iter().filter(move |guard| !kept.contains(guard));
        gone.map(move |(id, what)| (id, format!("removes the {what} of the container {name}")))
    };
    in_both(before, after).into_iter().flat_map(lost).collect()
}

fn guards(container: Container) -> Vec<(RiskId, String)> {
    let probes = PROBES.into_iter().filter(|probe| !container.value[*probe].is_null());
    let probes = probes.map(|probe| (RiskId::ProbeRemoved, shown(probe)));
    let limits = [("limits", "limit"), ("requests", "request")].into_iter().flat_map(|(field, word)| {
        let of = container.value["resources"][field].as_object().into_iter().flatten();
        let of = of.filter(|(_, amount)| !amount.is_null());
        of.map(move |(name, _)| (RiskId::LimitRemoved, format!("{word} of {}", shown(name))))
    });
    probes.chain(limits).collect()
}
