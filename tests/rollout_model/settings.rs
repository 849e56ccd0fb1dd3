//! The environment of all histories, once for each way to wait.

use std::collections::HashMap;
use std::sync::LazyLock;

use towline::config::{self, Environment};

use super::model::{Reporters, Setting, Times};

/// By [`name`]. They differ in what they wait for, and in nothing else.
static ENVIRONMENTS: LazyLock<HashMap<String, Environment>> = LazyLock::new(|| {
    let pipeline = config::parse(&pipeline_file(), "towline.yaml".as_ref()).unwrap();
    let first = pipeline.environments[0].clone();
    let as_first = |other: Environment| {
        let environment = Environment { rollout: other.rollout, ..first.clone() };
        (other.name, environment)
    };
    pipeline.environments.into_iter().map(as_first).collect()
});

/// The environment that declares what the setting says.
pub fn environment(setting: &Setting) -> &'static Environment {
    &ENVIRONMENTS[&name(setting.reporters, setting.times, setting.follow)]
}

fn name(reporters: Reporters, times: Times, follow: bool) -> String {
    let name = format!("{reporters:?}-{times:?}{}", if follow { "-follow" } else { "" });
    name.to_lowercase()
}

fn pipeline_file() -> String {
    let mut text = "version: 1\napplication: greeting\ntemplates: [{path: deploy}]\n\
                    gitops: {repository: gitops.git, forge: local}\nenvironments:\n"
        .to_owned();
    for reporters in Reporters::ALL {
        for times in Times::ALL {
            for follow in [false, true] {
                text += &declaration(reporters, times, follow);
            }
        }
    }
    text
}

fn declaration(reporters: Reporters, times: Times, follow: bool) -> String {
    let declared: Vec<String> = reporters
        .declared()
        .iter()
        .map(|(pattern, count)| format!("{{status: \"{pattern}\", count: {count}}}"))
        .collect();
    let declared = match declared.is_empty() {
        true => "none".to_owned(),
        false => format!("[{}]", declared.join(", ")),
    };
    let seconds = times.seconds();
    format!(
        "  - name: {}\n    needs: []\n    await: {{reporters: {declared}, merge: {}s, appear: {}s, finish: {}s, \
         settle: {}s, grace: {}s, superseded: {}}}\n",
        name(reporters, times, follow),
        seconds.merge,
        seconds.appear,
        seconds.finish,
        seconds.settle,
        seconds.grace,
        if follow { "follow" } else { "fail" },
    )
}
