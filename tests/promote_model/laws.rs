//! What must hold of every run, said without the specification and without Towline's own reading of
//! the repository.

use std::collections::BTreeSet;

use git2::Oid;
use towline::vocabulary::Outcome;

use super::app::Files;
use super::approvals;
use super::facts::{facts, is_foreign, is_peoples};
use super::gates;
use super::model::{Env, Method, Mode, Rel, Run, Select};
use super::spec::{self, Asked};
use super::world::{Ran, SETTLE, Said, Snapshot, World, branch};

pub type Verdict = Result<(), String>;

/// All of them, and what the run said is written down for the next.
pub fn judge(world: &World, ran: &Ran) -> Verdict {
    remember_flags(world, ran);
    nothing_is_an_accident(ran)?;
    ends_as_specified(world, ran)?;
    another_repository_changes_nothing(world, ran)?;
    what_is_not_committed_changes_nothing(ran)?;
    only_renderings_reach_the_base(world, ran)?;
    only_renderings_are_proposed(world, ran)?;
    work_of_people_in_proposals_stays(world, ran)?;
    what_is_out_stays_out(world, ran)?;
    verified_is_what_was_rendered(world, ran)?;
    nothing_enters_before_what_it_needs(world, ran)?;
    approvals::judge(world, ran)?;
    gates::judge(world, ran)?;
    remember(world, ran);
    running_again_changes_nothing(world, ran)
}

/// L0: whatever people did, a run ends with an answer. Exit code 1 is for what could not be done.
fn nothing_is_an_accident(ran: &Ran) -> Verdict {
    match ran.said.outcome {
        Outcome::Error => Err(format!("L0: {}", ran.said.error.as_deref().unwrap_or("an error"))),
        _ => Ok(()),
    }
}

fn remember_flags(world: &World, ran: &Ran) {
    let mut log = world.log.borrow_mut();
    for env in Env::ALL {
        if ran.run.overwrite_drift {
            log.overwritten.insert((ran.rel, env));
        }
        if ran.run.again {
            log.out.remove(&(ran.rel, env));
        }
    }
}

fn remember(world: &World, ran: &Ran) {
    for (env, outcome, merged, _) in &ran.said.environments {
        let verdict = match outcome {
            Outcome::Done => true,
            Outcome::Failed | Outcome::TimedOut if merged.is_some() => false,
            _ => continue,
        };
        world.log.borrow_mut().verdicts.insert((ran.rel, *env), verdict);
        if *env == Env::Dev && verdict {
            world.log.borrow_mut().verified_at.insert(ran.rel, ran.began);
        }
        if verdict {
            world.log.borrow_mut().steady.insert((ran.rel, *env));
        }
    }
    let all = |snapshot: &Snapshot| -> Vec<Oid> {
        let heads = snapshot.references.iter().filter(|(name, _)| name.starts_with("refs/heads/"));
        heads.map(|(_, id)| *id).collect()
    };
    let written = world.repository.since(&all(&ran.after), &all(&ran.before));
    let peoples = world.log.borrow().peoples.clone();
    world.log.borrow_mut().ours.extend(written.into_iter().filter(|id| !peoples.contains(id)));
    Env::ALL.into_iter().for_each(|env| world.forget_what_is_back(env));
}

/// S: in the environment that needs no other, the run ends as the design says.
fn ends_as_specified(world: &World, ran: &Ran) -> Verdict {
    let env = Env::Dev;
    if ran.run.select == Select::Only(Env::Prod) {
        return Ok(());
    }
    let first = ran.said.environments.first();
    let found = first.map_or(ran.said.outcome, |(_, outcome, ..)| *outcome);
    let facts = facts(world, ran, env);
    let asked = Asked {
        again: ran.run.again,
        force: ran.run.force,
        overwrite_drift: world.log.borrow().overwritten.contains(&(ran.rel, env)),
        allow_older: ran.run.allow_older,
        allow_dirty: ran.run.allow_dirty,
        once: ran.run.mode == Mode::Once,
        merges: world.auto.get()[env as usize],
        reviewed: world.reviewed,
        watched: world.setting.watched,
    };
    match spec::allowed(facts, asked) {
        Some(allowed) if !allowed.contains(&found) => {
            Err(format!("S: dev ended as {found:?} and not as {allowed:?}: {facts:?} {:?}", ran.said))
        }
        _ => Ok(()),
    }
}

/// L6: an application of the same name from another source repository is left alone.
fn another_repository_changes_nothing(world: &World, ran: &Ran) -> Verdict {
    for env in Env::ALL {
        let recorded = |commit| world.recorded(commit, ran.rel.application(), env);
        let heads = [&ran.before, &ran.after].map(|it| it.head(ran.rel, env));
        let before = recorded(ran.before.base);
        if is_foreign(world, ran, env) && (heads[0] != heads[1] || recorded(ran.after.base) != before) {
            return Err(format!("L6: another repository's application in {} was replaced", env.name()));
        }
    }
    Ok(())
}

/// L6: nor does a release with files that are not committed, unless somebody allows that.
fn what_is_not_committed_changes_nothing(ran: &Ran) -> Verdict {
    let refused = ran.rel.source.is_dirty() && !ran.run.allow_dirty;
    match refused && ran.before.references != ran.after.references {
        true => Err("L6: what is not committed was proposed".to_owned()),
        false => Ok(()),
    }
}

/// L1, L5: what a run adds to the base branch is the base and the rendering of this release, in one
/// environment after the other, and nothing is taken out of the history.
fn only_renderings_reach_the_base(world: &World, ran: &Ran) -> Verdict {
    let repository = world.repository;
    if !repository.contains(ran.after.base, ran.before.base) {
        return Err("L1: the base branch lost what it had".to_owned());
    }
    let fast_forward = world.setting.method == Method::FastForward;
    let peoples = world.log.borrow().peoples.clone();
    let mut after = ran.after.base;
    while after != ran.before.base {
        let parents = repository.parents(after);
        // A fast-forward to a branch that was brought up to date leaves the base in second place.
        let base = |id: &&Oid| fast_forward && repository.contains(ran.before.base, **id);
        let before = *parents.get(1).filter(base).unwrap_or(&parents[0]);
        // What people merge while a run waits is theirs, with what a fast-forward brings along.
        let by_people = |id: &Oid| *id == after || fast_forward && repository.contains(*id, after);
        if !peoples.iter().any(by_people) {
            is_rendering_on(world, ran, before, after).map_err(|why| format!("L1: merged {after}: {why}"))?;
        }
        after = before;
    }
    Ok(())
}

/// L1: so is every proposal, and its parent is on the base branch.
fn only_renderings_are_proposed(world: &World, ran: &Ran) -> Verdict {
    for env in Env::ALL {
        let head = ran.after.head(ran.rel, env);
        let Some(head) = head.filter(|_| head != ran.before.head(ran.rel, env)) else { continue };
        let [parent] = world.repository.parents(head)[..] else {
            return Err(format!("L1: the proposal {head} is a merge"));
        };
        if !world.repository.contains(ran.after.base, parent) {
            return Err(format!("L1: the proposal {head} is not on the base branch"));
        }
        is_rendering_on(world, ran, parent, head).map_err(|why| format!("L1: proposed {head}: {why}"))?;
    }
    let theirs = |snapshot: &Snapshot| -> Vec<(String, Oid)> {
        let ours = Env::ALL.map(|env| format!("refs/heads/{}", branch(ran.rel, env)));
        let others = snapshot.references.iter().filter(|(name, _)| {
            name.starts_with("refs/heads/") && *name != "refs/heads/main" && !ours.contains(name)
        });
        others.map(|(name, id)| (name.clone(), *id)).collect()
    };
    match theirs(&ran.before) == theirs(&ran.after) {
        true => Ok(()),
        false => Err("L5: a branch of another application was moved".to_owned()),
    }
}

/// Whether `after` is `before` with this release's files, in one environment.
fn is_rendering_on(world: &World, ran: &Ran, before: Oid, after: Oid) -> Verdict {
    let (old, new) = (world.repository.files(before), world.repository.files(after));
    let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let changed: Vec<&String> = paths.into_iter().filter(|path| old.get(*path) != new.get(*path)).collect();
    let mut why = "it changes nothing".to_owned();
    for env in Env::ALL {
        let rendered = world.rendered(ran.rel, env);
        if !rendered.files.iter().all(|(path, id)| new.get(path) == Some(id)) {
            continue;
        }
        let names = [Some(ran.rel.application()), ran.rel.former()];
        let recorded = names.into_iter().flatten().filter_map(|name| world.recorded(before, name, env));
        let owned: Files = recorded.flat_map(|rel| world.rendered(rel, env).files.clone()).collect();
        let overwritten = world.log.borrow().overwritten.contains(&(ran.rel, env));
        match changed.iter().try_for_each(|path| may_change(path, &old, &owned, &rendered.files, overwritten))
        {
            Ok(()) => return Ok(()),
            Err(reason) => why = format!("{}: {reason}", env.name()),
        }
    }
    Err(format!("not the rendering of {}: {why}; changed {changed:?}", ran.rel.version()))
}

/// L3, L5: a file is written or deleted only where it is what Towline wrote.
fn may_change(path: &str, old: &Files, owned: &Files, rendered: &Files, overwritten: bool) -> Verdict {
    let recorded = owned.get(path);
    if !rendered.contains_key(path) && recorded.is_none() {
        return Err(format!("{path} is not ours"));
    }
    if overwritten || old.get(path) == recorded {
        return Ok(());
    }
    Err(format!("L3: {path} was changed by hand"))
}

/// L3: commits of people on the branch of an open proposal are neither dropped nor merged.
fn work_of_people_in_proposals_stays(world: &World, ran: &Ran) -> Verdict {
    for env in Env::ALL {
        let name = branch(ran.rel, env);
        let Some(head) = ran.before.head(ran.rel, env) else { continue };
        let Some(pull) = ran.before.open_pull(&name) else { continue };
        if ran.run.force || matches!(ran.run.mode, Mode::Wait(Some(_))) || !is_peoples(world, head) {
            continue;
        }
        if ran.after.head(ran.rel, env) != Some(head) {
            return Err(format!("L3: the work of people in {name}, {head}, was dropped"));
        }
        if ran.after.open_pull(&name).map(|after| after.number) != Some(pull.number) {
            return Err(format!("L3: the work of people in {name}, {head}, was merged or closed"));
        }
    }
    Ok(())
}

/// L3: what people closed, reverted or dropped is neither proposed nor merged again.
fn what_is_out_stays_out(world: &World, ran: &Ran) -> Verdict {
    for env in Env::ALL {
        if !world.log.borrow().out.contains(&(ran.rel, env)) {
            continue;
        }
        let [before, after] = [&ran.before, &ran.after].map(|it| it.head(ran.rel, env));
        if before != after {
            return Err(format!("L3: {} was taken out of {} and is proposed", ran.rel.version(), env.name()));
        }
        let recorded = |commit| world.recorded(commit, ran.rel.application(), env);
        if recorded(ran.after.base) == Some(ran.rel) {
            return Err(format!("L3: {} was taken out of {} and is back", ran.rel.version(), env.name()));
        }
    }
    Ok(())
}

/// L2: what is called verified stands in the merged commit, and an operator says so.
fn verified_is_what_was_rendered(world: &World, ran: &Ran) -> Verdict {
    for (env, outcome, merged, reason) in &ran.said.environments {
        let told = format!("{} in {} ({outcome:?}: {reason})", ran.rel.version(), env.name());
        let verdict = world.log.borrow().verdicts.get(&(ran.rel, *env)).copied();
        match outcome {
            Outcome::Done => {
                let Some(merged) = *merged else { return Err(format!("L2: {told} without a merge")) };
                if !world.stands(merged, ran.rel, *env) || !world.stands(ran.after.base, ran.rel, *env) {
                    return Err(format!("L2: {told} without its files"));
                }
                let observed =
                    succeeded(world, merged, ran.rel, *env) || is_same_as_verified(world, ran.rel, *env);
                if world.setting.watched && !observed {
                    return Err(format!("L2: {told} without a success"));
                }
            }
            Outcome::Unchanged if verdict != Some(true) => {
                return Err(format!("L2: {told} without a verdict"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether the operator's success on the merged commit, or on a later one with the same files, has
/// held for as long as it has to. What came after that is another matter: a run that looked in
/// time would have ended, and one that looks later ends in the same way.
fn succeeded(world: &World, merged: Oid, rel: Rel, env: Env) -> bool {
    let log = world.log.borrow();
    let counts = |commit| world.repository.contains(commit, merged) && world.stands(commit, rel, env);
    let words: Vec<_> = log.reports.iter().filter(|it| it.env == env && counts(it.commit)).collect();
    let until = |index: usize| {
        let failure = words[index..].iter().find(|word| !word.good);
        failure.map_or(world.now(), |failure| failure.at)
    };
    words.iter().enumerate().any(|(index, word)| word.good && until(index) - word.at >= SETTLE)
}

/// A release whose manifests are those of one that was verified takes over its verdict.
fn is_same_as_verified(world: &World, rel: Rel, env: Env) -> bool {
    let manifests = |rel: Rel| -> Files {
        let rendered = world.rendered(rel, env);
        let manifests = rendered.files.iter().filter(|(path, _)| **path != rendered.descriptor);
        manifests.map(|(path, id)| (path.clone(), *id)).collect()
    };
    let verdicts = world.log.borrow().verdicts.clone();
    verdicts.iter().any(|((other, of), good)| *of == env && *good && manifests(*other) == manifests(rel))
}

/// L2, L6: production is touched only by what dev verified, and never by what is not committed.
fn nothing_enters_before_what_it_needs(world: &World, ran: &Ran) -> Verdict {
    let in_dev = |(env, outcome): (Env, Outcome)| env == Env::Dev && outcome == Outcome::Done;
    let mut said = ran.said.environments.iter().map(|(env, outcome, ..)| (*env, *outcome));
    let touched = [&ran.before, &ran.after].map(|it| it.head(ran.rel, Env::Prod));
    if touched[0] == touched[1] {
        return Ok(());
    }
    if ran.rel.source.is_dirty() {
        return Err("L6: files that are not committed were proposed for prod".to_owned());
    }
    let verified = world.log.borrow().verdicts.get(&(ran.rel, Env::Dev)) == Some(&true);
    match verified || said.any(in_dev) {
        true => Ok(()),
        false => Err(format!("L2: {} was proposed for prod, and dev did not verify it", ran.rel.version())),
    }
}

/// L4: the same command once more, when nothing happened, says the same and writes nothing.
fn running_again_changes_nothing(world: &World, ran: &Ran) -> Verdict {
    if ran.run.again && ran.said.outcome.is_failure() {
        return Ok(());
    }
    let mode = if ran.run.mode == Mode::Once { Mode::Once } else { Mode::Wait(None) };
    let second = world.run_of(Run { mode, ..ran.run }, ran.rel, ran.after.clone());
    // A forge that is asked again after a while may find that a deadline is over.
    let time_passed = (ran.took_time || second.took_time) && ran.said.outcome == Outcome::Unfinished;
    if said(&second.said) != said(&ran.said) {
        if time_passed {
            return Ok(());
        }
        return Err(format!("L4: once more, it says {:?}", second.said));
    }
    if second.before.references != second.after.references {
        let changed: Vec<_> = second.after.references.iter().collect();
        let changed = changed.iter().filter(|(name, id)| second.before.references.get(*name) != Some(id));
        return Err(format!("L4: once more, it writes {:?}", changed.collect::<Vec<_>>()));
    }
    let shown = |snapshot: &Snapshot| -> Vec<_> {
        let pulls = snapshot.pulls.iter();
        pulls.map(|it| (it.number, it.state, it.head_commit, it.title.clone(), it.body.clone())).collect()
    };
    if shown(&second.before) != shown(&second.after) {
        return Err(format!("L4: once more, it changes {:?}", second.after.pulls));
    }
    Ok(())
}

/// What was done the first time is unchanged the second time.
fn said(said: &Said) -> (Outcome, Vec<(Env, Outcome)>) {
    let same = |outcome| if outcome == Outcome::Done { Outcome::Unchanged } else { outcome };
    (same(said.outcome), said.environments.iter().map(|(env, outcome, ..)| (*env, same(*outcome))).collect())
}
