//! Environments and statuses for tests: short to write, times in seconds.

use std::time::Duration;

use jiff::Timestamp;

use crate::config::{
    Environment, Gitops, MergePolicy, OnFailure, OnSuperseded, Reporter, RolloutOptions, Target,
};
use crate::forge::{CommitStatus, StatusState};
use crate::vocabulary::ForgeKind;
use crate::vocabulary::MergeMethod;
use crate::vocabulary::Place;

pub fn environment(reporters: &[(&str, usize)]) -> Environment {
    let place = Place::new("towline.yaml", 7, 3);
    let reporters = reporters.iter().map(|(status, count)| Reporter {
        status: (*status).to_owned(),
        count: *count,
        success: &[],
        repeat: None,
    });
    Environment {
        name: "dev".to_owned(),
        place: place.clone(),
        needs: Vec::new(),
        targets: vec![Target {
            name: "dev".to_owned(),
            path: "dev/greeting".to_owned(),
            variables: Vec::new(),
        }],
        variables: Vec::new(),
        gitops: Gitops {
            repository: "gitops.git".to_owned(),
            forge: ForgeKind::Local,
            branch: "main".to_owned(),
            merge_method: MergeMethod::Merge,
            descriptor: "descriptors/dev/greeting.yaml".to_owned(),
            high_level: None,
            kustomization: false,
            edits: Vec::new(),
            package: None,
            interop: Vec::new(),
            place,
        },
        merge: MergePolicy::Auto,
        labels: Vec::new(),
        reviewers: Vec::new(),
        overlays: Vec::new(),
        gates: Vec::new(),
        rollout: options(reporters.collect()),
        checks: Vec::new(),
        on_failure: OnFailure::Stop,
        on_failure_place: None,
        secrets_allowed: false,
    }
}

/// The design's times: merge 24 h, appear 15 m, finish 30 m, settle 10 s, grace 2 m.
fn options(reporters: Vec<Reporter>) -> RolloutOptions {
    RolloutOptions {
        reporters: Some(reporters),
        merge: Duration::from_secs(24 * 3600),
        appear: Duration::from_secs(15 * 60),
        finish: Duration::from_secs(30 * 60),
        settle: Duration::from_secs(10),
        grace: Duration::from_secs(120),
        superseded: OnSuperseded::Fail,
    }
}

pub fn status(context: &str, state: StatusState, seconds: i64) -> CommitStatus {
    CommitStatus {
        context: context.to_owned(),
        state,
        description: String::new(),
        target_url: None,
        created_at: at(seconds),
        creator: None,
    }
}

/// So many seconds after the merge.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).expect("a time that a test would choose")
}
