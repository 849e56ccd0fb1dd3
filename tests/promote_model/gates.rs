//! What a gate is worth: Towline neither proposes nor merges a release for prod while it is closed.

use towline::gitops::decision::Decision;

use super::laws::Verdict;
use super::model::{Env, Guard};
use super::world::{Ran, World, branch, entrant};

/// L8. What people merge on the forge passes every gate, and what stands has entered already.
pub fn judge(world: &World, ran: &Ran) -> Verdict {
    let env = Env::Prod;
    if world.stands(ran.before.base, ran.rel, env) || is_open(world, ran) {
        return Ok(());
    }
    let version = ran.rel.version();
    let heads = [&ran.before, &ran.after].map(|it| it.head(ran.rel, env));
    if heads[0] != heads[1] {
        return Err(format!("L8: {version} was proposed for prod, and the gate is closed"));
    }
    let repository = world.repository;
    let log = world.log.borrow();
    let merged = ran.after.pulls.iter().filter(|pull| pull.head == branch(ran.rel, env));
    let mut merged = merged.filter_map(|pull| pull.merge_commit);
    let is_new =
        |commit| !repository.contains(ran.before.base, commit) && repository.contains(ran.after.base, commit);
    match merged.any(|commit| is_new(commit) && !log.peoples.contains(&commit)) {
        true => Err(format!("L8: {version} was merged into prod, and the gate is closed")),
        false => Ok(()),
    }
}

fn is_open(world: &World, ran: &Ran) -> bool {
    let log = world.log.borrow();
    let is_opened = |decision| log.opened.contains(&(entrant(ran.rel), decision));
    match world.setting.guard {
        Guard::Nothing => true,
        Guard::Manual => is_opened(Decision::Approve) || is_opened(Decision::Override),
        Guard::Soak => {
            // A run that verified the release and went on cannot have begun later than that.
            let verified = log.verified_at.get(&ran.rel).copied().unwrap_or(ran.began);
            is_opened(Decision::Override) || ran.ended - verified >= Guard::SOAK
        }
    }
}
