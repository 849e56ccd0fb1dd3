//! What is the case before a run, as the history and git tell it.

use git2::Oid;

use super::model::{Env, Rel, Source};
use super::spec::Facts;
use super::world::{Ran, World, branch};

pub fn facts(world: &World, ran: &Ran, env: Env) -> Facts {
    let (rel, base) = (ran.rel, ran.before.base);
    let stands = world.stands(base, rel, env);
    let files = world.repository.files(base);
    let deployed = deployed(world, base, rel, env);
    let name_of = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let standing: Vec<String> = match deployed[..] {
        [current, _] => world.rendered(current, env).files.keys().map(|path| name_of(path)).collect(),
        _ => Vec::new(),
    };
    let drift = deployed.iter().enumerate().any(|(place, recorded)| {
        let rendered = world.rendered(*recorded, env);
        rendered.files.iter().any(|(path, id)| match files.get(path) {
            Some(found) => found != id,
            // By its old name, people took out what stands by the new one already: nothing comes back.
            None => place == 0 || !standing.contains(&name_of(path)),
        })
    });
    // What people deleted there is in nobody's way.
    let elsewhere = deployed.iter().any(|recorded| {
        let rendered = world.rendered(*recorded, env);
        rendered.files.keys().any(|path| path.starts_with("apps/") && files.contains_key(path))
    });
    let name = branch(rel, env);
    let open = ran.before.open_pull(&name);
    let log = world.log.borrow();
    Facts {
        dirty: rel.source.is_dirty(),
        verified: stands && log.steady.contains(&(rel, env)),
        out: log.out.contains(&(rel, env)),
        deployed: deployed.first().map(|recorded| recorded.number.cmp(&rel.number)),
        foreign: is_foreign(world, ran, env),
        elsewhere: rel.source != Source::Placed && elsewhere,
        drift,
        stands,
        worked_on: open.is_some_and(|pull| is_peoples(world, pull.head_commit)),
        fresh: deployed.is_empty() && !ran.before.pulls.iter().any(|pull| pull.head == name),
    }
}

/// What is recorded in a commit, by the name of a release, then by the name it had before.
fn deployed(world: &World, commit: Oid, rel: Rel, env: Env) -> Vec<Rel> {
    let names = [Some(rel.application()), rel.former()];
    names.into_iter().flatten().filter_map(|name| world.recorded(commit, name, env)).collect()
}

/// Whether the name is another repository's: the one that proposes it now, else the one that deployed
/// it.
pub fn is_foreign(world: &World, ran: &Ran, env: Env) -> bool {
    let is_theirs = |other: &Rel| (other.source == Source::Other) != (ran.rel.source == Source::Other);
    let open = ran.before.open_pull(&branch(ran.rel, env));
    let proposed = open.and_then(|pull| deployed(world, pull.head_commit, ran.rel, env).first().copied());
    let owner = proposed.or(deployed(world, ran.before.base, ran.rel, env).first().copied());
    !ran.run.take_over && owner.is_some_and(|owner| is_theirs(&owner))
}

/// Whether there is work of people in a proposal. A commit with just the content of a proposal is
/// none, whoever made it; nor is a clean merge of the base.
pub fn is_peoples(world: &World, head: Oid) -> bool {
    if world.log.borrow().ours.contains(&head) {
        return false;
    }
    match world.repository.parents(head)[..] {
        [own, base] if world.repository.contains(world.tip(), base) => {
            let clean = world.repository.merged(own, base) == Some(world.repository.tree(head));
            !clean || is_peoples(world, own)
        }
        [parent] => {
            let log = world.log.borrow();
            let same = |ours: &&Oid| {
                world.repository.parents(**ours) == [parent]
                    && world.repository.tree(**ours) == world.repository.tree(head)
            };
            !log.ours.iter().any(|ours| same(&ours))
        }
        _ => true,
    }
}
