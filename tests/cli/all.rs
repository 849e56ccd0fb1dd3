//! `--all`: one process for many pipeline files. And many processes at once, for those who have scripts.

use insta::assert_snapshot;
use serde_json::Value;

use crate::given::Sandbox;

const RELEASE: [&str; 2] = ["--release", "1.4.0"];

fn pipeline(application: &str) -> String {
    format!(
        "version: 1\napplication: {application}\ntemplates: [{{path: deploy}}]\n\
         gitops: {{repository: ../../../gitops.git}}\nenvironments: [{{name: dev}}]\n"
    )
}

/// `app/apps/…`, a folder for each application.
fn applications(names: &[&str]) -> Sandbox {
    let sandbox = Sandbox::new();
    for name in names {
        sandbox.write(&format!("app/apps/{name}/towline.yaml"), &pipeline(name));
        let manifest = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{for: \"{{{{ environment }}}}\"}}\n"
        );
        sandbox.write(&format!("app/apps/{name}/deploy/a.yaml"), &manifest);
    }
    sandbox
}

fn all<'a>(command: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&[command, "--all", "apps/*"], &RELEASE[..], more].concat()
}

#[test]
fn every_folder_with_a_pipeline_file_is_rendered() {
    let sandbox = applications(&["web", "api"]);
    sandbox.write("app/apps/notes/README.md", "No pipeline file here.\n");
    assert_snapshot!(sandbox.towline(&all("render", &[])), @r"
    --- stdout
    ---
    # Source: dev/api/configmap-api.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: api
    data:
      for: dev
    ---
    # Source: dev/web/configmap-web.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: web
    data:
      for: dev
    --- exit code 0
    ");
    assert_snapshot!(sandbox.towline(&all("render", &["-o", "../out"])), @r"
    --- stdout
    dev: 2 files in ../out/apps/api
    dev: 2 files in ../out/apps/web
    --- exit code 0
    ");
    sandbox.git("out", &["init", "--quiet"]);
    assert_snapshot!(sandbox.git("out", &["ls-files", "--others"]), @r"
    apps/api/descriptors/dev/api.yaml
    apps/api/dev/api/configmap-api.yaml
    apps/web/descriptors/dev/web.yaml
    apps/web/dev/web/configmap-web.yaml
    ");
    let alone = sandbox.towline(&["-C", "apps/web", "render", "--release", "1.4.0", "-o", "../../../alone"]);
    assert_eq!(alone.code, Some(0), "{}", alone.stderr);
    let file = "dev/web/configmap-web.yaml";
    assert_eq!(sandbox.read(&format!("out/apps/web/{file}")), sandbox.read(&format!("alone/{file}")));
}

#[test]
fn an_error_in_one_folder_does_not_stop_the_others() {
    let sandbox = applications(&["api", "billing", "web"]);
    sandbox.write("app/apps/billing/deploy/a.yaml", "kind: {{ knd }}\n");
    assert_snapshot!(sandbox.towline(&all("validate", &[])), @r"
    --- stdout
    apps/api/towline.yaml: 1 environment
    dev: 1 resource
    apps/billing/towline.yaml: 1 environment
    dev: failed
    apps/web/towline.yaml: 1 environment
    dev: 1 resource
    --- stderr
    error: cannot render billing for dev
      because: apps/billing/deploy/a.yaml:1:10: `knd` is undefined
      hint: give it a value, or use the `default` filter; if these braces belong to another tool, set other `delimiters` beside this `path` in the pipeline file (or, in `templates`, `engine: plain`), or put the text between {% raw %} and {% endraw %}
    error: apps/billing: 1 of 1 environment cannot be rendered
    error: 1 of 3 folders failed: apps/billing
    --- exit code 1
    ");
    assert_snapshot!(sandbox.towline(&all("render", &["-o", "../out"])), @r"
    --- stdout
    dev: 2 files in ../out/apps/api
    dev: 2 files in ../out/apps/web
    --- stderr
    error: cannot render billing for dev
      because: apps/billing/deploy/a.yaml:1:10: `knd` is undefined
      hint: give it a value, or use the `default` filter; if these braces belong to another tool, set other `delimiters` beside this `path` in the pipeline file (or, in `templates`, `engine: plain`), or put the text between {% raw %} and {% endraw %}
    error: 1 of 3 folders failed: apps/billing
    --- exit code 1
    ");
    sandbox.git("out", &["init", "--quiet"]);
    assert_snapshot!(sandbox.git("out", &["ls-files", "--others"]), @r"
    apps/api/descriptors/dev/api.yaml
    apps/api/dev/api/configmap-api.yaml
    apps/web/descriptors/dev/web.yaml
    apps/web/dev/web/configmap-web.yaml
    ");
}

#[test]
fn programs_get_an_object_for_each_folder() {
    let sandbox = applications(&["api", "web"]);
    sandbox.write("app/apps/web/towline.yaml", "version: 1\n");
    let run = sandbox.towline(&all("validate", &["--output", "json"]));
    assert_eq!(run.code, Some(1));
    let answer: Value = serde_json::from_str(&run.stdout).unwrap();
    let folders = answer["folders"].as_array().unwrap();
    let told = folders.iter().map(|it| (it["folder"].as_str().unwrap(), it["outcome"].as_str().unwrap()));
    assert_eq!(told.collect::<Vec<_>>(), [("apps/api", "done"), ("apps/web", "error")]);
    assert_eq!(folders[0]["environments"][0]["resources"], 1);
    assert!(folders[1]["error"]["message"].is_string());
}

#[test]
fn what_matches_nothing_is_an_error() {
    let sandbox = applications(&["web"]);
    assert_snapshot!(sandbox.towline(&["validate", "--all", "app/*"]), @r"
    --- stderr
    error: no folder matches `app/*` and has a towline.yaml
      hint: globs start at the current folder; put them in quotes: `--all 'apps/*'`
    --- exit code 1
    ");
    assert_snapshot!(sandbox.towline(&["validate", "--all", "*/towline.yaml"]), @r"
    --- stderr
    error: no folder matches `*/towline.yaml` and has a towline.yaml
      hint: name the folders: `--all '*'`
    --- exit code 1
    ");
    assert_snapshot!(sandbox.towline(&["validate", "--all", "../apps/*"]), @r"
    --- stderr
    error: invalid value '../apps/*' for '--all <GLOB>': it leads out of the current folder, which `-C` can change

    For more information, try '--help'.
    --- exit code 2
    ");
    let elsewhere = ["validate", "--all", "apps/*", "-f", "/elsewhere/towline.yaml"];
    assert_snapshot!(sandbox.towline(&elsewhere), @r"
    --- stderr
    error: with `--all`, each folder has its own pipeline file, not /elsewhere/towline.yaml
      hint: write `-f` as it is called in each folder
    --- exit code 2
    ");
}

#[test]
fn the_glob_may_name_one_folder_or_any_depth() {
    let sandbox = applications(&["web", "team/api"]);
    let found = |glob: &str| {
        let run = sandbox.towline(&["validate", "--all", glob, "--output", "json"]);
        let answer: Value = serde_json::from_str(&run.stdout).unwrap();
        let folders = answer["folders"].as_array().unwrap().iter();
        folders.map(|it| it["folder"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found("apps/*"), ["apps/web"]);
    assert_eq!(found("apps/web"), ["apps/web"]);
    assert_eq!(found("**"), ["apps/team/api", "apps/web"]);
    assert_eq!(found("apps/{web,team/*}"), ["apps/team/api", "apps/web"]);
}

/// Scripts run one process for each application, many at once, and all write below one folder that is not
/// there yet.
#[test]
fn many_processes_render_into_one_new_folder() {
    const PROCESSES: usize = 25;
    let names: Vec<String> = (0..PROCESSES).map(|index| format!("a{index}")).collect();
    let sandbox = applications(&names.iter().map(String::as_str).collect::<Vec<_>>());
    for round in 0..4 {
        let out = |name: &str| match round % 2 {
            // Folders of their own with one parent, and one folder for all.
            0 => format!("../../../new-{round}/deep/{name}"),
            _ => format!("../../../new-{round}/deep"),
        };
        let start = |name: &String| {
            let (folder, out) = (format!("apps/{name}"), out(name));
            let arguments = ["-C", &folder, "render", "--release", "1.4.0", "-o", &out];
            let mut command = sandbox.command(&arguments);
            command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
        };
        let started: Vec<_> = names.iter().map(start).collect();
        for process in started {
            let run = sandbox.run(process.wait_with_output().unwrap());
            assert_eq!(run.code, Some(0), "{}", run.stderr);
        }
        for name in &names {
            let folder = out(name);
            let folder = folder.trim_start_matches("../");
            assert!(
                sandbox.read(&format!("{folder}/dev/{name}/configmap-{name}.yaml")).contains(name.as_str())
            );
        }
        let left = std::fs::read_dir(sandbox.path(format!("new-{round}/deep"))).unwrap();
        let left = left.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        assert!(left.into_iter().all(|name| !name.starts_with('.')), "a scratch folder was left");
    }
}

#[test]
fn the_status_of_every_folder_is_shown() {
    let sandbox = applications(&["api", "web"]);
    let propose = ["-C", "apps/web", "propose", "dev", "--release", "1.4.0"];
    assert_eq!(sandbox.towline(&propose).code, Some(0));
    assert_snapshot!(sandbox.towline(&["status", "--all", "apps/*"]), @r"
    --- stdout
    apps/api:
    ENVIRONMENT  DEPLOYED  AGE  VERDICT  PROPOSED
    dev          -         -    -        -
    apps/web:
    ENVIRONMENT  DEPLOYED  AGE  VERDICT  PROPOSED
    dev          -         -    -        1.4.0 (#1, now)
    --- exit code 0
    ");
}
