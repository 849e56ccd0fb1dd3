//! The environment of all histories, once for each way to wait.

use std::collections::HashMap;
use std::sync::LazyLock;

use towline::config::{self, Environment};

use super::model::{Reporters, Setting, Times};

/// By [`name`]. They differ in what they wait for, and in nothing else.
static ENVIRONMENTS: LazyLock<HashMap<String, Environment>> = LazyLock::new(|| {
    let mut environments = HashMap::new();
    for reporters in Reporters::ALL {
        for times in Times::ALL {
            for follow in [false, true] {
                let name = name(reporters, times, follow);
                let text = pipeline_file(&declaration(reporters, times, follow));
                let pipeline = config::parse(&text, "towline.yaml".as_ref()).unwrap();
                environments.insert(name, pipeline.environments[0].clone());
            }
        }
    }
    environments
});

/// The environment that declares what the setting says.
pub fn environment(setting: &Setting) -> &'static Environment {
    &ENVIRONMENTS[&name(setting.reporters, setting.times, setting.follow)]
}

fn name(reporters: Reporters, times: Times, follow: bool) -> String {
    let name = format!("{reporters:?}-{times:?}{}", if follow { "-follow" } else { "" });
    name.to_lowercase()
}

fn pipeline_file(environment: &str) -> String {
    format!(
        "version: 1\napplication: greeting\ntemplates: [{{path: deploy}}]\n\
         gitops: {{repository: gitops.git, forge: local}}\nenvironments:\n{environment}"
    )
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
        "  - name: anywhere\n    needs: []\n    await: {{reporters: {declared}, merge: {}s, appear: {}s, finish: {}s, \
         settle: {}s, grace: {}s, superseded: {}}}\n",
        seconds.merge,
        seconds.appear,
        seconds.finish,
        seconds.settle,
        seconds.grace,
        if follow { "follow" } else { "fail" },
    )
}
