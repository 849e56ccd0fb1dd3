//! Kustomize: what comes out is what `kubectl kustomize` prints.

use insta::assert_snapshot;
use serde_json::json;

use super::support::{Project, objects, run};

const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: \"yes\"}\n";
const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template: {spec: {containers: [{name: web, image: nginx}]}}\n";

fn overlay(kustomization: &str) -> Project {
    Project::new("[{path: k8s/overlays/dev}]")
        .file("k8s/base/kustomization.yaml", "resources: [config.yaml, web.yaml]\n")
        .file("k8s/base/config.yaml", CONFIG)
        .file("k8s/base/web.yaml", DEPLOYMENT)
        .file("k8s/overlays/dev/kustomization.yaml", kustomization)
}

#[test]
fn an_overlay_with_a_base_beside_it() {
    let project = overlay(
        "resources: [../../base]\nnamespace: dev\nnamePrefix: dev-\nimages: [{name: nginx, newTag: \"1.27\"}]\n\
         configMapGenerator: [{name: extra, files: [extra.txt], literals: [a=b]}]\n\
         patches:\n  - path: patch.yaml\n  - target: {kind: ConfigMap, name: a}\n    patch: |\n      - {op: add, path: /data/y, value: \"0644\"}\n",
    )
    .file("k8s/overlays/dev/extra.txt", "line  \n\tline\n")
    .file("k8s/overlays/dev/patch.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3}\n");
    let expected = objects(&run("kubectl", &["kustomize", "k8s/overlays/dev"], &project.path("")));
    assert_eq!(expected.len(), 3);
    assert_eq!(project.objects(), expected);
    assert_eq!(project.warnings(), "");
}

#[test]
fn awkward_scalars_survive() {
    let project = Project::new("[{path: chart/templates}]").chart("scalars");
    let text = std::fs::read_to_string(project.path("chart/templates/all.yaml")).unwrap();
    let text = text
        .replace("{{ .Values.empty | quote }}", "\"\"")
        .replace("{{ .Values.script | quote }}", "\"a\\n\"")
        .replace("{{- .Values.script | nindent 4 }}", "x");
    let project = project
        .file("chart/templates/all.yaml", &text)
        .file("chart/templates/kustomization.yaml", "resources: [all.yaml]\n");
    let expected = objects(&run("kubectl", &["kustomize", "chart/templates"], &project.path("")));
    assert_eq!(project.objects(), expected);
    assert_eq!(expected[1]["spec"]["largest"], json!(i64::MAX));
}

#[test]
fn what_matches_nothing_is_told() {
    let project = overlay(
        "resources: [../../base]\nimages:\n  - {name: nginx, newTag: \"1.27\"}\n  - {name: ngnix, newTag: \"1.27\"}\n\
         patches:\n  - target: {kind: Deployment, name: wbe}\n    patch: |\n      - {op: add, path: /spec/replicas, value: 2}\n\
         replacements:\n  - source: {kind: ConfigMap, name: a, fieldPath: data.x}\n    targets:\n      - {select: {kind: StatefulSet}, fieldPaths: [spec.x]}\n",
    );
    assert_snapshot!(project.warnings(), @r#"
    k8s/overlays/dev/kustomization.yaml:6:13: this patch targets {"kind":"Deployment","name":"wbe"}, which does not exist
    k8s/overlays/dev/kustomization.yaml:12:18: this replacement targets {"kind":"StatefulSet"}, which does not exist
    k8s/overlays/dev/kustomization.yaml:4:5: this entry is for the image ngnix, which no manifest uses
    "#);
}

#[test]
fn renamed_images_and_prefixes_are_followed() {
    let project = overlay(
        "resources: [../../base]\nnamePrefix: dev-\nimages: [{name: mirror/nginx, newName: other/nginx}]\n\
         patches:\n  - target: {kind: Deployment, name: web}\n    patch: |\n      - {op: add, path: /spec/replicas, value: 2}\n",
    )
    .file("k8s/base/kustomization.yaml", "resources: [config.yaml, web.yaml]\nimages: [{name: nginx, newName: mirror/nginx}]\n");
    assert_eq!(project.warnings(), "");
}

#[test]
fn remote_bases_are_refused() {
    let remote = overlay("resources:\n  - ../../base\n  - https://github.com/org/repo//base?ref=v1\n");
    assert_snapshot!(remote.error(), @r"
    cannot render shop for dev: k8s/overlays/dev/kustomization.yaml:3:5: https://github.com/org/repo//base?ref=v1 is remote, so the same release could render differently tomorrow
    hint: keep a copy in this repository, or set `allowRemote: true` on the step
    ");
    let nested = overlay("resources: [../../base]\n").file(
        "k8s/base/kustomization.yaml",
        "resources: [config.yaml, web.yaml]\ncomponents: [\"git@github.com:org/repo\"]\n",
    );
    assert_snapshot!(nested.error(), @r"
    cannot render shop for dev: k8s/base/kustomization.yaml:2:14: git@github.com:org/repo is remote, so the same release could render differently tomorrow
    hint: keep a copy in this repository, or set `allowRemote: true` on the step
    ");
}

#[test]
fn references_stay_inside() {
    assert_snapshot!(overlay("resources: [../../../../outside]\n").error(), @r"
    cannot render shop for dev: k8s/overlays/dev/kustomization.yaml:1:13: ../../../../outside is outside the repository of the pipeline file
    hint: keep a copy in this repository: a release is made from its files
    ");
    assert_snapshot!(overlay("resources:\n  - ../../base\n  - missing.yaml\n").error(), @"cannot render shop for dev: k8s/overlays/dev/kustomization.yaml:3:5: missing.yaml does not exist");
    let project = overlay("resources: [../../base, link]\n");
    std::os::unix::fs::symlink("/etc", project.path("k8s/overlays/dev/link")).unwrap();
    assert_snapshot!(project.error(), @r"
    cannot render shop for dev: k8s/overlays/dev/link: is outside ROOT
    hint: copy the file here: a release is made from the files of its own repository
    ");
}

#[test]
fn what_kustomize_refuses() {
    let project = overlay("resources: [../../base]\npatches: [{path: patch.yaml}]\n").file(
        "k8s/overlays/dev/patch.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: wbe}\n",
    );
    assert_snapshot!(project.error(), @r#"cannot render shop for dev: towline.yaml:4:20: `kubectl kustomize` failed with exit code 1: no resource matches strategic merge patch "Deployment.v1.apps/wbe.[noNs]": no matches for Id Deployment.v1.apps/wbe.[noNs]; failed to find unique target for patch Deployment.v1.apps/wbe.[noNs]"#);
    assert_snapshot!(Project::new("[{path: k, engine: kustomize}]").file("k/a.yaml", CONFIG).error(), @"cannot render shop for dev: towline.yaml:4:20: k has no kustomization.yaml");
}

#[test]
fn a_base_may_be_anywhere_in_the_repository() {
    let project = Project::new("[{path: overlay, engine: kustomize}]")
        .file("base/app/kustomization.yaml", "resources: [settings.yaml]\n")
        .file("base/app/settings.yaml", CONFIG)
        .file("base/app/rbac/kustomization.yaml", "resources: [account.yaml]\n")
        .file("base/app/rbac/account.yaml", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web}\n")
        .file("overlay/kustomization.yaml", "resources: [../base/app/rbac, ../base/app]\n");
    assert_eq!(project.objects().len(), 2);
}

#[test]
fn a_base_above_the_pipeline_file_must_be_in_its_repository() {
    let overlay = || {
        Project::new("[{path: overlay, engine: kustomize}]")
            .below("apps/web")
            .file("overlay/kustomization.yaml", "resources: [../../shared]\n")
            .file("../shared/kustomization.yaml", "resources: [settings.yaml]\n")
            .file("../shared/settings.yaml", CONFIG)
    };
    assert_snapshot!(overlay().error(), @r"
    cannot render shop for dev: overlay/kustomization.yaml:1:13: ../../shared is outside the repository of the pipeline file
    hint: keep a copy in this repository: a release is made from its files
    ");
    let inside = overlay().file("../../.git/HEAD", "");
    assert_eq!(inside.objects().len(), 1);
}

/// Every field in which kustomize fetches what is named, also when a folder has that name.
#[test]
fn nothing_is_fetched_wherever_it_is_named() {
    let url = "http://127.0.0.1:9/a.yaml";
    let built_in = |kind: &str, fields: &str| {
        format!("apiVersion: builtin\nkind: {kind}\nmetadata: {{name: x}}\n{fields}\n").replace('\n', "\\n")
    };
    let fields = [
        format!("resources: [\"{url}\"]"),
        format!("Resources: [\"{url}\"]"),
        "resources: [\"HTTP://127.0.0.1:9/a.yaml\"]".to_owned(),
        format!("crds: [\"{url}\"]"),
        format!("components: [\"{url}\"]"),
        format!("configurations: [\"{url}\"]"),
        format!("openapi: {{path: \"{url}\"}}"),
        format!("patches: [{{path: \"{url}\"}}]"),
        format!("patchesStrategicMerge: [\"{url}\"]"),
        format!("patchesJson6902: [{{path: \"{url}\", target: {{kind: ConfigMap, name: a, version: v1}}}}]"),
        format!("replacements: [{{path: \"{url}\"}}]"),
        format!("configMapGenerator: [{{name: x, files: [\"a={url}\"]}}]"),
        format!("configMapGenerator: [{{name: x, files: [\"{url}\"]}}]"),
        format!("secretGenerator: [{{name: x, envs: [\"{url}\"]}}]"),
        format!("secretGenerator: [{{name: x, ENV: \"{url}\"}}]"),
        format!("generators: [\"{}\"]", built_in("ConfigMapGenerator", &format!("files: ['a={url}']"))),
        format!("transformers: [\"{}\"]", built_in("PatchTransformer", &format!("path: {url}"))),
        format!(
            "transformers: [\"{}\"]",
            built_in("PatchStrategicMergeTransformer", &format!("paths: [{url}]"))
        ),
        "transformers: [transformer.yaml]".to_owned(),
    ];
    for field in fields {
        let transformer =
            format!("apiVersion: builtin\nkind: PatchTransformer\nmetadata: {{name: x}}\npath: {url}\n");
        let error = overlay(&format!("resources: [../../base]\n{field}\n"))
            .file("k8s/overlays/dev/http:/127.0.0.1:9/a.yaml", CONFIG)
            .file("k8s/overlays/dev/transformer.yaml", &transformer);
        let error = if field.starts_with("Resources") || field.starts_with("resources") {
            error.file("k8s/overlays/dev/kustomization.yaml", &format!("{field}\n")).error()
        } else {
            error.error()
        };
        assert!(error.contains("is remote, so the same release"), "{field}: {error}");
    }
}

#[test]
fn a_base_that_names_a_commit_can_be_allowed() {
    let git = |project: &Project, arguments: &[&str]| {
        let config = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-C", "remote"];
        run("git", &[&config, arguments].concat(), &project.path(""))
    };
    let project = |step: &str| {
        let project = Project::new(&format!("[{{path: k, engine: kustomize{step}}}]"))
            .file("remote/base/kustomization.yaml", "resources: [a.yaml]\n")
            .file("remote/base/a.yaml", CONFIG);
        git(&project, &["init", "-q"]);
        git(&project, &["add", "."]);
        git(&project, &["commit", "-qm", "base"]);
        let commit = git(&project, &["rev-parse", "HEAD"]).trim().to_owned();
        let url = format!("file://{}//base?ref=", project.path("remote").display());
        (project, url, commit)
    };
    let (remote, url, commit) = project(", allowRemote: pinned");
    let kustomization = |version: &str| format!("resources: [\"{url}{version}\"]\n");
    let pinned = remote.file("k/kustomization.yaml", &kustomization(&commit));
    assert_eq!(pinned.objects().len(), 1);
    let moving = pinned.file("k/kustomization.yaml", &kustomization("main"));
    assert!(
        moving.error().contains("base?ref=main names no commit of a git repository"),
        "{}",
        moving.error()
    );
    assert!(
        moving
            .error()
            .contains("hint: name a folder of one, with `?ref=<commit>` and all digits of the commit")
    );
    let (refused, url, commit) = project("");
    let refused = refused.file("k/kustomization.yaml", &format!("resources: [\"{url}{commit}\"]\n")).error();
    assert!(
        refused.contains("hint: keep a copy in this repository, or set `allowRemote: pinned` on the step"),
        "{refused}"
    );
}

#[test]
fn links_inside_of_the_repository_are_followed() {
    let project = overlay("resources: [../../base]\ncomponents: [shared]\n")
        .file(
            "shared/kustomization.yaml",
            "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [more.yaml]\n",
        )
        .file("shared/more.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: more}\n");
    std::os::unix::fs::symlink("../../../shared", project.path("k8s/overlays/dev/shared")).unwrap();
    std::os::unix::fs::symlink("gone", project.path("k8s/overlays/dev/nobody-uses-this")).unwrap();
    assert_eq!(project.objects().len(), 3);
}

#[test]
fn an_overlay_for_each_environment() {
    let project = Project::new("[{path: \"overlays/{{ environment }}\"}, {path: tools, only: [staging]}]")
        .environments("[{name: dev}, {name: staging}, {name: prod-eu}]")
        .file("overlays/dev/kustomization.yaml", "resources: [a.yaml]\nnamePrefix: dev-\n")
        .file("overlays/dev/a.yaml", CONFIG)
        .file("overlays/staging/kustomization.yaml", "resources: [../dev]\n")
        .file("tools/a.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: tools}\n");
    assert!(project.stream().contains("name: dev-a"));
    assert_eq!(project.in_environment("staging").unwrap().targets[0].resources.len(), 2);
    assert_snapshot!(project.error_in("prod-eu"), @r"
    cannot render shop for prod-eu: towline.yaml:4:20: there is no overlays/prod-eu
    hint: create it, or list the environments that have one: `only: [dev, prod-*]` on the step
    ");
    let project = project.templates(
        "[{path: \"overlays/{{ environment }}\", only: [dev, staging]}, {path: tools, only: [prod-*]}]",
    );
    assert_eq!(project.in_environment("prod-eu").unwrap().targets[0].resources.len(), 1);
    assert_snapshot!(project.templates("[{path: overlays/dev, only: [dev]}]").error_in("staging"), @r"
    cannot render shop for staging: towline.yaml: no step is for environment `staging`
    hint: add the environment to `only` of a step, or remove it from `environments`
    ");
    let project = Project::new("[{path: a}]").environments("[{name: dev}, {name: prod}]");
    assert_snapshot!(project.templates("[{path: a, only: [prd]}]").error(), @r"
    towline.yaml:4:30: `only` names `prd`, which is no environment
    hint: did you mean `prod`?
    ");
    let project = Project::new("[{path: \"a/{{ enviroment }}\"}]");
    assert_snapshot!(project.error(), @r"
    towline.yaml:4:20: unknown value `{{ enviroment }}`
    hint: did you mean `{{ environment }}`?
    ");
}

#[test]
fn a_path_may_differ_for_each_target() {
    let project = Project::new("[{path: \"{{ application }}/{{ target }}\", engine: plain}]")
        .environments("[{name: dev, targets: [{name: eu}, {name: us}]}]")
        .file("shop/eu/a.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: eu}\n")
        .file("shop/us/a.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: us}\n");
    let rendering = project.rendered();
    let files: Vec<_> = rendering.targets.iter().map(|target| target.resources[0].file.as_str()).collect();
    assert_eq!(files, ["namespace-eu.yaml", "namespace-us.yaml"]);
    let digest = |project: &Project| project.rendered().inputs.digest;
    let before = digest(&project);
    let project =
        project.file("shop/us/a.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: another}\n");
    assert_ne!(before, digest(&project));
}
