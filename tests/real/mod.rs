//! The contract suite and whole journeys against a real Gitea or Forgejo, and real Flux. They are
//! ignored unless somebody names a server: see `README.md` beside this file.

mod crowd;
mod flux;
mod forge;
mod race;
mod relay;
mod requests;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::forge_contract::PROMISES;

/// Where a real server differs, and why that is no fault of Towline's.
const DIFFERS: &[(&str, &str)] = &[];

/// `TOWLINE_TEST_ONLY=a,b` runs these promises alone.
fn is_wanted(promise: &str) -> bool {
    let only = std::env::var("TOWLINE_TEST_ONLY").unwrap_or_default();
    only.is_empty() || only.split(',').any(|name| name == promise)
}

#[test]
#[ignore = "needs a real server: TOWLINE_TEST_FORGE"]
fn the_contract_holds_on_a_real_server() {
    let server = forge::Server::named_by_the_environment();
    let mut broken = Vec::new();
    for (promise, check) in PROMISES.iter().filter(|(promise, _)| is_wanted(promise)) {
        let bench = server.bench(promise);
        let held = catch_unwind(AssertUnwindSafe(|| check(&bench))).is_ok();
        let differs = DIFFERS.iter().find(|(name, _)| name == promise);
        println!("{promise}: {}", if held { "holds" } else { "broken" });
        // What broke is kept on the server, to be looked at.
        if held {
            bench.delete();
        }
        match (held, differs) {
            (true, Some((_, why))) => broken.push(format!("{promise} holds, but is listed: {why}")),
            (false, None) => broken.push((*promise).to_owned()),
            _ => {}
        }
    }
    assert!(broken.is_empty(), "{} of {} promises: {broken:#?}", broken.len(), PROMISES.len());
}
