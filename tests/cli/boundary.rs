//! Every input of a release is in its repository, also through links: whatever a pull request of a stranger puts
//! into a checkout, nothing else of the machine that renders it comes out.

use std::os::unix::fs::symlink;

use serde_json::Value;

use crate::given::Sandbox;

const CONFIG_MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {s: \"{{ stolen | default('nothing') }}\"}\n";
/// What must not be seen.
const SECRET: &str = "OUTSIDE";

/// An application in a repository, with a folder `elsewhere` beside it in the repository, and one outside.
fn application(pipeline: &str) -> Sandbox {
    let common = "version: 1\napplication: web\ngitops: {repository: ../gitops.git}\n";
    let sandbox = Sandbox::with_application(&[
        ("towline.yaml", &format!("{common}{pipeline}")),
        ("deploy/web.yaml", CONFIG_MAP),
        ("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n"),
        ("chart/templates/web.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: web}}\n"),
    ]);
    for place in ["outside", "app/elsewhere"] {
        let content = if place == "outside" { SECRET } else { "INSIDE" };
        for file in ["values.yaml", "prod/values.yaml"] {
            sandbox.write(&format!("{place}/{file}"), &format!("stolen: {content}\n"));
        }
        let manifest =
            format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: more}}, data: {{s: {content}}}}}");
        sandbox.write(&format!("{place}/more.yaml"), &manifest);
        let program = format!(
            "{{apiVersion: 'v1', kind: 'ConfigMap', metadata: {{name: '{}'}}}}",
            content.to_lowercase()
        );
        sandbox.write(&format!("{place}/more.jsonnet"), &program);
        sandbox.write(&format!("{place}/chart/Chart.yaml"), "apiVersion: v2\nname: other\nversion: 0.1.0\n");
    }
    sandbox.git("app", &["init", "--quiet"]);
    sandbox.write("app/.git/stolen.yaml", &format!("stolen: {SECRET}\n"));
    sandbox
}

/// Renders with a link at `link`, to somewhere else in the repository, out of it, and into git's own folder.
fn check(pipeline: &str, link: &str, to: &str) {
    let above = "../".repeat(link.matches('/').count());
    let render = |target: &str| {
        let sandbox = application(pipeline);
        let path = sandbox.path("app").join(link);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(format!("{above}{target}"), &path).unwrap();
        sandbox.towline(&["render", "prod", "--release", "1.0.0", "--output", "json", "-o", "out"])
    };
    let inside = render(&format!("elsewhere/{to}"));
    assert_eq!(inside.code, Some(0), "{link} inside of the repository: {inside}");
    for target in [format!("../outside/{to}"), "/dev/zero".to_owned(), ".git/stolen.yaml".to_owned()] {
        let run = render(&target);
        assert_eq!(run.code, Some(1), "{link} to {target}: {run}");
        assert!(!run.stdout.contains(SECRET) && !run.stderr.contains(SECRET), "{link} to {target}: {run}");
        let answer: Value = serde_json::from_str(&run.stdout).expect("one JSON object");
        assert!(answer["error"]["message"].is_string(), "{run}");
    }
}

#[test]
fn a_variables_file_is_in_the_repository() {
    check(
        "templates: [{path: deploy}]\nvariables: [{file: v.yaml}]\nenvironments: [{name: prod}]\n",
        "v.yaml",
        "values.yaml",
    );
}

#[test]
fn a_folder_of_targets_is_in_the_repository() {
    check("templates: [{path: deploy}]\nenvironments: [{name: prod, targetsFrom: config}]\n", "config", "");
}

#[test]
fn a_file_of_a_folder_of_targets_is_in_the_repository() {
    let pipeline = "templates: [{path: deploy}]\nenvironments: [{name: prod, targetsFrom: config}]\n";
    check(pipeline, "config/eu/values.yaml", "values.yaml");
}

#[test]
fn a_template_is_in_the_repository() {
    check("templates: [{path: deploy}]\nenvironments: [{name: prod}]\n", "deploy/more.yaml", "more.yaml");
    check("templates: [{path: link.yaml}]\nenvironments: [{name: prod}]\n", "link.yaml", "more.yaml");
}

#[test]
fn an_overlay_is_in_the_repository() {
    let patch = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {s: INSIDE}\n";
    let pipeline = "templates: [{path: deploy}]\nenvironments: [{name: prod, overlays: [patch.yaml]}]\n";
    let sandbox = application(pipeline);
    sandbox.write("app/elsewhere/patch.yaml", patch);
    symlink("elsewhere/patch.yaml", sandbox.path("app/patch.yaml")).unwrap();
    let render = ["render", "prod", "--release", "1.0.0"];
    let run = sandbox.towline(&render);
    assert!(run.stdout.contains("s: INSIDE"), "{run}");
    sandbox.write("outside/patch.yaml", &patch.replace("INSIDE", SECRET));
    std::fs::remove_file(sandbox.path("app/patch.yaml")).unwrap();
    symlink("../outside/patch.yaml", sandbox.path("app/patch.yaml")).unwrap();
    let run = sandbox.towline(&render);
    assert!(run.code == Some(1) && run.stderr.contains("patch.yaml: is outside"), "{run}");
}

#[test]
fn a_program_and_its_imports_are_in_the_repository() {
    check("templates: [{path: x.jsonnet}]\nenvironments: [{name: prod}]\n", "x.jsonnet", "more.jsonnet");
    let pipeline = "templates: [{path: jsonnet, engine: jsonnet}]\nenvironments: [{name: prod}]\n";
    check(pipeline, "jsonnet/x.jsonnet", "more.jsonnet");
}

#[test]
fn a_packaged_chart_is_in_the_repository() {
    let pipeline = "templates: []\nenvironments: [{name: prod}]\n";
    let gitops = "gitops: {repository: ../gitops.git, package: {chart: link, into: charts}}\n";
    let sandbox = application(pipeline);
    let text = sandbox.read("app/towline.yaml").replace("gitops: {repository: ../gitops.git}\n", gitops);
    sandbox.write("app/towline.yaml", &text);
    let render = ["render", "prod", "--release", "1.0.0", "-o", "out"];
    symlink("elsewhere/chart", sandbox.path("app/link")).unwrap();
    let run = sandbox.towline(&render);
    assert_eq!(run.code, Some(0), "{run}");
    std::fs::remove_file(sandbox.path("app/link")).unwrap();
    symlink("../outside/chart", sandbox.path("app/link")).unwrap();
    let run = sandbox.towline(&render);
    assert!(run.code == Some(1) && run.stderr.contains("link/Chart.yaml: is outside"), "{run}");
}

#[test]
fn a_chart_and_its_values_are_in_the_repository() {
    let values = "templates: [{path: chart, values: [{file: v.yaml}]}]\nenvironments: [{name: prod}]\n";
    check(values, "v.yaml", "values.yaml");
    let file = "templates: [{path: chart}]\nenvironments: [{name: prod}]\n";
    check(file, "chart/values.yaml", "values.yaml");
}

#[test]
fn files_of_the_command_line_may_be_anywhere_but_must_be_files() {
    let sandbox = application("templates: [{path: deploy}]\nenvironments: [{name: prod}]\n");
    let render = ["render", "prod", "--release", "1.0.0"];
    let run = sandbox.towline(&[&render[..], &["--vars", "../outside/values.yaml"]].concat());
    assert!(run.stdout.contains(SECRET), "{run}");
    let made = std::process::Command::new("mkfifo").arg(sandbox.path("app/pipe.yaml")).status().unwrap();
    assert!(made.success());
    symlink("/dev/zero", sandbox.path("app/zero.yaml")).unwrap();
    for odd in ["pipe.yaml", "zero.yaml"] {
        for option in ["--vars", "--images", "--file"] {
            let run = sandbox.towline(&[&render[..], &[option, odd]].concat());
            assert_eq!(run.code, Some(1), "{option} {odd}: {run}");
            assert!(run.stderr.contains(&format!("{odd}: is not a regular file")), "{option} {odd}: {run}");
        }
    }
}
