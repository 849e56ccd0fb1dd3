//! What an approval is worth: it is of one release, and where the forge tells, of one commit.

use towline::forge::{PullRequest, PullState};

use super::laws::Verdict;
use super::model::Env;
use super::world::{Ran, World};

pub fn judge(world: &World, ran: &Ran) -> Verdict {
    for after in &ran.after.pulls {
        let before = ran.before.pulls.iter().find(|before| before.number == after.number);
        match (before, after.state) {
            (Some(before), PullState::Open) => is_not_rewritten(world, before, after)?,
            (Some(PullRequest { state: PullState::Open, .. }) | None, PullState::Merged) => {
                is_approved(world, after)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// L7: what was approved does not become another release.
fn is_not_rewritten(world: &World, before: &PullRequest, after: &PullRequest) -> Verdict {
    let approved = world.log.borrow().approved.get(&after.number).copied();
    let Some(approved) = approved.filter(|_| before.head_commit != after.head_commit) else { return Ok(()) };
    let recorded = |commit| {
        let applications = ["greeting", "hello"].into_iter();
        let all = applications.flat_map(|name| Env::ALL.map(|env| (name, env)));
        all.filter(|(name, env)| after.head == format!("towline/{}/{name}", env.name()))
            .find_map(|(name, env)| world.recorded(commit, name, env))
    };
    match recorded(approved) == recorded(after.head_commit) {
        true => Ok(()),
        false => Err(format!("L7: #{} was approved, and is another release now", after.number)),
    }
}

/// L7: where an approval is asked for, what Towline has merged was approved.
fn is_approved(world: &World, merged: &PullRequest) -> Verdict {
    let log = world.log.borrow();
    let by_people = merged.merge_commit.is_some_and(|commit| log.peoples.contains(&commit));
    if !world.reviewed || by_people || !world.is_towlines(merged.head_commit) {
        return Ok(());
    }
    match log.approved.get(&merged.number) {
        Some(approved) if !world.dates_approvals() || *approved == merged.head_commit => Ok(()),
        approved => Err(format!(
            "L7: #{} was merged at {} and approved at {approved:?}",
            merged.number, merged.head_commit
        )),
    }
}
