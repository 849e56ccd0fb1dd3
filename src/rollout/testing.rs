//! Environments and statuses for tests: short to write, times in seconds.

use jiff::Timestamp;

use crate::config::{self, Environment};
use crate::forge::{CommitStatus, StatusState};

/// An environment that waits for these reporters, each with its count, as long as is usual.
pub fn environment(reporters: &[(&str, usize)]) -> Environment {
    let reporters: Vec<String> =
        reporters.iter().map(|(status, count)| format!("{{status: '{status}', count: {count}}}")).collect();
    let reporters = match reporters.is_empty() {
        true => "none".to_owned(),
        false => format!("[{}]", reporters.join(", ")),
    };
    let text = format!(
        "version: 1\napplication: greeting\ntemplates: [path: deploy]\ngitops: {{repository: gitops.git}}\n\
         environments:\n  - {{name: dev, merge: auto, await: {{reporters: {reporters}}}}}\n"
    );
    let pipeline = config::parse(&text, "towline.yaml".as_ref()).expect("reporters that a test would choose");
    pipeline.environments[0].clone()
}

pub fn status(context: &str, state: StatusState, seconds: i64) -> CommitStatus {
    CommitStatus {
        context: context.to_owned(),
        state,
        description: String::new(),
        target_url: None,
        created_at: at(seconds),
        creator: None,
        creator_id: None,
    }
}

/// So many seconds after the merge.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).expect("a time that a test would choose")
}
