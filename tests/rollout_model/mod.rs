//! A model of `await`: random histories of commits, merges, reports and accidents, played on every
//! forge. At the end, in some after every step, somebody looks, and what is found has to be what a
//! simple [specification](spec), written apart from the product, says.
//!
//! The histories are the same in every run; `TOWLINE_MODEL_SEED=7` plays others. One that is found
//! to be wrong is made smaller, printed, and belongs into `regressions.rs`.

pub mod git;
mod history;
mod laws;
mod lines;
pub mod model;
mod play;
mod regressions;
mod settings;
mod spec;
pub mod stage;
mod waiting;
mod world;

use std::collections::HashMap;
use std::sync::LazyLock;

use play::{Histories, Played};
use stage::{Local, Remote};

const LOCAL: Histories = Histories { forge: "local", stage: || Box::new(Local::new()), count: 4_000 };
static ON_LOCAL: LazyLock<Vec<Played>> = LazyLock::new(|| LOCAL.play());

#[test]
fn histories_on_the_local_forge_end_as_specified() {
    LOCAL.obey(&ON_LOCAL, laws::as_specified);
}

#[test]
fn never_done_without_its_reports() {
    LOCAL.obey(&ON_LOCAL, laws::never_done_without_its_reports);
}

#[test]
fn never_done_with_a_cluster_missing() {
    LOCAL.obey(&ON_LOCAL, laws::never_done_with_a_cluster_missing);
}

#[test]
fn done_stays_done() {
    LOCAL.obey(&ON_LOCAL, laws::done_stays_done);
}

#[test]
fn nothing_happens_before_it_is_worth_looking() {
    LOCAL.obey(&ON_LOCAL, laws::nothing_happens_before_it_is_worth_looking);
}

/// Histories that all end in the same way would show nothing.
#[test]
fn the_histories_come_to_every_end() {
    let mut ends: HashMap<_, usize> = HashMap::new();
    for look in ON_LOCAL.iter().flat_map(|played| &played.looks) {
        *ends.entry(look.found.end).or_default() += 1;
    }
    let looks: usize = ends.values().sum();
    assert_eq!(ends.len(), 10, "{ends:?}");
    assert!(ends.values().all(|count| count * 500 > looks), "{ends:?} of {looks}");
}

/// Histories on a fake forge, which has to be asked over HTTP.
fn on_fake(forge: &'static str, stage: fn() -> Box<dyn stage::Stage>) {
    let histories = Histories { forge, stage, count: 240 };
    histories.obey(&histories.play(), laws::as_specified);
}

#[test]
fn histories_on_github_end_as_specified() {
    on_fake("github", || Box::new(Remote::github()));
}

#[test]
fn histories_on_azure_devops_end_as_specified() {
    on_fake("azure-devops", || Box::new(Remote::azure_devops()));
}

#[test]
fn histories_on_gitea_end_as_specified() {
    on_fake("gitea", || Box::new(Remote::gitea()));
}

#[test]
fn histories_on_gitlab_end_as_specified() {
    on_fake("gitlab", || Box::new(Remote::gitlab()));
}
