//! A gate is asked before a release enters its environment.

use std::sync::Arc;

use insta::assert_snapshot;
use jiff::Timestamp;
use towline::gates::{Asked, Decide, Decision, Gate};
use towline::vocabulary::Place;

use super::world::{QUIET, Run, World};

/// Says what the function says.
#[derive(Debug)]
struct Says(fn(&Asked) -> Decision);

impl Decide for Says {
    fn decide(&self, asked: &Asked) -> anyhow::Result<Decision> {
        Ok(self.0(asked))
    }
}

fn go(world: &World, once: bool, gates: &[fn(&Asked) -> Decision]) -> String {
    let gate = |says: &fn(&Asked) -> Decision| {
        Gate::new("moon", Place::new("towline.yaml", 9, 5), Arc::new(Says(*says)))
    };
    let gates = gates.iter().map(gate).collect();
    world.promote("1.4.0", Run { once, gates, ..Run::default() }, &|_| {})
}

fn opens() -> Timestamp {
    "2026-01-05T10:00:00Z".parse().unwrap()
}

fn at_ten(asked: &Asked) -> Decision {
    match asked.now < opens() {
        true => Decision::LookAgain(opens(), format!("{} may not enter before ten", asked.release)),
        false => Decision::Open,
    }
}

#[test]
fn a_closed_gate_refuses_the_release() {
    let world = World::new(QUIET);
    let closed: fn(&Asked) -> Decision =
        |asked| Decision::Closed(format!("no moon over {}", asked.environment));
    assert_snapshot!(go(&world, false, &[|_| Decision::Open, at_ten, closed]), @r#"
Refused (3)
dev: Done: 1.4.0 merged, not observed
staging: Done: 1.4.0 merged, not observed
prod: Refused: the gate `moon` is closed: no moon over prod
"#);
}

#[test]
fn a_gate_is_not_asked_about_a_release_that_has_entered() {
    let world = World::new(QUIET);
    world.go("1.4.0");
    assert_snapshot!(go(&world, false, &[|_| Decision::Closed("too late".to_owned())]), @"
    Unchanged (0)
    dev: Unchanged: 1.4.0 is already merged, not observed
    staging: Unchanged: 1.4.0 is already merged, not observed
    prod: Unchanged: 1.4.0 is already merged, not observed
    ");
}

#[test]
fn a_gate_that_opens_later_is_waited_for() {
    let world = World::new(QUIET);
    assert_snapshot!(go(&world, true, &[at_ten]), @r#"
Unfinished (75)
dev: Done: 1.4.0 merged, not observed
staging: Done: 1.4.0 merged, not observed
prod: Unfinished: the gate `moon` is closed until 2026-01-05T10:00:00Z: 1.4.0 may not enter before ten
"#);
    assert_snapshot!(go(&world, false, &[at_ten]), @"
    Done (0)
    dev: Unchanged: 1.4.0 is already merged, not observed
    staging: Unchanged: 1.4.0 is already merged, not observed
    prod: Done: 1.4.0 merged, not observed
    ");
    assert!(world.forge().get_pull(3).unwrap().created_at >= opens());
}
